//! Whatever is done, both databases remember the same, which is what the model remembers.

use std::time::Duration;

use midwatch_model::{EventState, Time};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::model::Model;
use super::sample;
use crate::StoreError;
use crate::watch::{EventFilter, EventNews, Filter, Ledger, Look, Place, Retention};

#[derive(Clone, Debug)]
enum Op {
    Put(u8),
    Remove(u8),
    Record {
        target: u8,
        memos: Vec<(u8, u8)>,
        findings: Vec<u8>,
        new: Vec<u8>,
        again: Vec<(i64, bool)>,
        alerts: Vec<u8>,
    },
    Acknowledge(i64),
    Snooze(i64, i64),
    Open(i64),
    Wake,
    Queue(u8, u8),
    Take(u32),
    Sent(i64),
    Failed(i64, Option<i64>),
    Release,
    Retain(Option<i64>, Option<u32>),
    Claim(u8, i64),
    /// Closes the ledger and opens it again, which the model has no need of.
    Again,
}

fn op() -> impl Strategy<Value = Op> {
    let record = (
        0..5_u8,
        vec((0..6_u8, 0..3_u8), 0..6),
        vec(0..5_u8, 0..4),
        vec(0..6_u8, 0..3),
        vec((1..9_i64, any::<bool>()), 0..2),
        vec(0..20_u8, 0..2),
    );
    prop_oneof![
        3 => (0..5_u8).prop_map(Op::Put),
        1 => (0..5_u8).prop_map(Op::Remove),
        8 => record.prop_map(|(target, memos, findings, new, again, alerts)| Op::Record {
            target, memos, findings, new, again, alerts
        }),
        1 => (1..9_i64).prop_map(Op::Acknowledge),
        1 => (1..9_i64, 0..5_000_i64).prop_map(|(id, until)| Op::Snooze(id, until)),
        1 => (1..9_i64).prop_map(Op::Open),
        1 => Just(Op::Wake),
        1 => (0..5_u8, 0..20_u8).prop_map(|(target, number)| Op::Queue(target, number)),
        2 => (0..4_u32).prop_map(Op::Take),
        2 => (1..9_i64).prop_map(Op::Sent),
        2 => (1..9_i64, option::of(0..5_000_i64)).prop_map(|(id, again)| Op::Failed(id, again)),
        1 => Just(Op::Release),
        2 => (option::of(0..5_000_i64), option::of(0..4_u32)).prop_map(|(age, count)| Op::Retain(age, count)),
        1 => (0..2_u8, 0..2_000_i64).prop_map(|(holder, time)| Op::Claim(holder, time)),
        1 => Just(Op::Again),
    ]
}

/// An operation, and how many milliseconds pass before it: now and then they pass backwards, or none do.
fn steps() -> impl Strategy<Value = Vec<(i64, Op)>> {
    let step = prop_oneof![6 => 1..1_000_i64, 1 => Just(0_i64), 1 => -3_000..0_i64];
    vec((step, op()), 1..40)
}

fn millis(millis: i64) -> Duration {
    Duration::from_millis(millis.unsigned_abs())
}

fn later(now: Time, by: i64) -> Time {
    now + millis(by)
}

fn plain<T>(value: T) -> T {
    value
}

fn sure<T>(value: Result<T, StoreError>) -> T {
    value.expect("memory")
}

/// Does the same with a ledger and with the model, and gives what they answer.
macro_rules! apply {
    ($it:expr, $op:expr, $now:expr, $sure:ident) => {{
        let (it, now) = ($it, $now);
        match $op {
            Op::Put(number) => format!("{:?}", $sure(it.put_target(&sample::target(*number)))),
            Op::Remove(number) => format!("{:?}", $sure(it.remove_target(&format!("t{number}")))),
            Op::Record { target, memos, findings, new, again, alerts } => {
                let target = format!("t{target}");
                let report = sample::report(findings);
                let memos: Vec<_> =
                    memos.iter().map(|(number, value)| sample::memo(*number, *value)).collect();
                let event = |number: &u8| sample::event(&target, *number, now);
                let mut events: Vec<_> = new.iter().map(event).map(EventNews::New).collect();
                events.extend(again.iter().map(|(id, back)| EventNews::Again {
                    id: *id,
                    at: now,
                    went_back: *back,
                }));
                let told =
                    |number: &u8| sample::alert(&target, *number, now, new.iter().map(event).collect());
                let alerts: Vec<_> = alerts.iter().map(told).collect();
                let look = Look {
                    target: &target,
                    started: now,
                    ended: later(now, 1234),
                    report: &report,
                    memos: &memos,
                    events: &events,
                    alerts: &alerts,
                    next: later(now, 60_000),
                };
                format!("{:?}", $sure(it.record(&look)))
            }
            Op::Acknowledge(id) => {
                let state = EventState::Acknowledged { by: "me".into(), at: now, note: None };
                format!("{:?}", $sure(it.set_event_state(*id, &state)))
            }
            Op::Snooze(id, until) => {
                let state = EventState::Snoozed { by: "me".into(), until: later(now, *until) };
                format!("{:?}", $sure(it.set_event_state(*id, &state)))
            }
            Op::Open(id) => format!("{:?}", $sure(it.set_event_state(*id, &EventState::Open))),
            Op::Wake => format!("{:?}", $sure(it.wake(now))),
            Op::Queue(target, number) => {
                let alerts = [
                    sample::alert(&format!("t{target}"), *number, now, vec![]),
                    sample::alert("all", *number, later(now, 500), vec![]),
                ];
                format!("{:?}", $sure(it.queue(&alerts)))
            }
            Op::Take(limit) => format!("{:?}", $sure(it.take_due(now, *limit))),
            Op::Sent(id) => format!("{:?}", $sure(it.sent(*id, now))),
            Op::Failed(id, again) => {
                format!("{:?}", $sure(it.failed(*id, "it said no", again.map(|by| later(now, by)))))
            }
            Op::Release => format!("{:?}", $sure(it.release())),
            Op::Retain(age, count) => {
                let keep = Retention { age: age.map(millis), count: *count };
                format!("{:?}", $sure(it.retain(&keep, now)))
            }
            Op::Claim(holder, time) => {
                format!("{:?}", $sure(it.claim(&format!("h{holder}"), now, later(now, *time))))
            }
            Op::Again => String::new(),
        }
    }};
}

/// Everything that can be asked.
macro_rules! snapshot {
    ($it:expr, $now:expr, $sure:ident) => {{
        let (it, now) = ($it, $now);
        let mut all = vec![
            format!("{:#?}", $sure(it.targets())),
            format!("{:#?}", $sure(it.due())),
            format!("{:#?}", $sure(it.outbox(100))),
            format!("{:#?}", $sure(it.outbox(2))),
        ];
        for number in 0..6 {
            let target = format!("t{number}");
            all.push(format!("{target} {:#?}", $sure(it.memory(&target))));
            all.push(format!("{target} {:#?}", $sure(it.looks(&target, 100))));
            all.push(format!("{target} {:#?}", $sure(it.looks(&target, 1))));
            all.push(format!("{target} {:#?}", $sure(it.report(&target))));
            all.push(format!("{target} {:#?}", $sure(it.recent_events(&target, now - millis(2_000)))));
            all.push(format!("{target} {:#?}", $sure(it.event(number + 1))));
        }
        for (text, worst, offset, limit) in [
            (None, None, 0, 100),
            (None, None, 1, 2),
            (Some("ZÜRICH_"), None, 0, 9),
            (Some("0%"), None, 0, 9),
            (Some("!"), None, 0, 9),
            (Some("host1"), None, 0, 9),
            (None, Some(2), 0, 9),
            (Some("nowhere"), Some(0), 0, 9),
        ] {
            let worst = worst.map(sample::severity);
            let filter = Filter { text: text.map(str::to_owned), worst, tag: None, offset, limit };
            all.push(format!("{filter:?} {:#?}", $sure(it.summaries(&filter))));
        }
        for (target, open, text, before, limit) in [
            (None, None, None, None, 100),
            (None, Some(true), None, None, 100),
            (None, Some(false), None, None, 100),
            (Some("t1"), Some(true), Some("ÄNDERUNG 1"), None, 9),
            (Some("t2"), None, None, Some(4), 2),
            (None, None, Some("_"), None, 9),
        ] {
            let (target, text) = (target.map(str::to_owned), text.map(str::to_owned));
            let filter = EventFilter { target, open, text, before, limit };
            all.push(format!("{filter:?} {:#?}", $sure(it.events(&filter))));
        }
        all.join("\n")
    }};
}

fn exported(ledger: &mut Ledger) -> String {
    let mut text = Vec::new();
    let lines = ledger.export(&mut text).expect("an export");
    let text = String::from_utf8(text).expect("text");
    assert_eq!(text.lines().count() as u64, lines);
    text
}

/// Into an empty ledger: the same is there then, and reading it again changes nothing.
fn carried(text: &str, snapshot: &str, now: Time, place: &Place) {
    let mut other = Ledger::open(place).expect("memory");
    let first = other.import(&mut text.as_bytes()).expect("an import");
    assert_eq!(first.lines, text.lines().count() as u64);
    assert_eq!(exported(&mut other), text, "{place}");
    assert_eq!(snapshot!(&mut other, now, sure), snapshot, "{place}");
    let again = other.import(&mut text.as_bytes()).expect("an import");
    assert_eq!(
        (again.targets, again.looks, again.memos, again.events, again.alerts),
        (0, 0, 0, 0, 0),
        "{place}"
    );
    assert_eq!(exported(&mut other), text, "{place}");
}

/// Runs the steps on the places and on the model, and compares all along.
fn compare(steps: &[(i64, Op)], places: &[Place], other: &Place) {
    let mut model = Model::default();
    let mut ledgers: Vec<Ledger> = places.iter().map(|place| Ledger::open(place).expect("memory")).collect();
    let mut now = sample::at(0);
    for (number, (step, op)) in steps.iter().enumerate() {
        now = if *step < 0 { now - millis(*step) } else { now + millis(*step) };
        let expected = apply!(&mut model, op, now, plain);
        for (ledger, place) in ledgers.iter_mut().zip(places) {
            if matches!(op, Op::Again) {
                *ledger = Ledger::open(place).expect("memory");
            }
            // What another one keeps watch over is not recorded here; the model has no holders.
            ledger.holder = None;
            assert_eq!(apply!(&mut *ledger, op, now, sure), expected, "{place}: {number}: {op:?}");
        }
    }
    model.check_times();
    let expected = snapshot!(&mut model, now, plain);
    let mut texts = Vec::new();
    for (ledger, place) in ledgers.iter_mut().zip(places) {
        let met = snapshot!(&mut *ledger, now, sure);
        assert!(met == expected, "{place}: {}", difference(&met, &expected));
        texts.push(exported(ledger));
    }
    for text in &texts {
        assert_eq!(Some(text), texts.first());
    }
    if let Some(text) = texts.first() {
        carried(text, &expected, now, other);
    }
}

/// The first lines that differ.
fn difference(met: &str, expected: &str) -> String {
    let lines = met.lines().zip(expected.lines()).enumerate();
    let differ = lines.filter(|(_, (met, expected))| met != expected).take(5);
    differ.map(|(number, (met, expected))| format!("\n{number}: met {met}, expected {expected}")).collect()
}

#[test]
fn both_databases_remember_what_the_model_does() {
    #[cfg(feature = "postgres")]
    let server = midwatch_testbed::postgres::Postgres::start();
    let cases = std::env::var("LEDGER_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(16);
    let mut runner = TestRunner::new_with_rng(
        Config { cases, failure_persistence: None, max_shrink_iters: 60, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let result = runner.run(&steps(), |steps| {
        let directory = super::quick_directory();
        let file = |name: &str| Place::File(directory.path().join(name));
        #[allow(unused_mut, reason = "there may be no PostgreSQL")]
        let (mut places, mut other) = (vec![file("a")], file("b"));
        #[cfg(feature = "postgres")]
        {
            places.push(Place::Postgres(server.database()));
            // The texts of both are the same: so is read from each kind into each kind.
            if steps.len().is_multiple_of(2) {
                other = Place::Postgres(server.database());
            }
        }
        compare(&steps, &places, &other);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
