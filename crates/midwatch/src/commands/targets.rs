//! Several targets, a few at a time, into one report.

use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use midwatch_audit::Options;
use midwatch_model::{Report, State, Target, TargetReport, Time};
use midwatch_probe::authority::{Asks, Authorities};
use midwatch_probe::dns::{Anchors, DnsOptions, MAX_ANCHORS};
use midwatch_probe::net::{Net, NetOptions};
use midwatch_probe::pki::TrustStores;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::args::{self, Network, Reach};
use crate::progress::Lines;
use crate::{exit, output};

/// Targets that are audited at the same time.
const AT_ONCE: usize = 4;

/// The network, with budget and overrides from the command line.
///
/// # Errors
/// A sentence that names the file of anchors, where it cannot be used.
fn net(reach: &Reach, delegation: bool, stores: &TrustStores, time: Option<Duration>) -> Result<Net, String> {
    let anchors = match &reach.dnssec_anchor {
        None => Anchors::default(),
        Some(path) => read_anchors(path)?,
    };
    let dns = DnsOptions { resolver: reach.resolver.clone(), anchors, delegation, stores: stores.clone() };
    Ok(Net::new(NetOptions {
        dns: Arc::new(dns),
        connect_to: reach.resolve.clone(),
        step: reach.timeout,
        per_address: reach.connections.into(),
        offline: reach.offline,
        deadline: time.map(|time| Instant::now() + time),
        ..NetOptions::default()
    }))
}

/// The file of `--dnssec-anchor`.
fn read_anchors(path: &Path) -> Result<Anchors, String> {
    let failed = |why: String| format!("--dnssec-anchor {}: {why}", path.display());
    let mut text = String::new();
    // One byte more than is allowed, so that a longer file is seen to be longer.
    let limit = MAX_ANCHORS as u64 + 1;
    std::fs::File::open(path)
        .and_then(|file| file.take(limit).read_to_string(&mut text))
        .map_err(|error| failed(format!("it cannot be read: {error}")))?;
    Anchors::parse(&text).map_err(failed)
}

/// The bundled root programmes, this computer's own store, and the files of `--trust`.
///
/// # Errors
/// A sentence that names the file.
fn stores(network: &Network) -> Result<TrustStores, String> {
    let mut stores = midwatch_audit::trust::with_system();
    for path in &network.trust {
        let pem = std::fs::read(path)
            .map_err(|error| format!("--trust {}: it cannot be read: {error}", path.display()))?;
        stores.give(&pem).map_err(|error| format!("--trust {}: {error}", path.display()))?;
    }
    Ok(stores)
}

/// How to audit, by the network options of the command line and with the time that the whole run has, where it is
/// limited.
///
/// # Errors
/// A sentence that names what cannot be used.
pub fn options(network: &Network, time: Option<Duration>) -> Result<Options, String> {
    let stores = stores(network)?;
    let net = net(&network.reach, network.delegation, &stores, time)?;
    Ok(Options { stores, authorities: authorities(network), ..Options::on(net) })
}

/// How SSH servers are audited: nobody's certificates are asked for there.
///
/// # Errors
/// A sentence that names what cannot be used.
pub fn ssh_options(reach: &Reach) -> Result<Options, String> {
    // A resolver over TLS has a certificate; nobody else here has one.
    let stores =
        reach.resolver.as_ref().map_or_else(TrustStores::default, |_| midwatch_audit::trust::bundled());
    Ok(Options::without_stores(net(reach, false, &stores, None)?))
}

/// What authorities may be asked.
fn authorities(network: &Network) -> Authorities {
    Authorities::new(Asks { issuers: network.fetch_aia, revocation: network.revocation })
}

/// Audits all targets; the report has them in the order named, whichever ends first.
pub async fn audit(targets: Vec<Target>, options: Options, quiet: bool) -> Report {
    let started = Time::now();
    let lines = Arc::new(Lines::new(quiet));
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let options = Arc::new(options);
    let tasks: Vec<_> = targets
        .iter()
        .map(|target| {
            let (target, lines, places, options) =
                (target.clone(), lines.clone(), places.clone(), options.clone());
            tokio::spawn(async move {
                let _place = places.acquire().await;
                let line = lines.line(&target.to_string());
                midwatch_audit::audit(&target, &options, &line).await
            })
        })
        .collect();
    let mut reports = Vec::with_capacity(targets.len());
    for (target, task) in targets.into_iter().zip(tasks) {
        // A fault of midwatch's own in one target must not take the others with it.
        reports.push(task.await.unwrap_or_else(|error| TargetReport {
            target,
            state: State::NotMeasured,
            error: Some(format!("midwatch failed here, which is a fault to report: {error}")),
            observations: Vec::new(),
            findings: Vec::new(),
            attacks: Vec::new(),
            path: Vec::new(),
        }));
    }
    Report::new(env!("CARGO_PKG_VERSION"), started, reports)
}

/// Audits, writes the report, and says how it went.
pub async fn audit_and_write(targets: Vec<Target>, options: Options, report: &args::Report) -> ExitCode {
    let document = audit(targets, options, report.quiet).await;
    write(&document, report)
}

/// Writes the report, and says how the run went.
pub fn write(document: &Report, report: &args::Report) -> ExitCode {
    match output::write(document, report) {
        Ok(()) => exit::of_report(document, report.fail_on.severity()),
        Err(sentence) => exit::failed(&sentence),
    }
}
