//! Ports whose connections the firewall sends on to another address or port, as it does for containers and virtual
//! machines. Often nothing listens at them on this computer itself.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use midwatch_model::{
    Bound, KnownService, ListeningProgram, ListeningService, Outcome, Reason, ReasonKind, Route, SentOn,
    ServiceSign, Unread,
};

use super::asks::Asks;
use super::firewall::{self, Leads, Network, Passed, Ruleset, Target, Way};
use super::{Doors, MAX_LISTED, MAX_OWN};
use crate::System;
use crate::network::{Interface, routes};

/// What [`Unread`] calls them.
const PLACE: &str = "ports that are sent on";

/// Reasons for which ports were not followed that are told.
const MAX_TOLD: usize = 4;

/// A port that is sent on, and where to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    protocol: &'static str,
    port: u16,
    to: Target,
}

/// How it is sent on by one interface and family, and from which addresses of it.
struct Sent {
    link: usize,
    ipv6: bool,
    destinations: Vec<IpAddr>,
    passed: Passed,
}

/// Follows them.
pub(super) fn look(
    sockets: &[(ListeningService, Asks)],
    links: &[Interface],
    doors: &mut Doors<'_>,
    unread: &mut Vec<Unread>,
) -> Vec<ListeningService> {
    let Ok(rules) = doors.rules.clone() else { return Vec::new() };
    let published = firewall::published(rules);
    let mut told: BTreeSet<String> = BTreeSet::new();
    for rule in published.wide {
        told.insert(format!("{rule} sends on every port, or more than can be followed one by one"));
    }
    let network = Kernel::new(doors.system, &published.targets, unread);
    let mut all: BTreeMap<Key, Vec<Sent>> = BTreeMap::new();
    for port in published.ports {
        for protocol in ["tcp", "udp"] {
            follow(rules, &network, links, (protocol, port), &mut all, &mut told);
        }
    }
    // Of UDP those that are known are of interest, as they are of sockets.
    all.retain(|key, _| key.protocol == "tcp" || known(key).is_some());
    if all.len() > MAX_LISTED {
        told.insert(format!("there are {}; the first {MAX_LISTED} are listed", all.len()));
    }
    for why in told.into_iter().take(MAX_TOLD) {
        unread.push(Unread { file: PLACE.into(), why: Reason::new(ReasonKind::Limit, why) });
    }
    let all = all.into_iter().take(MAX_LISTED);
    all.flat_map(|(key, sent)| services(&key, sent, sockets, links, &network, doors)).collect()
}

/// Where one port is sent on to, by every interface.
fn follow(
    rules: &Ruleset,
    network: &Kernel<'_>,
    links: &[Interface],
    (protocol, port): (&'static str, u16),
    all: &mut BTreeMap<Key, Vec<Sent>>,
    told: &mut BTreeSet<String>,
) {
    for (at, link) in links.iter().enumerate().filter(|(_, link)| !link.is_loopback) {
        for own in &link.addresses {
            let ipv6 = own.is_ipv6();
            let way = Way { protocol, port, interface: &link.name, ipv6, destinations: vec![*own] };
            let (sent_on, unknown) = firewall::sent_on(rules, &way, network);
            for what in unknown {
                told.insert(format!(
                    "where {protocol} {port} goes rests on what is not modelled here: {what}"
                ));
            }
            for (to, passed) in sent_on {
                let sent = all.entry(Key { protocol, port, to }).or_default();
                match sent.iter_mut().find(|one| one.link == at && one.ipv6 == ipv6) {
                    Some(one) => one.and(*own, passed),
                    None => sent.push(Sent { link: at, ipv6, destinations: vec![*own], passed }),
                }
            }
        }
    }
}

impl Sent {
    /// By another address, or by another rule, the same is reached: whoever gets there by either does.
    fn and(&mut self, own: IpAddr, passed: Passed) {
        if !self.destinations.contains(&own) {
            self.destinations.push(own);
        }
        self.passed.accepted = self.passed.accepted.or(&passed.accepted);
        self.passed.told &= passed.told;
        for (to, from) in [(&mut self.passed.by, passed.by), (&mut self.passed.unknown, passed.unknown)] {
            for one in from {
                if !to.contains(&one) {
                    to.push(one);
                }
            }
        }
    }
}

/// Which service it is: by the port that it is sent on to, else by its own.
fn known(key: &Key) -> Option<&'static KnownService> {
    let at = |port| KnownService::at(key.protocol, port);
    key.to.port.and_then(at).or_else(|| at(key.port))
}

/// One line where every address of the interfaces is sent on, else one for each address.
fn services(
    key: &Key,
    sent: Vec<Sent>,
    sockets: &[(ListeningService, Asks)],
    links: &[Interface],
    network: &Kernel<'_>,
    doors: &mut Doors<'_>,
) -> Vec<ListeningService> {
    let is_whole = sent.iter().all(|one| {
        let of_family = |own: &&IpAddr| own.is_ipv6() == one.ipv6;
        links
            .get(one.link)
            .is_some_and(|link| link.addresses.iter().filter(of_family).count() == one.destinations.len())
    });
    let own: BTreeSet<IpAddr> = sent.iter().flat_map(|one| one.destinations.iter().copied()).collect();
    let (v4, v6) = (own.iter().any(IpAddr::is_ipv4), own.iter().any(IpAddr::is_ipv6));
    let places: Vec<(IpAddr, bool, Vec<IpAddr>)> = match is_whole {
        true => {
            let ip = if v6 { IpAddr::V6(Ipv6Addr::UNSPECIFIED) } else { IpAddr::V4(Ipv4Addr::UNSPECIFIED) };
            vec![(ip, v4 && v6, own.into_iter().take(MAX_OWN).collect())]
        }
        false => own.into_iter().take(MAX_OWN).map(|own| (own, false, Vec::new())).collect(),
    };
    let mut out = Vec::new();
    for (ip, takes_ipv4, own) in places {
        let to = key.to.port.unwrap_or(key.port);
        let is_here = network.is_here(key.to);
        let socket = is_here.then(|| socket_at(sockets, key, to, ip)).flatten();
        // Nothing listens where it is sent on to.
        if is_here && socket.is_none() {
            continue;
        }
        let link = key.to.address.and_then(|to| network.link(to, links));
        let to_ip = key.to.address.unwrap_or(match ip {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        });
        let sent_on = SentOn {
            to: SocketAddr::new(to_ip, to),
            here: is_here,
            interface: link.map(|link| link.name.clone()),
            inside: link.is_some_and(|link| link.is_inside),
        };
        let by_port = known(key).map(|known| known.id.to_owned());
        let mut service = ListeningService {
            protocol: key.protocol.into(),
            address: SocketAddr::new(ip, key.port),
            bound: Bound::of(ip),
            takes_ipv4,
            interface: None,
            own,
            program: program(&sent_on, socket),
            known_by: by_port.as_ref().map(|_| ServiceSign::Port),
            service: by_port,
            answer: Outcome::unmeasured(ReasonKind::NotAsked, "it was not asked"),
            gates: Vec::new(),
            sent_on: Some(sent_on),
        };
        let mut asks = &Asks::No;
        if let Some((socket, by)) = socket {
            (service.service, service.known_by) = (socket.service.clone(), socket.known_by);
            asks = by;
        }
        for one in &sent {
            let Some(link) = links.get(one.link) else { continue };
            if !ip.is_unspecified() && !one.destinations.contains(&ip) {
                continue;
            }
            let destinations = if ip.is_unspecified() { one.destinations.clone() } else { vec![ip] };
            let way =
                Way { protocol: key.protocol, port: to, interface: &link.name, ipv6: one.ipv6, destinations };
            let outside = if one.ipv6 { link.is_outside.1 } else { link.is_outside.0 };
            service.gates.push(doors.gate(&way, outside, asks, Ok(one.passed.clone())));
        }
        out.push(service);
    }
    out
}

/// The socket of this computer that gets it.
fn socket_at<'a>(
    sockets: &'a [(ListeningService, Asks)],
    key: &Key,
    port: u16,
    ip: IpAddr,
) -> Option<&'a (ListeningService, Asks)> {
    let to = key.to.address.unwrap_or(ip);
    sockets.iter().find(|(socket, _)| {
        let at = socket.address.ip();
        let takes = at == to
            || at.is_unspecified() && (at.is_ipv4() == to.is_ipv4() || socket.takes_ipv4 && to.is_ipv4());
        socket.protocol == key.protocol && socket.address.port() == port && takes
    })
}

/// Which program it is, as far as this computer can tell.
fn program(sent_on: &SentOn, socket: Option<&(ListeningService, Asks)>) -> Outcome<ListeningProgram> {
    match socket {
        Some((socket, _)) => socket.program.clone(),
        None if sent_on.inside => {
            Outcome::unmeasured(ReasonKind::NotAsked, "it is in a container or a virtual machine")
        }
        None => Outcome::unmeasured(ReasonKind::NotAsked, "it is on another computer"),
    }
}

/// What the kernel of this computer says of where packets go.
struct Kernel<'a> {
    system: &'a System,
    routes: BTreeMap<IpAddr, Option<Route>>,
    /// Settings by their places, since many ports are sent on to few places.
    settings: RefCell<BTreeMap<String, Option<bool>>>,
}

impl<'a> Kernel<'a> {
    fn new(system: &'a System, targets: &BTreeSet<IpAddr>, unread: &mut Vec<Unread>) -> Self {
        let routes = match targets.is_empty() {
            true => BTreeMap::new(),
            false => routes(targets).unwrap_or_else(|why| {
                unread.push(Unread { file: PLACE.into(), why });
                BTreeMap::new()
            }),
        };
        Kernel { system, routes, settings: RefCell::default() }
    }

    fn route(&self, to: IpAddr) -> Option<&Route> {
        self.routes.get(&to)?.as_ref()
    }

    fn is_here(&self, to: Target) -> bool {
        to.address.is_none_or(|to| self.leads(to) == Leads::Here)
    }

    /// The interface by which it goes to another.
    fn link<'l>(&self, to: IpAddr, links: &'l [Interface]) -> Option<&'l Interface> {
        let route = self.route(to).filter(|route| !route.local)?;
        // Behind a router, even one inside, may be anybody.
        links.iter().find(|link| link.name == route.interface && route.gateway.is_none())
    }

    /// A setting that is 1 or 0.
    fn is_on(&self, place: String) -> (Option<bool>, String) {
        let mut settings = self.settings.borrow_mut();
        let on = *settings.entry(place.clone()).or_insert_with(|| {
            let text = self.system.text(&self.system.at(&place)).ok().flatten()?;
            Some(text.trim() != "0")
        });
        let name = place.trim_start_matches("/proc/sys/").replace('/', ".");
        (on, if on == Some(false) { format!("{name} is 0") } else { name })
    }
}

impl Network for Kernel<'_> {
    fn leads(&self, to: IpAddr) -> Leads {
        match self.route(to) {
            Some(route) if route.local => Leads::Here,
            route => Leads::On(route.map(|route| route.interface.clone())),
        }
    }

    fn takes(&self, interface: &str, to: IpAddr) -> (Option<bool>, String) {
        let version = if to.is_ipv4() { "ipv4" } else { "ipv6" };
        if self.leads(to) != Leads::Here {
            return self.is_on(format!("/proc/sys/net/{version}/conf/{interface}/forwarding"));
        }
        match to {
            IpAddr::V4(to) if to.is_loopback() => {
                // Either of the two lets it (net/ipv4/conf of the kernel's documentation).
                let (all, _) = self.is_on("/proc/sys/net/ipv4/conf/all/route_localnet".into());
                let (own, name) = self.is_on(format!("/proc/sys/net/ipv4/conf/{interface}/route_localnet"));
                (if all == Some(true) { all } else { own }, name)
            }
            IpAddr::V6(to) if to.is_loopback() => (Some(false), format!("{to} takes nothing from a network")),
            _ => (Some(true), String::new()),
        }
    }
}
