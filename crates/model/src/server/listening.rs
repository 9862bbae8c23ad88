//! What listens on a server, which program it is, and whom the firewall lets there.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::{Outcome, Unread};

/// The sockets that others could reach, and what stands in front of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListeningServices {
    /// Of TCP those that listen; of UDP those at ports of services that are known ([`crate::KnownService`]). Behind them
    /// the ports whose connections the firewall sends on ([`ListeningService::sent_on`]).
    pub sockets: Outcome<Vec<ListeningService>>,
    /// The rules that the kernel has now, as far as they decide who gets to a socket.
    pub rules: Outcome<FirewallRules>,
    /// Places that are there and could not be read.
    pub unread: Vec<Unread>,
}

/// The firewall's rules as they were read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FirewallRules {
    /// The tables that have a say, such as `inet filter` or `iptables filter`; none where there is no firewall.
    pub tables: Vec<String>,
    /// The programs that told them, by their paths.
    pub by: Vec<String>,
}

/// One socket, or a port whose connections are sent on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListeningService {
    /// `tcp` or `udp`.
    pub protocol: String,
    /// The address and port that it is bound to.
    pub address: SocketAddr,
    /// For which addresses that is.
    pub bound: Bound,
    /// A socket of IPv6 takes IPv4 too (IPV6_V6ONLY is off, ipv6(7)).
    pub takes_ipv4: bool,
    /// The one interface that it is bound to, where it is to one.
    pub interface: Option<String>,
    /// The addresses of this computer by which it can be reached; empty where it is bound to one, or they are not known.
    pub own: Vec<IpAddr>,
    /// The program that has it.
    pub program: Outcome<ListeningProgram>,
    /// What it is, by the id of a [`crate::KnownService`]; none where neither program nor port tells.
    pub service: Option<String>,
    /// What says so.
    pub known_by: Option<ServiceSign>,
    /// What it says when it is asked from this computer.
    pub answer: Outcome<ServiceAnswer>,
    /// Whom the firewall lets there, for each interface and family; empty where it is bound to loopback.
    pub gates: Vec<Gate>,
    /// Where the firewall sends its connections on to, where it is no socket but a port that is published so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_on: Option<SentOn>,
}

/// Where connections to a published port go: the firewall changes their destination (DNAT, REDIRECT), as it does for
/// containers and virtual machines. The rules of the way in are not asked of what goes on to another address; those of the
/// way through are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SentOn {
    /// The address and port; the address is unspecified where it is this computer's own, whichever was asked for.
    pub to: SocketAddr,
    /// It is this computer itself.
    pub here: bool,
    /// The interface that leads there; none where it is this computer itself, and where it is not known or behind a router.
    pub interface: Option<String>,
    /// It is a container or a virtual machine of this computer: the interface is a bridge or a pair that leads to nothing
    /// else.
    pub inside: bool,
}

/// `172.17.0.2:80 behind docker0`; the port alone where it is this computer's own.
impl fmt::Display for SentOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to.ip().is_unspecified() {
            true => write!(f, "port {}", self.to.port())?,
            false => write!(f, "{}", self.to)?,
        }
        match &self.interface {
            Some(interface) => write!(f, " behind {interface}"),
            None => Ok(()),
        }
    }
}

/// What a socket is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// An address that only this computer reaches.
    Loopback,
    /// An address that is not for the internet (RFC 1918, RFC 4193, RFC 3927 and their kin). Where a provider maps a
    /// public one to it, the internet reaches it all the same.
    Private,
    /// A public address.
    Public,
    /// Every address.
    Every,
}

impl Bound {
    /// What an address is.
    pub fn of(address: IpAddr) -> Bound {
        let address = address.to_canonical();
        match address {
            _ if address.is_unspecified() => Bound::Every,
            _ if address.is_loopback() => Bound::Loopback,
            _ if crate::is_private(address) => Bound::Private,
            _ => Bound::Public,
        }
    }
}

/// A program that has a socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListeningProgram {
    /// Its name, as the kernel has it (proc_pid_comm(5)).
    pub name: String,
    /// Its file, where it can be told.
    pub path: Option<String>,
}

/// What tells which service it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ServiceSign {
    /// The name of the program.
    Program,
    /// The port alone: another program may be there.
    Port,
}

/// What a service answers. No name and no password is ever sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServiceAnswer {
    /// The address that was asked, one of this computer's own.
    pub asked: SocketAddr,
    /// What was sent: `PING`, `GET /`, or nothing.
    pub question: String,
    /// The beginning of its words, as text that loses nothing.
    pub words: String,
    /// How it protects what is said.
    pub protection: ServiceProtection,
    /// True where a password may be sent before anything protects it; none where that is not told.
    pub plain_password: Option<bool>,
    /// True where it did what it was asked without a password; none where nothing was asked that would show it.
    pub open: Option<bool>,
}

/// How a service protects what is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ServiceProtection {
    /// By TLS from the first octet.
    Tls,
    /// By another protocol that encrypts from its beginning, such as SSH.
    Other,
    /// It begins in plain text and takes TLS when it is asked.
    Upgrades,
    /// Not at all: it spoke in plain text, and offers nothing else.
    None,
    /// It did not show.
    Unknown,
}

/// What the firewall does with a first packet that comes by one interface, and the program with its sender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Gate {
    /// The interface.
    pub interface: String,
    /// True for IPv6.
    pub ipv6: bool,
    /// A default route goes by it, so that the internet comes by it too.
    pub outside: bool,
    /// Whom it lets through.
    pub lets: Outcome<Passage>,
    /// The rules that decide, the first few in the words of their program.
    pub by: Vec<String>,
    /// Whom the program behind it turns away by itself; none where it asks no files, and where those have no rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosts_access: Option<HostsAccess>,
}

/// Whom a program turns away by itself, by /etc/hosts.allow and /etc/hosts.deny (hosts_access(5)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HostsAccess {
    /// The name by which it asks; none where that is not known.
    pub daemon: Option<String>,
    /// Whom the files let in.
    pub lets: Outcome<Passage>,
    /// The lines that decide, the first few: `/etc/hosts.deny line 3`.
    pub by: Vec<String>,
    /// Who gets past the firewall and the program both.
    pub both: Outcome<Passage>,
}

impl Gate {
    /// Who gets to the service: past the firewall, and past the program where it turns anybody away.
    pub fn through(&self) -> &Outcome<Passage> {
        self.hosts_access.as_ref().map_or(&self.lets, |access| &access.both)
    }
}

/// From which sources somebody gets past what stands in front of a service, as far as this computer decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "from", rename_all = "kebab-case")]
pub enum Passage {
    /// From everywhere.
    Everywhere,
    /// From everywhere but these, which are less than half of the internet.
    AllBut {
        /// The first of them.
        sources: Vec<String>,
        /// How many more there are.
        more: usize,
    },
    /// From these alone.
    Only {
        /// The first of them.
        sources: Vec<String>,
        /// How many more there are.
        more: usize,
    },
    /// From nowhere.
    Nowhere {
        /// Senders are told so, rather than left to wait.
        told: bool,
    },
}

impl Passage {
    /// True where most of the internet gets through.
    pub fn is_open(&self) -> bool {
        matches!(self, Passage::Everywhere | Passage::AllBut { .. })
    }
}

/// Who can reach a socket, as far as this computer decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// This computer alone, or nobody.
    Nobody,
    /// Some sources.
    Some,
    /// It is not known.
    Unknown,
    /// Everybody on the networks of this computer, or by a private address of it.
    Near,
    /// Everybody.
    Everybody,
}

impl ListeningService {
    /// Who can reach it: the most open of its gates. A gate to the internet whose rules could not be followed leaves it
    /// open who can.
    pub fn reach(&self) -> Reach {
        if self.bound == Bound::Loopback {
            return Reach::Nobody;
        }
        let is_private = self.bound == Bound::Private;
        let of = |gate: &Gate| match gate.through() {
            Outcome::Seen { value } if value.is_open() => {
                if gate.outside && !is_private {
                    Reach::Everybody
                } else {
                    Reach::Near
                }
            }
            Outcome::Seen { value: Passage::Only { .. } } => Reach::Some,
            Outcome::Seen { .. } => Reach::Nobody,
            Outcome::Refused { .. } | Outcome::Unmeasured { .. } => Reach::Unknown,
        };
        // Without a gate that is known, nothing keeps anybody out that is known.
        self.gates.iter().map(of).max().unwrap_or(Reach::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Reason, ReasonKind};

    fn service(bound: Bound, lets: Vec<(bool, Outcome<Passage>)>) -> ListeningService {
        let gate = |(outside, lets)| Gate {
            interface: "eth0".into(),
            ipv6: false,
            outside,
            lets,
            by: vec![],
            hosts_access: None,
        };
        let unknown = || Reason::new(ReasonKind::NotAsked, "not asked");
        ListeningService {
            protocol: "tcp".into(),
            address: SocketAddr::from(([0, 0, 0, 0], 6379)),
            bound,
            takes_ipv4: false,
            interface: None,
            own: vec![],
            program: unknown().into(),
            service: None,
            known_by: None,
            answer: unknown().into(),
            gates: lets.into_iter().map(gate).collect(),
            sent_on: None,
        }
    }

    #[test]
    fn the_most_open_gate_counts() {
        let open = || Outcome::seen(Passage::Everywhere);
        let shut = || Outcome::seen(Passage::Nowhere { told: false });
        let some = || Outcome::seen(Passage::Only { sources: vec!["10.0.0.0/8".into()], more: 0 });
        let unknown = || Outcome::unmeasured(ReasonKind::Other, "it takes root's rights");
        let reach = |bound, lets| service(bound, lets).reach();
        assert_eq!(reach(Bound::Every, vec![(true, shut()), (false, shut())]), Reach::Nobody);
        assert_eq!(reach(Bound::Every, vec![(true, shut()), (false, open())]), Reach::Near);
        assert_eq!(reach(Bound::Every, vec![(true, some()), (true, shut())]), Reach::Some);
        assert_eq!(reach(Bound::Every, vec![(true, some()), (true, unknown())]), Reach::Unknown);
        assert_eq!(reach(Bound::Every, vec![(true, open()), (true, unknown())]), Reach::Everybody);
        assert_eq!(reach(Bound::Private, vec![(true, open())]), Reach::Near);
        assert_eq!(reach(Bound::Loopback, vec![]), Reach::Nobody);
        assert_eq!(reach(Bound::Every, vec![]), Reach::Unknown, "what was not measured never reads as safe");
    }

    #[test]
    fn a_program_turns_away_whom_the_firewall_lets_through() {
        let open = || Outcome::seen(Passage::Everywhere);
        let reach = |both| {
            let mut service = service(Bound::Every, vec![(true, open())]);
            let access = HostsAccess { daemon: Some("sshd".into()), lets: open(), by: vec![], both };
            service.gates[0].hosts_access = Some(access);
            service.reach()
        };
        assert_eq!(reach(open()), Reach::Everybody);
        assert_eq!(reach(Outcome::seen(Passage::Nowhere { told: true })), Reach::Nobody);
        assert_eq!(
            reach(Outcome::seen(Passage::Only { sources: vec!["192.0.2.7".into()], more: 0 })),
            Reach::Some
        );
        assert_eq!(reach(Outcome::unmeasured(ReasonKind::Other, "it hangs on names")), Reach::Unknown);
    }

    #[test]
    fn a_gate_of_before_has_none() {
        let gate = r#"{"interface":"eth0","ipv6":false,"outside":true,"lets":{"outcome":"seen","value":{"from":"everywhere"}},"by":[]}"#;
        let read: Gate = serde_json::from_str(gate).expect("a gate");
        assert_eq!(read.hosts_access, None);
        assert_eq!(serde_json::to_string(&read).expect("text"), gate);
    }

    #[test]
    fn addresses_are_told_apart() {
        for (address, bound) in [
            ("127.0.0.1", Bound::Loopback),
            ("::1", Bound::Loopback),
            ("::ffff:127.0.0.1", Bound::Loopback),
            ("0.0.0.0", Bound::Every),
            ("::", Bound::Every),
            ("10.0.0.1", Bound::Private),
            ("fd00::1", Bound::Private),
            ("8.8.8.8", Bound::Public),
        ] {
            assert_eq!(Bound::of(address.parse().expect("an address")), bound, "{address}");
        }
    }
}
