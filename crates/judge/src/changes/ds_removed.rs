//! The zone is not signed any more.

use midwatch_model::{AttackId::*, Severity};

use super::lists;
use super::rule::Rule;
use midwatch_model::Remembered;

pub(crate) static RULE: Rule = Rule {
    id: "ds-removed",
    title: "The zone is not signed any more",
    severity: Severity::Medium,
    about: "Without DS records nobody asks for signatures: forged answers for the zone are taken by \
            everybody again.",
    decided: "There were DS records, and it is proved that there are none, or the zones above are not signed \
              themselves. Unclear. A resolver that passes no proofs on says nothing here.",
    benign: &["The zone moves to another provider, who signs it anew later.", "The owner gave DNSSEC up."],
    advice: "Look in the account at the registrar whether the change is yours.",
    source: "RFC 4034 5; RFC 4035 5.2",
    attacks: &[DnsSpoofing],
    explains: &["dnssec-bogus", "dnssec-missing", "tlsa-insecure", "sshfp-insecure", "caa-not-bound"],
    find: |pair, found| {
        let (Remembered::Ds { records: was }, Remembered::Ds { records: is }) = (pair.was(), pair.is())
        else {
            return;
        };
        if is.is_empty() && !was.is_empty() {
            found.at(format!("{} is not signed any more", pair.place())).differs(was, lists::or_none(is));
        }
    },
};
