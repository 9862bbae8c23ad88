//! A domain's mail: lines for a terminal, and tables for a page.

use midwatch_model::{
    AutoconfigSource, DaneChain, DaneFault, Dkim, Dmarc, DmarcPolicy, ExchangeFault, Fact, MailAutoconfig,
    MailExchange, MailNamedBy, MailService, MtaSts, MtaStsMode, MtaStsPolicy, Observation, Outcome,
    ReasonKind, SocketType, Spf, SpfQualifier, TargetReport, TlsRpt,
};

use super::here::{Line, Table};
use super::names::{proof, told};
use crate::words;

/// Facts of one kind, told together.
pub(crate) struct Group<'a> {
    /// What they are about.
    pub heading: &'static str,
    /// How many there are, or what they come to.
    pub note: String,
    /// The observations.
    pub of: Vec<&'a Observation>,
    /// Everything.
    pub tables: Vec<Table>,
}

/// Everything of weight, in lines.
pub(crate) fn lines(target: &TargetReport) -> Vec<Line> {
    target.observations.iter().flat_map(|observation| fact_lines(&observation.fact)).collect()
}

fn fact_lines(fact: &Fact) -> Vec<Line> {
    match fact {
        Fact::MailExchange(exchange) => vec![("takes mail", exchange_line(exchange))],
        // Where nobody listens, and nobody said that there is a service, one line for each usual port would say nothing.
        Fact::MailService(service) if service.is_open() || is_promised(service) => {
            vec![("service", service_line(service))]
        }
        Fact::MtaSts(sts) => {
            let mut out = vec![("MTA-STS", sts_line(sts))];
            let faults = sts.record_faults.iter().chain(sts.fetches.iter().flat_map(|fetch| &fetch.faults));
            let mut told: Vec<&str> = Vec::new();
            for fault in faults {
                if !told.contains(&fault.detail.as_str()) {
                    told.push(&fault.detail);
                }
            }
            out.extend(told.into_iter().map(|detail| ("", detail.to_owned())));
            out
        }
        Fact::TlsRpt(reports) => vec![("TLS reports", tls_rpt_line(reports))],
        Fact::MailAutoconfig(found) if is_there(found) => vec![("set up by", autoconfig_line(found))],
        Fact::Spf(spf) => vec![("SPF", spf_line(spf))],
        Fact::Dkim(dkim) => vec![("DKIM", dkim_line(dkim))],
        Fact::Dmarc(dmarc) => vec![("DMARC", dmarc_line(dmarc))],
        _ => Vec::new(),
    }
}

/// Everything, in tables.
pub(crate) fn groups(target: &TargetReport) -> Vec<Group<'_>> {
    let mut groups = Vec::new();
    let pick = |wanted: fn(&Fact) -> bool| -> Vec<&Observation> {
        target.observations.iter().filter(|observation| wanted(&observation.fact)).collect()
    };
    let exchanges = pick(|fact| matches!(fact, Fact::MailExchange(_)));
    if !exchanges.is_empty() {
        let note = words::count(exchanges.len(), "server");
        groups.push(Group {
            heading: "Who takes the mail",
            note,
            tables: exchange_tables(&exchanges),
            of: exchanges,
        });
    }
    let sts = pick(|fact| matches!(fact, Fact::MtaSts(_)));
    for observation in sts {
        if let Fact::MtaSts(fact) = &observation.fact {
            let tables = sts_tables(fact);
            groups.push(Group { heading: "MTA-STS", note: sts_line(fact), of: vec![observation], tables });
        }
    }
    let services = pick(|fact| matches!(fact, Fact::MailService(_)));
    if !services.is_empty() {
        groups.push(Group {
            heading: "Where people send and read mail",
            note: words::count(services.len(), "service"),
            tables: vec![service_table(&services)],
            of: services,
        });
    }
    let documents = pick(|fact| matches!(fact, Fact::MailAutoconfig(_)));
    if !documents.is_empty() {
        groups.push(Group {
            heading: "What programs of mail set themselves up by",
            note: words::count(documents.len(), "place"),
            tables: autoconfig_tables(&documents),
            of: documents,
        });
    }
    let others = pick(|fact| matches!(fact, Fact::TlsRpt(_) | Fact::Spf(_) | Fact::Dkim(_) | Fact::Dmarc(_)));
    if !others.is_empty() {
        let rows: Vec<Vec<String>> = others
            .iter()
            .filter_map(|observation| match &observation.fact {
                Fact::TlsRpt(fact) => Some(vec!["Reports on TLS".into(), tls_rpt_line(fact)]),
                Fact::Spf(fact) => Some(vec!["SPF".into(), spf_line(fact)]),
                Fact::Dkim(fact) => Some(vec!["DKIM".into(), dkim_line(fact)]),
                Fact::Dmarc(fact) => Some(vec!["DMARC".into(), dmarc_line(fact)]),
                _ => None,
            })
            .collect();
        groups.push(Group {
            heading: "Reports, and who may send in the domain's name",
            note: words::count(others.len(), "record"),
            of: others,
            tables: vec![Table::list("Records", &["What", "What it says"], &rows, Clone::clone)],
        });
    }
    groups
}

fn addresses<T: ToString>(outcome: &Outcome<Vec<T>>) -> String {
    told(outcome, |list| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
}

fn exchange_fault(fault: ExchangeFault) -> &'static str {
    match fault {
        ExchangeFault::Alias => "is an alias",
        ExchangeFault::AddressLiteral => "is an address in place of a name",
        ExchangeFault::NoAddress => "has no address",
        ExchangeFault::NotAHostName => "is no host name",
    }
}

fn exchange_line(exchange: &MailExchange) -> String {
    let rank = if exchange.implicit {
        "no MX record, so that the domain itself takes it".to_owned()
    } else {
        format!("preference {}", exchange.preference)
    };
    let mut parts = vec![format!("{}:{} ({rank})", exchange.host, exchange.port)];
    parts.extend(exchange.faults.iter().map(|fault| exchange_fault(*fault).to_owned()));
    if exchange.addresses.is_seen() {
        parts.push(format!("addresses {}", proof(&exchange.security)));
    }
    if !exchange.dane.is_empty() {
        parts.push(dane(exchange));
    }
    parts.join("; ")
}

/// What the TLSA records come to, should they be proved.
fn dane(exchange: &MailExchange) -> String {
    let all = exchange.dane.len();
    match exchange.dane.iter().filter(|chain| chain.is_verified()).count() {
        verified if verified == all => "TLSA records verify every chain".into(),
        0 => "TLSA records verify no chain".into(),
        verified => format!("TLSA records verify {verified} of {}", words::count(all, "chain")),
    }
}

fn dane_fault(fault: DaneFault) -> &'static str {
    match fault {
        DaneFault::PkixUsage => "its usage means nothing for mail",
        DaneFault::Unusable => "it cannot be used",
        DaneFault::NoMatch => "it matches no certificate",
        DaneFault::NoPath => "no signatures lead up to the certificate that it matches",
        DaneFault::Name => "the certificate names neither the server nor the domain",
        DaneFault::Time => "a certificate is not valid now",
    }
}

fn exchange_tables(all: &[&Observation]) -> Vec<Table> {
    let exchanges: Vec<&MailExchange> = all
        .iter()
        .filter_map(|observation| match &observation.fact {
            Fact::MailExchange(exchange) => Some(&**exchange),
            _ => None,
        })
        .collect();
    let servers = Table::list(
        "Servers",
        &["Server", "Preference", "Addresses", "DNSSEC of the addresses", "Notes"],
        &exchanges,
        |one| {
            let preference =
                if one.implicit { "no MX record".to_owned() } else { one.preference.to_string() };
            let mut notes: Vec<String> =
                one.faults.iter().map(|fault| exchange_fault(*fault).to_owned()).collect();
            if one.aliases.len() > 1 {
                notes.push(format!("by way of {}", one.aliases.join(" → ")));
            }
            vec![
                format!("{}:{}", one.host, one.port),
                preference,
                addresses(&one.addresses),
                proof(&one.security),
                notes.join("; "),
            ]
        },
    );
    let mut tables = vec![servers];
    let chains: Vec<(&MailExchange, &DaneChain)> =
        exchanges.iter().flat_map(|one| one.dane.iter().map(|chain| (*one, chain))).collect();
    if !chains.is_empty() {
        let heads: &[&str] = &["Server", "Address", "Certificate (SHA-256)", "What each TLSA record says"];
        tables.push(Table::list("DANE", heads, &chains, |(exchange, chain)| {
            let said = chain.records.iter().map(|record| {
                let says = record.fault.map_or("it verifies the chain", dane_fault);
                format!("record {}: {says}", record.record + 1)
            });
            vec![
                exchange.tlsa.clone(),
                chain.address.to_string(),
                chain.leaf.clone(),
                said.collect::<Vec<_>>().join("; "),
            ]
        }));
    }
    tables
}

fn mode(mode: Option<MtaStsMode>) -> &'static str {
    match mode {
        Some(MtaStsMode::Enforce) => "enforce",
        Some(MtaStsMode::Testing) => "testing",
        Some(MtaStsMode::None) => "none",
        None => "no mode",
    }
}

fn age(policy: &MtaStsPolicy) -> String {
    match policy.max_age {
        None => "for no time that can be read".into(),
        Some(seconds) if seconds >= 86_400 => {
            format!("for {}", words::count((seconds / 86_400) as usize, "day"))
        }
        Some(seconds) => format!("for {}", words::count(seconds as usize, "second")),
    }
}

fn sts_line(sts: &MtaSts) -> String {
    if let Some(policy) = sts.in_force() {
        let unnamed = sts.matches.iter().filter(|one| one.pattern.is_none()).count();
        let names = match (policy.mode, unnamed) {
            (Some(MtaStsMode::None), _) => String::new(),
            (_, 0) => ", names every server".to_owned(),
            (_, count) => format!(", does not name {}", words::count(count, "server")),
        };
        return format!("{} {}{names}", mode(policy.mode), age(policy));
    }
    match (&sts.txt.texts, &sts.record) {
        (Outcome::Unmeasured { why }, _) => format!("not measured: {why}"),
        (Outcome::Refused { how }, _) => format!("refused: {how}"),
        (_, Some(record)) => {
            let why = match sts.addresses.why_not() {
                Some(why) => why.to_string(),
                None => "none that senders take".to_owned(),
            };
            format!("a record with id {}; the policy: {why}", record.id)
        }
        (_, None) if !sts.record_faults.is_empty() => "a record that senders take for none".into(),
        (_, None) if sts.policy().is_some() => "a policy, and no record that tells of it".into(),
        (_, None) => "none".into(),
    }
}

fn sts_tables(sts: &MtaSts) -> Vec<Table> {
    let mut tables = Vec::new();
    if !sts.record_faults.is_empty() {
        tables.push(Table::list("The record", &["What is wrong"], &sts.record_faults, |fault| {
            vec![fault.detail.clone()]
        }));
    }
    let heads: &[&str] =
        &["Address", "Answer", "Certificate trusted", "Mode", "Kept", "Names", "What is wrong"];
    tables.push(Table::list("The policy", heads, &sts.fetches, |fetch| {
        let policy = fetch.policy.as_ref();
        let faults: Vec<&str> = fetch.faults.iter().map(|fault| fault.detail.as_str()).collect();
        vec![
            fetch.address.to_string(),
            told(&fetch.status, ToString::to_string),
            told(&fetch.certificate, |good| yes_or_no(*good)),
            policy.map_or_else(String::new, |policy| mode(policy.mode).to_owned()),
            policy.map_or_else(String::new, age),
            policy.map_or_else(String::new, |policy| policy.mx.join(", ")),
            faults.join("; "),
        ]
    }));
    if !sts.matches.is_empty() {
        let heads: &[&str] = &["Server", "Named by"];
        tables.push(Table::list("Servers by the policy", heads, &sts.matches, |one| {
            vec![one.mx.clone(), one.pattern.clone().unwrap_or_else(|| "no pattern".into())]
        }));
    }
    tables
}

fn tls_rpt_line(reports: &TlsRpt) -> String {
    told(&reports.txt.texts, |_| match &reports.record {
        Some(record) => format!("to {}", record.rua.join(", ")),
        None if reports.faults.is_empty() => "none".into(),
        None => {
            let faults: Vec<&str> = reports.faults.iter().map(|fault| fault.detail.as_str()).collect();
            format!("no record to go by: {}", faults.join("; "))
        }
    })
}

fn named_by(service: &MailService) -> String {
    let names = service.named_by.iter().map(|by| match by {
        MailNamedBy::Srv { owner } => owner.clone(),
        MailNamedBy::Autoconfig { url } => url.clone(),
        MailNamedBy::Guess => "nobody (a usual name)".to_owned(),
        MailNamedBy::Mx => "the MX record".to_owned(),
    });
    names.collect::<Vec<_>>().join(", ")
}

fn listens(service: &MailService) -> String {
    let all: Vec<String> = service
        .listens
        .iter()
        .map(|one| {
            let open = match &one.open {
                Outcome::Seen { .. } => "open".to_owned(),
                Outcome::Refused { how } => how.clone(),
                Outcome::Unmeasured { why } => format!("not measured: {why}"),
            };
            format!("{} {open}", one.address)
        })
        .collect();
    if all.is_empty() { "no address".into() } else { all.join(", ") }
}

fn tls_of(service: &MailService) -> &'static str {
    if service.implicit_tls { "TLS from the first byte" } else { "STARTTLS" }
}

/// The domain itself leads programs there.
fn is_promised(service: &MailService) -> bool {
    let names_it = |by: &MailNamedBy| matches!(by, MailNamedBy::Srv { .. } | MailNamedBy::Autoconfig { .. });
    service.named_by.iter().any(names_it)
}

fn service_line(service: &MailService) -> String {
    format!(
        "{} at {}:{} ({}): {}",
        service.protocol.name(),
        service.host,
        service.port,
        tls_of(service),
        listens(service)
    )
}

fn service_table(all: &[&Observation]) -> Table {
    let services: Vec<&MailService> = all
        .iter()
        .filter_map(|observation| match &observation.fact {
            Fact::MailService(service) => Some(service),
            _ => None,
        })
        .collect();
    let heads: &[&str] = &["Service", "Server", "Encryption", "Addresses", "Named by"];
    Table::list("Services", heads, &services, |service| {
        vec![
            service.protocol.name().to_owned(),
            format!("{}:{}", service.host, service.port),
            tls_of(service).to_owned(),
            listens(service),
            named_by(service),
        ]
    })
}

/// Somebody answers there, or it is not known.
fn is_there(found: &MailAutoconfig) -> bool {
    !matches!(&found.status, Outcome::Unmeasured { why } if matches!(
        why.kind,
        ReasonKind::NoSuchName | ReasonKind::NotAsked | ReasonKind::ConnectionRefused
    ))
}

/// Why there is no answer. A name that does not exist and a closed port are answers too.
fn nobody(status: &Outcome<u16>) -> String {
    match status.why_not().map(|why| why.kind) {
        Some(ReasonKind::NoSuchName) => "no such name".into(),
        Some(ReasonKind::ConnectionRefused) => "the port is closed".into(),
        _ => told(status, ToString::to_string),
    }
}

fn socket(socket: SocketType) -> &'static str {
    match socket {
        SocketType::Plain => "no encryption",
        SocketType::Tls => "TLS from the first byte",
        SocketType::Starttls => "STARTTLS",
        SocketType::Unknown => "not said",
    }
}

fn document(found: &MailAutoconfig) -> String {
    match &found.document {
        Outcome::Seen { value } => words::count(value.servers.len(), "server"),
        Outcome::Refused { how } => how.clone(),
        Outcome::Unmeasured { why } => why.to_string(),
    }
}

fn autoconfig_line(found: &MailAutoconfig) -> String {
    let leads = found.location.as_ref().map(|to| format!(", leads to {to}")).unwrap_or_default();
    let status = told(&found.status, |status| format!("status {status}"));
    format!("{}: {status}{leads}; {}", found.url, document(found))
}

fn autoconfig_tables(all: &[&Observation]) -> Vec<Table> {
    let found: Vec<&MailAutoconfig> = all
        .iter()
        .filter_map(|observation| match &observation.fact {
            Fact::MailAutoconfig(found) => Some(&**found),
            _ => None,
        })
        .collect();
    let heads: &[&str] = &["For", "URL", "Answer", "Certificate trusted", "Document"];
    let places = Table::list("Places", heads, &found, |one| {
        let source = match one.source {
            AutoconfigSource::Autoconfig | AutoconfigSource::WellKnown => "Thunderbird and others",
            AutoconfigSource::Autodiscover => "Outlook and others",
        };
        let leads = one.location.as_ref().map(|to| format!(", leads to {to}")).unwrap_or_default();
        let mut row = vec![source.to_owned(), one.url.clone()];
        row.extend(match &one.status {
            Outcome::Seen { value } => [
                format!("{value}{leads}"),
                match one.plain {
                    true => "plain http has none".into(),
                    false => told(&one.certificate, |good| yes_or_no(*good)),
                },
                document(one),
            ],
            other => [nobody(other), String::new(), String::new()],
        });
        row
    });
    let servers: Vec<Vec<String>> = found
        .iter()
        .flat_map(|one| {
            one.document.value().into_iter().flat_map(|document| &document.servers).map(|server| {
                vec![
                    server.kind.clone(),
                    server.port.map_or_else(|| server.host.clone(), |port| format!("{}:{port}", server.host)),
                    socket(server.socket).to_owned(),
                    server.authentication.join(", "),
                    one.url.clone(),
                ]
            })
        })
        .collect();
    let mut tables = vec![places];
    if !servers.is_empty() {
        let heads: &[&str] = &["Service", "Server", "Encryption", "Login", "Named by"];
        tables.push(Table::list("Servers that they name", heads, &servers, Clone::clone));
    }
    tables
}

fn spf_line(spf: &Spf) -> String {
    let value = match &spf.evaluation {
        Outcome::Seen { value } => value,
        Outcome::Refused { how } => return how.clone(),
        Outcome::Unmeasured { why } => return format!("not measured: {why}"),
    };
    let all = match value.all {
        Some(SpfQualifier::Fail) => "others may not send (-all)",
        Some(SpfQualifier::SoftFail) => "others probably may not send (~all)",
        Some(SpfQualifier::Neutral) => "nothing is said of others (?all)",
        Some(SpfQualifier::Pass) => "anybody may send (+all)",
        None => "nothing is said of others (no all)",
    };
    let mut parts = vec![all.to_owned(), words::count(value.lookups as usize, "question")];
    parts.extend(value.faults.iter().map(|fault| format!("{}: {}", fault.domain, fault.detail)));
    parts.join("; ")
}

fn dkim_line(dkim: &Dkim) -> String {
    let selector = &dkim.selector;
    let key = match &dkim.key {
        Outcome::Seen { value } => value,
        Outcome::Refused { how } => return format!("{selector}: {how}"),
        Outcome::Unmeasured { why } => return format!("{selector}: not measured: {why}"),
    };
    if key.revoked {
        return format!("{selector}: revoked");
    }
    let bits = key.bits.map_or_else(String::new, |bits| format!(" of {bits} bits"));
    let testing = if key.testing { "; being tested (t=y)" } else { "" };
    let faults: String = key.faults.iter().map(|fault| format!("; {}", fault.detail)).collect();
    format!("{selector}: {} key{bits}{testing}{faults}", key.algorithm)
}

fn policy(policy: DmarcPolicy) -> &'static str {
    match policy {
        DmarcPolicy::None => "none",
        DmarcPolicy::Quarantine => "quarantine",
        DmarcPolicy::Reject => "reject",
    }
}

fn dmarc_line(dmarc: &Dmarc) -> String {
    let record = match &dmarc.record {
        Outcome::Seen { value } => value,
        Outcome::Refused { how } => return how.clone(),
        Outcome::Unmeasured { why } => return format!("not measured: {why}"),
    };
    let mut parts = vec![format!("policy {}", policy(record.policy))];
    if let Some(subdomains) = record.subdomains {
        parts.push(format!("{} for subdomains", policy(subdomains)));
    }
    if record.percent < 100 {
        parts.push(format!("for {} % of the mail", record.percent));
    }
    if let Some(at) = dmarc.found_at.as_ref().filter(|at| **at != dmarc.domain) {
        parts.push(format!("by the record of {at}"));
    }
    parts.extend(record.faults.iter().map(|fault| fault.detail.clone()));
    parts.join("; ")
}

fn yes_or_no(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}

#[cfg(test)]
mod tests {
    use midwatch_model::{
        DaneRecord, MailProtocol, MtaStsFault, MtaStsFaultKind, MtaStsMatch, MtaStsRecord, Security,
        SpfEvaluation, TextRecords,
    };

    use super::*;

    fn text(name: &str) -> TextRecords {
        TextRecords {
            name: name.into(),
            aliases: vec![],
            texts: Outcome::seen(vec![]),
            security: Outcome::seen(Security::Secure),
        }
    }

    fn exchange() -> MailExchange {
        MailExchange {
            domain: "shop.example".into(),
            host: "mx.shop.example".into(),
            port: 25,
            preference: 10,
            implicit: false,
            faults: vec![],
            aliases: vec!["mx.shop.example".into()],
            alias_loop: false,
            addresses: Outcome::seen(vec!["192.0.2.1:25".parse().expect("an address")]),
            security: Outcome::seen(Security::Secure),
            tlsa_base: "mx.shop.example".into(),
            tlsa: "_25._tcp.mx.shop.example".into(),
            dane: vec![],
        }
    }

    #[test]
    fn a_closed_port_is_told_where_the_domain_leads_there() {
        let told = |named_by: MailNamedBy| {
            let service = MailService {
                domain: "shop.example".into(),
                protocol: MailProtocol::Imap,
                host: "mx.shop.example".into(),
                port: 993,
                implicit_tls: true,
                named_by: vec![named_by],
                listens: vec![],
            };
            fact_lines(&Fact::MailService(service)).len()
        };
        assert_eq!(told(MailNamedBy::Mx), 0);
        assert_eq!(told(MailNamedBy::Guess), 0);
        assert_eq!(told(MailNamedBy::Srv { owner: "_imaps._tcp.shop.example".into() }), 1);
    }

    fn sts() -> MtaSts {
        MtaSts {
            domain: "shop.example".into(),
            txt: text("_mta-sts.shop.example"),
            record: None,
            record_faults: vec![],
            fetches: vec![],
            addresses: Outcome::unmeasured(ReasonKind::NoSuchName, "mta-sts.shop.example has no address"),
            matches: vec![],
        }
    }

    #[test]
    fn servers_in_a_line() {
        let mut one = exchange();
        assert_eq!(exchange_line(&one), "mx.shop.example:25 (preference 10); addresses proved by DNSSEC");
        let chain = |faults: &[Option<DaneFault>]| DaneChain {
            address: "192.0.2.1:25".parse().expect("an address"),
            leaf: "ab".into(),
            records: faults
                .iter()
                .enumerate()
                .map(|(record, fault)| DaneRecord { record, fault: *fault })
                .collect(),
        };
        one.dane = vec![chain(&[Some(DaneFault::NoMatch), None]), chain(&[Some(DaneFault::NoMatch)])];
        assert!(exchange_line(&one).ends_with("TLSA records verify 1 of 2 chains"));
        one.faults = vec![ExchangeFault::NoAddress];
        one.addresses = Outcome::unmeasured(ReasonKind::NoSuchName, "it has no address");
        one.dane.clear();
        assert_eq!(exchange_line(&one), "mx.shop.example:25 (preference 10); has no address");
    }

    #[test]
    fn policies_in_a_line() {
        let mut one = sts();
        assert_eq!(sts_line(&one), "none");
        one.record_faults =
            vec![MtaStsFault { kind: MtaStsFaultKind::SeveralRecords, detail: "2 records".into() }];
        assert_eq!(sts_line(&one), "a record that senders take for none");
        one.record_faults.clear();
        one.record = Some(MtaStsRecord { id: "1".into(), extensions: vec![] });
        assert_eq!(sts_line(&one), "a record with id 1; the policy: mta-sts.shop.example has no address");
        let policy = MtaStsPolicy {
            mode: Some(MtaStsMode::Enforce),
            max_age: Some(604_800),
            mx: vec!["mx.shop.example".into()],
            extensions: vec![],
        };
        one.fetches = vec![midwatch_model::MtaStsFetch {
            url: "https://mta-sts.shop.example/.well-known/mta-sts.txt".into(),
            address: "192.0.2.2:443".parse().expect("an address"),
            status: Outcome::seen(200),
            content_type: Some("text/plain".into()),
            location: None,
            certificate: Outcome::seen(true),
            text: String::new(),
            policy: Some(policy),
            faults: vec![],
        }];
        one.matches = vec![
            MtaStsMatch { mx: "mx.shop.example".into(), pattern: Some("mx.shop.example".into()) },
            MtaStsMatch { mx: "mx2.shop.example".into(), pattern: None },
        ];
        assert_eq!(sts_line(&one), "enforce for 7 days, does not name 1 server");
        one.record = None;
        assert_eq!(sts_line(&one), "a policy, and no record that tells of it");
        one.txt.texts = Outcome::unmeasured(ReasonKind::Timeout, "nobody answered");
        assert_eq!(sts_line(&one), "not measured: nobody answered");
    }

    #[test]
    fn what_was_not_measured_reads_as_that() {
        let spf = |evaluation| Spf {
            domain: "shop.example".into(),
            txt: text("shop.example"),
            records: vec![],
            evaluation,
        };
        let why = || Outcome::unmeasured(ReasonKind::Timeout, "nobody answered");
        assert_eq!(spf_line(&spf(why())), "not measured: nobody answered");
        let open = SpfEvaluation {
            all: Some(SpfQualifier::Pass),
            lookups: 1,
            void_lookups: 0,
            domains: vec![],
            faults: vec![],
        };
        assert_eq!(spf_line(&spf(Outcome::seen(open))), "anybody may send (+all); 1 question");
        let guess = MailService {
            domain: "shop.example".into(),
            protocol: midwatch_model::MailProtocol::Imap,
            host: "imap.shop.example".into(),
            port: 143,
            implicit_tls: false,
            named_by: vec![MailNamedBy::Guess],
            listens: vec![],
        };
        assert!(fact_lines(&Fact::MailService(guess)).is_empty(), "nobody named it, and nobody listens");
    }
}
