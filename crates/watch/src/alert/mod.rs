//! Who is told, in which words, on which way, and what is done when that way is closed.
//!
//! | module | what it is | I/O |
//! |---|---|---|
//! | [`route`] | which channel is told of what, and when; the digest | none |
//! | [`words`] | what is said | none |
//! | [`mail`], [`webhook`], [`slack`], [`ntfy`], [`syslog`], [`journald`] | the channels, one file each | network, sockets |
//! | [`http`] | the client of those that speak HTTP | network |
//! | [`pump`] | takes what is due from the outbox, sends it, tries again | through the channels |
//! | [`secret`] | where passwords lie | files |
//!
//! An alert has a key that stays the same however often it is tried. Each channel hands the key on, so that receivers
//! can tell a double: delivery is at least once.

mod backoff;
mod channel;
mod clean;
pub mod http;
pub mod journald;
mod key;
pub mod mail;
pub mod ntfy;
pub mod pump;
pub mod route;
pub mod secret;
pub mod slack;
mod smtp;
pub mod syslog;
mod trust;
pub mod webhook;
pub mod words;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use channel::{Channel, ChannelError, ChannelKind};
use jiff::tz::TimeZone;
pub use key::short as short_key;
use midwatch_model::{Alert, Event, Time};
use url::Url;

/// An alert on its way, as one attempt has it.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// The same at each attempt.
    pub key: &'a str,
    /// When this attempt is made.
    pub now: Time,
    /// What is said.
    pub alert: &'a Alert,
}

/// Why an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It may go better another time.
    Later {
        /// A sentence.
        why: String,
        /// How long the other side asks to be left alone, where it does.
        after: Option<Duration>,
    },
    /// The other side, or the configuration, says that it will not go better by itself.
    Refused {
        /// A sentence.
        why: String,
    },
}

impl Failure {
    /// It may go better another time.
    pub(crate) fn later(why: impl Into<String>) -> Failure {
        Failure::Later { why: why.into(), after: None }
    }

    /// It will not go better by itself.
    pub(crate) fn refused(why: impl Into<String>) -> Failure {
        Failure::Refused { why: why.into() }
    }

    /// The sentence.
    pub fn why(&self) -> &str {
        match self {
            Failure::Later { why, .. } | Failure::Refused { why } => why,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.why())
    }
}

impl std::error::Error for Failure {}

/// What all channels need to know of where they run.
#[derive(Clone)]
pub struct Around {
    /// This computer's name, as it calls itself to others: letters, digits, dots and hyphens.
    pub host: String,
    /// Where the dashboard is, where there is one.
    pub dashboard: Option<Url>,
    /// The zone that times are told in.
    pub zone: TimeZone,
    /// How names become addresses.
    pub resolve: Arc<dyn http::Resolve>,
    /// How long a receiver may take over one message, from the first step to its answer. Mail is given three times that.
    pub patience: Duration,
}

/// How long a receiver may take as a rule: Standard Webhooks recommends 15 to 30 seconds.
const PATIENCE: Duration = Duration::from_secs(30);

impl Around {
    /// This computer, without a dashboard, in UTC, with the system's resolution of names.
    pub fn new(host: &str) -> Around {
        Around {
            host: plain_host(host),
            dashboard: None,
            zone: TimeZone::UTC,
            resolve: Arc::new(http::SystemResolver),
            patience: PATIENCE,
        }
    }

    /// Where an event's page is. An event that has no number yet is on its target's page.
    pub fn event(&self, event: &Event) -> Option<Url> {
        if event.id > 0 { self.page(&["events", &event.id.to_string()]) } else { self.target(&event.target) }
    }

    /// Where a target's page is; the overview where no target is named.
    pub fn target(&self, target: &str) -> Option<Url> {
        if target.is_empty() { self.dashboard.clone() } else { self.page(&["targets", target]) }
    }

    /// The page that an alert is best read with.
    pub fn page_of(&self, alert: &Alert) -> Option<Url> {
        match alert.events.as_slice() {
            [event] => self.event(event),
            _ => self.target(&alert.target),
        }
    }

    fn page(&self, path: &[&str]) -> Option<Url> {
        let mut url = self.dashboard.clone()?;
        url.path_segments_mut().ok()?.pop_if_empty().extend(path);
        Some(url)
    }
}

impl fmt::Debug for Around {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Around")
            .field("host", &self.host)
            .field("dashboard", &self.dashboard.as_ref().map(Url::as_str))
            .finish_non_exhaustive()
    }
}

/// A host's name as protocols of lines take it: what is no letter, digit, dot or hyphen becomes a hyphen, and 253
/// characters are the most (RFC 1035 section 2.3.4).
fn plain_host(host: &str) -> String {
    let plain: String = host
        .trim_matches('.')
        .chars()
        .take(253)
        .map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' })
        .collect();
    if plain.is_empty() { "localhost".to_owned() } else { plain }
}

#[cfg(test)]
pub(crate) mod testing;
