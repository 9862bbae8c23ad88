//! The schedule on a made-up clock.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use proptest::prelude::*;

use super::*;

const LIMITS: Limits = Limits { at_once: 4, per_host: 2, jitter: 10, longest: Duration::from_secs(60) };

fn entry(id: &str, host: &str, every: u64) -> Entry {
    Entry {
        id: id.into(),
        host: Some(host.into()),
        every: Duration::from_secs(every),
        paused: false,
        due_in: None,
    }
}

fn at(seconds: u64) -> Moment {
    Duration::from_secs(seconds)
}

fn with(entries: &[Entry]) -> Schedule {
    let mut schedule = Schedule::new(LIMITS);
    schedule.replace_targets(entries, at(0));
    schedule
}

/// Everything that can be taken.
fn take_all(schedule: &mut Schedule, now: Moment) -> Vec<String> {
    std::iter::from_fn(|| schedule.take(now)).collect()
}

#[test]
fn hosts_take_turns_and_have_their_places() {
    let mut entries: Vec<Entry> = (0..50).map(|at| entry(&format!("big-{at}"), "big", 3600)).collect();
    entries.push(entry("small", "small", 3600));
    let mut schedule = with(&entries);
    let taken = take_all(&mut schedule, at(10));
    assert_eq!(taken.len(), 3, "two of the one, and the one of the other: {taken:?}");
    assert!(taken.contains(&"small".to_owned()));
    assert_eq!(schedule.next_wake(at(10)), Some(at(70)), "the deadlines alone");
    schedule.ended(&taken[0], at(11));
    schedule.ended(&taken[1], at(11));
    assert!(!take_all(&mut schedule, at(11)).is_empty());
    assert_eq!(schedule.due(at(11)) + schedule.running() + 2, 51);
}

#[test]
fn a_target_is_looked_at_once_in_its_interval() {
    let mut schedule = with(&[entry("shop", "shop", 1000)]);
    let mut looks = Vec::new();
    for second in 0..10_000 {
        if let Some(id) = schedule.take(at(second)) {
            looks.push(second);
            assert_eq!(schedule.take(at(second)), None, "never twice at the same time");
            let next = schedule.ended(&id, at(second)).unwrap();
            assert!((900..=1000).contains(&next.as_secs()), "{next:?}");
        }
    }
    assert!((10..=12).contains(&looks.len()), "{looks:?}");
    let gaps: BTreeSet<u64> = looks.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.len() > 3, "rounds differ: {gaps:?}");
}

#[test]
fn the_first_round_is_spread_and_so_is_one_after_a_pause() {
    let entries: Vec<Entry> = (0..1000).map(|at| entry(&format!("t{at}"), &format!("h{at}"), 3600)).collect();
    let mut schedule = Schedule::new(Limits { at_once: 1000, ..LIMITS });
    schedule.replace_targets(&entries, at(0));
    let first = take_all(&mut schedule, at(1)).len();
    assert!((20..=90).contains(&first), "{first}");
    assert_eq!(first + take_all(&mut schedule, at(20)).len(), 1000);
}

#[test]
fn what_was_kept_over_a_restart_holds_whatever_the_wall_clock_did() {
    let now: Time = "2026-03-01T00:00:00Z".parse().unwrap();
    let hour = Duration::from_secs(3600);
    let day = jiff::SignedDuration::from_hours(24);
    assert_eq!(due_in(None, now, hour), None);
    assert_eq!(
        due_in(Some(now + jiff::SignedDuration::from_mins(5)), now, hour),
        Some(Duration::from_secs(300))
    );
    assert_eq!(
        due_in(Some(now - day), now, hour),
        Some(Duration::ZERO),
        "the clock went forward, or nobody was there"
    );
    assert_eq!(due_in(Some(now + day * 400), now, hour), Some(hour), "the clock went back");
    let mut schedule = Schedule::new(LIMITS);
    let kept = Entry { due_in: Some(Duration::from_secs(300)), ..entry("shop", "shop", 3600) };
    schedule.replace_targets(&[kept], at(1_000_000));
    assert_eq!(schedule.take(at(1_000_299)), None);
    assert_eq!(schedule.next_wake(at(1_000_000)), Some(at(1_000_300)));
    assert_eq!(schedule.take(at(1_000_300)).as_deref(), Some("shop"));
}

#[test]
fn somebody_who_asks_comes_first_and_nobody_is_looked_at_twice_at_once() {
    let mut entries: Vec<Entry> =
        (0..20).map(|at| entry(&format!("t{at}"), &format!("h{at}"), 3600)).collect();
    entries[7].paused = true;
    let mut schedule = with(&entries);
    assert!(schedule.look_now("t19") && schedule.look_now("t7") && !schedule.look_now("nobody"));
    assert_eq!(schedule.take(at(100)).as_deref(), Some("t19"));
    assert_eq!(schedule.take(at(100)).as_deref(), Some("t7"), "paused, and asked for");
    assert!(schedule.look_now("t19"));
    let rest = take_all(&mut schedule, at(100));
    assert!(rest.len() == 2 && !rest.contains(&"t19".to_owned()), "{rest:?}");
    assert_eq!(schedule.ended("t19", at(101)), Some(Duration::ZERO));
    assert_eq!(schedule.take(at(101)).as_deref(), Some("t19"), "once more");
    assert_eq!(schedule.ended("t7", at(102)), None, "paused again");
}

#[test]
fn a_reload_keeps_what_runs() {
    let mut schedule = with(&[entry("a", "a", 3600), entry("b", "b", 3600), entry("c", "c", 3600)]);
    let running = take_all(&mut schedule, at(1));
    assert_eq!(running.len(), 3);
    schedule.replace_targets(&[entry("a", "a", 60), entry("d", "d", 60)], at(2));
    assert_eq!((schedule.len(), schedule.running()), (2, 3));
    assert_eq!(schedule.take(at(3)).as_deref(), Some("d"));
    assert_eq!(schedule.take(at(3)), None, "those that are gone keep their places until they end");
    assert_eq!(schedule.ended("b", at(4)), None);
    assert!(schedule.ended("a", at(4)).unwrap() <= at(60), "the new interval");
    schedule.ended("c", at(4));
    schedule.ended("d", at(4));
    assert_eq!((schedule.len(), schedule.running()), (2, 0));
    // A target that comes back while its old look is under way.
    assert!(schedule.look_now("a"));
    assert_eq!(schedule.take(at(5)).as_deref(), Some("a"));
    schedule.replace_targets(&[], at(5));
    assert!(schedule.is_empty() && !schedule.look_now("a"));
    schedule.replace_targets(&[entry("a", "elsewhere", 60)], at(6));
    assert!(schedule.ended("a", at(7)).is_some());
    assert_eq!(schedule.len(), 1);
}

#[test]
fn a_shorter_interval_and_an_end_of_a_pause_hold_at_once() {
    let mut schedule = with(&[entry("a", "a", 100_000)]);
    assert_eq!(schedule.take(at(1)).as_deref(), Some("a"));
    schedule.ended("a", at(2));
    assert!(schedule.next_wake(at(2)).unwrap() > at(80_000));
    schedule.put(&entry("a", "a", 60), at(3));
    assert_eq!(schedule.next_wake(at(3)), Some(at(63)));
    schedule.put(&Entry { paused: true, ..entry("a", "a", 60) }, at(4));
    assert_eq!((schedule.next_wake(at(4)), schedule.take(at(1000))), (None, None));
    schedule.put(&entry("a", "a", 60), at(1001));
    assert_eq!(schedule.take(at(1001)).as_deref(), Some("a"));
}

/// A tenth never answers and is ended at its deadline; the others take a second each.
#[test]
fn those_that_never_answer_hold_nobody_up() {
    let limits = Limits { at_once: 8, per_host: 2, jitter: 10, longest: Duration::from_secs(60) };
    let mut schedule = Schedule::new(limits);
    let entries: Vec<Entry> = (0..300).map(|at| entry(&format!("t{at}"), &format!("h{at}"), 600)).collect();
    schedule.replace_targets(&entries, at(0));
    let silent = |id: &str| id.ends_with('0');
    let mut running: BTreeMap<String, u64> = BTreeMap::new();
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    let mut longest_gap = 0;
    for second in 0..6000_u64 {
        for id in schedule.expired(at(second)) {
            running.remove(&id);
            schedule.ended(&id, at(second));
        }
        let done: Vec<String> = running
            .iter()
            .filter(|(id, since)| !silent(id) && **since < second)
            .map(|(id, _)| id.clone())
            .collect();
        for id in done {
            running.remove(&id);
            schedule.ended(&id, at(second));
        }
        while let Some(id) = schedule.take(at(second)) {
            if !silent(&id) && second > 1200 {
                longest_gap = longest_gap.max(second - last.get(&id).copied().unwrap_or(0));
            }
            last.insert(id.clone(), second);
            running.insert(id, second);
        }
        assert!(running.len() <= 8);
        if second > 1200 {
            assert!(running.keys().filter(|id| silent(id)).count() <= 2, "a quarter of the places");
        }
    }
    // 30 of them at 60 s each on two places need more than their interval; the other 270 keep theirs.
    assert!(longest_gap <= 660, "{longest_gap}");
    assert!(last.values().all(|second| *second > 3000), "those too have their turns: {last:?}");
}

#[test]
fn ten_thousand_targets_cost_little() {
    let entries: Vec<Entry> =
        (0..10_000).map(|at| entry(&format!("t{at}"), &format!("h{}", at % 3000), 3600)).collect();
    let mut schedule = Schedule::new(Limits { at_once: 64, ..LIMITS });
    let started = Instant::now();
    schedule.replace_targets(&entries, at(0));
    let put = started.elapsed();
    let (started, mut looks, mut second) = (Instant::now(), 0_u32, 0_u64);
    while looks < 50_000 {
        second += 1;
        let taken = take_all(&mut schedule, at(second));
        looks += u32::try_from(taken.len()).unwrap();
        for id in taken {
            schedule.ended(&id, at(second));
        }
        let _ = schedule.next_wake(at(second));
    }
    let each = started.elapsed() / looks;
    println!("10,000 targets: put in {put:?}, then {each:?} for each look (take, ended)");
    assert!(each < Duration::from_millis(1), "{each:?}");
}

#[derive(Clone, Debug)]
enum Act {
    Take,
    End(usize),
    Now(usize),
    Pass(u64),
    Put(usize, u64, bool),
    Remove(usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => Just(Act::Take),
        3 => (0_usize..40).prop_map(Act::End),
        1 => (0_usize..40).prop_map(Act::Now),
        2 => (0_u64..500).prop_map(Act::Pass),
        1 => ((0_usize..40), 1_u64..500, any::<bool>()).prop_map(|(at, every, paused)| Act::Put(at, every, paused)),
        1 => (0_usize..40).prop_map(Act::Remove),
    ]
}

proptest! {
    /// Never more than at_once, never more than per_host, never the same twice; what can be taken is taken, and
    /// next_wake never lies.
    #[test]
    fn limits_hold(acts in proptest::collection::vec(act(), 1..400), at_once in 1_usize..6, per_host in 1_usize..4) {
        let limits = Limits { at_once, per_host, jitter: 20, longest: Duration::from_secs(300) };
        let mut schedule = Schedule::new(limits);
        let host = |at: usize| format!("h{}", at % 7);
        let entries: Vec<Entry> = (0..20).map(|at| entry(&format!("t{at}"), &host(at), 100)).collect();
        schedule.replace_targets(&entries, at(0));
        let mut now = at(0);
        let mut running: Vec<(String, String)> = Vec::new();
        for act in acts {
            match act {
                Act::Take => {
                    let wake = schedule.next_wake(now);
                    let taken = schedule.take(now);
                    if taken.is_some() {
                        prop_assert!(wake.is_some_and(|wake| wake <= now));
                    }
                    if let Some(id) = taken {
                        prop_assert!(!running.iter().any(|(other, _)| *other == id), "{} twice", id);
                        let number: usize = id[1..].parse().unwrap();
                        running.push((id, host(number)));
                    }
                }
                Act::End(at) if !running.is_empty() => {
                    let (id, _) = running.swap_remove(at % running.len());
                    schedule.ended(&id, now);
                }
                Act::End(_) => {}
                Act::Now(at) => {
                    schedule.look_now(&format!("t{at}"));
                }
                Act::Pass(seconds) => now += at(seconds),
                Act::Put(at, every, paused) => {
                    schedule.put(&Entry { paused, ..entry(&format!("t{at}"), &host(at), every) }, now);
                }
                Act::Remove(at) => schedule.remove(&format!("t{at}")),
            }
            prop_assert!(running.len() <= at_once);
            prop_assert_eq!(schedule.running(), running.len());
            for (_, host) in &running {
                prop_assert!(running.iter().filter(|(_, other)| other == host).count() <= per_host);
            }
        }
        // After a while, whatever happened, each that is not paused has its turn.
        for (id, _) in running.drain(..) {
            schedule.ended(&id, now);
        }
        let all: BTreeSet<String> = (0..40).map(|at| format!("t{at}")).collect();
        for id in &all {
            schedule.remove(id);
        }
        schedule.replace_targets(&entries, now);
        let mut seen = BTreeSet::new();
        for _ in 0..400 {
            now += at(1);
            while let Some(id) = schedule.take(now) {
                schedule.ended(&id, now);
                seen.insert(id);
            }
        }
        prop_assert_eq!(seen.len(), 20);
    }

    /// A tenth never ends; all others that are due are taken within a bounded number of turns.
    #[test]
    fn nobody_starves(count in 10_usize..60, at_once in 2_usize..6, seed in 0_usize..10) {
        let longest = Duration::from_secs(30);
        let mut schedule = Schedule::new(Limits { at_once, per_host: 1, jitter: 0, longest });
        let entries: Vec<Entry> = (0..count).map(|at| entry(&format!("t{at}"), &format!("h{}", at % 9), 60)).collect();
        schedule.replace_targets(&entries, at(0));
        let stuck = |id: &str| id[1..].parse::<usize>().unwrap() % 10 == seed;
        let mut seen = BTreeSet::new();
        for second in 0..4000 {
            for id in schedule.expired(at(second)) {
                schedule.ended(&id, at(second));
            }
            while let Some(id) = schedule.take(at(second)) {
                if !stuck(&id) {
                    schedule.ended(&id, at(second));
                }
                seen.insert(id);
            }
            prop_assert!(schedule.running() <= at_once);
        }
        prop_assert_eq!(seen.len(), count);
    }
}
