//! Another way for the packets.

use midwatch_model::{AttackId, Station};

use super::{gaps, names, reasons, remains};
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::IpHijacking,
    about: "Somebody has the packets sent through themselves: with forged ARP, neighbour or router advertisements on \
            the same Wi-Fi, a DHCP server of their own, or false routes between providers. From there they can do all \
            that anybody on the path can; encryption and certificates are what is left.",
    gain: "A place in the middle of every connection, to read, change or answer in the site's stead.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    decided: "Exposed where a place on the path is enough: pages or sessions over plain http, no HSTS that \
              browsers take, a certificate that is refused anyway or is publicly trusted and in no log, \
              encryption that can be opened. Partly where that holds for some visitors. Unknown where the ways \
              in, the TLS versions or the certificate could not be measured, and where the site is named by an \
              address, for which there is no HSTS. Protected where the packets, wherever they go, are encrypted \
              to a trusted certificate. The visitor's own network is not looked at here. What somebody who holds \
              the route could get from an authority, with and without CAA records that bind it, stands under \
              what remains.",
    defence: "Encrypt everything: HSTS, no plain pages, a trusted certificate, TLS 1.2 and 1.3 alone.",
    scope: Scope::Services,
    weigh: names::weigh,
    exposed: "so whoever brings the packets their way reads and changes what visitors send",
    partly: "so whoever brings the packets their way can do so to some visitors",
    gaps: |view| {
        let mut all = gaps::ways_in(view);
        all.extend(gaps::hsts(view));
        all.extend(gaps::plain_pages(view));
        all.extend(gaps::tls(view));
        all
    },
    reasons: |view| {
        let mut all = reasons::certificate(view);
        all.extend(reasons::hsts(view));
        all.extend(reasons::nothing_plain(view));
        all.extend(reasons::modern_versions(view));
        if !all.is_empty() {
            all.extend(names::bound(view));
        }
        all
    },
    remains: |view| {
        let mut all =
            vec!["Whether somebody is in the visitor's own network now was not looked at.".to_owned()];
        all.extend(names::hijacked(view));
        all.extend(remains::first_visit(view));
        all.extend(remains::addresses(view));
        all
    },
};
