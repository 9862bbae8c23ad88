//! A certificate that vouches for itself.

use midwatch_model::{AttackId::*, RejectionKind, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "cert-self-signed",
    title: "The certificate vouches for itself",
    severity: Severity::High,
    says: "the certificate of {place} vouches for itself",
    about: "Anybody can make a certificate that says the same. A browser cannot tell this one from a forged one, \
            and neither can a visitor.",
    gain: "Visitors who have learnt to click the warning away meet the same warning for a forged certificate, and \
           click that away too.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, DnsSpoofing, IpHijacking],
    decided: "No trust store that was asked takes the chain, and the server's certificate is signed with its own \
              key and is no root of the store. The sibling name (www. added or taken away) counts one step less.",
    benign: &["A service inside a company may be trusted by hand on each computer."],
    fix: "Get a certificate from a public authority (ACME, for example with certbot, or by Caddy itself). For a \
          service of one's own, name its root with --trust.",
    settings: &[Setting::ChainFile],
    source: "RFC 5280 6.1.1 (d)",
    find: |view, found| {
        support::find_rejected(view, found, &[RejectionKind::SelfSigned], Severity::High);
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{Host, TrustDecision};

    use super::*;
    use crate::testing::*;

    fn with(kind: RejectionKind) -> Scene {
        Scene::sound().change_chain(|chain| distrust(chain, kind, "in words"))
    }

    #[test]
    fn the_reason_decides() {
        let found = with(RejectionKind::SelfSigned).find(CHECK.id);
        let [finding] = found.as_slice() else { panic!("one finding and not {found:?}") };
        assert_eq!((finding.severity, finding.place.as_str()), (Severity::High, "shop.example:443"));
        assert_eq!(finding.source, "RFC 5280 6.1.3");
        assert!(finding.evidence.iter().all(|evidence| evidence.detail.contains("in words")));
        assert!(with(RejectionKind::Expired).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }

    #[test]
    fn one_store_that_trusts_it_is_enough_and_the_sibling_counts_less() {
        let given = with(RejectionKind::SelfSigned).change_chain(|chain| {
            chain.trust.push(TrustDecision { store: "given".into(), trusted: true, rejections: vec![] });
        });
        assert!(given.find(CHECK.id).is_empty());
        assert!(Scene::sound().change_chain(|chain| chain.trust.clear()).find(CHECK.id).is_empty());
        let sibling = with(RejectionKind::SelfSigned)
            .change_chain(|chain| chain.host = Host::Name("www.shop.example".into()));
        assert_eq!(sibling.severities(CHECK.id), [Severity::Medium]);
    }
}
