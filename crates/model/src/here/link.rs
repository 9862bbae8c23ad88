//! What was said on a link while somebody listened: who claims an address, who routes, who hands out addresses and who
//! answers for names.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{Outcome, Time};

/// What was heard on the links of this computer, or on those that a capture holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LinkWatch {
    /// When listening began: for a capture its first frame.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub began: Option<Time>,
    /// When it ended.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub ended: Option<Time>,
    /// Frames that were looked at. Unmeasured where only the kernel's neighbour table was followed.
    pub frames: Outcome<u64>,
    /// Frames whose content could not be read: cut, or wrong.
    pub damaged: u64,
    /// Why a capture was not read to its end, where that is so: it ends within a frame, as where the tool that wrote it was
    /// stopped, or it is damaged.
    pub stopped: Option<String>,
    /// The default routers: those that this computer uses or the user named, and those that were handed out or
    /// advertised. Unmeasured where none is known, and then no claim can be told to be one about a router.
    pub gateways: Outcome<Vec<IpAddr>>,
    /// How many addresses were claimed by anybody.
    pub addresses: u64,
    /// Addresses that were quiet and were forgotten again, since there were too many to keep.
    pub forgotten: u64,
    /// The claims on the gateways and on the addresses that several claim.
    pub claims: Vec<Claim>,
    /// Those who claim a gateway's address, and those who claim very many.
    pub claimants: Vec<Claimant>,
    /// Who hands out addresses (DHCP).
    pub dhcp: Vec<DhcpOffer>,
    /// Who advertises to be a router of IPv6.
    pub routers: Vec<RouterOffer>,
    /// Redirects: somebody names a better way.
    pub redirects: Vec<LinkRedirect>,
    /// Who answers for names of the link.
    pub responders: Vec<NameResponder>,
    /// Routers that stand in for one another and say so.
    pub standbys: Vec<Standby>,
}

/// An address of a link and everybody who says to have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Claim {
    /// The interface, by its name, or by its number in a capture.
    pub interface: String,
    /// The virtual LAN, where frames are tagged.
    pub vlan: Option<u16>,
    /// The address.
    pub address: IpAddr,
    /// It is a default router's.
    pub gateway: bool,
    /// Who claims it, in the order of their first claim.
    pub by: Vec<ClaimBy>,
    /// Claims by more than are listed.
    pub more: u64,
    /// Times that another claims it than the last one.
    pub changes: u64,
    /// Times that one claims it again within two minutes of their last claim, while another claimed it between: both of
    /// them are there.
    pub returns: u64,
}

/// One who claims an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClaimBy {
    /// The link-layer address, in lower case with colons.
    pub mac: String,
    /// The protocol for whose virtual routers the address is set aside, such as `VRRP`.
    pub set_aside: Option<String>,
    /// The first claim.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub first: Option<Time>,
    /// The last one.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub last: Option<Time>,
    /// How many.
    pub count: u64,
}

/// One link-layer address and what it claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Claimant {
    /// The interface.
    pub interface: String,
    /// The link-layer address.
    pub mac: String,
    /// The gateways that it claims to be.
    pub gateways: Vec<IpAddr>,
    /// Other addresses of IPv4 that it claims and that others claim too.
    pub contested: Vec<IpAddr>,
    /// Other addresses of IPv4 that it claims, the first of them.
    pub others: Vec<IpAddr>,
    /// How many others there are.
    pub count: u64,
}

/// A server that hands out addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DhcpOffer {
    /// The interface.
    pub interface: String,
    /// The virtual LAN, where frames are tagged.
    pub vlan: Option<u16>,
    /// True for DHCPv6.
    pub ipv6: bool,
    /// The server: its identifier (RFC 2132 9.7), or its DUID (RFC 8415 11) in hexadecimal.
    pub server: String,
    /// The link-layer address that sent it: the server's, or that of the relay.
    pub mac: Option<String>,
    /// The relay that it came through.
    pub relay: Option<IpAddr>,
    /// The routers that it names.
    pub routers: Vec<IpAddr>,
    /// The resolvers that it names.
    pub resolvers: Vec<IpAddr>,
    /// Where it has a proxy configuration fetched from (option 252).
    pub wpad: Option<String>,
    /// How often it was heard.
    pub count: u64,
}

/// A router advertisement (RFC 4861 4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RouterOffer {
    /// The interface.
    pub interface: String,
    /// The virtual LAN, where frames are tagged.
    pub vlan: Option<u16>,
    /// The router's link-local address.
    pub address: IpAddr,
    /// The link-layer address that sent it.
    pub mac: Option<String>,
    /// For how many seconds it is a default router; 0 where it is none.
    pub lifetime: u64,
    /// How it ranks itself (RFC 4191): `high`, `medium` or `low`.
    pub preference: String,
    /// Addresses or other settings are to be asked of DHCPv6.
    pub dhcp: bool,
    /// The prefixes that it announces, each with its length.
    pub prefixes: Vec<String>,
    /// The resolvers that it names (RFC 8106).
    pub resolvers: Vec<IpAddr>,
    /// How often it was heard.
    pub count: u64,
}

/// A redirect (RFC 792, RFC 4861 4.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LinkRedirect {
    /// The interface.
    pub interface: String,
    /// Whose address the packet comes from.
    pub from: IpAddr,
    /// The link-layer address that sent it.
    pub mac: Option<String>,
    /// The way that it names.
    pub via: IpAddr,
    /// For whom, the first of them.
    pub destinations: Vec<IpAddr>,
    /// How often it was heard.
    pub count: u64,
}

/// One who answers for names with one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NameResponder {
    /// The interface.
    pub interface: String,
    /// The protocol.
    pub protocol: NameProtocol,
    /// The link-layer address that answers.
    pub mac: Option<String>,
    /// The address that it answers with.
    pub address: IpAddr,
    /// Names that it answered for, the first of them.
    pub names: Vec<String>,
    /// How many there are.
    pub count: u64,
    /// `wpad` is among them: browsers that look for a proxy ask for that name.
    pub wpad: bool,
}

/// How hosts of a link ask each other for names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum NameProtocol {
    /// Link-Local Multicast Name Resolution (RFC 4795).
    Llmnr,
    /// Multicast DNS (RFC 6762).
    Mdns,
    /// The NetBIOS name service (RFC 1002).
    Netbios,
}

/// Routers that share an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Standby {
    /// The interface.
    pub interface: String,
    /// By which protocol, such as `VRRP`.
    pub protocol: String,
    /// The group.
    pub group: u16,
    /// The address that is shared, where it is said.
    pub address: Option<IpAddr>,
}
