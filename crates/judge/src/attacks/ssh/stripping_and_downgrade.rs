//! Protection taken away.

use midwatch_model::{AttackId, Station};

use super::grounds;
use crate::attack::{by_severity, link};
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::StrippingAndDowngrade,
    about: "Somebody on the way takes a message out, or has both sides agree on less than they can do.",
    gain: "A weaker protocol, or one without a defence that both sides have.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    decided: "Exposed where the server speaks SSH 1 as well, and where a remote can be had without encryption. Partly where \
              messages can be taken out unseen at the beginning (Terrapin). Unknown where the server's algorithms were not \
              measured. Protected where it speaks SSH 2 alone, whose key exchange signs both sides' lists.",
    defence: "SSH 2 alone, strict key exchange on both sides, and remotes over SSH or https.",
    scope: Scope::Ssh,
    weigh: by_severity,
    exposed: "so protection can be taken away",
    partly: "so part of the protection can be taken away",
    gaps: grounds::no_lists,
    reasons: |view| {
        let lists = grounds::lists(view);
        let ids: Vec<&str> = lists.iter().map(|(seen, _)| seen.id).collect();
        if lists.is_empty() {
            return grounds::files(view);
        }
        let mut all = vec![link("the signature over the key exchange covers what both sides offered", &ids)];
        if lists.iter().all(|(_, lists)| lists.strict_key_exchange) {
            all.push(link("strict key exchange is offered: no message is taken out unseen", &ids));
        }
        all
    },
    remains: |view| {
        let lists = grounds::lists(view);
        match !lists.is_empty() && lists.iter().all(|(_, lists)| lists.strict_key_exchange) {
            true => vec!["Strict key exchange works where the client has it too.".into()],
            false => grounds::servers(view),
        }
    },
};
