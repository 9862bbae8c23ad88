//! Too few timestamps for the browsers.

use midwatch_model::{AttackId::*, Confidence, Severity, TimestampSignature};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::ct_policy;
use crate::view::trust::public_store;

pub(crate) static CHECK: Check = Check {
    id: "ct-policy-not-met",
    title: "Browsers demand more timestamps of logs than the certificate has",
    severity: Severity::Medium,
    says: "the certificate of {place} has fewer timestamps of logs than browsers demand",
    about: "Chrome and Safari show an error where too few logs, or logs of one operator alone, vouch for having seen \
            a certificate.",
    gain: "A visitor who clicks the site's own warning away clicks the attacker's away as well.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "A chain that a public root programme trusts, with timestamps of which too few count by Chrome's or by \
              Apple's policy: embedded, two valid ones of distinct logs up to 180 days of validity and three \
              beyond, of two operators, one of a log that is still accepted. A log that was retired counts for what \
              it took before. Or from the TLS handshake: for Chrome of logs of two operators, for Apple two logs, \
              where one in the OCSP answer does as well. Where a timestamp is of a log that the bundled list does \
              not have, nothing is said here; ct-unknown-log is about those. Tentative where a place was not looked at. Low \
              for services that programs meet, of which Apple's alone count timestamps.",
    benign: &[
        "Apple has a list of logs of its own; its policy is judged with the bundled one, which is Chrome's.",
        "A timestamp came in a place that could not be looked at; the evidence names it.",
    ],
    fix: "Ask the authority for a new certificate.",
    settings: &[],
    source: "Chrome's Certificate Transparency policy; Apple's Certificate Transparency policy (support.apple.com/103214)",
    find: |view, found| {
        for chain in &view.chains {
            let leaf = chain.fact.certificates.first().and_then(|leaf| leaf.parsed.as_ref());
            let (Some(leaf), Some(all), Some(_)) = (leaf, &chain.fact.transparency, public_store(chain.fact))
            else {
                continue;
            };
            // Without timestamps it is another check's; with one that could not be verified, nobody knows.
            let unknown = |signature| {
                matches!(signature, TimestampSignature::UnknownLog | TimestampSignature::UnknownIssuer)
            };
            if all.timestamps.is_empty() || all.timestamps.iter().any(|one| unknown(one.signature)) {
                continue;
            }
            let chrome = ct_policy::chrome(leaf, &all.timestamps, view.now).map(|why| ("Chrome", why));
            let apple = ct_policy::apple(leaf, &all.timestamps, view.now).map(|why| ("Apple", why));
            let missing: Vec<String> = [chrome, apple]
                .into_iter()
                .flatten()
                .map(|(who, why)| format!("by {who}'s policy, {why}"))
                .collect();
            if !missing.is_empty() {
                let mut detail = format!("{}: {}", support::which(chain.fact, 0), missing.join("; "));
                let gaps = support::not_looked(all);
                let mut draft = found.at(support::place(chain.fact));
                if view.is_for_programs() {
                    draft = draft.severity(Severity::Low);
                }
                if !gaps.is_empty() {
                    detail.push_str(&format!("; not looked at: {}", gaps.join("; ")));
                    draft = draft.confidence(Confidence::Tentative);
                }
                draft.see(chain.id, detail);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{
        LogState, NotLooked, Reason, ReasonKind, Starttls, Timestamp, TimestampSource, Transparency,
    };

    use super::*;
    use crate::testing::*;

    fn of(operators: &[&str], signature: TimestampSignature) -> Scene {
        with(Scene::sound(), operators, signature)
    }

    fn with(scene: Scene, operators: &[&str], signature: TimestampSignature) -> Scene {
        scene.change_chain(|chain| {
            let timestamp = |(number, operator): (usize, &&str)| Timestamp {
                from: TimestampSource::Certificate,
                log: format!("{number:02x}"),
                name: None,
                operator: Some((*operator).into()),
                state: Some(LogState::Usable),
                time: Some(time("2026-10-25T00:00:00Z")),
                signature,
            };
            let timestamps = operators.iter().enumerate().map(timestamp).collect();
            chain.transparency =
                Some(Transparency { list: "2026-11-01T00:00:00Z".into(), timestamps, not_looked: vec![] });
        })
    }

    #[test]
    fn too_few_are_found() {
        let valid = TimestampSignature::Valid;
        assert!(of(&["A", "B"], valid).find(CHECK.id).is_empty());
        assert_eq!(of(&["A"], valid).severities(CHECK.id), [Severity::Medium]);
        assert_eq!(of(&["A", "A"], valid).severities(CHECK.id), [Severity::Medium]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }

    #[test]
    fn a_place_that_was_not_looked_at_is_named() {
        let sure = of(&["A"], TimestampSignature::Valid);
        assert_eq!(sure.find(CHECK.id)[0].confidence, Confidence::Certain);
        let unsure = sure.change_chain(|chain| {
            let why = Reason::new(ReasonKind::Other, "it was dark");
            let gap = NotLooked { place: TimestampSource::Ocsp, why };
            chain.transparency.as_mut().expect("timestamps").not_looked = vec![gap];
        });
        let found = unsure.find(CHECK.id);
        assert_eq!(found[0].confidence, Confidence::Tentative);
        assert!(found[0].evidence[0].detail.contains("the OCSP answer (it was dark)"), "{found:?}");
    }

    #[test]
    fn programs_hardly_count_them() {
        let scene = with(Scene::starttls(Starttls::Imap), &["A"], TimestampSignature::Valid);
        assert_eq!(scene.severities(CHECK.id), [Severity::Low]);
        assert!(scene.find(CHECK.id)[0].title.starts_with("Apple's programs"));
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        assert!(of(&["A"], TimestampSignature::UnknownLog).find(CHECK.id).is_empty());
        assert!(of(&["A"], TimestampSignature::UnknownIssuer).find(CHECK.id).is_empty());
        assert!(of(&[], TimestampSignature::Valid).find(CHECK.id).is_empty());
    }
}
