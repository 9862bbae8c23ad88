//! The network that this computer is on, and what earlier runs saw of it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{Outcome, Time};

/// The network, and whether it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KnownNetwork {
    /// Which network it is.
    pub network: NetworkIdentity,
    /// What earlier runs saw of it; none where they never met it.
    pub earlier: Outcome<Option<EarlierNetwork>>,
}

/// By what a network is known again. Link-layer addresses are no part of it: they are what is held against memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NetworkIdentity {
    /// The name of the Wi-Fi, where there is one.
    pub ssid: Option<String>,
    /// The default routers, sorted.
    pub gateways: Vec<IpAddr>,
    /// The DHCP servers, sorted, as far as leases could be read.
    pub dhcp: Vec<IpAddr>,
    /// The prefixes of IPv6 on the link, sorted.
    pub prefixes: Vec<String>,
}

/// What earlier runs saw of a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EarlierNetwork {
    /// The first time.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub first: Time,
    /// The last time.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub last: Time,
    /// How often, counting what lies less than an hour apart as once.
    pub visits: u64,
    /// More than the addresses of routers says that it is the same: its Wi-Fi's name, its DHCP server or a prefix of
    /// IPv6. Without any, two networks of two homes may look the same.
    pub certain: bool,
    /// Its routers.
    pub routers: Vec<EarlierRouter>,
}

/// A router of a network as it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EarlierRouter {
    /// Its address.
    pub address: IpAddr,
    /// Its link-layer address.
    pub mac: String,
    /// The first time.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub first: Time,
    /// The last time.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub last: Time,
    /// How often, counted as for the network.
    pub visits: u64,
}
