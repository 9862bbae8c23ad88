//! CAA allows more than before.

use midwatch_model::{AttackId::*, Severity};

use super::rule::Rule;
use super::{caa_changed, lists};
use midwatch_model::Remembered;

pub(crate) static RULE: Rule = Rule {
    id: "caa-loosened",
    title: "CAA allows more than before",
    severity: Severity::Medium,
    about: "CAA records say which authorities may issue certificates for a name. Who wants one for a name \
            that is not theirs loosens them first, where they can.",
    decided: "For names or for wildcards, an authority may issue that might not before, or without a \
              parameter (accounturi, validationmethods) that bound it; or there are no records that decide \
              any more, so that all may. Unclear. Low where one authority was added beside those that are \
              kept.",
    benign: &["The owner, their host or their content delivery network takes another authority."],
    advice: "Look in the zone's account whether the change is yours, and in the logs (crt.sh) for \
             certificates that were issued since.",
    source: "RFC 8659 4.2 and 4.3; RFC 8657",
    attacks: &[Impersonation, DnsSpoofing],
    explains: &["caa-forbids-issuer-met", "caa-missing", "caa-not-bound", "caa-unknown-critical"],
    find: |pair, found| {
        let (Remembered::Caa { records: was }, Remembered::Caa { records: is }) = (pair.was(), pair.is())
        else {
            return;
        };
        let reasons = caa_changed::looser(was, is);
        if reasons.is_empty() {
            return;
        }
        let kept = !is.is_empty() && was.iter().all(|one| is.contains(one));
        found
            .at(format!("CAA lets more authorities issue for {}", pair.place()))
            .severity(if kept { Severity::Low } else { Severity::Medium })
            .differs(lists::or_none(was), lists::or_none(is))
            .reasons(reasons);
    },
};
