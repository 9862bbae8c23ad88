//! Several claim the router's address.

use midwatch_model::{AttackId::*, Confidence, Severity, Station};

use crate::Check;
use crate::view::here::link::{Quarrel, claimants, quarrel, relation};

pub(crate) static CHECK: Check = Check {
    id: "gateway-contested",
    title: "Several claim the router's address",
    severity: Severity::High,
    says: "several claim to be {place}",
    about: "On a link, whoever answers for an address gets the packets for it: ARP (IPv4) and neighbour discovery (IPv6) \
            prove nothing. Somebody who wants to sit in the middle says again and again to be the router, while the \
            router says so too.",
    gain: "Everything that leaves the computers which believe it goes through the attacker's.",
    from: &[Station::Wifi],
    attacks: &[IpHijacking, Eavesdropping, DnsSpoofing, HttpInjection, StrippingAndDowngrade],
    decided: "High where one claims a default router's address again within two minutes of their last claim, while another \
              claimed it between: both are there. Low where another took over once and the one before was not heard \
              again, and where another claimed it a single time. One step lower where routers announce that they share \
              the address, where one claimant's link-layer address is set aside for that, or where the claimants' are \
              numbered next to each other; nothing is left out for it, since an attacker can have all of these. Claims \
              are what ARP requests, answers and announcements say of their sender, and neighbour solicitations, \
              advertisements that override, and router advertisements; probes (RFC 5227) claim nothing.",
    benign: &[
        "A router that was replaced, or that took over from another (VRRP, HSRP, CARP): once, for good.",
        "A router with several interfaces that act as one (bonding), which answers with the address of each.",
        "A mesh or repeater that answers for the router with its own address.",
        "Two devices that were given the same address by mistake.",
    ],
    fix: "Leave the network, or use a VPN, until it is clear who answers. On a network of your own find the device by its \
          link-layer address in the router's or switch's list; then client isolation on the Wi-Fi, and dynamic ARP \
          inspection, DHCP snooping and RA guard on the switches.",
    settings: &[],
    source: "RFC 826; RFC 5227; RFC 4861 7.2; RFC 3756 4.1",
    find: |view, found| {
        for seen in &view.here.links {
            for claim in seen.fact.claims.iter().filter(|claim| claim.gateway) {
                let place = format!("the router {} at {}", claim.address, claim.interface);
                let (mut severity, confidence, title) = match quarrel(claim) {
                    Quarrel::None => continue,
                    Quarrel::Sustained => (Severity::High, Confidence::Firm, CHECK.title),
                    Quarrel::Replaced => (
                        Severity::Low,
                        Confidence::Tentative,
                        "Another answers for the router's address than before",
                    ),
                    Quarrel::Once => {
                        (Severity::Low, Confidence::Tentative, "Another claimed the router's address, once")
                    }
                };
                let by = claimants(seen.fact, claim);
                let mut detail = format!("expected one claimant, observed {by}");
                if claim.returns > 0 {
                    let times =
                        crate::words::count(usize::try_from(claim.returns).unwrap_or(usize::MAX), "time");
                    detail.push_str(&format!("; {times} one of them came back while another had it"));
                }
                if let Some(why) = relation(seen.fact, claim) {
                    severity = if severity == Severity::High { Severity::Medium } else { Severity::Info };
                    detail.push_str(&format!("; {why}"));
                }
                found.at(place).severity(severity).confidence(confidence).title(title).see(seen.id, detail);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    const ROUTER: &str = "02:00:00:00:00:01";
    const OTHER: &str = "06:00:00:00:00:66";

    fn with(by: &[(&str, u64)], changes: u64, returns: u64) -> Vec<Severity> {
        Scene::empty().link_claimed(by, changes, returns).severities(CHECK.id)
    }

    #[test]
    fn a_quarrel_is_high_a_change_and_one_frame_are_low() {
        assert_eq!(with(&[(ROUTER, 40), (OTHER, 20)], 30, 25), [Severity::High]);
        assert_eq!(with(&[(ROUTER, 40), (OTHER, 20)], 1, 0), [Severity::Low]);
        assert_eq!(with(&[(ROUTER, 40), (OTHER, 1)], 2, 1), [Severity::Low]);
        assert!(with(&[(ROUTER, 40)], 0, 0).is_empty());
    }

    #[test]
    fn routers_that_share_an_address_are_lower_and_are_not_left_out() {
        assert_eq!(with(&[("00:00:5e:00:01:07", 40), (OTHER, 20)], 30, 25), [Severity::Medium]);
        assert_eq!(with(&[(ROUTER, 40), ("02:00:00:00:00:02", 20)], 30, 25), [Severity::Medium]);
        assert_eq!(with(&[(ROUTER, 40), ("02:00:00:00:00:02", 20)], 1, 0), [Severity::Info]);
        let announced = Scene::empty().link(|link| {
            link.claims = vec![link_claim("192.168.1.1", true, &[(ROUTER, 40), (OTHER, 20)], 30, 25)];
            link.standbys = vec![midwatch_model::Standby {
                interface: "wlan0".into(),
                protocol: "VRRP".into(),
                group: 7,
                address: "192.168.1.1".parse().ok(),
            }];
        });
        let found = announced.find(CHECK.id);
        assert_eq!(found[0].severity, Severity::Medium);
        assert!(found[0].evidence[0].detail.contains("by VRRP"), "{:?}", found[0].evidence);
    }

    #[test]
    fn other_addresses_and_quiet_links_are_no_finding() {
        assert!(Scene::empty().link(|_| {}).find(CHECK.id).is_empty());
        let other = Scene::empty().link(|link| {
            link.claims.push(link_claim("192.168.1.30", false, &[(ROUTER, 4), (OTHER, 4)], 6, 5));
        });
        assert!(other.find(CHECK.id).is_empty());
    }
}
