//! What the checks of a TLS service say of each mail server, weighed by who looks at its certificate.
//!
//! People's programs verify the servers that they send and read mail by, as browsers verify a site. A server that sends mail to
//! another verifies it only as far as the domain publishes how: by TLSA records, whatever the certificate says (RFC 7672
//! 3.1.1), or by MTA-STS, as browsers do. Without either it takes any certificate (RFC 7435), so that a fault of one gives nobody
//! anything.

use midwatch_model::{AttackId, Finding, Host, MailExchange, MtaStsMode, Severity, Station, Target};

use crate::View;
use crate::check::Check;
use crate::view::Seen;
use crate::view::mail::{Dane, Mail, Sts};

/// Checks by which a certificate is refused.
const REFUSED: &[&str] = &[
    "cert-bad-signature",
    "cert-expired",
    "cert-malformed",
    "cert-missing-intermediate",
    "cert-name-constraint",
    "cert-name-mismatch",
    "cert-not-trusted",
    "cert-not-yet-valid",
    "cert-self-signed",
    "cert-unknown-critical-extension",
    "cert-unknown-root",
    "cert-weak-key",
    "cert-weak-signature",
    "cert-wrong-purpose",
    "cert-wrong-role",
];

/// Checks on what public authorities may issue, and on what browsers ask of it beyond that.
const FOR_BROWSERS: &[&str] = &[
    "cert-common-name",
    "cert-expires-soon",
    "cert-key-usage",
    "cert-name-form",
    "cert-not-in-every-programme",
    "cert-revoked",
    "cert-serial-invalid",
    "cert-unknown-to-authority",
    "cert-validity-long",
    "ct-invalid-signature",
    "ct-none",
    "ct-policy-not-met",
    "ct-unknown-log",
];

/// True for a fault by which senders that verify refuse a server, rather than one that lets somebody in.
pub(crate) fn is_refusal(finding: &Finding) -> bool {
    // People's programs meet their servers from the Wi-Fi on: there a refused certificate is what users click away.
    let between_servers = !finding.from.contains(&Station::Wifi);
    matches!(finding.id.as_str(), "dane-mismatch" | "mta-sts-mx-not-named")
        || between_servers && REFUSED.contains(&finding.id.as_str())
}

/// The findings about each server.
pub(crate) fn of_servers(view: &View<'_>) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    for part in &view.mail.parts {
        let exchange = exchange_of(view, part);
        for check in crate::checks() {
            for mut finding in check.run(part) {
                if let Some(exchange) = exchange {
                    between_servers(view, exchange, check, &mut finding);
                }
                if !finding.attacks.contains(&AttackId::EmailHijacking) {
                    finding.attacks.push(AttackId::EmailHijacking);
                }
                merge(&mut all, finding);
            }
        }
    }
    all
}

/// The part of the judgement about one server.
pub(crate) fn part_of<'v, 'a>(view: &'v View<'a>, host: &str, port: u16) -> Option<&'v View<'a>> {
    view.mail.parts.iter().find(|part| match part.target {
        Target::Tls { host: Host::Name(name), port: at, .. } => (name.as_str(), *at) == (host, port),
        _ => false,
    })
}

/// The server that takes the domain's mail, where the part is about one.
fn exchange_of<'a>(view: &View<'a>, part: &View<'a>) -> Option<Seen<'a, MailExchange>> {
    let Target::Tls { host, port, .. } = part.target else { return None };
    let is =
        |one: &&Seen<'a, MailExchange>| one.fact.port == *port && host.name() == Some(one.fact.host.as_str());
    view.mail.exchanges.iter().find(is).copied()
}

/// Servers speak to each other across networks alone, and look at certificates only as the domain has them do.
fn between_servers(view: &View<'_>, exchange: Seen<'_, MailExchange>, check: &Check, finding: &mut Finding) {
    finding.from.retain(|station| !matches!(station, Station::You | Station::Wifi | Station::Router));
    if finding.from.is_empty() {
        finding.from.push(Station::Network);
    }
    let refused = REFUSED.contains(&finding.id.as_str());
    if !refused && !FOR_BROWSERS.contains(&finding.id.as_str()) {
        return;
    }
    let by_policy =
        |seen: Seen<'_, midwatch_model::MtaSts>| Mail::named(seen.fact, &exchange.fact.host).is_some();
    let (most, gain) = match view.mail.sts() {
        Sts::Policy { seen, mode: MtaStsMode::Enforce, .. } if by_policy(seen) => {
            // The check's own weight, whatever it is where nobody looks.
            finding.severity = if refused { check.severity } else { finding.severity };
            let gain = "Senders that heed the domain's policy (MTA-STS) do not deliver to the server; and who turns the policy \
                        off to have mail again takes the protection away.";
            (Severity::Critical, gain)
        }
        Sts::Policy { seen, mode: MtaStsMode::Testing, .. } if by_policy(seen) => {
            let gain = "Nothing yet: the policy (MTA-STS) is in mode testing, and senders report the fault. In mode enforce they \
                        would not deliver.";
            (Severity::Low, gain)
        }
        _ => match view.mail.dane(exchange) {
            Dane::Verified { .. } | Dane::Mismatch { .. } => {
                let gain =
                    "Nothing: senders that verify go by the TLSA records, and others take any certificate.";
                (Severity::Info, gain)
            }
            _ => {
                let gain = "Nothing more than without it: no sender looks at the certificate, since neither TLSA records nor MTA-STS \
                            say how to verify it.";
                (Severity::Info, gain)
            }
        },
    };
    finding.severity = finding.severity.min(most);
    if refused {
        finding.gain = gain.into();
    }
}

/// Adds a finding. What two ports of one host share is said once.
fn merge(all: &mut Vec<Finding>, finding: Finding) {
    let same = all.iter_mut().find(|known| {
        (&known.id, &known.place, &known.title, known.severity)
            == (&finding.id, &finding.place, &finding.title, finding.severity)
    });
    match same {
        Some(known) => {
            for evidence in finding.evidence {
                if !known.evidence.contains(&evidence) {
                    known.evidence.push(evidence);
                }
            }
            for station in finding.from {
                if !known.from.contains(&station) {
                    known.from.push(station);
                }
            }
        }
        None => all.push(finding),
    }
}

#[cfg(test)]
mod tests;
