//! The audits of all sites, a few at a time.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::StreamExt as _;
use futures_util::stream;
use midwatch_model::{Fact, Host, SiteFaults, Target, TargetReport, TlsEndpoint};
use midwatch_probe::net::ConnectTo;
use midwatch_probe::progress::{Progress, Silent};
use tokio::sync::OnceCell;

use super::plan::{Job, Plan};
use super::tally::Tally;
use super::{Came, Keeper, SitesOptions, is_met};
use crate::Options;
use crate::gather::Gather;
use crate::site;

/// What the first site of a group met, for the others of it.
type Shared = Arc<OnceCell<Option<TlsEndpoint>>>;

/// Audits every site of the plan that was not audited earlier.
pub(super) async fn all(
    plan: Plan,
    sites: &SitesOptions,
    options: &Options,
    progress: &dyn Progress,
) -> SiteFaults {
    let found = u32::try_from(plan.jobs.len()).unwrap_or(u32::MAX);
    let mut tally = Tally::default();
    let keeper = sites.keeper.clone();
    let jobs = left(plan.jobs, keeper.as_deref(), &mut tally);
    let total = u64::from(found);
    let done = AtomicU64::new(total.saturating_sub(jobs.len() as u64));
    progress.stage("auditing the sites", Some(total));
    let groups = groups(&jobs);
    let (mut stopped, options) = (None, Arc::new(options.clone()));
    let mut running = stream::iter(jobs.into_iter().map(|job| {
        let shared = job.group.as_ref().and_then(|group| groups.get(group)).cloned();
        let (keeper, options) = (keeper.clone(), options.clone());
        // Each by itself, so that several cores are used.
        async move { tokio::spawn(one(job, shared, keeper, options)).await }
    }))
    .buffer_unordered(sites.at_once.max(1));
    while let Some(came) = running.next().await {
        match came {
            Ok(Ok(came)) => {
                let count = done.fetch_add(1, Ordering::Relaxed) + 1;
                progress.step(count, Some(total), &came.site);
                tally.add(came);
            }
            // What cannot be kept would be lost: no further site is begun.
            Ok(Err(why)) => {
                stopped = Some(why);
                break;
            }
            Err(error) => {
                stopped = Some(format!("midwatch failed at a site, which is a fault to report: {error}"));
                break;
            }
        }
    }
    drop(running);
    tally.finish(found, plan.patterns, keeper.map(|keeper| keeper.name()), stopped)
}

/// The jobs that were not kept earlier; those that were are added up.
fn left(jobs: Vec<Job>, keeper: Option<&dyn Keeper>, tally: &mut Tally) -> Vec<Job> {
    let Some(keeper) = keeper else { return jobs };
    // A configuration that has changed since makes other jobs, and the old ones do not count.
    let wanted: HashSet<String> = jobs.iter().map(Job::key).collect();
    let mut kept: HashSet<String> = HashSet::new();
    keeper.earlier(&mut |job, came| {
        if wanted.contains(job) && kept.insert(job.to_owned()) {
            tally.add(came);
        }
    });
    jobs.into_iter().filter(|job| !kept.contains(&job.key())).collect()
}

fn groups(jobs: &[Job]) -> HashMap<String, Shared> {
    jobs.iter().filter_map(|job| job.group.clone()).map(|group| (group, Shared::default())).collect()
}

/// One site, with what its group shares, and the report kept.
async fn one(
    job: Job,
    shared: Option<Shared>,
    keeper: Option<Arc<dyn Keeper>>,
    options: Arc<Options>,
) -> Result<Came, String> {
    let report = match shared {
        None => measure(&job, &options, None).await,
        Some(cell) => {
            let mut own = None;
            let known = cell
                .get_or_init(|| async {
                    let report = measure(&job, &options, None).await;
                    let endpoint = report.observations.iter().find(|one| is_met(&one.fact));
                    let endpoint = endpoint.and_then(|one| match &one.fact {
                        Fact::TlsEndpoint(endpoint) => Some((**endpoint).clone()),
                        _ => None,
                    });
                    own = Some(report);
                    endpoint
                })
                .await
                .clone();
            match own {
                Some(report) => report,
                None => measure(&job, &options, known).await,
            }
        }
    };
    let came = Came::of(&report);
    if let Some(keeper) = keeper {
        let key = job.key();
        // It waits for the disk.
        let kept = tokio::task::spawn_blocking(move || keeper.keep(&key, report)).await;
        kept.map_err(|error| error.to_string())??;
    }
    Ok(came)
}

/// The audit of one site, through this computer's own addresses. Nobody else is contacted.
async fn measure(job: &Job, options: &Options, known: Option<TlsEndpoint>) -> TargetReport {
    let host = Host::Name(job.name.clone());
    // Where the site does not listen for one of the two, whoever does is met there, as by a visitor.
    let other = |port: u16, place: Option<(u16, SocketAddr)>| {
        place.map(|(_, at)| (port, SocketAddr::new(at.ip(), port)))
    };
    let https = job.https.or(other(443, job.http));
    let http = job.http.or(other(80, job.https));
    let (Some((https_port, https)), Some((http_port, http))) = (https, http) else {
        return Gather::default().judge(&Target::Server, crate::now());
    };
    let connect_to = vec![
        ConnectTo { host: host.clone(), port: https_port, to: https },
        ConnectTo { host: host.clone(), port: http_port, to: http },
    ];
    let net = options.net.for_served(&host, connect_to);
    let input =
        if job.https.is_some() { format!("https://{}", job.name) } else { format!("http://{}", job.name) };
    let target = Target::Site { input, host, https_port, http_port, path: "/".into() };
    site::audit_beside(&target, &net, options, &Silent, known.as_ref()).await
}
