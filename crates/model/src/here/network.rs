//! Interfaces, gateways, neighbours, and which way packets go.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::Outcome;

/// The network as the kernel of this computer knows it. Nothing was sent to learn it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LocalNetwork {
    /// The interfaces, by name.
    pub links: Outcome<Vec<Link>>,
    /// The default routes of all tables, those of least metric first.
    pub gateways: Outcome<Vec<Gateway>>,
    /// The neighbour table (ARP and NDP), by interface and address.
    pub neighbours: Outcome<Vec<Neighbour>>,
    /// Which way the kernel would send packets, policy rules included.
    pub ways: Vec<Way>,
}

/// A network interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Link {
    /// Its name, such as `wlan0`.
    pub name: String,
    /// What it is.
    pub kind: LinkKind,
    /// What the kernel calls its driver kind, such as `wireguard` or `bridge`, where it says so.
    pub driver: Option<String>,
    /// Its link-layer address, in lower case with colons, where it has one that is not all zero.
    pub mac: Option<String>,
    /// It is switched on and has its carrier.
    pub up: bool,
}

/// What an interface is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum LinkKind {
    /// A cable, or what looks like one from inside a virtual machine.
    Ethernet,
    /// Wi-Fi.
    Wifi,
    /// A tunnel: packets that go in come out wrapped in others. VPNs are of this kind.
    Tunnel,
    /// This computer itself.
    Loopback,
    /// A bridge of several interfaces.
    Bridge,
    /// Several interfaces that act as one.
    Bond,
    /// Anything else, such as the ends of containers.
    Other,
}

/// A default route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Gateway {
    /// The router; none where the interface leads to one other end alone, as tunnels do.
    pub address: Option<IpAddr>,
    /// True for IPv6.
    pub ipv6: bool,
    /// The interface.
    pub interface: String,
    /// The routing table, 254 for the main one.
    pub table: u32,
    /// The metric; the least one is used.
    pub metric: u32,
    /// The router's link-layer address, where the neighbour table has it.
    pub mac: Option<String>,
}

/// Another computer on the link, as the neighbour table has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Neighbour {
    /// Its address.
    pub address: IpAddr,
    /// Its link-layer address; none where nobody answered.
    pub mac: Option<String>,
    /// The interface it is at.
    pub interface: String,
    /// How far the entry can be relied on.
    pub state: NeighbourState,
    /// It says that it is a router (IPv6).
    pub router: bool,
}

/// The state of a neighbour entry (RFC 4861 7.3.2, and Linux's own).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum NeighbourState {
    /// It was asked for, and has not answered yet.
    Incomplete,
    /// It answered a short while ago.
    Reachable,
    /// It answered once.
    Stale,
    /// It is about to be asked again.
    Delay,
    /// It is being asked again.
    Probe,
    /// It did not answer.
    Failed,
    /// It was entered by hand.
    Permanent,
    /// Another state.
    Other,
}

/// Where the kernel would send packets for an address. Nothing is sent to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Way {
    /// What the address stands for.
    pub to: Destination,
    /// The address. For the internet it is one of those set aside for documentation, to which nobody answers.
    pub address: IpAddr,
    /// The route; refused where there is none.
    pub route: Outcome<Route>,
}

/// What a [`Way`] leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Destination {
    /// Any address that no closer route leads to.
    Internet,
    /// A resolver.
    Resolver,
}

/// A route as the kernel chose it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Route {
    /// The interface.
    pub interface: String,
    /// The next router; none where the address is on the link itself or in a tunnel.
    pub gateway: Option<IpAddr>,
    /// The address is this computer's own.
    pub local: bool,
}
