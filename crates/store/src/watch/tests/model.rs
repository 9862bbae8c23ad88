//! The ledger as its documentation says it is, in plain maps: what both databases are compared with.

use std::collections::{BTreeMap, BTreeSet};

use midwatch_model::{Event, EventState, History, KeptMemo, Severity, TargetReport, Time};

use crate::database::stamp;
use crate::watch::summaries::Standing;
use crate::watch::{
    EventFilter, EventNews, Filter, Look, LookLine, NewAlert, OutboxEntry, OutboxState, Recorded, Removed,
    Retention, Summary, WatchTarget, codes,
};

struct Value {
    kept: KeptMemo,
    digest: Vec<u8>,
}

#[derive(Default)]
struct Subject {
    values: Vec<Value>,
    latest: Vec<u8>,
}

#[derive(Default)]
pub(crate) struct Model {
    targets: BTreeMap<String, WatchTarget>,
    standings: BTreeMap<String, Standing>,
    reports: BTreeMap<String, (Time, TargetReport)>,
    looks: BTreeMap<(String, Time), LookLine>,
    subjects: BTreeMap<(String, String, String), Subject>,
    events: BTreeMap<i64, Event>,
    event: i64,
    alerts: BTreeMap<i64, (OutboxEntry, Option<Time>)>,
    alert: i64,
    told: BTreeSet<String>,
    lease: Option<(String, Time)>,
}

impl Subject {
    /// The latest first, then those met last.
    fn ordered(&self) -> Vec<&Value> {
        let mut values: Vec<&Value> = self.values.iter().collect();
        values.sort_by(|a, b| {
            let key = |value: &Value| (value.digest != self.latest, std::cmp::Reverse(value.kept.last));
            key(a).cmp(&key(b)).then(a.digest.cmp(&b.digest))
        });
        values
    }
}

fn same(a: &Event, b: &Event) -> bool {
    (&a.target, a.at, &a.change) == (&b.target, b.at, &b.change)
}

impl Model {
    pub(crate) fn claim(&mut self, holder: &str, now: Time, until: Time) -> bool {
        if self.lease.as_ref().is_some_and(|(other, end)| other != holder && *end > now) {
            return false;
        }
        self.lease = Some((holder.to_owned(), until));
        true
    }

    pub(crate) fn put_target(&mut self, target: &WatchTarget) {
        self.targets.insert(target.id.clone(), target.clone());
    }

    pub(crate) fn targets(&self) -> Vec<WatchTarget> {
        self.targets.values().cloned().collect()
    }

    pub(crate) fn remove_target(&mut self, id: &str) -> bool {
        self.targets.remove(id).is_some()
    }

    pub(crate) fn memory(&self, target: &str) -> Vec<History> {
        let subjects = self.subjects.iter().filter(|((of, _, _), _)| of == target);
        subjects
            .map(|(_, subject)| {
                let mut values = subject.ordered().into_iter().map(|value| value.kept.clone());
                let latest = values.next().expect("a value");
                History { latest, earlier: values.take(64).collect() }
            })
            .collect()
    }

    pub(crate) fn recent_events(&self, target: &str, since: Time) -> Vec<Event> {
        let wanted = |event: &&Event| event.target == target && event.last >= since;
        self.events.values().rev().filter(wanted).cloned().collect()
    }

    pub(crate) fn record(&mut self, look: &Look<'_>) -> Recorded {
        let key = (look.target.to_owned(), look.started);
        let known = self.looks.contains_key(&key);
        let events = look
            .events
            .iter()
            .map(|news| match news {
                EventNews::New(event) => match self.events.values().find(|kept| same(kept, event)) {
                    Some(kept) => kept.id,
                    None if known => 0,
                    None => {
                        self.event += 1;
                        self.events.insert(self.event, Event { id: self.event, ..event.clone() });
                        self.event
                    }
                },
                EventNews::Again { id, at, went_back } => {
                    if let Some(event) = self.events.get_mut(id).filter(|_| !known) {
                        event.last = event.last.max(*at);
                        event.times += 1;
                        event.went_back = *went_back;
                    }
                    *id
                }
            })
            .collect();
        if known {
            return Recorded { events };
        }
        let mut seen = BTreeSet::new();
        for memo in look.memos {
            let text = serde_json::to_string(&memo.what).expect("JSON");
            let digest = codes::digest([text.as_str()]);
            let key = (look.target.to_owned(), memo.place.clone(), memo.what.kind().to_owned());
            if !seen.insert((key.clone(), digest.clone())) {
                continue;
            }
            let subject = self.subjects.entry(key).or_default();
            subject.latest = digest.clone();
            match subject.values.iter_mut().find(|value| value.digest == digest) {
                Some(value) => {
                    value.kept.last = value.kept.last.max(look.started);
                    value.kept.count += 1;
                }
                None => {
                    let (first, last) = (look.started, look.started);
                    let kept = KeptMemo { memo: memo.clone(), first, last, count: 1 };
                    subject.values.push(Value { kept, digest });
                }
            }
        }
        self.queue(look.alerts);
        let findings = &look.report.findings;
        let worst = findings.iter().map(|finding| finding.severity).max();
        let millis = (look.ended.as_millisecond() - look.started.as_millisecond()).max(0);
        let line = LookLine {
            at: look.started,
            millis: millis.unsigned_abs(),
            state: look.report.state,
            error: look.report.error.as_ref().map(|text| text.replace('\0', "\u{fffd}")),
            worst,
            findings: u32::try_from(findings.len()).expect("few"),
            changes: u32::try_from(look.events.len()).expect("few"),
        };
        let count = |severity: Severity| {
            u32::try_from(findings.iter().filter(|finding| finding.severity == severity).count())
                .expect("few")
        };
        let standing = Standing {
            looked: look.started,
            next: look.next,
            state: line.state,
            error: line.error.clone(),
            worst,
            counts: Severity::ALL.map(count),
            verdicts: look.report.attacks.iter().map(|attack| (attack.id, attack.verdict)).collect(),
            path: look.report.path.clone(),
        };
        self.looks.insert(key, line);
        self.standings.insert(look.target.to_owned(), standing);
        self.reports.insert(look.target.to_owned(), (look.started, look.report.clone()));
        Recorded { events }
    }

    pub(crate) fn due(&self) -> Vec<(String, Option<Time>)> {
        let next = |id: &String| self.standings.get(id).map(|standing| standing.next);
        self.targets.keys().map(|id| (id.clone(), next(id))).collect()
    }

    pub(crate) fn report(&self, target: &str) -> Option<(Time, TargetReport)> {
        self.reports.get(target).cloned()
    }

    pub(crate) fn looks(&self, target: &str, limit: u32) -> Vec<LookLine> {
        let looks = self.looks.iter().rev().filter(|((of, _), _)| of == target);
        looks.map(|(_, line)| line.clone()).take(limit as usize).collect()
    }

    pub(crate) fn summaries(&self, filter: &Filter) -> (Vec<Summary>, u64) {
        let text = filter.text.clone().unwrap_or_default().to_lowercase();
        let mut all: Vec<(Option<Severity>, Summary)> = Vec::new();
        for target in self.targets.values() {
            let words = [
                &target.id,
                &target.name,
                target.target.input(),
                &target.target.to_string(),
                &target.tags.join("\n"),
            ]
            .map(str::to_lowercase);
            let open = || {
                let open = |event: &&Event| event.target == target.id && event.state == EventState::Open;
                self.events.values().filter(open)
            };
            let standing = self.standings.get(&target.id);
            let worst_event = open().map(|event| event.change.severity).max();
            let worst = standing.and_then(|standing| standing.worst);
            let rank = worst.max(worst_event);
            if rank < filter.worst || !words.iter().any(|word| word.contains(&text)) {
                continue;
            }
            all.push((
                rank,
                Summary {
                    target: target.clone(),
                    looked: standing.map(|standing| standing.looked),
                    next: standing.map(|standing| standing.next),
                    state: standing.map(|standing| standing.state),
                    error: standing.and_then(|standing| standing.error.clone()),
                    worst,
                    counts: standing.map_or([0; 5], |standing| standing.counts),
                    verdicts: standing.map_or(vec![], |standing| standing.verdicts.clone()),
                    path: standing.map_or(vec![], |standing| standing.path.clone()),
                    open_events: u32::try_from(open().count()).expect("few"),
                    worst_event,
                },
            ));
        }
        all.sort_by_key(|(rank, summary)| {
            (std::cmp::Reverse(*rank), summary.target.name.to_lowercase(), summary.target.id.clone())
        });
        let total = all.len() as u64;
        let page = all.into_iter().map(|(_, summary)| summary);
        (page.skip(filter.offset as usize).take(filter.limit as usize).collect(), total)
    }

    pub(crate) fn events(&self, filter: &EventFilter) -> Vec<Event> {
        let text = filter.text.clone().unwrap_or_default().to_lowercase();
        let wanted = |event: &&Event| {
            let change = &event.change;
            let words =
                [&event.target, &change.title, &change.place, &change.id].map(|word| word.to_lowercase());
            filter.target.as_ref().is_none_or(|target| *target == event.target)
                && filter.open.is_none_or(|open| open == (event.state == EventState::Open))
                && filter.before.is_none_or(|before| event.id < before)
                && words.iter().any(|word| word.contains(&text))
        };
        self.events.values().rev().filter(wanted).take(filter.limit as usize).cloned().collect()
    }

    pub(crate) fn event(&self, id: i64) -> Option<Event> {
        self.events.get(&id).cloned()
    }

    pub(crate) fn set_event_state(&mut self, id: i64, state: &EventState) -> bool {
        self.events.get_mut(&id).map(|event| event.state = state.clone()).is_some()
    }

    pub(crate) fn wake(&mut self, now: Time) -> u64 {
        let mut woken = 0;
        for event in self.events.values_mut() {
            if matches!(event.state, EventState::Snoozed { until, .. } if until <= now) {
                event.state = EventState::Open;
                woken += 1;
            }
        }
        woken
    }

    pub(crate) fn queue(&mut self, alerts: &[NewAlert]) {
        for new in alerts {
            if !self.told.insert(new.key.clone()) {
                continue;
            }
            let mut alert = new.alert.clone();
            for event in alert.events.iter_mut().filter(|event| event.id == 0) {
                event.id = self.events.values().find(|kept| same(kept, event)).map_or(0, |kept| kept.id);
            }
            self.alert += 1;
            let entry = OutboxEntry {
                id: self.alert,
                key: new.key.clone(),
                channel: new.channel.clone(),
                due: new.due,
                tries: 0,
                uncertain: false,
                state: OutboxState::Waiting,
                last_error: None,
                alert,
            };
            self.alerts.insert(self.alert, (entry, None));
        }
    }

    pub(crate) fn take_due(&mut self, now: Time, limit: u32) -> Vec<OutboxEntry> {
        let due = |(entry, _): &&(OutboxEntry, _)| entry.state == OutboxState::Waiting && entry.due <= now;
        let mut ids: Vec<(Time, i64)> =
            self.alerts.values().filter(due).map(|(entry, _)| (entry.due, entry.id)).collect();
        ids.sort_unstable();
        let mut taken = Vec::new();
        for (_, id) in ids.into_iter().take(limit as usize) {
            let (entry, _) = self.alerts.get_mut(&id).expect("an alert");
            entry.state = OutboxState::Sending;
            entry.tries += 1;
            taken.push(entry.clone());
        }
        taken
    }

    pub(crate) fn sent(&mut self, id: i64, at: Time) {
        if let Some((entry, ended)) = self.alerts.get_mut(&id) {
            (entry.state, *ended) = (OutboxState::Sent { at }, Some(at));
        }
    }

    pub(crate) fn failed(&mut self, id: i64, why: &str, again: Option<Time>) {
        let Some((entry, ended)) = self.alerts.get_mut(&id) else { return };
        entry.last_error = Some(why.to_owned());
        match again {
            Some(due) => (entry.state, entry.due) = (OutboxState::Waiting, due),
            None => (entry.state, *ended) = (OutboxState::GivenUp { why: why.to_owned() }, Some(entry.due)),
        }
    }

    pub(crate) fn outbox(&self, limit: u32) -> Vec<OutboxEntry> {
        self.alerts.values().rev().map(|(entry, _)| entry.clone()).take(limit as usize).collect()
    }

    pub(crate) fn release(&mut self) -> u64 {
        let mut released = 0;
        for (entry, _) in self.alerts.values_mut() {
            if entry.state == OutboxState::Sending {
                (entry.state, entry.uncertain) = (OutboxState::Waiting, true);
                released += 1;
            }
        }
        released
    }

    pub(crate) fn retain(&mut self, keep: &Retention, now: Time) -> Removed {
        let before = keep.age.map(|age| now.checked_sub(age).expect("a time"));
        let old = |time: Time| before.is_some_and(|before| time < before);
        let many = |number: usize| keep.count.is_some_and(|count| number >= count.max(1) as usize);
        let mut removed = Removed::default();
        let gone: Vec<String> = self
            .standings
            .iter()
            .filter(|(id, standing)| !self.targets.contains_key(*id) && old(standing.looked))
            .map(|(id, _)| id.clone())
            .collect();
        for id in &gone {
            removed.targets += 1;
            let of = |key: &(String, String, String)| key.0 == *id;
            removed.memos += self
                .subjects
                .iter()
                .filter(|(key, _)| of(key))
                .map(|(_, subject)| subject.values.len() as u64)
                .sum::<u64>();
            self.subjects.retain(|key, _| !of(key));
            removed.looks += self.looks.keys().filter(|(of, _)| of == id).count() as u64;
            self.looks.retain(|(of, _), _| of != id);
            self.standings.remove(id);
            self.reports.remove(id);
        }
        for subject in self.subjects.values_mut() {
            let goes: BTreeSet<Vec<u8>> = subject
                .ordered()
                .iter()
                .enumerate()
                .filter(|(number, value)| *number > 0 && (old(value.kept.last) || many(*number)))
                .map(|(_, value)| value.digest.clone())
                .collect();
            removed.memos += goes.len() as u64;
            subject.values.retain(|value| !goes.contains(&value.digest));
        }
        for (id, standing) in &self.standings {
            let mut lines: Vec<Time> =
                self.looks.keys().filter(|(of, _)| of == id).map(|(_, at)| *at).collect();
            lines.retain(|at| *at == standing.looked || !old(*at));
            lines.sort_unstable_by_key(|at| std::cmp::Reverse(*at));
            let stay: BTreeSet<Time> = lines
                .iter()
                .enumerate()
                .filter(|(number, at)| **at == standing.looked || !many(*number))
                .map(|(_, at)| *at)
                .collect();
            let count = self.looks.len();
            self.looks.retain(|(of, at), _| of != id || stay.contains(at));
            removed.looks += (count - self.looks.len()) as u64;
        }
        let mut counted: BTreeMap<String, usize> = BTreeMap::new();
        let goes: Vec<i64> = self
            .events
            .values()
            .rev()
            .filter(|event| matches!(event.state, EventState::Acknowledged { .. }))
            .filter(|event| {
                let number = counted.entry(event.target.clone()).or_default();
                *number += 1;
                old(event.last) || many(*number - 1)
            })
            .map(|event| event.id)
            .collect();
        removed.events = goes.len() as u64;
        self.events.retain(|id, _| !goes.contains(id));
        let mut counted: BTreeMap<String, usize> = BTreeMap::new();
        let goes: Vec<i64> = self
            .alerts
            .values()
            .rev()
            .filter(|(entry, _)| {
                matches!(entry.state, OutboxState::Sent { .. } | OutboxState::GivenUp { .. })
            })
            .filter(|(entry, ended)| {
                let number = counted.entry(entry.channel.clone()).or_default();
                *number += 1;
                ended.is_some_and(old) || many(*number - 1)
            })
            .map(|(entry, _)| entry.id)
            .collect();
        removed.alerts = goes.len() as u64;
        self.alerts.retain(|id, _| !goes.contains(id));
        removed
    }

    /// Times as they are kept are exact.
    pub(crate) fn check_times(&self) {
        for (_, at) in self.looks.keys() {
            assert_eq!(stamp(*at).len(), 30);
        }
    }
}
