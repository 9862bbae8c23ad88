//! What an audit of every site of a server found, told by fault and not by site.

use serde::{Deserialize, Serialize};

use crate::{AttackId, Fix, Severity, Verdict};

/// The audits of a server's sites, added up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SiteFaults {
    /// Sites that were found: names that can be asked for.
    pub found: u32,
    /// Names beside these that are patterns, under which there is nothing to ask for.
    #[serde(default)]
    pub patterns: u32,
    /// Of those that were found, the ones that were audited.
    pub audited: u32,
    /// Of those, the ones of which nothing could be measured.
    pub not_measured: u32,
    /// The first of them, each with the reason.
    pub silent: Vec<String>,
    /// Each fault once, worst first, then by how many sites have it.
    pub faults: Vec<SiteFault>,
    /// How many sites have which verdict.
    pub verdicts: Vec<FaultTally>,
    /// The file with the whole report of each site, where one was asked for.
    #[serde(default)]
    pub state: Option<String>,
    /// Why the run ended before its last site, where it did.
    #[serde(default)]
    pub stopped: Option<String>,
}

/// One fault, and the sites that have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SiteFault {
    /// The check's id.
    pub id: String,
    /// How bad it is at these sites.
    pub severity: Severity,
    /// Sites that have it.
    pub sites: u32,
    /// The first of them.
    pub examples: Vec<String>,
    /// What was seen at the first.
    pub detail: String,
    /// The change that stops it, as it stands in the report of the first.
    pub fix: Fix,
}

/// How many sites have a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FaultTally {
    /// The method.
    pub attack: AttackId,
    /// The verdict.
    pub verdict: Verdict,
    /// Sites that have it.
    pub sites: u32,
}
