//! Looks at one target after the other, and what is remembered of them.

use jiff::{SignedDuration, ToSpan as _};
use midwatch_model::*;

use super::{NOW, Scene, time};
use crate::{Looked, changes, memos};

impl Scene {
    /// A report of the scene, in which everything was measured that the scene has.
    pub fn report(&self) -> TargetReport {
        let judged = self.judge();
        TargetReport {
            target: self.target(),
            state: if self.facts.is_empty() { State::NotMeasured } else { State::Measured },
            error: None,
            observations: self.observations(),
            findings: judged.findings,
            attacks: judged.attacks,
            path: judged.path,
        }
    }
}

/// What is remembered after these looks, in their order, as a store keeps it: equal memos once.
pub fn remembered(looks: &[(Time, Vec<Memo>)]) -> Vec<History> {
    let mut all: Vec<Vec<KeptMemo>> = Vec::new();
    for (at, memos) in looks {
        for memo in memos {
            let is =
                |kept: &KeptMemo| kept.memo.place == memo.place && kept.memo.what.kind() == memo.what.kind();
            let history = match all.iter().position(|kept| kept.first().is_some_and(is)) {
                Some(found) => found,
                None => {
                    all.push(Vec::new());
                    all.len() - 1
                }
            };
            let history = &mut all[history];
            match history.iter_mut().find(|kept| kept.memo == *memo) {
                Some(kept) => (kept.last, kept.count) = (*at, kept.count + 1),
                None => history.push(KeptMemo { memo: memo.clone(), first: *at, last: *at, count: 1 }),
            }
        }
    }
    all.into_iter()
        .filter_map(|mut kept| {
            kept.sort_by_key(|kept| std::cmp::Reverse(kept.last));
            let mut kept = kept.into_iter();
            Some(History { latest: kept.next()?, earlier: kept.collect() })
        })
        .collect()
}

/// What the last of these looks changes, each a day after the one before.
pub fn changes_of(scenes: &[Scene]) -> Vec<Change> {
    let reports: Vec<TargetReport> = scenes.iter().map(Scene::report).collect();
    changes_of_reports(&reports)
}

/// The same of reports.
pub fn changes_of_reports(reports: &[TargetReport]) -> Vec<Change> {
    let start = time(NOW);
    let at = |look: usize| start + 24.hours() * i64::try_from(look).unwrap_or_default();
    let looks: Vec<(Time, Vec<Memo>)> =
        reports.iter().enumerate().map(|(look, report)| (at(look), memos(report))).collect();
    let Some(((now, last), before)) = looks.split_last() else { return Vec::new() };
    changes(&Looked { histories: &remembered(before), memos: last, now: *now })
}

/// An event of a change, met at a time.
pub fn event(id: i64, change: &Change, at: Time) -> Event {
    Event {
        id,
        target: "shop".into(),
        change: change.clone(),
        at,
        last: at,
        times: 1,
        went_back: false,
        state: EventState::Open,
    }
}

/// Hours after [`NOW`].
pub fn hours(hours: i64) -> Time {
    time(NOW) + SignedDuration::from_hours(hours)
}
