//! What listens on this computer as a server: sockets, the programs behind them, and whom the firewall lets there.
//!
//! What each says when it is asked is for a probe, and is left open here.

pub mod firewall;
mod programs;
mod sockets;

use std::collections::BTreeSet;
use std::net::IpAddr;

use midwatch_model::{
    Bound, Gate, KnownService, ListeningProgram, ListeningService, ListeningServices, Outcome, Reason,
    ReasonKind, ServiceSign, Unread,
};

use crate::System;
use crate::lines::numbered;
use crate::network::{Interface, interfaces};
use firewall::{Ruleset, Way};
use sockets::Socket;

/// Sockets that are listed.
const MAX_LISTED: usize = 1000;

/// Addresses of this computer that are listed for one socket.
const MAX_OWN: usize = 16;

/// Whom programs turn away by themselves that were built with libwrap.
const WRAPPERS: [&str; 2] = ["/etc/hosts.allow", "/etc/hosts.deny"];

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
    let rules = firewall::outcome(&read);
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
    for path in WRAPPERS {
        let place = system.at(path);
        let text = system.text_or(&place, &mut unread).unwrap_or_default();
        if numbered(&text, &['#']).next().is_some() {
            let detail =
                "it says whom programs that ask it turn away (hosts_access(5)), which is not followed here";
            unread.push(Unread { file: place.shown, why: Reason::new(ReasonKind::Other, detail) });
        }
    }
    let only_v6 = system.text(&system.at("/proc/sys/net/ipv6/bindv6only"));
    let only_v6 = only_v6.is_ok_and(|text| text.is_some_and(|text| text.trim() == "1"));
    let listed = sockets.iter().take(MAX_LISTED).map(|socket| {
        let program = programs.get(&socket.inode).cloned().unwrap_or_else(|| {
            // The kernel's own services, such as NFS, are no process's.
            Outcome::unmeasured(ReasonKind::Other, "no process has this socket: it is the kernel's own")
        });
        of(socket, program, &sockets, only_v6, &links, &read)
    });
    let listed: Vec<ListeningService> = listed.collect();
    if sockets.len() > MAX_LISTED {
        let detail = format!("{} sockets listen; the first {MAX_LISTED} are listed", sockets.len());
        unread.push(Unread { file: "the sockets".into(), why: Reason::new(ReasonKind::Limit, detail) });
    }
    ListeningServices { sockets: Outcome::seen(listed), rules, unread }
}

fn of<T>(
    socket: &Socket,
    program: Outcome<ListeningProgram>,
    all: &[Socket],
    only_v6: bool,
    links: &[Interface],
    read: &Result<(Ruleset, T), Reason>,
) -> ListeningService {
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
    };
    if bound == Bound::Every {
        let takes = |own: &IpAddr| own.is_ipv4() == address.is_ipv4() || takes_ipv4 && own.is_ipv4();
        let all = links.iter().filter(|link| !link.is_loopback).flat_map(|link| &link.addresses);
        service.own = all.copied().filter(takes).take(MAX_OWN).collect();
    }
    if bound != Bound::Loopback {
        service.gates = gates(&service, links, read);
    }
    service
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

/// Each way to a socket, by interface and family.
fn gates<T>(
    service: &ListeningService,
    links: &[Interface],
    read: &Result<(Ruleset, T), Reason>,
) -> Vec<Gate> {
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
            let (lets, by) = match read {
                Ok((rules, _)) => firewall::passage(rules, &way),
                Err(why) => (why.clone().into(), Vec::new()),
            };
            out.push(Gate { interface: link.name.clone(), ipv6: *ipv6, outside, lets, by });
        }
    }
    out
}
