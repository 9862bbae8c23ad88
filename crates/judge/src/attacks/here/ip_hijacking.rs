//! Packets of this computer that go through somebody else.

use midwatch_model::{AttackId, Station};

use crate::attack::{by_severity, link};
use crate::words;
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::IpHijacking,
    about: "Somebody on the same link takes the router's place: they answer for its address (ARP, neighbour discovery), \
            or hand out themselves as the router (DHCP, router advertisements).",
    gain: "A place in the middle of every connection of this computer.",
    from: &[Station::Wifi, Station::Router],
    decided: "Partly where the gateway shares its link-layer address with another computer. Unknown otherwise: one look at \
              the neighbour table shows who answers for the gateway now, and not whether that is the router. Watching the \
              link over time is not there yet.",
    defence: "A VPN on networks that are not yours; on your own, client isolation, DHCP snooping and RA guard.",
    scope: Scope::Here,
    weigh: by_severity,
    exposed: "so the packets of this computer go through somebody else",
    partly: "so the packets of this computer may go through somebody else",
    gaps: |view| {
        let Some(seen) = view.here.local.network else {
            return vec![link("the gateways of this computer were not looked at", &[])];
        };
        let Some(gateways) = seen.fact.gateways.value() else {
            return vec![link("the gateways of this computer could not be read", &[seen.id])];
        };
        let mut known: Vec<String> = gateways
            .iter()
            .filter_map(|gateway| Some(format!("{} at {}", gateway.address?, gateway.mac.as_ref()?)))
            .collect();
        known.dedup();
        let text = match known.as_slice() {
            [] => "no gateway has a link-layer address in the neighbour table".to_owned(),
            known => format!(
                "{} answer for the gateways now, seen once: that they are the routers is not known",
                words::some(known, 4)
            ),
        };
        vec![link(text, &[seen.id])]
    },
    reasons: |_| Vec::new(),
    remains: |_| vec!["The link was not watched over time.".into()],
};
