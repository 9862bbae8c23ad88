//! A root that nobody knows.

use midwatch_model::{AttackId::*, RejectionKind, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "cert-unknown-root",
    title: "The certificate leads to a root that is not trusted",
    severity: Severity::High,
    says: "the certificate of {place} leads to a root that is not trusted",
    about: "The chain ends at an authority that is in no trust store that was asked. Browsers refuse it on every \
            computer where that root was not added by hand.",
    gain: "Visitors who have learnt to click the warning away meet the same warning for a forged certificate, and \
           click that away too.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, DnsSpoofing, IpHijacking],
    decided: "No trust store that was asked takes the chain, and its end is a root, or is issued by one, that is \
              not in the store. The sibling name (www. added or taken away) counts one step less.",
    benign: &[
        "A company may have an authority of its own that its computers trust.",
        "A program that inspects TLS between here and the server may have put its own certificate there.",
    ],
    fix: "Get a certificate from a public authority (ACME). For a service of one's own, name its root with \
          --trust.",
    settings: &[Setting::ChainFile],
    source: "RFC 5280 6.1.1 (d)",
    find: |view, found| {
        support::find_rejected(view, found, &[RejectionKind::UnknownRoot], Severity::High);
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
        let found = with(RejectionKind::UnknownRoot).find(CHECK.id);
        let [finding] = found.as_slice() else { panic!("one finding and not {found:?}") };
        assert_eq!((finding.severity, finding.place.as_str()), (Severity::High, "shop.example:443"));
        assert_eq!(finding.source, "RFC 5280 6.1.3");
        assert!(finding.evidence.iter().all(|evidence| evidence.detail.contains("in words")));
        assert!(with(RejectionKind::Expired).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }

    #[test]
    fn one_store_that_trusts_it_is_enough_and_the_sibling_counts_less() {
        let given = with(RejectionKind::UnknownRoot).change_chain(|chain| {
            chain.trust.push(TrustDecision { store: "given".into(), trusted: true, rejections: vec![] });
        });
        assert!(given.find(CHECK.id).is_empty());
        assert!(Scene::sound().change_chain(|chain| chain.trust.clear()).find(CHECK.id).is_empty());
        let sibling = with(RejectionKind::UnknownRoot)
            .change_chain(|chain| chain.host = Host::Name("www.shop.example".into()));
        assert_eq!(sibling.severities(CHECK.id), [Severity::Medium]);
    }
}
