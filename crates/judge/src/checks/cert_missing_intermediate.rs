//! An intermediate that was not sent.

use midwatch_model::{AttackId::*, RejectionKind, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "cert-missing-intermediate",
    title: "An intermediate certificate was not sent",
    severity: Severity::Medium,
    says: "{place} does not send the certificate that links its own to a root",
    about: "The server sends its own certificate without the one of its issuer. Browsers that have met that one \
            elsewhere, or fetch it, go on; others, and most programs that are no browsers, refuse.",
    gain: "Visitors for whom the warning is usual meet the same warning for a forged certificate, and click that \
           away too.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, DnsSpoofing, IpHijacking],
    decided: "No trust store that was asked takes the chain, and the issuer of the last certificate sent is \
              neither sent nor a root. The sibling name (www. added or taken away) counts one step less.",
    benign: &[],
    fix: "Send the whole chain: the server's certificate first, then each issuer up to the root, the root left out \
          (fullchain.pem with certbot).",
    settings: &[Setting::ChainFile],
    source: "RFC 5246 7.4.2; RFC 8446 4.4.2",
    find: |view, found| {
        support::find_rejected(view, found, &[RejectionKind::MissingIntermediate], Severity::Medium);
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
        let found = with(RejectionKind::MissingIntermediate).find(CHECK.id);
        let [finding] = found.as_slice() else { panic!("one finding and not {found:?}") };
        assert_eq!((finding.severity, finding.place.as_str()), (Severity::Medium, "shop.example:443"));
        assert_eq!(finding.source, "RFC 5280 6.1.3");
        assert!(finding.evidence.iter().all(|evidence| evidence.detail.contains("in words")));
        assert!(with(RejectionKind::Expired).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }

    #[test]
    fn one_store_that_trusts_it_is_enough_and_the_sibling_counts_less() {
        let given = with(RejectionKind::MissingIntermediate).change_chain(|chain| {
            chain.trust.push(TrustDecision { store: "given".into(), trusted: true, rejections: vec![] });
        });
        assert!(given.find(CHECK.id).is_empty());
        assert!(Scene::sound().change_chain(|chain| chain.trust.clear()).find(CHECK.id).is_empty());
        let sibling = with(RejectionKind::MissingIntermediate)
            .change_chain(|chain| chain.host = Host::Name("www.shop.example".into()));
        assert_eq!(sibling.severities(CHECK.id), [Severity::Low]);
    }
}
