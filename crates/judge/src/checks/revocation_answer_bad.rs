//! An authority that was asked about revocation, and whose answer proves nothing.

use midwatch_model::{AttackId::*, OcspAnswer, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::view::revocation;

pub(crate) static CHECK: Check = Check {
    id: "revocation-answer-bad",
    title: "What the authority publishes about revocation proves nothing",
    severity: Severity::Low,
    says: "what the authority of {place} publishes about revocation proves nothing",
    about: "The certificate names a place where its authority says whether it is revoked. What came from there is \
            not signed as it must be, is about something else, or has run out. Programs that ask take the \
            certificate as it is, or refuse it.",
    gain: "A stolen certificate that was revoked goes on working.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "With --revocation: an OCSP answer or a list that came whole, and cannot be read, is about other \
              certificates, is signed neither by the issuer nor by whom that allows to, or whose nextUpdate has \
              passed. That nothing came is no fault of the site and is not found.",
    benign: &[
        "A network whose sign-in page answers in the authority's place.",
        "This computer's clock is wrong.",
    ],
    fix: "Ask again from another network. Where it stays so, tell the authority; a certificate of another one is \
          the only thing that a site's owner can do about it.",
    settings: &[],
    source: "RFC 6960 3.2 and 4.2.2.1; RFC 5280 5.1.2.5 and 6.3.3",
    find: |view, found| {
        for chain in &view.chains {
            for asked in chain.fact.revocation.iter().flat_map(|all| &all.asked) {
                let why = match asked.says.value() {
                    Some(OcspAnswer::Bad { why }) => why.clone(),
                    Some(OcspAnswer::Verified { next_update: Some(end), .. }) if *end < view.now => {
                        format!("it has run out on {end}")
                    }
                    _ => continue,
                };
                let whose = revocation::answerer(asked);
                let what = support::which(chain.fact, asked.at);
                found
                    .at(support::place(chain.fact))
                    .see(chain.id, format!("what {whose} says of {what}: {why}"));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{OcspStatus, Outcome, Revocation, RevocationAsked, RevocationSource};

    use super::*;
    use crate::testing::*;

    fn asked(says: Outcome<OcspAnswer>) -> Vec<Severity> {
        let scene = Scene::sound().change_chain(|chain| {
            let (by, url) = (RevocationSource::Ocsp, "http://ocsp.example".to_owned());
            let asked = vec![RevocationAsked { at: 0, by, url, says: says.clone() }];
            chain.revocation = Some(Revocation { staple: None, asked });
        });
        scene.severities(CHECK.id)
    }

    fn held(until: Option<&str>) -> Outcome<OcspAnswer> {
        Outcome::seen(OcspAnswer::Verified {
            status: OcspStatus::Good,
            this_update: time("2026-11-20T00:00:00Z"),
            next_update: until.map(time),
        })
    }

    #[test]
    fn bad_and_old_answers_are_found() {
        // The scene's moment is 2026-11-24T14:00:00Z.
        let bad = OcspAnswer::Bad { why: "it is not an OCSP response".into() };
        assert_eq!(asked(Outcome::seen(bad)), [Severity::Low]);
        assert_eq!(asked(held(Some("2026-11-24T13:59:59Z"))), [Severity::Low]);
    }

    #[test]
    fn sound_ones_and_silence_are_not() {
        assert!(asked(held(Some("2026-11-25T00:00:00Z"))).is_empty() && asked(held(None)).is_empty());
        assert!(asked(timeout()).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }
}
