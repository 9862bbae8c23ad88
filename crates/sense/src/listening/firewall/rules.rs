//! Rules of a firewall, as far as they decide whether a first packet gets to a socket of this computer, or to where they
//! send it on. Those of nftables and those of iptables become the same here.

use std::collections::HashMap;
use std::net::IpAddr;

use super::sources::Family;

/// What a packet can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// Its source address, where it is of this family.
    Source(Family),
    /// Its destination address, where it is of this family.
    Destination(Family),
    /// Its destination port, of this protocol; of any where none is named.
    Port(Option<u8>),
    /// The number of its transport protocol.
    Protocol,
    /// Its family, by the numbers of NFPROTO: 2 and 10.
    Family,
    /// The name of the interface that it came by.
    Interface,
    /// The name of the interface that it leaves by; empty before that is decided, and where it leaves by none.
    Out,
    /// The state of its connection, by name.
    State,
    /// What became of its connection, by the names of nftables: `dnat` where it was sent on.
    Status,
    /// What its destination address is for this computer: `local`, or `unicast` where it is another's.
    DestinationType,
    /// The destination port that its connection was for, whoever it was sent on to.
    OriginalPort,
    /// The destination address that its connection was for, where it is of this family.
    OriginalDestination(Family),
    /// Something that every packet has: its name.
    Told(&'static str),
    /// Whether a route leads back to where it came from: 1.
    RouteBack,
    /// The flags of TCP under this mask.
    Flags(u8),
    /// The mark that earlier rules gave it.
    Mark,
    /// Something else, by the name that it has in the rule.
    Other(String),
}

/// What a field is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// A number, or a range of them; addresses are numbers too.
    Range(u128, u128),
    /// A name; one that ends in `*` stands for all that begin so.
    Name(String),
    /// Something that could not be read.
    Unread,
}

/// One condition of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    /// The fields, one beside the other, are one of these.
    Is {
        /// What is asked for.
        fields: Vec<Field>,
        /// True where they must be none of these.
        not: bool,
        /// Each with a value for every field.
        among: Vec<Vec<Value>>,
    },
    /// True of a first packet.
    Always,
    /// Not true of a first packet.
    Never,
    /// Not known, with the condition's name.
    Unknown(String),
}

impl Base {
    /// Where it stands among the chains of a packet's way. The kernel changes addresses at places of its own
    /// (NF_IP_PRI_NAT_DST, NF_IP_PRI_NAT_SRC), and asks the chains that say how in the order of their priorities.
    pub(crate) fn order(&self) -> (Hook, i64, i64) {
        match (self.is_nat, self.hook) {
            (true, Hook::Prerouting) => (self.hook, NAT, self.priority),
            (true, hook) => (hook, 100, self.priority),
            (false, hook) => (hook, self.priority, 0),
        }
    }

    /// It sees packets as they came, before their destination is changed.
    pub(crate) fn is_before_nat(&self) -> bool {
        self.hook == Hook::Ingress || self.hook == Hook::Prerouting && !self.is_nat && self.priority < NAT
    }
}

impl Match {
    /// A condition on one field.
    pub(crate) fn one(field: Field, not: bool, among: impl IntoIterator<Item = Value>) -> Match {
        Match::Is { fields: vec![field], not, among: among.into_iter().map(|value| vec![value]).collect() }
    }
}

/// What is done with a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// The next rule.
    Next,
    /// It has passed this base chain.
    Accept,
    /// It is gone.
    Drop,
    /// It is gone, and its sender is told.
    Reject,
    /// The rules of another chain, and then the next rule.
    Jump(String),
    /// The rules of another chain, and then whatever follows the rule that led here.
    Goto(String),
    /// Back to behind the rule that led here.
    Return,
    /// Its connection is sent on to another address or port (DNAT, REDIRECT).
    SendOn(Target),
    /// It goes to another place than the socket, or a program decides; in the rule's words.
    Elsewhere(String),
    /// By the value of fields.
    Map(Vec<Field>, Vec<(Vec<Value>, Action)>),
}

/// Where a connection is sent on to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Target {
    /// The address; none where it stays with this computer.
    pub(crate) address: Option<IpAddr>,
    /// The port; none where it stays what it is.
    pub(crate) port: Option<u16>,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// All must hold.
    pub(crate) matches: Vec<Match>,
    /// What is done then.
    pub(crate) action: Action,
    /// What the rule is called in an answer.
    pub(crate) shown: String,
}

/// The places on a packet's way that chains are at, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Hook {
    /// As it comes off an interface.
    Ingress,
    /// Before its way is decided.
    Prerouting,
    /// On the way through this computer to another.
    Forward,
    /// On the way to a socket of this computer.
    Input,
}

/// The priority at which destinations are changed (NF_IP_PRI_NAT_DST).
const NAT: i64 = -100;

/// A chain at a place of a packet's way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Base {
    /// Where it is.
    pub(crate) hook: Hook,
    /// When it comes, among those at the same place.
    pub(crate) priority: i64,
    /// Its rules, by the key of [`Table::chains`].
    pub(crate) chain: String,
    /// What is done where no rule decides.
    pub(crate) policy: Action,
    /// It changes addresses, and decides nothing else.
    pub(crate) is_nat: bool,
    /// The interfaces that it is for; all where empty, and none where they are not told.
    pub(crate) interfaces: Option<Vec<String>>,
}

/// A table: chains that can lead to each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    /// What it is called in an answer: `inet filter`.
    pub(crate) name: String,
    /// The family whose packets it sees; none for both.
    pub(crate) family: Option<Family>,
    /// The chains at places of the way.
    pub(crate) bases: Vec<Base>,
    /// The rules of every chain.
    pub(crate) chains: HashMap<String, Vec<Rule>>,
}

/// Everything that stands between the network and a socket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ruleset {
    /// The tables.
    pub(crate) tables: Vec<Table>,
    /// Some rule gives packets marks, so that what a mark is cannot be said.
    pub(crate) has_marks: bool,
    /// Some rule takes packets out of the tracking of connections.
    pub(crate) has_untracked: bool,
    /// Bridges have rules of their own, which are not read.
    pub(crate) has_bridge: bool,
}
