//! Publicly trusted, and in no log.

use midwatch_model::{AttackId::*, Confidence, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::view::trust::public_store;

pub(crate) static CHECK: Check = Check {
    id: "ct-none",
    title: "The certificate is publicly trusted and shows no proof that it was logged",
    severity: Severity::Medium,
    says: "the certificate of {place} is publicly trusted and shows no log that knows it",
    about: "Browsers demand that a public certificate is entered into public logs (Certificate Transparency), where \
            a site's owner can find it. A certificate that was issued in secret, to somebody who sits in the middle, \
            has no such entry. Chrome, Safari and Firefox refuse it; other programs take it without a word.",
    gain: "To be the site towards programs that do not look at logs, without the owner ever learning of it.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, DnsSpoofing, IpHijacking],
    decided: "A chain that a public root programme trusts, with a leaf issued from 2018-05-01 on that holds no \
              timestamp of a log (SCT), where none was met beside it either. Medium and tentative as long as the \
              handshake and the OCSP answer are not searched for timestamps.",
    benign: &[
        "The timestamps come in the TLS handshake or in the OCSP answer, which were not searched for them. Few \
         servers do this.",
        "The owner ordered a certificate without timestamps, for names that should not become public.",
    ],
    fix: "Compare the certificate's fingerprint with the one on the server. Where they are the same, ask the \
          authority for a certificate with embedded timestamps. Where they are not, somebody is in between.",
    settings: &[Setting::ChainFile],
    source: "RFC 6962 3.3; Chrome's and Apple's Certificate Transparency policies",
    find: |view, found| {
        for chain in &view.chains {
            let leaf = chain.fact.certificates.first().and_then(|leaf| leaf.parsed.as_ref());
            let (Some(leaf), Some(store)) = (leaf, public_store(chain.fact)) else { continue };
            let met = chain.fact.transparency.as_ref().is_some_and(|all| !all.timestamps.is_empty());
            if leaf.scts > 0 || met || leaf.not_before.as_second() < DEMANDED {
                continue;
            }
            found.at(support::place(chain.fact)).confidence(Confidence::Tentative).see(
                chain.id,
                format!(
                    "{} is trusted in {store}'s programme and holds no timestamp",
                    support::which(chain.fact, 0)
                ),
            );
        }
    },
};

/// 2018-05-01, from when on Chrome demands it; in seconds since 1970.
const DEMANDED: i64 = 1_525_132_800;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn bare() -> Scene {
        Scene::sound().change_chain(|chain| change_leaf(chain, |leaf| leaf.scts = 0))
    }

    #[test]
    fn a_public_certificate_without_timestamps_is_found() {
        assert_eq!(bare().severities(CHECK.id), [Severity::Medium]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }

    #[test]
    fn private_and_old_ones_are_not_meant() {
        for store in ["given", "system"] {
            let private =
                bare().change_chain(|chain| chain.trust.iter_mut().for_each(|one| one.store = store.into()));
            assert!(private.find(CHECK.id).is_empty(), "{store}");
        }
        let old = bare()
            .change_chain(|chain| change_leaf(chain, |leaf| leaf.not_before = time("2018-04-30T00:00:00Z")));
        assert!(old.find(CHECK.id).is_empty());
    }
}
