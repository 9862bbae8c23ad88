//! What a ruleset does with the first packet of a connection to a socket of this computer, for every source address at
//! once; and where it sends connections on to another place, whether they get there.
//!
//! Two sets go along the rules: the sources whose packet surely gets there, and those whose packet may. A condition that
//! is not modelled moves sources from the first to the second alone, so that what is told as sure is so whatever it
//! means.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::rules::{Action, Base, Field, Hook, Match, Rule, Ruleset, Table, Target, Value};
use super::sources::{Family, Flow, Sources, number};

/// Rules that are looked at for one packet.
const MAX_STEPS: usize = 200_000;

/// Elements of a set that count as much as a rule.
const ELEMENTS: usize = 100;

/// The number of TCP.
const TCP: u8 = 6;

/// Flags of TCP.
const PSH: u8 = 8;
const ACK: u8 = 16;

/// Chains within chains: nftables allows 16.
const MAX_DEPTH: usize = 32;

/// Reasons that are kept for one answer.
const MAX_REASONS: usize = 6;

/// The first packet of a connection, or a datagram. Nothing came from its sender in the last minutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    /// Its family.
    pub(crate) family: Family,
    /// Its transport protocol: 6 for TCP, 17 for UDP.
    pub(crate) protocol: u8,
    /// Its destination port.
    pub(crate) port: u16,
    /// The interface that it comes by.
    pub(crate) interface: String,
    /// The addresses that it may be sent to; empty where they are not known.
    pub(crate) destinations: Vec<IpAddr>,
    /// What it was before it was sent on, where it was.
    pub(crate) original: Option<Original>,
}

/// What a packet was before it was sent on, and where that leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Original {
    /// Its destination port.
    port: u16,
    /// Its destination addresses.
    destinations: Vec<IpAddr>,
    /// Whether that differs from what it is now: the kernel marks no connection as sent on for which it does not. None where
    /// it may.
    differs: Option<bool>,
    /// Where it leads now.
    leads: Leads,
}

/// Where packets for an address go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Leads {
    /// To this computer.
    Here,
    /// To another, by this interface; it is not known by which where none is named.
    On(Option<String>),
}

/// What else decides whether a connection that is sent on gets to where it is sent.
pub(crate) trait Network {
    /// Where packets for an address go.
    fn leads(&self, to: IpAddr) -> Leads;
    /// Whether what comes by an interface for `to` is taken or passed on there at all, and the name of the setting that
    /// says so; none where that is not known.
    fn takes(&self, interface: &str, to: IpAddr) -> (Option<bool>, String);
}

/// What becomes of it, by its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fate {
    /// It gets to the socket, and so do those that follow it.
    pub(crate) accepted: Flow,
    /// It may go to another place than the socket, past the rules that follow.
    pub(crate) elsewhere: Sources,
    /// It is gone, and its sender is told.
    pub(crate) rejected: Flow,
    /// It is gone.
    pub(crate) dropped: Flow,
    /// The rules that let it through or keep it out, the first few.
    pub(crate) by: Vec<String>,
    /// What is not modelled, and had a part in it.
    pub(crate) unknown: Vec<String>,
    /// Those that are sent on: where to, whose, and by which rule.
    pub(crate) sent_on: Vec<SentOn>,
}

/// Whose packets a rule sends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SentOn {
    /// Where to.
    pub(crate) to: Target,
    /// Whose.
    pub(crate) who: Flow,
    /// The rule.
    pub(crate) by: String,
}

/// What becomes of a packet, and of those that follow it: a connection whose later packets are kept out is none.
pub(crate) fn evaluate(ruleset: &Ruleset, packet: &Packet) -> Fate {
    let start = Leg { packet, changed: None, later: false, last: Hook::Input, entering: None };
    let first = walk(ruleset, &start);
    let fate = both(first, packet, || walk(ruleset, &Leg { later: true, ..start }));
    // What is sent elsewhere may end here, whatever the rules of input say of later packets.
    Fate { accepted: Flow { maybe: fate.accepted.maybe.or(&fate.elsewhere), ..fate.accepted }, ..fate }
}

/// What becomes of those that a rule sends on: whether they get to where it sends them.
pub(crate) fn follow(ruleset: &Ruleset, packet: &Packet, sent: &SentOn, network: &dyn Network) -> Fate {
    let leads = sent.to.address.map_or(Leads::Here, |to| network.leads(to));
    let last = if leads == Leads::Here { Hook::Input } else { Hook::Forward };
    let port = sent.to.port.unwrap_or(packet.port);
    let is_same = |to: IpAddr| packet.destinations.iter().map(move |at| *at == to);
    let differs = match sent.to.address {
        _ if port != packet.port => Some(true),
        Some(to) if is_same(to).all(|same| same) => Some(false),
        Some(to) if is_same(to).all(|same| !same) => Some(true),
        // An interface with several addresses has one to which it redirects.
        _ => None,
    };
    let original = Original { port: packet.port, destinations: packet.destinations.clone(), differs, leads };
    let changed = Packet {
        port,
        destinations: sent.to.address.map_or_else(|| packet.destinations.clone(), |to| vec![to]),
        original: Some(original),
        ..packet.clone()
    };
    let mut who = sent.who.clone();
    let mut unknown = Vec::new();
    // What is not tracked is not sent on either.
    if ruleset.has_untracked {
        who.sure = Sources::none();
        unknown.push("packets that are not tracked".to_owned());
    }
    let mut by = vec![sent.by.clone()];
    let (takes, setting) = match sent.to.address {
        Some(to) => network.takes(&packet.interface, to),
        None => (Some(true), String::new()),
    };
    match takes {
        Some(true) => {}
        Some(false) => {
            by.push(setting);
            let mut fate = Fate::of_nobody();
            (fate.dropped, fate.by) = (who, by);
            return fate;
        }
        None => {
            who.sure = Sources::none();
            unknown.push(setting);
        }
    }
    let start = Leg { packet: &changed, changed: None, later: false, last, entering: Some(who) };
    let first = walk(ruleset, &start);
    let later = Leg { packet, changed: Some(&changed), later: true, last, entering: None };
    let mut fate = both(first, packet, || walk(ruleset, &later));
    fate.accepted.maybe = fate.accepted.maybe.or(&fate.elsewhere);
    by.append(&mut fate.by);
    unknown.append(&mut fate.unknown);
    (fate.by, fate.unknown) = (few(by), few(unknown));
    fate
}

/// Those whose later packets get there too.
fn both(first: Fate, packet: &Packet, later: impl FnOnce() -> Fate) -> Fate {
    let mut fate = first;
    // A datagram is one packet.
    if packet.protocol == TCP && !fate.accepted.is_none() {
        let later = later();
        fate.accepted = fate.accepted.and(&later.accepted);
        fate.unknown = few(fate.unknown.into_iter().chain(later.unknown));
        // Rules that let later packets through decide nothing of who gets there.
        if !Flow::all(packet.family).without(&later.accepted).is_none() {
            fate.by = few(fate.by.into_iter().chain(later.by));
        }
    }
    fate
}

/// The first few that differ.
fn few(all: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    all.into_iter().filter(|one| seen.insert(one.clone())).take(MAX_REASONS).collect()
}

/// A part of a packet's way.
struct Leg<'a> {
    packet: &'a Packet,
    /// What the packet is behind the place at which it is sent on.
    changed: Option<&'a Packet>,
    /// The packet is one that follows the first.
    later: bool,
    /// Where the way ends.
    last: Hook,
    /// Those who are sent on, where the way begins behind that place; else it begins with everybody.
    entering: Option<Flow>,
}

impl Fate {
    fn of_nobody() -> Fate {
        let none = Flow::none;
        Fate {
            accepted: none(),
            elsewhere: Sources::none(),
            rejected: none(),
            dropped: none(),
            by: Vec::new(),
            unknown: Vec::new(),
            sent_on: Vec::new(),
        }
    }
}

fn walk(ruleset: &Ruleset, leg: &Leg<'_>) -> Fate {
    let family = leg.packet.family;
    let mut walk = Walk {
        ruleset,
        packet: leg.packet,
        later: leg.later,
        hook: Hook::Ingress,
        last: leg.last,
        left: MAX_STEPS,
        unknown: BTreeSet::new(),
        by: Vec::new(),
        elsewhere: Sources::none(),
        fate: Fate::of_nobody(),
    };
    let is_past = |base: &Base| base.hook <= Hook::Prerouting && (base.is_before_nat() || base.is_nat);
    let mut bases: Vec<(&Table, &Base)> = ruleset
        .tables
        .iter()
        .filter(|table| table.family.is_none_or(|of| of == family))
        .flat_map(|table| table.bases.iter().map(move |base| (table, base)))
        .filter(|(_, base)| base.hook <= Hook::Prerouting || base.hook == leg.last)
        // Addresses are changed by what the first packet met.
        .filter(|(_, base)| !leg.later || !base.is_nat)
        .filter(|(_, base)| leg.entering.is_none() || !is_past(base))
        .collect();
    bases.sort_by_key(|(_, base)| base.order());
    let mut flow = leg.entering.clone().unwrap_or_else(|| Flow::all(family));
    for (table, base) in bases {
        walk.hook = base.hook;
        walk.packet = leg.changed.filter(|_| !base.is_before_nat()).unwrap_or(leg.packet);
        flow = walk.base(table, base, flow);
    }
    let mut fate = walk.fate;
    fate.accepted = flow;
    fate.elsewhere = walk.elsewhere;
    fate.by = walk.by;
    fate.unknown = walk.unknown.into_iter().take(MAX_REASONS).collect();
    fate
}

struct Walk<'a> {
    ruleset: &'a Ruleset,
    packet: &'a Packet,
    /// The packet is one that follows the first.
    later: bool,
    /// Where on its way it is, and where that ends.
    hook: Hook,
    last: Hook,
    left: usize,
    unknown: BTreeSet<String>,
    by: Vec<String>,
    elsewhere: Sources,
    fate: Fate,
}

/// Where packets are after a chain.
struct After {
    /// Past the base chain.
    accepted: Flow,
    /// At its end, or sent back.
    through: Flow,
}

impl<'a> Walk<'a> {
    fn base(&mut self, table: &'a Table, base: &'a Base, flow: Flow) -> Flow {
        let Base { interfaces, .. } = base;
        let is_here = interfaces
            .as_ref()
            .map(|names| names.is_empty() || names.iter().any(|name| matches(name, &self.packet.interface)));
        if is_here == Some(false) || flow.is_none() {
            return flow;
        }
        // Where it is not told at which interface a chain is, it may be that it does not see the packet.
        let sure = is_here.is_some();
        let entering =
            if sure { flow.clone() } else { Flow { sure: Sources::none(), maybe: flow.maybe.clone() } };
        if !sure && table.chains.get(&base.chain).is_some_and(|rules| !rules.is_empty()) {
            self.note(format!("{} {} is at an interface that nft does not name", table.name, base.chain));
        }
        let After { accepted, through } = self.chain(table, base, &base.chain, entering, 0);
        let past = match (&base.policy, base.is_nat) {
            (Action::Drop, false) => {
                self.deny(&through, false, || format!("the policy of {} {}", table.name, base.chain));
                accepted
            }
            _ => accepted.or(&through),
        };
        match sure {
            true => past,
            // Those for whom the chain drops may get past it all the same.
            false => Flow { sure: flow.sure.and(&past.maybe).without(&self.denied()), maybe: flow.maybe },
        }
    }

    /// Everybody who may have been kept out so far.
    fn denied(&self) -> Sources {
        self.fate.dropped.maybe.or(&self.fate.rejected.maybe)
    }

    fn chain(&mut self, table: &'a Table, base: &Base, name: &str, flow: Flow, depth: usize) -> After {
        let mut accepted = Flow::none();
        let mut back = Flow::none();
        let mut flow = flow;
        let Some(rules) = table.chains.get(name) else {
            self.note(format!("{} has no chain {name}", table.name));
            let lost = Flow { sure: Sources::none(), maybe: flow.maybe };
            return After { accepted: lost.clone(), through: lost };
        };
        if depth > MAX_DEPTH {
            self.note("chains lead to each other too often".into());
            let lost = Flow { sure: Sources::none(), maybe: flow.maybe };
            return After { accepted: lost.clone(), through: lost };
        }
        for rule in rules {
            if flow.is_none() {
                break;
            }
            let Some(met) = self.condition(rule) else {
                self.note("the rules are too many to follow".into());
                flow.sure = Sources::none();
                accepted.maybe = accepted.maybe.or(&flow.maybe);
                break;
            };
            let at = Flow { sure: flow.sure.and(&met.sure), maybe: flow.maybe.and(&met.maybe) };
            if at.is_none() {
                continue;
            }
            let rest = flow.without(&met);
            let After { accepted: more, through } =
                self.action(table, base, rule, &rule.action, at, &mut back, depth);
            accepted = accepted.or(&more);
            flow = rest.or(&through);
        }
        After { accepted, through: flow.or(&back) }
    }

    /// What an action does with those who meet its rule: who is past the base chain, and who goes on to the next rule.
    #[expect(clippy::too_many_arguments, reason = "where a rule stands is part of what it does")]
    fn action(
        &mut self,
        table: &'a Table,
        base: &Base,
        rule: &'a Rule,
        action: &'a Action,
        at: Flow,
        back: &mut Flow,
        depth: usize,
    ) -> After {
        let none = Flow::none;
        match action {
            Action::Next => After { accepted: none(), through: at },
            Action::Accept => {
                if base.hook == self.last && !base.is_nat {
                    self.name(&rule.shown);
                }
                After { accepted: at, through: none() }
            }
            Action::Drop | Action::Reject => {
                self.deny(&at, *action == Action::Reject, || rule.shown.clone());
                After { accepted: none(), through: none() }
            }
            Action::Return => {
                *back = back.or(&at);
                After { accepted: none(), through: none() }
            }
            Action::Jump(name) => self.chain(table, base, name, at, depth + 1),
            Action::Goto(name) => {
                let After { accepted, through } = self.chain(table, base, name, at, depth + 1);
                *back = back.or(&through);
                After { accepted, through: none() }
            }
            // A rule for both families passes by what has another one than its address (nft_nat.c of the kernel).
            Action::SendOn(to) if to.address.is_some_and(|to| Family::of(to) != self.packet.family) => {
                After { accepted: none(), through: at }
            }
            Action::SendOn(to) => {
                self.fate.sent_on.push(SentOn { to: *to, who: at, by: rule.shown.clone() });
                After { accepted: none(), through: none() }
            }
            Action::Elsewhere(what) => {
                // Where it ends is not known, and the rules that follow here may not be asked.
                self.note(what.clone());
                self.elsewhere = self.elsewhere.or(&at.maybe);
                After { accepted: none(), through: none() }
            }
            Action::Map(fields, pairs) => {
                let mut accepted = none();
                let mut through = none();
                let mut rest = at;
                for (values, action) in pairs {
                    let met = self.element(fields, values);
                    let here = rest.and(&met);
                    if here.is_none() {
                        continue;
                    }
                    rest = rest.without(&met);
                    let after = self.action(table, base, rule, action, here, back, depth);
                    accepted = accepted.or(&after.accepted);
                    through = through.or(&after.through);
                }
                After { accepted, through: through.or(&rest) }
            }
        }
    }

    fn deny(&mut self, who: &Flow, told: bool, by: impl FnOnce() -> String) {
        if who.is_none() {
            return;
        }
        let to = if told { &mut self.fate.rejected } else { &mut self.fate.dropped };
        *to = to.or(who);
        let by = by();
        self.name(&by);
    }

    fn name(&mut self, rule: &str) {
        if self.by.len() < MAX_REASONS && !self.by.iter().any(|known| known == rule) {
            self.by.push(rule.to_owned());
        }
    }

    fn note(&mut self, what: String) {
        self.unknown.insert(what);
    }

    /// For whom every condition of a rule holds; none where the limit on steps is reached.
    fn condition(&mut self, rule: &Rule) -> Option<Flow> {
        let mut all = Flow::all(self.packet.family);
        for one in &rule.matches {
            self.left = self.left.checked_sub(1)?;
            let met = match one {
                Match::Always => continue,
                Match::Never => return Some(Flow::none()),
                Match::Unknown(what) => {
                    self.note(what.clone());
                    Flow::unknown(self.packet.family)
                }
                Match::Is { fields, not, among } => {
                    self.left = self.left.checked_sub(among.len() / ELEMENTS)?;
                    let found = self.among(fields, among);
                    if *not { Flow::all(self.packet.family).without(&found) } else { found }
                }
            };
            all = all.and(&met);
            if all.is_none() {
                break;
            }
        }
        Some(all)
    }

    fn among(&mut self, fields: &[Field], among: &[Vec<Value>]) -> Flow {
        // Sets of thousands of addresses are put together at once.
        let (mut sure, mut maybe) = (Vec::new(), Flow::none());
        if let [Field::Source(family)] = fields {
            let is_read = *family == self.packet.family;
            for values in among {
                match values.as_slice() {
                    [Value::Range(first, last)] if is_read => sure.push((*first, *last)),
                    _ => maybe = maybe.or(&self.element(fields, values)),
                }
            }
            return Flow::exactly(Sources::of(sure)).or(&maybe);
        }
        among.iter().fold(Flow::none(), |all, values| all.or(&self.element(fields, values)))
    }

    /// For whom the fields are these values.
    fn element(&mut self, fields: &[Field], values: &[Value]) -> Flow {
        let mut all = Flow::all(self.packet.family);
        for (field, value) in fields.iter().zip(values) {
            all = all.and(&self.is(field, value));
            if all.is_none() {
                break;
            }
        }
        all
    }

    fn is(&mut self, field: &Field, value: &Value) -> Flow {
        let family = self.packet.family;
        let known = |yes: bool| if yes { Flow::all(family) } else { Flow::none() };
        let range = |found: u128| match value {
            Value::Range(first, last) => known((*first..=*last).contains(&found)),
            Value::Name(name) if name == "*" => known(true),
            Value::Name(_) | Value::Unread => Flow::unknown(family),
        };
        let named = |found: &str| match value {
            Value::Name(name) => known(matches(name, found)),
            Value::Range(..) | Value::Unread => Flow::unknown(family),
        };
        match field {
            Field::Source(of) if *of != family => Flow::none(),
            Field::Source(_) => match value {
                Value::Range(first, last) => Flow::exactly(Sources::of([(*first, *last)])),
                _ => self.unread("an address", family),
            },
            Field::Destination(of) if *of != family => Flow::none(),
            Field::Destination(_) => {
                let packet = self.packet;
                self.any_of(&packet.destinations, range)
            }
            Field::OriginalDestination(of) if *of != family => Flow::none(),
            Field::OriginalDestination(_) => {
                let packet = self.packet;
                let original = packet.original.as_ref();
                self.any_of(original.map_or(&packet.destinations, |was| &was.destinations), range)
            }
            Field::Port(Some(protocol)) if *protocol != self.packet.protocol => Flow::none(),
            Field::Port(_) => range(self.packet.port.into()),
            Field::OriginalPort => {
                range(self.packet.original.as_ref().map_or(self.packet.port, |was| was.port).into())
            }
            Field::Protocol => range(self.packet.protocol.into()),
            Field::Family => range(if family == Family::V4 { 2 } else { 10 }),
            Field::Interface => match value {
                Value::Range(..) | Value::Unread => self.unread("the number of an interface", family),
                Value::Name(_) => named(&self.packet.interface),
            },
            // Before its way is decided, and where that ends here, it leaves by none.
            Field::Out => match (value, self.packet.original.as_ref().map(|was| &was.leads)) {
                (Value::Range(..) | Value::Unread, _) => self.unread("the number of an interface", family),
                (_, Some(Leads::On(None))) if self.hook == Hook::Forward => {
                    self.unread("the interface that leads there", family)
                }
                (_, Some(Leads::On(Some(name)))) if self.hook == Hook::Forward => named(name),
                _ => named(""),
            },
            Field::DestinationType => match &self.packet.original {
                Some(Original { leads: Leads::On(_), .. }) => named("unicast"),
                _ => named("local"),
            },
            Field::Status => match value {
                Value::Name(name) if name == "dnat" => self.is_sent_on(),
                Value::Name(_) if !self.later => known(false),
                _ => self.unread("what became of a connection", family),
            },
            Field::State if self.ruleset.has_untracked => self.unread("packets that are not tracked", family),
            // iptables has two more, for connections whose addresses are changed.
            Field::State => match value {
                Value::Name(name) if name == "dnat" => self.is_sent_on(),
                Value::Name(name) if name == "snat" && self.later => self.unread("the state SNAT", family),
                _ => named(if self.later { "established" } else { "new" }),
            },
            Field::Told(found) => named(found),
            Field::RouteBack => range(1),
            // SYN alone, and later ACK; that which brings data may have PSH too.
            Field::Flags(mask) if !self.later => range((2 & mask).into()),
            Field::Flags(mask) => match mask & PSH {
                0 => range((ACK & mask).into()),
                _ => self.unread("the flag PSH", family),
            },
            Field::Mark if self.ruleset.has_marks => self.unread("marks", family),
            Field::Mark => range(0),
            Field::Other(what) => self.unread(what, family),
        }
    }

    /// Whether its connection is marked as one that was sent on.
    fn is_sent_on(&mut self) -> Flow {
        let family = self.packet.family;
        match self.packet.original.as_ref().map_or(Some(false), |was| was.differs) {
            Some(true) => Flow::all(family),
            Some(false) => Flow::none(),
            None => self.unread("whether a connection is marked as sent on", family),
        }
    }

    /// Whether the address that a packet is for is one; it may be any of several.
    fn any_of(&mut self, addresses: &[IpAddr], is: impl Fn(u128) -> Flow) -> Flow {
        let mut met: Vec<Flow> = addresses.iter().map(|at| is(number(*at))).collect();
        met.dedup();
        match met.as_slice() {
            [same] => same.clone(),
            _ => self.unread("the address of this computer that is asked for", self.packet.family),
        }
    }

    fn unread(&mut self, what: &str, family: Family) -> Flow {
        self.note(what.to_owned());
        Flow::unknown(family)
    }
}

/// A name, or the beginning of one with a star behind it.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(begin) => name.starts_with(begin),
        None => pattern == name,
    }
}
