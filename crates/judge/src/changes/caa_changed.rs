//! CAA records are others, and allow no more than before.

use midwatch_model::Severity;

use super::issuers::{self, Issue};
use super::lists;
use super::rule::Rule;
use midwatch_model::{Likelihood, Remembered};

pub(crate) static RULE: Rule = Rule {
    id: "caa-changed",
    title: "CAA records are others, and allow no more than before",
    severity: Severity::Info,
    about: "CAA records say which authorities may issue certificates for a name.",
    decided: "The records differ, and nobody may issue who might not before (see caa-loosened). Benign.",
    benign: &[],
    advice: "Nothing.",
    source: "RFC 8659 4",
    attacks: &[],
    explains: &["caa-forbids-issuer-met", "caa-missing", "caa-not-bound", "caa-unknown-critical"],
    find: |pair, found| {
        let (Remembered::Caa { records: was }, Remembered::Caa { records: is }) = (pair.was(), pair.is())
        else {
            return;
        };
        if looser(was, is).is_empty() {
            found
                .at(format!("The CAA records of {} are others", pair.place()))
                .likely(Likelihood::Benign)
                .differs(lists::or_none(was), lists::or_none(is))
                .because("They allow no authority that was not allowed before.");
        }
    },
};

/// In which ways records allow more than others did, a sentence each.
pub(super) fn looser(was: &[String], is: &[String]) -> Vec<String> {
    let (before, after) = (issuers::read(was), issuers::read(is));
    let mut reasons = Vec::new();
    for wildcard in [false, true] {
        let names = if wildcard { "wildcards" } else { "names" };
        let (before, after) = (issuers::deciding(&before, wildcard), issuers::deciding(&after, wildcard));
        match (before.is_empty(), after.is_empty()) {
            // Anybody may before: nothing is more.
            (true, _) => {}
            (false, true) => reasons.push(format!("Any authority may issue for {names} now.")),
            (false, false) => {
                // A record allows no more than another one that has no parameter that it lacks.
                let covered = |one: &&&Issue| {
                    one.issuer.is_empty()
                        || before.iter().any(|known| {
                            known.issuer == one.issuer
                                && known.parameters.iter().all(|parameter| one.parameters.contains(parameter))
                        })
                };
                for one in after.iter().filter(|one| !covered(one)) {
                    let bound = before.iter().any(|known| known.issuer == one.issuer);
                    reasons.push(match bound {
                        true => format!("{} may issue for {names} without what bound it.", one.issuer),
                        false => format!("{} may issue for {names} now.", one.issuer),
                    });
                }
            }
        }
    }
    reasons
}
