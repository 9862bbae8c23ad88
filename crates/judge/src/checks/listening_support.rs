//! What the checks of listening services share.

use midwatch_model::{
    ByNature, Confidence, Gate, KnownService, ListeningService, Outcome, Passage, Reach, ServiceProtection,
    ServiceSign, Severity,
};

use crate::View;
use crate::words;

/// The benign cause of every finding about who can reach a service.
pub(super) const FIREWALL_ELSEWHERE: &str = "A firewall of the provider, or on a router before this server, which cannot be seen from here; or hosts.deny, which some \
     programs ask.";

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
    /// `tcp port 6379`.
    pub(super) fn place(&self) -> String {
        format!("{} port {}", self.one.protocol, self.one.address.port())
    }

    /// The lines of a firewall that close it.
    pub(super) fn close(&self) -> String {
        crate::fixes::listening::close(&self.one.protocol, self.one.address.port())
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
        let program = match self.one.program.value() {
            Some(program) => format!("{} listens at {}", program.name, self.one.address),
            None => format!("something listens at {}", self.one.address),
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
                let by = gates.iter().filter(|gate| is_open(gate)).flat_map(|gate| &gate.by).next();
                let by = by.map_or("no rule keeps anybody out".to_owned(), |by| format!("by {by}"));
                format!("the firewall lets everybody through by {} ({by})", words::some(&open, 4))
            }
            Reach::Some => {
                let only = gates.iter().find_map(|gate| match gate.lets.value() {
                    Some(Passage::Only { sources, .. }) => Some(words::some(sources, 3)),
                    _ => None,
                });
                format!("the firewall lets {} through at most", only.unwrap_or_else(|| "some".into()))
            }
            _ => match gates.iter().find_map(|gate| gate.lets.why_not()) {
                Some(why) => format!("whom the firewall lets through is not known: {why}"),
                None => "whom the firewall lets through is not known".into(),
            },
        }
    }
}

fn is_open(gate: &Gate) -> bool {
    gate.lets.value().is_some_and(Passage::is_open)
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
