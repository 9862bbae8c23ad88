//! Publicly trusted, and in no log.

use midwatch_model::{AttackId::*, Confidence, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::ct_policy::DEMANDED;
use crate::fixes::Setting;
use crate::view::trust::public_store;

pub(crate) static CHECK: Check = Check {
    id: "ct-none",
    title: "The certificate is publicly trusted and in no log",
    severity: Severity::High,
    says: "the certificate of {place} is publicly trusted and shows no log that knows it",
    about: "Browsers demand that a public certificate is entered into public logs (Certificate Transparency), where \
            a site's owner can find it. A certificate that was issued in secret, to somebody who sits in the middle, \
            has no such entry. Where no timestamp of a log comes in any of the three ways there are, that is strong \
            evidence of interception. Chrome, Safari and Firefox refuse such a certificate; other programs take it \
            without a word.",
    gain: "To be the site towards programs that do not look at logs, without the owner ever learning of it.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, DnsSpoofing, IpHijacking],
    decided: "A chain that a public root programme trusts, with a leaf issued from 2018-05-01 on, without any timestamp \
              of a log (SCT): none in the certificate, none in the TLS handshake, none in the OCSP answer. Firm where \
              all three were looked at. Medium and tentative where one was not, with that place and the reason. One \
              step less at the sibling name.",
    benign: &[
        "The owner ordered a certificate without timestamps, for names that should not become public, and it serves \
         programs other than browsers.",
        "The server sends timestamps in TLS 1.3 alone, while the certificate was met with TLS 1.2, or had no OCSP \
         answer at hand yet. Hardly any server does either.",
    ],
    fix: "Compare the certificate's fingerprint with the one on the server. Where they are the same, ask the \
          authority for a certificate with embedded timestamps. Where they are not, somebody is in between.",
    settings: &[Setting::ChainFile],
    source: "RFC 6962 3.3; Chrome's and Apple's Certificate Transparency policies",
    find: |view, found| {
        for chain in &view.chains {
            let leaf = chain.fact.certificates.first().and_then(|leaf| leaf.parsed.as_ref());
            let (Some(leaf), Some(store)) = (leaf, public_store(chain.fact)) else { continue };
            let all = chain.fact.transparency.as_ref();
            let met = all.is_some_and(|all| !all.timestamps.is_empty());
            if leaf.scts > 0 || met || leaf.not_before.as_second() < DEMANDED {
                continue;
            }
            let which = support::which(chain.fact, 0);
            let none = format!("{which} is trusted in {store}'s programme and holds no timestamp");
            let gaps = all.map_or_else(|| vec![NO_LIST.into()], support::not_looked);
            let host = chain.fact.host.to_string();
            let draft = found.at(support::place(chain.fact));
            if gaps.is_empty() {
                let detail = format!("{none}, and neither the TLS handshake nor the OCSP answer brought one");
                draft
                    .severity(support::of_trust(view, &host, Severity::High))
                    .confidence(Confidence::Firm)
                    .see(chain.id, detail);
            } else {
                draft
                    .severity(support::of_trust(view, &host, Severity::Medium))
                    .confidence(Confidence::Tentative)
                    .see(chain.id, format!("{none}; not looked at: {}", gaps.join("; ")));
            }
        }
    },
};

const NO_LIST: &str = "the TLS handshake and the OCSP answer, since no list of logs was at hand";

#[cfg(test)]
mod tests {
    use midwatch_model::{NotLooked, Reason, ReasonKind, TimestampSource, Transparency};

    use super::*;
    use crate::testing::*;

    fn bare() -> Scene {
        looked(&[])
    }

    /// Nowhere a timestamp, and these places not looked at.
    fn looked(not: &[TimestampSource]) -> Scene {
        Scene::sound().change_chain(|chain| {
            change_leaf(chain, |leaf| leaf.scts = 0);
            let gap = |&place| NotLooked { place, why: Reason::new(ReasonKind::Other, "it was dark") };
            chain.transparency = Some(Transparency {
                list: "2026-11-01".into(),
                timestamps: vec![],
                not_looked: not.iter().map(gap).collect(),
            });
        })
    }

    #[test]
    fn a_public_certificate_without_timestamps_anywhere_is_strong_evidence() {
        let found = bare().find(CHECK.id);
        assert_eq!((found[0].severity, found[0].confidence), (Severity::High, Confidence::Firm));
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }

    #[test]
    fn a_place_that_was_not_looked_at_is_named() {
        for (place, words) in
            [(TimestampSource::Tls, "TLS handshake"), (TimestampSource::Ocsp, "OCSP answer")]
        {
            let found = looked(&[place]).find(CHECK.id);
            assert_eq!((found[0].severity, found[0].confidence), (Severity::Medium, Confidence::Tentative));
            let detail = &found[0].evidence[0].detail;
            assert!(detail.contains(words) && detail.contains("it was dark"), "{detail}");
        }
        let no_list = bare().change_chain(|chain| chain.transparency = None);
        assert_eq!(no_list.severities(CHECK.id), [Severity::Medium]);
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
