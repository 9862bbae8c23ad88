//! What the DNS says, each fact as a line.

use midwatch_model::{
    Caa, CaaRecord, Delegation, Dnssec, Ds, Fact, HttpsRecord, MailSrv, Mx, NameServer, Observation, Outcome,
    ResolverFault, Security, ServiceBinding, Sshfp, SshfpRecord, TargetReport, TextRecords, Tlsa, TlsaRecord,
};

use crate::words;

/// Entries of one list that a line names.
const MOST: usize = 6;

/// Characters of a TXT record that a line holds.
const MOST_OF_A_TEXT: usize = 200;

/// One line of what the DNS says.
pub(crate) struct Line<'a> {
    /// The observation.
    pub observation: &'a Observation,
    /// What kind of fact.
    pub label: &'static str,
    /// The name that it is about.
    pub name: &'a str,
    /// What was seen.
    pub what: String,
    /// What DNSSEC proves of it; empty where that is not asked.
    pub proof: String,
}

/// Every line, in the order of the report.
pub(crate) fn lines(target: &TargetReport) -> Vec<Line<'_>> {
    target.observations.iter().filter_map(line).collect()
}

fn line(observation: &Observation) -> Option<Line<'_>> {
    let (label, name, what, proof) = match &observation.fact {
        Fact::Dnssec(fact) => ("addresses", &fact.name, resolver(fact), proof(&fact.security)),
        Fact::Caa(fact) => ("CAA", &fact.name, caa(fact), proof(&fact.security)),
        Fact::Tlsa(fact) => ("TLSA", &fact.name, tlsa(fact), proof(&fact.security)),
        Fact::Sshfp(fact) => ("SSHFP", &fact.name, sshfp(fact), proof(&fact.security)),
        Fact::HttpsRecord(fact) => ("HTTPS", &fact.name, https(fact), proof(&fact.security)),
        Fact::Mx(fact) => ("MX", &fact.name, mx(fact), proof(&fact.security)),
        Fact::Ds(fact) => ("DS", &fact.zone, ds(fact), proof(&fact.security)),
        Fact::MailSrv(fact) => ("SRV", &fact.name, srv(fact), proof(&fact.security)),
        Fact::MtaSts(fact) => ("MTA-STS", &fact.txt.name, texts(&fact.txt), proof(&fact.txt.security)),
        Fact::TlsRpt(fact) => ("TLS-RPT", &fact.txt.name, texts(&fact.txt), proof(&fact.txt.security)),
        Fact::Spf(fact) => {
            ("SPF", &fact.txt.name, told_texts(&fact.txt, &fact.records), proof(&fact.txt.security))
        }
        Fact::Dkim(fact) => ("DKIM", &fact.txt.name, texts(&fact.txt), proof(&fact.txt.security)),
        Fact::Dmarc(fact) => {
            let last = fact.txt.last()?;
            ("DMARC", &last.name, texts(last), proof(&last.security))
        }
        Fact::Delegation(fact) => ("zone", &fact.zone, delegation(fact), String::new()),
        _ => return None,
    };
    Some(Line { observation, label, name, what, proof })
}

/// What DNSSEC proves.
pub(crate) fn proof(security: &Outcome<Security>) -> String {
    match security {
        Outcome::Seen { value: Security::Secure } => "proved by DNSSEC".into(),
        Outcome::Seen { value: Security::Insecure { .. } } => "not signed".into(),
        Outcome::Seen { value: Security::Bogus { why, extended } } => {
            let code = extended.as_ref().map(|error| format!(" ({} {})", error.code, error.name));
            format!("bogus: {why}{}", code.unwrap_or_default())
        }
        Outcome::Seen { value: Security::Indeterminate { why } } => format!("cannot be told: {why}"),
        Outcome::Refused { how } => format!("refused: {how}"),
        Outcome::Unmeasured { why } => format!("not measured: {why}"),
    }
}

/// A value in words, or why there is none.
pub(super) fn told<T>(outcome: &Outcome<T>, tell: impl FnOnce(&T) -> String) -> String {
    match outcome {
        Outcome::Seen { value } => tell(value),
        Outcome::Refused { how } => format!("refused: {how}"),
        Outcome::Unmeasured { why } => format!("not measured: {why}"),
    }
}

/// The first of a list, and how many more there are.
fn some(items: &[String]) -> String {
    let first = items.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ");
    match items.len().saturating_sub(MOST) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

fn resolver(dnssec: &Dnssec) -> String {
    let mut parts = Vec::new();
    // Offline, nobody is asked.
    if !dnssec.resolver.is_empty() {
        parts.push(format!("asked of {}", dnssec.resolver));
    }
    if dnssec.aliases.len() > 1 {
        parts.push(format!("by way of {}", dnssec.aliases.join(" → ")));
    }
    if dnssec.alias_loop {
        parts.push("which comes back to itself".into());
    }
    if let Some(rcode) = &dnssec.resolver_fails {
        parts.push(format!("the resolver's own check: {rcode}"));
    }
    parts.extend(dnssec.extended.iter().map(|error| format!("{} {}", error.code, error.name)));
    parts.extend(dnssec.faults.iter().map(|fault| {
        let fault = match fault {
            ResolverFault::AnswersEverything => "the resolver answers for names that do not exist",
            ResolverFault::StripsSignatures => "the resolver passes no signatures on",
        };
        fault.to_owned()
    }));
    parts.join("; ")
}

pub(crate) fn caa(caa: &Caa) -> String {
    told(&caa.records, |records| match (records.as_slice(), &caa.found_at) {
        ([], _) => "none: any authority may issue".into(),
        (records, at) => {
            let all: Vec<String> = records.iter().map(caa_record).collect();
            let at = at.as_ref().filter(|at| **at != caa.name).map(|at| format!(" (at {at})"));
            format!("{}{}", some(&all), at.unwrap_or_default())
        }
    })
}

fn caa_record(record: &CaaRecord) -> String {
    let critical = if record.critical { " critical" } else { "" };
    format!("{}{critical} \"{}\"", record.tag, record.value)
}

fn tlsa(tlsa: &Tlsa) -> String {
    told(&tlsa.records, |records| {
        if records.is_empty() {
            return "none".into();
        }
        let record = |(at, record): (usize, &TlsaRecord)| {
            let met: Vec<_> = tlsa.matches.iter().filter(|met| met.record == at).collect();
            let says = match (record.usable, met.as_slice()) {
                (false, _) => "cannot be used",
                (true, []) => "no chain to match",
                (true, met) if met.iter().all(|met| met.certificate.is_some()) => "matches",
                (true, met) if met.iter().any(|met| met.certificate.is_some()) => "matches some chains",
                _ => "does not match",
            };
            format!("{} {} {}: {says}", record.usage, record.selector, record.matching)
        };
        let all: Vec<String> = records.iter().enumerate().map(record).collect();
        some(&all)
    })
}

fn sshfp(sshfp: &Sshfp) -> String {
    told(&sshfp.records, |records| {
        if records.is_empty() {
            return "none".into();
        }
        some(&records.iter().map(sshfp_record).collect::<Vec<_>>())
    })
}

fn srv(srv: &MailSrv) -> String {
    told(&srv.records, |records| match records.as_slice() {
        [] => "none".into(),
        [one] if one.is_not_offered() => "not offered".into(),
        several => some(&several.iter().map(ToString::to_string).collect::<Vec<_>>()),
    })
}

/// TXT records as they stand, with the names that led to them.
fn texts(txt: &TextRecords) -> String {
    told_texts(txt, txt.seen())
}

/// Those of them that are meant.
fn told_texts(txt: &TextRecords, meant: &[String]) -> String {
    told(&txt.texts, |_| {
        let by_way = match txt.aliases.as_slice() {
            [] => String::new(),
            aliases => format!(" (by way of {})", aliases.join(" → ")),
        };
        let shown: Vec<String> = meant.iter().map(|text| short(text)).collect();
        if shown.is_empty() { format!("none{by_way}") } else { format!("{}{by_way}", some(&shown)) }
    })
}

/// The beginning of a long record.
fn short(text: &str) -> String {
    match text.char_indices().nth(MOST_OF_A_TEXT) {
        None => text.to_owned(),
        Some((at, _)) => format!("{} …", text.get(..at).unwrap_or_default()),
    }
}

/// By the names of the registry: `Ed25519 SHA-256`.
fn sshfp_record(record: &SshfpRecord) -> String {
    let number = |number: u8| number.to_string();
    let algorithm = match record.algorithm {
        1 => "RSA".into(),
        2 => "DSA".into(),
        3 => "ECDSA".into(),
        4 => "Ed25519".into(),
        6 => "Ed448".into(),
        other => number(other),
    };
    let hash = match record.hash {
        1 => "SHA-1".into(),
        2 => "SHA-256".into(),
        other => number(other),
    };
    let says = if record.usable { "" } else { ": cannot be used" };
    format!("{algorithm} {hash}{says}")
}

fn https(https: &HttpsRecord) -> String {
    let mut text = told(&https.records, |records| {
        if records.is_empty() {
            return "none".into();
        }
        some(&records.iter().map(binding).collect::<Vec<_>>())
    });
    if !https.aliases.is_empty() {
        text.push_str(&format!("; by way of {}", https.aliases.join(" → ")));
    }
    if https.alias_loop {
        text.push_str("; its aliases come back to themselves");
    }
    text
}

fn binding(binding: &ServiceBinding) -> String {
    let mut parts = vec![format!("{} {}", binding.priority, binding.target)];
    if !binding.alpn.is_empty() {
        parts.push(format!("alpn {}", binding.alpn.join(",")));
    }
    parts.extend(binding.port.map(|port| format!("port {port}")));
    for ech in &binding.ech {
        parts.push(format!("ECH for {}", ech.public_name.as_deref().unwrap_or("no name")));
    }
    parts.extend(binding.problems.iter().cloned());
    parts.join(" ")
}

fn mx(mx: &Mx) -> String {
    told(&mx.records, |records| match records.as_slice() {
        [] => "none".into(),
        // RFC 7505 section 3.
        [one] if one.exchange == "." => "nobody takes mail for it (RFC 7505)".into(),
        records => some(&records.iter().map(ToString::to_string).collect::<Vec<_>>()),
    })
}

/// Key tag, algorithm and digest type; the digest itself is long, and the report has it.
fn ds(ds: &Ds) -> String {
    told(&ds.records, |records| match records.as_slice() {
        [] => "none: the zone above has no keys for it".into(),
        records => {
            let one = |record: &midwatch_model::DsRecord| {
                let start: String = record.digest.chars().take(16).collect();
                format!("{} {} {} {start}…", record.key_tag, record.algorithm, record.digest_type)
            };
            some(&records.iter().map(one).collect::<Vec<_>>())
        }
    })
}

fn delegation(zone: &Delegation) -> String {
    let mut parts = vec![told(&zone.name_servers, |names| format!("served by {}", some(names)))];
    let silent = |server: &&NameServer| !server.answer.is_seen();
    let count = zone.servers.iter().filter(silent).count();
    if count > 0 {
        parts.push(format!("{count} of {} gave no answer", words::count(zone.servers.len(), "address")));
    }
    if let Some(parent) = zone.parent.value() {
        parts.push(format!("delegated by {} to {}", parent.zone, some(&parent.ns)));
    }
    parts.extend(
        zone.dangling.iter().map(|one| format!("{} leads to {}, which does not exist", one.name, one.target)),
    );
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use midwatch_model::{ExtendedError, ReasonKind, TlsaMatch};

    use super::*;

    fn secure() -> Outcome<Security> {
        Outcome::seen(Security::Secure)
    }

    #[test]
    fn records_are_told_as_they_stand() {
        let record = |tag: &str, value: &str| CaaRecord {
            critical: tag == "issuewild",
            tag: tag.into(),
            value: value.into(),
            issuer: None,
            parameters: vec![],
            malformed: false,
        };
        let mut fact = Caa {
            name: "www.shop.example".into(),
            found_at: Some("shop.example".into()),
            records: Outcome::seen(vec![record("issue", "ca.example"), record("issuewild", ";")]),
            security: secure(),
        };
        assert_eq!(caa(&fact), "issue \"ca.example\", issuewild critical \";\" (at shop.example)");
        fact.records = Outcome::seen(vec![]);
        assert!(caa(&fact).starts_with("none"));
        fact.records = Outcome::unmeasured(ReasonKind::Timeout, "no answer");
        assert!(caa(&fact).starts_with("not measured"));
    }

    #[test]
    fn a_record_that_matches_no_chain_is_told_from_one_without_a_chain() {
        let record = TlsaRecord { usage: 3, selector: 1, matching: 1, data: "ab".into(), usable: true };
        let met = |certificate| TlsaMatch {
            record: 0,
            address: "192.0.2.7:443".parse().unwrap(),
            leaf: "cd".into(),
            certificate,
        };
        let fact = |matches| Tlsa {
            name: "_443._tcp.shop.example".into(),
            records: Outcome::seen(vec![record.clone()]),
            security: secure(),
            matches,
        };
        assert_eq!(tlsa(&fact(vec![])), "3 1 1: no chain to match");
        assert_eq!(tlsa(&fact(vec![met(Some(0))])), "3 1 1: matches");
        assert_eq!(tlsa(&fact(vec![met(None)])), "3 1 1: does not match");
        assert_eq!(tlsa(&fact(vec![met(None), met(Some(0))])), "3 1 1: matches some chains");
    }

    #[test]
    fn fingerprints_of_ssh_are_told_by_their_names() {
        let record =
            |algorithm, hash, usable| SshfpRecord { algorithm, hash, fingerprint: "ab".into(), usable };
        let fact = |records| Sshfp { name: "git.example".into(), records, security: secure() };
        let records = vec![record(4, 2, true), record(3, 1, true), record(9, 7, false)];
        let said = sshfp(&fact(Outcome::seen(records)));
        assert_eq!(said, "Ed25519 SHA-256, ECDSA SHA-1, 9 7: cannot be used");
        assert_eq!(sshfp(&fact(Outcome::seen(vec![]))), "none");
    }

    #[test]
    fn mail_and_keys_of_a_zone() {
        use midwatch_model::{DsRecord, MxRecord};
        let fact = |list: &[(u16, &str)]| {
            let one = |&(preference, name): &(u16, &str)| MxRecord { preference, exchange: name.into() };
            let records = Outcome::seen(list.iter().map(one).collect());
            mx(&Mx { name: "shop.example".into(), records, security: secure() })
        };
        assert_eq!(fact(&[(10, "mail.example"), (20, "b.example")]), "10 mail.example, 20 b.example");
        assert_eq!(fact(&[]), "none");
        assert!(fact(&[(0, ".")]).starts_with("nobody"));
        let record = DsRecord { key_tag: 7, algorithm: 13, digest_type: 2, digest: "ab".repeat(32) };
        let fact = |records| ds(&Ds { zone: "shop.example".into(), records, security: secure() });
        assert_eq!(fact(Outcome::seen(vec![record])), "7 13 2 abababababababab…");
        assert!(fact(Outcome::seen(vec![])).starts_with("none"));
        assert!(fact(Outcome::unmeasured(ReasonKind::Timeout, "no answer")).starts_with("not measured"));
    }

    #[test]
    fn a_broken_proof_has_its_code() {
        let extended = Some(ExtendedError { code: 7, name: "Signature Expired".into(), text: None });
        let bogus = Security::Bogus { why: "the signature ended".into(), extended };
        assert_eq!(proof(&Outcome::seen(bogus)), "bogus: the signature ended (7 Signature Expired)");
        assert_eq!(proof(&secure()), "proved by DNSSEC");
    }
}
