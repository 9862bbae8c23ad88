//! The whole audit of a web site: its addresses, TLS on each of them, its certificates, the ways in, and
//! every page.

use futures_util::future::join_all;
use midwatch_fields::site::sibling;
use midwatch_model::{Addresses, Fact, Host, Target, TargetReport, TlsEndpoint};
use midwatch_probe::net::Net;
use midwatch_probe::progress::Progress;
use midwatch_probe::starttls::Opening;
use midwatch_probe::{crawl, dns, tls as probe_tls};

use crate::Options;
use crate::gather::Gather;
use crate::tls::{Service, beside, chain_fact, endpoints, match_tlsa};

/// Audits `target`, which is a [`Target::Site`].
pub(crate) async fn audit(
    target: &Target,
    net: &Net,
    options: &Options,
    progress: &dyn Progress,
) -> TargetReport {
    audit_beside(target, net, options, progress, None).await
}

/// The same. Where `known` is what another site of the same server was found to accept, at a place and with settings that
/// this one shares, its certificates are asked for and the rest is taken from there.
pub(crate) async fn audit_beside(
    target: &Target,
    net: &Net,
    options: &Options,
    progress: &dyn Progress,
    known: Option<&TlsEndpoint>,
) -> TargetReport {
    let mut gather = Gather::default();
    let Target::Site { host, https_port, http_port, path, .. } = target else {
        return gather.judge(target, crate::now());
    };
    let addresses = |service: &'static str, port: u16| async move {
        let resolved = net.resolve(host, port).await;
        (
            service,
            Addresses {
                name: host.to_string(),
                service: service.into(),
                addresses: resolved.addresses,
                given: resolved.given,
            },
        )
    };
    let names = async {
        match host.name() {
            Some(name) => Box::pin(dns::site(net, name, *https_port)).await,
            None => Vec::new(),
        }
    };
    let (https, http) = tokio::join!(addresses("https", *https_port), addresses("http", *http_port));
    let https_addresses = https.1.addresses.value().cloned().unwrap_or_default();
    let http_addresses = http.1.addresses.value().cloned().unwrap_or_default();
    let resolved = https.1.addresses.is_seen() || http.1.addresses.is_seen();
    for (service, fact) in [https, http] {
        gather.add(format!("{service}://{host}"), Fact::Addresses(fact));
    }
    for (subject, fact) in crate::preload::facts(host) {
        gather.add(subject, fact);
    }
    if !resolved {
        for (subject, fact) in names.await {
            gather.add(subject, fact);
        }
        return gather.judge(target, crate::now());
    }
    let site = crawl::Site {
        host,
        https_port: *https_port,
        http_port: *http_port,
        path,
        https_addresses: &https_addresses,
        http_addresses: &http_addresses,
    };
    let https = Service { host, port: *https_port, sni: host.name(), starttls: None };
    let ((tls_facts, sibling_facts), pages, mut names) = tokio::join!(
        async {
            tokio::join!(
                async {
                    match known {
                        Some(known) => beside(&https, known, &https_addresses, net, options, progress).await,
                        None => endpoints(&https, &https_addresses, net, options, progress).await,
                    }
                },
                sibling_certificates(net, host, *https_port, options),
            )
        },
        crawl::site(net, &site, &options.crawl, progress),
        names,
    );
    match_tlsa(&mut names, &tls_facts);
    for (subject, fact) in tls_facts.into_iter().chain(sibling_facts).chain(pages).chain(names) {
        gather.add(subject, fact);
    }
    gather.judge(target, crate::now())
}

/// The certificates under the sibling name (`www.` added or taken away), where it has an address: the same
/// server often answers it with a certificate that does not name it.
async fn sibling_certificates(net: &Net, host: &Host, port: u16, options: &Options) -> Vec<(String, Fact)> {
    let Some(name) = host.name().and_then(sibling) else { return Vec::new() };
    let other = Host::Name(name.clone());
    let resolved = net.resolve(&other, port).await;
    let Some(&address) = resolved.addresses.value().and_then(|addresses| addresses.first()) else {
        return Vec::new();
    };
    let chains = probe_tls::certificates(net, &Opening::direct(), address, Some(&name)).await;
    let facts =
        chains.iter().map(|chain| chain_fact(net, &other, port, address, Some(&name), chain, options));
    let subject = format!("{other}:{port}");
    join_all(facts).await.into_iter().map(|fact| (subject.clone(), fact)).collect()
}
