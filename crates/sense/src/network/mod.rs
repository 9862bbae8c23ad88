//! Interfaces, gateways, neighbours and routes, from the kernel by rtnetlink(7). It takes no rights, and no packet
//! leaves this computer.

mod identity;
mod lease;
mod parse;

pub use identity::identity;
#[cfg(has_linux)]
pub(crate) use parse::present;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use midwatch_model::{
    Destination, Fact, Gateway, Link, LinkKind, LocalNetwork, Neighbour, Outcome, Reason, ReasonKind, Route,
    Way,
};
use midwatch_wire::netlink::Attributes;

use crate::kernel::{Answer, Kernel};
use crate::{HERE, System};

const GETLINK: u16 = 18;
/// RTM_GETADDR.
const GETADDR: u16 = 22;
const GETROUTE: u16 = 26;
const GETNEIGH: u16 = 30;

/// The length of ifinfomsg.
const IFINFOMSG: usize = 16;
/// The length of rtmsg, and of ndmsg.
const RTMSG: usize = 12;

/// RTA_DST.
const DESTINATION: u16 = 1;

const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;

/// Resolvers whose routes are asked for.
const MAX_RESOLVERS: usize = 16;

/// Neighbours that are listed.
const MAX_NEIGHBOURS: usize = 4096;

/// Addresses for documentation (RFC 5737, RFC 3849), which stand for the internet: nobody has them, and routing
/// treats them as it does any other.
const INTERNET: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1))];

/// What the kernel knows of the network, and which way it sends packets for the internet and for `resolvers`.
pub fn look(system: &System, resolvers: &[IpAddr]) -> (String, Fact) {
    let network = match Kernel::routing() {
        Ok(mut kernel) => of_kernel(&mut kernel, resolvers, is_wifi(system)),
        Err(why) => LocalNetwork {
            links: why.clone().into(),
            gateways: why.clone().into(),
            neighbours: why.into(),
            ways: Vec::new(),
        },
    };
    (HERE.into(), Fact::LocalNetwork(Box::new(network)))
}

/// Tells the interfaces of Wi-Fi by their name.
fn is_wifi(system: &System) -> impl Fn(&str) -> bool {
    |name: &str| {
        let at = system.at(&format!("/sys/class/net/{name}"));
        system.exists(&at.join("wireless")) || system.exists(&at.join("phy80211"))
    }
}

/// How the links of this computer are now, by the numbers of the interfaces.
pub(crate) struct Snapshot {
    /// All interfaces.
    pub(crate) names: BTreeMap<u32, String>,
    /// Those that carry frames of Ethernet or Wi-Fi.
    pub(crate) links: Vec<u32>,
    /// This computer's own addresses of IPv4, with the number of their interface. Those of IPv6 change by themselves.
    pub(crate) addresses: BTreeSet<(u32, Ipv4Addr)>,
    /// The default routers.
    pub(crate) gateways: Vec<IpAddr>,
    /// Who is on the links: interface, address, link-layer address.
    pub(crate) neighbours: Vec<(u32, IpAddr, [u8; 6])>,
}

/// Reads it.
///
/// # Errors
/// The kernel's tables cannot be had.
pub(crate) fn snapshot() -> Result<Snapshot, Reason> {
    let mut kernel = Kernel::routing()?;
    let links = dump(&mut kernel, GETLINK, parse::link)?;
    let names: BTreeMap<u32, String> = links.iter().map(|link| (link.index, link.name.clone())).collect();
    let routes = dump(&mut kernel, GETROUTE, |body| Some(parse::gateways(body, &names)))?;
    let neighbours = dump(&mut kernel, GETNEIGH, parse::present)?;
    let addresses = dump(&mut kernel, GETADDR, parse::own_address)?;
    let links = links.iter().filter(|link| link.carries_frames()).map(|link| link.index);
    Ok(Snapshot {
        links: links.collect(),
        names,
        addresses: addresses.into_iter().collect(),
        gateways: routes.into_iter().flatten().filter_map(|gateway| gateway.address).collect(),
        neighbours,
    })
}

/// An interface, for what comes in by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Interface {
    /// Its number.
    pub(crate) index: u32,
    /// Its name.
    pub(crate) name: String,
    /// It is this computer itself.
    pub(crate) is_loopback: bool,
    /// Its addresses.
    pub(crate) addresses: Vec<IpAddr>,
    /// A default route of IPv4, and one of IPv6, goes by it.
    pub(crate) is_outside: (bool, bool),
    /// Nothing but containers and virtual machines of this computer is behind it: it is a bridge with ports that lead to
    /// them alone, or one end of a pair of them.
    pub(crate) is_inside: bool,
}

/// The interfaces of this computer.
///
/// # Errors
/// The kernel's tables cannot be had.
pub(crate) fn interfaces(system: &System) -> Result<Vec<Interface>, Reason> {
    let mut kernel = Kernel::routing()?;
    let links = dump(&mut kernel, GETLINK, parse::link)?;
    let names: BTreeMap<u32, String> = links.iter().map(|link| (link.index, link.name.clone())).collect();
    let routes = dump(&mut kernel, GETROUTE, |body| Some(parse::gateways(body, &names)))?;
    let routes: Vec<Gateway> = routes.into_iter().flatten().collect();
    let addresses = dump(&mut kernel, GETADDR, parse::own_address_of_any)?;
    let is_outside =
        |name: &str, ipv6: bool| routes.iter().any(|route| route.interface == name && route.ipv6 == ipv6);
    let inside: BTreeSet<u32> =
        links.iter().filter(|link| is_inside(link, &links)).map(|link| link.index).collect();
    let links = links.into_iter().map(|link| {
        let index = link.index;
        let link = link.named(is_wifi(system));
        Interface {
            index,
            is_loopback: link.kind == LinkKind::Loopback,
            addresses: addresses.iter().filter(|(at, _)| *at == index).map(|(_, address)| *address).collect(),
            is_outside: (is_outside(&link.name, false), is_outside(&link.name, true)),
            is_inside: inside.contains(&index),
            name: link.name,
        }
    });
    Ok(links.collect())
}

/// A pair of veth(4), or a bridge whose ports are ends of such pairs and taps, which virtual machines have.
fn is_inside(link: &parse::RawLink, all: &[parse::RawLink]) -> bool {
    let is = |link: &parse::RawLink, drivers: &[&str]| {
        link.driver.as_deref().is_some_and(|driver| drivers.contains(&driver))
    };
    let mut ports = all.iter().filter(|port| port.master == Some(link.index));
    is(link, &["veth"]) || is(link, &["bridge"]) && ports.all(|port| is(port, &["veth", "tun"]))
}

/// By which route packets for each of these addresses go; none where there is no route.
///
/// # Errors
/// The kernel's tables cannot be had.
pub(crate) fn routes(addresses: &BTreeSet<IpAddr>) -> Result<BTreeMap<IpAddr, Option<Route>>, Reason> {
    let mut kernel = Kernel::routing()?;
    let links = dump(&mut kernel, GETLINK, parse::link)?;
    let names: BTreeMap<u32, String> = links.iter().map(|link| (link.index, link.name.clone())).collect();
    let route = |address: &IpAddr| {
        let way = way(&mut kernel, Destination::Internet, *address, &names);
        (*address, way.route.value().cloned())
    };
    Ok(addresses.iter().map(route).collect())
}

/// Asks for everything.
fn of_kernel(kernel: &mut Kernel, resolvers: &[IpAddr], is_wifi: impl Fn(&str) -> bool) -> LocalNetwork {
    let links = dump(kernel, GETLINK, parse::link);
    // Everything else names interfaces by their number.
    let names: BTreeMap<u32, String> = match &links {
        Ok(links) => links.iter().map(|link| (link.index, link.name.clone())).collect(),
        Err(_) => BTreeMap::new(),
    };
    let links = links.map(|links| listed(links.into_iter().map(|link| link.named(&is_wifi)).collect()));
    let neighbours = dump(kernel, GETNEIGH, |body| parse::neighbour(body, &names)).map(|mut all| {
        all.sort_by(|a, b| (&a.interface, a.address).cmp(&(&b.interface, b.address)));
        all.truncate(MAX_NEIGHBOURS);
        all
    });
    let known: &[Neighbour] = neighbours.as_deref().unwrap_or_default();
    let gateways = dump(kernel, GETROUTE, |body| Some(parse::gateways(body, &names)));
    let gateways = gateways.map(|all| with_macs(all.into_iter().flatten().collect(), known));
    let mut ways: Vec<Way> = Vec::new();
    for address in INTERNET {
        ways.push(way(kernel, Destination::Internet, address, &names));
    }
    for address in resolvers.iter().take(MAX_RESOLVERS) {
        ways.push(way(kernel, Destination::Resolver, *address, &names));
    }
    LocalNetwork { links: outcome(links), gateways: outcome(gateways), neighbours: outcome(neighbours), ways }
}

fn outcome<T>(result: Result<T, Reason>) -> Outcome<T> {
    match result {
        Ok(value) => Outcome::seen(value),
        Err(why) => why.into(),
    }
}

/// Everything of one kind; what cannot be understood is passed over.
fn dump<T>(kernel: &mut Kernel, kind: u16, read: impl Fn(&[u8]) -> Option<T>) -> Result<Vec<T>, Reason> {
    // Each begins with the family; zero stands for all of them. The kernel's log names whoever sends more bytes.
    let length = if kind == GETLINK { IFINFOMSG } else { RTMSG };
    let bodies = kernel.dump(kind, &vec![0; length])?;
    Ok(bodies.iter().filter_map(|body| read(body)).collect())
}

fn listed(mut links: Vec<Link>) -> Vec<Link> {
    links.sort_by(|a, b| a.name.cmp(&b.name));
    links
}

/// Gateways, the one that is used first, each with what the neighbour table says of it.
fn with_macs(mut gateways: Vec<Gateway>, neighbours: &[Neighbour]) -> Vec<Gateway> {
    for gateway in &mut gateways {
        let own = |neighbour: &&Neighbour| {
            Some(neighbour.address) == gateway.address && neighbour.interface == gateway.interface
        };
        gateway.mac = neighbours.iter().find(own).and_then(|neighbour| neighbour.mac.clone());
    }
    gateways.sort_by(|a, b| {
        (a.ipv6, a.metric, &a.interface, a.address, a.table).cmp(&(
            b.ipv6,
            b.metric,
            &b.interface,
            b.address,
            b.table,
        ))
    });
    gateways.dedup();
    gateways
}

fn way(kernel: &mut Kernel, to: Destination, address: IpAddr, names: &BTreeMap<u32, String>) -> Way {
    let route = match kernel.one(GETROUTE, &question(address)) {
        Ok(Answer::Body(body)) => match parse::route(&body, names) {
            Some(route) => Outcome::seen(route),
            None => Outcome::unmeasured(ReasonKind::Protocol, "the kernel's route could not be understood"),
        },
        Ok(Answer::No(how)) => Outcome::refused(how),
        Err(why) => why.into(),
    };
    Way { to, address, route }
}

/// Where packets for `address` would go.
fn question(address: IpAddr) -> Vec<u8> {
    let (family, octets) = match address {
        IpAddr::V4(address) => (AF_INET, address.octets().to_vec()),
        IpAddr::V6(address) => (AF_INET6, address.octets().to_vec()),
    };
    let bits = u8::try_from(octets.len() * 8).unwrap_or(0);
    let mut body = vec![family, bits, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    Attributes::put(&mut body, DESTINATION, &octets);
    body
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use midwatch_model::{LinkKind, Route};

    use super::*;

    fn here() -> System {
        System { root: PathBuf::from("/"), home: None, env: vec![] }
    }

    #[test]
    fn the_kernel_of_this_computer_answers_without_rights() {
        let loopback: IpAddr = "127.0.0.1".parse().unwrap();
        let (_, fact) = look(&here(), &[loopback]);
        let Fact::LocalNetwork(network) = fact else { panic!("{fact:?}") };
        let links = network.links.value().expect("links");
        let lo = links.iter().find(|link| link.name == "lo").expect("the loopback interface");
        assert_eq!((lo.kind, lo.mac.as_deref()), (LinkKind::Loopback, None));
        let table = std::fs::read_to_string("/proc/net/dev").unwrap();
        let mut names: Vec<String> = table
            .lines()
            .filter_map(|line| line.split_once(':').map(|(name, _)| name.trim().to_owned()))
            .collect();
        names.sort();
        assert_eq!(links.iter().map(|link| link.name.clone()).collect::<Vec<_>>(), names);
        assert!(network.gateways.is_seen() && network.neighbours.is_seen(), "{network:?}");
        let own = network.ways.iter().find(|way| way.address == loopback).expect("a way");
        let route = Route { interface: "lo".into(), gateway: None, local: true };
        assert_eq!(own.route, Outcome::seen(route));
        assert_eq!(own.to, Destination::Resolver);
    }

    #[test]
    fn gateways_get_the_address_of_their_own_interface() {
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        let neighbour = |interface: &str, mac: &str| Neighbour {
            address,
            mac: Some(mac.into()),
            interface: interface.into(),
            state: midwatch_model::NeighbourState::Reachable,
            router: false,
        };
        let gateway = |interface: &str, metric| Gateway {
            address: Some(address),
            ipv6: false,
            interface: interface.into(),
            table: 254,
            metric,
            mac: None,
        };
        let found = with_macs(
            vec![gateway("wlan0", 600), gateway("eth0", 100)],
            &[neighbour("eth0", "02:00:00:00:00:01"), neighbour("wlan0", "02:00:00:00:00:02")],
        );
        let told: Vec<(&str, Option<&str>)> =
            found.iter().map(|one| (one.interface.as_str(), one.mac.as_deref())).collect();
        assert_eq!(told, [("eth0", Some("02:00:00:00:00:01")), ("wlan0", Some("02:00:00:00:00:02"))]);
    }
}
