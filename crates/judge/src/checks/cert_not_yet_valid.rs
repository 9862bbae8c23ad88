//! A certificate whose time has not come.

use midwatch_model::{AttackId::*, RejectionKind, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "cert-not-yet-valid",
    title: "The certificate is not valid yet",
    severity: Severity::High,
    says: "the certificate of {place} is not valid yet",
    about: "The validity of a certificate on the way to the root has not begun. Browsers refuse it, or ask the \
            visitor to go on at their own risk.",
    gain: "Visitors who have learnt to click the warning away meet the same warning for a forged certificate, and \
           click that away too.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, DnsSpoofing, IpHijacking],
    decided: "No trust store that was asked takes the chain, and a certificate of the path was before its \
              notBefore at the time of the run. The sibling name (www. added or taken away) counts one step less.",
    benign: &["The clock of this computer may be wrong, or that of the authority."],
    fix: "Install the certificate that is valid now, or get a new one.",
    settings: &[Setting::ChainFile],
    source: "RFC 5280 4.1.2.5 and 6.1.3",
    find: |view, found| {
        support::find_rejected(view, found, &[RejectionKind::NotYetValid], Severity::High);
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
        let found = with(RejectionKind::NotYetValid).find(CHECK.id);
        let [finding] = found.as_slice() else { panic!("one finding and not {found:?}") };
        assert_eq!((finding.severity, finding.place.as_str()), (Severity::High, "shop.example:443"));
        assert_eq!(finding.source, "RFC 5280 6.1.3");
        assert!(finding.evidence.iter().all(|evidence| evidence.detail.contains("in words")));
        assert!(with(RejectionKind::Expired).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }

    #[test]
    fn one_store_that_trusts_it_is_enough_and_the_sibling_counts_less() {
        let given = with(RejectionKind::NotYetValid).change_chain(|chain| {
            chain.trust.push(TrustDecision { store: "given".into(), trusted: true, rejections: vec![] });
        });
        assert!(given.find(CHECK.id).is_empty());
        assert!(Scene::sound().change_chain(|chain| chain.trust.clear()).find(CHECK.id).is_empty());
        let sibling = with(RejectionKind::NotYetValid)
            .change_chain(|chain| chain.host = Host::Name("www.shop.example".into()));
        assert_eq!(sibling.severities(CHECK.id), [Severity::Medium]);
    }
}
