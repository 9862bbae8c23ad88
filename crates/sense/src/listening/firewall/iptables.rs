//! Rules as `iptables-save` and `ip6tables-save` write them (iptables(8), iptables-extensions(8)).

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use super::rules::{Action, Base, Field, Hook, Match, Rule, Ruleset, Table, Target, Value};
use super::sources::{Family, number, prefix};

/// Words of one rule.
const MAX_WORDS: usize = 1000;

/// Reads the rules of one family. `by` is what the tables are called in an answer: `iptables`, `ip6tables`.
pub(crate) fn read(text: &str, family: Family, by: &str) -> Ruleset {
    let mut out = Ruleset::default();
    let mut table: Option<(String, Table)> = None;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('*') {
            let made = Table { name: format!("{by} {name}"), family: Some(family), ..Table::default() };
            table = Some((name.to_owned(), made));
        } else if line == "COMMIT" {
            out.tables.extend(table.take().map(|(_, table)| table));
        } else if let (Some(line), Some((kind, table))) = (line.strip_prefix(':'), table.as_mut()) {
            declare(line, kind, table);
        } else if let (true, Some((kind, table))) = (line.starts_with("-A "), table.as_mut()) {
            let words = words(line);
            if let [_, chain, rest @ ..] = words.as_slice() {
                let mut reader =
                    Reader { family, out: &mut out, matches: Vec::new(), recent: Recent::default() };
                let action = reader.rule(rest, &format!("{by} -t {kind} {line}"));
                let rule = Rule { matches: reader.matches, action, shown: format!("{by} -t {kind} {line}") };
                table.chains.entry(chain.clone()).or_default().push(rule);
            }
        }
    }
    out
}

/// `INPUT DROP [0:0]`.
fn declare(line: &str, kind: &str, table: &mut Table) {
    let mut words = line.split_whitespace();
    let (Some(name), policy) = (words.next(), words.next().unwrap_or_default()) else { return };
    table.chains.entry(name.to_owned()).or_default();
    let hook = match name {
        "PREROUTING" => Hook::Prerouting,
        "FORWARD" => Hook::Forward,
        "INPUT" => Hook::Input,
        _ => return,
    };
    // The priorities of the kernel (nf_ip_hook_priorities).
    let priority = match (kind, hook) {
        ("raw", _) => -300,
        ("mangle", _) => -150,
        ("nat", Hook::Prerouting) => -100,
        ("nat", _) => 100,
        ("security", _) => 50,
        _ => 0,
    };
    table.bases.push(Base {
        hook,
        priority,
        chain: name.to_owned(),
        policy: if policy == "DROP" { Action::Drop } else { Action::Accept },
        is_nat: kind == "nat",
        interfaces: Some(Vec::new()),
    });
}

/// What `-m recent` asks, which is several options.
#[derive(Default)]
struct Recent {
    seen: bool,
    not: bool,
    asks: bool,
}

struct Reader<'a> {
    family: Family,
    out: &'a mut Ruleset,
    matches: Vec<Match>,
    recent: Recent,
}

impl Reader<'_> {
    fn rule(&mut self, words: &[String], shown: &str) -> Action {
        let mut rest = words.iter().map(String::as_str);
        let mut not = false;
        let mut module = String::new();
        let mut action = Action::Next;
        while let Some(word) = rest.next() {
            match word {
                "!" => {
                    not = true;
                    continue;
                }
                "-m" => {
                    let name = rest.next().unwrap_or_default();
                    name.clone_into(&mut module);
                    if let Some(found) = self.module(name) {
                        self.matches.push(found);
                    }
                }
                "-j" | "-g" => {
                    let target = rest.next().unwrap_or_default();
                    let options: Vec<&str> = rest.by_ref().collect();
                    action = self.target(word == "-g", target, &options, shown);
                }
                _ => self.option(word, &module, not, &mut rest, shown),
            }
            not = false;
        }
        if self.recent.seen && self.recent.asks {
            // Nobody is on a list before a first packet.
            self.matches.push(if self.recent.not { Match::Always } else { Match::Never });
        }
        action
    }

    /// What the name of a module alone says. Those whose options are all read below say nothing.
    fn module(&mut self, name: &str) -> Option<Match> {
        match name {
            "tcp" | "udp" | "multiport" | "state" | "conntrack" | "addrtype" | "comment" | "limit"
            | "hashlimit" | "connlimit" | "iprange" | "pkttype" | "mark" | "connmark" | "rpfilter" => None,
            "recent" => {
                self.recent.seen = true;
                None
            }
            other => Some(Match::Unknown(format!("-m {other} of iptables"))),
        }
    }

    fn option<'w>(
        &mut self,
        word: &str,
        module: &str,
        not: bool,
        rest: &mut impl Iterator<Item = &'w str>,
        shown: &str,
    ) {
        let mut next = || rest.next().unwrap_or_default();
        let found = match (module, word) {
            (_, "-s") => Match::one(Field::Source(self.family), not, [network(next())]),
            (_, "-d") => Match::one(Field::Destination(self.family), not, [network(next())]),
            (_, "-i") => Match::one(Field::Interface, not, [interface(next())]),
            (_, "-p") => Match::one(Field::Protocol, not, [protocol(next())]),
            (_, "-o") => Match::one(Field::Out, not, [interface(next())]),
            (_, "-f") => {
                if not {
                    Match::Always
                } else {
                    Match::Never
                }
            }
            ("tcp" | "udp", "--dport") => Match::one(Field::Port(None), not, ports(next())),
            ("multiport", "--dports") => Match::one(Field::Port(None), not, ports(next())),
            ("tcp" | "udp" | "multiport", "--sport" | "--sports" | "--ports") => {
                next();
                Match::Unknown("source ports".into())
            }
            ("tcp", "--tcp-flags") => match (flags(next()), flags(next())) {
                (Some(mask), Some(bits)) => {
                    Match::one(Field::Flags(mask), not, [Value::Range(bits.into(), bits.into())])
                }
                _ => Match::Unknown("flags of TCP".into()),
            },
            // SYN without RST, ACK and FIN.
            ("tcp", "--syn") => Match::one(Field::Flags(0x17), not, [Value::Range(2, 2)]),
            ("state", "--state") | ("conntrack", "--ctstate") => {
                let names = next().split(',').map(|name| Value::Name(name.to_lowercase()));
                Match::one(Field::State, not, names)
            }
            ("conntrack", "--ctdir") => {
                Match::one(Field::Told("original"), not, [Value::Name(next().to_lowercase())])
            }
            ("conntrack", "--ctstatus") => {
                let names = next().split(',').map(status);
                Match::one(Field::Status, not, names)
            }
            ("conntrack", "--ctorigdstport") => Match::one(Field::OriginalPort, not, ports(next())),
            ("conntrack", "--ctorigdst") => {
                Match::one(Field::OriginalDestination(self.family), not, [network(next())])
            }
            ("conntrack", "--ctproto") => Match::one(Field::Protocol, not, [protocol(next())]),
            ("addrtype", "--dst-type") => {
                let names = next().split(',').map(|name| Value::Name(name.to_lowercase()));
                Match::one(Field::DestinationType, not, names)
            }
            // That the interface must be the one that the address is at.
            ("addrtype", "--limit-iface-in") => Match::Unknown("addrtype --limit-iface-in".into()),
            ("pkttype", "--pkt-type") => {
                let name = if next() == "unicast" { "host" } else { "other" };
                Match::one(Field::Told("host"), not, [Value::Name(name.into())])
            }
            ("iprange", "--src-range") => Match::one(Field::Source(self.family), not, [range(next())]),
            ("iprange", "--dst-range") => Match::one(Field::Destination(self.family), not, [range(next())]),
            ("mark" | "connmark", "--mark") => Match::one(Field::Mark, not, [mark(next())]),
            ("comment", "--comment") | ("limit", "--limit" | "--limit-burst") => {
                next();
                Match::Always
            }
            ("hashlimit", "--hashlimit-upto" | "--hashlimit") => {
                next();
                if not { Match::Never } else { Match::Always }
            }
            ("hashlimit", "--hashlimit-above") => {
                next();
                if not { Match::Always } else { Match::Never }
            }
            ("hashlimit", _) => {
                next();
                Match::Always
            }
            ("connlimit", "--connlimit-above") => {
                // The connection itself is the first.
                let is_over = next().parse::<u32>().is_ok_and(|most| most < 1);
                if is_over == not { Match::Never } else { Match::Always }
            }
            ("connlimit", "--connlimit-upto") => {
                let is_within = next().parse::<u32>().is_ok_and(|most| most >= 1);
                if is_within == not { Match::Never } else { Match::Always }
            }
            ("connlimit", "--connlimit-saddr" | "--connlimit-daddr") => Match::Always,
            ("connlimit", "--connlimit-mask") => {
                next();
                Match::Always
            }
            // A packet by the interface that leads back to its sender is what is asked about.
            ("rpfilter", "--invert") => {
                self.matches.push(Match::Never);
                return;
            }
            ("rpfilter", _) => Match::Always,
            ("recent", "--set") => Match::Always,
            ("recent", "--rcheck" | "--update" | "--remove") => {
                self.recent.asks = true;
                self.recent.not |= not;
                return;
            }
            ("recent", "--seconds" | "--hitcount" | "--name" | "--mask") => {
                next();
                return;
            }
            ("recent", _) => return,
            // The values of what is not known are not told from options, and add nothing.
            (_, word) if !word.starts_with('-') => return,
            (_, word) => Match::Unknown(format!("{word} in {shown}")),
        };
        self.matches.push(found);
    }

    fn target(&mut self, goto: bool, name: &str, options: &[&str], shown: &str) -> Action {
        match name {
            "ACCEPT" | "SNAT" | "MASQUERADE" => Action::Accept,
            "DROP" => Action::Drop,
            "REJECT" => Action::Reject,
            "RETURN" => Action::Return,
            "LOG" | "NFLOG" | "ULOG" | "AUDIT" | "TRACE" | "TCPMSS" | "CLASSIFY" | "DSCP" | "TOS" | "TTL"
            | "HL" | "CHECKSUM" | "SET" | "TCPOPTSTRIP" | "SECMARK" | "CONNSECMARK" | "RATEEST" | "LED" => {
                Action::Next
            }
            "MARK" | "CONNMARK" => {
                self.out.has_marks = true;
                Action::Next
            }
            "CT" | "NOTRACK" => {
                self.out.has_untracked |= name == "NOTRACK" || options.contains(&"--notrack");
                Action::Next
            }
            "DNAT" | "REDIRECT" => match sent_on(name, options) {
                Some(target) => Action::SendOn(target),
                None => Action::Elsewhere(shown.to_owned()),
            },
            "TPROXY" | "NETMAP" | "QUEUE" | "NFQUEUE" | "SYNPROXY" | "CLUSTERIP" | "TEE" => {
                Action::Elsewhere(shown.to_owned())
            }
            chain if goto => Action::Goto(chain.to_owned()),
            chain => Action::Jump(chain.to_owned()),
        }
    }
}

/// The words of a line; those in quotes may hold spaces.
fn words(line: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut letters = line.chars().peekable();
    while out.len() < MAX_WORDS {
        while letters.next_if(|letter| letter.is_whitespace()).is_some() {}
        let Some(first) = letters.next() else { break };
        let mut word = String::new();
        if first == '"' {
            while let Some(letter) = letters.next() {
                match letter {
                    '"' => break,
                    '\\' => word.extend(letters.next()),
                    letter => word.push(letter),
                }
            }
        } else {
            word.push(first);
            while let Some(letter) = letters.next_if(|letter| !letter.is_whitespace()) {
                word.push(letter);
            }
        }
        out.push(word);
    }
    out
}

/// The name of an interface. iptables writes a plus where nftables writes a star.
fn interface(name: &str) -> Value {
    Value::Name(name.strip_suffix('+').map_or(name.to_owned(), |begin| format!("{begin}*")))
}

/// The one place that DNAT and REDIRECT send connections on to; none where it is one of several.
fn sent_on(name: &str, options: &[&str]) -> Option<Target> {
    let value = |option: &str| {
        let at = options.iter().position(|word| *word == option)?;
        options.get(at + 1).copied()
    };
    match (name, value("--to-destination"), value("--to-ports")) {
        ("DNAT", Some(to), _) => target(to),
        ("REDIRECT", _, None) => Some(Target { address: None, port: None }),
        ("REDIRECT", _, Some(port)) => Some(Target { address: None, port: Some(port.parse().ok()?) }),
        _ => None,
    }
}

/// `10.0.0.2`, `10.0.0.2:80`, `:80`, `[fd00::2]:80`.
fn target(text: &str) -> Option<Target> {
    if let Ok(address) = text.trim_matches(['[', ']']).parse() {
        return Some(Target { address: Some(address), port: None });
    }
    if let Some(port) = text.strip_prefix(':') {
        return Some(Target { address: None, port: Some(port.parse().ok()?) });
    }
    let at: SocketAddr = text.parse().ok()?;
    Some(Target { address: Some(at.ip()), port: Some(at.port()) })
}

/// A status of a connection, by the name that nftables has for it.
fn status(name: &str) -> Value {
    Value::Name(match name {
        "SEEN_REPLY" => "seen-reply".into(),
        other => other.to_lowercase(),
    })
}

/// `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `10.0.0.1`.
fn network(text: &str) -> Value {
    let (address, length) = text.split_once('/').unwrap_or((text, ""));
    let Ok(address) = address.parse::<IpAddr>() else { return Value::Unread };
    let whole = if address.is_ipv4() { 32 } else { 128 };
    let length = match (length, length.parse::<IpAddr>()) {
        ("", _) => Some(whole),
        // A mask that is no prefix is not read.
        (_, Ok(mask)) => {
            let bits = if whole == 32 { number(mask) << 96 } else { number(mask) };
            let length = bits.leading_ones();
            (bits.checked_shl(length).unwrap_or_default() == 0).then_some(length)
        }
        (text, Err(_)) => text.parse().ok(),
    };
    match length.and_then(|length| prefix(address, length)) {
        Some((first, last)) => Value::Range(first, last),
        None => Value::Unread,
    }
}

/// `10.0.0.1-10.0.0.9`.
fn range(text: &str) -> Value {
    let ends = text.split_once('-').unwrap_or((text, text));
    match (ends.0.parse::<IpAddr>(), ends.1.parse::<IpAddr>()) {
        (Ok(first), Ok(last)) => Value::Range(number(first), number(last)),
        _ => Value::Unread,
    }
}

fn protocol(text: &str) -> Value {
    let number = match text {
        "tcp" => 6,
        "udp" => 17,
        "icmp" => 1,
        "icmpv6" | "ipv6-icmp" => 58,
        "all" | "0" => return Value::Range(0, 255),
        // A protocol by a name of /etc/protocols is neither TCP nor UDP.
        other => other.parse().unwrap_or(253),
    };
    Value::Range(number, number)
}

/// `22`, `80:90`, `22,80:90`.
fn ports(text: &str) -> Vec<Value> {
    let one = |text: &str| {
        let (first, last) = text.split_once(':').unwrap_or((text, text));
        match (first.parse::<u16>(), last.parse::<u16>()) {
            (Ok(first), Ok(last)) => Value::Range(first.into(), last.into()),
            _ => Value::Unread,
        }
    };
    text.split(',').map(one).collect()
}

fn flags(text: &str) -> Option<u8> {
    text.split(',').try_fold(0, |bits, name| {
        let bit = match name {
            "FIN" => 1,
            "SYN" => 2,
            "RST" => 4,
            "PSH" => 8,
            "ACK" => 16,
            "URG" => 32,
            "ALL" => 63,
            "NONE" => 0,
            _ => return None,
        };
        Some(bits | bit)
    })
}

/// `0x1/0xff`: what is compared under a mask is not read.
fn mark(text: &str) -> Value {
    let (value, mask) = text.split_once('/').unwrap_or((text, ""));
    let value = match value.strip_prefix("0x") {
        Some(hex) => u128::from_str_radix(hex, 16).ok(),
        None => value.parse().ok(),
    };
    // Without any mark, what is under a mask is 0 as well.
    match value {
        Some(value) if mask.is_empty() || value == 0 || mask.starts_with("0x") => Value::Range(value, value),
        _ => Value::Unread,
    }
}

/// Puts what iptables says of its own tables in the place of what nft says of them, which names extensions without their
/// meaning.
pub(crate) fn replace(ruleset: &mut Ruleset, own: Ruleset) {
    let names: HashMap<&str, &str> = own
        .tables
        .iter()
        .filter_map(|table| table.name.split_once(' '))
        .map(|(by, name)| (name, if by == "iptables" { "ip" } else { "ip6" }))
        .collect();
    ruleset.tables.retain(|table| match table.name.split_once(' ') {
        Some((family, name)) => names.get(name) != Some(&family),
        None => true,
    });
    add(ruleset, own);
}

/// Adds rules that stand beside the others.
pub(crate) fn add(ruleset: &mut Ruleset, more: Ruleset) {
    ruleset.tables.extend(more.tables);
    ruleset.has_marks |= more.has_marks;
    ruleset.has_untracked |= more.has_untracked;
}
