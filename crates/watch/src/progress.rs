//! What those who wait are told while the daemon works.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use midwatch_model::{Severity, State, Time};
use serde::Serialize;
use tokio::sync::broadcast;

/// Messages that a slow listener may be behind before it loses some.
const BEHIND: usize = 1024;

/// How often at most a look's steps are told.
const OFTEN: Duration = Duration::from_millis(250);

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "progress", rename_all = "kebab-case")]
pub enum Progress {
    /// A look began.
    Started {
        /// The target's id.
        target: String,
        /// When.
        at: Time,
    },
    /// A look moved.
    Step {
        /// The target's id.
        target: String,
        /// What is being done.
        what: String,
        /// How much of it is done.
        done: u64,
        /// Of how much, where that is known.
        of: Option<u64>,
    },
    /// A look ended and is kept.
    Ended {
        /// The target's id.
        target: String,
        /// When.
        at: Time,
        /// How much could be measured.
        state: State,
        /// The worst finding.
        worst: Option<Severity>,
        /// The numbers of the events that are new.
        events: Vec<i64>,
    },
    /// Targets were added, taken away, paused or reloaded.
    Targets,
    /// An event was acknowledged, snoozed or opened again.
    Event {
        /// Its number.
        id: i64,
    },
    /// More happened than could be told.
    Missed,
}

impl Progress {
    /// The target whose look it is about.
    pub fn target(&self) -> Option<&str> {
        match self {
            Progress::Started { target, .. }
            | Progress::Step { target, .. }
            | Progress::Ended { target, .. } => Some(target),
            Progress::Targets | Progress::Event { .. } | Progress::Missed => None,
        }
    }
}

/// Tells everybody who listens.
#[derive(Clone, Debug)]
pub struct Bus {
    sender: broadcast::Sender<Progress>,
}

impl Default for Bus {
    fn default() -> Self {
        Bus { sender: broadcast::channel(BEHIND).0 }
    }
}

impl Bus {
    /// Listens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Progress> {
        self.sender.subscribe()
    }

    /// Tells it.
    pub fn tell(&self, progress: Progress) {
        // Nobody listening is no fault.
        let _ = self.sender.send(progress);
    }

    /// Hears the steps of one look, and tells of them from time to time.
    pub fn steps(&self, target: &str) -> impl Fn(&str, u64, Option<u64>) + Send + Sync + use<> {
        let (bus, target) = (self.clone(), target.to_owned());
        let told: Arc<Mutex<Option<(Instant, String)>>> = Arc::default();
        move |what, done, of| {
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            let soon = told.as_ref().is_some_and(|(at, last)| at.elapsed() < OFTEN && last == what);
            if soon || bus.sender.receiver_count() == 0 {
                return;
            }
            *told = Some((Instant::now(), what.to_owned()));
            bus.tell(Progress::Step { target: target.clone(), what: what.to_owned(), done, of });
        }
    }
}
