//! Somebody who shows a key of their own.

use midwatch_model::{AttackId, Station};

use super::grounds;
use crate::attack::by_severity;
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::Impersonation,
    about: "Somebody in the middle shows a host key of their own. SSH proves that they hold it; that it is the server's, \
            somebody else has to know.",
    gain: "To be the server: to read and change what is cloned, pushed, typed and copied, and to be logged in to with what can \
           be used again.",
    from: &[Station::Wifi, Station::Router, Station::Dns, Station::Network],
    decided: "Exposed where the server shows another key than the one that it is known by, a revoked one, or one that it does not \
              prove to hold, where ssh or git on this computer do not check, and where a remote has a protocol that proves \
              nothing. Partly where nobody vouches for its keys: the first meeting decides then. Unknown where no key was met. \
              Protected where somebody who can know it vouches for a key that the server proved to hold.",
    defence: "Verify the fingerprint before the first connection, once: by the owner's word, SSHFP records with DNSSEC, an \
              authority of your own, or a signed file of your organisation.",
    scope: Scope::Ssh,
    weigh: by_severity,
    exposed: "so whoever is in the middle is taken for the server",
    partly: "so whoever is in the middle at the first meeting is taken for the server from then on",
    gaps: grounds::no_keys,
    reasons: grounds::vouched,
    remains: grounds::other_keys,
};
