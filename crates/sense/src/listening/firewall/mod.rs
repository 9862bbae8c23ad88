//! Whom the firewall lets through to a socket: the rules that the kernel has now, read and followed.

mod evaluate;
mod iptables;
#[cfg(all(test, has_linux))]
mod kernel_tests;
mod nft;
mod read;
mod rules;
mod sources;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use midwatch_model::{Outcome, Passage, ReasonKind};

use evaluate::{Fate, Packet, evaluate};
pub(super) use read::{look, outcome};
pub(super) use rules::Ruleset;
use sources::{Family, Sources};

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

/// From which sources packets get through, and the rules that decide.
pub(super) fn passage(rules: &Ruleset, way: &Way<'_>) -> (Outcome<Passage>, Vec<String>) {
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
    let by = std::mem::take(&mut fate.by);
    (told(&fate, packet.family), by)
}

fn told(fate: &Fate, family: Family) -> Outcome<Passage> {
    let (sure, maybe) = (&fate.accepted.sure, &fate.accepted.maybe);
    if sure.is_most(family) {
        let kept_out = Sources::all(family).without(sure);
        return Outcome::seen(match kept_out.named(family) {
            (sources, _) if sources.is_empty() => Passage::Everywhere,
            (sources, more) => Passage::AllBut { sources, more },
        });
    }
    if maybe.is_none() {
        let told = fate.dropped.is_none() && !fate.rejected.is_none();
        return Outcome::seen(Passage::Nowhere { told });
    }
    // Where it is not sure of all of these, it is sure that no others get through.
    if !maybe.is_most(family) {
        let (sources, more) = maybe.named(family);
        return Outcome::seen(Passage::Only { sources, more });
    }
    let what = fate.unknown.join("; ");
    let detail = format!("whom the firewall lets through rests on what is not modelled here: {what}");
    Outcome::unmeasured(ReasonKind::Other, detail)
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
