//! An SSH server before anybody logs in: what it offers, and whether its keys are really its own.
//!
//! [`client`] says how this computer's `ssh` would get there, by ssh_config. Every address of the host is measured, and
//! the keys that were met ([`met`]) are held against everybody who may know them, in the order of
//! [`HostKeySource`]: [`mod@known`], [`published`], [`sshfp`], [`trust_file`], [`memory`]
//! and [`vantage`].

mod client;
mod known;
mod memory;
mod met;
mod options;
pub mod published;
pub mod sshfp;
pub mod trust_file;
mod vantage;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::future::join_all;
use midwatch_model::{
    Addresses, Fact, Host, HostKeyAnswer, HostKeyMet, HostKeySource, HostKeyVerdict, HostKeys, Outcome,
    Reason, ReasonKind, Remote, SshEndpoint, SshPublicKey, Sshfp, Target, TargetReport,
};
use midwatch_probe::dns;
use midwatch_probe::net::Net;
use midwatch_probe::progress::Progress;
use midwatch_probe::ssh::{self, Program, Way};

use crate::Options;
use crate::gather::Gather;

pub use client::{Client, Route};
pub use options::{Config, Person, SshOptions, Via};
pub use vantage::VantagePoint;

/// Addresses of one host that are measured. Each takes a handful of connections.
const MAX_ADDRESSES: usize = 8;

/// Who is asked for: an SSH server as a user names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The host as `ssh` is given it.
    pub host: Host,
    /// The port, where one is named.
    pub port: Option<u16>,
    /// The user, where one is named.
    pub user: Option<String>,
}

impl Server {
    /// The server of a target that is one, or is reached by one.
    pub fn of(target: &Target) -> Option<Server> {
        match target {
            Target::Ssh { host, port, user, .. } => {
                Some(Server { host: host.clone(), port: *port, user: user.clone() })
            }
            Target::Git { remote: Remote::Ssh { user, host, port }, .. } => {
                let host = host.parse().map_or_else(|_| Host::Name(host.clone()), Host::Address);
                Some(Server { host, port: *port, user: user.clone() })
            }
            _ => None,
        }
    }
}

/// Audits `target`, which is a [`Target::Ssh`].
pub(crate) async fn audit(target: &Target, options: &Options, progress: &dyn Progress) -> TargetReport {
    let mut gather = Gather::default();
    if let Some(server) = Server::of(target) {
        for (subject, fact) in facts(&server, options, progress).await {
            gather.add(subject, fact);
        }
    }
    gather.judge(target, crate::now())
}

/// Everything that is measured of a server, and what is known of its keys.
pub(crate) async fn facts(
    server: &Server,
    options: &Options,
    progress: &dyn Progress,
) -> Vec<(String, Fact)> {
    let client = Client::of(server, &options.ssh);
    // What the configuration makes of a name is the target too: offline, it may be asked.
    let net = options.net.for_target(&client.host);
    let subject = format!("{}:{}", client.host, client.port);
    let mut facts = Vec::new();
    let endpoints = match route(&client, options) {
        Ok(Some(way)) => {
            vec![ssh::endpoint(&net, &client.host, client.port, way).await]
        }
        Ok(None) => direct(&client, &net, &mut facts, progress).await,
        Err(why) => vec![SshEndpoint::unmeasured(client.host.clone(), client.port, &why)],
    };
    let keys = met::keys(&endpoints);
    facts.extend(
        endpoints.into_iter().map(|endpoint| (subject.clone(), Fact::SshEndpoint(Box::new(endpoint)))),
    );
    if !keys.is_empty() {
        let (known, records) = known(&client, &net, keys, options).await;
        options.ssh.memory.keep_host_keys(&known);
        if let Some(records) = records {
            facts.push((records.name.clone(), Fact::Sshfp(records)));
        }
        facts.push((subject, Fact::HostKeys(Box::new(known))));
    }
    facts
}

/// The way there, where it is not a connection of this computer's own.
fn route(client: &Client, options: &Options) -> Result<Option<Way>, Reason> {
    let program = |hops: Vec<String>| {
        let config = options.ssh.config.file();
        Program::jump(hops, config, &client.host, client.port)
            .map(|program| Some(Way::Program(Arc::new(program))))
    };
    match (&options.ssh.via, &client.route) {
        (Via::Socks5(proxy), _) => Ok(Some(Way::Socks5(*proxy))),
        (Via::Jump(hops), _) => program(hops.clone()),
        (Via::Direct, _) | (_, Route::Direct) => Ok(None),
        (Via::Configured, Route::Jump(hops)) => program(hops.clone()),
        (Via::Configured, Route::Command(command)) => {
            Ok(Some(Way::Program(Arc::new(Program::shell(command)))))
        }
        (Via::Unsaid, Route::Jump(hops)) => Err(Reason::new(
            ReasonKind::NotAsked,
            format!(
                "ssh's configuration reaches it over {}: add --as-configured to log in there as ssh does and go on from \
                 there, or --direct to connect from here",
                hops.join(", ")
            ),
        )),
        (Via::Unsaid, Route::Command(_)) => Err(Reason::new(
            ReasonKind::NotAsked,
            "ssh's configuration reaches it through a program (ProxyCommand): add --as-configured to run it, or --direct \
             to connect from here",
        )),
    }
}

/// Every address.
async fn direct(
    client: &Client,
    net: &Net,
    facts: &mut Vec<(String, Fact)>,
    progress: &dyn Progress,
) -> Vec<SshEndpoint> {
    let resolved = net.resolve(&client.host, client.port).await;
    let mut addresses = resolved.addresses.value().cloned().unwrap_or_default();
    let left = addresses.len().saturating_sub(MAX_ADDRESSES);
    addresses.truncate(MAX_ADDRESSES);
    let fact = Addresses {
        name: client.host.to_string(),
        service: "ssh".into(),
        addresses: resolved.addresses,
        given: resolved.given,
    };
    facts.push((client.host.to_string(), Fact::Addresses(fact)));
    let total = addresses.len() as u64;
    progress.stage("addresses", Some(total));
    let done = AtomicU64::new(0);
    let mut endpoints = join_all(addresses.into_iter().map(async |address| {
        let endpoint = ssh::endpoint(net, &client.host, client.port, Way::Address(address)).await;
        progress.step(done.fetch_add(1, Ordering::Relaxed) + 1, Some(total), &address.to_string());
        endpoint
    }))
    .await;
    if left > 0 {
        let why = format!("{left} more addresses are not asked: {MAX_ADDRESSES} at most");
        let why = Reason::new(ReasonKind::Limit, why);
        endpoints.push(SshEndpoint::unmeasured(client.host.clone(), client.port, &why));
    }
    endpoints
}

/// What is known of one key that this computer's `ssh` has met, and whose proof it asks for itself. None where `blob` is
/// no key.
pub async fn met_by_ssh(client: &Client, blob: &[u8], options: &Options) -> Option<HostKeys> {
    let key = met::Met::of_blob(blob)?;
    Some(known(client, &options.net.for_target(&client.host), vec![key], options).await.0)
}

/// The keys held against everybody who may know them, and the records of the DNS where it was asked.
async fn known(
    client: &Client,
    net: &Net,
    keys: Vec<met::Met>,
    options: &Options,
) -> (HostKeys, Option<Sshfp>) {
    let now = crate::now();
    let public: Vec<SshPublicKey> = keys.iter().map(|met| met.key.clone()).collect();
    let mut answers = known::answer(client, &keys, now);
    answers.extend(published::answer(&client.host_text(), client.port, &public));
    let mut later: Vec<HostKeyAnswer> =
        options.ssh.trust.iter().map(|file| trust_file::of_met(client, file, &keys, now)).collect();
    later.push(memory::answer(&options.ssh.memory, &client.name(), &keys));
    let on_this_computer = [answers.as_slice(), later.as_slice()].concat();
    let is_open = fold(&keys, &on_this_computer).1 == HostKeyVerdict::Unknown;
    let mut records = None;
    if let Some(name) = client.host.name().filter(|_| is_open || !options.ssh.dns_last) {
        let asked = Box::pin(dns::sshfp(net, name)).await;
        answers.push(sshfp::answer(&asked, &public));
        records = Some(asked);
    }
    answers.extend(later);
    for point in &options.ssh.vantage {
        answers.push(vantage::answer(point.as_ref(), client, &keys).await);
    }
    memory::date(&mut answers);
    let (keys, verdict, verified_by) = fold(&keys, &answers);
    let known = HostKeys { name: client.name(), verdict, verified_by, keys, answers, client: client.fact() };
    (known, records)
}

/// The keys as a report has them, and the verdict.
fn fold(
    keys: &[met::Met],
    answers: &[HostKeyAnswer],
) -> (Vec<HostKeyMet>, HostKeyVerdict, Option<HostKeySource>) {
    let keys: Vec<HostKeyMet> = keys.iter().map(|key| key.shown(answers)).collect();
    let (verdict, verified_by) = HostKeys::fold(&keys, answers);
    (keys, verdict, verified_by)
}

/// Nothing to say of any key.
fn silent(kind: ReasonKind, why: impl Into<String>) -> Outcome<Vec<midwatch_model::HostKeySaid>> {
    Outcome::unmeasured(kind, why)
}
