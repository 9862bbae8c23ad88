//! Which facts of a look were measured wholly.
//!
//! Each fact has a key: its kind, and what it is about where that stays from look to look. What of a fact is asked for by
//! an option alone, or could be said by some sources alone, is part of its key, so that a look with other options is one
//! at other facts and never makes a finding look gone. A key counts as measured where all facts under it were.

use std::collections::BTreeMap;

use midwatch_model::{
    CertificateChain, CrawlEnd, EntryEnd, Exchange, Fact, LocalUpkeep, Outcome, Reason, ReasonKind,
    StarttlsEndpoint, TargetReport, TextRecords, TlsEndpoint,
};

use super::findings::{CRAWL, PAGE};
use super::tls::is_whole;
use crate::checks::support;
use crate::view::is_closed;

/// The keys of everything that was measured wholly, sorted.
pub(super) fn measured(report: &TargetReport) -> Vec<String> {
    let facts = || report.observations.iter().map(|seen| &seen.fact);
    let partly: Vec<&TlsEndpoint> = facts()
        .filter_map(|fact| match fact {
            Fact::TlsEndpoint(endpoint) if !is_whole(endpoint) => Some(&**endpoint),
            _ => None,
        })
        .collect();
    // Of an address that was not measured wholly, a certificate may be missing.
    let may_lack = |chain: &CertificateChain| {
        partly.iter().any(|endpoint| {
            let name = endpoint.sni.clone().unwrap_or_else(|| endpoint.host.to_string());
            endpoint.port == chain.port && name == chain.host.to_string()
        })
    };
    let mut all: BTreeMap<String, bool> = BTreeMap::new();
    for fact in facts() {
        let whole = match fact {
            Fact::CertificateChain(chain) if may_lack(chain) => false,
            fact => is_measured(fact),
        };
        *all.entry(key(fact)).or_insert(true) &= whole;
        // Pages were looked at where the crawl met any and none of them failed; whether it met all, its own key says.
        if let Fact::Crawl(crawl) = fact {
            *all.entry(PAGE.to_owned()).or_insert(true) &= crawl.pages > 0 && crawl.failed == 0;
        }
    }
    if !all.contains_key(CRAWL) {
        all.remove(PAGE);
    }
    all.into_iter().filter(|(_, whole)| *whole).map(|(key, _)| key).collect()
}

/// What a fact is known as.
pub(super) fn key(fact: &Fact) -> String {
    let about = |kind: &str, about: &dyn std::fmt::Display| format!("{kind} {about}");
    match fact {
        Fact::Addresses(fact) => about("addresses", &fact.name),
        Fact::TlsEndpoint(fact) => format!("tls-endpoint {}:{}", fact.host, fact.port),
        Fact::Starttls(fact) => format!("starttls {} {}:{}", fact.protocol, fact.host, fact.port),
        Fact::CertificateChain(fact) => {
            let asked = fact.revocation.as_ref().is_some_and(|revocation| !revocation.asked.is_empty());
            let more = match (asked, fact.completed.is_some()) {
                (false, false) => "",
                (true, false) => " with revocation",
                (false, true) => " with issuers",
                (true, true) => " with revocation and issuers",
            };
            format!("certificate-chain {}{more}", support::place(fact))
        }
        Fact::Entry(fact) => format!("entry {}", fact.start),
        Fact::AddressAnswer(_) => "address-answer".into(),
        Fact::Page(_) | Fact::PlainAnswer(_) | Fact::Cookie(_) => PAGE.into(),
        Fact::Crawl(_) => CRAWL.into(),
        Fact::Preload(fact) => about("preload", &fact.name),
        Fact::Dnssec(fact) => about("dnssec", &fact.name),
        Fact::Caa(fact) => about("caa", &fact.name),
        Fact::Tlsa(fact) => about("tlsa", &fact.name),
        Fact::Sshfp(fact) => about("sshfp", &fact.name),
        Fact::HttpsRecord(fact) => about("https-record", &fact.name),
        Fact::Mx(fact) => about("mx", &fact.name),
        Fact::Ds(fact) => about("ds", &fact.zone),
        Fact::Delegation(fact) if fact.parent.is_seen() => format!("delegation {} and above", fact.zone),
        Fact::Delegation(fact) => about("delegation", &fact.zone),
        Fact::Echo(fact) => about("echo", &fact.endpoint),
        Fact::ResolverAnswers(fact) => {
            format!("resolver-answers{}", if fact.chosen.is_some() { " beside another" } else { "" })
        }
        Fact::LocalNetwork(_) => "local-network".into(),
        Fact::LinkWatch(fact) => {
            format!("link-watch{}", if fact.frames.is_seen() { "" } else { " of the kernel" })
        }
        Fact::KnownNetwork(_) => "known-network".into(),
        Fact::LocalNames(_) => "local-names".into(),
        Fact::LocalSettings(_) => "local-settings".into(),
        Fact::LocalTrust(fact) => about("local-trust", &fact.store),
        Fact::LocalBrowser(fact) => format!("local-browser {} {}", fact.browser, fact.profile),
        Fact::LocalWifi(_) => "local-wifi".into(),
        Fact::LocalUpkeep(_) => "local-upkeep".into(),
        Fact::RouterPage(fact) => about("router-page", &fact.gateway),
        Fact::PlainSite(fact) => about("plain-site", &fact.host),
        Fact::SshEndpoint(fact) => format!("ssh-endpoint {}:{}", fact.host, fact.port),
        Fact::HostKeys(fact) => {
            let who = fact.answers.iter().filter(|answer| answer.says.is_seen());
            let who: Vec<String> = who.map(|answer| format!("{:?}", answer.source)).collect();
            format!("host-keys {} by {}", fact.name, who.join(","))
        }
        Fact::GitSource(fact) => format!("git-source {}", fact.path.as_deref().unwrap_or_default()),
        Fact::TlsReport(_) | Fact::TlsReportFiles(_) => "tls-reports".into(),
        Fact::MailExchange(fact) => format!("mail-exchange {}:{}", fact.host, fact.port),
        Fact::MailService(fact) => format!("mail-service {}:{}", fact.host, fact.port),
        Fact::MailSrv(fact) => about("mail-srv", &fact.name),
        Fact::MailAutoconfig(fact) => about("mail-autoconfig", &fact.url),
        Fact::MtaSts(fact) => about("mta-sts", &fact.domain),
        Fact::TlsRpt(fact) => about("tls-rpt", &fact.domain),
        Fact::Spf(fact) => about("spf", &fact.domain),
        Fact::Dkim(fact) => format!("dkim {} {}", fact.selector, fact.domain),
        Fact::Dmarc(fact) => about("dmarc", &fact.domain),
        Fact::ServedSites(_) => "served-sites".into(),
        Fact::ListeningServices(_) => "listening-services".into(),
        Fact::ServerSettings(_) => "server-settings".into(),
        Fact::SiteFaults(_) => "site-faults".into(),
    }
}

/// Everything that was asked of a fact was answered.
fn is_measured(fact: &Fact) -> bool {
    match fact {
        Fact::Addresses(fact) => fact.addresses.is_seen(),
        Fact::TlsEndpoint(fact) => is_endpoint_measured(fact),
        Fact::Starttls(fact) => is_starttls_measured(fact),
        Fact::CertificateChain(fact) => {
            let asked = fact.revocation.iter().flat_map(|revocation| &revocation.asked);
            fact.certificates.iter().all(|certificate| certificate.parsed.is_some())
                && asked.into_iter().all(|asked| !asked.says.is_unmeasured())
        }
        Fact::Entry(fact) => {
            fact.hops.iter().all(|hop| is_answered(&hop.exchange))
                && (fact.end != EntryEnd::Failed || !fact.hops.is_empty())
        }
        Fact::AddressAnswer(fact) => is_answered(&fact.exchange),
        Fact::Page(fact) => is_answered(&fact.exchange),
        Fact::PlainAnswer(fact) => is_answered(&fact.exchange),
        Fact::Crawl(fact) => fact.end == CrawlEnd::Complete && fact.failed == 0,
        Fact::Cookie(_) | Fact::Preload(_) => true,
        Fact::Dnssec(fact) => !fact.security.is_unmeasured(),
        Fact::Caa(fact) => answered(&fact.records) && answered(&fact.security),
        Fact::Tlsa(fact) => answered(&fact.records) && answered(&fact.security),
        Fact::Sshfp(fact) => answered(&fact.records) && answered(&fact.security),
        Fact::HttpsRecord(fact) => answered(&fact.records) && answered(&fact.security),
        Fact::Mx(fact) => answered(&fact.records) && answered(&fact.security),
        Fact::Ds(fact) => answered(&fact.records) && answered(&fact.security),
        Fact::Delegation(fact) => {
            answered(&fact.name_servers) && fact.servers.iter().all(|server| answered(&server.answer))
        }
        Fact::Echo(fact) => answered(&fact.request) && answered(&fact.odd_request) && answered(&fact.hello),
        Fact::ResolverAnswers(fact) => {
            let names = fact.names.iter();
            answered(&fact.faults)
                && names.into_iter().all(|name| {
                    answered(&name.system) && (answered(&name.chosen) || is_not_asked(&name.chosen))
                })
        }
        Fact::LocalNetwork(fact) => {
            answered(&fact.links) && answered(&fact.gateways) && answered(&fact.neighbours)
        }
        Fact::LinkWatch(fact) => answered(&fact.gateways) && fact.stopped.is_none(),
        Fact::KnownNetwork(fact) => answered(&fact.earlier),
        Fact::LocalNames(fact) => {
            answered(&fact.resolvers)
                && answered(&fact.hosts)
                && answered(&fact.sources)
                && fact.unread.is_empty()
        }
        Fact::LocalSettings(fact) => fact.unread.is_empty(),
        Fact::LocalTrust(fact) => answered(&fact.certificates) && fact.unread.is_empty() && fact.more == 0,
        Fact::LocalBrowser(fact) => answered(&fact.https_only) && fact.unread.is_empty(),
        Fact::LocalWifi(fact) => answered(&fact.interfaces),
        Fact::LocalUpkeep(fact) => is_upkeep_measured(fact),
        Fact::RouterPage(fact) => answered(&fact.plain) && answered(&fact.tls),
        Fact::PlainSite(fact) => answered(&fact.answer),
        Fact::SshEndpoint(fact) => {
            answered(&fact.identification)
                && answered(&fact.algorithms)
                && (answered(&fact.group_exchange) || is_not_asked(&fact.group_exchange))
                && fact.host_keys.iter().all(|offered| answered(&offered.key))
        }
        // Who could speak is part of the key.
        Fact::HostKeys(fact) => !fact.keys.is_empty(),
        Fact::GitSource(fact) => fact.unread.is_empty(),
        Fact::TlsReport(fact) => fact.odd.is_empty(),
        Fact::TlsReportFiles(fact) => fact.unread.is_empty(),
        Fact::MailExchange(fact) => is_resolved(&fact.addresses) && answered(&fact.security),
        Fact::MailService(fact) => fact.listens.iter().all(|one| answered(&one.open)),
        Fact::MailSrv(fact) => answered(&fact.records) && answered(&fact.security),
        Fact::MailAutoconfig(fact) => {
            let closed = |why: &Reason| why.kind == ReasonKind::ConnectionRefused;
            is_resolved(&fact.status) || fact.status.why_not().is_some_and(closed)
        }
        Fact::MtaSts(fact) => {
            is_text_measured(&fact.txt)
                && is_resolved(&fact.addresses)
                && fact.fetches.iter().all(|fetch| answered(&fetch.status))
        }
        Fact::TlsRpt(fact) => is_text_measured(&fact.txt),
        Fact::Spf(fact) => is_text_measured(&fact.txt) && answered(&fact.evaluation),
        Fact::Dkim(fact) => is_text_measured(&fact.txt),
        Fact::Dmarc(fact) => fact.txt.iter().all(is_text_measured) && answered(&fact.record),
        Fact::ServedSites(fact) => {
            fact.unread.is_empty() && fact.certificates.iter().all(|file| answered(&file.certificate))
        }
        Fact::ListeningServices(fact) => {
            fact.unread.is_empty() && answered(&fact.sockets) && answered(&fact.rules)
        }
        Fact::ServerSettings(fact) => fact.unread.is_empty(),
        Fact::SiteFaults(fact) => fact.audited == fact.found && fact.not_measured == 0,
    }
}

fn answered<T>(outcome: &Outcome<T>) -> bool {
    !outcome.is_unmeasured()
}

/// That a name has no address is an answer.
fn is_resolved<T>(outcome: &Outcome<T>) -> bool {
    outcome.why_not().is_none_or(|why| why.kind == ReasonKind::NoSuchName)
}

fn is_text_measured(txt: &TextRecords) -> bool {
    answered(&txt.texts) && answered(&txt.security)
}

fn is_not_asked<T>(outcome: &Outcome<T>) -> bool {
    outcome.why_not().is_some_and(|why| why.kind == ReasonKind::NotAsked)
}

/// A port of plain http that is closed is an answer: nobody is served there.
fn is_answered(exchange: &Exchange) -> bool {
    answered(&exchange.response) || (exchange.url.starts_with("http:") && is_closed(exchange))
}

/// What of an endpoint does not apply is not asked, which is so at every look.
fn is_endpoint_measured(fact: &TlsEndpoint) -> bool {
    let flags = [
        &fact.fallback_scsv,
        &fact.secure_renegotiation,
        &fact.compression,
        &fact.extended_master_secret,
        &fact.encrypt_then_mac,
        &fact.session_ticket,
        &fact.heartbeat,
        &fact.ocsp_staple,
    ];
    is_whole(fact)
        && fact.accepted().all(|(_, facts)| facts.groups_incomplete.is_none())
        && flags.iter().all(|flag| answered(flag) || is_not_asked(flag))
}

/// What does not apply, such as a port beside that is not there for the protocol, is not asked at every look.
fn is_starttls_measured(fact: &StarttlsEndpoint) -> bool {
    fn whole<T>(outcome: &Outcome<T>) -> bool {
        answered(outcome) || is_not_asked(outcome)
    }
    answered(&fact.greeting)
        && answered(&fact.accepted)
        && whole(&fact.before)
        && whole(&fact.offered)
        && whole(&fact.plain_after)
        && whole(&fact.plain_command)
        && whole(&fact.inside)
        && whole(&fact.implicit)
}

fn is_upkeep_measured(fact: &LocalUpkeep) -> bool {
    fact.unread.is_empty()
        && answered(&fact.restart)
        && answered(&fact.browsers)
        && answered(&fact.scanners)
        && answered(&fact.firewalls)
        && answered(&fact.listening)
        && fact.packages.iter().all(|packages| answered(&packages.lists) && answered(&packages.pending))
}
