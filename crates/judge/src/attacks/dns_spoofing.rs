//! Another address for the name.

use midwatch_model::{AttackId, Station};

use super::{gaps, names, reasons, remains};
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::DnsSpoofing,
    about: "Somebody answers the visitor's question for the site's address with an address of their own: a hotspot, a \
            router with changed settings, a resolver that was poisoned. What the visitor then meets is up to them, \
            unless it has to show a certificate that only the real site has.",
    gain: "The visitor at a server of the attacker's, under the site's name.",
    from: &[Station::Wifi, Station::Router, Station::Dns],
    decided: "Exposed where the other server needs no certificate (no HSTS that browsers take, pages over plain \
              http, suites without a certificate), the certificate is refused anyway, or it is publicly trusted and in no log. Partly where that holds \
              for some visitors, addresses or names, or a policy ends soon. Unknown where the ways in or the \
              certificate could not be measured. Protected where the certificate is trusted and browsers use https \
              alone. Whether the zone is signed (DNSSEC), by our own validation, stands beside the reasons or \
              under what remains, and weighs nothing by itself. A name server or alias that somebody could register counts \
              by its severity.",
    defence: "A trusted certificate and HSTS make a forged answer useless; DNSSEC makes it fail earlier.",
    scope: Scope::Services,
    weigh: names::weigh,
    exposed: "so a forged DNS answer leads visitors to another server, and nothing tells them",
    partly: "so a forged DNS answer leads some visitors to another server",
    gaps: |view| {
        let mut all = gaps::ways_in(view);
        all.extend(gaps::certificate(view));
        all
    },
    reasons: |view| {
        let mut all = reasons::certificate(view);
        all.extend(reasons::hsts(view));
        // Proofs are evidence beside those, and never enough by themselves.
        if !all.is_empty() {
            all.extend(names::signed(view));
        }
        all
    },
    remains: |view| {
        let mut all = names::spoofing(view);
        // The first visit's protection by the browsers' preload list is told here.
        all.extend(remains::first_visit(view));
        all.extend(remains::addresses(view));
        all
    },
};
