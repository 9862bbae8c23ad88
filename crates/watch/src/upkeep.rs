//! What is done from time to time: old things are taken away, the day is summed up, snoozing ends, figures are counted.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use midwatch_model::{Event, EventState, State, Time};
use midwatch_store::StoreError;
use midwatch_store::watch::{EventFilter, Filter, Ledger, OutboxState, Retention};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::alert::route::{Day, digest};
use crate::config::Config;
use crate::routing::{entry, woken};
use crate::service::metrics::Metrics;
use crate::service::notify::Beat;
use crate::watcher::Watcher;

/// How often it is looked for what is to be done.
const TURN: Duration = Duration::from_secs(1);

/// How often figures are counted.
const COUNT: Duration = Duration::from_secs(15);

/// How often old things are taken away.
const RETAIN: Duration = Duration::from_secs(3600);

/// Events of one digest.
const MOST: u32 = 1000;

/// A digest that is due by less than this is made although the daemon was not running at its time.
const LATE: SignedDuration = SignedDuration::from_hours(12);

/// A clock that is set back by less is of no account: messages wait longer than that between attempts.
const SET_BACK: Duration = Duration::from_secs(5);

/// How long the ledger may take over one thing before this counts as hanging. A database that does not answer is given up
/// earlier than that.
const PATIENCE: Duration = Duration::from_secs(180);

/// Waits for work on the ledger, and gives signs of life for so long as that is no sign of a fault: the ledger may belong
/// to a database that is away.
async fn patiently<T>(beat: &Beat, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    let mut turns = interval(TURN);
    let begun = Instant::now();
    loop {
        tokio::select! {
            done = &mut work => return done,
            _ = turns.tick() => {
                if begun.elapsed() < PATIENCE {
                    beat.beat();
                }
            }
        }
    }
}

/// What the wall clock says beside the one that never jumps.
struct Clocks {
    steady: Instant,
    wall: Time,
}

impl Clocks {
    /// By how much the wall clock was set back since the last time; nothing where that is less than [`SET_BACK`].
    fn set_back(&mut self, steady: Instant, wall: Time) -> Option<Duration> {
        let passed = steady.duration_since(self.steady);
        let expected = self.wall.checked_add(passed).unwrap_or(wall);
        *self = Clocks { steady, wall };
        Duration::try_from(expected.duration_since(wall)).ok().filter(|by| *by >= SET_BACK)
    }
}

/// Does it until it is dropped.
pub(crate) async fn run(watcher: Watcher, metrics: Metrics, beat: Beat) {
    let mut turns = interval(TURN);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut counted, mut retained): (Option<Instant>, Option<Instant>) = (None, None);
    let mut summed = None;
    let mut clocks = Clocks { steady: Instant::now(), wall: Time::now() };
    // Of which the ledger does not know yet.
    let mut back = Duration::ZERO;
    let due = |last: Option<Instant>, every: Duration| last.is_none_or(|last| last.elapsed() >= every);
    loop {
        turns.tick().await;
        beat.beat();
        let config = watcher.config();
        let mut faults = Vec::new();
        let (now, by) = (Time::now(), config.clone());
        let memory = watcher.memory();
        back += clocks.set_back(Instant::now(), now).unwrap_or_default();
        if !back.is_zero() {
            match patiently(&beat, memory.run(move |ledger| ledger.set_back(back, now))).await {
                Ok(alerts) => {
                    tracing::warn!(seconds = back.as_secs(), alerts, "the clock was set back");
                    back = Duration::ZERO;
                }
                Err(error) => faults.push(error),
            }
        }
        let done = patiently(&beat, memory.run(move |ledger| wake(ledger, &by, now))).await;
        faults.extend(done.err());
        if let Some(to) = digest_due(&config, now).filter(|to| summed != Some(*to)) {
            let by = config.clone();
            match patiently(&beat, memory.run(move |ledger| sum_up(ledger, &by, to))).await {
                Ok(()) => summed = Some(to),
                Err(error) => faults.push(error),
            }
        }
        if due(counted, COUNT) {
            counted = Some(Instant::now());
            let done = patiently(&beat, memory.run(Ledger::figures)).await;
            match done {
                Ok(figures) => {
                    metrics.open_events(figures.open);
                    metrics
                        .waiting(figures.waiting.iter().map(|(channel, count)| (channel.as_str(), *count)));
                }
                Err(error) => faults.push(error),
            }
        }
        if due(retained, RETAIN) {
            retained = Some(Instant::now());
            let keep = Retention {
                age: config.retention.age.as_ref().map(|age| Duration::from_secs(age.seconds())),
                count: config.retention.count,
            };
            match patiently(&beat, memory.run(move |ledger| ledger.retain(&keep, now))).await {
                Ok(removed) => tracing::debug!(?removed, "what is too old was taken away"),
                Err(error) => faults.push(error),
            }
        }
        for error in faults {
            metrics.store_error();
            tracing::warn!(%error, "the ledger cannot be used; it is tried again");
        }
    }
}

/// Ends the snoozing whose time has come, and tells of what is still so.
fn wake(ledger: &mut Ledger, config: &Config, now: Time) -> Result<(), StoreError> {
    let due: Vec<Event> = ledger
        .snoozed(MOST)?
        .into_iter()
        .filter(|event| matches!(event.state, EventState::Snoozed { until, .. } if until <= now))
        .collect();
    if due.is_empty() {
        return Ok(());
    }
    let mut by_target: BTreeMap<String, Vec<Event>> = BTreeMap::new();
    for event in due {
        by_target.entry(event.target.clone()).or_default().push(event);
    }
    for (id, events) in by_target {
        if let Some(target) = ledger.target(&id)? {
            // The key names the end of the snoozing: where the daemon dies before `wake`, nobody is told twice.
            ledger.queue(&woken(config, &target, &events, now))?;
        }
    }
    ledger.wake(now)?;
    Ok(())
}

/// The latest time of a digest that is not after now, where it is not too long ago.
fn digest_due(config: &Config, now: Time) -> Option<Time> {
    let mut latest = None;
    let mut from = now.checked_sub(SignedDuration::from_hours(25)).unwrap_or(now);
    while let Some(due) = config.next_digest(from).filter(|due| *due <= now) {
        latest = Some(due);
        from = due;
    }
    latest.filter(|due| now.duration_since(*due) <= LATE)
}

/// Queues the digest of the day that ended at `to`. Its keys name the day, and the outbox leaves out what it had before:
/// however often it is made, it is sent once.
fn sum_up(ledger: &mut Ledger, config: &Config, to: Time) -> Result<(), StoreError> {
    let zone = &config.watch.time_zone.0;
    let from = to.checked_sub(SignedDuration::from_hours(24)).unwrap_or(to);
    let recent = EventFilter { limit: MOST, ..EventFilter::default() };
    let (events, older): (Vec<Event>, Vec<Event>) =
        ledger.events(&recent)?.into_iter().filter(|event| event.at < to).partition(|event| event.at >= from);
    let open: Vec<Event> =
        older.into_iter().filter(|event| matches!(event.state, EventState::Open)).collect();
    let (summaries, targets) = ledger.summaries(&Filter { limit: 10_000, ..Filter::default() })?;
    let silent: Vec<(String, String)> = summaries
        .iter()
        .filter(|summary| summary.state == Some(State::NotMeasured))
        .map(|summary| (summary.target.name.clone(), summary.error.clone().unwrap_or_default()))
        .collect();
    let looks = ledger.looks_between(from, to)?;
    let given_up: Vec<(String, String)> = ledger
        .outbox(MOST)?
        .into_iter()
        .filter(|entry| entry.alert.at >= from)
        .filter_map(|entry| match entry.state {
            OutboxState::GivenUp { why } => Some((entry.channel, why)),
            _ => None,
        })
        .collect();
    let day = Day {
        from,
        to,
        targets,
        looks,
        events: &events,
        open: &open,
        silent: &silent,
        given_up: &given_up,
        zone,
    };
    let channels: Vec<String> = config.digest_rules(to).into_iter().map(|rule| rule.channel).collect();
    let alerts: Vec<_> = digest(&day, &channels).into_iter().map(entry).collect();
    ledger.queue(&alerts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_that_is_set_back_is_noticed_once() {
        let (steady, wall) = (Instant::now(), "2026-11-30T03:00:00Z".parse::<Time>().expect("a time"));
        let mut clocks = Clocks { steady, wall };
        let second = Duration::from_secs(1);
        let day = Duration::from_secs(86_400);
        assert_eq!(clocks.set_back(steady + second, wall + second), None);
        // Forward, and what a correction amounts to.
        assert_eq!(clocks.set_back(steady + 2 * second, wall + day), None);
        assert_eq!(clocks.set_back(steady + 3 * second, wall + day), None);
        assert_eq!(clocks.set_back(steady + 4 * second, wall + second), Some(day));
        assert_eq!(clocks.set_back(steady + 5 * second, wall + 2 * second), None);
    }
}
