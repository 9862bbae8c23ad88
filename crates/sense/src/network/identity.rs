//! Which network this computer is on.

use std::net::{IpAddr, Ipv4Addr};

use midwatch_model::{Fact, LinkKind, LocalNetwork, NetworkIdentity};

use super::{GETADDR, GETROUTE, dump, lease, parse};
use crate::System;
use crate::kernel::Kernel;

/// Prefixes that count.
const MAX_PREFIXES: usize = 16;

/// The main routing table.
const MAIN: u32 = 254;

/// The network of the default route, and its routers with their link-layer addresses where those are known; none where
/// there is no router. Tunnels lead to other networks and do not count.
pub fn identity(
    system: &System,
    facts: &[(String, Fact)],
) -> Option<(NetworkIdentity, Vec<(IpAddr, String)>)> {
    let network: &LocalNetwork = facts.iter().find_map(|(_, fact)| match fact {
        Fact::LocalNetwork(network) => Some(&**network),
        _ => None,
    })?;
    let is_tunnel = |name: &str| {
        let mut links = network.links.value().into_iter().flatten();
        links.any(|link| link.name == name && link.kind == LinkKind::Tunnel)
    };
    let used: Vec<_> = network
        .gateways
        .value()?
        .iter()
        .filter(|gateway| gateway.table == MAIN && !is_tunnel(&gateway.interface))
        .filter_map(|gateway| Some((gateway, gateway.address?)))
        .collect();
    // Of a computer that is on two networks at once, the one that is used. Addresses of IPv6 routers are of the link.
    let (first, _) = used.iter().find(|(gateway, _)| !gateway.ipv6).or(used.first())?;
    let interface = first.interface.clone();
    let here = used.iter().filter(|(gateway, _)| gateway.interface == interface);
    let routers: Vec<(IpAddr, String)> =
        here.clone().filter_map(|(gateway, address)| Some((*address, gateway.mac.clone()?))).collect();
    let is_named = here.clone().any(|(_, address)| address.is_ipv4());
    let mut gateways: Vec<IpAddr> =
        here.map(|(_, address)| *address).filter(|address| address.is_ipv4() || !is_named).collect();
    gateways.sort();
    gateways.dedup();
    let (own, prefixes) = addresses(&interface);
    let dhcp = lease::servers(system, &own);
    Some((NetworkIdentity { ssid: ssid(facts, &interface), gateways, dhcp, prefixes }, routers))
}

fn ssid(facts: &[(String, Fact)], interface: &str) -> Option<String> {
    let wifi = facts.iter().find_map(|(_, fact)| match fact {
        Fact::LocalWifi(wifi) => wifi.interfaces.value(),
        _ => None,
    })?;
    let joined = wifi.iter().find(|one| one.name == interface)?.network.value()?.as_deref()?;
    Some(joined.name.text.clone())
}

/// The own addresses of IPv4 at an interface, and the prefixes of IPv6 that are on its link.
fn addresses(interface: &str) -> (Vec<Ipv4Addr>, Vec<String>) {
    // What cannot be read makes the network less certain, and is told by the facts beside.
    let read = || {
        let mut kernel = Kernel::routing().ok()?;
        let links = dump(&mut kernel, super::GETLINK, parse::link).ok()?;
        let index = links.iter().find(|link| link.name == interface)?.index;
        let own = dump(&mut kernel, GETADDR, parse::own_address).ok()?;
        let routes = dump(&mut kernel, GETROUTE, parse::prefix).ok()?;
        let own = own.into_iter().filter(|(at, _)| *at == index).map(|(_, address)| address).collect();
        let mut prefixes: Vec<String> =
            routes.into_iter().filter(|(at, _)| *at == index).map(|(_, prefix)| prefix).collect();
        prefixes.sort();
        prefixes.dedup();
        prefixes.truncate(MAX_PREFIXES);
        Some((own, prefixes))
    };
    read().unwrap_or_default()
}
