//! What changed since the last look.

use serde::{Deserialize, Serialize};

use crate::{AttackId, Because, Finding, Severity, TargetReport, Time, Verdict};

/// The name of the form of a line of news.
pub const NEWS_SCHEMA: &str = "midwatch-news/1";

/// A line of news.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewsLine {
    /// Always [`NEWS_SCHEMA`].
    pub schema: String,
    /// When it was seen.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub at: Time,
    /// What it is about.
    pub target: String,
    /// What happened.
    #[serde(flatten)]
    pub news: News,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "news", rename_all = "kebab-case")]
pub enum News {
    /// Watching began; this is how things are.
    Began {
        /// Everything that was seen.
        report: Box<TargetReport>,
    },
    /// A finding that was not there before.
    Appeared {
        /// It.
        finding: Box<Finding>,
    },
    /// A finding is another now than it was.
    Changed {
        /// Its severity before.
        was: Severity,
        /// It as it is now.
        finding: Box<Finding>,
    },
    /// A finding is not there any more.
    Gone {
        /// It as it was.
        finding: Box<Finding>,
    },
    /// The verdict on an attack method is another now.
    Verdict {
        /// The method.
        attack: AttackId,
        /// The verdict before.
        was: Verdict,
        /// The verdict now.
        is: Verdict,
        /// Why.
        because: Vec<Because>,
    },
}
