//! The first look at a target, which nothing can be held against: what it finds may be told all the same.

use midwatch_model::{Change, Likelihood, Severity, TargetReport};

use crate::config::{Config, FirstLook};

/// Findings that are named.
const NAMED: usize = 10;

/// What is told of a first look; nothing where the configuration has it so, or where nothing reaches the threshold.
pub fn change(report: &TargetReport, config: &Config) -> Option<Change> {
    if config.watch.first_look == FirstLook::Quiet {
        return None;
    }
    let told: Vec<_> =
        report.findings.iter().filter(|finding| finding.severity >= config.watch.threshold).collect();
    let severity = told.iter().map(|finding| finding.severity).max()?;
    let place = report.target.to_string();
    let many = if told.len() == 1 { "a finding".to_owned() } else { format!("{} findings", told.len()) };
    let mut met: Vec<String> = told
        .iter()
        .take(NAMED)
        .map(|finding| format!("{}: {} ({}, {})", finding.severity, finding.title, finding.place, finding.id))
        .collect();
    if told.len() > NAMED {
        met.push(format!("and {} more", told.len() - NAMED));
    }
    let mut attacks: Vec<_> = told.iter().flat_map(|finding| finding.attacks.iter().copied()).collect();
    attacks.sort_unstable();
    attacks.dedup();
    Some(Change {
        id: "first-look".into(),
        severity: severity.max(Severity::Info),
        likelihood: Likelihood::Unclear,
        title: format!("The first look at {place} has {many}, the worst is {severity}"),
        place,
        expected: vec![format!("nothing at {} or above", config.watch.threshold)],
        met,
        because: vec!["Nothing is known yet that this could be held against.".into()],
        benign: Vec::new(),
        advice: "Read the target's page: each finding has the change that stops it.".into(),
        attacks,
        source: "midwatch.toml, [watch] first_look".into(),
        was: None,
        is: None,
    })
}
