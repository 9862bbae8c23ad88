//! The TLS part alone, for any service.

use std::net::SocketAddr;

use futures_util::future::join_all;
use midwatch_model::{Addresses, Fact, Host, Outcome, Starttls, Target, TargetReport, TlsEndpoint};
use midwatch_probe::net::Net;
use midwatch_probe::progress::Progress;
use midwatch_probe::starttls::{self, Opening};
use midwatch_probe::tls::{self, SentChain};
use midwatch_probe::{dns, pki};

use crate::gather::Gather;
use crate::{Options, heap};

/// Audits `target`, which is a [`Target::Tls`].
pub(crate) async fn audit(
    target: &Target,
    net: &Net,
    options: &Options,
    progress: &dyn Progress,
) -> TargetReport {
    let mut gather = Gather::default();
    if let Target::Tls { host, port, sni, starttls, .. } = target {
        let service = Service { host, port: *port, sni: sni.as_deref(), starttls: *starttls };
        for (subject, fact) in facts(&service, net, options, progress).await {
            gather.add(subject, fact);
        }
    }
    gather.judge(target, crate::now())
}

/// A TLS service, any protocol.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Service<'a> {
    /// Its host.
    pub(crate) host: &'a Host,
    /// Its port.
    pub(crate) port: u16,
    /// The name sent as SNI, and expected in the certificate, where that is another than the host.
    pub(crate) sni: Option<&'a str>,
    /// How TLS is asked for, where the connection begins in plain text.
    pub(crate) starttls: Option<Starttls>,
}

/// Everything that is measured of a TLS service.
pub(crate) async fn facts(
    service: &Service<'_>,
    net: &Net,
    options: &Options,
    progress: &dyn Progress,
) -> Vec<(String, Fact)> {
    let Service { host, port, sni, starttls } = *service;
    let resolved = net.resolve(host, port).await;
    let addresses = resolved.addresses.value().cloned().unwrap_or_default();
    let fact = Addresses {
        name: host.to_string(),
        service: starttls.map_or("tls", Starttls::id).into(),
        addresses: resolved.addresses,
        given: resolved.given,
    };
    let mut all = vec![(host.to_string(), Fact::Addresses(fact))];
    let name = sni.or(host.name());
    let names = async {
        match host.name() {
            Some(name) => Box::pin(dns::site(net, name, port)).await,
            None => Vec::new(),
        }
    };
    let named = Service { sni: name, ..*service };
    let (facts, mut names) = tokio::join!(endpoints(&named, &addresses, net, options, progress), names);
    match_tlsa(&mut names, &facts);
    all.extend(facts);
    all.extend(names);
    all
}

/// Every address of a service and the chains that each sent. Its `sni` is sent as it is, and none where it is none.
pub(crate) async fn endpoints(
    service: &Service<'_>,
    addresses: &[SocketAddr],
    net: &Net,
    options: &Options,
    progress: &dyn Progress,
) -> Vec<(String, Fact)> {
    let Service { host, port, sni: server_name, starttls: protocol } = *service;
    let run = |&address| async move {
        let name = server_name.map_or_else(|| host.to_string(), str::to_owned);
        let opening = Opening::of(protocol, &name);
        let endpoint = || tls::endpoint(net, &opening, host, port, address, server_name, progress);
        let Some(protocol) = protocol else { return (None, heap(endpoint).await) };
        progress.stage(&format!("{} of {address}", protocol.name()), None);
        let begin = || starttls::begin(net, host, port, address, protocol, server_name, &opening);
        let begun = heap(begin).await;
        let (plain, run) = tokio::join!(heap(|| begun.finish()), heap(endpoint));
        (Some(plain), run)
    };
    let (plain, runs): (Vec<_>, Vec<_>) = join_all(addresses.iter().map(run)).await.into_iter().unzip();
    let subject = format!("{host}:{port}");
    // The name that the certificate has to hold is the one asked for, where that is another than the host.
    let named = server_name.map_or_else(|| host.clone(), |name| Host::Name(name.to_owned()));
    let mut facts: Vec<_> =
        plain.into_iter().flatten().map(|plain| (subject.clone(), Fact::Starttls(Box::new(plain)))).collect();
    let mut chains = Vec::new();
    for run in &runs {
        let address = run.endpoint.address;
        chains.extend(
            run.chains
                .iter()
                .map(|chain| chain_fact(net, &named, port, address, server_name, chain, options)),
        );
    }
    let chains = join_all(chains).await;
    facts.extend(runs.into_iter().map(|run| (subject.clone(), Fact::TlsEndpoint(Box::new(run.endpoint)))));
    facts.extend(chains.into_iter().map(|chain| (subject.clone(), chain)));
    facts
}

/// The chains that each address sends, and of everything else what is known of a service that shares its settings. Where
/// an address sends none, it is measured by itself.
pub(crate) async fn beside(
    service: &Service<'_>,
    known: &TlsEndpoint,
    addresses: &[SocketAddr],
    net: &Net,
    options: &Options,
    progress: &dyn Progress,
) -> Vec<(String, Fact)> {
    let Service { host, port, sni: server_name, .. } = *service;
    let mut facts = Vec::new();
    for &address in addresses {
        let sent = tls::certificates(net, &Opening::direct(), address, server_name).await;
        if sent.is_empty() {
            facts.extend(endpoints(service, &[address], net, options, progress).await);
            continue;
        }
        let subject = format!("{host}:{port}");
        // What is stapled belongs to the certificate, and not to the settings.
        let stapled = match sent.iter().any(|chain| chain.asked_beside) {
            true => Outcome::seen(sent.iter().any(|chain| chain.ocsp.is_some())),
            false => known.ocsp_staple.clone(),
        };
        let endpoint = TlsEndpoint {
            host: host.clone(),
            port,
            address,
            sni: server_name.map(str::to_owned),
            ocsp_staple: stapled,
            connections: 0,
            ..known.clone()
        };
        facts.push((subject.clone(), Fact::TlsEndpoint(Box::new(endpoint))));
        let named = server_name.map_or_else(|| host.clone(), |name| Host::Name(name.to_owned()));
        for chain in &sent {
            let fact = chain_fact(net, &named, port, address, server_name, chain, options).await;
            facts.push((subject.clone(), fact));
        }
    }
    facts
}

/// Lays the TLSA records beside the chains that the same service sent.
pub(crate) fn match_tlsa(names: &mut [(String, Fact)], tls: &[(String, Fact)]) {
    let chains = || {
        tls.iter().filter_map(|(_, fact)| match fact {
            Fact::CertificateChain(chain) => Some(&**chain),
            _ => None,
        })
    };
    for (_, fact) in names {
        if let Fact::Tlsa(tlsa) = fact
            && let Some(records) = tlsa.records.value()
        {
            tlsa.matches = dns::tlsa_matches(records, chains());
        }
    }
}

/// A chain as a fact, with every store's word on it, and the authorities' where they are asked.
pub(crate) async fn chain_fact(
    net: &Net,
    host: &Host,
    port: u16,
    address: SocketAddr,
    sni: Option<&str>,
    chain: &SentChain,
    options: &Options,
) -> Fact {
    let met = pki::Met { host, port, address, sni, met_with: &chain.met_with, beside: chain.beside() };
    let mut fact = pki::chain(&met, &chain.certificates, &options.stores, crate::now());
    let (sent, stores) = (&chain.certificates, &options.stores);
    options.authorities.ask(net, &met, sent, stores, crate::now(), &mut fact).await;
    fact.known = crate::known::look(&fact);
    Fact::CertificateChain(Box::new(fact))
}
