//! The lines of an export.

use midwatch_model::{Event, KeptMemo, TargetReport, Time};
use serde::{Deserialize, Serialize};

use crate::watch::host_trust::TrustedHostKey;
use crate::watch::summaries::Standing;
use crate::watch::{LookLine, OutboxEntry, WatchTarget};

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    /// Always [`super::HISTORY_SCHEMA`].
    pub(crate) schema: String,
}

/// Each line after the first one, in the order of an export.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "kebab-case")]
#[allow(clippy::large_enum_variant, reason = "one at a time")]
pub(crate) enum Line {
    /// What is watched.
    Target {
        /// It.
        target: WatchTarget,
    },
    /// How a target stands.
    Standing {
        /// Its id.
        target: String,
        /// What the newest look said.
        standing: Standing,
    },
    /// The newest report of a target.
    Report {
        /// Its id.
        target: String,
        /// When its look began.
        at: Time,
        /// It.
        report: TargetReport,
    },
    /// A look.
    Look {
        /// The target's id.
        target: String,
        /// It.
        look: LookLine,
    },
    /// A value that was met.
    Memo {
        /// The target's id.
        target: String,
        /// It is what the latest look met.
        latest: bool,
        /// It.
        memo: KeptMemo,
    },
    /// A host key that somebody trusts.
    Trust {
        /// It.
        key: TrustedHostKey,
    },
    /// What changed.
    Event {
        /// It.
        event: Event,
    },
    /// The key of an alert that is forgotten.
    Told {
        /// SHA-256 of it, in lower-case hexadecimal.
        digest: String,
    },
    /// An alert.
    Alert {
        /// It.
        entry: OutboxEntry,
    },
    /// The last line.
    End {
        /// How many lines there are, with the first and this one.
        lines: u64,
    },
}
