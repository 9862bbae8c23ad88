//! Publicly trusted, met from here, and in no log.

use midwatch_model::{AttackId::*, Confidence, Severity, Station, TimestampSignature, Transparency};

use super::support;
use crate::Check;
use crate::ct_policy::{DEMANDED, is_old};
use crate::view::trust::public_store;
use crate::words;

pub(crate) static CHECK: Check = Check {
    id: "here-chain-unlogged",
    title: "A public site shows a certificate here that no log knows",
    severity: Severity::High,
    says: "{place} shows a publicly trusted certificate here that no log vouches for",
    about: "Public authorities enter what they issue into public logs (Certificate Transparency), where a site's owner can \
            find it, and the certificate brings the logs' timestamps along. One that a public authority was talked or \
            forced into issuing for somebody in the middle has none, or none that holds. Browsers refuse it; other \
            programs on this computer take it without a word.",
    gain: "To be the site towards programs that do not look at logs, without its owner ever learning of it.",
    from: &[Station::Wifi, Station::Router, Station::Dns, Station::Network],
    attacks: &[Impersonation],
    decided: "A chain met for one of the sites of --sites that a public root programme trusts, with a leaf issued from \
              2018-05-01 on, without any valid timestamp of a log: in the certificate, in the TLS handshake, in the OCSP \
              answer. High and firm where all three were looked at. Medium and tentative where one was not, with that \
              place and the reason, or where all timestamps are of logs that the bundled list does not have; of those \
              nothing is said where the list is older than 70 days, the age beyond which Chrome does not enforce its \
              policy either, or where the issuer's key is not known.",
    benign: &[
        "A name for inside use among --sites, whose owner ordered a certificate without timestamps so that it does not \
         become public.",
        "A root that is in a public programme and whose authority does not log: one that is new, or is there for \
         e-mail above all.",
        "The server sends timestamps in TLS 1.3 alone, while the certificate was met with TLS 1.2.",
    ],
    fix: "Compare the certificate's fingerprint with the one that the site shows over another network. Where they differ, \
          leave this network, and tell the site's owner and the authority.",
    settings: &[],
    source: "RFC 6962 3.3; Chrome's and Apple's Certificate Transparency policies",
    find: |view, found| {
        for chain in &view.here.chains {
            let (Some(leaf), Some(store)) = (support::leaf(chain.fact), public_store(chain.fact)) else {
                continue;
            };
            if leaf.not_before.as_second() < DEMANDED {
                continue;
            }
            let Some((sure, why)) = unlogged(chain.fact.transparency.as_ref(), leaf.scts, view.now) else {
                continue;
            };
            let (severity, confidence) = match sure {
                true => (Severity::High, Confidence::Firm),
                false => (Severity::Medium, Confidence::Tentative),
            };
            let which = support::which(chain.fact, 0);
            let detail = format!("{which} is trusted in {store}'s programme; {why}");
            found
                .at(support::place(chain.fact))
                .severity(severity)
                .confidence(confidence)
                .see(chain.id, detail);
        }
    },
};

/// Whether that is sure, and why no timestamp counts; none where one does, or nobody can tell.
fn unlogged(all: Option<&Transparency>, embedded: u32, now: midwatch_model::Time) -> Option<(bool, String)> {
    let Some(all) = all else {
        let why = "it holds no timestamp; not looked at: the TLS handshake and the OCSP answer, since no list of logs \
                   was at hand";
        return (embedded == 0).then(|| (false, why.into()));
    };
    let count = |wanted| all.timestamps.iter().filter(|one| one.signature == wanted).count();
    if count(TimestampSignature::Valid) > 0 || count(TimestampSignature::UnknownIssuer) > 0 {
        return None;
    }
    let unknown = count(TimestampSignature::UnknownLog);
    let (mut sure, mut why) = match (all.timestamps.len(), unknown) {
        // There are some after all, which were not read.
        (0, _) if embedded > 0 => return None,
        (0, _) => (true, "it brought no timestamp in any place that was looked at".to_owned()),
        (of, 0) => (true, format!("the signatures of its {} do not hold", words::count(of, "timestamp"))),
        _ if is_old(all, now) => return None,
        (of, _) => {
            let of = words::count(of, "timestamp");
            (false, format!("none of its {of} is of a log of the list of {} and holds", all.list))
        }
    };
    let gaps = support::not_looked(all);
    if !gaps.is_empty() {
        sure = false;
        why.push_str(&format!("; not looked at: {}", gaps.join("; ")));
    }
    Some((sure, why))
}

#[cfg(test)]
mod tests {
    use midwatch_model::{
        AttackId, NotLooked, Reason, ReasonKind, Timestamp, TimestampSignature as Signature, TimestampSource,
        Verdict,
    };

    use super::*;
    use crate::testing::*;

    /// Met with these timestamps, and these places not looked at.
    fn met(signatures: &[Signature], gaps: &[TimestampSource], list: &str) -> Scene {
        Scene::met_here(|chain| {
            change_leaf(chain, |leaf| leaf.scts = signatures.len() as u32);
            let timestamp = |&signature: &Signature| Timestamp {
                from: TimestampSource::Certificate,
                log: "07".into(),
                name: None,
                operator: None,
                state: None,
                time: Some(time("2026-10-25T00:00:00Z")),
                signature,
            };
            let gap = |&place| NotLooked { place, why: Reason::new(ReasonKind::Other, "it was dark") };
            chain.transparency = Some(Transparency {
                list: list.into(),
                timestamps: signatures.iter().map(timestamp).collect(),
                not_looked: gaps.iter().map(gap).collect(),
            });
        })
    }

    const FRESH: &str = "2026-11-01T00:00:00Z";

    #[test]
    fn none_in_three_places_is_strong_evidence() {
        let scene = met(&[], &[], FRESH);
        let found = scene.find(CHECK.id);
        assert_eq!((found[0].severity, found[0].confidence), (Severity::High, Confidence::Firm));
        let judged = scene.judge();
        let verdict = judged.attacks.iter().find(|one| one.id == AttackId::Impersonation);
        assert_eq!(verdict.expect("a verdict").verdict, Verdict::Exposed);
        // Forged ones are none.
        assert_eq!(
            met(&[Signature::Invalid, Signature::Malformed], &[], FRESH).severities(CHECK.id),
            [Severity::High]
        );
    }

    #[test]
    fn one_that_holds_is_enough() {
        assert!(met(&[Signature::Valid, Signature::Invalid], &[], FRESH).find(CHECK.id).is_empty());
        assert!(Scene::met_here(|_| {}).find(CHECK.id).is_empty());
    }

    #[test]
    fn a_place_that_was_not_looked_at_is_named() {
        let found = met(&[], &[TimestampSource::Ocsp], FRESH).find(CHECK.id);
        assert_eq!((found[0].severity, found[0].confidence), (Severity::Medium, Confidence::Tentative));
        assert!(found[0].evidence[0].detail.contains("the OCSP answer (it was dark)"), "{found:?}");
        let no_list = Scene::met_here(|chain| {
            change_leaf(chain, |leaf| leaf.scts = 0);
            chain.transparency = None;
        });
        assert_eq!(no_list.find(CHECK.id)[0].confidence, Confidence::Tentative);
    }

    #[test]
    fn what_cannot_be_told_is_not_said() {
        assert!(met(&[Signature::UnknownIssuer], &[], FRESH).find(CHECK.id).is_empty());
        assert!(met(&[Signature::UnknownLog], &[], "2026-01-01T00:00:00Z").find(CHECK.id).is_empty());
        let fresh = met(&[Signature::UnknownLog], &[], FRESH).find(CHECK.id);
        assert_eq!((fresh[0].severity, fresh[0].confidence), (Severity::Medium, Confidence::Tentative));
    }

    #[test]
    fn only_public_certificates_of_today_are_asked_for_it() {
        let bare = |change: fn(&mut midwatch_model::CertificateChain)| {
            Scene::met_here(|chain| {
                change_leaf(chain, |leaf| leaf.scts = 0);
                chain.transparency = None;
                change(chain);
            })
        };
        let private = bare(|chain| chain.trust.iter_mut().for_each(|one| one.store = "system".into()));
        assert!(private.find(CHECK.id).is_empty());
        let old = bare(|chain| change_leaf(chain, |leaf| leaf.not_before = time("2018-04-30T00:00:00Z")));
        assert!(old.find(CHECK.id).is_empty());
        // On a site's own audit it is another check's.
        assert!(Scene::sound().change_chain(|chain| chain.transparency = None).find(CHECK.id).is_empty());
    }
}
