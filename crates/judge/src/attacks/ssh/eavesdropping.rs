//! Reading what goes by.

use midwatch_model::{AttackId, Station};

use super::grounds;
use crate::attack::{by_severity, link};
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::Eavesdropping,
    about: "Somebody on the way reads along, now or later from a recording.",
    gain: "Source code, files, what is typed, and the passwords among it.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    decided: "Exposed where a remote has a protocol without encryption, a server agrees to none, or whoever is in the middle is \
              taken for the server. Partly where what is agreed on can be read with means that somebody has. Unknown where the \
              server's algorithms were not measured. Protected where all that it agrees on encrypts.",
    defence: "SSH or https, with the algorithms that current clients and servers choose by themselves.",
    scope: Scope::Ssh,
    weigh: by_severity,
    exposed: "so whoever is on the way reads along",
    partly: "so some of what goes by can be read",
    gaps: grounds::no_lists,
    reasons: |view| {
        let lists = grounds::lists(view);
        let encrypts = lists.iter().all(|(_, lists)| {
            !lists.ciphers_to_client.iter().chain(&lists.ciphers_to_server).any(|name| name == "none")
        });
        if lists.is_empty() || !encrypts {
            return grounds::files(view);
        }
        let ids: Vec<&str> = lists.iter().map(|(seen, _)| seen.id).collect();
        vec![link(
            "everything behind the key exchange is encrypted, whichever of its ciphers is agreed on",
            &ids,
        )]
    },
    remains: |view| {
        let mut all = grounds::servers(view);
        all.push("Whoever is taken for the server reads along: see impersonation.".into());
        if grounds::lists(view).iter().any(|(_, lists)| lists.post_quantum.is_empty()) {
            all.push("What is recorded today can be read by whoever has a quantum computer one day.".into());
        }
        all
    },
};
