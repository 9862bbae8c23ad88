//! Mail for the name goes to other servers.

use midwatch_model::{AttackId::*, Severity};

use super::lists;
use super::rule::Rule;
use crate::words;
use midwatch_model::{Likelihood, Remembered};

pub(crate) static RULE: Rule = Rule {
    id: "mx-changed",
    title: "Mail for the name goes to other servers",
    severity: Severity::Low,
    about: "MX records say who takes mail. Who changes them reads it, and answers where accounts send their \
            links to set a new password.",
    decided: "The records are others. Medium and unclear where none of the servers that were there last is \
              left; low and unclear where some are left and others came; info and benign where only \
              preferences differ, or servers went and none came.",
    benign: &["Mail moved to another provider.", "The provider gave its servers other names, or added some."],
    advice: "Look in the zone's account whether the change is yours. Until then send nothing that must not \
             be read by others.",
    source: "RFC 5321 5; RFC 7505",
    attacks: &[EmailHijacking, DnsSpoofing],
    explains: &[],
    find: |pair, found| {
        let (Remembered::Mx { records: was }, Remembered::Mx { records: is }) = (pair.was(), pair.is())
        else {
            return;
        };
        let (before, after) = (lists::last_words(was), lists::last_words(is));
        let came = lists::beyond(&after, &before);
        let kept = after.iter().any(|name| before.contains(name));
        let draft = found
            .at(format!("Mail for {} goes to other servers", pair.place()))
            .differs(lists::or_none(was), lists::or_none(is));
        match (kept, came.is_empty()) {
            (_, true) => {
                draft
                    .severity(Severity::Info)
                    .likely(Likelihood::Benign)
                    .because("No server came: only preferences differ, or some are gone.");
            }
            (true, false) => {
                draft.because(format!("Came: {}.", words::some(&came, 6)));
            }
            (false, false) if before.is_empty() => {
                draft.because("There were no records before: mail went to the name's own address.");
            }
            (false, false) => {
                draft.severity(Severity::Medium).because("None of the servers that were there is left.");
            }
        }
    },
};
