//! What listens on a server.

use midwatch_model::{
    Bound, FirewallRules, Gate, KnownService, ListeningService, ListeningServices, Outcome, Passage, Reach,
    ServiceProtection, ServiceSign,
};

use super::{Line, Sheet, Table, each, told, yes};
use crate::words;

/// Everything.
pub(super) fn sheet(all: &ListeningServices) -> Sheet {
    let mut sheet = Sheet {
        heading: "What listens",
        about: String::new(),
        lines: lines(all),
        tables: vec![
            Table::of(
                "Sockets",
                &["Port", "Service", "Program", "Bound to", "Encrypted", "Firewall", "Who reaches it"],
                &all.sockets,
                row,
            ),
            Table::of(
                "What they say when they are asked",
                &["Port", "Asked", "Answer"],
                &all.sockets,
                |one| {
                    let asked = one.answer.value().map(|answer| match answer.question.as_str() {
                        "" => "nothing was sent".to_owned(),
                        question => question.to_owned(),
                    });
                    vec![
                        port(one),
                        asked.unwrap_or_default(),
                        told(&one.answer, |answer| answer.words.clone()),
                    ]
                },
            ),
            Table::list("Rules of the firewall", &["Table"], &tables(&all.rules), |one| vec![one.clone()]),
        ],
    };
    // Where no program asks them, they are of no interest.
    let rows = hosts_access(&all.sockets);
    if !rows.is_empty() {
        let heads = &["Port", "Asks as", "By", "Lets in", "Lines"];
        sheet.tables.push(Table::list(
            "Whom programs let in by hosts.allow and hosts.deny",
            heads,
            &rows,
            Clone::clone,
        ));
    }
    sheet
}

fn tables(rules: &Outcome<FirewallRules>) -> Vec<String> {
    match rules {
        Outcome::Seen { value } if value.tables.is_empty() => vec!["none: everything is let through".into()],
        Outcome::Seen { value } => value.tables.clone(),
        other => vec![told(other, |_| String::new())],
    }
}

fn row(one: &ListeningService) -> Vec<String> {
    vec![
        port(one),
        service(one),
        program(one),
        bound(one),
        protection(one),
        firewall(&one.gates),
        reach(one.reach()).into(),
    ]
}

/// A line for each socket that others may reach, and how many are for this computer alone.
fn lines(all: &ListeningServices) -> Vec<Line> {
    let mut out = vec![rules(&all.rules)];
    match &all.sockets {
        Outcome::Seen { value } => {
            let outward: Vec<&ListeningService> =
                value.iter().filter(|one| one.reach() != Reach::Nobody).collect();
            let text = |one: &&ListeningService| {
                let onward = one.sent_on.as_ref().map_or(String::new(), |on| format!(", sent on to {on}"));
                format!(
                    "{} {}{onward} ({}), {}: {}",
                    one.protocol,
                    one.address,
                    service(one),
                    protection(one),
                    reach(one.reach())
                )
            };
            out.extend(each("listening", outward.iter().map(text).collect()));
            let own = value.len() - outward.len();
            if own > 0 {
                let count = words::count(own, "socket");
                out.push(("listening", format!("{count} that nobody else reaches")));
            }
        }
        other => out.push(("listening", told(other, |_| String::new()))),
    }
    out
}

/// The same in two lines.
pub(super) fn short(all: &ListeningServices) -> Vec<Line> {
    let sockets = told(&all.sockets, |value| {
        let count = |wanted: &[Reach]| value.iter().filter(|one| wanted.contains(&one.reach())).count();
        let kinds = [
            (count(&[Reach::Everybody]), "that everybody reaches"),
            (count(&[Reach::Near, Reach::Some]), "that some reach"),
            (count(&[Reach::Unknown]), "of which that is not known"),
            (count(&[Reach::Nobody]), "that nobody else reaches"),
        ];
        let told: Vec<String> = kinds
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, whom)| format!("{count} {whom}"))
            .collect();
        match told.as_slice() {
            [] => words::count(0, "socket"),
            told => format!("{}: {}", words::count(value.len(), "socket"), told.join(", ")),
        }
    });
    vec![("listening", sockets), rules(&all.rules)]
}

fn rules(rules: &Outcome<FirewallRules>) -> Line {
    let text = told(rules, |rules| match rules.tables.as_slice() {
        [] => "no rule keeps anything out".into(),
        tables => tables.join(", "),
    });
    ("firewall", text)
}

fn port(one: &ListeningService) -> String {
    format!("{} {}", one.protocol, one.address.port())
}

fn service(one: &ListeningService) -> String {
    match one.service.as_deref().and_then(KnownService::of) {
        Some(known) if one.known_by == Some(ServiceSign::Port) => format!("{} by its port", known.name),
        Some(known) => known.name.into(),
        None => "not known".into(),
    }
}

/// The program, or where connections are sent on to.
fn program(one: &ListeningService) -> String {
    match &one.sent_on {
        Some(sent_on) => format!("sent on to {sent_on}"),
        None => told(&one.program, |program| program.name.clone()),
    }
}

fn bound(one: &ListeningService) -> String {
    let of = match one.bound {
        Bound::Loopback => "this computer alone",
        Bound::Private => "a private address",
        Bound::Public => "a public address",
        Bound::Every if one.takes_ipv4 => "every address, IPv4 too",
        Bound::Every => "every address",
    };
    let ip = one.address.ip();
    let at = match &one.interface {
        Some(interface) => format!(" at {interface}"),
        None => String::new(),
    };
    format!("{ip}{at}: {of}")
}

fn protection(one: &ListeningService) -> String {
    told(&one.answer, |answer| {
        let text = match answer.protection {
            ServiceProtection::Tls => "TLS",
            ServiceProtection::Other => "yes",
            ServiceProtection::Upgrades => "TLS when it is asked for",
            ServiceProtection::None => "no",
            ServiceProtection::Unknown => "did not show",
        };
        match answer.open {
            Some(open) => format!("{text}; without a password: {}", yes(open)),
            None => text.into(),
        }
    })
}

fn firewall(gates: &[Gate]) -> String {
    let one = |gate: &Gate| format!("{}: {}", way(gate), told(&gate.lets, passage));
    gates.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Whom programs turn away by hosts.allow and hosts.deny, for the sockets of those that ask them.
fn hosts_access(all: &Outcome<Vec<ListeningService>>) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for one in all.value().into_iter().flatten() {
        for gate in &one.gates {
            let Some(access) = &gate.hosts_access else { continue };
            let daemon = access.daemon.clone().unwrap_or_else(|| "not known".into());
            let lets = told(&access.lets, |value| match value {
                Passage::Nowhere { .. } => "nobody".into(),
                value => passage(value),
            });
            rows.push(vec![port(one), daemon, way(gate), lets, access.by.join(", ")]);
        }
    }
    rows
}

fn way(gate: &Gate) -> String {
    format!("{} {}", gate.interface, if gate.ipv6 { "IPv6" } else { "IPv4" })
}

fn passage(passage: &Passage) -> String {
    let list = |sources: &[String], more: usize| match more {
        0 => sources.join(", "),
        more => format!("{} and {more} more", sources.join(", ")),
    };
    match passage {
        Passage::Everywhere => "from everywhere".into(),
        Passage::AllBut { sources, more } => format!("from everywhere but {}", list(sources, *more)),
        Passage::Only { sources, more } => format!("from {} at most", list(sources, *more)),
        Passage::Nowhere { told: true } => "rejected".into(),
        Passage::Nowhere { told: false } => "dropped".into(),
    }
}

fn reach(reach: Reach) -> &'static str {
    match reach {
        Reach::Nobody => "nobody else",
        Reach::Some => "some",
        Reach::Unknown => "not known",
        Reach::Near => "whoever is on its networks",
        Reach::Everybody => "everybody",
    }
}

#[cfg(test)]
mod tests {
    use midwatch_model::*;

    use super::*;

    #[test]
    fn a_socket_is_told_with_its_gates() {
        let gate = |ipv6, lets| Gate {
            interface: "eth0".into(),
            ipv6,
            outside: true,
            lets,
            by: vec![],
            hosts_access: None,
        };
        let one = ListeningService {
            protocol: "tcp".into(),
            address: "[::]:6379".parse().expect("an address"),
            bound: Bound::Every,
            takes_ipv4: true,
            interface: None,
            own: vec![],
            program: Outcome::seen(ListeningProgram { name: "redis-server".into(), path: None }),
            service: Some("redis".into()),
            known_by: Some(ServiceSign::Program),
            answer: Outcome::seen(ServiceAnswer {
                asked: "192.0.2.1:6379".parse().expect("an address"),
                question: "PING".into(),
                words: "+PONG".into(),
                protection: ServiceProtection::None,
                plain_password: None,
                open: Some(true),
            }),
            gates: vec![
                gate(true, Outcome::seen(Passage::Nowhere { told: false })),
                gate(false, Outcome::seen(Passage::Only { sources: vec!["192.0.2.0/24".into()], more: 2 })),
            ],
            sent_on: None,
        };
        assert_eq!(
            row(&one),
            [
                "tcp 6379",
                "Redis",
                "redis-server",
                "::: every address, IPv4 too",
                "no; without a password: yes",
                "eth0 IPv6: dropped; eth0 IPv4: from 192.0.2.0/24 and 2 more at most",
                "some",
            ]
        );
        let all = ListeningServices {
            sockets: Outcome::seen(vec![one]),
            rules: Outcome::unmeasured(ReasonKind::Other, "it takes root's rights"),
            unread: vec![],
        };
        assert_eq!(sheet(&all).tables.len(), 3);
        let lines = lines(&all);
        assert_eq!(lines[0], ("firewall", "not measured (it takes root's rights)".into()));
        assert_eq!(lines[1].1, "tcp [::]:6379 (Redis), no; without a password: yes: some");
        assert_eq!(short(&all)[0], ("listening", "1 socket: 1 that some reach".into()));
        for table in sheet(&all).tables {
            for row in table.rows.iter().flatten() {
                assert_eq!(row.len(), table.heads.len(), "{}", table.label);
            }
        }
    }

    #[test]
    fn a_published_port_is_told_with_where_it_leads() {
        let sent_on = |to: &str, interface: Option<&str>| ListeningService {
            protocol: "tcp".into(),
            address: "0.0.0.0:8080".parse().expect("an address"),
            bound: Bound::Every,
            takes_ipv4: false,
            interface: None,
            own: vec![],
            program: Outcome::unmeasured(ReasonKind::NotAsked, "it is in a container or a virtual machine"),
            service: Some("http".into()),
            known_by: Some(ServiceSign::Port),
            answer: Outcome::unmeasured(ReasonKind::NotAsked, "it was not asked"),
            gates: vec![],
            sent_on: Some(SentOn {
                to: to.parse().expect("an address"),
                here: interface.is_none(),
                interface: interface.map(str::to_owned),
                inside: interface.is_some(),
            }),
        };
        assert_eq!(
            row(&sent_on("172.17.0.2:80", Some("docker0")))[2],
            "sent on to 172.17.0.2:80 behind docker0"
        );
        assert_eq!(row(&sent_on("0.0.0.0:80", None))[2], "sent on to port 80");
        let all = ListeningServices {
            sockets: Outcome::seen(vec![sent_on("172.17.0.2:80", Some("docker0"))]),
            rules: Outcome::seen(FirewallRules::default()),
            unread: vec![],
        };
        let line = &lines(&all)[1].1;
        assert!(line.starts_with("tcp 0.0.0.0:8080, sent on to 172.17.0.2:80 behind docker0 ("), "{line}");
    }

    #[test]
    fn whom_a_program_turns_away_is_told_beside_the_firewall() {
        let only = || Outcome::seen(Passage::Only { sources: vec!["192.0.2.0/24".into()], more: 0 });
        let one = ListeningService {
            protocol: "tcp".into(),
            address: "0.0.0.0:22".parse().expect("an address"),
            bound: Bound::Every,
            takes_ipv4: false,
            interface: None,
            own: vec![],
            program: Outcome::seen(ListeningProgram { name: "sshd".into(), path: None }),
            service: Some("ssh".into()),
            known_by: Some(ServiceSign::Program),
            answer: Outcome::unmeasured(ReasonKind::NotAsked, "it was not asked"),
            gates: vec![Gate {
                interface: "eth0".into(),
                ipv6: false,
                outside: true,
                lets: Outcome::seen(Passage::Everywhere),
                by: vec![],
                hosts_access: Some(HostsAccess {
                    daemon: Some("sshd".into()),
                    lets: only(),
                    by: vec!["/etc/hosts.allow line 3".into(), "/etc/hosts.deny line 1".into()],
                    both: only(),
                }),
            }],
            sent_on: None,
        };
        let row_of = row(&one);
        assert_eq!((row_of[5].as_str(), row_of[6].as_str()), ("eth0 IPv4: from everywhere", "some"));
        let all = ListeningServices {
            sockets: Outcome::seen(vec![one]),
            rules: Outcome::seen(FirewallRules::default()),
            unread: vec![],
        };
        let sheet = sheet(&all);
        let table = sheet.tables.last().expect("a table");
        assert_eq!(
            table.rows.as_ref().expect("rows")[0],
            [
                "tcp 22",
                "sshd",
                "eth0 IPv4",
                "from 192.0.2.0/24 at most",
                "/etc/hosts.allow line 3, /etc/hosts.deny line 1"
            ]
        );
    }
}
