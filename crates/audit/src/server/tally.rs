//! What the audits found, by fault and not by site.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use midwatch_model::{AttackId, FaultTally, Finding, Severity, SiteFault, SiteFaults, State, Verdict};

use super::Came;

/// Sites that a fault names.
const EXAMPLES: usize = 5;

/// Sites that could not be measured and are named.
const SILENT: usize = 20;

/// Audits added up, one by one.
#[derive(Debug, Default)]
pub(super) struct Tally {
    audited: u32,
    not_measured: u32,
    silent: Vec<String>,
    faults: BTreeMap<(String, Severity), SiteFault>,
    verdicts: BTreeMap<(AttackId, Verdict), u32>,
}

impl Tally {
    /// Adds what an audit came to.
    pub(super) fn add(&mut self, came: Came) {
        self.audited = self.audited.saturating_add(1);
        if came.state == State::NotMeasured {
            self.not_measured = self.not_measured.saturating_add(1);
            if self.silent.len() < SILENT {
                let why = came.error.unwrap_or_else(|| "nothing answered".into());
                self.silent.push(format!("{}: {why}", came.site));
            }
        }
        // A site has a fault once, as bad as it is at its worst.
        let mut worst: BTreeMap<&str, &Finding> = BTreeMap::new();
        for finding in &came.findings {
            let known = worst.entry(&finding.id).or_insert(finding);
            if finding.severity > known.severity {
                *known = finding;
            }
        }
        for (id, finding) in worst {
            let fault = self.faults.entry((id.to_owned(), finding.severity)).or_insert_with(|| SiteFault {
                id: id.to_owned(),
                severity: finding.severity,
                sites: 0,
                examples: Vec::new(),
                detail: finding.evidence.first().map(|one| one.detail.clone()).unwrap_or_default(),
                fix: finding.fix.clone(),
            });
            fault.sites = fault.sites.saturating_add(1);
            if fault.examples.len() < EXAMPLES {
                fault.examples.push(came.site.clone());
            }
        }
        for (attack, verdict) in came.verdicts {
            let count = self.verdicts.entry((attack, verdict)).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// The whole, worst faults first.
    pub(super) fn finish(
        self,
        found: u32,
        patterns: u32,
        state: Option<String>,
        stopped: Option<String>,
    ) -> SiteFaults {
        let mut faults: Vec<SiteFault> = self.faults.into_values().collect();
        faults.sort_by(|a, b| {
            (Reverse(a.severity), Reverse(a.sites), &a.id).cmp(&(
                Reverse(b.severity),
                Reverse(b.sites),
                &b.id,
            ))
        });
        SiteFaults {
            found,
            patterns,
            audited: self.audited,
            not_measured: self.not_measured,
            silent: self.silent,
            faults,
            verdicts: self
                .verdicts
                .into_iter()
                .map(|((attack, verdict), sites)| FaultTally { attack, verdict, sites })
                .collect(),
            state,
            stopped,
        }
    }
}
