//! From a target to its part of a report: which probes run, in which order, and what is handed to the judge.
//!
//! - [`target`]: what the user wrote, parsed.
//! - [`site`]: the whole audit of a web site.
//! - [`tls`]: the TLS part alone.
//! - [`mail`]: a domain's mail.
//! - [`tls_reports`]: what other mail servers report of their TLS.
//! - [`git`]: repositories and their remotes, by git's own files.
//! - [`server`]: this computer as a server, and every site of it.
//! - [`ssh`]: an SSH server, and whether its keys are its own.

mod gather;
pub mod git;
pub mod here;
mod known;
pub mod mail;
pub mod memory;
mod others;
pub mod password;
mod preload;
pub mod server;
pub mod site;
pub mod ssh;
pub mod target;
pub mod tls;
pub mod tls_reports;
pub mod trust;

use std::pin::Pin;

use midwatch_model::{Target, TargetReport, Time};
use midwatch_probe::authority::Authorities;
use midwatch_probe::crawl::CrawlOptions;
use midwatch_probe::net::Net;
use midwatch_probe::pki::TrustStores;
use midwatch_probe::progress::Progress;

/// How to audit.
#[derive(Clone, Debug)]
pub struct Options {
    /// The network, whose places at each address all targets share.
    pub net: Net,
    /// Limits of the crawl.
    pub crawl: CrawlOptions,
    /// Who is trusted.
    pub stores: TrustStores,
    /// What certification authorities are asked; by default nothing.
    pub authorities: Authorities,
    /// What is asked about this computer and its network.
    pub here: here::HereOptions,
    /// How SSH servers are reached, and who is asked about their keys.
    pub ssh: ssh::SshOptions,
    /// What is asked of this computer as a server.
    pub server: server::ServerOptions,
    /// What is asked about a domain's mail.
    pub mail: mail::MailOptions,
}

impl Options {
    /// The defaults on this network.
    pub fn on(net: Net) -> Self {
        Options { stores: trust::bundled(), ..Options::without_stores(net) }
    }

    /// The same where nobody's certificate is judged, so that the bundled programmes need not be read.
    pub fn without_stores(net: Net) -> Self {
        Options {
            net,
            crawl: CrawlOptions::default(),
            stores: TrustStores::default(),
            authorities: Authorities::default(),
            here: here::HereOptions::default(),
            ssh: ssh::SshOptions::default(),
            server: server::ServerOptions::default(),
            mail: mail::MailOptions::default(),
        }
    }
}

/// Audits one target, whatever it is. Never fails: what could not be measured stands in the report.
pub async fn audit(target: &Target, options: &Options, progress: &dyn Progress) -> TargetReport {
    if options.net.is_restricted() {
        if let Some(report) = others::refused(target) {
            return report;
        }
        if let Target::Ssh { .. } | Target::Git { .. } = target {
            let others = others::options(options);
            return heap(|| asked(target, &others, progress)).await;
        }
    }
    heap(|| asked(target, options, progress)).await
}

async fn asked(target: &Target, options: &Options, progress: &dyn Progress) -> TargetReport {
    match target {
        Target::Site { host, .. } => {
            let net = options.net.for_target(host);
            heap(|| site::audit(target, &net, options, progress)).await
        }
        Target::Tls { host, .. } => {
            let net = options.net.for_target(host);
            heap(|| tls::audit(target, &net, options, progress)).await
        }
        Target::Ssh { .. } => heap(|| ssh::audit(target, options, progress)).await,
        Target::Git { .. } => heap(|| git::remote(target, options, progress)).await,
        Target::Repository { .. } => heap(|| git::audit(target, options)).await,
        Target::Here { .. } => heap(|| here::audit(target, &options.net, options)).await,
        Target::Mail { .. } => heap(|| mail::audit(target, options, progress)).await,
        Target::Server => heap(|| server::audit(target, options, progress)).await,
        Target::TlsReports { .. } => heap(|| tls_reports::all(target)).await,
    }
}

/// A future on the heap. It is made in a frame of its own: the caller's would else have room for every future that it
/// may come to wait for, and those of an audit are large enough to overflow a thread's stack.
#[inline(never)]
pub(crate) fn heap<F: Future>(make: impl FnOnce() -> F) -> Pin<Box<F>> {
    Box::pin(make())
}

/// The time by which certificates and cookies are judged.
pub(crate) fn now() -> Time {
    Time::now()
}
