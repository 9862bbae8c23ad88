//! Who is looked at next. Pure: the moment is given, as time since some beginning on a clock that never jumps, so that a
//! wall clock that is put forward or back by days neither stalls nor hurries anybody. The wall clock comes in once, where
//! what was kept over a restart is read ([`due_in`]).
//!
//! - A target is looked at once in its interval, earlier by a part of it that differs from target to target and from round
//!   to round ([`jitter`]), and never twice at the same time.
//! - At most `at_once` looks are under way, of one host at most `per_host`. Hosts take turns, so that a thousand targets
//!   of one host do not stand before the one of another.
//! - A look has until its deadline ([`Schedule::expired`]). Targets whose last look took that long, or half of it, share a
//!   quarter of the places: however many they are, they hold nobody else up.

mod jitter;
mod lane;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use midwatch_model::Time;

use lane::Lane;

/// Time since some beginning, by a clock that never jumps.
pub type Moment = Duration;

/// The first round, and one after a long pause, begins with at most fifty looks a second.
const FIRST_PACE: Duration = Duration::from_millis(20);

/// Of how many turns one is the late targets', where others wait too.
const LATE_TURN: u32 = 4;

/// The least pause after a look, as a part of the interval: a target that takes longer than its interval is not looked at
/// without end.
const LEAST_PAUSE: u32 = 10;

/// How much is done at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Looks under way.
    pub at_once: usize,
    /// Of one host.
    pub per_host: usize,
    /// By how many hundredths of its interval a look may be early.
    pub jitter: u8,
    /// The longest that a look may take.
    pub longest: Duration,
}

/// A target, as the schedule knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// The host that it is at; targets without one have a place of their own each.
    pub host: Option<String>,
    /// Its interval.
    pub every: Duration,
    /// Whether it waits for somebody to go on with it.
    pub paused: bool,
    /// In how long it is due, by what was kept ([`due_in`]); none where it was never looked at. Heeded where the schedule
    /// does not know the target yet.
    pub due_in: Option<Duration>,
}

/// In how long a target is due that was kept with `next`, at `now` by the same wall clock. Never longer than its interval,
/// whatever the clock did meanwhile.
pub fn due_in(next: Option<Time>, now: Time, every: Duration) -> Option<Duration> {
    let next = next?;
    Some(Duration::try_from(next.duration_since(now)).unwrap_or_default().min(every))
}

/// What becomes of a target next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It is due at a moment.
    Waiting(Moment),
    /// It is due, with this number in its lane.
    Ready(u64),
    /// It is looked at, since then.
    Running(Moment),
    /// It is paused.
    Paused,
}

#[derive(Clone, Debug)]
struct Slot {
    host: Arc<str>,
    /// It runs, and belongs to this host from its next look on.
    moves_to: Option<Arc<str>>,
    every: Duration,
    paused: bool,
    round: u64,
    /// Its last look took very long.
    late: bool,
    state: State,
    /// It runs, and is no target any more.
    gone: bool,
    /// It runs, and somebody wants another look at once.
    again: bool,
    /// It runs, and took one of the places of late targets.
    took_late: bool,
}

/// Who is looked at next.
#[derive(Clone, Debug)]
pub struct Schedule {
    limits: Limits,
    slots: HashMap<Arc<str>, Slot>,
    /// Those that are not due yet, by when they are.
    waiting: BTreeSet<(Moment, Arc<str>)>,
    /// Those that run, by their deadlines.
    deadlines: BTreeSet<(Moment, Arc<str>)>,
    /// Looks under way by host.
    hosts: HashMap<Arc<str>, usize>,
    urgent: Lane,
    usual: Lane,
    late: Lane,
    running: usize,
    running_late: usize,
    turn: u32,
    number: u64,
}

impl Schedule {
    /// An empty one.
    pub fn new(limits: Limits) -> Self {
        Schedule {
            limits,
            slots: HashMap::new(),
            waiting: BTreeSet::new(),
            deadlines: BTreeSet::new(),
            hosts: HashMap::new(),
            urgent: Lane::default(),
            usual: Lane::default(),
            late: Lane::default(),
            running: 0,
            running_late: 0,
            turn: 0,
            number: 0,
        }
    }

    /// Other limits. What runs goes on.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
        for lane in [&mut self.urgent, &mut self.usual, &mut self.late] {
            lane.wake_all();
        }
    }

    /// These targets, and no others. What runs goes on, also of targets that are gone; those that stay keep their time, or
    /// get an earlier one where their interval is shorter now.
    pub fn replace_targets(&mut self, entries: &[Entry], now: Moment) {
        let kept: BTreeSet<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
        let gone: Vec<Arc<str>> = self.slots.keys().filter(|id| !kept.contains(&***id)).cloned().collect();
        for id in gone {
            self.remove(&id);
        }
        let new = entries.iter().filter(|entry| !self.slots.contains_key(entry.id.as_str())).count();
        let pace = FIRST_PACE * u32::try_from(new).unwrap_or(u32::MAX);
        for entry in entries {
            self.put_within(entry, pace, now);
        }
    }

    /// Adds one target, or changes it, as [`Schedule::replace_targets`] does.
    pub fn put(&mut self, entry: &Entry, now: Moment) {
        self.put_within(entry, Duration::ZERO, now);
    }

    fn put_within(&mut self, entry: &Entry, pace: Duration, now: Moment) {
        let id: Arc<str> = entry.id.as_str().into();
        let every = entry.every.max(Duration::from_secs(1));
        // Without a host each is its own; no host has a name with a slash.
        let host: Arc<str> = match &entry.host {
            Some(host) => host.as_str().into(),
            None => format!("/{}", entry.id).into(),
        };
        if self.slots.contains_key(&id) {
            self.change(&id, host, every, entry.paused, now);
            return;
        }
        let spread = jitter::part(pace.min(every), &id, 0);
        let due = now + entry.due_in.unwrap_or_default().min(every).max(spread);
        let state = if entry.paused { State::Paused } else { State::Waiting(due) };
        if !entry.paused {
            self.waiting.insert((due, id.clone()));
        }
        let paused = entry.paused;
        let slot = Slot {
            host,
            moves_to: None,
            every,
            paused,
            round: 1,
            late: false,
            state,
            gone: false,
            again: false,
            took_late: false,
        };
        self.slots.insert(id, slot);
    }

    fn change(&mut self, id: &Arc<str>, host: Arc<str>, every: Duration, paused: bool, now: Moment) {
        let Some(slot) = self.slots.get_mut(id) else { return };
        slot.gone = false;
        slot.every = every;
        slot.paused = paused;
        if let State::Running(_) = slot.state {
            // The place that it takes is counted under its host until it ends.
            slot.moves_to = Some(host);
            return;
        }
        let moved = slot.host != host;
        slot.host = host;
        match slot.state {
            State::Waiting(due) => {
                self.waiting.remove(&(due, id.clone()));
                if paused {
                    slot.state = State::Paused;
                } else {
                    let due = due.min(now + every);
                    slot.state = State::Waiting(due);
                    self.waiting.insert((due, id.clone()));
                }
            }
            State::Ready(_) if paused => slot.state = State::Paused,
            // It stands in the queue of another host.
            State::Ready(_) if moved => {
                slot.state = State::Waiting(now);
                self.waiting.insert((now, id.clone()));
            }
            State::Paused if !paused => {
                slot.state = State::Waiting(now);
                self.waiting.insert((now, id.clone()));
            }
            State::Ready(_) | State::Paused | State::Running(_) => {}
        }
    }

    /// Takes a target out. A look that is under way keeps its place until it ends.
    pub fn remove(&mut self, id: &str) {
        let Some((id, slot)) = self.slots.get_key_value(id).map(|(id, slot)| (id.clone(), slot.state)) else {
            return;
        };
        match slot {
            State::Running(_) => {
                if let Some(slot) = self.slots.get_mut(&id) {
                    slot.gone = true;
                }
            }
            State::Waiting(due) => {
                self.waiting.remove(&(due, id.clone()));
                self.slots.remove(&id);
            }
            // A number in a lane that no target has is passed over.
            State::Ready(_) | State::Paused => {
                self.slots.remove(&id);
            }
        }
    }

    /// Looks at this target before all others, also where it is paused; once more where it is being looked at. False where
    /// there is no such target.
    pub fn look_now(&mut self, id: &str) -> bool {
        let Some((id, slot)) = self.slots.get_key_value(id).map(|(id, slot)| (id.clone(), slot.clone()))
        else {
            return false;
        };
        if slot.gone {
            return false;
        }
        match slot.state {
            State::Running(_) => {
                if let Some(slot) = self.slots.get_mut(&id) {
                    slot.again = true;
                }
                return true;
            }
            State::Waiting(due) => {
                self.waiting.remove(&(due, id.clone()));
            }
            State::Ready(_) | State::Paused => {}
        }
        self.ready(id, true);
        true
    }

    /// Puts a target into the lane that it belongs to.
    fn ready(&mut self, id: Arc<str>, urgent: bool) {
        self.number += 1;
        let number = self.number;
        let Some(slot) = self.slots.get_mut(&id) else { return };
        slot.state = State::Ready(number);
        let host = slot.host.clone();
        let lane = if urgent {
            &mut self.urgent
        } else if slot.late {
            &mut self.late
        } else {
            &mut self.usual
        };
        lane.push(host, number, id);
    }

    /// The next target to look at, whose look has begun with that; none where nothing is due or every place is taken.
    pub fn take(&mut self, now: Moment) -> Option<String> {
        while let Some((due, id)) = self.waiting.first().cloned() {
            if due > now {
                break;
            }
            self.waiting.remove(&(due, id.clone()));
            self.ready(id, false);
        }
        if self.running >= self.limits.at_once {
            return None;
        }
        let (slots, hosts, per_host) = (&self.slots, &self.hosts, self.limits.per_host);
        let is_ready =
            |id: &str, number: u64| slots.get(id).is_some_and(|slot| slot.state == State::Ready(number));
        let is_free = |host: &str| hosts.get(host).copied().unwrap_or(0) < per_host;
        self.turn = self.turn.wrapping_add(1);
        let late_may = self.running_late < (self.limits.at_once / 4).max(1);
        let late_first = self.turn.is_multiple_of(LATE_TURN);
        let mut is_late = false;
        let mut found = self.urgent.pop(&is_ready, &is_free);
        for late in [late_first, !late_first] {
            if found.is_none() && late && late_may {
                found = self.late.pop(&is_ready, &is_free);
                is_late = found.is_some();
            } else if found.is_none() && !late {
                found = self.usual.pop(&is_ready, &is_free);
            }
        }
        let id = found?;
        let slot = self.slots.get_mut(&id)?;
        slot.state = State::Running(now);
        slot.took_late = is_late;
        self.running += 1;
        self.running_late += usize::from(is_late);
        *self.hosts.entry(slot.host.clone()).or_default() += 1;
        self.deadlines.insert((now + self.limits.longest, id.clone()));
        Some(id.to_string())
    }

    /// A look has ended. In how long the next one is due, to be kept by the wall clock; none where the target is gone or
    /// paused, or was not looked at.
    pub fn ended(&mut self, id: &str, now: Moment) -> Option<Duration> {
        let (id, slot) = self.slots.get_key_value(id).map(|(id, slot)| (id.clone(), slot.clone()))?;
        let State::Running(since) = slot.state else { return None };
        let longest = self.limits.longest;
        if !self.deadlines.remove(&(since + longest, id.clone())) {
            // The limit was another when it began.
            self.deadlines.retain(|(_, other)| *other != id);
        }
        self.running -= 1;
        self.running_late -= usize::from(slot.took_late);
        if let Some(count) = self.hosts.get_mut(&slot.host) {
            *count -= 1;
            if *count == 0 {
                self.hosts.remove(&slot.host);
            }
        }
        for lane in [&mut self.urgent, &mut self.usual, &mut self.late] {
            lane.wake(&slot.host);
        }
        if slot.gone {
            self.slots.remove(&id);
            return None;
        }
        let took = now.saturating_sub(since);
        let round = slot.round + 1;
        let early = jitter::part(slot.every * u32::from(self.limits.jitter.min(50)) / 100, &id, round);
        let due = (since + slot.every - early).max(now + slot.every / LEAST_PAUSE);
        let own = self.slots.get_mut(&id)?;
        own.round = round;
        own.late = took >= longest / 2;
        own.again = false;
        if let Some(host) = own.moves_to.take() {
            own.host = host;
        }
        own.took_late = false;
        if slot.again {
            own.state = State::Paused;
            self.ready(id, true);
            return Some(Duration::ZERO);
        }
        if slot.paused {
            own.state = State::Paused;
            return None;
        }
        own.state = State::Waiting(due);
        self.waiting.insert((due, id));
        Some(due.saturating_sub(now))
    }

    /// Looks that have gone past their deadline. Whoever looks has to end them; the schedule counts them until
    /// [`Schedule::ended`].
    pub fn expired(&self, now: Moment) -> Vec<String> {
        self.deadlines
            .iter()
            .take_while(|(deadline, _)| *deadline <= now)
            .map(|(_, id)| id.to_string())
            .collect()
    }

    /// When there is something to do next, where nothing ends before: a target becomes due, or a look's deadline comes.
    /// Where something can be taken at once, that is `now`.
    pub fn next_wake(&self, now: Moment) -> Option<Moment> {
        let free = self.running < self.limits.at_once;
        let late_may = self.running_late < (self.limits.at_once / 4).max(1);
        if free && (self.urgent.has_turns() || self.usual.has_turns() || (late_may && self.late.has_turns()))
        {
            return Some(now);
        }
        let due = self.waiting.first().map(|(due, _)| *due).filter(|_| free);
        let deadline = self.deadlines.first().map(|(deadline, _)| *deadline);
        [due, deadline].into_iter().flatten().min().map(|at| at.max(now))
    }

    /// Looks under way.
    pub fn running(&self) -> usize {
        self.running
    }

    /// Targets that are due and wait for a place, with those that are due by `now` and were not looked for yet.
    pub fn due(&self, now: Moment) -> usize {
        let ready = self.slots.values().filter(|slot| matches!(slot.state, State::Ready(_))).count();
        ready + self.waiting.iter().take_while(|(due, _)| *due <= now).count()
    }

    /// Targets whose last look took very long.
    pub fn late(&self) -> usize {
        self.slots.values().filter(|slot| slot.late).count()
    }

    /// Targets in all.
    pub fn len(&self) -> usize {
        self.slots.values().filter(|slot| !slot.gone).count()
    }

    /// Whether there is no target.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
