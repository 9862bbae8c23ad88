//! The rules of one file: `daemons : clients : options`.

use super::lines::{self, End};
use super::options::{Effect, effect};
use super::text::split_at;

/// The patterns between one `EXCEPT` and the next: `a b EXCEPT c` are two of them.
pub(super) type Groups = Vec<Vec<String>>;

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    /// The number of its line.
    pub(super) line: usize,
    pub(super) daemons: Groups,
    pub(super) clients: Groups,
    pub(super) effect: Effect,
}

/// One of the two files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) rules: Vec<Rule>,
    pub(super) end: End,
}

impl Table {
    /// A file that is not there.
    pub(super) fn none() -> Table {
        Table { rules: Vec::new(), end: End::Whole }
    }

    /// True where nothing in it can decide anything.
    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.end == End::Whole
    }

    pub(super) fn read(bytes: &[u8]) -> Table {
        let (lines, end) = lines::read(bytes);
        let rules = lines.iter().filter_map(|line| {
            // A comment begins with its first character, and blanks before it make it a rule.
            if line.text.starts_with('#') {
                return None;
            }
            let (daemons, rest) = split_at(&line.text, ':')?;
            let (clients, effect) = match split_at(rest, ':') {
                Some((clients, options)) => (clients, effect(options)),
                None => (rest, Effect::File),
            };
            Some(Rule { line: line.number, daemons: lists(daemons), clients: lists(clients), effect })
        });
        Table { rules: rules.collect(), end }
    }
}

fn lists(text: &str) -> Groups {
    let mut all: Groups = vec![Vec::new()];
    let words = text.split([',', ' ', '\t', '\r', '\n']).filter(|word| !word.is_empty());
    for word in words {
        if word.eq_ignore_ascii_case("EXCEPT") {
            all.push(Vec::new());
        } else if let Some(list) = all.last_mut() {
            list.push(word.to_owned());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_taken_apart() {
        let text = "# sshd: ALL\n # x: y\nno colon\nsshd,vsftpd EXCEPT a: 10. , [::1]/128 except 10.1. EXCEPT 10.1.1.: allow\n\n";
        let table = Table::read(text.as_bytes());
        assert_eq!(table.rules.len(), 2);
        assert_eq!(table.rules[0].daemons, [["#", "x"]], "a blank before it makes it a rule");
        let rule = &table.rules[1];
        assert_eq!((rule.line, &rule.effect), (4, &Effect::Allow));
        assert_eq!(rule.daemons, [vec!["sshd", "vsftpd"], vec!["a"]]);
        assert_eq!(rule.clients, [vec!["10.", "[::1]/128"], vec!["10.1."], vec!["10.1.1."]]);
        assert!(Table::read(b"# nothing\n\n").is_empty());
        assert!(!Table::read(b"ALL: ALL").is_empty(), "its line has no end, which counts");
    }

    #[test]
    fn an_address_of_ipv6_needs_brackets() {
        let table = Table::read(b"sshd: 2001:db8::1\n");
        assert_eq!(table.rules[0].clients, [["2001"]]);
        assert_eq!(table.rules[0].effect, Effect::Deny, "what follows is no option");
    }
}
