//! A host key was replaced by another one.

use midwatch_model::{AttackId::*, Severity};

use super::host_keys::{self, Kind};
use super::rule::Rule;

pub(crate) static RULE: Rule = Rule {
    id: "host-key-other",
    title: "A host key was replaced by another one",
    severity: Severity::High,
    about: "The key of one type is another one than it was. Either the server has a new key, or whoever \
            answers is not the server: somebody in the middle sees which type a client asks for, and may \
            take over only there.",
    decided: "A key that was never met here, of a type of which another is remembered; and the server proved \
              to hold a known key of another type, or shows the known key of this type at another of its \
              addresses. Unclear, even so.",
    benign: &[
        "The key was replaced on purpose, for example since it was too small.",
        "Several servers behind one name or address, each with keys of its own.",
    ],
    advice: "Do not connect with this type until the server's owner has said over another way than this one \
             that the new fingerprint is theirs.",
    source: "RFC 4251 4.1 and 9.3.4; RFC 4253 8",
    attacks: &[Impersonation, Eavesdropping, DnsSpoofing, IpHijacking],
    explains: host_keys::EXPLAINS,
    find: |pair, found| {
        let Some(changed) = host_keys::changed(pair).filter(|changed| changed.kind == Kind::Other) else {
            return;
        };
        let (expected, met) = changed.lines();
        found
            .at(format!("{} shows another host key", pair.place()))
            .differs(expected, met)
            .reasons(changed.reasons());
    },
};
