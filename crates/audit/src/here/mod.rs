//! This computer and the network that it is on.

mod ear;
mod follow;
mod memory;

use std::net::IpAddr;

use futures_util::future::join_all;
use midwatch_model::{Fact, Gateway, Host, LinkKind, LinkWatch, LocalNetwork, Target, TargetReport};
use midwatch_probe::net::Net;
use midwatch_probe::starttls::Opening;
use midwatch_probe::{dns, echo, plain_site, router, tls as probe_tls};
use midwatch_sense::{System, trust, upkeep};

use ear::Ear;

use crate::Options;
use crate::gather::Gather;
use crate::memory::Memory;
use crate::tls::chain_fact;

pub use follow::{Rhythm, follow};

/// What `midwatch here` looks at.
#[derive(Clone, Debug, Default)]
pub struct HereOptions {
    /// The computer whose configuration is read; none to read nothing.
    pub system: Option<System>,
    /// What a capture holds, where one is looked at instead of this computer.
    pub capture: Option<LinkWatch>,
    /// Whether the links are listened to while everything else is asked.
    pub listen: bool,
    /// What earlier runs saw, and where this one is added to it.
    pub memory: Memory,
    /// Echoes that the user runs.
    pub echoes: Vec<EchoAt>,
    /// Public sites whose certificates are met: name and port.
    pub sites: Vec<(Host, u16)>,
}

/// Where an echo is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EchoAt {
    /// Its host.
    pub host: Host,
    /// The port of its plain service.
    pub plain: u16,
    /// The port of its TLS service.
    pub tls: u16,
    /// The header lines that it sends with every answer.
    pub headers: &'static [&'static str],
}

/// Audits `target`, which is a [`Target::Here`].
pub(crate) async fn audit(target: &Target, net: &Net, options: &Options) -> TargetReport {
    let mut gather = Gather::default();
    if let Some(link) = options.here.capture.clone() {
        gather.add(target.input(), Fact::LinkWatch(Box::new(link)));
        return gather.judge(target, crate::now());
    }
    let ear = options.here.listen.then(Ear::open);
    let local = local(options).await;
    let slow = slow(net, options, router_of(&local)).await;
    let heard = match ear {
        Some(ear) => ear.close().await,
        None => None,
    };
    for (subject, fact) in local.into_iter().chain(slow).chain(heard.map(link)) {
        gather.add(subject, fact);
    }
    let report = gather.judge(target, crate::now());
    options.here.memory.keep_network(&report);
    report
}

/// What was heard, with its subject.
fn link(heard: LinkWatch) -> (String, Fact) {
    ("the links of this computer".into(), Fact::LinkWatch(Box::new(heard)))
}

/// What takes time: others' answers, and the lists of packages, which are long and are read meanwhile.
async fn slow(net: &Net, options: &Options, gateway: Option<IpAddr>) -> Vec<(String, Fact)> {
    let kept =
        options.here.system.clone().map(|system| tokio::task::spawn_blocking(move || upkeep::look(&system)));
    let names: Vec<&str> = options.here.sites.iter().filter_map(|(host, _)| host.name()).collect();
    let mut hosts: Vec<&Host> = options.here.sites.iter().map(|(host, _)| host).collect();
    hosts.sort_unstable_by_key(ToString::to_string);
    hosts.dedup();
    let (resolver, router, echoes, sites, plain) = tokio::join!(
        Box::pin(dns::behaviour(net, None, &names)),
        join_all(gateway.map(|gateway| Box::pin(router::ask(net, gateway)))),
        join_all(options.here.echoes.iter().map(|at| ask(net, at))),
        join_all(options.here.sites.iter().map(|(host, port)| site(net, host, *port, options))),
        join_all(hosts.iter().map(|host| plain_site::ask(net, host))),
    );
    let mut facts = vec![(resolver.resolver.clone(), Fact::ResolverAnswers(Box::new(resolver)))];
    if let Some(kept) = kept
        && let Ok(fact) = kept.await
    {
        facts.push(fact);
    }
    facts.extend(router.into_iter().map(|page| (page.gateway.to_string(), Fact::RouterPage(Box::new(page)))));
    facts.extend(echoes.into_iter().flatten().chain(sites.into_iter().flatten()));
    facts.extend(
        plain.into_iter().map(|site| (format!("http://{}/", site.host), Fact::PlainSite(Box::new(site)))),
    );
    facts
}

/// The router whose pages are asked for: the gateway of least metric that is no end of a tunnel, of IPv4 where there is
/// one.
fn router_of(local: &[(String, Fact)]) -> Option<IpAddr> {
    let network: &LocalNetwork = local.iter().find_map(|(_, fact)| match fact {
        Fact::LocalNetwork(network) => Some(&**network),
        _ => None,
    })?;
    let is_tunnel = |gateway: &Gateway| {
        let mut links = network.links.value().into_iter().flatten();
        links.any(|link| link.name == gateway.interface && link.kind == LinkKind::Tunnel)
    };
    let gateways = network.gateways.value()?.iter().filter(|gateway| !is_tunnel(gateway));
    let all: Vec<&Gateway> = gateways.filter(|gateway| gateway.address.is_some()).collect();
    let best = |ipv6: bool| all.iter().filter(|one| one.ipv6 == ipv6).min_by_key(|one| one.metric);
    best(false).or_else(|| best(true))?.address
}

/// What the computer shows of itself.
async fn local(options: &Options) -> Vec<(String, Fact)> {
    let Some(system) = options.here.system.clone() else { return Vec::new() };
    let (public, memory) = (options.stores.public_keys(), options.here.memory.clone());
    // Files are read one after the other: not among the tasks that wait for the network.
    let read = tokio::task::spawn_blocking(move || {
        let roots = trust::Roots { public: &public, known: &crate::known::anchor };
        let mut facts = midwatch_sense::computer(&system, &roots);
        facts.extend(memory.known_network(&system, &facts));
        facts
    });
    // It only fails where a reader breaks, and then there is nothing to tell of it.
    read.await.unwrap_or_default()
}

/// What one echo says. Nothing where it has no address, which is then no fact about this network.
async fn ask(net: &Net, at: &EchoAt) -> Vec<(String, Fact)> {
    let (plain, tls) = tokio::join!(net.resolve(&at.host, at.plain), net.resolve(&at.host, at.tls));
    let subject = format!("{}:{}", at.host, at.plain);
    let address = |found: &midwatch_probe::net::Resolved| {
        found.addresses.value().and_then(|addresses| addresses.first()).copied()
    };
    match (address(&plain), address(&tls)) {
        (Some(plain), Some(tls)) => {
            let fact = echo::ask(net, &subject, plain, tls, at.headers).await;
            vec![(subject, Fact::Echo(Box::new(fact)))]
        }
        _ => {
            let addresses = midwatch_model::Addresses {
                name: at.host.to_string(),
                service: "echo".into(),
                addresses: plain.addresses,
                given: plain.given,
            };
            vec![(subject, Fact::Addresses(addresses))]
        }
    }
}

/// The certificates of a site as they are met from here.
async fn site(net: &Net, host: &Host, port: u16, options: &Options) -> Vec<(String, Fact)> {
    let resolved = net.resolve(host, port).await;
    let subject = format!("{host}:{port}");
    let first = resolved.addresses.value().and_then(|addresses| addresses.first()).copied();
    let fact = Fact::Addresses(midwatch_model::Addresses {
        name: host.to_string(),
        service: "https".into(),
        addresses: resolved.addresses,
        given: resolved.given,
    });
    let mut facts = vec![(subject.clone(), fact)];
    if let Some(address) = first {
        let chains = probe_tls::certificates(net, &Opening::direct(), address, host.name()).await;
        let met =
            chains.iter().map(|chain| chain_fact(net, host, port, address, host.name(), chain, options));
        facts.extend(join_all(met).await.into_iter().map(|fact| (subject.clone(), fact)));
    }
    facts
}
