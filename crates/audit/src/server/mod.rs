//! This computer as a server, from inside.
//!
//! - [`midwatch_sense::server`] reads its files.
//! - `listening`: what listens, and for whom.
//! - `plan`: what there is to audit: every name of every site, with where it is reached.
//! - `run`: the audits of all of them, a few at a time.
//! - `tally`: what they found, by fault.

mod listening;
mod plan;
mod run;
mod tally;

use std::fmt;
use std::sync::Arc;

use midwatch_model::{AttackId, Fact, Finding, Outcome, State, Target, TargetReport, Verdict};
use midwatch_probe::progress::Progress;
use midwatch_sense::server;

use crate::Options;
use crate::gather::Gather;

/// What is asked of a server beside its files.
#[derive(Clone, Debug, Default)]
pub struct ServerOptions {
    /// Audit every site that is found, through this computer's own addresses.
    pub sites: Option<SitesOptions>,
}

/// How the sites of a server are audited.
#[derive(Clone, Debug)]
pub struct SitesOptions {
    /// Sites that are audited at the same time.
    pub at_once: usize,
    /// Who keeps what each audit came to, and knows those that were kept earlier.
    pub keeper: Option<Arc<dyn Keeper>>,
}

/// Keeps the report of each site, so that a run that was ended goes on where it stopped.
pub trait Keeper: fmt::Debug + Send + Sync {
    /// Tells of every audit that was kept earlier: its job, and what it came to.
    fn earlier(&self, tell: &mut dyn FnMut(&str, Came));

    /// Keeps a report. Only when this returns it is sure that a later run knows of it.
    ///
    /// # Errors
    /// A sentence that says why it could not be kept.
    fn keep(&self, job: &str, report: TargetReport) -> Result<(), String>;

    /// What it is called: the file.
    fn name(&self) -> String;
}

/// What the audit of one site came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Came {
    /// The site.
    pub site: String,
    /// How much of it could be measured.
    pub state: State,
    /// What could not be.
    pub error: Option<String>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// The verdicts.
    pub verdicts: Vec<(AttackId, Verdict)>,
}

impl Came {
    /// The same of a whole report.
    pub fn of(report: &TargetReport) -> Came {
        Came {
            site: report.target.whom(),
            state: report.state,
            error: report.error.clone(),
            findings: report.findings.clone(),
            verdicts: report.attacks.iter().map(|attack| (attack.id, attack.verdict)).collect(),
        }
    }
}

/// Audits `target`, which is [`Target::Server`]: what its own files say; and its sites, where that is asked for.
pub(crate) async fn audit(target: &Target, options: &Options, progress: &dyn Progress) -> TargetReport {
    let mut gather = Gather::default();
    let Some(system) = options.here.system.clone() else { return gather.judge(target, crate::now()) };
    progress.stage("reading this server's files", None);
    // Files may lie on a disk that is slow.
    let own = system.clone();
    let facts = tokio::task::spawn_blocking(move || server::look(&own)).await.unwrap_or_default();
    let mut faults = None;
    if let Some(sites) = &options.server.sites {
        let served = facts.iter().find_map(|(_, fact)| match fact {
            Fact::ServedSites(served) => Some(&**served),
            _ => None,
        });
        if let Some(served) = served {
            let plan = plan::plan(served);
            faults = Some(run::all(plan, sites, options, progress).await);
        }
    }
    for (subject, fact) in facts {
        gather.add(subject, fact);
    }
    let (subject, fact) = listening::look(&system, &options.net, progress).await;
    gather.add(subject, fact);
    if let Some(faults) = faults {
        gather.add("the sites of this server", Fact::SiteFaults(Box::new(faults)));
    }
    gather.judge(target, crate::now())
}

/// True where a fact is of an endpoint of which anything was measured.
fn is_met(fact: &Fact) -> bool {
    matches!(fact, Fact::TlsEndpoint(endpoint) if endpoint.versions.iter().any(|one| matches!(one.support, Outcome::Seen { .. })))
}
