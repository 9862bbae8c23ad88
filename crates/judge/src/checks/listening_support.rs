//! What the checks of listening services share.

use midwatch_model::{
    ByNature, Confidence, Gate, HostsAccess, KnownService, ListeningService, Outcome, Passage, Reach,
    ServiceProtection, ServiceSign, Severity,
};

use crate::View;
use crate::fixes::listening;
use crate::words;

/// The benign cause of every finding about who can reach a service.
pub(super) const FIREWALL_ELSEWHERE: &str =
    "A firewall of the provider, or on a router before this server, which cannot be seen from here.";

/// The benign cause of every finding that tells a service by its port.
pub(super) const ANOTHER_PROGRAM: &str = "Another program at the port than the one that usually is.";

/// A socket that others may reach.
pub(super) struct Met<'a> {
    /// The observation.
    pub(super) id: &'a str,
    /// The socket.
    pub(super) one: &'a ListeningService,
    /// What it is.
    pub(super) known: &'static KnownService,
    /// Who can reach it.
    pub(super) reach: Reach,
}

/// The sockets of known services that others may reach.
pub(super) fn met<'a>(view: &'a View<'_>) -> impl Iterator<Item = Met<'a>> {
    view.inside.listening.into_iter().flat_map(|seen| {
        let all = seen.fact.sockets.value().into_iter().flatten();
        all.filter_map(move |one| {
            let known = KnownService::of(one.service.as_deref()?)?;
            let reach = one.reach();
            (reach != Reach::Nobody).then_some(Met { id: seen.id, one, known, reach })
        })
    })
}

impl Met<'_> {
    /// `tcp port 6379`, and where that is sent on to.
    pub(super) fn place(&self) -> String {
        let port = format!("{} port {}", self.one.protocol, self.one.address.port());
        match &self.one.sent_on {
            Some(sent_on) => format!("{port}, sent on to {sent_on}"),
            None => port,
        }
    }

    /// The lines of a firewall that close it.
    pub(super) fn close(&self) -> String {
        let (protocol, port) = (self.one.protocol.as_str(), self.one.address.port());
        match self.one.sent_on {
            Some(_) => listening::close_published(protocol, port, self.from(), None),
            None => listening::close(protocol, port),
        }
    }

    /// The lines of a firewall that let one address through and nobody else.
    pub(super) fn let_one_through(&self) -> String {
        let (protocol, port) = (self.one.protocol.as_str(), self.one.address.port());
        match self.one.sent_on {
            Some(_) => listening::close_published(protocol, port, self.from(), Some("ADDRESS")),
            None => {
                format!(
                    "sudo ufw allow from ADDRESS to any port {port} proto {protocol}, and {}",
                    self.close()
                )
            }
        }
    }

    /// The setting that has it listen for this computer alone, and ask who somebody is.
    pub(super) fn bind(&self) -> Option<String> {
        let own = || listening::bind(self.known.id).map(str::to_owned);
        match &self.one.sent_on {
            Some(sent_on) if sent_on.inside => {
                Some(listening::publish(&self.one.protocol, self.one.address.port(), sent_on.to.port()))
            }
            Some(sent_on) if !sent_on.here => {
                let rule = self.one.gates.iter().find_map(|gate| gate.by.first());
                rule.map(|rule| format!("take the rule away that sends it on ({rule})"))
            }
            _ => own(),
        }
    }

    /// The interface by which the internet comes to it.
    fn from(&self) -> Option<&str> {
        let gates = self.one.gates.iter().filter(|gate| gate.outside);
        let mut names = gates.map(|gate| gate.interface.as_str());
        let first = names.next()?;
        names.all(|name| name == first).then_some(first)
    }

    /// How it protects what is said: what was seen, else what its protocol is.
    pub(super) fn protection(&self) -> Option<ServiceProtection> {
        match (self.one.answer.value(), self.known.nature) {
            (Some(answer), ByNature::Either) => Some(answer.protection),
            // What was seen counts for more than the port. A plain protocol that was not seen to be another is plain.
            (Some(answer), ByNature::Plain) if answer.protection == ServiceProtection::Unknown => {
                Some(ServiceProtection::None)
            }
            (Some(answer), _) => Some(answer.protection),
            // Where it turned us away, or was not asked, the protocol alone tells, and that only where it has no
            // encryption at all.
            (None, ByNature::Plain) => Some(ServiceProtection::None),
            (None, _) => None,
        }
    }

    /// True where a password may be sent in plain text.
    pub(super) fn takes_plain_password(&self) -> bool {
        let said = self.one.answer.value().and_then(|answer| answer.plain_password);
        match self.protection() {
            Some(ServiceProtection::None) => said.unwrap_or(self.known.secret),
            Some(ServiceProtection::Upgrades) => said == Some(true),
            _ => false,
        }
    }

    /// As sure as the signs are.
    pub(super) fn confidence(&self) -> Confidence {
        match (self.one.answer.is_seen(), self.one.known_by, self.reach) {
            (_, _, Reach::Unknown) => Confidence::Tentative,
            (true, _, _) => Confidence::Certain,
            (false, Some(ServiceSign::Program), _) => Confidence::Firm,
            (false, _, _) => Confidence::Tentative,
        }
    }

    /// What is where, and who can reach it.
    pub(super) fn evidence(&self) -> String {
        let at = self.one.address;
        let program = match (&self.one.sent_on, self.one.program.value()) {
            (Some(sent_on), _) => format!("what comes to {at} is sent on to {sent_on}"),
            (None, Some(program)) => format!("{} listens at {at}", program.name),
            (None, None) => format!("something listens at {at}"),
        };
        let said = match &self.one.answer {
            Outcome::Seen { value } if !value.words.is_empty() => match value.question.as_str() {
                "" => format!(", says \"{}\"", value.words),
                question => format!(", answers {question} with \"{}\"", value.words),
            },
            Outcome::Refused { how } => format!(", refuses with \"{how}\""),
            _ => String::new(),
        };
        format!("{program}{said}; {}", self.who())
    }

    fn who(&self) -> String {
        let gates = &self.one.gates;
        let open: Vec<String> = gates.iter().filter(|gate| is_open(gate)).map(name).collect();
        match self.reach {
            Reach::Everybody | Reach::Near if !open.is_empty() => {
                let gate = gates.iter().find(|gate| is_open(gate));
                let by = gates.iter().filter(|gate| is_open(gate)).flat_map(|gate| &gate.by).next();
                let by = by.map_or("no rule keeps anybody out".to_owned(), |by| format!("by {by}"));
                let text = format!("the firewall lets everybody through by {} ({by})", words::some(&open, 4));
                match gate.and_then(|gate| gate.hosts_access.as_ref()) {
                    Some(access) => format!("{text}, and {}", files(access)),
                    None => text,
                }
            }
            Reach::Some => {
                let only = gates.iter().find_map(|gate| match gate.through().value() {
                    Some(Passage::Only { sources, .. }) => Some((gate, words::some(sources, 3))),
                    _ => None,
                });
                let (by, sources) = match &only {
                    Some((gate, sources)) => (keepers(gate), sources.as_str()),
                    None => ("the firewall lets", "some"),
                };
                format!("{by} {sources} through at most")
            }
            // The firewall's reason counts, where that is what is not known.
            _ => match gates.iter().find_map(|gate| Some((gate, gate.through().why_not()?))) {
                Some((gate, why)) if gate.lets.is_seen() => {
                    format!("whom the program lets in is not known: {why}")
                }
                Some((_, why)) => format!("whom the firewall lets through is not known: {why}"),
                None => "whom the firewall lets through is not known".into(),
            },
        }
    }
}

/// What hosts.allow and hosts.deny do at a gate that is open.
fn files(access: &HostsAccess) -> String {
    let by = match access.by.first() {
        Some(by) => format!(" ({by})"),
        None => String::new(),
    };
    match access.lets.value() {
        Some(Passage::AllBut { .. }) => format!("hosts.allow and hosts.deny turn some away{by}"),
        _ => format!("hosts.allow and hosts.deny turn nobody away{by}"),
    }
}

/// Who keeps others out where some get through.
fn keepers(gate: &Gate) -> &'static str {
    let is_open = |lets: &Outcome<Passage>| lets.value().is_some_and(Passage::is_open);
    match &gate.hosts_access {
        Some(access) if is_open(&gate.lets) && !is_open(&access.lets) => "hosts.allow and hosts.deny let",
        Some(access) if !is_open(&access.lets) => "the firewall, hosts.allow and hosts.deny let",
        _ => "the firewall lets",
    }
}

fn is_open(gate: &Gate) -> bool {
    gate.through().value().is_some_and(Passage::is_open)
}

fn name(gate: &Gate) -> String {
    format!("{} over {}", gate.interface, if gate.ipv6 { "IPv6" } else { "IPv4" })
}

/// The severity where everybody can reach it, and one step less where not everybody can, or it is not known.
pub(super) fn weigh(all: Severity, reach: Reach) -> Severity {
    match reach {
        Reach::Everybody => all,
        _ => match all {
            Severity::Critical => Severity::High,
            Severity::High => Severity::Medium,
            Severity::Medium => Severity::Low,
            Severity::Low | Severity::Info => Severity::Info,
        },
    }
}

#[cfg(test)]
mod tests {
    use midwatch_model::{
        Confidence, Finding, HostsAccess, Outcome, Passage, ReasonKind, SentOn, ServiceSign, Severity,
    };

    use crate::testing::*;

    /// What is found of a panel whose program asks hosts.allow and hosts.deny, with its evidence.
    fn panel(lets: Outcome<Passage>, both: Outcome<Passage>) -> Option<(Severity, String)> {
        let service = listening_service("webmin", |one| {
            let by = vec!["/etc/hosts.deny line 2".into()];
            one.gates[0].hosts_access = Some(HostsAccess { daemon: Some("webmin".into()), lets, by, both });
        });
        let found = Scene::empty().listening(vec![service]).find("listening-admin-open");
        found.first().map(|finding| (finding.severity, finding.evidence[0].detail.clone()))
    }

    #[test]
    fn who_is_turned_away_does_not_reach_it() {
        let all = || Outcome::seen(Passage::Everywhere);
        let but = || Outcome::seen(Passage::AllBut { sources: vec!["192.0.2.7".into()], more: 0 });
        let none = || Outcome::seen(Passage::Nowhere { told: true });
        let unknown = || Outcome::unmeasured(ReasonKind::Other, "it rests on the names of hosts (.example)");
        assert_eq!(panel(none(), none()), None);
        let (severity, text) = panel(all(), all()).expect("found");
        assert_eq!(severity, Severity::Medium);
        assert!(
            text.ends_with("and hosts.allow and hosts.deny turn nobody away (/etc/hosts.deny line 2)"),
            "{text}"
        );
        let (severity, text) = panel(but(), but()).expect("found");
        assert_eq!(severity, Severity::Medium);
        assert!(text.contains("hosts.allow and hosts.deny turn some away"), "{text}");
        let (severity, text) = panel(unknown(), unknown()).expect("found");
        assert_eq!(severity, Severity::Low);
        assert!(
            text.contains("whom the program lets in is not known: it rests on the names of hosts"),
            "{text}"
        );
    }

    /// A database that a port of another number is sent on to.
    fn published(to: &str, change: impl FnOnce(&mut SentOn)) -> Finding {
        let service = listening_service("mysql", |one| {
            one.program =
                Outcome::unmeasured(ReasonKind::NotAsked, "it is in a container or a virtual machine");
            one.known_by = Some(ServiceSign::Port);
            one.address.set_port(3307);
            one.gates[0].by = vec!["iptables -t nat -A DOCKER --dport 3307".into()];
            let mut sent_on = SentOn {
                to: to.parse().expect("an address"),
                here: false,
                interface: Some("docker0".into()),
                inside: true,
            };
            change(&mut sent_on);
            one.sent_on = Some(sent_on);
        });
        Scene::empty().listening(vec![service]).find("listening-database-open").remove(0)
    }

    #[test]
    fn a_published_port_says_where_it_leads_and_has_fixes_of_its_own() {
        let inside = published("172.17.0.2:3306", |_| {});
        assert_eq!(inside.place, "tcp port 3307, sent on to 172.17.0.2:3306 behind docker0");
        assert_eq!((inside.severity, inside.confidence), (Severity::High, Confidence::Tentative));
        let text = &inside.evidence[0].detail;
        assert!(text.starts_with("what comes to 0.0.0.0:3307 is sent on to 172.17.0.2:3306"), "{text}");
        let fix = &inside.fix.summary;
        assert!(fix.contains("127.0.0.1:3307:3306 behind -p"), "{fix}");
        assert!(fix.contains("iifname \"eth0\" ip saddr != ADDRESS tcp dport 3307 drop"), "{fix}");
        assert!(!fix.contains("ufw") && !fix.contains("50-server.cnf"), "{fix}");

        let other = published("192.168.7.2:3306", |to| (to.inside, to.interface) = (false, None));
        assert_eq!(other.place, "tcp port 3307, sent on to 192.168.7.2:3306");
        assert!(
            other.fix.summary.contains("take the rule away that sends it on (iptables -t nat"),
            "{:?}",
            other.fix
        );

        let here = published("0.0.0.0:3306", |to| (to.here, to.inside, to.interface) = (true, false, None));
        assert_eq!(here.place, "tcp port 3307, sent on to port 3306");
        assert!(here.fix.summary.contains("50-server.cnf"), "{:?}", here.fix);
    }

    #[test]
    fn some_are_let_in_by_files() {
        let only = || Outcome::seen(Passage::Only { sources: vec!["192.0.2.7".into()], more: 0 });
        let service = |by_firewall: Outcome<Passage>| {
            listening_service("telnet", |one| {
                one.gates[0].lets = by_firewall;
                one.gates[0].hosts_access = Some(HostsAccess {
                    daemon: Some("in.telnetd".into()),
                    lets: only(),
                    by: vec![],
                    both: only(),
                });
            })
        };
        for (by_firewall, expected) in [
            (Outcome::seen(Passage::Everywhere), "hosts.allow and hosts.deny let 192.0.2.7 through at most"),
            (only(), "the firewall, hosts.allow and hosts.deny let 192.0.2.7 through at most"),
        ] {
            let found = Scene::empty().listening(vec![service(by_firewall)]).find("listening-legacy");
            assert_eq!(found[0].severity, Severity::Medium);
            assert!(
                found[0].evidence[0].detail.ends_with(&format!("; {expected}")),
                "{:?}",
                found[0].evidence
            );
        }
    }
}
