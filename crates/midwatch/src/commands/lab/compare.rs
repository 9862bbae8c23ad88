//! Two runs over the same hosts, the second with defences: which verdicts turned, and what is not found any
//! more.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use midwatch_lab::Defence;
use midwatch_model::{AttackVerdict, Report, TargetReport, Verdict};

/// Ids of findings that one line names.
const MAX_NAMED: usize = 8;

/// The comparison as text for a terminal.
pub fn text(defences: &BTreeSet<Defence>, before: &Report, after: &Report) -> String {
    let mut text = String::new();
    for defence in defences {
        let _ = writeln!(text, "{}: {}.", defence.name(), defence.about());
    }
    let mut unchanged = Vec::new();
    for (old, new) in before.targets.iter().zip(&after.targets) {
        let lines = differences(old, new);
        if lines.is_empty() {
            unchanged.push(new.target.whom());
            continue;
        }
        let _ = writeln!(text, "\n{}", new.target);
        for line in lines {
            let _ = writeln!(text, "  {line}");
        }
    }
    if !unchanged.is_empty() {
        let _ = writeln!(text, "\nAs before: {}.", unchanged.join(", "));
    }
    text
}

/// What differs for one host: verdicts first, then findings.
fn differences(old: &TargetReport, new: &TargetReport) -> Vec<String> {
    let mut lines: Vec<String> = new.attacks.iter().filter_map(|verdict| turned(old, verdict)).collect();
    let (before, after) = (found(old), found(new));
    let gone: Vec<&str> = before.keys().filter(|id| !after.contains_key(*id)).copied().collect();
    let come: Vec<&str> = after.keys().filter(|id| !before.contains_key(*id)).copied().collect();
    let fewer: Vec<String> = before
        .iter()
        .filter_map(|(id, was)| {
            let now = after.get(id).filter(|now| *now < was)?;
            Some(format!("{id} ({was} -> {now})"))
        })
        .collect();
    for (label, ids) in [("not found any more", gone), ("found now", come)] {
        if !ids.is_empty() {
            lines.push(format!("{label}: {}", named(&ids)));
        }
    }
    if !fewer.is_empty() {
        lines.push(format!("in fewer places: {}", named(&fewer)));
    }
    lines
}

fn turned(old: &TargetReport, new: &AttackVerdict) -> Option<String> {
    let was = old.attacks.iter().find(|other| other.id == new.id)?.verdict;
    (was != new.verdict).then(|| {
        format!("{:<25}{} {was:<9} -> {} {}", new.id.name(), sign(was), sign(new.verdict), new.verdict)
    })
}

fn sign(verdict: Verdict) -> char {
    midwatch_report::sign(verdict)
}

/// How often each check found something.
fn found(report: &TargetReport) -> BTreeMap<&str, usize> {
    let mut found = BTreeMap::new();
    for finding in &report.findings {
        *found.entry(finding.id.as_str()).or_default() += 1;
    }
    found
}

fn named<S: AsRef<str>>(ids: &[S]) -> String {
    let shown: Vec<&str> = ids.iter().take(MAX_NAMED).map(AsRef::as_ref).collect();
    match ids.len().saturating_sub(MAX_NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
