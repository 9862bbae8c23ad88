//! Whom the two files let in, for every source address at once.
//!
//! Who surely matches a rule is gone from those who go on; who may match it goes on too. So at the end there are those who
//! may have been let in and those who may have been kept out, and whoever is not among the second is let in surely,
//! whatever the names of hosts and users are.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::glob;
use super::hosts::{Lists, Unknown, host, own};
use super::lines::End;
use super::options::Effect;
use super::rules::{Groups, Rule, Table};
use super::text::{is_number, split_host};
use crate::listening::sources::{Family, Flow, Sources};

/// Patterns that are looked at for one answer.
const MAX_STEPS: usize = 400_000;

/// Ranges of a set that count as much as a pattern, where it is gone through.
const RANGES: usize = 100;

/// What a pattern counts whose addresses are to be searched for.
const SEARCH: usize = 100;

/// Lists that name each other.
const MAX_DEPTH: usize = 8;

/// Reasons that are kept for one answer.
const MAX_REASONS: usize = 6;

/// The two files, and the lists of hosts that they name.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    pub(super) allow: Result<Table, String>,
    pub(super) deny: Result<Table, String>,
    pub(super) lists: BTreeMap<String, List>,
}

/// A list of hosts in a file of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum List {
    /// It is not there: it matches nobody.
    None,
    /// It could not be read, which is said here.
    Unread(String),
    /// Its patterns.
    Patterns(Vec<String>),
}

/// Where a program has the port and the address from that it asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Told {
    /// From the connection.
    Connection,
    /// It asks with the client's address alone (hosts_ctl(3)).
    ClientAlone,
    /// That is not known.
    Unknown,
}

/// A program that asks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Asker {
    /// Its name, where that is known.
    pub(crate) daemon: Option<String>,
    /// What it tells beside the client's address.
    pub(crate) told: Told,
    /// Its port.
    pub(crate) port: u16,
    /// The addresses of this computer that it may be asked at; empty where they are not known.
    pub(crate) destinations: Vec<IpAddr>,
}

/// What comes of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Who is let in.
    pub(crate) granted: Flow,
    /// The lines that decide, the first few.
    pub(crate) by: Vec<String>,
    /// What is not known and had a part in it, the first few.
    pub(crate) unknown: Vec<String>,
}

/// Asks for every address of a family.
pub(crate) fn evaluate(files: &Files, asker: &Asker, family: Family) -> Answer {
    let mut asking = Asking {
        files,
        asker,
        family,
        lists: BTreeMap::new(),
        depth: 0,
        left: MAX_STEPS,
        here: Sources::all(family),
        granted: Sources::none(),
        denied: Sources::none(),
        by: Vec::new(),
        unknown: Unknown::new(),
    };
    asking.table(&files.allow, "/etc/hosts.allow", true);
    asking.table(&files.deny, "/etc/hosts.deny", false);
    // Whom no rule names is let in.
    let granted = asking.granted.or(&asking.here);
    let all = Sources::all(family);
    Answer {
        granted: Flow { sure: all.without(&asking.denied), maybe: granted },
        by: asking.by,
        unknown: asking.unknown.into_iter().take(MAX_REASONS).collect(),
    }
}

struct Asking<'a> {
    files: &'a Files,
    asker: &'a Asker,
    family: Family,
    /// For whom the lists that were asked hold, and what that rests on; none for one that is being asked.
    lists: BTreeMap<String, Option<(Flow, Unknown)>>,
    depth: usize,
    left: usize,
    /// Those whom no rule has surely decided on.
    here: Sources,
    /// Those who may have been let in.
    granted: Sources,
    /// Those who may have been kept out.
    denied: Sources,
    by: Vec<String>,
    unknown: Unknown,
}

/// Rules that follow each other and decide the same: long lists of addresses that are kept out are one.
struct Run<'a> {
    effect: &'a Effect,
    first: usize,
    last: usize,
    met: Flow,
    /// Addresses that surely match, to be put together at once.
    exact: Vec<Sources>,
}

impl Asking<'_> {
    fn table(&mut self, table: &Result<Table, String>, path: &str, is_allow: bool) {
        let table = match table {
            Ok(table) => table,
            Err(why) => {
                self.unknown.insert(why.clone());
                return self.undecided();
            }
        };
        let mut run: Option<Run<'_>> = None;
        for rule in &table.rules {
            if self.here.is_none() {
                break;
            }
            let size = 1 + rule.daemons.iter().chain(&rule.clients).map(Vec::len).sum::<usize>();
            let cost = size + self.here.ranges() / RANGES;
            let Some(left) = self.left.checked_sub(cost) else {
                self.unknown.insert(format!("{path} has more rules than are followed"));
                self.flush(run.take(), path, is_allow);
                return self.undecided();
            };
            self.left = left;
            let met = self.rule(rule);
            if met.is_none() {
                continue;
            }
            if run.as_ref().is_some_and(|run| *run.effect != rule.effect) {
                self.flush(run.take(), path, is_allow);
            }
            let run = run.get_or_insert_with(|| Run {
                effect: &rule.effect,
                first: rule.line,
                last: rule.line,
                met: Flow::none(),
                exact: Vec::new(),
            });
            run.last = rule.line;
            match met.sure == met.maybe {
                true => run.exact.push(met.sure),
                false => run.met = run.met.or(&met),
            }
        }
        self.flush(run.take(), path, is_allow);
        match table.end {
            End::Whole => {}
            // A last line without an end in hosts.allow is none to any version.
            End::Broken { is_last: true, .. } if is_allow => {}
            End::Broken { number, what, .. } => {
                if !self.here.is_none() {
                    let reason = format!(
                        "{path} line {number}: {what}, of which versions of libwrap make different things"
                    );
                    self.unknown.insert(reason);
                }
                self.undecided();
            }
        }
    }

    /// Whoever is still here may be let in or kept out.
    fn undecided(&mut self) {
        self.granted = self.granted.or(&self.here);
        self.denied = self.denied.or(&self.here);
    }

    fn flush(&mut self, run: Option<Run<'_>>, path: &str, is_allow: bool) {
        let Some(Run { effect, first, last, met, exact }) = run else { return };
        let met = met.or(&Flow::exactly(Sources::union(exact)));
        let at = self.here.and(&met.maybe);
        if at.is_none() {
            return;
        }
        self.here = self.here.without(&met.sure);
        let (lets_in, keeps_out) = match effect {
            Effect::File => (is_allow, !is_allow),
            Effect::Allow => (true, false),
            Effect::Deny => (false, true),
            Effect::Unsure(what) => {
                self.unknown.insert((*what).to_owned());
                (true, true)
            }
        };
        if lets_in {
            self.granted = self.granted.or(&at);
        }
        if keeps_out {
            self.denied = self.denied.or(&at);
        }
        if self.by.len() < MAX_REASONS {
            self.by.push(match first == last {
                true => format!("{path} line {first}"),
                false => format!("{path} lines {first} to {last}"),
            });
        }
    }

    /// For whom a rule holds.
    fn rule(&mut self, rule: &Rule) -> Flow {
        // What a rule for another program rests on is of no interest.
        let before = std::mem::take(&mut self.unknown);
        let mut met = self.groups(&rule.daemons, |asking, pattern| asking.daemon(pattern));
        if !met.is_none() {
            met = met.and(&self.groups(&rule.clients, |asking, pattern| asking.client(pattern)));
        }
        let is_met = !self.here.and(&met.maybe).is_none();
        let more = std::mem::replace(&mut self.unknown, before);
        if !is_met {
            return Flow::none();
        }
        if self.unknown.len() < MAX_REASONS {
            self.unknown.extend(more.into_iter().take(MAX_REASONS));
        }
        met
    }

    /// `a EXCEPT b EXCEPT c` is a EXCEPT (b EXCEPT c).
    fn groups(&mut self, groups: &Groups, mut one: impl FnMut(&mut Self, &str) -> Flow) -> Flow {
        let mut all = Flow::none();
        for (index, group) in groups.iter().enumerate().rev() {
            let mut found = Flow::none();
            for pattern in group {
                found = found.or(&one(self, pattern));
            }
            all = if index + 1 == groups.len() { found } else { found.without(&all) };
        }
        all
    }

    /// What is the same for every source.
    fn known(&self, known: Option<bool>) -> Flow {
        match known {
            Some(true) => Flow::all(self.family),
            Some(false) => Flow::none(),
            None => Flow::unknown(self.family),
        }
    }

    /// Whether a pattern of programs means this one.
    fn daemon(&mut self, pattern: &str) -> Flow {
        let (name, at) = match split_host(pattern) {
            Some((name, host)) => (name, Some(host)),
            None => (pattern, None),
        };
        let is_it = match port(name) {
            Some(port) => match self.asker.told {
                Told::Connection => Some(port == self.asker.port),
                Told::ClientAlone => Some(false),
                Told::Unknown => {
                    self.unknown.insert("whether the program says at which port it was asked".into());
                    None
                }
            },
            None => match &self.asker.daemon {
                Some(daemon) => Some(string(name, daemon)),
                None if glob::is_everything(name) || name.eq_ignore_ascii_case("ALL") => Some(true),
                None => {
                    self.unknown.insert("the name by which the program asks".into());
                    None
                }
            },
        };
        let here = self.known(is_it);
        match at {
            Some(at) if !here.is_none() => {
                let own = self.own(at);
                here.and(&self.known(own))
            }
            _ => here,
        }
    }

    /// Whether a pattern of hosts means this computer, at every address that it may be asked at.
    fn own(&mut self, pattern: &str) -> Option<bool> {
        if glob::is_everything(pattern) || pattern.eq_ignore_ascii_case("ALL") {
            return Some(true);
        }
        let is_told = self.asker.told == Told::Connection;
        let destinations = if is_told { self.asker.destinations.clone() } else { Vec::new() };
        let mut unknown = std::mem::take(&mut self.unknown);
        let mut found: Vec<Option<bool>> =
            destinations.iter().map(|address| own(pattern, *address, self, &mut unknown)).collect();
        self.unknown = unknown;
        found.dedup();
        match found.as_slice() {
            [Some(is)] => Some(*is),
            _ => {
                self.unknown.insert("the address of this computer that is asked for".into());
                None
            }
        }
    }

    /// For which sources a pattern of clients holds.
    fn client(&mut self, pattern: &str) -> Flow {
        let (user, pattern) = match split_host(pattern) {
            Some((user, host)) => (Some(user), host),
            None => (None, pattern),
        };
        let mut unknown = std::mem::take(&mut self.unknown);
        let mut found = host(pattern, self.family, self, &mut unknown);
        if let Some(user) = user
            && !(glob::is_everything(user) || user.eq_ignore_ascii_case("ALL"))
            && !found.is_none()
        {
            unknown.insert(format!("the users of other computers ({user})"));
            found.sure = Sources::none();
        }
        self.unknown = unknown;
        self.spend(pattern, &found);
        found
    }

    /// What a pattern took, and what is kept of it.
    fn spend(&mut self, pattern: &str, found: &Flow) {
        let search = if pattern.contains(['*', '?']) || pattern.starts_with('.') { SEARCH } else { 0 };
        let kept = (found.sure.ranges() + found.maybe.ranges()) / 4;
        self.left = self.left.saturating_sub(search + kept);
    }
}

impl Lists for Asking<'_> {
    fn list(&mut self, path: &str, family: Family, unknown: &mut Unknown) -> Flow {
        // What is asked for an address of this computer is of its family.
        let key = format!("{family:?} {path}");
        if let Some(Some((known, why))) = self.lists.get(&key) {
            unknown.extend(why.iter().cloned());
            return known.clone();
        }
        let patterns = match self.files.lists.get(path) {
            Some(List::Patterns(patterns)) if !self.lists.contains_key(&key) && self.depth < MAX_DEPTH => {
                patterns
            }
            Some(List::None) => return Flow::none(),
            Some(List::Unread(why)) => {
                unknown.insert(why.clone());
                return Flow::unknown(family);
            }
            _ => {
                unknown.insert(format!("{path}, which leads to too many other lists"));
                return Flow::unknown(family);
            }
        };
        self.lists.insert(key.clone(), None);
        self.depth += 1;
        let mut exact = Vec::new();
        let mut found = Flow::none();
        let mut why = Unknown::new();
        for pattern in patterns {
            let Some(left) = self.left.checked_sub(1) else {
                why.insert(format!("{path} has more patterns than are followed"));
                found = Flow::unknown(family);
                break;
            };
            self.left = left;
            let met = host(pattern, family, self, &mut why);
            self.spend(pattern, &met);
            match met.sure == met.maybe {
                true => exact.push(met.sure),
                false => found = found.or(&met),
            }
            while why.len() > MAX_REASONS {
                why.pop_last();
            }
        }
        let found = found.or(&Flow::exactly(Sources::union(exact)));
        self.depth -= 1;
        unknown.extend(why.iter().cloned());
        self.lists.insert(key, Some((found.clone(), why)));
        found
    }
}

/// The port that a pattern of programs is, where it is one.
fn port(pattern: &str) -> Option<u16> {
    let digits = pattern.strip_prefix('+').unwrap_or(pattern);
    (is_number(digits) && digits.chars().all(|digit| digit.is_ascii_digit())).then(|| digits.parse().ok())?
}

/// Whether a pattern means a name.
fn string(pattern: &str, name: &str) -> bool {
    let begins =
        |text: &str, with: &str| text.get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with));
    if pattern.contains(['*', '?']) {
        return glob::matches(pattern, name);
    }
    if pattern.starts_with('.') {
        let rest = name.len().checked_sub(pattern.len()).filter(|rest| *rest > 0);
        return rest.and_then(|rest| name.get(rest..)).is_some_and(|end| end.eq_ignore_ascii_case(pattern));
    }
    match pattern.to_ascii_uppercase().as_str() {
        "ALL" => true,
        "KNOWN" => !name.eq_ignore_ascii_case("unknown"),
        _ if pattern.ends_with('.') => begins(name, pattern),
        _ => pattern.eq_ignore_ascii_case(name),
    }
}
