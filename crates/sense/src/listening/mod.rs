//! What listens on this computer as a server: sockets, the programs behind them, whom the firewall lets there, and whom
//! the programs turn away by hosts.allow and hosts.deny; and the ports that the firewall sends on to another place.
//!
//! What each says when it is asked is for a probe, and is left open here.

mod asks;
#[cfg(test)]
mod chance;
pub mod firewall;
mod passage;
mod programs;
mod published;
mod sockets;
mod sources;
pub mod wrappers;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use midwatch_model::{
    Bound, Gate, HostsAccess, KnownService, ListeningProgram, ListeningService, ListeningServices, Outcome,
    Passage, Reason, ReasonKind, ServiceSign, Unread,
};

use crate::System;
use crate::network::{Interface, interfaces};
use asks::Asks;
use firewall::{Passed, Ruleset, Way};
use programs::Owner;
use sockets::Socket;
use sources::{Family, Flow, Sources};
use wrappers::{Answer, Asker, Files};

/// Sockets that are listed.
const MAX_LISTED: usize = 1000;

/// Addresses of this computer that are listed for one socket.
const MAX_OWN: usize = 16;

/// Looks.
pub fn look(system: &System) -> ListeningServices {
    let mut unread = Vec::new();
    let sockets = match sockets::look(system) {
        Ok(sockets) => sockets,
        Err(why) => {
            return ListeningServices { sockets: why.clone().into(), rules: why.into(), unread };
        }
    };
    let read = firewall::look(system, &mut unread);
    let told = firewall::outcome(&read);
    let links = match system.root.parent() {
        None => interfaces(system),
        Some(_) => {
            Err(Reason::new(ReasonKind::NotAsked, "a tree that stands for a computer has no interfaces"))
        }
    };
    let links = links.unwrap_or_else(|why| {
        unread.push(Unread { file: "the interfaces".into(), why });
        Vec::new()
    });
    let inodes: BTreeSet<u64> =
        sockets.iter().map(|socket| socket.inode).filter(|inode| *inode != 0).collect();
    let programs = programs::look(system, &inodes);
    let only_v6 = system.text(&system.at("/proc/sys/net/ipv6/bindv6only"));
    let only_v6 = only_v6.is_ok_and(|text| text.is_some_and(|text| text.trim() == "1"));
    let rules = read.as_ref().map(|(rules, _)| rules).map_err(Clone::clone);
    let mut doors =
        Doors { system, rules, files: wrappers::look(system, &mut unread), answers: BTreeMap::new() };
    let listed = sockets.iter().take(MAX_LISTED).map(|socket| {
        let owner = programs.get(&socket.inode).cloned().unwrap_or_else(|| {
            // The kernel's own services, such as NFS, are no process's.
            let why = Reason::new(ReasonKind::Other, "no process has this socket: it is the kernel's own");
            Owner { program: why.into(), process: None }
        });
        of(socket, owner, &sockets, only_v6, &links, &mut doors)
    });
    let listed: Vec<(ListeningService, Asks)> = listed.collect();
    let published = published::look(&listed, &links, &mut doors, &mut unread);
    let listed = listed.into_iter().map(|(service, _)| service).chain(published).collect();
    if sockets.len() > MAX_LISTED {
        let detail = format!("{} sockets listen; the first {MAX_LISTED} are listed", sockets.len());
        unread.push(Unread { file: "the sockets".into(), why: Reason::new(ReasonKind::Limit, detail) });
    }
    ListeningServices { sockets: Outcome::seen(listed), rules: told, unread }
}

fn of(
    socket: &Socket,
    owner: Owner,
    all: &[Socket],
    only_v6: bool,
    links: &[Interface],
    doors: &mut Doors<'_>,
) -> (ListeningService, Asks) {
    let address = socket.address;
    let bound = Bound::of(address.ip());
    // Where the kernel does not say: by its default, and no other socket has the port of IPv4.
    let takes_ipv4 = address.ip().is_unspecified()
        && address.is_ipv6()
        && socket.v6_only.map_or_else(
            || {
                let has_own = |other: &Socket| {
                    other.protocol == socket.protocol
                        && other.address.port() == address.port()
                        && other.address.is_ipv4()
                };
                !only_v6 && !all.iter().any(has_own)
            },
            |only| !only,
        );
    let interface = links.iter().find(|link| link.index == socket.interface).map(|link| link.name.clone());
    let Owner { program, process } = owner;
    let (service, known_by) = known(socket, &program);
    let mut service = ListeningService {
        protocol: socket.protocol.into(),
        address,
        bound,
        takes_ipv4,
        interface,
        own: Vec::new(),
        program,
        service,
        known_by,
        answer: Outcome::unmeasured(ReasonKind::NotAsked, "it was not asked"),
        gates: Vec::new(),
        sent_on: None,
    };
    if bound == Bound::Every {
        let takes = |own: &IpAddr| own.is_ipv4() == address.is_ipv4() || takes_ipv4 && own.is_ipv4();
        let all = links.iter().filter(|link| !link.is_loopback).flat_map(|link| &link.addresses);
        service.own = all.copied().filter(takes).take(MAX_OWN).collect();
    }
    let asks = match (&doors.files, process) {
        (None, _) => Asks::No,
        // The kernel asks no files.
        (Some(_), None) if socket.inode == 0 => Asks::No,
        (Some(_), None) => match service.program.why_not() {
            Some(why) => Asks::maybe(why.detail.clone()),
            None => Asks::maybe("its program is not known"),
        },
        (Some(_), Some(process)) => asks::look(doors.system, process, socket.protocol, address.port()),
    };
    if bound != Bound::Loopback {
        service.gates = gates(&service, links, doors, &asks);
    }
    (service, asks)
}

/// Which service it is: by its program, where that is known, else by its port.
fn known(socket: &Socket, program: &Outcome<ListeningProgram>) -> (Option<String>, Option<ServiceSign>) {
    let at = KnownService::at(socket.protocol, socket.address.port());
    let by = program.value().and_then(|program| {
        KnownService::by_program(&program.name)
            .or_else(|| KnownService::by_program(program.path.as_deref()?.rsplit('/').next()?))
    });
    match (by, at) {
        // A program with several services, such as those of mail, is at the port of one of them.
        (Some(by), Some(at)) if by.kind == at.kind => (Some(at.id.into()), Some(ServiceSign::Program)),
        // A port that is no service's is one of the program's, and not the one that it is known for. Where it listens for
        // its own workers or for another protocol cannot be told.
        (Some(by), _) => (Some(by.id.into()), Some(ServiceSign::Program)),
        (None, Some(at)) => (Some(at.id.into()), Some(ServiceSign::Port)),
        (None, None) => (None, None),
    }
}

/// What stands in front of services: the firewall, and the files that programs ask.
struct Doors<'a> {
    system: &'a System,
    rules: Result<&'a Ruleset, Reason>,
    /// None where they have no rules.
    files: Option<Files>,
    /// What came of asking: many sockets are of one program.
    answers: BTreeMap<(Asker, bool), Answer>,
}

/// Each way to a socket, by interface and family.
fn gates(service: &ListeningService, links: &[Interface], doors: &mut Doors<'_>, asks: &Asks) -> Vec<Gate> {
    let ip = service.address.ip().to_canonical();
    let mut families = vec![ip.is_ipv6()];
    if service.takes_ipv4 {
        families.push(false);
    }
    let mut out = Vec::new();
    for link in links.iter().filter(|link| !link.is_loopback) {
        if service.interface.as_ref().is_some_and(|only| *only != link.name) {
            continue;
        }
        for ipv6 in &families {
            let own: Vec<IpAddr> =
                link.addresses.iter().copied().filter(|address| address.is_ipv6() == *ipv6).collect();
            let outside = if *ipv6 { link.is_outside.1 } else { link.is_outside.0 };
            // Linux takes packets for an address by every interface; others than its own are another computer's way only
            // where the internet comes by them.
            let is_own = own.contains(&ip);
            if own.is_empty() || !(ip.is_unspecified() || is_own || outside) {
                continue;
            }
            let destinations = if ip.is_unspecified() { own } else { vec![ip] };
            let way = Way {
                protocol: &service.protocol,
                port: service.address.port(),
                interface: &link.name,
                ipv6: *ipv6,
                destinations,
            };
            let passed = match &doors.rules {
                Ok(rules) => Ok(firewall::passage(rules, &way)),
                Err(why) => Err(why.clone()),
            };
            out.push(doors.gate(&way, outside, asks, passed));
        }
    }
    out
}

impl Doors<'_> {
    /// Who gets past the firewall on one way, which is told, and past the program.
    fn gate(&mut self, way: &Way<'_>, outside: bool, asks: &Asks, passed: Result<Passed, Reason>) -> Gate {
        let family = if way.ipv6 { Family::V6 } else { Family::V4 };
        let (lets, by) = match &passed {
            Ok(passed) => (lets(passed, family), passed.by.clone()),
            Err(why) => (why.clone().into(), Vec::new()),
        };
        let hosts_access = self.hosts_access(way, family, asks, &passed);
        Gate { interface: way.interface.to_owned(), ipv6: way.ipv6, outside, lets, by, hosts_access }
    }

    /// Whom the program turns away; none where it asks no files.
    fn hosts_access(
        &mut self,
        way: &Way<'_>,
        family: Family,
        asks: &Asks,
        passed: &Result<Passed, Reason>,
    ) -> Option<HostsAccess> {
        let (name, unsure) = match asks {
            Asks::No => return None,
            Asks::Yes(name) => (name, None),
            Asks::Maybe(name, why) => (name, Some(why)),
        };
        let files = self.files.as_ref()?;
        let asker = Asker {
            daemon: name.daemon.clone(),
            told: name.told,
            port: way.port,
            destinations: way.destinations.clone(),
        };
        let key = (asker.clone(), way.ipv6);
        let answer = self.answers.entry(key).or_insert_with(|| wrappers::evaluate(files, &asker, family));
        let mut granted = answer.granted.clone();
        let mut unknown = answer.unknown.clone();
        if let Some(why) = unsure {
            // Who does not ask lets in everybody.
            granted.maybe = Sources::all(family);
            unknown.insert(0, format!("whether the program asks ({why})"));
        }
        let reason = |unknown: &[String]| {
            let detail = format!(
                "whom hosts.allow and hosts.deny let in rests on what is not known here: {}",
                unknown.join("; ")
            );
            Reason::new(ReasonKind::Other, detail)
        };
        // A connection is taken before it is ended, which its maker sees; a datagram is not answered.
        let is_told = way.protocol == "tcp";
        let lets = passage::of(&granted, family, is_told, || reason(&unknown));
        let by_firewall = match passed {
            Ok(passed) => passed.accepted.clone(),
            Err(_) => Flow::unknown(family),
        };
        let both = passage::of(
            &by_firewall.and(&granted),
            family,
            passed
                .as_ref()
                .is_ok_and(|passed| passed.told || is_told && passed.accepted == Flow::all(family)),
            || match passed {
                Err(why) => why.clone(),
                Ok(passed) if lets.is_seen() => not_followed(passed),
                Ok(_) => reason(&unknown),
            },
        );
        Some(HostsAccess { daemon: name.daemon.clone(), lets, by: answer.by.clone(), both })
    }
}

/// From which sources the firewall lets packets through.
fn lets(passed: &Passed, family: Family) -> Outcome<Passage> {
    passage::of(&passed.accepted, family, passed.told, || not_followed(passed))
}

fn not_followed(passed: &Passed) -> Reason {
    let what = passed.unknown.join("; ");
    let detail = format!("whom the firewall lets through rests on what is not modelled here: {what}");
    Reason::new(ReasonKind::Other, detail)
}
