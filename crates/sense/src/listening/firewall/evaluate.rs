//! What a ruleset does with the first packet of a connection to a socket of this computer, for every source address at
//! once.
//!
//! Two sets go along the rules: the sources whose packet surely gets there, and those whose packet may. A condition that
//! is not modelled moves sources from the first to the second alone, so that what is told as sure is so whatever it
//! means.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::rules::{Action, Base, Field, Hook, Match, Rule, Ruleset, Table, Value};
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
}

/// What becomes of a packet, and of those that follow it: a connection whose later packets are kept out is none.
pub(crate) fn evaluate(ruleset: &Ruleset, packet: &Packet) -> Fate {
    let mut fate = walk(ruleset, packet, false);
    // A datagram is one packet.
    if packet.protocol == TCP && !fate.accepted.is_none() {
        let later = walk(ruleset, packet, true);
        fate.accepted = fate.accepted.and(&later.accepted);
        let more = |mut all: Vec<String>, more: Vec<String>| {
            all.extend(more);
            let mut seen = BTreeSet::new();
            all.retain(|one| seen.insert(one.clone()));
            all.truncate(MAX_REASONS);
            all
        };
        fate.unknown = more(fate.unknown, later.unknown);
        // Rules that let later packets through decide nothing of who gets there.
        if !Flow::all(packet.family).without(&later.accepted).is_none() {
            fate.by = more(fate.by, later.by);
        }
    }
    // What is sent elsewhere may end here, whatever the rules of input say of later packets.
    fate.accepted.maybe = fate.accepted.maybe.or(&fate.elsewhere);
    fate
}

fn walk(ruleset: &Ruleset, packet: &Packet, later: bool) -> Fate {
    let none = Flow::none;
    let mut walk = Walk {
        ruleset,
        packet,
        later,
        left: MAX_STEPS,
        unknown: BTreeSet::new(),
        by: Vec::new(),
        elsewhere: Sources::none(),
        fate: Fate {
            accepted: none(),
            elsewhere: Sources::none(),
            rejected: none(),
            dropped: none(),
            by: Vec::new(),
            unknown: Vec::new(),
        },
    };
    let mut bases: Vec<(&Table, &Base)> = ruleset
        .tables
        .iter()
        .filter(|table| table.family.is_none_or(|family| family == packet.family))
        .flat_map(|table| table.bases.iter().map(move |base| (table, base)))
        // Addresses are changed by what the first packet met.
        .filter(|(_, base)| !later || !base.is_nat)
        .collect();
    bases.sort_by_key(|(_, base)| (base.hook, base.priority));
    let mut flow = Flow::all(packet.family);
    for (table, base) in bases {
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
                if base.hook == Hook::Input && !base.is_nat {
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
                let mut is: Vec<Flow> =
                    self.packet.destinations.iter().map(|at| range(number(*at))).collect();
                is.dedup();
                match is.as_slice() {
                    [same] => same.clone(),
                    _ => self.unread("the address of this computer that is asked for", family),
                }
            }
            Field::Port(Some(protocol)) if *protocol != self.packet.protocol => Flow::none(),
            Field::Port(_) => range(self.packet.port.into()),
            Field::Protocol => range(self.packet.protocol.into()),
            Field::Family => range(if family == Family::V4 { 2 } else { 10 }),
            Field::Interface => match value {
                Value::Range(..) | Value::Unread => self.unread("the number of an interface", family),
                Value::Name(_) => named(&self.packet.interface),
            },
            Field::State if self.ruleset.has_untracked => self.unread("packets that are not tracked", family),
            Field::State => named(if self.later { "established" } else { "new" }),
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
