//! A host key of another type was added.

use midwatch_model::{AttackId::*, Severity};

use super::host_keys::{self, Kind};
use super::rule::Rule;
use midwatch_model::Likelihood;

pub(crate) static RULE: Rule = Rule {
    id: "host-key-added",
    title: "A host key of another type was added",
    severity: Severity::Info,
    about: "A server that still proves to hold a key that is known has a further one.",
    decided: "A key of a type of which none is remembered here, while the server proved to hold a key that \
              is. Benign: whoever holds the known key can have others. Keys that are not met are no change, \
              since one type may not have been answered.",
    benign: &["An update of the server's software, or of its configuration."],
    advice: "Add the key to known_hosts, with ssh's UpdateHostKeys or 'midwatch ssh HOST --save'.",
    source: "RFC 4251 4.1 and 9.3.4; RFC 4253 8",
    attacks: &[Impersonation, Eavesdropping, DnsSpoofing, IpHijacking],
    explains: host_keys::EXPLAINS,
    find: |pair, found| {
        let Some(changed) = host_keys::changed(pair).filter(|changed| changed.kind == Kind::Added) else {
            return;
        };
        let (expected, met) = changed.lines();
        found
            .at(format!("{} shows a host key of a type that it did not have", pair.place()))
            .differs(expected, met)
            .likely(Likelihood::Benign)
            .because("The server proved to hold a key that is known as well.");
    },
};
