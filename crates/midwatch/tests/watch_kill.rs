//! `kill -9` at a hundred random moments under load: nothing that was acknowledged is lost, no alert comes twice, and the
//! file opens.
//!
//! A fleet of hosts on loopback is watched, a tenth of which never answers. Again and again the daemon is killed at a moment
//! that a seeded generator chooses, while certificates of some hosts are swapped for ones with another key. A receiver of
//! webhooks keeps what came. At the end, each host that was swapped has raised exactly one alert, by its id, however often
//! it was sent; an alert that the receiver acknowledged came at most once more, which is when the daemon was killed between
//! the acknowledgement and its note of it; and SQLite finds nothing wrong with the file.
//!
//! `WATCH_KILLS`, `WATCH_HOSTS` and `WATCH_SEED` change the numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use midwatch_testbed::daemon::{Daemon, figures, get};
use midwatch_testbed::fleet::{Fleet, Options, Settings, id_of};
use midwatch_testbed::receiver::{Manner, Received, Receiver};
use midwatch_testbed::{free_port, wait_until};

/// Hosts, unless told otherwise: more than are looked at in the minute that is the shortest interval, so that something is
/// always under way.
const HOSTS: u64 = 1500;

/// Times that it is killed.
const KILLS: u64 = 100;

/// The moments at which it is killed lie in so many milliseconds after it is ready.
const MOMENTS: u64 = 1500;

/// How long a round of all hosts may take.
const ROUND: Duration = Duration::from_secs(600);

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name)
        .ok()
        .map_or(usual, |value| value.parse().unwrap_or_else(|_| panic!("{name} takes a number")))
}

/// Numbers that look random and are the same each time (Knuth's MMIX).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// The daemon, with a configuration in a directory of its own.
fn configure(directory: &Path, fleet: &Fleet, receiver: &Receiver, metrics: SocketAddr) -> Command {
    let webhook = Some(receiver.url());
    let settings = Settings { every: "1m".to_owned(), at_once: 32, metrics, web: None, webhook };
    let file = fleet.write_configuration(directory, &settings);
    let mut command = Command::new(env!("CARGO_BIN_EXE_midwatch"));
    command.arg("watch").arg(&file).env("HOME", directory);
    command
}

fn again(command: &Command) -> Command {
    let mut same = Command::new(command.get_program());
    same.args(command.get_args());
    same.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    same
}

/// The ids of targets that a look ended at, and was kept, since this daemon started.
fn looked_at(metrics: SocketAddr) -> BTreeSet<String> {
    let text = get(metrics, "/metrics").unwrap_or_default();
    let prefix = "midwatch_target_last_look_timestamp_seconds{target=\"";
    figures(&text)
        .keys()
        .filter_map(|name| Some(name.strip_prefix(prefix)?.strip_suffix("\"}")?.to_owned()))
        .collect()
}

/// What came of changed certificates: for each target, each alert's id with how often it came and how often it was
/// acknowledged.
fn alerts(received: &[Received]) -> BTreeMap<String, BTreeMap<String, [u32; 2]>> {
    let mut all: BTreeMap<String, BTreeMap<String, [u32; 2]>> = BTreeMap::new();
    for one in received {
        let body: serde_json::Value = serde_json::from_str(&one.body).expect("JSON");
        let events = body["events"].as_array().cloned().unwrap_or_default();
        let is_about_keys = events.iter().any(|event| {
            let id = event["change"]["id"].as_str().unwrap_or_default();
            id.contains("certificate") || id.contains("key")
        });
        if !is_about_keys {
            continue;
        }
        // A message may gather what several targets were held back for: each event says whose it is.
        for target in events.iter().filter_map(|event| event["target"].as_str()).collect::<BTreeSet<_>>() {
            let counts = all.entry(target.to_owned()).or_default().entry(one.id.clone()).or_default();
            counts[0] += 1;
            counts[1] += u32::from(one.is_acknowledged);
        }
    }
    all
}

#[test]
fn killed_at_random_moments_it_loses_nothing_and_tells_nothing_twice() {
    let (hosts, kills) = (setting("WATCH_HOSTS", HOSTS), setting("WATCH_KILLS", KILLS));
    let mut dice = Dice(setting("WATCH_SEED", 6));
    let fleet = Fleet::start(Options::of(u32::try_from(hosts).expect("a number of hosts")));
    let receiver = Receiver::start();
    let metrics = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let directory = midwatch_testbed::directory();
    let command = configure(directory.path(), &fleet, &receiver, metrics);
    let log = directory.path().join("log");
    let speaking: Vec<u32> = (1..=fleet.hosts()).filter(|host| !fleet.is_silent(*host)).collect();

    // One round in peace: what is not remembered cannot change.
    let begun = Instant::now();
    let mut daemon = Daemon::start(again(&command), &log);
    let all: BTreeSet<String> = speaking.iter().map(|host| id_of(*host)).collect();
    let mut missing = all.len();
    let is_whole = wait_until(ROUND, || {
        missing = all.difference(&looked_at(metrics)).count();
        missing == 0 || !daemon.is_running()
    });
    assert!(is_whole && missing == 0, "{missing} hosts were not looked at in time:\n{}", daemon.tail());
    assert_eq!(alerts(&receiver.received()), BTreeMap::new(), "nothing has changed");
    println!("the first round took {:.1} s", begun.elapsed().as_secs_f64());

    // The kills.
    let mut swapped = BTreeSet::new();
    for kill in 0..kills {
        let host = speaking[usize::try_from(dice.below(speaking.len() as u64)).expect("an index")];
        if swapped.insert(host) {
            fleet.swap(host, true);
        }
        receiver.set(match dice.below(8) {
            0 => Manner::Hangs,
            1 => Manner::Closes,
            2 => Manner::Answers(503),
            _ => Manner::Answers(200),
        });
        let moment = Duration::from_millis(dice.below(MOMENTS));
        // No synchronisation: the moment itself is what is tested.
        std::thread::sleep(moment);
        assert!(daemon.is_running(), "it ended by itself before kill {kill}:\n{}", daemon.tail());
        daemon.kill();
        daemon = Daemon::start(again(&command), &log);
    }

    // What has changed is told of in the end.
    receiver.set(Manner::Answers(200));
    let expected: BTreeSet<String> = swapped.iter().map(|host| id_of(*host)).collect();
    let is_told = |received: &[Received]| -> BTreeSet<String> {
        let told = alerts(received).into_iter();
        told.filter(|(_, ids)| ids.values().any(|[_, acknowledged]| *acknowledged > 0))
            .map(|(id, _)| id)
            .collect()
    };
    let mut told = BTreeSet::new();
    wait_until(ROUND, || {
        told = is_told(&receiver.received());
        told.is_superset(&expected) || !daemon.is_running()
    });
    let lost: Vec<_> = expected.difference(&told).collect();
    assert!(lost.is_empty(), "no alert of {lost:?}:\n{}", daemon.tail());
    // One more round in peace: nothing is told of once more.
    let before = figures(&get(metrics, "/metrics").expect("figures"));
    let looks = |figures: &BTreeMap<String, f64>| -> f64 {
        figures
            .iter()
            .filter(|(name, _)| name.starts_with("midwatch_looks_total"))
            .map(|(_, count)| count)
            .sum()
    };
    let enough = looks(&before) + all.len() as f64;
    assert!(
        wait_until(ROUND, || get(metrics, "/metrics").is_some_and(|text| looks(&figures(&text)) >= enough))
    );
    assert!(daemon.stop().success(), "it ends in good order");

    let received = receiver.received();
    let alerts = alerts(&received);
    for (target, ids) in &alerts {
        assert!(expected.contains(target), "{target} was not swapped: {ids:?}");
        assert_eq!(ids.len(), 1, "more than one alert of {target}: {ids:?}");
    }
    // The same id once more is what a receiver can tell. It must be rare: a kill between the answer and the note of it.
    let more: u32 =
        alerts.values().flat_map(BTreeMap::values).map(|[_, times]| times.saturating_sub(1)).sum();
    assert!(
        u64::from(more) <= kills,
        "{more} alerts came again after they were acknowledged, at {kills} kills"
    );
    println!(
        "{kills} kills, {} hosts swapped, {} messages, {} alerts, {more} came once more with the same id",
        swapped.len(),
        received.len(),
        alerts.len()
    );
    let check = Command::new("sqlite3")
        .arg(directory.path().join("state/watch.db"))
        .arg("PRAGMA integrity_check; PRAGMA foreign_key_check;")
        .output()
        .expect("sqlite3 (package sqlite3)");
    assert_eq!(
        String::from_utf8_lossy(&check.stdout).trim(),
        "ok",
        "{}",
        String::from_utf8_lossy(&check.stderr)
    );
}
