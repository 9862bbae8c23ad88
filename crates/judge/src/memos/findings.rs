//! What the checks said: the worst of each check at each place, with what it rests on, and what was looked at wholly.
//!
//! A finding that is not there says that there is none only where everything that it rests on was looked at. So the memo
//! holds both, and whoever compares two of them asks for both.

use std::collections::{BTreeMap, BTreeSet};

use midwatch_model::{Finding, FindingMemo, Memo, Remembered, TargetReport};

use super::{MOST, measured};

/// What pages, what plain http answers for them, and cookies are known as: pages come and go.
pub(crate) const PAGE: &str = "page";

/// A crawl that met everything that there was to meet.
pub(crate) const CRAWL: &str = "crawl";

/// The memo of all findings of a look.
pub(super) fn memo(report: &TargetReport) -> Memo {
    let keys: BTreeMap<&str, String> =
        report.observations.iter().map(|seen| (seen.id.as_str(), measured::key(&seen.fact))).collect();
    let rests_on = |finding: &Finding| {
        let all = finding.evidence.iter().filter_map(|evidence| keys.get(evidence.observation.as_str()));
        all.cloned().collect::<BTreeSet<String>>()
    };
    let mut worst: BTreeMap<(&str, &str), FindingMemo> = BTreeMap::new();
    for finding in &report.findings {
        let memo = worst.entry((&finding.id, &finding.place)).or_insert_with(|| FindingMemo {
            id: finding.id.clone(),
            place: finding.place.clone(),
            severity: finding.severity,
            title: finding.title.clone(),
            rests_on: Vec::new(),
        });
        if finding.severity > memo.severity {
            (memo.severity, memo.title) = (finding.severity, finding.title.clone());
        }
        let all: BTreeSet<String> = memo.rests_on.drain(..).chain(rests_on(finding)).collect();
        memo.rests_on = all.into_iter().collect();
    }
    let what = Remembered::Findings {
        findings: worst.into_values().take(MOST).collect(),
        measured: measured::measured(report),
        by: env!("CARGO_PKG_VERSION").to_owned(),
    };
    Memo { place: report.target.to_string(), what }
}
