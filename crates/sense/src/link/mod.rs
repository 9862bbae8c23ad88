//! What is said on a link over time: the same for frames of a capture, for frames heard live, and for changes of the
//! kernel's neighbour table.
//!
//! [`Watcher`] folds all of them into one fact, in bounded memory whatever somebody sends.

mod capture;
mod claims;
#[cfg(not(has_linux))]
mod elsewhere;
#[cfg(has_linux)]
mod live;
mod names;
mod offers;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use midwatch_model::{LinkWatch, Outcome, Reason, ReasonKind, Standby, Time};
use midwatch_wire::link::{self, Frame, LinkType, Mac, Message, VirtualProtocol};

use claims::Claims;
use names::Names;
use offers::Offers;

pub use capture::{CaptureProgress, read as read_capture};
#[cfg(not(has_linux))]
pub use elsewhere::Listener;
#[cfg(has_linux)]
pub use live::Listener;

/// Groups of routers that stand in for one another, at most.
const MAX_STANDBYS: usize = 64;

/// What came while somebody listened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// Something new was said on a link.
    pub link: bool,
    /// Interfaces, addresses or routes of this computer changed.
    pub network: bool,
}

/// Where something was heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Place {
    interface: u32,
    /// The virtual LAN and one, so that 0 is none.
    tag: u16,
}

impl Place {
    fn new(interface: u32, vlan: Option<u16>) -> Self {
        Place { interface, tag: vlan.map_or(0, |vlan| vlan.saturating_add(1)) }
    }

    fn vlan(self) -> Option<u16> {
        self.tag.checked_sub(1)
    }
}

/// The names of interfaces by their number.
#[derive(Clone, Debug, Default)]
pub struct Interfaces(pub BTreeMap<u32, String>);

impl Interfaces {
    fn name(&self, place: Place) -> String {
        self.0.get(&place.interface).cloned().unwrap_or_else(|| format!("interface {}", place.interface))
    }
}

/// Folds what is heard into a fact.
pub struct Watcher {
    /// Gateways that are known otherwise than from the link.
    known: BTreeSet<IpAddr>,
    interfaces: Interfaces,
    claims: Claims,
    offers: Offers,
    names: Names,
    standbys: BTreeSet<(Place, VirtualProtocol, u16, Option<IpAddr>)>,
    frames: u64,
    damaged: u64,
    began: Option<i64>,
    now: i64,
    stopped: Option<String>,
}

impl Watcher {
    /// Begins. `known` are gateways that this computer uses or the user named.
    pub fn new(known: impl IntoIterator<Item = IpAddr>, interfaces: Interfaces) -> Self {
        Watcher {
            known: known.into_iter().collect(),
            interfaces,
            claims: Claims::default(),
            offers: Offers::default(),
            names: Names::default(),
            standbys: BTreeSet::new(),
            frames: 0,
            damaged: 0,
            began: None,
            now: 0,
            stopped: None,
        }
    }

    /// Other gateways and interfaces than before; what was heard stays.
    pub fn renew(&mut self, known: impl IntoIterator<Item = IpAddr>, interfaces: Interfaces) {
        self.known = known.into_iter().collect();
        self.interfaces = interfaces;
    }

    /// This interface is on another network now, or on none: what was heard there is of no use any more.
    pub fn forget(&mut self, interface: u32) {
        self.claims.forget_at(interface);
        self.offers.forget_at(interface);
        self.names.forget_at(interface);
        self.standbys.retain(|(place, ..)| place.interface != interface);
    }

    /// A frame, at `now` nanoseconds since 1970. True where it says something new.
    pub fn frame(&mut self, now: Option<i64>, interface: u32, link: LinkType, bytes: &[u8]) -> bool {
        self.frames += 1;
        // A capture without times has them in one order at least.
        let now = self.tick(now.unwrap_or(self.now));
        let Ok(frame) = link::read(link, bytes) else {
            self.damaged += 1;
            return false;
        };
        if frame.message == Message::Other {
            return false;
        }
        let place = Place::new(frame.interface.unwrap_or(interface), frame.vlan);
        self.message(place, &frame, now)
    }

    fn message(&mut self, place: Place, frame: &Frame<'_>, now: i64) -> bool {
        match &frame.message {
            Message::Arp(arp) => match arp.kind {
                link::arp::ArpKind::Probe => false,
                _ => self.claims.claim(place, arp.sender.into(), arp.sender_mac, now),
            },
            Message::Icmp(icmp) => self.icmp(place, frame, icmp, now),
            Message::Dhcp4(said) => self.offers.dhcp4(place, frame, said),
            Message::Dhcp6(said) => self.offers.dhcp6(place, frame, said),
            Message::Names(protocol, answered) => {
                self.names.answers(place, frame.source, *protocol, answered)
            }
            Message::Standby(said) => {
                let key = (place, said.protocol, said.group, said.address);
                if self.standbys.len() >= MAX_STANDBYS {
                    return false;
                }
                self.standbys.insert(key)
            }
            Message::Other => false,
        }
    }

    fn icmp(&mut self, place: Place, frame: &Frame<'_>, icmp: &link::icmp::Icmp, now: i64) -> bool {
        use link::icmp::Icmp;
        match icmp {
            Icmp::RouterSolicitation => false,
            Icmp::NeighbourSolicitation { mac, .. } => match (frame.from, mac) {
                (Some(from), Some(mac)) => self.claims.claim(place, from, *mac, now),
                _ => false,
            },
            // Without the override flag it speaks for an anycast address or for somebody else (RFC 4861, 7.2.7 and
            // 7.2.8), which several may do, and which displaces nobody.
            Icmp::NeighbourAdvertisement { target, mac: Some(mac), overrides: true, .. } => {
                self.claims.claim(place, IpAddr::V6(*target), *mac, now)
            }
            Icmp::NeighbourAdvertisement { .. } => false,
            Icmp::RouterAdvertisement(said) => {
                let Some(from) = frame.from else { return false };
                let claimed = match said.mac.or(frame.source) {
                    Some(mac) => self.claims.claim(place, from, mac, now),
                    None => false,
                };
                self.offers.router(place, frame, from, said) || claimed
            }
            Icmp::Redirect(said) => self.offers.redirect(place, frame, said),
        }
    }

    /// The kernel's neighbour table has `address` with `mac` now. True where that is another than before.
    pub fn neighbour(&mut self, now: i64, interface: u32, address: IpAddr, mac: [u8; 6]) -> bool {
        let now = self.tick(now);
        let place = Place::new(interface, None);
        self.claims.held_until(place, address, now);
        self.claims.claim(place, address, Mac(mac), now)
    }

    fn tick(&mut self, now: i64) -> i64 {
        self.began.get_or_insert(now);
        self.now = self.now.max(now);
        now
    }

    /// Why nothing more can be read.
    pub fn stop(&mut self, why: impl Into<String>) {
        self.stopped = Some(why.into());
    }

    /// What was heard so far. `deaf` says why no frames were, where that is so.
    pub fn heard(&self, deaf: Option<Reason>) -> LinkWatch {
        let gateways: BTreeSet<IpAddr> = self.known.iter().copied().chain(self.offers.gateways()).collect();
        let names = &self.interfaces;
        let standbys = self.standbys.iter().map(|(place, kind, group, address)| Standby {
            interface: names.name(*place),
            protocol: protocol(*kind).into(),
            group: *group,
            address: *address,
        });
        LinkWatch {
            began: self.began.and_then(time),
            ended: self.began.and_then(|_| time(self.now)),
            frames: match deaf {
                Some(why) => why.into(),
                None => Outcome::seen(self.frames),
            },
            damaged: self.damaged,
            stopped: self.stopped.clone(),
            addresses: self.claims.heard(),
            forgotten: self.claims.forgotten(),
            claims: self.claims.told(&gateways, names),
            claimants: self.claims.claimants(&gateways, names),
            dhcp: self.offers.dhcp(names),
            routers: self.offers.routers(names),
            redirects: self.offers.redirects(names),
            responders: self.names.told(names),
            standbys: standbys.collect(),
            gateways: if gateways.is_empty() {
                Outcome::unmeasured(
                    ReasonKind::Other,
                    "no router is known: none was named, handed out or advertised",
                )
            } else {
                Outcome::seen(gateways.into_iter().collect())
            },
        }
    }
}

/// A moment; none where it is beyond what can be written.
fn time(nanoseconds: i64) -> Option<Time> {
    Time::from_nanosecond(nanoseconds.into()).ok()
}

/// What people call it.
fn protocol(kind: VirtualProtocol) -> &'static str {
    match kind {
        VirtualProtocol::Hsrp => "HSRP",
        VirtualProtocol::Vrrp => "VRRP",
        VirtualProtocol::Carp => "CARP",
        VirtualProtocol::Glbp => "GLBP",
    }
}

#[cfg(test)]
mod tests;
