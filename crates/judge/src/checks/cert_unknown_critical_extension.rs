//! Something critical that is not understood.

use midwatch_model::{AttackId::*, RejectionKind, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "cert-unknown-critical-extension",
    title: "The certificate has a critical extension that is not understood",
    severity: Severity::High,
    says: "the certificate of {place} has a critical extension that is not understood",
    about: "An extension that is marked critical may change what the certificate means. Whoever does not know it \
            has to refuse the certificate.",
    gain: "Visitors who have learnt to click the warning away meet the same warning for a forged certificate, and \
           click that away too.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, DnsSpoofing, IpHijacking],
    decided: "No trust store that was asked takes the chain, and the reason given is an extension that is critical \
              and unknown to the verifier (webpki). The sibling name (www. added or taken away) counts one step \
              less.",
    benign: &["Other programs may know the extension."],
    fix: "Get a certificate without that extension, or with it not marked critical.",
    settings: &[Setting::ChainFile],
    source: "RFC 5280 4.2",
    find: |view, found| {
        support::find_rejected(view, found, &[RejectionKind::UnknownCriticalExtension], Severity::High);
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
        let found = with(RejectionKind::UnknownCriticalExtension).find(CHECK.id);
        let [finding] = found.as_slice() else { panic!("one finding and not {found:?}") };
        assert_eq!((finding.severity, finding.place.as_str()), (Severity::High, "shop.example:443"));
        assert_eq!(finding.source, "RFC 5280 6.1.3");
        assert!(finding.evidence.iter().all(|evidence| evidence.detail.contains("in words")));
        assert!(with(RejectionKind::Expired).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }

    #[test]
    fn one_store_that_trusts_it_is_enough_and_the_sibling_counts_less() {
        let given = with(RejectionKind::UnknownCriticalExtension).change_chain(|chain| {
            chain.trust.push(TrustDecision { store: "given".into(), trusted: true, rejections: vec![] });
        });
        assert!(given.find(CHECK.id).is_empty());
        assert!(Scene::sound().change_chain(|chain| chain.trust.clear()).find(CHECK.id).is_empty());
        let sibling = with(RejectionKind::UnknownCriticalExtension)
            .change_chain(|chain| chain.host = Host::Name("www.shop.example".into()));
        assert_eq!(sibling.severities(CHECK.id), [Severity::Medium]);
    }
}
