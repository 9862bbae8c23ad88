//! Which ports a ruleset may send on to another place, so that each can be followed.

use std::collections::{BTreeSet, HashSet};
use std::net::IpAddr;

use super::rules::{Action, Field, Hook, Match, Rule, Ruleset, Table, Value};

/// Ports of one range that are followed one by one.
const MAX_RANGE: u128 = 128;

/// Ports that are followed in all.
const MAX_PORTS: usize = 2000;

/// Rules that are named because their ports are too many.
const MAX_NAMED: usize = 4;

/// What a ruleset may send on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Published {
    /// The ports.
    pub(crate) ports: BTreeSet<u16>,
    /// Where to, as far as addresses are named.
    pub(crate) targets: BTreeSet<IpAddr>,
    /// Rules that send on more ports than are followed.
    pub(crate) wide: Vec<String>,
}

/// Looks for them in the chains that change destinations.
pub(crate) fn published(ruleset: &Ruleset) -> Published {
    let mut out = Published::default();
    for table in &ruleset.tables {
        for base in table.bases.iter().filter(|base| base.is_nat && base.hook == Hook::Prerouting) {
            let mut search = Search { table, seen: HashSet::new(), out: &mut out };
            search.chain(&base.chain, false);
        }
    }
    out
}

struct Search<'a> {
    table: &'a Table,
    /// Chains that were gone through, each as it was come to: with a port named on the way, or without.
    seen: HashSet<(&'a str, bool)>,
    out: &'a mut Published,
}

impl<'a> Search<'a> {
    fn chain(&mut self, name: &'a str, has_port: bool) {
        if !self.seen.insert((name, has_port)) {
            return;
        }
        for rule in self.table.chains.get(name).into_iter().flatten() {
            let named = self.rule(rule);
            self.action(rule, &rule.action, has_port || named);
        }
    }

    /// The ports that a rule names; true where it does, and they are not too many.
    fn rule(&mut self, rule: &'a Rule) -> bool {
        let mut named = false;
        for one in &rule.matches {
            if let Match::Is { fields, not: false, among } = one
                && let Some(at) = port_in(fields)
            {
                let all: Vec<bool> = among.iter().map(|values| self.value(values.get(at))).collect();
                named |= all.into_iter().all(|few| few);
            }
        }
        named
    }

    fn value(&mut self, value: Option<&Value>) -> bool {
        let Some(Value::Range(first, last)) = value else { return false };
        if last - first >= MAX_RANGE || self.out.ports.len() >= MAX_PORTS {
            return false;
        }
        let port = |port: u128| u16::try_from(port).ok();
        self.out.ports.extend((*first..=*last).filter_map(port));
        true
    }

    fn action(&mut self, rule: &'a Rule, action: &'a Action, has_port: bool) {
        match action {
            Action::SendOn(to) => {
                self.out.targets.extend(to.address);
                if !has_port && self.out.wide.len() < MAX_NAMED && !self.out.wide.contains(&rule.shown) {
                    self.out.wide.push(rule.shown.clone());
                }
            }
            Action::Jump(name) | Action::Goto(name) => self.chain(name, has_port),
            Action::Map(fields, pairs) => {
                let at = port_in(fields);
                for (values, action) in pairs {
                    let named = at.is_some_and(|at| self.value(values.get(at)));
                    self.action(rule, action, has_port || named);
                }
            }
            _ => {}
        }
    }
}

/// Where the port stands among the fields of a condition.
fn port_in(fields: &[Field]) -> Option<usize> {
    fields.iter().position(|field| matches!(field, Field::Port(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listening::firewall::iptables;
    use crate::listening::sources::Family;

    fn of(rules: &str) -> Published {
        let text =
            format!("*nat\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:own - [0:0]\n{rules}COMMIT\n");
        published(&iptables::read(&text, Family::V4, "iptables"))
    }

    #[test]
    fn ports_are_found_along_the_way() {
        let found = of("-A PREROUTING -p tcp -m tcp --dport 8080:8082 -j own\n\
                        -A own -d 192.0.2.1/32 -j DNAT --to-destination 10.0.0.2:80\n\
                        -A PREROUTING -p tcp -m multiport --dports 25,587 -j DNAT --to-destination 10.0.0.3\n");
        assert_eq!(found.ports.into_iter().collect::<Vec<_>>(), [25, 587, 8080, 8081, 8082]);
        assert_eq!(found.targets.len(), 2);
        assert!(found.wide.is_empty(), "{:?}", found.wide);
    }

    #[test]
    fn too_many_are_named_by_their_rule() {
        let found = of("-A PREROUTING -i eth0 -j DNAT --to-destination 10.0.0.2\n\
                        -A PREROUTING -p tcp -m tcp --dport 1024:65535 -j DNAT --to-destination 10.0.0.3\n\
                        -A PREROUTING -p tcp -m tcp ! --dport 22 -j own\n\
                        -A own -j own\n\
                        -A OUTPUT -p tcp -m tcp --dport 99 -j DNAT --to-destination 10.0.0.9\n");
        assert!(found.ports.is_empty(), "{:?}", found.ports);
        assert_eq!((found.wide.len(), found.targets.len()), (2, 2));
    }
}
