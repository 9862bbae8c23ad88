//! Which changes are the going back and forth of an event that is told already.
//!
//! The rule: a change is an earlier event again where that event is of the same place and the same kind of memo, was met
//! last no more than 24 hours ago, and is between the same two values, whichever of them was expected. A value is what
//! stands under *expected* and *met*. So what goes back and forth between two values is one event for as long as it does
//! so at least once a day, and a value that no event of the day has is never folded into one.

use jiff::SignedDuration;
use midwatch_model::{Change, Event, Time};

/// How long after it was met last an event still takes in what goes back and forth.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// What becomes of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// It is an event of its own.
    New,
    /// It is an earlier event again.
    Again {
        /// The event's number.
        id: i64,
        /// What was expected then was met now: it went back.
        went_back: bool,
    },
}

/// What becomes of `change`, met at `now`, beside the recent events of the same target: the one that it is again, the
/// newest where several would do.
pub fn fold(recent: &[Event], change: &Change, now: Time) -> Fold {
    let candidates = recent.iter().filter(|event| {
        event.change.place == change.place
            && kind(&event.change) == kind(change)
            && now.duration_since(event.last) <= WINDOW
    });
    let again = candidates.filter_map(|event| {
        let went_back = is_back(&event.change, change);
        (went_back || is_same(&event.change, change)).then_some((event.last, event.id, went_back))
    });
    match again.max() {
        Some((_, id, went_back)) => Fold::Again { id, went_back },
        None => Fold::New,
    }
}

/// The kind of memo that a change is of; its rule where it compares other things.
fn kind(change: &Change) -> &str {
    let memo = change.is.as_ref().or(change.was.as_ref());
    memo.map_or(change.id.as_str(), |memo| memo.what.kind())
}

fn is_same(known: &Change, change: &Change) -> bool {
    known.expected == change.expected && known.met == change.met
}

fn is_back(known: &Change, change: &Change) -> bool {
    known.expected == change.met && known.met == change.expected
}
