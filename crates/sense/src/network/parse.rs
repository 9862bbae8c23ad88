//! Messages of rtnetlink(7) to facts. All numbers are in the machine's own order.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use midwatch_model::{Gateway, Link, LinkKind, Neighbour, NeighbourState, Route, lossless};
use midwatch_wire::netlink::{align, attribute, mac, u16_at, u32_at, until_zero};

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
        _ => None,
    }
}

fn text(bytes: &[u8]) -> String {
    lossless(until_zero(bytes))
}

/// ifinfomsg.
pub(super) struct RawLink {
    pub(super) index: u32,
    pub(super) name: String,
    hardware: u16,
    flags: u32,
    pub(super) driver: Option<String>,
    /// The number of the bridge or bond that it is a port of.
    pub(super) master: Option<u32>,
    mac: Option<String>,
}

pub(super) fn link(body: &[u8]) -> Option<RawLink> {
    let attributes = body.get(16..)?;
    let driver = attribute(attributes, 18).and_then(|info| attribute(info, 1)).map(text);
    Some(RawLink {
        index: u32_at(body, 4)?,
        name: text(attribute(attributes, 3)?),
        hardware: u16_at(body, 2)?,
        flags: u32_at(body, 8)?,
        driver,
        master: attribute(attributes, 10).and_then(|value| u32_at(value, 0)),
        mac: attribute(attributes, 1).and_then(mac),
    })
}

impl RawLink {
    pub(super) fn named(self, is_wifi: impl Fn(&str) -> bool) -> Link {
        let kind = self.kind(is_wifi);
        let up = self.is_up();
        Link { name: self.name, kind, driver: self.driver, mac: self.mac, up }
    }

    /// IFF_UP and IFF_RUNNING.
    fn is_up(&self) -> bool {
        self.flags & 0x1 != 0 && self.flags & 0x40 != 0
    }

    /// It is up, and what goes over it are frames of Ethernet, which Wi-Fi looks like too.
    pub(super) fn carries_frames(&self) -> bool {
        self.is_up() && self.hardware == 1
    }

    fn kind(&self, is_wifi: impl Fn(&str) -> bool) -> LinkKind {
        match (self.driver.as_deref(), self.hardware) {
            (_, 772) => LinkKind::Loopback,
            (Some("bridge"), _) => LinkKind::Bridge,
            (Some("bond" | "team"), _) => LinkKind::Bond,
            (Some("wireguard" | "ovpn" | "xfrm" | "vti" | "vti6" | "ipip" | "sit" | "ip6tnl" | "gre"), _) => {
                LinkKind::Tunnel
            }
            // ARPHRD_PPP, ARPHRD_TUNNEL, ARPHRD_TUNNEL6, ARPHRD_SIT, ARPHRD_IPGRE, ARPHRD_NONE. The last is what
            // tun(4) has; tap, which carries frames for virtual machines, has ARPHRD_ETHER.
            (_, 512 | 768 | 769 | 776 | 778 | 0xfffe) => LinkKind::Tunnel,
            (None, 1) if is_wifi(&self.name) => LinkKind::Wifi,
            (None, 1) => LinkKind::Ethernet,
            (Some("vlan" | "macvlan" | "ipvlan"), 1) => LinkKind::Ethernet,
            _ => LinkKind::Other,
        }
    }
}

/// ndmsg. None for what is no neighbour: multicast, broadcast and point-to-point entries.
pub(super) fn neighbour(body: &[u8], names: &BTreeMap<u32, String>) -> Option<Neighbour> {
    let attributes = body.get(12..)?;
    let state = match u16_at(body, 8)? {
        0x01 => NeighbourState::Incomplete,
        0x02 => NeighbourState::Reachable,
        0x04 => NeighbourState::Stale,
        0x08 => NeighbourState::Delay,
        0x10 => NeighbourState::Probe,
        0x20 => NeighbourState::Failed,
        // NUD_NOARP.
        0x40 => return None,
        0x80 => NeighbourState::Permanent,
        _ => NeighbourState::Other,
    };
    let flags = *body.get(10)?;
    // NTF_PROXY: an address that this computer answers for.
    if flags & 0x08 != 0 {
        return None;
    }
    Some(Neighbour {
        address: address(attribute(attributes, 1)?)?,
        mac: attribute(attributes, 2).and_then(mac),
        interface: interface(u32_at(body, 4)?, names),
        state,
        router: flags & 0x80 != 0,
    })
}

/// ifaddrmsg: an own address of IPv4 and its interface.
pub(super) fn own_address(body: &[u8]) -> Option<(u32, Ipv4Addr)> {
    match own_address_of_any(body)? {
        (index, IpAddr::V4(own)) => Some((index, own)),
        (_, IpAddr::V6(_)) => None,
    }
}

/// ifaddrmsg: the same of either family. Those of IPv6 have IFA_ADDRESS alone.
pub(super) fn own_address_of_any(body: &[u8]) -> Option<(u32, IpAddr)> {
    let attributes = body.get(8..)?;
    // IFA_LOCAL: with IFA_ADDRESS, a tunnel names its other end.
    let local = attribute(attributes, 2).or_else(|| attribute(attributes, 1))?;
    Some((u32_at(body, 4)?, address(local)?))
}

/// ndmsg, as far as it says that somebody is there: the states that NUD_VALID stands for, but for entries that need no
/// neighbour discovery.
pub(crate) fn present(body: &[u8]) -> Option<(u32, IpAddr, [u8; 6])> {
    let attributes = body.get(12..)?;
    let is_there = u16_at(body, 8)? & (0x02 | 0x04 | 0x08 | 0x10 | 0x80) != 0;
    // Only IPv4 and IPv6: bridges keep link-layer addresses in tables of their own (AF_BRIDGE).
    let is_ip = matches!(*body.first()?, 2 | 10) && *body.get(10)? & 0x08 == 0;
    let mac = attribute(attributes, 2)?.first_chunk::<6>().filter(|_| is_there && is_ip)?;
    Some((u32_at(body, 4)?, address(attribute(attributes, 1)?)?, *mac))
}

fn interface(index: u32, names: &BTreeMap<u32, String>) -> String {
    names.get(&index).cloned().unwrap_or_else(|| format!("interface {index}"))
}

/// rtmsg: the default routes of one message, one for each next hop.
pub(super) fn gateways(body: &[u8], names: &BTreeMap<u32, String>) -> Vec<Gateway> {
    default_routes(body, names).unwrap_or_default()
}

fn default_routes(body: &[u8], names: &BTreeMap<u32, String>) -> Option<Vec<Gateway>> {
    let attributes = body.get(12..)?;
    let (length, kind) = (*body.get(1)?, *body.get(7)?);
    // RTN_UNICAST alone: unreachable and blackhole routes lead nowhere. RTM_F_CLONED is a cached route.
    if length != 0 || kind != 1 || u32_at(body, 8)? & 0x200 != 0 {
        return None;
    }
    let ipv6 = *body.first()? == 10;
    if !ipv6 && *body.first()? != 2 {
        return None;
    }
    let number = |wanted| attribute(attributes, wanted).and_then(|value| u32_at(value, 0));
    let table = number(15).unwrap_or_else(|| body.get(4).copied().map_or(0, u32::from));
    let metric = number(6).unwrap_or(0);
    let gateway = |index: u32, attributes: &[u8]| Gateway {
        address: next_hop(attributes),
        ipv6,
        interface: interface(index, names),
        table,
        metric,
        mac: None,
    };
    if let Some(index) = number(4) {
        return Some(vec![gateway(index, attributes)]);
    }
    // RTA_MULTIPATH: rtnexthop, each with attributes of its own.
    let mut rest = attribute(attributes, 9)?;
    let mut found = Vec::new();
    while let Some(length) = u16_at(rest, 0).map(usize::from).filter(|length| *length >= 8) {
        let Some(hop) = rest.get(..length) else { break };
        let (Some(index), Some(attributes)) = (u32_at(hop, 4), hop.get(8..)) else { break };
        found.push(gateway(index, attributes));
        rest = rest.get(align(length)..).unwrap_or_default();
    }
    Some(found)
}

/// rtmsg: a prefix of IPv6 that is on a link, and its interface: of the internet or of a site (RFC 4193), not of the link
/// alone.
pub(super) fn prefix(body: &[u8]) -> Option<(u32, String)> {
    let attributes = body.get(12..)?;
    let (family, length, kind) = (*body.first()?, *body.get(1)?, *body.get(7)?);
    let on_the_link = attribute(attributes, 5).is_none() && attribute(attributes, 18).is_none();
    if family != 10 || kind != 1 || !(1..=64).contains(&length) || !on_the_link {
        return None;
    }
    let address = address(attribute(attributes, 1)?)?;
    let IpAddr::V6(octets) = address else { return None };
    let [first, ..] = octets.octets();
    let counts = first & 0xe0 == 0x20 || first & 0xfe == 0xfc;
    let index = attribute(attributes, 4).and_then(|value| u32_at(value, 0))?;
    counts.then(|| (index, format!("{address}/{length}")))
}

/// RTA_GATEWAY, or RTA_VIA for a router of the other family.
fn next_hop(attributes: &[u8]) -> Option<IpAddr> {
    let via = || attribute(attributes, 18).and_then(|value| value.get(2..)).and_then(address);
    attribute(attributes, 5).and_then(address).or_else(via)
}

/// rtmsg: the one route that the kernel chose.
pub(super) fn route(body: &[u8], names: &BTreeMap<u32, String>) -> Option<Route> {
    let attributes = body.get(12..)?;
    let index = attribute(attributes, 4).and_then(|value| u32_at(value, 0))?;
    Some(Route {
        interface: interface(index, names),
        gateway: next_hop(attributes),
        // RTN_LOCAL.
        local: *body.get(7)? == 2,
    })
}

#[cfg(test)]
mod tests {
    use midwatch_wire::netlink::{Attributes, Header};
    use proptest::prelude::*;

    use super::*;

    fn names() -> BTreeMap<u32, String> {
        BTreeMap::from([(2, "eth0".to_owned()), (3, "wlan0".to_owned()), (7, "wg0".to_owned())])
    }

    fn raw_link(name: &str, hardware: u16, driver: Option<&str>) -> Vec<u8> {
        let mut body = vec![0, 0];
        body.extend(hardware.to_ne_bytes());
        body.extend(3_u32.to_ne_bytes());
        body.extend(0x1_0043_u32.to_ne_bytes());
        body.extend([0; 4]);
        Attributes::put(&mut body, 3, format!("{name}\0").as_bytes());
        Attributes::put(&mut body, 1, &[2, 0, 0, 0, 0, 0xab]);
        if let Some(driver) = driver {
            let mut info = Vec::new();
            Attributes::put(&mut info, 1, format!("{driver}\0").as_bytes());
            // NLA_F_NESTED.
            Attributes::put(&mut body, 18 | 0x8000, &info);
        }
        body
    }

    #[test]
    fn links_are_told_apart() {
        let kind = |hardware, driver| {
            let read = link(&raw_link("wlan0", hardware, driver)).unwrap();
            read.named(|name| name == "wlan0").kind
        };
        assert_eq!(kind(1, None), LinkKind::Wifi);
        assert_eq!(kind(772, None), LinkKind::Loopback);
        assert_eq!(kind(1, Some("bridge")), LinkKind::Bridge);
        assert_eq!(kind(1, Some("bond")), LinkKind::Bond);
        assert_eq!(kind(0xfffe, Some("wireguard")), LinkKind::Tunnel);
        assert_eq!(kind(0xfffe, Some("tun")), LinkKind::Tunnel);
        assert_eq!(kind(1, Some("tun")), LinkKind::Other, "tap");
        assert_eq!(kind(1, Some("veth")), LinkKind::Other);
        let read = link(&raw_link("eth0", 1, None)).unwrap().named(|_| false);
        assert_eq!((read.kind, read.up), (LinkKind::Ethernet, true));
        assert_eq!(read.mac.as_deref(), Some("02:00:00:00:00:ab"));
    }

    fn raw_neighbour(state: u16, flags: u8) -> Vec<u8> {
        let mut body = vec![2, 0, 0, 0];
        body.extend(2_u32.to_ne_bytes());
        body.extend(state.to_ne_bytes());
        body.extend([flags, 1]);
        Attributes::put(&mut body, 1, &[192, 0, 2, 1]);
        Attributes::put(&mut body, 2, &[2, 0, 0, 0, 0, 1]);
        body
    }

    #[test]
    fn neighbours_are_those_on_the_link() {
        let read = neighbour(&raw_neighbour(0x04, 0), &names()).unwrap();
        assert_eq!(
            (read.state, read.interface.as_str(), read.router),
            (NeighbourState::Stale, "eth0", false)
        );
        assert_eq!(read.address.to_string(), "192.0.2.1");
        assert_eq!(read.mac.as_deref(), Some("02:00:00:00:00:01"));
        assert!(neighbour(&raw_neighbour(0x02, 0x80), &names()).unwrap().router);
        assert_eq!(neighbour(&raw_neighbour(0x40, 0), &names()), None, "multicast");
        assert_eq!(neighbour(&raw_neighbour(0x80, 0x08), &names()), None, "proxy");
    }

    fn raw_route(family: u8, length: u8, kind: u8) -> Vec<u8> {
        vec![family, length, 0, 0, 254, 0, 0, kind, 0, 0, 0, 0]
    }

    #[test]
    fn default_routes_are_found_in_every_form() {
        let mut plain = raw_route(2, 0, 1);
        Attributes::put(&mut plain, 5, &[192, 0, 2, 1]);
        Attributes::put(&mut plain, 4, &2_u32.to_ne_bytes());
        Attributes::put(&mut plain, 6, &600_u32.to_ne_bytes());
        let read = gateways(&plain, &names());
        assert_eq!(read.len(), 1);
        assert_eq!((read[0].interface.as_str(), read[0].metric, read[0].table), ("eth0", 600, 254));
        assert_eq!(read[0].address.map(|address| address.to_string()).as_deref(), Some("192.0.2.1"));

        let mut paths = Vec::new();
        for (index, last) in [(2_u32, 1_u8), (3, 2)] {
            let mut attributes = Vec::new();
            Attributes::put(&mut attributes, 5, &[192, 0, 2, last]);
            paths.extend(u16::try_from(8 + attributes.len()).unwrap().to_ne_bytes());
            paths.extend([0, 0]);
            paths.extend(index.to_ne_bytes());
            paths.extend(attributes);
        }
        let mut several = raw_route(2, 0, 1);
        Attributes::put(&mut several, 9, &paths);
        let read = gateways(&several, &names());
        assert_eq!(read.iter().map(|one| one.interface.as_str()).collect::<Vec<_>>(), ["eth0", "wlan0"]);

        let mut tunnel = raw_route(10, 0, 1);
        Attributes::put(&mut tunnel, 4, &7_u32.to_ne_bytes());
        Attributes::put(&mut tunnel, 15, &51820_u32.to_ne_bytes());
        let read = gateways(&tunnel, &names());
        assert_eq!((read[0].ipv6, read[0].address, read[0].table), (true, None, 51820));
        assert!(gateways(&raw_route(2, 24, 1), &names()).is_empty());
        assert!(gateways(&raw_route(2, 0, 7), &names()).is_empty(), "unreachable");
    }

    #[test]
    fn prefixes_on_the_link_are_told_from_routes_and_from_the_links_own() {
        let of = |first: [u8; 2], gateway: bool| {
            let mut body = raw_route(10, 64, 1);
            let mut octets = [0; 16];
            octets[..2].copy_from_slice(&first);
            Attributes::put(&mut body, 1, &octets);
            Attributes::put(&mut body, 4, &3_u32.to_ne_bytes());
            if gateway {
                Attributes::put(&mut body, 5, &[1; 16]);
            }
            prefix(&body)
        };
        assert_eq!(of([0x20, 0x01], false), Some((3, "2001::/64".into())));
        assert_eq!(of([0xfd, 0x07], false), Some((3, "fd07::/64".into())));
        assert_eq!((of([0xfe, 0x80], false), of([0x20, 0x01], true)), (None, None));
    }

    #[test]
    fn the_kernels_choice_is_read() {
        let mut body = raw_route(2, 32, 1);
        Attributes::put(&mut body, 4, &7_u32.to_ne_bytes());
        let read = route(&body, &names());
        assert_eq!(read, Some(Route { interface: "wg0".into(), gateway: None, local: false }));
        assert!(route(&raw_route(2, 32, 2), &names()).is_none(), "without an interface");
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes: Vec<u8>) {
            let mut rest = bytes.as_slice();
            while let Some((_, body)) = Header::split(&mut rest) {
                link(body);
            }
            let names = names();
            link(&bytes);
            prefix(&bytes);
            own_address(&bytes);
            present(&bytes);
            neighbour(&bytes, &names);
            gateways(&bytes, &names);
            route(&bytes, &names);
        }
    }
}
