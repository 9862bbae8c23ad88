//! The routers of the network that this computer is on, by their link-layer addresses. A router that the neighbour table
//! has no link-layer address of is left out, so that only an address that is there and differs is a change.

use std::collections::BTreeMap;
use std::net::IpAddr;

use midwatch_model::{Fact, Memo, NetworkIdentity, Remembered};

use super::set;

pub(super) fn memos(facts: &[&Fact]) -> Vec<Memo> {
    let known = facts.iter().find_map(|fact| match fact {
        Fact::KnownNetwork(known) => Some(&known.network),
        _ => None,
    });
    let Some(network) = known else { return Vec::new() };
    let mut routers: BTreeMap<IpAddr, Vec<String>> = BTreeMap::new();
    for fact in facts {
        let Fact::LocalNetwork(local) = fact else { continue };
        for gateway in local.gateways.value().into_iter().flatten() {
            if let (Some(address), Some(mac)) = (gateway.address, &gateway.mac)
                && (network.gateways.contains(&address) || address.is_ipv6())
            {
                routers.entry(address).or_default().push(mac.to_ascii_lowercase());
            }
        }
    }
    if routers.is_empty() {
        return Vec::new();
    }
    let routers = routers.into_iter().map(|(address, macs)| (address, set(macs))).collect();
    let what = Remembered::Gateways { network: network.clone(), routers };
    vec![Memo { place: place(network), what }]
}

/// By what a network is known again: the name of its Wi-Fi and the addresses of its routers. DHCP servers and prefixes
/// may be unknown at one look and known at the next, and stand in the memo alone.
fn place(network: &NetworkIdentity) -> String {
    let routers: Vec<String> = network.gateways.iter().map(ToString::to_string).collect();
    let routers = if routers.is_empty() { "no router of IPv4".to_owned() } else { routers.join(", ") };
    match &network.ssid {
        Some(name) => format!("Wi-Fi {name} ({routers})"),
        None => format!("network of {routers}"),
    }
}
