//! More than one DHCP server on a link.

use std::collections::BTreeMap;

use midwatch_model::{AttackId::*, Confidence, DhcpOffer, Severity, Station};

use crate::Check;
use crate::words;

pub(crate) static CHECK: Check = Check {
    id: "dhcp-second-server",
    title: "More than one server hands out addresses, and they name different routers or resolvers",
    severity: Severity::High,
    says: "{place} has more than one DHCP server",
    about: "A computer that joins a link takes its address, its router and its resolver from whichever DHCP server answers \
            first. Nothing proves that it is the network's own.",
    gain: "To be named as the router or as the resolver, and so to have every connection, or every name, of the computers \
           that ask.",
    from: &[Station::Wifi],
    attacks: &[IpHijacking, DnsSpoofing],
    decided: "High where servers with different identifiers (RFC 2132 9.7) or DUIDs (RFC 8415 11) on one link name \
              different routers or resolvers. Low where they name the same, and where one identifier comes from several \
              link-layer addresses without a relay. Which of them is the network's own is not known.",
    benign: &[
        "Somebody's own router, plugged in the wrong way round, or a computer that shares its connection.",
        "Two servers that share the work (failover): they name the same routers and resolvers.",
    ],
    fix: "Find the second server by its link-layer address and switch it off; DHCP snooping on the switches, and client \
          isolation on the Wi-Fi, stop the next one. On somebody else's network use a VPN.",
    settings: &[],
    source: "RFC 2131 3.1; RFC 2132 9.7; RFC 8415 22.1; RFC 7610",
    find: |view, found| {
        for seen in &view.here.links {
            let mut links: BTreeMap<(&str, Option<u16>, bool), Vec<&DhcpOffer>> = BTreeMap::new();
            for offer in &seen.fact.dhcp {
                links.entry((&offer.interface, offer.vlan, offer.ipv6)).or_default().push(offer);
            }
            for ((interface, vlan, ipv6), offers) in links {
                let [first, others @ ..] = offers.as_slice() else { continue };
                if others.is_empty() || (offers.iter().any(|one| one.relay.is_some()) && is_one(&offers)) {
                    continue;
                }
                let differ = others.iter().any(|one| {
                    (sorted(&one.routers), sorted(&one.resolvers))
                        != (sorted(&first.routers), sorted(&first.resolvers))
                });
                let (severity, confidence, title) = match (is_one(&offers), differ) {
                    (_, true) => (Severity::High, Confidence::Firm, CHECK.title),
                    (false, false) => (
                        Severity::Low,
                        Confidence::Tentative,
                        "More than one server hands out addresses, and they name the same routers and resolvers",
                    ),
                    (true, false) => {
                        (Severity::Low, Confidence::Tentative, "Several computers speak as one DHCP server")
                    }
                };
                let tag = vlan.map(|vlan| format!(" (VLAN {vlan})")).unwrap_or_default();
                let family = if ipv6 { "IPv6" } else { "IPv4" };
                let told: Vec<String> = offers.iter().map(|offer| describe(offer)).collect();
                found
                    .at(format!("the link at {interface}{tag}, {family}"))
                    .severity(severity)
                    .confidence(confidence)
                    .title(title)
                    .see(seen.id, format!("expected one server, observed {}", words::some(&told, 4)));
            }
        }
    },
};

/// They have one identifier.
fn is_one(offers: &[&DhcpOffer]) -> bool {
    offers.windows(2).all(|pair| matches!(pair, [a, b] if a.server == b.server))
}

fn sorted(addresses: &[std::net::IpAddr]) -> Vec<std::net::IpAddr> {
    let mut sorted = addresses.to_vec();
    sorted.sort();
    sorted
}

fn describe(offer: &DhcpOffer) -> String {
    let list = |addresses: &[std::net::IpAddr]| match addresses {
        [] => "none".to_owned(),
        some => words::some(&some.iter().map(ToString::to_string).collect::<Vec<_>>(), 3),
    };
    let mac = offer.mac.as_ref().map(|mac| format!(" at {mac}")).unwrap_or_default();
    let routers = if offer.ipv6 { String::new() } else { format!("router {}, ", list(&offer.routers)) };
    format!("{}{mac} ({routers}resolver {})", offer.server, list(&offer.resolvers))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn with(offers: &[DhcpOffer]) -> Vec<Severity> {
        Scene::empty().link(|link| link.dhcp.extend_from_slice(offers)).severities(CHECK.id)
    }

    #[test]
    fn another_router_is_high_and_the_same_one_is_low() {
        let rogue = link_dhcp("192.168.1.66", "02:00:00:00:00:66", "192.168.1.66", "192.168.1.66");
        assert_eq!(with(&[rogue]), [Severity::High]);
        let twin = link_dhcp("192.168.1.2", "02:00:00:00:00:02", "192.168.1.1", "192.168.1.1");
        assert_eq!(with(&[twin]), [Severity::Low]);
        assert!(with(&[]).is_empty());
    }

    #[test]
    fn relays_and_other_links_are_no_second_server() {
        let mut relayed = link_dhcp("192.168.1.1", "02:00:00:00:00:05", "192.168.1.1", "192.168.1.1");
        assert_eq!(with(&[relayed.clone()]), [Severity::Low]);
        relayed.relay = "192.168.1.1".parse().ok();
        assert!(with(&[relayed]).is_empty());
        let mut elsewhere = link_dhcp("10.0.0.1", "02:00:00:00:00:66", "10.0.0.1", "10.0.0.1");
        elsewhere.vlan = Some(7);
        assert!(with(&[elsewhere]).is_empty());
    }
}
