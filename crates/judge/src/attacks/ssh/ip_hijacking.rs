//! The server's packets led elsewhere.

use midwatch_model::{AttackId, Station};

use super::grounds;
use crate::attack::by_severity;
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::IpHijacking,
    about: "Somebody leads packets for the server's address to themselves: by ARP on the link, or by routes further away.",
    gain: "The connection goes to them. What they can do there, the host key decides.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    decided: "As impersonation: whoever gets the packets has to show a host key.",
    defence: "A verified host key.",
    scope: Scope::Ssh,
    weigh: by_severity,
    exposed: "so whoever gets the packets is taken for the server",
    partly: "so whoever gets the packets at the first meeting is taken for the server from then on",
    gaps: grounds::no_keys,
    reasons: grounds::vouched,
    remains: grounds::other_keys,
};
