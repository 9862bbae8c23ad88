//! One computer claims the router's address and other computers' as well.

use midwatch_model::{AttackId::*, Confidence, Severity, Station};

use crate::Check;
use crate::words;

pub(crate) static CHECK: Check = Check {
    id: "mac-claims-many",
    title: "One computer claims the router's address and other computers' as well",
    severity: Severity::High,
    says: "{place} claims the addresses of others",
    about: "Somebody who sits between the router and a computer tells the computer that they are the router, and the router \
            that they are the computer. On the link one link-layer address then claims both, while their owners claim \
            them too.",
    gain: "Both ways of what the two say to each other.",
    from: &[Station::Wifi],
    attacks: &[IpHijacking, Eavesdropping, DnsSpoofing, HttpInjection],
    decided: "High where one link-layer address claims a default router's address and, of IPv4, an address that others \
              claim too. Low where one that is no router's claims 16 addresses or more. IPv6 is left out: everybody has \
              several addresses there. A router that has further addresses which nobody else claims is no finding.",
    benign: &[
        "Proxy ARP (RFC 1027): a router or access point that answers for the computers behind it, as networks for guests do.",
        "A host of virtual machines, or a repeater that has all of its computers behind its own address.",
    ],
    fix: "Leave the network, or use a VPN, until it is clear whose device that is.",
    settings: &[],
    source: "RFC 826; RFC 1027",
    find: |view, found| {
        for seen in &view.here.links {
            for one in &seen.fact.claimants {
                let list = |addresses: &[std::net::IpAddr]| {
                    let texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
                    words::some(&texts, 4)
                };
                let place = format!("{} at {}", one.mac, one.interface);
                if !one.gateways.is_empty() && !one.contested.is_empty() {
                    let detail = format!(
                        "observed claims on the router {} and on {}, which others claim too",
                        list(&one.gateways),
                        list(&one.contested)
                    );
                    found.at(place).confidence(Confidence::Firm).see(seen.id, detail);
                } else if one.gateways.is_empty() {
                    // The list holds the first of each kind, and the number all of them.
                    let first: Vec<String> =
                        one.contested.iter().chain(&one.others).take(4).map(ToString::to_string).collect();
                    let detail = format!(
                        "observed claims on {} addresses, among them {}",
                        one.count,
                        words::and(&first)
                    );
                    found
                        .at(place)
                        .severity(Severity::Low)
                        .confidence(Confidence::Tentative)
                        .title("One computer answers for many addresses")
                        .see(seen.id, detail);
                }
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn with(gateways: &[&str], contested: &[&str], others: &[&str]) -> Vec<Severity> {
        let all = |list: &[&str]| list.iter().map(|text| text.parse().expect("an address")).collect();
        let scene = Scene::empty().link(|link| {
            link.claimants = vec![midwatch_model::Claimant {
                interface: "wlan0".into(),
                mac: "02:00:00:00:00:66".into(),
                gateways: all(gateways),
                contested: all(contested),
                others: all(others),
                count: (contested.len() + others.len()) as u64,
            }];
        });
        scene.severities(CHECK.id)
    }

    #[test]
    fn the_middle_of_two_is_told_from_a_router_with_two_addresses() {
        assert_eq!(with(&["192.168.1.1"], &["192.168.1.20"], &["192.168.1.66"]), [Severity::High]);
        assert!(with(&["192.168.1.1"], &[], &["192.168.1.2"]).is_empty());
        assert_eq!(with(&[], &[], &["192.168.1.2"; 16]), [Severity::Low]);
    }
}
