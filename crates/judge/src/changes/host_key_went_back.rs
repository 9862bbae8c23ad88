//! A host key that was there before is back.

use midwatch_model::{AttackId::*, Severity};

use super::host_keys::{self, Kind};
use super::rule::Rule;

pub(crate) static RULE: Rule = Rule {
    id: "host-key-went-back",
    title: "A host key that was there before is back",
    severity: Severity::Low,
    about: "The key of a type is one that was met here before the last one.",
    decided: "All keys of a type that are met were met here before, none of them is among those that were there last, and \
              no look met them side by side. Low where it was met in no fewer looks than the one whose place it takes; high \
              otherwise, since what came once from somebody in the middle does not become benign by coming again. Within 24 \
              hours of the change it is told as the end of that event. Unclear.",
    benign: &[
        "Several servers behind one name, each with keys of its own.",
        "A server that was restored from a backup.",
        "An attack that is over.",
    ],
    advice: "Ask the server's owner which of the keys is theirs. If it is this one, look what was done while \
             the other one was shown.",
    source: "RFC 4251 4.1 and 9.3.4; RFC 4253 8",
    attacks: &[Impersonation, Eavesdropping, DnsSpoofing, IpHijacking],
    explains: host_keys::EXPLAINS,
    find: |pair, found| {
        let Some(changed) = host_keys::changed(pair).filter(|changed| changed.kind == Kind::WentBack) else {
            return;
        };
        let (expected, met) = changed.lines();
        found
            .at(format!("{} shows a host key that it had before", pair.place()))
            .differs(expected, met)
            .severity(if changed.home { Severity::Low } else { Severity::High })
            .because(match changed.home {
                true => "It was met here before, in no fewer looks than the one that it takes the place of.",
                false => "It was met here before, in fewer looks than the one that it takes the place of.",
            });
    },
};
