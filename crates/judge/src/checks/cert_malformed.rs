//! Something that is no certificate.

use midwatch_model::{AttackId::*, RejectionKind, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "cert-malformed",
    title: "The certificate cannot be read",
    severity: Severity::High,
    says: "what {place} sends as its certificate cannot be read",
    about: "What was sent is not encoded as a certificate has to be. Some programs overlook such mistakes, and \
            attackers live off programs that differ.",
    gain: "Visitors who have learnt to click the warning away meet the same warning for a forged certificate, and \
           click that away too.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, DnsSpoofing, IpHijacking],
    decided: "No trust store that was asked takes the chain, and the reason given is that a certificate is not \
              DER, or is not X.509 version 3 as RFC 5280 has it. The sibling name (www. added or taken away) \
              counts one step less.",
    benign: &[],
    fix: "Get a new certificate from an authority whose certificates browsers take.",
    settings: &[Setting::ChainFile],
    source: "RFC 5280 4.1",
    find: |view, found| {
        support::find_rejected(view, found, &[RejectionKind::Malformed], Severity::High);
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
        let found = with(RejectionKind::Malformed).find(CHECK.id);
        let [finding] = found.as_slice() else { panic!("one finding and not {found:?}") };
        assert_eq!((finding.severity, finding.place.as_str()), (Severity::High, "shop.example:443"));
        assert_eq!(finding.source, "RFC 5280 6.1.3");
        assert!(finding.evidence.iter().all(|evidence| evidence.detail.contains("in words")));
        assert!(with(RejectionKind::Expired).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }

    #[test]
    fn one_store_that_trusts_it_is_enough_and_the_sibling_counts_less() {
        let given = with(RejectionKind::Malformed).change_chain(|chain| {
            chain.trust.push(TrustDecision { store: "given".into(), trusted: true, rejections: vec![] });
        });
        assert!(given.find(CHECK.id).is_empty());
        assert!(Scene::sound().change_chain(|chain| chain.trust.clear()).find(CHECK.id).is_empty());
        let sibling = with(RejectionKind::Malformed)
            .change_chain(|chain| chain.host = Host::Name("www.shop.example".into()));
        assert_eq!(sibling.severities(CHECK.id), [Severity::Medium]);
    }
}
