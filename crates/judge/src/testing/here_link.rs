//! A link that was listened to, changed one fact at a time.

use std::net::IpAddr;

use midwatch_model::*;

use super::{About, Scene, time};

impl Scene {
    /// A quiet link of which ten minutes were heard: one router that both families have, one DHCP server.
    pub fn link(self, change: impl FnOnce(&mut LinkWatch)) -> Self {
        let router = "02:00:00:00:00:01";
        let mut fact = LinkWatch {
            began: Some(time("2026-11-24T13:50:00Z")),
            ended: Some(time("2026-11-24T14:00:00Z")),
            frames: Outcome::seen(5000),
            damaged: 0,
            stopped: None,
            gateways: Outcome::seen(vec![ip("192.168.1.1"), ip("fe80::1")]),
            addresses: 12,
            forgotten: 0,
            claims: vec![
                link_claim("192.168.1.1", true, &[(router, 40)], 0, 0),
                link_claim("fe80::1", true, &[(router, 40)], 0, 0),
            ],
            claimants: vec![],
            dhcp: vec![link_dhcp("192.168.1.1", router, "192.168.1.1", "192.168.1.1")],
            routers: vec![link_router("fe80::1", router, &["2001:db8::/64"], &["fe80::1"])],
            redirects: vec![],
            responders: vec![],
            standbys: vec![],
        };
        change(&mut fact);
        Scene { about: About::Here, ..self }.fact(Fact::LinkWatch(Box::new(fact)))
    }

    /// A link on which `192.168.1.1`, a router, is claimed like this.
    pub fn link_claimed(self, by: &[(&str, u64)], changes: u64, returns: u64) -> Self {
        self.link(|link| {
            if let Some(first) = link.claims.first_mut() {
                *first = link_claim("192.168.1.1", true, by, changes, returns);
            }
        })
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

/// Who claims an address, each with how often.
pub fn link_claim(address: &str, gateway: bool, by: &[(&str, u64)], changes: u64, returns: u64) -> Claim {
    let by = by.iter().map(|(mac, count)| ClaimBy {
        mac: (*mac).into(),
        set_aside: mac.starts_with("00:00:5e:00:01:").then(|| "VRRP".into()),
        first: Some(time("2026-11-24T13:50:01Z")),
        last: Some(time("2026-11-24T13:59:58Z")),
        count: *count,
    });
    Claim {
        interface: "wlan0".into(),
        vlan: None,
        address: ip(address),
        gateway,
        by: by.collect(),
        more: 0,
        changes,
        returns,
    }
}

/// A DHCP server with the router and the resolver that it names.
pub fn link_dhcp(server: &str, mac: &str, router: &str, resolver: &str) -> DhcpOffer {
    DhcpOffer {
        interface: "wlan0".into(),
        vlan: None,
        ipv6: false,
        server: server.into(),
        mac: Some(mac.into()),
        relay: None,
        routers: vec![ip(router)],
        resolvers: vec![ip(resolver)],
        wpad: None,
        count: 2,
    }
}

/// A router of IPv6 with its prefixes and resolvers.
pub fn link_router(address: &str, mac: &str, prefixes: &[&str], resolvers: &[&str]) -> RouterOffer {
    RouterOffer {
        interface: "wlan0".into(),
        vlan: None,
        address: ip(address),
        mac: Some(mac.into()),
        lifetime: 1800,
        preference: "medium".into(),
        dhcp: false,
        prefixes: prefixes.iter().map(|prefix| (*prefix).into()).collect(),
        resolvers: resolvers.iter().map(|resolver| ip(resolver)).collect(),
        count: 6,
    }
}

/// Somebody who answers for so many names.
pub fn link_responder(protocol: NameProtocol, names: &[&str], count: u64) -> NameResponder {
    NameResponder {
        interface: "wlan0".into(),
        protocol,
        mac: Some("02:00:00:00:00:66".into()),
        address: ip("192.168.1.66"),
        names: names.iter().map(|name| (*name).into()).collect(),
        count,
        wpad: names.contains(&"wpad"),
    }
}
