//! Shapes of the ledger, until the ledger's own are there.
#![allow(missing_docs)]

use midwatch_model::{Alert, AttackId, PathHop, Severity, State, Target, Time, Verdict};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "origin", rename_all = "kebab-case")]
pub enum Origin {
    File,
    Person { by: String },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchTarget {
    pub id: String,
    pub name: String,
    pub target: Target,
    pub origin: Origin,
    pub every: u64,
    pub paused: bool,
    pub added: Time,
    pub tags: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookLine {
    pub at: Time,
    pub millis: u64,
    pub state: State,
    pub error: Option<String>,
    pub worst: Option<Severity>,
    pub findings: u32,
    pub changes: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub target: WatchTarget,
    pub looked: Option<Time>,
    pub next: Option<Time>,
    pub state: Option<State>,
    pub error: Option<String>,
    pub worst: Option<Severity>,
    pub counts: [u32; 5],
    pub verdicts: Vec<(AttackId, Verdict)>,
    pub path: Vec<PathHop>,
    pub open_events: u32,
    pub worst_event: Option<Severity>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxEntry {
    pub id: i64,
    pub key: String,
    pub channel: String,
    pub due: Time,
    pub tries: u32,
    pub uncertain: bool,
    pub state: OutboxState,
    pub last_error: Option<String>,
    pub alert: Alert,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum OutboxState {
    Waiting,
    Sending,
    Sent { at: Time },
    GivenUp { why: String },
}
