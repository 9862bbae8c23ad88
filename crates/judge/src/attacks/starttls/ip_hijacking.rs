//! Another way for the packets of a service that begins in plain text.

use midwatch_model::{AttackId, Station};

use super::grounds;
use crate::attacks::{names, reasons, remains};
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::IpHijacking,
    about: "Somebody has the packets sent through themselves: with forged ARP, neighbour or router advertisements on the same Wi-Fi, a \
            DHCP server of their own, or false routes between providers. From there they can do all that anybody on the path can; \
            encryption and certificates are what is left.",
    gain: "A place in the middle of every connection, to read, change or answer in the server's stead.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    decided: "Exposed where a place on the path is enough: no TLS, a certificate that is refused anyway, encryption that can be opened. \
              Partly where that holds for some programs, and for mail between servers where no signed TLSA records are there. Unknown \
              where what is said before TLS, the TLS versions, the certificate, or those records could not be measured. Protected where \
              the packets, wherever they go, are encrypted to a server whose identity is proved.",
    defence: "Take no login before TLS, with a trusted certificate and TLS 1.2 and 1.3 alone; for mail between servers publish TLSA \
              records or a policy of MTA-STS.",
    scope: Scope::Starttls,
    weigh: names::weigh,
    exposed: "so whoever brings the packets their way reads and changes what is sent",
    partly: "so whoever brings the packets their way can do so to some programs",
    gaps: |view| {
        let mut all = grounds::gaps(view);
        all.extend(grounds::version_gaps(view));
        all.extend(grounds::identity_gaps(view));
        all
    },
    reasons: |view| {
        let mut all = grounds::identity(view);
        if !all.is_empty() {
            all.extend(reasons::modern_versions(view));
        }
        all
    },
    remains: |view| {
        let mut all =
            vec!["Whether somebody is in the network of those who connect now was not looked at.".to_owned()];
        all.extend(grounds::remains(view));
        all.extend(remains::addresses(view));
        all
    },
};
