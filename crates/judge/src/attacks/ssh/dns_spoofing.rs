//! A false address for the server's name.

use midwatch_model::{AttackId, Station};

use super::grounds;
use crate::attack::by_severity;
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::DnsSpoofing,
    about: "Somebody answers the question for the server's address with one of their own.",
    gain: "The connection goes to them. What they can do there, the host key decides.",
    from: &[Station::Wifi, Station::Router, Station::Dns],
    decided: "As impersonation: a false address leads to whoever is there, and the host key tells them from the server.",
    defence: "A verified host key. DNSSEC makes false answers fail, where the resolver validates.",
    scope: Scope::Ssh,
    weigh: by_severity,
    exposed: "so whoever answers for the name is taken for the server",
    partly: "so whoever answers for the name at the first meeting is taken for the server from then on",
    gaps: grounds::no_keys,
    reasons: grounds::vouched,
    remains: grounds::other_keys,
};
