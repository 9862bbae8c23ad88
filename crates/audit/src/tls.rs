//! The TLS part alone, for any service.

use std::net::SocketAddr;

use futures_util::future::join_all;
use midwatch_model::{Addresses, Fact, Host, Target, TargetReport};
use midwatch_probe::net::Net;
use midwatch_probe::pki;
use midwatch_probe::progress::Progress;
use midwatch_probe::tls::{self, SentChain};

use crate::Options;
use crate::gather::Gather;

/// Audits `target`, which is a [`Target::Tls`].
pub(crate) async fn audit(
    target: &Target,
    net: &Net,
    options: &Options,
    progress: &dyn Progress,
) -> TargetReport {
    let mut gather = Gather::default();
    let Target::Tls { host, port, sni, .. } = target else {
        return gather.judge(target, crate::now());
    };
    let resolved = net.resolve(host, *port).await;
    let addresses = resolved.addresses.value().cloned().unwrap_or_default();
    let fact = Addresses {
        name: host.to_string(),
        service: "tls".into(),
        addresses: resolved.addresses,
        given: resolved.given,
    };
    gather.add(host.to_string(), Fact::Addresses(fact));
    let name = sni.as_deref().or(host.name());
    let facts = endpoints(net, host, *port, name, &addresses, options, progress).await;
    for (subject, fact) in facts {
        gather.add(subject, fact);
    }
    gather.judge(target, crate::now())
}

/// Every address of an endpoint and the chains that each sent.
pub(crate) async fn endpoints(
    net: &Net,
    host: &Host,
    port: u16,
    server_name: Option<&str>,
    addresses: &[SocketAddr],
    options: &Options,
    progress: &dyn Progress,
) -> Vec<(String, Fact)> {
    let runs = join_all(
        addresses.iter().map(|&address| tls::endpoint(net, host, port, address, server_name, progress)),
    )
    .await;
    let subject = format!("{host}:{port}");
    // The name that the certificate has to hold is the one asked for, where that is another than the host.
    let named = server_name.map_or_else(|| host.clone(), |name| Host::Name(name.to_owned()));
    let mut facts = Vec::new();
    let mut chains = Vec::new();
    for run in runs {
        let address = run.endpoint.address;
        facts.push((subject.clone(), Fact::TlsEndpoint(Box::new(run.endpoint))));
        for chain in &run.chains {
            chains.push((subject.clone(), chain_fact(&named, port, address, server_name, chain, options)));
        }
    }
    facts.append(&mut chains);
    facts
}

/// A chain as a fact, with every store's word on it.
pub(crate) fn chain_fact(
    host: &Host,
    port: u16,
    address: SocketAddr,
    sni: Option<&str>,
    chain: &SentChain,
    options: &Options,
) -> Fact {
    let met = pki::Met { host, port, address, sni, met_with: &chain.met_with, beside: chain.beside() };
    let mut fact = pki::chain(&met, &chain.certificates, &options.stores, crate::now());
    fact.known = crate::known::look(&fact);
    Fact::CertificateChain(Box::new(fact))
}
