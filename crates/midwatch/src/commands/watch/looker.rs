//! Looks at targets for the daemon, with the audits of the other commands.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use midwatch_audit::here::HereOptions;
use midwatch_audit::memory::Memory as Remembered;
use midwatch_audit::ssh::{Config as SshConfig, SshOptions, Via};
use midwatch_audit::{Options, trust};
use midwatch_hostkeys::signed;
use midwatch_model::{AddressPolicy, Starttls, State, Target, TargetError, TargetReport, Time};
use midwatch_probe::authority::{Asks, Authorities};
use midwatch_probe::crawl::CrawlOptions;
use midwatch_probe::dns::{Anchors, DnsOptions, MAX_ANCHORS};
use midwatch_probe::net::{Net, NetOptions};
use midwatch_probe::pki::TrustStores;
use midwatch_probe::progress::Progress;
use midwatch_store::watch::{Origin, WatchTarget};
use midwatch_watch::config::{Config, Look, Parse, TargetKind};
use midwatch_watch::looker::{Looker, Looking, Step};
use midwatch_watch::memory::Memory;

use super::parse::CommandLine;
use super::trusted;
use crate::args;
use crate::commands::{computer, person};

/// Stores of trust that are kept ready, by the files that are in them.
const STORES: usize = 64;

/// The longest file of certificates, in bytes.
const MAX_PEM: u64 = 16 << 20;

/// Looks with this computer's audits.
pub struct Audits {
    /// The places at each address, which all looks share.
    net: Net,
    /// This computer's own store, read once: what it trusts when the daemon starts.
    system: TrustStores,
    /// The same with files of the configuration.
    stores: Mutex<HashMap<Vec<PathBuf>, TrustStores>>,
    /// Where networks and their routers are remembered.
    networks: PathBuf,
    /// The directory for host keys that people trust.
    trusted: PathBuf,
    /// The ledger, once the daemon has it: what people trust is there.
    ledger: OnceLock<Memory>,
}

impl Audits {
    /// Audits that remember networks in one file, and lay host keys that people trust into one directory.
    pub fn new(networks: PathBuf, trusted: PathBuf) -> Audits {
        Audits {
            net: Net::new(NetOptions::default()),
            system: trust::with_system(),
            stores: Mutex::default(),
            networks,
            trusted,
            ledger: OnceLock::new(),
        }
    }

    /// From now on, host keys that people trust on the dashboard count.
    pub fn heed(&self, ledger: &Memory) {
        let _ = self.ledger.set(ledger.clone());
    }

    /// How a target is looked at.
    ///
    /// # Errors
    /// A sentence that names what cannot be used.
    async fn options(&self, target: &WatchTarget, config: &Config) -> Result<Options, String> {
        let (look, allow) = match &target.origin {
            Origin::File => {
                let entry = config.targets.iter().find(|entry| entry.id == target.id);
                (entry.map_or(&config.look, |entry| &entry.look), AddressPolicy::default())
            }
            // Whoever added it, it goes only where people's targets may go.
            Origin::Person { .. } => (&config.look, config.policy.addresses()),
        };
        let stores = self.stores(look)?;
        let net = self.net.with_options(net(look, allow, &stores)?);
        let asks =
            Asks { issuers: look.fetch_aia.unwrap_or(false), revocation: look.revocation.unwrap_or(false) };
        Ok(Options {
            crawl: crawl(look),
            authorities: Authorities::new(asks),
            here: self.here(target, look)?,
            ssh: self.ssh(target, look).await?,
            stores,
            ..Options::without_stores(net)
        })
    }

    /// The stores of trust with the files that are named.
    fn stores(&self, look: &Look) -> Result<TrustStores, String> {
        let files = look.trust.clone().unwrap_or_default();
        if files.is_empty() {
            return Ok(self.system.clone());
        }
        let mut known = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(stores) = known.get(&files) {
            return Ok(stores.clone());
        }
        let mut stores = self.system.clone();
        for path in &files {
            let failed = |why: String| format!("trust {}: {why}", path.display());
            let pem = read(path, MAX_PEM).map_err(&failed)?;
            stores.give(&pem).map_err(|error| failed(error.to_string()))?;
        }
        if known.len() >= STORES {
            known.clear();
        }
        known.insert(files, stores.clone());
        Ok(stores)
    }

    fn here(&self, target: &WatchTarget, look: &Look) -> Result<HereOptions, String> {
        let is_here = matches!(target.target, Target::Here { .. } | Target::Server);
        if !is_here && !matches!(target.target, Target::Repository { .. } | Target::Git { .. }) {
            return Ok(HereOptions::default());
        }
        let sites = look.sites.iter().flatten().map(|text| args::public_site(text));
        Ok(HereOptions {
            system: Some(computer::this()),
            listen: true,
            memory: Remembered::File(self.networks.clone()),
            sites: sites.collect::<Result<_, _>>()?,
            ..HereOptions::default()
        })
    }

    /// How SSH servers are reached, with the keys that people trust beside those that the configuration knows.
    async fn ssh(&self, target: &WatchTarget, look: &Look) -> Result<SshOptions, String> {
        let mut options = ssh(look)?;
        let is_concerned = matches!(target.target, Target::Ssh { .. } | Target::Git { .. });
        let Some(ledger) = self.ledger.get().filter(|_| is_concerned) else { return Ok(options) };
        let id = target.id.clone();
        let keys = ledger.run(move |ledger| ledger.trusted_host_keys(&id)).await;
        let keys =
            keys.map_err(|error| format!("the host keys that people trust cannot be read: {error}"))?;
        if let Some(file) = trusted::lay(&self.trusted, &target.id, &keys)? {
            trusted::add(&mut options, file, matches!(target.origin, Origin::Person { .. }));
        }
        Ok(options)
    }

    /// Forgets what was read of files: they are read again with the next look.
    pub fn forget(&self) {
        self.stores.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn net(look: &Look, allow: AddressPolicy, stores: &TrustStores) -> Result<NetOptions, String> {
    let anchors = match &look.dnssec_anchor {
        None => Anchors::default(),
        Some(path) => {
            let failed = |why: String| format!("dnssec_anchor {}: {why}", path.display());
            let text = read(path, MAX_ANCHORS as u64 + 1).map_err(&failed)?;
            Anchors::parse(&String::from_utf8_lossy(&text)).map_err(failed)?
        }
    };
    let dns = DnsOptions {
        resolver: look.resolver.as_deref().map(str::parse).transpose()?,
        anchors,
        delegation: look.delegation.unwrap_or(false),
        stores: stores.clone(),
    };
    let resolve = look.resolve.iter().flatten().map(|text| args::connect_to(text));
    let defaults = NetOptions::default();
    Ok(NetOptions {
        connect_to: resolve.collect::<Result<_, _>>()?,
        step: look.timeout.as_ref().map_or(defaults.step, |time| Duration::from_secs(time.seconds())),
        per_address: look.connections.map_or(defaults.per_address, usize::from),
        offline: look.offline.unwrap_or(false),
        dns: Arc::new(dns),
        allow,
        ..defaults
    })
}

fn crawl(look: &Look) -> CrawlOptions {
    let defaults = CrawlOptions::default();
    CrawlOptions {
        pages: look.pages.unwrap_or(defaults.pages),
        depth: look.depth.unwrap_or(defaults.depth),
        time: look.pages_time.as_ref().map_or(defaults.time, |time| Duration::from_secs(time.seconds())),
        rate: look.rate.or(defaults.rate),
        obey_robots: look.obey_robots.unwrap_or(defaults.obey_robots),
        ..defaults
    }
}

fn ssh(look: &Look) -> Result<SshOptions, String> {
    let mut trust = Vec::new();
    if let Some(signers) = &look.trust_signers {
        let now = u64::try_from(Time::now().as_second()).unwrap_or_default();
        for file in look.trust_files.iter().flatten() {
            let read = signed::read(file, signers, now);
            trust.push(Arc::new(read.map_err(|error| format!("trust_files {}: {error}", file.display()))?));
        }
    }
    Ok(SshOptions {
        person: person::this(),
        config: SshConfig::Usual,
        known_hosts: look.known_hosts.clone().unwrap_or_default(),
        via: Via::Unsaid,
        trust,
        ..SshOptions::default()
    })
}

/// A file, bounded.
fn read(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    file.map_err(|error| format!("it cannot be read: {error}"))?;
    Ok(bytes)
}

impl Looker for Audits {
    fn look<'a>(&'a self, target: &'a WatchTarget, config: &'a Config, step: Step<'a>) -> Looking<'a> {
        Box::pin(async move {
            match self.options(target, config).await {
                Ok(options) => midwatch_audit::audit(&target.target, &options, &Steps::new(step)).await,
                Err(sentence) => TargetReport {
                    target: target.target.clone(),
                    state: State::NotMeasured,
                    error: Some(sentence),
                    observations: Vec::new(),
                    findings: Vec::new(),
                    attacks: Vec::new(),
                    path: Vec::new(),
                },
            }
        })
    }
}

impl Parse for Audits {
    fn target(
        &self,
        kind: TargetKind,
        at: &str,
        sni: Option<&str>,
        starttls: Option<Starttls>,
    ) -> Result<Target, TargetError> {
        CommandLine.target(kind, at, sni, starttls)
    }

    fn resolver(&self, text: &str) -> Result<(), String> {
        CommandLine.resolver(text)
    }

    fn resolve(&self, text: &str) -> Result<(), String> {
        CommandLine.resolve(text)
    }

    fn public_site(&self, text: &str) -> Result<(), String> {
        CommandLine.public_site(text)
    }
}

/// An audit's progress, as the daemon hears it.
struct Steps<'a> {
    step: Step<'a>,
    total: Mutex<Option<u64>>,
}

impl<'a> Steps<'a> {
    fn new(step: Step<'a>) -> Self {
        Steps { step, total: Mutex::default() }
    }
}

impl Progress for Steps<'_> {
    fn stage(&self, name: &str, total: Option<u64>) {
        *self.total.lock().unwrap_or_else(PoisonError::into_inner) = total;
        (self.step)(name, 0, total);
    }

    fn step(&self, done: u64, total: Option<u64>, what: &str) {
        let known = *self.total.lock().unwrap_or_else(PoisonError::into_inner);
        (self.step)(what, done, total.or(known));
    }
}
