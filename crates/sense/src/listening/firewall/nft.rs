//! The ruleset of nftables in JSON, as `nft -j list ruleset` writes it (libnftables-json(5)).

use std::collections::HashMap;
use std::net::IpAddr;

use serde_json::Value as Json;

use super::rules::{Action, Base, Field, Hook, Match, Rule, Ruleset, Table, Target, Value};
use super::sources::{Family, number, prefix};

/// Elements of sets in all. More than this, and the rest is not known.
const MAX_ELEMENTS: usize = 1_000_000;

/// Numbers of protocols by the names that nft writes.
const PROTOCOLS: [(&str, u128); 10] = [
    ("tcp", 6),
    ("udp", 17),
    ("icmp", 1),
    ("icmpv6", 58),
    ("ipv6-icmp", 58),
    ("udplite", 136),
    ("sctp", 132),
    ("dccp", 33),
    ("esp", 50),
    ("ah", 51),
];

/// A number of a protocol that nothing has (RFC 3692).
const NO_PROTOCOL: u128 = 253;

/// Reads it; none where the text is not of this form.
pub(crate) fn read(text: &str) -> Option<Ruleset> {
    let json: Json = serde_json::from_str(text).ok()?;
    let all = json.get("nftables")?.as_array()?;
    let mut reader = Reader { sets: HashMap::new(), left: MAX_ELEMENTS, out: Ruleset::default() };
    for (kind, of) in all.iter().filter_map(entry) {
        if matches!(kind, "set" | "map") {
            let elements = of.get("elem").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
            reader.sets.insert(key(of, text_of(of, "name")), elements);
        }
    }
    let mut tables: Vec<(String, Table)> = Vec::new();
    for (kind, of) in all.iter().filter_map(entry) {
        match kind {
            "table" => {
                let (family, name) = (text_of(of, "family"), text_of(of, "name"));
                // A table that is switched off (its flag is dormant) has no effect.
                let is_off = of.get("flags").is_some_and(|flags| words(flags).contains(&"dormant"));
                if is_off || family == "arp" {
                    continue;
                }
                let table = Table {
                    name: format!("{family} {name}"),
                    family: match family {
                        "ip" => Some(Family::V4),
                        "ip6" => Some(Family::V6),
                        _ => None,
                    },
                    ..Table::default()
                };
                tables.push((table.name.clone(), table));
            }
            "chain" => reader.chain(of, &mut tables),
            "rule" => reader.rule(of, &mut tables),
            _ => {}
        }
    }
    reader.out.tables = tables.into_iter().map(|(_, table)| table).collect();
    Some(reader.out)
}

struct Reader<'a> {
    sets: HashMap<String, &'a [Json]>,
    left: usize,
    out: Ruleset,
}

/// A field, and what a packet must be to have it.
type Asked = (Vec<Field>, Vec<Match>);

impl<'a> Reader<'a> {
    fn chain(&mut self, of: &Json, tables: &mut [(String, Table)]) {
        let Some(table) = table_of(of, tables) else { return };
        let name = text_of(of, "name").to_owned();
        table.chains.entry(name.clone()).or_default();
        let hook = match text_of(of, "hook") {
            "ingress" => Hook::Ingress,
            "prerouting" => Hook::Prerouting,
            "forward" => Hook::Forward,
            "input" => Hook::Input,
            _ => return,
        };
        if text_of(of, "family") == "bridge" {
            self.out.has_bridge = true;
            return;
        }
        // Of a chain at an interface, nft 1.0.6 does not say at which.
        let interfaces = match (hook, of.get("dev")) {
            (Hook::Ingress, None) => None,
            (_, Some(names)) => Some(words(names).into_iter().map(str::to_owned).collect()),
            _ => Some(Vec::new()),
        };
        table.bases.push(Base {
            hook,
            priority: of.get("prio").and_then(Json::as_i64).unwrap_or_default(),
            chain: name,
            policy: if text_of(of, "policy") == "drop" { Action::Drop } else { Action::Accept },
            is_nat: text_of(of, "type") == "nat",
            interfaces,
        });
    }

    fn rule(&mut self, of: &'a Json, tables: &mut [(String, Table)]) {
        let handle = of.get("handle").and_then(Json::as_u64).unwrap_or_default();
        let chain = text_of(of, "chain");
        let (family, name) = (text_of(of, "family"), text_of(of, "table"));
        let shown = format!("nftables {family} {name} {chain}, rule {handle}");
        let mut rule = Rule { matches: Vec::new(), action: Action::Next, shown };
        let mut decided = false;
        for statement in of.get("expr").and_then(Json::as_array).into_iter().flatten() {
            // What follows a verdict has no effect.
            if !decided && let Some((kind, body)) = entry(statement) {
                decided = self.statement(kind, body, of, &mut rule);
            }
        }
        if let Some(table) = table_of(of, tables) {
            table.chains.entry(chain.to_owned()).or_default().push(rule);
        }
    }

    /// One statement of a rule; true where it is a verdict.
    fn statement(&mut self, kind: &str, body: &'a Json, of: &Json, rule: &mut Rule) -> bool {
        match kind {
            "match" => rule.matches.extend(self.condition(body, of)),
            "limit" | "ct count" => rule.matches.push(limit(kind, body)),
            "quota" => rule.matches.push(Match::Unknown("a quota".into())),
            // A set or meter that is added to may ask for a rate of its own.
            "set" | "meter" => {
                let inner = match body.get("stmt") {
                    Some(Json::Array(all)) => all.iter().collect(),
                    Some(one) => vec![one],
                    None => Vec::new(),
                };
                for (kind, body) in inner.into_iter().filter_map(entry) {
                    rule.matches.push(limit(kind, body));
                }
            }
            "vmap" => {
                let (fields, needs) = self.fields(body.get("key"));
                let elements = self.elements(body.get("data"), of);
                let pairs = elements.iter().filter_map(|pair| {
                    let [key, verdict] = pair.as_array()?.as_slice() else { return None };
                    let (kind, body) = entry(verdict)?;
                    Some((values(&fields, key), verdict_of(kind, body)?))
                });
                let mut pairs: Vec<_> = pairs.collect();
                // What stands for all others comes last.
                pairs.sort_by_key(|(key, _)| key.contains(&Value::Name("*".into())));
                rule.matches.extend(needs);
                rule.action = Action::Map(fields, pairs);
                return true;
            }
            "mangle" => {
                let key = body.get("key").and_then(|key| key.get("meta").or_else(|| key.get("ct")));
                self.out.has_marks |= key.is_some_and(|key| text_of(key, "key") == "mark");
            }
            "notrack" => self.out.has_untracked = true,
            "dnat" | "redirect" => {
                let (action, needs) = self.sent_on(kind, body, of, &rule.shown);
                rule.action = action;
                rule.matches.extend(needs);
                return true;
            }
            "tproxy" | "fwd" | "queue" | "synproxy" => {
                rule.action = Action::Elsewhere(format!("{}: {kind}", rule.shown));
                return true;
            }
            "xt" => {
                let name = text_of(body, "name");
                let what = format!(
                    "{}: {} of iptables",
                    rule.shown,
                    if name.is_empty() { "an extension" } else { name }
                );
                if text_of(body, "type") == "target" {
                    rule.action = Action::Elsewhere(what);
                    return true;
                }
                // Where it does not say which of the two it is, a verdict that follows says so.
                if text_of(body, "type").is_empty() {
                    rule.action = Action::Elsewhere(what.clone());
                }
                rule.matches.push(Match::Unknown(what));
            }
            // They end nat's own chain, and decide nothing else.
            "snat" | "masquerade" => {
                rule.action = Action::Accept;
                return true;
            }
            // They change nothing of who gets through.
            "counter" | "log" | "dup" | "ct helper" | "ct timeout" | "ct expectation" | "secmark"
            | "reset" | "flow" | "last" | "comment" => {}
            _ => match verdict_of(kind, body) {
                Some(action) => {
                    rule.action = action;
                    return true;
                }
                None => rule.matches.push(Match::Unknown(format!("{}: {kind}", rule.shown))),
            },
        }
        false
    }

    /// Where `dnat` and `redirect` send connections on to, and what else a packet must be for that.
    fn sent_on(&mut self, kind: &str, body: &'a Json, of: &Json, shown: &str) -> (Action, Vec<Match>) {
        let elsewhere = || Action::Elsewhere(format!("{shown}: {kind}"));
        let map = body.get("addr").and_then(|address| address.get("map"));
        let Some(map) = map else {
            let target = target(body.get("addr"), body.get("port"));
            return (target.map_or_else(elsewhere, Action::SendOn), Vec::new());
        };
        let (fields, needs) = self.fields(map.get("key"));
        let elements = self.elements(map.get("data"), of);
        let pairs = elements.iter().map(|pair| {
            let [key, to] = pair.as_array()?.as_slice() else { return None };
            let target = match to.get("concat").and_then(Json::as_array).map(Vec::as_slice) {
                Some([address, port]) => target(Some(address), Some(port)),
                Some(_) => None,
                None => target(Some(to), body.get("port")),
            };
            Some((values(&fields, key), target.map_or_else(elsewhere, Action::SendOn)))
        });
        match pairs.collect() {
            Some(pairs) => (Action::Map(fields, pairs), needs),
            None => (elsewhere(), needs),
        }
    }

    fn condition(&mut self, body: &'a Json, of: &Json) -> Vec<Match> {
        let (fields, mut needs) = self.fields(body.get("left"));
        let op = text_of(body, "op");
        let Some(right) = body.get("right") else { return needs };
        let found = match (fields.as_slice(), op) {
            // All bits of it at once are compared.
            ([Field::Status], "==" | "!=") => Match::Unknown("all that became of a connection".into()),
            ([Field::Flags(mask)], _) => flags(*mask, op, right),
            (_, "<" | ">" | "<=" | ">=") => {
                let value = right.as_u64().map(u128::from);
                let range = value.and_then(|value| {
                    Some(match op {
                        "<" => Value::Range(0, value.checked_sub(1)?),
                        "<=" => Value::Range(0, value),
                        ">" => Value::Range(value.checked_add(1)?, u128::MAX),
                        _ => Value::Range(value, u128::MAX),
                    })
                });
                Match::Is { fields, not: false, among: vec![vec![range.unwrap_or(Value::Unread)]] }
            }
            _ => {
                let single;
                let elements: &[Json] = match right {
                    Json::String(name) if name.starts_with('@') => self.elements(Some(right), of),
                    Json::Object(map) if map.contains_key("set") => self.elements(Some(right), of),
                    // Several names of bits.
                    Json::Array(all) => all,
                    one => {
                        single = [one.clone()];
                        &single
                    }
                };
                let among = elements.iter().map(|one| values(&fields, one)).collect();
                Match::Is { fields, not: op == "!=", among }
            }
        };
        needs.push(found);
        needs
    }

    /// The elements of a set that is written out, or of one that has a name.
    fn elements(&mut self, of: Option<&'a Json>, rule: &Json) -> &'a [Json] {
        let found = match of {
            Some(Json::String(name)) => {
                let name = name.trim_start_matches('@');
                self.sets.get(&key(rule, name)).copied()
            }
            Some(Json::Object(map)) => map.get("set").and_then(Json::as_array).map(Vec::as_slice),
            _ => None,
        };
        let found = found.unwrap_or_default();
        match self.left.checked_sub(found.len()) {
            Some(left) => {
                self.left = left;
                found
            }
            // One element that cannot be read stands for them.
            None => &TOO_MANY,
        }
    }

    fn fields(&self, of: Option<&Json>) -> Asked {
        let unknown = || (vec![Field::Other("something that is not known".into())], Vec::new());
        let Some((kind, body)) = of.and_then(entry) else { return unknown() };
        match kind {
            "concat" => {
                let mut all = (Vec::new(), Vec::new());
                for one in body.as_array().into_iter().flatten() {
                    let (fields, needs) = self.fields(Some(one));
                    all.0.extend(fields);
                    all.1.extend(needs);
                }
                all
            }
            "payload" => payload(text_of(body, "protocol"), text_of(body, "field")),
            "meta" => (vec![meta(text_of(body, "key"))], Vec::new()),
            "ct" => {
                let field = match text_of(body, "key") {
                    "state" => Field::State,
                    "status" => Field::Status,
                    // Packets of the client's direction are what is asked about.
                    "proto-dst" if text_of(body, "dir") == "original" => Field::OriginalPort,
                    "daddr" if text_of(body, "dir") == "original" => match text_of(body, "family") {
                        "ip6" => Field::OriginalDestination(Family::V6),
                        _ => Field::OriginalDestination(Family::V4),
                    },
                    "ip daddr" if text_of(body, "dir") == "original" => {
                        Field::OriginalDestination(Family::V4)
                    }
                    "ip6 daddr" if text_of(body, "dir") == "original" => {
                        Field::OriginalDestination(Family::V6)
                    }
                    "direction" => Field::Told("original"),
                    "mark" => Field::Mark,
                    other => Field::Other(format!("ct {other}")),
                };
                (vec![field], Vec::new())
            }
            "fib" => {
                let by = body.get("flags").map(words).unwrap_or_default();
                let field = match (text_of(body, "result"), by.contains(&"saddr")) {
                    ("type", false) => Field::DestinationType,
                    ("oif" | "oifname", true) => Field::RouteBack,
                    (result, _) => Field::Other(format!("fib {result}")),
                };
                (vec![field], Vec::new())
            }
            "&" => {
                let [left, mask] = body.as_array().map_or(&[][..], Vec::as_slice) else { return unknown() };
                match self.fields(Some(left)) {
                    (fields, needs) if fields == [Field::Flags(0xff)] => {
                        (vec![Field::Flags(flag_bits(mask).unwrap_or(0xff))], needs)
                    }
                    (_, needs) => (vec![Field::Other("bits of a field".into())], needs),
                }
            }
            other => (vec![Field::Other(other.into())], Vec::new()),
        }
    }
}

static TOO_MANY: [Json; 1] = [Json::Null];

fn payload(protocol: &str, field: &str) -> Asked {
    let is = |protocol: u128| Match::one(Field::Protocol, false, [Value::Range(protocol, protocol)]);
    let of = |family: u128| Match::one(Field::Family, false, [Value::Range(family, family)]);
    let other = || Field::Other(format!("{protocol} {field}"));
    match protocol {
        "ip" => {
            let field = match field {
                "saddr" => Field::Source(Family::V4),
                "daddr" => Field::Destination(Family::V4),
                "protocol" => Field::Protocol,
                _ => other(),
            };
            (vec![field], vec![of(2)])
        }
        "ip6" => {
            let field = match field {
                "saddr" => Field::Source(Family::V6),
                "daddr" => Field::Destination(Family::V6),
                "nexthdr" => Field::Protocol,
                _ => other(),
            };
            (vec![field], vec![of(10)])
        }
        "th" => (vec![if field == "dport" { Field::Port(None) } else { other() }], Vec::new()),
        "tcp" | "udp" => {
            let number = if protocol == "tcp" { 6 } else { 17 };
            let field = match field {
                "dport" => Field::Port(Some(if protocol == "tcp" { 6 } else { 17 })),
                "flags" => Field::Flags(0xff),
                _ => other(),
            };
            (vec![field], vec![is(number)])
        }
        name => match PROTOCOLS.iter().find(|(known, _)| *known == name) {
            Some((_, number)) => (vec![other()], vec![is(*number)]),
            None => (vec![other()], Vec::new()),
        },
    }
}

fn meta(key: &str) -> Field {
    match key {
        "iifname" | "iif" => Field::Interface,
        "oifname" | "oif" => Field::Out,
        "l4proto" => Field::Protocol,
        "nfproto" | "protocol" => Field::Family,
        "mark" => Field::Mark,
        "pkttype" => Field::Told("host"),
        other => Field::Other(format!("meta {other}")),
    }
}

/// A rate or a number of connections, of a packet before which none came.
fn limit(kind: &str, body: &Json) -> Match {
    let over = body.get("inv").and_then(Json::as_bool).unwrap_or_default();
    match kind {
        "limit" => {
            if over {
                Match::Never
            } else {
                Match::Always
            }
        }
        "ct count" => {
            // The connection itself is the first.
            let most = body.get("val").and_then(Json::as_u64).unwrap_or_default();
            if over == (most < 1) { Match::Always } else { Match::Never }
        }
        "counter" | "last" => Match::Always,
        other => Match::Unknown(other.into()),
    }
}

/// The values of an element, one for each field.
fn values(fields: &[Field], of: &Json) -> Vec<Value> {
    let of = of.get("elem").and_then(|elem| elem.get("val")).unwrap_or(of);
    match (of.get("concat").and_then(Json::as_array), fields) {
        (Some(all), fields) if all.len() == fields.len() => {
            all.iter().zip(fields).map(|(one, field)| value(field, one)).collect()
        }
        (None, [field]) => vec![value(field, of)],
        (None, fields) if of.as_str() == Some("*") => vec![Value::Name("*".into()); fields.len()],
        _ => vec![Value::Unread; fields.len()],
    }
}

fn value(field: &Field, of: &Json) -> Value {
    let one = |of: &Json| single(field, of);
    if let Some([first, last]) = of.get("range").and_then(Json::as_array).map(Vec::as_slice) {
        return match (one(first), one(last)) {
            (Value::Range(first, _), Value::Range(_, last)) => Value::Range(first, last),
            _ => Value::Unread,
        };
    }
    if let Some(of) = of.get("prefix") {
        let address = text_of(of, "addr").parse::<IpAddr>().ok();
        let length = of.get("len").and_then(Json::as_u64).and_then(|length| u32::try_from(length).ok());
        return match address.zip(length).and_then(|(address, length)| prefix(address, length)) {
            Some((first, last)) => Value::Range(first, last),
            None => Value::Unread,
        };
    }
    one(of)
}

fn single(field: &Field, of: &Json) -> Value {
    match (of, field) {
        (Json::Number(_), Field::Interface | Field::Out) => Value::Unread,
        (Json::Number(found), _) => match found.as_u64() {
            Some(found) => Value::Range(found.into(), found.into()),
            None => Value::Unread,
        },
        (Json::Bool(yes), Field::RouteBack) => Value::Range((*yes).into(), (*yes).into()),
        (Json::String(name), _) if name == "*" => Value::Name("*".into()),
        (Json::String(name), Field::Source(_) | Field::Destination(_) | Field::OriginalDestination(_)) => {
            match name.parse::<IpAddr>() {
                Ok(address) => Value::Range(number(address), number(address)),
                Err(_) => Value::Unread,
            }
        }
        (Json::String(name), Field::Protocol) => {
            let known = PROTOCOLS.iter().find(|(known, _)| known == name);
            let number = known.map_or(NO_PROTOCOL, |(_, number)| *number);
            Value::Range(number, number)
        }
        (Json::String(name), Field::Family) => match name.as_str() {
            "ipv4" | "ip" => Value::Range(2, 2),
            "ipv6" | "ip6" => Value::Range(10, 10),
            _ => Value::Range(0, 0),
        },
        (Json::String(name), Field::Told("host")) if name == "unicast" => Value::Name("host".into()),
        (
            Json::String(name),
            Field::Interface
            | Field::Out
            | Field::State
            | Field::Status
            | Field::DestinationType
            | Field::Told(_),
        ) => Value::Name(name.clone()),
        _ => Value::Unread,
    }
}

/// The one place that a target is; none where it is one of several.
fn target(address: Option<&Json>, port: Option<&Json>) -> Option<Target> {
    let address = match address {
        None => None,
        Some(address) => Some(address.as_str()?.parse().ok()?),
    };
    let port = match port {
        None => None,
        Some(port) => Some(u16::try_from(port.as_u64()?).ok()?),
    };
    Some(Target { address, port })
}

/// A condition on the flags of TCP.
fn flags(mask: u8, op: &str, right: &Json) -> Match {
    let Some(bits) = flag_bits(right) else {
        return Match::one(Field::Flags(mask), false, [Value::Unread]);
    };
    let exactly = |bits: u8| [Value::Range(bits.into(), bits.into())];
    match op {
        // Any of these.
        "in" => Match::one(Field::Flags(mask & bits), true, exactly(0)),
        op => Match::one(Field::Flags(mask), op == "!=", exactly(bits)),
    }
}

fn flag_bits(of: &Json) -> Option<u8> {
    match of {
        Json::String(name) => Some(match name.as_str() {
            "fin" => 1,
            "syn" => 2,
            "rst" => 4,
            "psh" => 8,
            "ack" => 16,
            "urg" => 32,
            "ecn" => 64,
            "cwr" => 128,
            _ => return None,
        }),
        Json::Number(bits) => bits.as_u64().and_then(|bits| u8::try_from(bits).ok()),
        Json::Array(all) => all.iter().try_fold(0, |bits, one| Some(bits | flag_bits(one)?)),
        Json::Object(map) => flag_bits(map.get("|")?),
        _ => None,
    }
}

fn verdict_of(kind: &str, body: &Json) -> Option<Action> {
    let target = || text_of(body, "target").to_owned();
    Some(match kind {
        "accept" => Action::Accept,
        "drop" => Action::Drop,
        "reject" => Action::Reject,
        "return" => Action::Return,
        "continue" => Action::Next,
        "jump" => Action::Jump(target()),
        "goto" => Action::Goto(target()),
        _ => return None,
    })
}

/// An object of one entry.
fn entry(of: &Json) -> Option<(&str, &Json)> {
    let (key, value) = of.as_object()?.iter().next()?;
    Some((key.as_str(), value))
}

fn text_of<'a>(of: &'a Json, key: &str) -> &'a str {
    of.get(key).and_then(Json::as_str).unwrap_or_default()
}

/// One word, or a list of them.
fn words(of: &Json) -> Vec<&str> {
    match of {
        Json::Array(all) => all.iter().filter_map(Json::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

/// What names a set: its family, its table, and its own name.
fn key(of: &Json, name: &str) -> String {
    format!("{} {} {name}", text_of(of, "family"), text_of(of, "table"))
}

fn table_of<'t>(of: &Json, tables: &'t mut [(String, Table)]) -> Option<&'t mut Table> {
    let name = format!("{} {}", text_of(of, "family"), text_of(of, "table"));
    tables.iter_mut().find(|(known, _)| *known == name).map(|(_, table)| table)
}
