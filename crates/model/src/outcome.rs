//! The three outcomes that stay apart everywhere: seen, refused, could not be measured.

use serde::{Deserialize, Serialize};

/// What came of trying to learn one fact.
///
/// A time-out is never [`Outcome::Refused`], and nothing that was not measured may read as safe: a check that
/// meets [`Outcome::Unmeasured`] answers "unknown".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome<T> {
    /// The peer answered, and this is what it said.
    Seen {
        /// The answer.
        value: T,
    },
    /// The peer answered, and its answer was no.
    Refused {
        /// The words of the refusal, for example `alert protocol_version`.
        how: String,
    },
    /// There was no answer to read a fact from.
    Unmeasured {
        /// Why not.
        why: Reason,
    },
}

impl<T> Outcome<T> {
    /// An outcome that was seen.
    pub fn seen(value: T) -> Self {
        Outcome::Seen { value }
    }

    /// A refusal in the peer's own words.
    pub fn refused(how: impl Into<String>) -> Self {
        Outcome::Refused { how: how.into() }
    }

    /// Could not be measured.
    pub fn unmeasured(kind: ReasonKind, detail: impl Into<String>) -> Self {
        Outcome::Unmeasured { why: Reason::new(kind, detail) }
    }

    /// The value, where one was seen.
    pub fn value(&self) -> Option<&T> {
        match self {
            Outcome::Seen { value } => Some(value),
            Outcome::Refused { .. } | Outcome::Unmeasured { .. } => None,
        }
    }

    /// Why nothing was measured, where that is so.
    pub fn why_not(&self) -> Option<&Reason> {
        match self {
            Outcome::Unmeasured { why } => Some(why),
            Outcome::Seen { .. } | Outcome::Refused { .. } => None,
        }
    }

    /// True for [`Outcome::Seen`].
    pub fn is_seen(&self) -> bool {
        matches!(self, Outcome::Seen { .. })
    }

    /// True for [`Outcome::Refused`].
    pub fn is_refused(&self) -> bool {
        matches!(self, Outcome::Refused { .. })
    }

    /// True for [`Outcome::Unmeasured`].
    pub fn is_unmeasured(&self) -> bool {
        matches!(self, Outcome::Unmeasured { .. })
    }

    /// Changes the value that was seen, and leaves the other outcomes as they are.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Outcome::Seen { value } => Outcome::Seen { value: change(value) },
            Outcome::Refused { how } => Outcome::Refused { how },
            Outcome::Unmeasured { why } => Outcome::Unmeasured { why },
        }
    }
}

impl<T> From<Reason> for Outcome<T> {
    fn from(why: Reason) -> Self {
        Outcome::Unmeasured { why }
    }
}

/// Why something could not be measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reason {
    /// The kind, for programs.
    pub kind: ReasonKind,
    /// The same in words, for people: what was tried and what happened.
    pub detail: String,
}

impl Reason {
    /// A reason of this kind, in these words.
    pub fn new(kind: ReasonKind, detail: impl Into<String>) -> Self {
        Reason { kind, detail: detail.into() }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Reason {}

/// The kinds of [`Reason`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ReasonKind {
    /// No answer came inside the time allowed.
    Timeout,
    /// The peer reset the connection.
    Reset,
    /// The peer closed the connection before the answer was whole.
    Closed,
    /// Nothing listens at that address and port.
    ConnectionRefused,
    /// No route to the address, or the local system would not send.
    Unreachable,
    /// The name has no address.
    NoSuchName,
    /// The answer could not be understood.
    Protocol,
    /// The answer went past a size or count limit.
    Limit,
    /// The peer turned the connection away in words: too many at once, it says, or not now, or not from here.
    TurnedAway,
    /// The TLS handshake that this measurement needs did not succeed.
    Handshake,
    /// The run's budget of time, connections or bytes was used up.
    Budget,
    /// Not asked for, or switched off.
    NotAsked,
    /// Anything else; the detail says what.
    Other,
}
