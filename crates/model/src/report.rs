//! The one document that every renderer reads.

use serde::{Deserialize, Serialize};

use crate::{AttackVerdict, Finding, Observation, PathHop, Severity, Target, Time};

/// The value of [`Report::schema`].
pub const SCHEMA: &str = "midwatch/1";

/// A run: every target with what was seen and what it means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The version of midwatch.
    pub midwatch: String,
    /// When the run started.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub started: Time,
    /// The targets in the order named.
    pub targets: Vec<TargetReport>,
}

impl Report {
    /// A report of this moment's run.
    pub fn new(midwatch: impl Into<String>, started: Time, targets: Vec<TargetReport>) -> Self {
        Report { schema: SCHEMA.into(), midwatch: midwatch.into(), started, targets }
    }

    /// The worst severity of all findings.
    pub fn worst(&self) -> Option<Severity> {
        self.targets.iter().flat_map(|target| &target.findings).map(|finding| finding.severity).max()
    }
}

/// One target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TargetReport {
    /// What the user named.
    pub target: Target,
    /// How much could be measured.
    pub state: State,
    /// What could not be measured and why, where that concerns the target as a whole.
    pub error: Option<String>,
    /// What was seen.
    pub observations: Vec<Observation>,
    /// What it means, worst first.
    pub findings: Vec<Finding>,
    /// What an attacker could do.
    pub attacks: Vec<AttackVerdict>,
    /// The way to the target, station by station.
    pub path: Vec<PathHop>,
}

/// How much of a target could be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Everything that matters.
    Measured,
    /// Some of it; the observations say what not.
    Partly,
    /// Nothing.
    NotMeasured,
}
