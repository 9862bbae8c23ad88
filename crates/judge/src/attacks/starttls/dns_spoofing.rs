//! Another address for the name of a service that begins in plain text.

use midwatch_model::{AttackId, Station};

use super::grounds;
use crate::attacks::{names, remains};
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::DnsSpoofing,
    about: "Somebody answers the question for the server's address with an address of their own. What the program then meets begins in \
            plain text and is up to them, unless the program demands TLS and a certificate that only the real server has.",
    gain: "Whoever connects, at a server of the attacker's, under the real one's name.",
    from: &[Station::Wifi, Station::Router, Station::Dns],
    decided: "Exposed where the other server needs no certificate (no TLS, login before TLS, suites without a certificate), or the \
              certificate is refused anyway. Partly where that holds for some programs or addresses, and for mail between servers where \
              no signed TLSA records are there. Unknown where what is said before TLS, the certificate, or those records could not be \
              measured. Protected where nobody logs in before TLS and the certificate is trusted, or is told by signed records. Whether \
              the zone is signed weighs nothing by itself.",
    defence: "Take no login before TLS, with a trusted certificate; for mail between servers publish TLSA records, which make a forged \
              answer fail.",
    scope: Scope::Starttls,
    weigh: names::weigh,
    exposed: "so a forged DNS answer leads programs to another server, and nothing tells them",
    partly: "so a forged DNS answer leads some programs to another server",
    gaps: |view| {
        let mut all = grounds::gaps(view);
        all.extend(grounds::identity_gaps(view));
        all
    },
    reasons: |view| {
        let mut all = grounds::identity(view);
        // Proofs are evidence beside those, and never enough by themselves.
        if !all.is_empty() {
            all.extend(names::signed(view));
        }
        all
    },
    remains: |view| {
        let mut all = grounds::remains(view);
        all.extend(remains::addresses(view));
        all
    },
};
