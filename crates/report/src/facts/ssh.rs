//! What SSH servers say before anybody logs in: lines for a terminal, and tables for a page.

use midwatch_model::{
    DhParameters, Fact, Observation, Outcome, SshAlgorithms, SshCertificate, SshCertificateKind, SshEndpoint,
    SshHostKey, SshIdentification, SshOfferedKey, TargetReport, Time,
};

use super::here::{Line, Sheet, Table};
use crate::words;

/// Entries of one list that a line names.
const MOST: usize = 8;

/// A server, with everything that differs in nothing but the address folded.
pub(crate) struct Server<'a> {
    /// One of them.
    pub fact: &'a SshEndpoint,
    /// The observation of each, in the order of the report.
    pub at: Vec<&'a Observation>,
}

impl Server<'_> {
    /// The addresses that gave the same answers; empty where a proxy connected.
    pub fn addresses(&self) -> Vec<String> {
        let of = |observation: &&Observation| match &observation.fact {
            Fact::SshEndpoint(endpoint) => endpoint.address.map(|address| address.to_string()),
            _ => None,
        };
        self.at.iter().filter_map(of).collect()
    }
}

/// Every SSH server of the report.
pub(crate) fn servers(target: &TargetReport) -> Vec<Server<'_>> {
    let mut folded: Vec<Server<'_>> = Vec::new();
    for observation in &target.observations {
        let Fact::SshEndpoint(endpoint) = &observation.fact else { continue };
        // How many connections it took says nothing about the server.
        let same = |known: &&mut Server<'_>| {
            let other = SshEndpoint {
                address: endpoint.address,
                connections: endpoint.connections,
                ..known.fact.clone()
            };
            **endpoint == other
        };
        match folded.iter_mut().find(same) {
            Some(known) => known.at.push(observation),
            None => folded.push(Server { fact: endpoint, at: vec![observation] }),
        }
    }
    folded
}

/// A line or two on each.
pub(crate) fn short(target: &TargetReport) -> Vec<Line> {
    let servers = servers(target);
    let mut out = Vec::new();
    for server in &servers {
        out.push(("SSH", format!("{}{}", software(server.fact), places(server, servers.len() > 1))));
        let keys = &server.fact.host_keys;
        if !keys.is_empty() {
            let proved =
                |key: &&SshOfferedKey| key.key.value().and_then(|sent| sent.proof.value()) == Some(&true);
            let proved = keys.iter().filter(proved).count();
            out.push(("host keys", format!("{proved} of {} proved", words::count(keys.len(), "key"))));
        }
    }
    out
}

/// Everything of weight, in lines.
pub(crate) fn lines(target: &TargetReport) -> Vec<Line> {
    let servers = servers(target);
    let mut out = Vec::new();
    for server in &servers {
        let endpoint = server.fact;
        out.push(("SSH", format!("{}{}", software(endpoint), places(server, servers.len() > 1))));
        match &endpoint.algorithms {
            Outcome::Seen { value } => out.extend(algorithms(value)),
            Outcome::Refused { how } => out.push(("algorithms", format!("refused ({how})"))),
            // Where nothing was said at all, the first line says why.
            Outcome::Unmeasured { .. } if endpoint.identification.is_unmeasured() => {}
            Outcome::Unmeasured { why } => out.push(("algorithms", format!("not measured ({why})"))),
        }
        if let Some(group) = endpoint.group_exchange.value() {
            out.push(("group", least_group(group)));
        }
        out.extend(endpoint.host_keys.iter().map(|offered| ("host key", host_key(offered))));
    }
    out
}

/// Everything, in tables.
pub(crate) fn sheet(server: &Server<'_>) -> Sheet {
    let endpoint = server.fact;
    let mut tables = vec![said(endpoint)];
    tables.push(Table::of(
        "Algorithms",
        &["What", "Offered, the most wanted first"],
        &rows(endpoint),
        Clone::clone,
    ));
    tables.push(Table::list(
        "Host keys",
        &[
            "Algorithm",
            "Others of the same key",
            "Type",
            "Bits",
            "Fingerprint",
            "Proof",
            "Key exchange",
            "Signature",
        ],
        &endpoint.host_keys,
        key_row,
    ));
    let certificates: Vec<(&str, &SshCertificate)> = endpoint
        .host_keys
        .iter()
        .filter_map(|offered| Some((offered.algorithm.as_str(), offered.key.value()?.certificate.as_ref()?)))
        .collect();
    if !certificates.is_empty() {
        let heads: &[&str] =
            &["Algorithm", "Names", "Valid", "For", "Called", "Authority", "Its signature", "Options"];
        tables.push(Table::list("Certificates", heads, &certificates, |(name, one)| {
            certificate_row(name, one)
        }));
    }
    Sheet { heading: "SSH", about: software(endpoint), lines: Vec::new(), tables }
}

fn places(server: &Server<'_>, several: bool) -> String {
    let addresses = server.addresses();
    match several && !addresses.is_empty() {
        true => format!(" (at {})", addresses.join(", ")),
        false => String::new(),
    }
}

/// What a server calls itself, with the protocol's version.
fn software(endpoint: &SshEndpoint) -> String {
    told(&endpoint.identification, |said: &SshIdentification| {
        let comments = said.comments.as_ref().map(|comments| format!(" {comments}")).unwrap_or_default();
        format!("{}{comments}, protocol {}", said.software, said.protocol)
    })
}

fn algorithms(found: &SshAlgorithms) -> Vec<Line> {
    let strict = match found.strict_key_exchange {
        true => "strict key exchange",
        false => "no strict key exchange",
    };
    let quantum = match found.post_quantum.as_slice() {
        [] => "none resists quantum computers".to_owned(),
        some => format!("{} resist quantum computers", some.join(", ")),
    };
    let methods = format!("{}; {strict}; {quantum}", list(&found.key_exchange));
    let mut out = vec![("methods", methods)];
    out.extend(directions("ciphers", &found.ciphers_to_server, &found.ciphers_to_client));
    out.extend(directions("MACs", &found.macs_to_server, &found.macs_to_client));
    out.extend(directions("compression", &found.compression_to_server, &found.compression_to_client));
    out
}

/// One line where both directions have the same, else two.
fn directions(label: &'static str, up: &[String], down: &[String]) -> Vec<Line> {
    if up == down {
        return vec![(label, list(up))];
    }
    vec![
        (label, format!("towards the server: {}", list(up))),
        (label, format!("towards the client: {}", list(down))),
    ]
}

/// The first of a list, and how many more there are; `none offered` where it is empty.
fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "none offered".into();
    }
    let first = names.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

fn least_group(group: &DhParameters) -> String {
    let name = group.known_as.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    format!("{} bits{name} for whoever asks for the least", group.bits)
}

fn host_key(offered: &SshOfferedKey) -> String {
    match &offered.key {
        Outcome::Seen { value } => {
            let certificate = value.certificate.as_ref().map(certificate).unwrap_or_default();
            let key = &value.key;
            let bits = key.bits.map(|bits| format!(", {bits} bits")).unwrap_or_default();
            format!("{}{bits}, {}, {}{certificate}", key.key_type, key.fingerprint, proof(value))
        }
        Outcome::Refused { how } => format!("{}: refused ({how})", offered.algorithm),
        Outcome::Unmeasured { why } => format!("{}: not measured ({why})", offered.algorithm),
    }
}

/// Whether the server proved to hold the key.
fn proof(sent: &SshHostKey) -> String {
    match &sent.proof {
        Outcome::Seen { value: true } => "proved".into(),
        Outcome::Seen { value: false } => "shown without proof".into(),
        Outcome::Refused { how } => format!("proof refused ({how})"),
        Outcome::Unmeasured { why } => format!("proof not measured ({why})"),
    }
}

fn certificate(one: &SshCertificate) -> String {
    format!("; certificate for {}, {}, by {}", names(one), validity(one), one.authority.fingerprint)
}

fn names(one: &SshCertificate) -> String {
    if one.principals.is_empty() { "no name".into() } else { list(&one.principals) }
}

fn validity(one: &SshCertificate) -> String {
    match (one.valid_after, one.valid_before) {
        (0, None) => "always valid".into(),
        (0, Some(end)) => format!("valid until {}", day(end)),
        (start, None) => format!("valid from {}", day(start)),
        (start, Some(end)) => format!("valid from {} until {}", day(start), day(end)),
    }
}

/// A day, from seconds since 1970.
fn day(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| Time::from_second(seconds).ok());
    time.map_or_else(|| format!("{seconds} seconds after 1970"), words::day)
}

/// What the server says of itself.
fn said(endpoint: &SshEndpoint) -> Table {
    let rows = match &endpoint.identification {
        Outcome::Seen { value } => {
            let mut rows = vec![vec!["Identification".to_owned(), value.line.clone()]];
            rows.extend(value.before.iter().map(|line| vec!["A line before it".to_owned(), line.clone()]));
            if let Some(proxy) = endpoint.proxy {
                rows.push(vec!["By way of the proxy".to_owned(), proxy.to_string()]);
            }
            rows.push(vec!["Connections that it took".to_owned(), endpoint.connections.to_string()]);
            Ok(rows)
        }
        Outcome::Refused { how } => Err(format!("refused: {how}")),
        Outcome::Unmeasured { why } => Err(format!("not measured: {why}")),
    };
    Table { label: "The server", heads: &["What", "Answer"], rows }
}

/// Each list of algorithms as a row.
fn rows(endpoint: &SshEndpoint) -> Outcome<Vec<Vec<String>>> {
    let found = match &endpoint.algorithms {
        Outcome::Seen { value } => value,
        Outcome::Refused { how } => return Outcome::Refused { how: how.clone() },
        Outcome::Unmeasured { why } => return Outcome::Unmeasured { why: why.clone() },
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut row = |what: &str, names: &[String]| {
        let text = if names.is_empty() { "none".into() } else { names.join(", ") };
        rows.push(vec![what.to_owned(), text]);
    };
    row("Key exchange", &found.key_exchange);
    row("Of these, resist quantum computers", &found.post_quantum);
    row("Announced", &found.announced);
    row("Host key algorithms", &found.host_key);
    for (what, up, down) in [
        ("Ciphers", &found.ciphers_to_server, &found.ciphers_to_client),
        ("MACs", &found.macs_to_server, &found.macs_to_client),
        ("Compression", &found.compression_to_server, &found.compression_to_client),
    ] {
        if up == down {
            row(what, up);
        } else {
            row(&format!("{what} towards the server"), up);
            row(&format!("{what} towards the client"), down);
        }
    }
    let strict = if found.strict_key_exchange { "yes" } else { "no" };
    row("Strict key exchange", &[strict.to_owned()]);
    row("Terrapin works on, where it is not strict", &found.terrapin);
    row("Least group of group exchange", &[told(&endpoint.group_exchange, least_group)]);
    Outcome::seen(rows)
}

fn key_row(offered: &SshOfferedKey) -> Vec<String> {
    let (algorithm, others) = (offered.algorithm.clone(), offered.others.join(", "));
    let mut row = vec![algorithm, others];
    match &offered.key {
        Outcome::Seen { value } => {
            let bits = value.key.bits.map_or_else(|| "not known".to_owned(), |bits| bits.to_string());
            row.extend([value.key.key_type.clone(), bits, value.key.fingerprint.clone(), proof(value)]);
            row.extend([value.key_exchange.clone(), value.signature_algorithm.clone()]);
        }
        Outcome::Refused { how } => row.extend(missing(format!("refused: {how}"))),
        Outcome::Unmeasured { why } => row.extend(missing(format!("not measured: {why}"))),
    }
    row
}

/// The cells of a key that did not come.
fn missing(why: String) -> [String; 6] {
    let empty = String::new;
    [why, empty(), empty(), empty(), empty(), empty()]
}

fn certificate_row(algorithm: &str, one: &SshCertificate) -> Vec<String> {
    let kind = match one.kind {
        SshCertificateKind::Host => "hosts",
        SshCertificateKind::User => "users",
        SshCertificateKind::Other => "neither hosts nor users",
    };
    let signature = match &one.signature {
        Outcome::Seen { value: true } => "verified".to_owned(),
        Outcome::Seen { value: false } => "wrong".to_owned(),
        other => told(other, |_| String::new()),
    };
    let options: Vec<String> = one
        .critical_options
        .iter()
        .map(|option| format!("{} (critical)", option.name))
        .chain(one.extensions.iter().map(|option| option.name.clone()))
        .collect();
    vec![
        algorithm.to_owned(),
        if one.principals.is_empty() { "none".into() } else { one.principals.join(", ") },
        validity(one),
        kind.into(),
        format!("{} (number {})", one.key_id, one.serial),
        format!("{} {}", one.authority.key_type, one.authority.fingerprint),
        format!("{signature} ({})", one.signature_algorithm),
        if options.is_empty() { "none".into() } else { options.join(", ") },
    ]
}

/// A value in words, or why there is none.
fn told<T>(outcome: &Outcome<T>, tell: impl FnOnce(&T) -> String) -> String {
    match outcome {
        Outcome::Seen { value } => tell(value),
        Outcome::Refused { how } => format!("refused ({how})"),
        Outcome::Unmeasured { why } => format!("not measured ({why})"),
    }
}

#[cfg(test)]
mod tests {
    use midwatch_model::ReasonKind;

    use super::*;
    use crate::terminal::TerminalOptions;
    use crate::{html, sample, terminal};

    #[test]
    fn snapshot_terminal() {
        let options = TerminalOptions { width: 80, colour: false, verbose: false };
        insta::assert_snapshot!(terminal(&sample::ssh(), &options));
    }

    #[test]
    fn snapshot_page() {
        let page = html(&sample::ssh());
        let (_, rest) = page.split_once("<section class=\"measured\"").expect("the section");
        let (section, _) = rest.split_once("</section>").expect("its end");
        insta::assert_snapshot!(section);
    }

    #[test]
    fn two_addresses_with_the_same_answers_are_one() {
        let mut target = sample::ssh().targets.remove(0);
        assert_eq!((servers(&target).len(), servers(&target)[0].at.len()), (1, 2));
        let endpoint =
            target.observations.iter_mut().rev().find_map(|observation| match &mut observation.fact {
                Fact::SshEndpoint(endpoint) => Some(endpoint),
                _ => None,
            });
        endpoint.expect("an endpoint").host_keys.clear();
        let lines = lines(&target);
        let servers: Vec<_> = lines.iter().filter(|(label, _)| *label == "SSH").collect();
        assert_eq!(servers.len(), 2);
        assert!(servers[1].1.ends_with("(at [2001:db8::22]:22)"), "{servers:?}");
    }

    #[test]
    fn what_was_not_measured_says_why_once() {
        let mut target = sample::ssh().targets.remove(0);
        for observation in &mut target.observations {
            if let Fact::SshEndpoint(endpoint) = &mut observation.fact {
                endpoint.identification = Outcome::unmeasured(ReasonKind::Timeout, "no answer in 10 s");
                endpoint.algorithms = Outcome::unmeasured(ReasonKind::Timeout, "no answer in 10 s");
                endpoint.group_exchange = Outcome::unmeasured(ReasonKind::Timeout, "no answer in 10 s");
                endpoint.host_keys.clear();
            }
        }
        assert_eq!(lines(&target), [("SSH", "not measured (no answer in 10 s)".to_owned())]);
    }
}
