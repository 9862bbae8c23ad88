//! The zone above names other keys of the zone.

use midwatch_model::{AttackId::*, Severity};

use super::lists;
use super::rule::Rule;
use midwatch_model::{Likelihood, Remembered};

pub(crate) static RULE: Rule = Rule {
    id: "ds-changed",
    title: "The zone above names other keys of the zone",
    severity: Severity::Medium,
    about: "DS records are how the zone above vouches for a zone's keys. Who changes them at the registrar \
            can sign whatever they answer.",
    decided: "The records are others, and there are some. Info and benign where one that was there is left, \
              as in a rollover (RFC 7583), or where there were none and the zone is signed now; medium and \
              unclear where all are others at once. Only answers whose proof holds, or of which it is proved \
              that they need none, are compared.",
    benign: &[
        "A key was rolled over without an overlap.",
        "The zone moved to another provider with keys of its own.",
    ],
    advice: "Look in the account at the registrar whether the change is yours.",
    source: "RFC 4034 5; RFC 7583",
    attacks: &[DnsSpoofing],
    explains: &["dnssec-bogus", "dnssec-missing", "tlsa-insecure", "sshfp-insecure", "caa-not-bound"],
    find: |pair, found| {
        let (Remembered::Ds { records: was }, Remembered::Ds { records: is }) = (pair.was(), pair.is())
        else {
            return;
        };
        if is.is_empty() {
            return;
        }
        let title = match was.is_empty() {
            true => format!("{} is signed now", pair.place()),
            false => format!("The zone above names other keys of {}", pair.place()),
        };
        let draft = found.at(title).differs(lists::or_none(was), is);
        if was.is_empty() {
            draft.severity(Severity::Info).likely(Likelihood::Benign).because("There were none before.");
        } else if is.iter().any(|one| was.contains(one)) {
            draft
                .severity(Severity::Info)
                .likely(Likelihood::Benign)
                .because("One that was there is left, as in a rollover.");
        } else {
            draft.because("All of them are others at once.");
        }
    },
};
