//! The router's link-layer address is another computer's as well.

use midwatch_model::{AttackId::*, Confidence, NeighbourState, Severity, Station};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "gateway-shares-mac",
    title: "The router's link-layer address is another computer's as well",
    severity: Severity::Medium,
    says: "{place} has the link-layer address of another computer",
    about: "Packets for the internet go to the link-layer (MAC) address that the neighbour table has for the router. \
            Somebody who poisons that table (ARP spoofing) puts their own there, and then two addresses of the link \
            have the same one: the router's, and that of the attacker's computer.",
    gain: "Everything that leaves this computer goes through theirs.",
    from: &[Station::Wifi],
    attacks: &[IpHijacking, Eavesdropping, DnsSpoofing],
    decided: "The neighbour table has another IPv4 address with the link-layer address of a default router, at the same \
              interface. IPv6 is left out: a router has several addresses there as a rule. Low where more than two \
              others have it, or where it is one that RFC 9568 sets aside for routers that stand in for each other: a \
              single attacker looks otherwise. The table holds those alone whom this computer talked to, so that no \
              finding is no proof.",
    benign: &[
        "A router with several addresses, or one that answers for the others on purpose (proxy ARP, RFC 1027), as \
         networks for guests do.",
        "Routers that stand in for each other (VRRP, HSRP), and virtual machines behind one bridge.",
    ],
    fix: "Ask who runs the network which of its devices has that address. Where nobody can say, leave the network, or use \
          a VPN, until it is clear.",
    settings: &[],
    source: "RFC 826; RFC 1027; RFC 9568 7.3",
    find: |view, found| {
        let Some(seen) = view.here.local.network else { return };
        let (Some(gateways), Some(neighbours)) = (seen.fact.gateways.value(), seen.fact.neighbours.value())
        else {
            return;
        };
        for gateway in gateways.iter().filter(|gateway| !gateway.ipv6) {
            let (Some(address), Some(mac)) = (gateway.address, &gateway.mac) else { continue };
            let others: Vec<String> = neighbours
                .iter()
                .filter(|other| other.mac.as_ref() == Some(mac) && other.interface == gateway.interface)
                .filter(|other| other.address.is_ipv4() && other.address != address)
                .filter(|other| !matches!(other.state, NeighbourState::Failed | NeighbourState::Incomplete))
                .filter(|other| !gateways.iter().any(|known| known.address == Some(other.address)))
                .map(|other| other.address.to_string())
                .collect();
            if others.is_empty() {
                continue;
            }
            let stands_in = mac.starts_with("00:00:5e:00:01:") || mac.starts_with("00:00:0c:07:ac:");
            let is_low = others.len() > 2 || stands_in;
            let detail =
                format!("expected {mac} for the router alone, observed it for {} as well", others.join(", "));
            found
                .at(format!("the router {address} at {}", gateway.interface))
                .severity(if is_low { Severity::Low } else { Severity::Medium })
                .confidence(Confidence::Tentative)
                .see(seen.id, detail);
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn with(addresses: &[&str]) -> Vec<Severity> {
        let scene = Scene::empty().network(|network| {
            let all = addresses.iter().map(|address| local_neighbour(address, "02:00:00:00:00:01"));
            let mut all: Vec<_> = all.collect();
            all.push(local_neighbour("192.168.1.30", "02:00:00:00:00:30"));
            network.neighbours = midwatch_model::Outcome::seen(all);
        });
        scene.severities(CHECK.id)
    }

    #[test]
    fn another_ipv4_address_with_the_routers_is_named() {
        assert_eq!(with(&["192.168.1.1", "192.168.1.20"]), [Severity::Medium]);
        assert_eq!(with(&["192.168.1.1", "192.168.1.20", "192.168.1.21", "192.168.1.22"]), [Severity::Low]);
    }

    #[test]
    fn the_router_itself_and_its_ipv6_addresses_are_nobody_else() {
        assert!(Scene::here_local().find(CHECK.id).is_empty());
        assert!(with(&["192.168.1.1", "fe80::1", "2001:db8::1"]).is_empty());
    }

    #[test]
    fn virtual_routers_are_low_and_other_gateways_are_none() {
        let scene = Scene::empty().network(|network| {
            let mac = "00:00:5e:00:01:0a";
            if let midwatch_model::Outcome::Seen { value } = &mut network.gateways {
                value[0].mac = Some(mac.into());
            }
            network.neighbours = midwatch_model::Outcome::seen(vec![
                local_neighbour("192.168.1.1", mac),
                local_neighbour("192.168.1.2", mac),
            ]);
        });
        assert_eq!(scene.severities(CHECK.id), [Severity::Low]);
        let two = Scene::empty().network(|network| {
            if let midwatch_model::Outcome::Seen { value } = &mut network.gateways {
                let other =
                    midwatch_model::Gateway { address: "192.168.1.20".parse().ok(), ..value[0].clone() };
                value.push(other);
            }
            network.neighbours =
                midwatch_model::Outcome::seen(vec![local_neighbour("192.168.1.20", "02:00:00:00:00:01")]);
        });
        assert!(two.find(CHECK.id).is_empty());
    }

    #[test]
    fn what_was_not_read_is_no_finding() {
        let scene = Scene::empty().network(|network| network.neighbours = timeout());
        assert!(scene.find(CHECK.id).is_empty());
    }
}
