//! All host keys are others.

use midwatch_model::{AttackId::*, Severity};

use super::host_keys::{self, Kind};
use super::rule::Rule;

pub(crate) static RULE: Rule = Rule {
    id: "host-keys-all-other",
    title: "All host keys are others",
    severity: Severity::High,
    about: "None of the keys is one that was ever met here. Either the server was set up anew, or whoever \
            answers is not the server.",
    decided: "At least one key that was never met here, and none that is remembered. Unclear: a server that \
              is set up anew looks exactly so.",
    benign: &[
        "The server was set up anew, or moved.",
        "An address or a name that was given to another machine.",
    ],
    advice: "Do not connect. Ask the server's owner over another way than this one, and compare the \
             fingerprint with 'midwatch ssh HOST'.",
    source: "RFC 4251 4.1 and 9.3.4; RFC 4253 8",
    attacks: &[Impersonation, Eavesdropping, DnsSpoofing, IpHijacking],
    explains: host_keys::EXPLAINS,
    find: |pair, found| {
        let Some(changed) = host_keys::changed(pair).filter(|changed| changed.kind == Kind::AllOther) else {
            return;
        };
        let (expected, met) = changed.lines();
        found
            .at(format!("{} shows other host keys altogether", pair.place()))
            .differs(expected, met)
            .reasons(changed.reasons());
    },
};
