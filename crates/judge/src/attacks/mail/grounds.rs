//! What the verdicts on mail rest on, and what of it was not measured.

use midwatch_model::{
    Because, Finding, MailNamedBy, MailService, MtaStsMode, Outcome, ReasonKind, TlsVersion, Verdict,
};

use crate::attack::{by_severity, link};
use crate::attacks::gaps;
use crate::checks::mail_support::dmarc_stops;
use crate::mail::{is_refusal, part_of};
use crate::view::mail::{Dane, Sts, Vouched};
use crate::view::{Trust, View};
use crate::words;

/// Names that one reason lists.
const MAX_NAMES: usize = 4;

/// Where senders that verify refuse a server, nobody is let in; mail that does not arrive is what its owner notices.
pub(super) fn weigh(finding: &Finding) -> Option<Verdict> {
    match by_severity(finding) {
        // Programs that are set to use TLS where there is any.
        None if finding.id == "starttls-strippable" => Some(Verdict::Partly),
        Some(Verdict::Exposed) if is_refusal(finding) => Some(Verdict::Partly),
        verdict => verdict,
    }
}

/// Who takes the mail is not known.
pub(super) fn no_takers(view: &View<'_>) -> Vec<Because> {
    let Some((seen, records)) = view.mail.mx_records() else {
        let (why, id) = match view.mail.mx {
            Some(seen) => (seen.fact.records.why_not().map(ToString::to_string), Some(seen.id)),
            None => (None, None),
        };
        let why = why.map(|why| format!(": {why}")).unwrap_or_default();
        let text = format!("the MX records of {} could not be measured{why}", view.host);
        return vec![link(text, id.as_slice())];
    };
    if view.mail.null_mx().is_some() {
        return Vec::new();
    }
    let mut all = Vec::new();
    let missing: Vec<&str> = records
        .iter()
        .map(|record| record.exchange.as_str())
        .filter(|name| *name != "." && !view.mail.exchanges.iter().any(|one| one.fact.host == *name))
        .collect();
    if !missing.is_empty() {
        all.push(link(format!("{} was not looked at", words::some(&missing, MAX_NAMES)), &[seen.id]));
    }
    for exchange in view.mail.takers() {
        if let Outcome::Unmeasured { why } = &exchange.fact.addresses {
            let text = format!("the addresses of {} could not be measured: {why}", exchange.fact.host);
            all.push(link(text, &[exchange.id]));
        }
    }
    all
}

/// Both of what leaves open whether servers can be verified and whether what they say can be read, each once.
pub(super) fn no_proof_or_encryption(view: &View<'_>) -> Vec<Because> {
    let mut all = no_proof(view);
    for gap in no_encryption(view) {
        if !all.contains(&gap) {
            all.push(gap);
        }
    }
    all
}

/// Whether what goes to and fro is encrypted is not known of a server.
pub(super) fn no_encryption(view: &View<'_>) -> Vec<Because> {
    let mut all = no_takers(view);
    for exchange in view.mail.takers().filter(|one| one.fact.addresses.is_seen()) {
        all.extend(of_server(view, &exchange.fact.host, exchange.fact.port));
    }
    all.extend(no_service(view, &of_server));
    all
}

/// Whether a server can be told from another is not known.
pub(super) fn no_proof(view: &View<'_>) -> Vec<Because> {
    let mut all = no_takers(view);
    for exchange in view.mail.takers() {
        if let Vouched::Unknown(gaps) = view.mail.vouched(exchange) {
            for gap in gaps {
                if !all.contains(&gap) {
                    all.push(gap);
                }
            }
        }
    }
    all.extend(no_service(view, &|view, host, port| match part_of(view, host, port) {
        Some(part) => gaps::certificate(part),
        None => vec![link(format!("the certificate of {host}:{port} was not measured"), &[])],
    }));
    all
}

/// Whether the answers of the DNS can be proved is not known, where nothing else helps.
pub(super) fn no_names(view: &View<'_>) -> Vec<Because> {
    let mut all = no_takers(view);
    if view.mail.enforced().is_some() || view.mail.takers().next().is_none() {
        return all;
    }
    if let Err(gap) = view.mail.mx_proved() {
        all.push(gap);
    }
    for exchange in view.mail.takers() {
        if let Some(why) = undecided(&exchange.fact.security) {
            let text = format!(
                "whether the addresses of {} are signed could not be measured: {why}",
                exchange.fact.host
            );
            all.push(link(text, &[exchange.id]));
        }
    }
    // Signed answers need no policy.
    let signed = view.mail.mx_proved() == Ok(true)
        && view
            .mail
            .takers()
            .all(|one| one.fact.security.value().is_some_and(midwatch_model::Security::is_secure));
    if let (false, Sts::Unknown(gap)) = (signed, view.mail.sts()) {
        all.push(gap);
    }
    all
}

/// What was not measured of who may send in the domain's name.
pub(super) fn no_sender(view: &View<'_>) -> Vec<Because> {
    match view.mail.dmarc {
        None => vec![link("DMARC was not looked at", &[])],
        Some(seen) => match seen.fact.record.why_not().filter(|_| seen.fact.record.is_unmeasured()) {
            Some(why) => vec![link(format!("the record of DMARC could not be measured: {why}"), &[seen.id])],
            None => Vec::new(),
        },
    }
}

fn undecided(security: &Outcome<midwatch_model::Security>) -> Option<String> {
    match security {
        Outcome::Seen { value: midwatch_model::Security::Indeterminate { why } } => Some(why.clone()),
        Outcome::Seen { .. } => None,
        Outcome::Refused { how } => Some(how.clone()),
        Outcome::Unmeasured { why } => Some(why.to_string()),
    }
}

/// What was not measured of the TLS of one server. Where it refuses TLS, a finding says so.
fn of_server(view: &View<'_>, host: &str, port: u16) -> Vec<Because> {
    let Some(part) = part_of(view, host, port) else {
        return vec![link(format!("TLS at {host}:{port} was not measured"), &[])];
    };
    let refuses = |part: &View<'_>| {
        !part.starttls.is_empty() && part.starttls.iter().all(|seen| seen.fact.accepted.is_refused())
    };
    let mut all = Vec::new();
    let reached = part.starttls.iter().any(|seen| !seen.fact.accepted.is_unmeasured());
    for seen in &part.starttls {
        let Some(why) = seen.fact.accepted.why_not().filter(|_| seen.fact.accepted.is_unmeasured()) else {
            continue;
        };
        // Most computers without IPv6 meet such addresses everywhere.
        if reached && why.kind == ReasonKind::Unreachable {
            continue;
        }
        let text = format!("whether {} takes STARTTLS could not be measured: {why}", seen.fact.address);
        all.push(link(text, &[seen.id]));
    }
    if all.is_empty() && !refuses(part) {
        all.extend(gaps::versions(part));
    }
    all
}

/// The same of each service that people's programs can reach, and those of which that is not known.
fn no_service(view: &View<'_>, of: &dyn Fn(&View<'_>, &str, u16) -> Vec<Because>) -> Vec<Because> {
    let mut all = Vec::new();
    for seen in &view.mail.services {
        let service = seen.fact;
        if service.is_open() {
            all.extend(of(view, &service.host, service.port));
        } else if is_named(service)
            && let Some(why) = silence(service)
        {
            let text =
                format!("whether {}:{} is open could not be measured: {why}", service.host, service.port);
            all.push(link(text, &[seen.id]));
        }
    }
    all
}

/// Programs are led there, and do not only try it.
fn is_named(service: &MailService) -> bool {
    service.named_by.iter().any(|by| matches!(by, MailNamedBy::Srv { .. } | MailNamedBy::Autoconfig { .. }))
}

/// Why it is not known whether anybody listens.
fn silence(service: &MailService) -> Option<String> {
    service.listens.iter().find_map(|one| {
        let why = one.open.why_not().filter(|_| one.open.is_unmeasured())?;
        Some(why.to_string())
    })
}

/// The domain says that it takes no mail.
pub(super) fn no_mail(view: &View<'_>) -> Vec<Because> {
    match view.mail.null_mx() {
        Some(seen) => vec![link(
            format!("{} says that it takes no mail, so that senders send none (null MX)", view.host),
            &[seen.id],
        )],
        None if view.mail.mx_records().is_some()
            && !view.mail.exchanges.is_empty()
            && view.mail.takers().next().is_none() =>
        {
            let ids: Vec<&str> = view.mail.exchanges.iter().map(|seen| seen.id).collect();
            vec![link("no server that would take the mail has an address", &ids)]
        }
        None => Vec::new(),
    }
}

/// Who vouches for each server that takes mail.
pub(super) fn vouched(view: &View<'_>) -> Vec<Because> {
    let mut all = Vec::new();
    for exchange in view.mail.takers() {
        if let Vouched::Yes(reasons) = view.mail.vouched(exchange) {
            all.extend(reasons);
        }
    }
    all
}

/// Every server encrypts with sound versions.
pub(super) fn encrypted(view: &View<'_>) -> Vec<Because> {
    let mut names: Vec<String> = Vec::new();
    let mut ids = Vec::new();
    for part in &view.mail.parts {
        let versions: Vec<(TlsVersion, &str)> = part
            .endpoints
            .iter()
            .flat_map(|seen| seen.fact.accepted().map(|(version, _)| (version, seen.id)))
            .collect();
        if versions.is_empty() || versions.iter().any(|(version, _)| *version < TlsVersion::Tls12) {
            continue;
        }
        names.push(part.endpoint_name());
        ids.extend(versions.into_iter().map(|(_, id)| id));
    }
    if names.is_empty() {
        return Vec::new();
    }
    let verb = if names.len() == 1 { "encrypts" } else { "encrypt" };
    vec![link(format!("{} {verb}, with TLS 1.2 or 1.3 alone", words::some(&names, MAX_NAMES)), &ids)]
}

/// The certificates of the servers that people's programs use.
pub(super) fn certified(view: &View<'_>) -> Vec<Because> {
    let mut names: Vec<String> = Vec::new();
    let mut all_ids = Vec::new();
    for seen in view.mail.open_services() {
        let Some(part) = part_of(view, &seen.fact.host, seen.fact.port) else { continue };
        if let Trust::Yes { ids, .. } = part.trust(part.certificate_host()) {
            names.push(part.endpoint_name());
            all_ids.extend(ids);
        }
    }
    if names.is_empty() {
        return Vec::new();
    }
    let (noun, verb) = if names.len() == 1 { ("certificate", "is") } else { ("certificates", "are") };
    vec![link(
        format!(
            "the {noun} of {} {verb} trusted, so that people's programs accept no other",
            words::some(&names, MAX_NAMES)
        ),
        &all_ids,
    )]
}

/// Services where there is no plain text to begin with.
pub(super) fn implicit(view: &View<'_>) -> Vec<Because> {
    let of: Vec<_> = view.mail.open_services().filter(|seen| seen.fact.implicit_tls).collect();
    if of.is_empty() {
        return Vec::new();
    }
    let names: Vec<String> = of.iter().map(|seen| format!("{}:{}", seen.fact.host, seen.fact.port)).collect();
    let ids: Vec<&str> = of.iter().map(|seen| seen.id).collect();
    vec![link(
        format!(
            "{} begin with TLS, so that there is no plain text to take it out of",
            words::some(&names, MAX_NAMES)
        ),
        &ids,
    )]
}

/// The answers that lead to the servers are proved, or a policy does without.
pub(super) fn named(view: &View<'_>) -> Vec<Because> {
    let mut all = Vec::new();
    if let (Some(seen), Ok(true)) = (view.mail.mx, view.mail.mx_proved()) {
        let mut ids = vec![seen.id];
        ids.extend(view.mail.takers().map(|one| one.id));
        all.push(link(
            "the MX records and the addresses that they lead to are signed: senders whose resolver checks refuse a forged answer",
            &ids,
        ));
    }
    if let Some((seen, policy)) = view.mail.enforced() {
        let names = words::some(&policy.mx, MAX_NAMES);
        all.push(link(
            format!("MTA-STS has senders deliver to {names} alone, whatever an answer of the DNS says"),
            &[seen.id],
        ));
    }
    all
}

/// Receivers refuse what only claims to be the domain's.
pub(super) fn sender(view: &View<'_>) -> Vec<Because> {
    match view.mail.dmarc.filter(|_| dmarc_stops(view)) {
        Some(seen) => vec![link(
            "receivers are asked to refuse or set aside mail that only claims to be the domain's (DMARC)",
            &[seen.id],
        )],
        None => Vec::new(),
    }
}

/// Who is not protected by what the domain publishes.
pub(super) fn other_senders(view: &View<'_>) -> Vec<String> {
    let mut all = Vec::new();
    if view.mail.takers().next().is_none() {
        return all;
    }
    let dane = view.mail.takers().all(|one| matches!(view.mail.dane(one), Dane::Verified { .. }));
    let sts = matches!(view.mail.sts(), Sts::Policy { mode: MtaStsMode::Enforce, .. });
    let text = match (dane, sts) {
        (true, true) => {
            "Senders that look neither at TLSA records nor at MTA-STS verify nobody, whatever the domain publishes."
        }
        (true, false) => {
            "Senders that do not look at TLSA records, some large providers among them, verify nobody. A policy of MTA-STS beside \
             them would reach those."
        }
        (false, true) => {
            "Senders that do not look at MTA-STS, most small servers among them, verify nobody. TLSA records beside it would reach \
             those that look at them."
        }
        (false, false) => return all,
    };
    all.push(text.into());
    if sts && !dane {
        all.push(
            "A sender that never had the policy can be kept from it by whoever forges the DNS or shuts the way to it (RFC 8461 10.2)."
                .into(),
        );
    }
    all
}

/// What no run of this kind looks at.
pub(super) fn not_looked_at(view: &View<'_>) -> Vec<String> {
    let mut all = Vec::new();
    if view.mail.open_services().next().is_none() {
        all.push("Where people send and read the domain's mail was not found, and not looked at.".into());
    }
    // Firewalls that drop what they do not let in look so; nobody names these ports.
    let silent: Vec<String> = view
        .mail
        .services
        .iter()
        .filter(|seen| !seen.fact.is_open() && !is_named(seen.fact) && silence(seen.fact).is_some())
        .map(|seen| format!("{}:{}", seen.fact.host, seen.fact.port))
        .collect();
    if !silent.is_empty() {
        let names = words::some(&silent, MAX_NAMES);
        all.push(format!(
            "Nothing came back from {names}, which nobody names; what would listen there was not looked at."
        ));
    }
    all.push("How the domain's own servers verify others when they send was not looked at.".into());
    all
}
