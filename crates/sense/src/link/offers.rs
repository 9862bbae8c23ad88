//! What is handed out on a link: addresses, routes, resolvers, and better ways.

use std::collections::BTreeMap;
use std::net::IpAddr;

use midwatch_model::{DhcpOffer, LinkRedirect, RouterOffer};
use midwatch_wire::link::dhcp::{Dhcp4, Dhcp6};
use midwatch_wire::link::icmp::{Advertisement, Redirect};
use midwatch_wire::link::{Frame, Mac};

use super::{Interfaces, Place};

/// Of each kind, at most.
const MAX: usize = 64;

/// Destinations of one redirect that are listed.
const MAX_DESTINATIONS: usize = 8;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Server {
    place: Place,
    ipv6: bool,
    name: String,
    mac: Option<Mac>,
}

#[derive(Default)]
struct Handed {
    relay: Option<IpAddr>,
    routers: Vec<IpAddr>,
    resolvers: Vec<IpAddr>,
    wpad: Option<String>,
    count: u64,
}

/// A better way as it was named: where, from which address, by whom, and through whom.
type Way = (Place, IpAddr, Option<Mac>, IpAddr);

/// All offers.
#[derive(Default)]
pub(super) struct Offers {
    dhcp: BTreeMap<Server, Handed>,
    routers: BTreeMap<(Place, IpAddr, Option<Mac>), (Advertisement, u64)>,
    redirects: BTreeMap<Way, (Vec<IpAddr>, u64)>,
}

impl Offers {
    /// A DHCP server to IPv4 speaks. True where it says something new.
    pub(super) fn dhcp4(&mut self, place: Place, frame: &Frame<'_>, said: &Dhcp4) -> bool {
        let Some(server) = said.server.map(IpAddr::V4).or(frame.from) else { return false };
        let addresses = |list: &[std::net::Ipv4Addr]| list.iter().copied().map(IpAddr::V4).collect();
        let handed = Handed {
            relay: said.relay.map(IpAddr::V4),
            routers: addresses(&said.routers),
            resolvers: addresses(&said.resolvers),
            wpad: said.wpad.clone(),
            count: 0,
        };
        let key = Server { place, ipv6: false, name: server.to_string(), mac: frame.source };
        self.hand(key, handed)
    }

    /// The same to IPv6.
    pub(super) fn dhcp6(&mut self, place: Place, frame: &Frame<'_>, said: &Dhcp6<'_>) -> bool {
        let name: String = said.server.iter().map(|byte| format!("{byte:02x}")).collect();
        let resolvers = said.resolvers.iter().copied().map(IpAddr::V6).collect();
        let key = Server { place, ipv6: true, name, mac: frame.source };
        self.hand(key, Handed { resolvers, ..Handed::default() })
    }

    fn hand(&mut self, key: Server, handed: Handed) -> bool {
        if self.dhcp.len() >= MAX && !self.dhcp.contains_key(&key) {
            return false;
        }
        let known = self.dhcp.entry(key).or_default();
        let is_new =
            known.count == 0 || (&known.routers, &known.resolvers) != (&handed.routers, &handed.resolvers);
        *known = Handed { count: known.count + 1, wpad: handed.wpad.or_else(|| known.wpad.take()), ..handed };
        is_new
    }

    /// A router advertises itself. True where it says something new.
    pub(super) fn router(
        &mut self,
        place: Place,
        frame: &Frame<'_>,
        from: IpAddr,
        said: &Advertisement,
    ) -> bool {
        let key = (place, from, frame.source);
        if self.routers.len() >= MAX && !self.routers.contains_key(&key) {
            return false;
        }
        let (known, count) = self.routers.entry(key).or_default();
        let is_new = *count == 0 || known != said;
        known.clone_from(said);
        *count += 1;
        is_new
    }

    /// Somebody names a better way. True where it is another one.
    pub(super) fn redirect(&mut self, place: Place, frame: &Frame<'_>, said: &Redirect) -> bool {
        let Some(from) = frame.from else { return false };
        let key = (place, from, frame.source, said.via);
        if self.redirects.len() >= MAX && !self.redirects.contains_key(&key) {
            return false;
        }
        let (destinations, count) = self.redirects.entry(key).or_default();
        *count += 1;
        let is_new = destinations.len() < MAX_DESTINATIONS && !destinations.contains(&said.destination);
        if is_new {
            destinations.push(said.destination);
        }
        is_new
    }

    pub(super) fn forget_at(&mut self, interface: u32) {
        self.dhcp.retain(|server, _| server.place.interface != interface);
        self.routers.retain(|(place, ..), _| place.interface != interface);
        self.redirects.retain(|(place, ..), _| place.interface != interface);
    }

    /// The routers that were handed out, and those that advertise to be one by default.
    pub(super) fn gateways(&self) -> impl Iterator<Item = IpAddr> + '_ {
        let handed = self.dhcp.values().flat_map(|handed| handed.routers.iter().copied());
        let advertised = self.routers.iter().filter(|(_, (said, _))| !said.lifetime.is_zero());
        handed.chain(advertised.map(|((_, address, _), _)| *address))
    }

    pub(super) fn dhcp(&self, names: &Interfaces) -> Vec<DhcpOffer> {
        let told = self.dhcp.iter().map(|(server, handed)| DhcpOffer {
            interface: names.name(server.place),
            vlan: server.place.vlan(),
            ipv6: server.ipv6,
            server: server.name.clone(),
            mac: server.mac.map(|mac| mac.to_string()),
            relay: handed.relay,
            routers: handed.routers.clone(),
            resolvers: handed.resolvers.clone(),
            wpad: handed.wpad.clone(),
            count: handed.count,
        });
        told.collect()
    }

    pub(super) fn routers(&self, names: &Interfaces) -> Vec<RouterOffer> {
        let told = self.routers.iter().map(|((place, address, mac), (said, count))| RouterOffer {
            interface: names.name(*place),
            vlan: place.vlan(),
            address: *address,
            mac: said.mac.or(*mac).map(|mac| mac.to_string()),
            lifetime: said.lifetime.as_secs(),
            preference: match said.preference {
                1 => "high",
                -1 => "low",
                _ => "medium",
            }
            .into(),
            dhcp: said.managed || said.other,
            prefixes: said.prefixes.iter().map(|(prefix, length)| format!("{prefix}/{length}")).collect(),
            resolvers: said.resolvers.iter().copied().map(IpAddr::V6).collect(),
            count: *count,
        });
        told.collect()
    }

    pub(super) fn redirects(&self, names: &Interfaces) -> Vec<LinkRedirect> {
        let told =
            self.redirects.iter().map(|((place, from, mac, via), (destinations, count))| LinkRedirect {
                interface: names.name(*place),
                from: *from,
                mac: mac.map(|mac| mac.to_string()),
                via: *via,
                destinations: destinations.clone(),
                count: *count,
            });
        told.collect()
    }
}
