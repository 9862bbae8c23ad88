//! What was measured, in short, and with equal answers from several addresses told once.

pub(crate) mod here;
pub(crate) mod host_keys;
pub(crate) mod mail;
pub(crate) mod names;
pub(crate) mod revocation;
pub(crate) mod ssh;
pub(crate) mod starttls;
pub(crate) mod tls_reports;

use std::net::SocketAddr;

use midwatch_model::{
    CertificateChain, Fact, Observation, Outcome, Preload, TargetReport, TimestampSignature, TimestampSource,
    TlsEndpoint, TlsVersion, Transparency,
};

use crate::words;

/// Equal facts from one or more addresses.
pub(crate) struct Same<'a, T> {
    /// One of them.
    pub fact: &'a T,
    /// The observation and the address of each, in the order of the report.
    pub at: Vec<(&'a Observation, SocketAddr)>,
}

/// The TLS endpoints, those folded that differ in nothing but their address.
pub(crate) fn endpoints(target: &TargetReport) -> Vec<Same<'_, TlsEndpoint>> {
    fold(
        target.observations.iter().filter_map(|observation| match &observation.fact {
            Fact::TlsEndpoint(endpoint) => Some((observation, &**endpoint, endpoint.address)),
            _ => None,
        }),
        |a, b| {
            // How many connections it took says nothing about the endpoint.
            *a == TlsEndpoint { address: a.address, connections: a.connections, ..b.clone() }
        },
    )
}

/// The certificate chains, those folded that differ in nothing but their address.
pub(crate) fn chains(target: &TargetReport) -> Vec<Same<'_, CertificateChain>> {
    fold(
        target.observations.iter().filter_map(|observation| match &observation.fact {
            Fact::CertificateChain(chain) => Some((observation, &**chain, chain.address)),
            _ => None,
        }),
        |a, b| *a == CertificateChain { address: a.address, ..b.clone() },
    )
}

fn fold<'a, T>(
    facts: impl Iterator<Item = (&'a Observation, &'a T, SocketAddr)>,
    same: impl Fn(&T, &T) -> bool,
) -> Vec<Same<'a, T>> {
    let mut folded: Vec<Same<'a, T>> = Vec::new();
    for (observation, fact, address) in facts {
        match folded.iter_mut().find(|known| same(known.fact, fact)) {
            Some(known) => known.at.push((observation, address)),
            None => folded.push(Same { fact, at: vec![(observation, address)] }),
        }
    }
    folded
}

/// What was measured, each as a label and a few words. Only what there is an observation of.
pub(crate) fn summary(target: &TargetReport) -> Vec<(&'static str, String)> {
    let mut out = common(target);
    out.extend(ssh::short(target));
    out.extend(tls_reports::short(target));
    out.extend(mail::lines(target));
    out.extend(here::short(target));
    out
}

/// The same, with more words on SSH servers, this computer and its network, which a page has tables for.
pub(crate) fn details(target: &TargetReport) -> Vec<(&'static str, String)> {
    let mut out = common(target);
    out.extend(ssh::lines(target));
    out.extend(tls_reports::lines(target));
    out.extend(mail::lines(target));
    out.extend(here::lines(target));
    out
}

fn common(target: &TargetReport) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    for observation in &target.observations {
        if let Fact::Addresses(addresses) = &observation.fact
            && let Some(list) = addresses.addresses.value()
        {
            let list: Vec<_> = list.iter().map(ToString::to_string).collect();
            out.push(("addresses", format!("{} ({})", list.join(", "), addresses.service)));
        }
    }
    out.extend(starttls::summary(target));
    let endpoints = endpoints(target);
    for same in &endpoints {
        let mut text = versions(same.fact);
        if endpoints.len() > 1 {
            let at: Vec<_> = same.at.iter().map(|(_, address)| address.to_string()).collect();
            text.push_str(&format!(" (at {})", at.join(", ")));
        }
        out.push(("TLS", text));
    }
    let chains = chains(target);
    let several = chains.iter().any(|same| chains.iter().any(|other| other.fact.host != same.fact.host));
    for same in &chains {
        let mut text = certificate(same.fact);
        if several {
            text.insert_str(0, &format!("{}: ", same.fact.host));
        }
        out.push(("certificate", text));
        out.extend(revocation::lines(same.fact).into_iter().map(|line| ("revocation", line)));
    }
    for (_, known) in host_keys::of(target) {
        out.push(("host keys", host_keys::summary(known)));
    }
    for observation in &target.observations {
        if let Fact::Preload(look_up) = &observation.fact
            && look_up.name == target.target.whom()
        {
            out.push(("HSTS preload", preload(look_up)));
        }
        if let Fact::Dnssec(dnssec) = &observation.fact
            && dnssec.name == target.target.whom()
        {
            out.push(("DNSSEC", names::proof(&dnssec.security)));
        }
        if let Fact::Caa(caa) = &observation.fact {
            out.push(("CAA", names::caa(caa)));
        }
        if let Fact::Crawl(crawl) = &observation.fact {
            let mut text = format!(
                "{} fetched, {} of them pages",
                words::count(crawl.fetched as usize, "document"),
                crawl.pages
            );
            if crawl.left > 0 {
                text.push_str(&format!("; {} more found and left", crawl.left));
            }
            out.push(("crawl", text));
        }
    }
    let plain: Vec<_> = target
        .observations
        .iter()
        .filter_map(|observation| match &observation.fact {
            Fact::PlainAnswer(answer) => Some(&answer.exchange.response),
            _ => None,
        })
        .collect();
    if !plain.is_empty() {
        let open = plain
            .iter()
            .filter(|response| response.value().is_some_and(|response| (200..300).contains(&response.status)))
            .count();
        out.push((
            "plain http",
            format!("{open} of {} answered with a page", words::count(plain.len(), "URL")),
        ));
    }
    let cookies = target.observations.iter().filter(|one| matches!(one.fact, Fact::Cookie(_))).count();
    if cookies > 0 {
        out.push(("cookies", cookies.to_string()));
    }
    out
}

/// The versions that an endpoint accepts, refuses, and those that could not be measured.
pub(crate) fn versions(endpoint: &TlsEndpoint) -> String {
    let accepted: Vec<_> = endpoint
        .accepted()
        .map(|(version, facts)| format!("{version} ({})", words::count(facts.suites.len(), "suite")))
        .collect();
    let named = |wanted: fn(&Outcome<midwatch_model::VersionFacts>) -> bool| -> Vec<TlsVersion> {
        endpoint.versions.iter().filter(|one| wanted(&one.support)).map(|one| one.version).collect()
    };
    let list =
        |versions: Vec<TlsVersion>| versions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut parts =
        vec![if accepted.is_empty() { "no version accepted".to_owned() } else { accepted.join(", ") }];
    let refused = named(Outcome::is_refused);
    if !refused.is_empty() {
        parts.push(format!("refused: {}", list(refused)));
    }
    let unmeasured = named(Outcome::is_unmeasured);
    if !unmeasured.is_empty() {
        parts.push(format!("not measured: {}", list(unmeasured)));
    }
    parts.join("; ")
}

fn certificate(chain: &CertificateChain) -> String {
    let Some(leaf) = chain.certificates.first().and_then(|certificate| certificate.parsed.as_ref()) else {
        return "none that could be parsed".into();
    };
    let mut text = format!("{}, until {}", leaf.subject, words::day(leaf.not_after));
    for decision in &chain.trust {
        let trusted = if decision.trusted { "trusted" } else { "not trusted" };
        text.push_str(&format!("; {trusted} by {}", store(&decision.store)));
    }
    if let Some(all) = &chain.transparency {
        text.push_str(&format!("; timestamps of logs: {}", timestamps(all)));
    }
    text
}

/// How many timestamps of logs came in which place, and which places were not looked at.
pub(crate) fn timestamps(all: &Transparency) -> String {
    let places = [TimestampSource::Certificate, TimestampSource::Tls, TimestampSource::Ocsp];
    let said = |place: TimestampSource| {
        let of = || all.timestamps.iter().filter(|one| one.from == place);
        let valid = of().filter(|one| one.signature == TimestampSignature::Valid).count();
        match of().count() {
            0 if all.not_looked.iter().any(|gap| gap.place == place) => {
                format!("{} not looked at", words::place(place))
            }
            0 => format!("none in {}", words::place(place)),
            count if count == valid => format!("{count} in {}", words::place(place)),
            count => format!("{count} in {}, of which {valid} verified", words::place(place)),
        }
    };
    places.map(said).join(", ")
}

/// What the preload list says, with its day.
fn preload(look_up: &Preload) -> String {
    match &look_up.entry {
        Some(entry) if entry.name == look_up.name => format!("on the list of {}", look_up.date),
        Some(entry) => format!("covered by {} on the list of {}", entry.name, look_up.date),
        None => format!("not on the list of {}", look_up.date),
    }
}

/// The name of a trust store for people.
pub(crate) fn store(store: &str) -> &str {
    match store {
        "mozilla" => "Mozilla's roots",
        "given" => "the given roots",
        "system" => "this computer's roots",
        "chrome" => "Chrome's roots",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn two_addresses_with_the_same_answers_are_one() {
        let report = sample::report();
        let endpoints = endpoints(&report.targets[0]);
        assert_eq!(endpoints.len(), 1);
        assert_eq!(endpoints[0].at.len(), 2);
    }

    #[test]
    fn two_addresses_with_different_answers_stay_apart() {
        let mut target = sample::report().targets.remove(0);
        for observation in &mut target.observations {
            if observation.id == "o3"
                && let Fact::TlsEndpoint(endpoint) = &mut observation.fact
            {
                endpoint.heartbeat = Outcome::seen(true);
            }
        }
        assert_eq!(endpoints(&target).len(), 2);
    }

    #[test]
    fn places_of_timestamps_stay_apart() {
        let report = sample::report();
        let summary = summary(&report.targets[1]);
        let (_, text) = summary.iter().find(|(label, _)| *label == "certificate").expect("a certificate");
        let wanted = "timestamps of logs: 2 in the certificate, 1 in the TLS handshake, of which 0 verified, the \
                      OCSP answer not looked at";
        assert!(text.ends_with(wanted), "{text}");
    }

    #[test]
    fn refused_and_not_measured_stay_apart() {
        let report = sample::report();
        let summary = summary(&report.targets[0]);
        let tls = summary.iter().find(|(label, _)| *label == "TLS").map(|(_, text)| text.as_str());
        assert_eq!(
            tls,
            Some(
                "TLS 1.0 (4 suites), TLS 1.2 (6 suites); refused: SSLv2, SSLv3, TLS 1.3; not measured: TLS 1.1"
            )
        );
    }
}
