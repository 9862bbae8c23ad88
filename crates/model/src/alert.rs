//! What somebody is told.

use serde::{Deserialize, Serialize};

use crate::{Event, Severity, Time};

/// The name of the form of an alert as JSON.
pub const ALERT_SCHEMA: &str = "midwatch-alert/1";

/// A message about one look at one target, or about a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Alert {
    /// Always [`ALERT_SCHEMA`].
    pub schema: String,
    /// When it was made.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub at: Time,
    /// What it is about.
    pub kind: AlertKind,
    /// The target's id; empty for what is about more than one.
    pub target: String,
    /// The target's name for people.
    pub name: String,
    /// The worst severity in it.
    pub severity: Severity,
    /// One line, the subject of a message.
    pub title: String,
    /// The events, the worst first.
    pub events: Vec<Event>,
    /// Lines that are said beside the events.
    pub lines: Vec<String>,
}

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum AlertKind {
    /// What one look met that is new.
    Changes,
    /// A target that cannot be measured any more, or can be again.
    Silence,
    /// What happened in a day.
    Digest,
    /// Somebody tries whether alerts arrive.
    Test,
}
