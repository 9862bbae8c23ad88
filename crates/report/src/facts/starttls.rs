//! What a service says before TLS that is asked for in plain text, and inside.

use midwatch_model::{Announced, Fact, Outcome, PlainCommand, ReasonKind, StarttlsEndpoint, TargetReport};

use super::{Same, fold};

/// The endpoints, those folded that differ in nothing but their address.
pub(crate) fn endpoints(target: &TargetReport) -> Vec<Same<'_, StarttlsEndpoint>> {
    fold(
        target.observations.iter().filter_map(|observation| match &observation.fact {
            Fact::Starttls(endpoint) => Some((observation, &**endpoint, endpoint.address)),
            _ => None,
        }),
        |a, b| *a == StarttlsEndpoint { address: a.address, connections: a.connections, ..b.clone() },
    )
}

/// In short: whether TLS comes about, and what can be done without it.
pub(crate) fn summary(target: &TargetReport) -> Vec<(&'static str, String)> {
    let endpoints = endpoints(target);
    let several = endpoints.len() > 1;
    let mut out = Vec::new();
    for same in &endpoints {
        let mut text = short(same.fact);
        if several {
            let at: Vec<_> = same.at.iter().map(|(_, address)| address.to_string()).collect();
            text.push_str(&format!(" (at {})", at.join(", ")));
        }
        out.push(("before TLS", text));
    }
    out
}

fn short(endpoint: &StarttlsEndpoint) -> String {
    if let Some(why) = endpoint.greeting.why_not() {
        return format!("{}: not measured: {why}", endpoint.protocol.name());
    }
    let mut parts = vec![format!("{}: TLS {}", endpoint.protocol.name(), comes_about(endpoint))];
    if let Some(announced) = endpoint.before.value() {
        parts.push(format!("login in plain text: {}", login(announced)));
    }
    parts.join("; ")
}

/// Whether TLS is offered and comes about.
fn comes_about(endpoint: &StarttlsEndpoint) -> String {
    let offered = match &endpoint.offered {
        Outcome::Seen { value: true } => "offered, ",
        Outcome::Seen { value: false } => "not offered, ",
        Outcome::Refused { .. } | Outcome::Unmeasured { .. } => "",
    };
    let came = match &endpoint.accepted {
        Outcome::Seen { .. } => "begins when asked for".to_owned(),
        Outcome::Refused { how } => format!("refused when asked for: {how}"),
        Outcome::Unmeasured { why } => format!("not measured: {why}"),
    };
    format!("{offered}{came}")
}

/// The ways to log in.
fn login(announced: &Announced) -> String {
    match (announced.mechanisms.as_slice(), announced.password) {
        ([], Some(true)) => "offered".into(),
        ([], Some(false)) => "none offered".into(),
        ([], None) => "not said".into(),
        (names, _) => names.join(", "),
    }
}

/// One row of a table: what it is, and what was seen.
pub(crate) fn rows(endpoint: &StarttlsEndpoint) -> Vec<(&'static str, String)> {
    let list = |lines: &Vec<String>| match lines.as_slice() {
        [] => "nothing".to_owned(),
        lines => lines.join(" / "),
    };
    let mut rows = vec![
        ("Protocol", endpoint.protocol.name().to_owned()),
        ("Greeting", outcome(&endpoint.greeting, list)),
        ("TLS offered", outcome(&endpoint.offered, |yes| if *yes { "yes" } else { "no" }.into())),
        ("Answer to the request for TLS", outcome(&endpoint.accepted, |answer| words(answer))),
    ];
    for (label, logs_in, announced) in [
        ("Capabilities before TLS", "Login before TLS", &endpoint.before),
        ("Capabilities inside TLS", "Login inside TLS", &endpoint.inside),
    ] {
        rows.push((label, outcome(announced, |announced| list(&announced.capabilities))));
        if let Some(announced) = announced.value() {
            rows.push((logs_in, login(announced)));
        }
    }
    rows.push((
        "Plain text after the go-ahead",
        outcome(&endpoint.plain_after, |said| if said.is_empty() { "none".into() } else { said.clone() }),
    ));
    rows.push(("A command in plain text with the request", outcome(&endpoint.plain_command, command)));
    rows.push((
        "TLS from the first octet beside it",
        outcome(&endpoint.implicit, |port| format!("on port {port}")),
    ));
    rows
}

/// The server's own words. MySQL has none: TLS begins at once.
fn words(answer: &str) -> String {
    if answer.is_empty() { "TLS begins at once, without a word".to_owned() } else { answer.to_owned() }
}

fn command(became: &PlainCommand) -> String {
    match became {
        PlainCommand::Kept => "answered inside TLS",
        PlainCommand::Discarded => "thrown away",
        PlainCommand::AnsweredInPlain => "answered in plain text",
    }
    .to_owned()
}

fn outcome<T>(outcome: &Outcome<T>, say: impl Fn(&T) -> String) -> String {
    match outcome {
        Outcome::Seen { value } => say(value),
        Outcome::Refused { how } => format!("refused: {how}"),
        Outcome::Unmeasured { why } if why.kind == ReasonKind::NotAsked => format!("not asked: {why}"),
        Outcome::Unmeasured { why } => format!("not measured: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use midwatch_model::{Host, Observation, Reason, Starttls, State, Target, Vantage};

    use super::*;

    fn endpoint(address: &str) -> StarttlsEndpoint {
        let announced = |mechanisms: &[&str]| Announced {
            capabilities: vec!["IMAP4rev1".into(), "STARTTLS".into()],
            mechanisms: mechanisms.iter().map(|name| (*name).to_owned()).collect(),
            password: Some(!mechanisms.is_empty()),
        };
        StarttlsEndpoint {
            host: Host::Name("mail.example".into()),
            port: 143,
            address: address.parse().unwrap(),
            protocol: Starttls::Imap,
            greeting: Outcome::seen(vec!["OK <ready>".into()]),
            before: Outcome::seen(announced(&[])),
            offered: Outcome::seen(true),
            accepted: Outcome::seen("OK Begin TLS".into()),
            plain_after: Outcome::seen(String::new()),
            plain_command: Outcome::seen(PlainCommand::Kept),
            inside: Outcome::seen(announced(&["PLAIN"])),
            implicit: Outcome::refused("nothing listens on port 993"),
            connections: 3,
        }
    }

    fn report(endpoints: Vec<StarttlsEndpoint>) -> TargetReport {
        let at = "2026-11-30T12:00:00Z".parse().unwrap();
        let numbered = endpoints.into_iter().enumerate();
        TargetReport {
            target: Target::Tls {
                input: "mail.example".into(),
                host: Host::Name("mail.example".into()),
                port: 143,
                sni: None,
                starttls: Some(Starttls::Imap),
            },
            state: State::Measured,
            error: None,
            observations: numbered
                .map(|(number, endpoint)| Observation {
                    id: format!("o{}", number + 1),
                    subject: "mail.example:143".into(),
                    vantage: Vantage::Local,
                    at,
                    fact: Fact::Starttls(Box::new(endpoint)),
                })
                .collect(),
            findings: Vec::new(),
            attacks: Vec::new(),
            path: Vec::new(),
        }
    }

    #[test]
    fn what_is_said_before_tls_is_said_in_short() {
        let target = report(vec![endpoint("192.0.2.7:143"), endpoint("192.0.2.8:143")]);
        let wanted = "IMAP: TLS offered, begins when asked for; login in plain text: none offered";
        assert_eq!(summary(&target), [("before TLS", wanted.to_owned())]);
    }

    #[test]
    fn outcomes_stay_apart() {
        let mut silent = endpoint("192.0.2.7:143");
        silent.plain_command = Reason::new(ReasonKind::Timeout, "no answer in 10 s").into();
        let rows = rows(&silent);
        let of = |label: &str| rows.iter().find(|(name, _)| *name == label).unwrap().1.clone();
        assert_eq!(of("A command in plain text with the request"), "not measured: no answer in 10 s");
        assert_eq!(of("TLS from the first octet beside it"), "refused: nothing listens on port 993");
        assert_eq!(of("Login inside TLS"), "PLAIN");
        let mut dead = endpoint("192.0.2.7:143");
        dead.greeting = Reason::new(ReasonKind::Timeout, "no answer in 30 s").into();
        assert_eq!(summary(&report(vec![dead]))[0].1, "IMAP: not measured: no answer in 30 s");
    }

    #[test]
    fn the_page_has_all_of_it_and_nothing_of_a_server_is_markup() {
        let (page, anchors) = crate::html::measured::section(1, &report(vec![endpoint("192.0.2.7:143")]));
        for said in ["Before TLS on mail.example:143", "OK &lt;ready&gt;", "answered inside TLS"] {
            assert!(page.contains(said), "{said}: {page}");
        }
        assert!(anchors.contains("o1"));
    }
}
