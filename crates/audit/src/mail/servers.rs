//! The servers that take a domain's mail.

use std::net::SocketAddr;

use futures_util::{StreamExt as _, stream};
use midwatch_model::{Addresses, CertificateChain, Fact, Host, Mx, MxRecord, Starttls};
use midwatch_probe::dns::tlsa_matches;
use midwatch_probe::mail::dane;
use midwatch_probe::mail::exchange::{self, Found, MAX_EXCHANGES};

use super::Audit;
use crate::heap;
use crate::tls::{Service, endpoints};

/// Servers that are looked at, at the same time.
const AT_ONCE: usize = 4;

/// Each server with what its names and its TLS show.
pub(super) async fn facts(audit: &Audit<'_>, mx: &Mx) -> Vec<(String, Fact)> {
    let Some(records) = mx.records.value() else { return Vec::new() };
    let one = |record: Option<MxRecord>| async move { of_one(audit, record.as_ref()).await };
    match records.as_slice() {
        [] => one(None).await,
        // Nobody takes mail here, and says so (RFC 7505).
        [only] if only.exchange == "." => Vec::new(),
        several => {
            // A null MX beside others means nothing (RFC 7505 3).
            let named: Vec<MxRecord> =
                several.iter().filter(|record| record.exchange != ".").cloned().collect();
            let looked_at = named.iter().take(MAX_EXCHANGES).cloned().map(Some);
            let found: Vec<_> = stream::iter(looked_at).map(one).buffered(AT_ONCE).collect().await;
            let mut all: Vec<(String, Fact)> = found.into_iter().flatten().collect();
            all.extend(named.iter().skip(MAX_EXCHANGES).map(|record| {
                let left_out = exchange::left_out(audit.domain, record);
                (subject(&left_out.host), Fact::MailExchange(Box::new(left_out)))
            }));
            all
        }
    }
}

fn subject(host: &str) -> String {
    format!("{host}:{}", exchange::PORT)
}

async fn of_one(audit: &Audit<'_>, record: Option<&MxRecord>) -> Vec<(String, Fact)> {
    let Audit { domain, net, lookups, options, progress, .. } = *audit;
    let found = heap(|| exchange::look(lookups, net, domain, record)).await;
    let Found { mut exchange, given, dnssec, caa, mut tlsa } = found;
    let name = exchange.host.clone();
    let host = Host::Name(name.clone());
    let addresses: Vec<SocketAddr> = exchange.addresses.value().cloned().unwrap_or_default();
    let service =
        Service { host: &host, port: exchange.port, sni: Some(&name), starttls: Some(Starttls::Smtp) };
    let tls = heap(|| endpoints(&service, &addresses, net, options, progress)).await;
    if let Some(tlsa) = &mut tlsa
        && let Some(records) = tlsa.records.value()
    {
        tlsa.matches = tlsa_matches(records, chains(&tls));
        let names = [exchange.tlsa_base.as_str(), domain];
        exchange.dane = dane::chains(records, chains(&tls), &names, crate::now());
    }
    let mut all = Vec::new();
    // A name that is none has no addresses to tell of.
    if dnssec.is_some() {
        let fact = Addresses {
            name: name.clone(),
            service: Starttls::Smtp.id().into(),
            addresses: exchange.addresses.clone(),
            given,
        };
        all.push((name.clone(), Fact::Addresses(fact)));
    }
    all.push((subject(&name), Fact::MailExchange(Box::new(exchange))));
    all.extend(dnssec.map(|fact| (name.clone(), Fact::Dnssec(fact))));
    all.extend(caa.map(|fact| (name.clone(), Fact::Caa(fact))));
    all.extend(tlsa.map(|fact| (fact.name.clone(), Fact::Tlsa(fact))));
    all.extend(tls);
    all
}

fn chains(facts: &[(String, Fact)]) -> impl Iterator<Item = &CertificateChain> {
    facts.iter().filter_map(|(_, fact)| match fact {
        Fact::CertificateChain(chain) => Some(&**chain),
        _ => None,
    })
}
