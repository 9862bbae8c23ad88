//! Rules of a firewall, as far as they decide whether a first packet gets to a socket of this computer. Those of nftables
//! and those of iptables become the same here.

use std::collections::HashMap;

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
    /// The state of its connection, by name.
    State,
    /// Something that every packet to a socket of this computer has: its name.
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
    /// It goes to another place than the socket, or a program decides; in the rule's words.
    Elsewhere(String),
    /// By the value of fields.
    Map(Vec<Field>, Vec<(Vec<Value>, Action)>),
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
    /// On the way to a socket of this computer.
    Input,
}

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
