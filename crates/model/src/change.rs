//! What differs between two looks, and what it may mean.

use serde::{Deserialize, Serialize};

use crate::{AttackId, Memo, Severity, Time};

/// A difference between what is remembered and what was met, as a change rule tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Change {
    /// The rule's id, kebab-case and stable, for example `certificate-new-issuer`.
    pub id: String,
    /// How bad it is, taken how likely it is benign.
    pub severity: Severity,
    /// How likely it is benign.
    pub likelihood: Likelihood,
    /// One line, which stands alone as the subject of a message.
    pub title: String,
    /// What it is about: a name, `host:port`, a URL, a store.
    #[serde(rename = "where")]
    pub place: String,
    /// What was expected, for people, one line for each value.
    pub expected: Vec<String>,
    /// What was met instead, in the same form.
    pub met: Vec<String>,
    /// Why it is as likely benign as it is said to be: the rules that applied, a sentence each.
    pub because: Vec<String>,
    /// Causes without an attacker that could not be excluded.
    pub benign: Vec<String>,
    /// What to do now, in words.
    pub advice: String,
    /// The attack methods that it may be a sign of.
    pub attacks: Vec<AttackId>,
    /// The standard or source of the rule.
    pub source: String,
    /// What was remembered; none where nothing was, or where the rule compares other things.
    pub was: Option<Memo>,
    /// What was met.
    pub is: Option<Memo>,
}

/// How likely a change is benign, the most benign first in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Likelihood {
    /// All that could be looked at speaks for it.
    Benign,
    /// Nothing decides.
    Unclear,
    /// Something speaks against it.
    Suspicious,
}

impl std::fmt::Display for Likelihood {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Likelihood::Benign => "benign",
            Likelihood::Unclear => "unclear",
            Likelihood::Suspicious => "suspicious",
        })
    }
}

/// A change as it is kept: one event, however often it was met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Event {
    /// Its number; 0 before it is kept.
    pub id: i64,
    /// The target's id.
    pub target: String,
    /// The change.
    pub change: Change,
    /// When it was met first.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub at: Time,
    /// When it, or a going back and forth that is folded into it, was met last.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub last: Time,
    /// How often: 1, and one more for each time that it went back or forth.
    pub times: u64,
    /// True where the change went back to what was expected, and stayed so as far as is known.
    pub went_back: bool,
    /// What became of it.
    pub state: EventState,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum EventState {
    /// Nobody has looked at it.
    Open,
    /// Somebody says that it is known.
    Acknowledged {
        /// Who.
        by: String,
        /// When.
        #[cfg_attr(feature = "schema", schemars(with = "String"))]
        at: Time,
        /// What they wrote, where they did.
        note: Option<String>,
    },
    /// It is not to be told of again until a time.
    Snoozed {
        /// Who.
        by: String,
        /// Until when.
        #[cfg_attr(feature = "schema", schemars(with = "String"))]
        until: Time,
    },
}
