//! Whom the firewall lets through to a socket: the rules that the kernel has now, read and followed.

mod evaluate;
mod iptables;
#[cfg(all(test, has_linux))]
mod kernel_tests;
mod nft;
mod read;
mod rules;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use super::sources;
use evaluate::{Packet, evaluate};
pub(super) use read::{look, outcome};
pub(super) use rules::Ruleset;
use sources::{Family, Flow};

/// A way to a socket.
pub(super) struct Way<'a> {
    /// `tcp` or `udp`.
    pub(super) protocol: &'a str,
    /// The port.
    pub(super) port: u16,
    /// The interface by which packets come.
    pub(super) interface: &'a str,
    /// Whether they are of IPv6.
    pub(super) ipv6: bool,
    /// The addresses of this computer that they may be sent to.
    pub(super) destinations: Vec<IpAddr>,
}

/// From which sources packets get through, and what decides.
pub(super) struct Passed {
    /// The sources.
    pub(super) accepted: Flow,
    /// Senders whose packets do not get through are all told so.
    pub(super) told: bool,
    /// The rules that decide, the first few.
    pub(super) by: Vec<String>,
    /// What is not modelled and had a part in it, the first few.
    pub(super) unknown: Vec<String>,
}

/// From which sources packets get through, and the rules that decide.
pub(super) fn passage(rules: &Ruleset, way: &Way<'_>) -> Passed {
    let packet = Packet {
        family: if way.ipv6 { Family::V6 } else { Family::V4 },
        protocol: if way.protocol == "udp" { 17 } else { 6 },
        port: way.port,
        interface: way.interface.to_owned(),
        destinations: way.destinations.clone(),
    };
    let mut fate = evaluate(rules, &packet);
    if rules.has_bridge {
        fate.unknown.push("rules of bridges".into());
    }
    let told = fate.dropped.is_none() && !fate.rejected.is_none();
    Passed { accepted: fate.accepted, told, by: fate.by, unknown: fate.unknown }
}

/// Text that is to be a ruleset, in either form, for fuzzing.
pub fn read_any(text: &str) -> bool {
    let way = |port| Way { protocol: "tcp", port, interface: "eth0", ipv6: false, destinations: Vec::new() };
    let saved = iptables::read(text, Family::V4, "iptables");
    let json = nft::read(text);
    let mut any = false;
    for rules in [Some(saved), json].into_iter().flatten() {
        any |= !rules.tables.is_empty();
        passage(&rules, &way(22));
    }
    any
}
