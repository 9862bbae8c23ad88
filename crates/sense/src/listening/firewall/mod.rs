//! Whom the firewall lets through to a socket, and to where it sends connections on: the rules that the kernel has now,
//! read and followed.

mod evaluate;
mod iptables;
#[cfg(all(test, has_linux))]
mod kernel_tests;
mod nft;
mod published;
mod read;
mod rules;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use super::sources;
use evaluate::{Fate, Packet, evaluate, follow};
pub(super) use evaluate::{Leads, Network};
pub(super) use published::published;
pub(super) use read::{look, outcome};
pub(super) use rules::{Ruleset, Target};
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
#[derive(Clone, Debug)]
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

/// From which sources packets get through to a socket, and the rules that decide.
pub(super) fn passage(rules: &Ruleset, way: &Way<'_>) -> Passed {
    passed(rules, evaluate(rules, &way.packet()))
}

/// Where else packets are sent on to, and from which sources they get there.
pub(super) fn sent_on(
    rules: &Ruleset,
    way: &Way<'_>,
    network: &dyn Network,
) -> (Vec<(Target, Passed)>, Vec<String>) {
    let packet = way.packet();
    let fate = evaluate(rules, &packet);
    let of = |sent| passed(rules, follow(rules, &packet, sent, network));
    let all = fate.sent_on.iter().map(|sent| (sent.to, of(sent))).collect();
    (all, if fate.elsewhere.is_none() { Vec::new() } else { fate.unknown })
}

fn passed(rules: &Ruleset, fate: Fate) -> Passed {
    let mut fate = fate;
    if rules.has_bridge {
        fate.unknown.push("rules of bridges".into());
    }
    let told = fate.dropped.is_none() && !fate.rejected.is_none();
    Passed { accepted: fate.accepted, told, by: fate.by, unknown: fate.unknown }
}

impl Way<'_> {
    fn packet(&self) -> Packet {
        Packet {
            family: if self.ipv6 { Family::V6 } else { Family::V4 },
            protocol: if self.protocol == "udp" { 17 } else { 6 },
            port: self.port,
            interface: self.interface.to_owned(),
            destinations: self.destinations.clone(),
            original: None,
        }
    }
}

/// A network of which nothing is known.
struct Nowhere;

impl Network for Nowhere {
    fn leads(&self, _to: IpAddr) -> Leads {
        Leads::On(None)
    }

    fn takes(&self, _interface: &str, _to: IpAddr) -> (Option<bool>, String) {
        (None, String::new())
    }
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
        for port in published(&rules).ports.into_iter().take(4) {
            sent_on(&rules, &way(port), &Nowhere);
        }
    }
    any
}
