//! `kill -9` at a hundred random moments under load: nothing that was acknowledged is lost, no alert comes twice, and the
//! file opens.
//!
//! A fleet of hosts on loopback is watched, a tenth of which never answers. Again and again the daemon is killed at a moment
//! that a seeded generator chooses, while certificates of some hosts are swapped for ones with another key. With each start
//! the daemon's clock is a minute on, so that every host is due and something is always under way. A receiver of webhooks
//! keeps what came. At the end, each host that was swapped has raised exactly one alert, by its id, however often it was
//! sent; an alert that the receiver acknowledged came again only where the daemon was killed between the acknowledgement and
//! its note of it; and SQLite finds nothing wrong with the file.
//!
//! `WATCH_KILLS`, `WATCH_HOSTS`, `WATCH_MOMENTS` and `WATCH_SEED` change the numbers.

mod watching;

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use midwatch_testbed::clock::Clock;
use midwatch_testbed::daemon::Daemon;
use midwatch_testbed::fleet::id_of;
use midwatch_testbed::receiver::Manner;
use midwatch_testbed::wait_until;
use watching::{LONG, Scene, acknowledged, assert_sound, once, setting};

/// Hosts, unless told otherwise.
const HOSTS: u64 = 40;

/// Times that it is killed.
const KILLS: u64 = 100;

/// The moments at which it is killed lie in so many milliseconds: three of four after it is ready, the others after its start.
const MOMENTS: u64 = 700;

/// The interval between looks at a host, in seconds.
const EVERY: i64 = 60;

/// Longer than any wait between two attempts at an alert, in seconds.
const LONGEST_WAIT: i64 = 5400;

/// Numbers that look random and are the same each time (Knuth's MMIX).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Starts daemons whose clock is a minute on each time.
struct Starts<'a> {
    scene: &'a Scene,
    clock: Clock,
    /// Seconds that the clock is ahead.
    ahead: i64,
}

impl Starts<'_> {
    fn next(&mut self) -> Daemon {
        self.ahead += EVERY;
        self.clock.set(self.ahead);
        let mut command: Command = self.scene.command();
        self.clock.give(&mut command);
        Daemon::spawn(command, &self.scene.log())
    }

    /// One that is left in peace until it has looked at every host.
    fn round(&mut self) -> Daemon {
        let mut daemon = self.next();
        daemon.until_ready();
        self.scene.wait_for_round(&mut daemon);
        daemon
    }
}

#[test]
fn killed_at_random_moments_it_loses_nothing_and_tells_nothing_twice() {
    let (hosts, kills) = (setting("WATCH_HOSTS", HOSTS), setting("WATCH_KILLS", KILLS));
    let moments = setting("WATCH_MOMENTS", MOMENTS);
    let mut dice = Dice(setting("WATCH_SEED", 6));
    let scene = Scene::new(u32::try_from(hosts).expect("a number of hosts"), 10, 32);
    // The dashboard takes no part, and its start takes time.
    scene.configure(|text| text.replacen("[web]\non = true", "[web]\non = false", 1));
    let speaking = scene.speaking();
    let mut starts = Starts { scene: &scene, clock: Clock::new(), ahead: 0 };

    // One round in peace: what is not remembered cannot change.
    let begun = Instant::now();
    let mut daemon = starts.round();
    assert!(scene.receiver.received().is_empty(), "nothing has changed: {:?}", scene.receiver.received());
    println!("the first round took {:.1} s", begun.elapsed().as_secs_f64());

    // The kills.
    let mut swapped = BTreeSet::new();
    daemon.kill();
    daemon = starts.next();
    for kill in 0..kills {
        let host = speaking[usize::try_from(dice.below(speaking.len() as u64)).expect("an index")];
        if swapped.insert(host) {
            scene.fleet.swap(host, true);
        }
        scene.receiver.set(match dice.below(8) {
            0 => Manner::Hangs,
            1 => Manner::Closes,
            2 => Manner::Answers(503),
            _ => Manner::Answers(200),
        });
        let (is_early, moment) = (dice.below(4) == 0, Duration::from_millis(dice.below(moments)));
        if !is_early {
            daemon.until_ready();
        }
        // No synchronisation: the moment itself is what is tested.
        std::thread::sleep(moment);
        assert!(daemon.is_running(), "it ended by itself before kill {kill}:\n{}", daemon.tail());
        daemon.kill();
        daemon = starts.next();
    }
    let (kept, sent) = (scene.said().matches("\"looked\"").count(), scene.receiver.received().len());
    let seconds = begun.elapsed().as_secs_f64();
    println!("the kills were over after {seconds:.1} s, with {kept} looks and {sent} messages so far");

    // What has changed is told of in the end.
    scene.receiver.set(Manner::Answers(200));
    daemon.until_ready();
    scene.wait_for_round(&mut daemon);
    let hosts: Vec<u32> = swapped.iter().copied().collect();
    let expected: BTreeSet<String> = hosts.iter().copied().map(id_of).collect();
    let is_told = || acknowledged(&scene.alerts()).is_superset(&expected);
    // Every kill counted as an attempt, and after ten of them the next is more than an hour away.
    if !wait_until(Duration::from_secs(3), is_told) {
        assert!(daemon.stop().success(), "it ends in good order");
        starts.ahead += LONGEST_WAIT;
        daemon = starts.round();
    }
    scene.told_once(&mut daemon, &hosts);
    // One more round in peace: nothing is told of once more.
    assert!(daemon.stop().success(), "it ends in good order");
    let mut daemon = starts.round();
    assert!(wait_until(LONG, || scene.figure("midwatch_alerts_waiting") == 0.0), "{}", daemon.tail());
    assert!(daemon.is_running());
    assert!(daemon.stop().success(), "it ends in good order");

    // The same id once more is what a receiver can tell. It must be rare: a kill between the answer and the note of it.
    let more = once(&scene.alerts(), &expected);
    assert!(
        u64::from(more) <= kills / 4,
        "{more} alerts came again after they were acknowledged, at {kills} kills"
    );
    println!(
        "{kills} kills, {} hosts swapped, {} messages, {} alerts, {more} came once more with the same id; {:.1} s",
        swapped.len(),
        scene.receiver.received().len(),
        scene.alerts().len(),
        begun.elapsed().as_secs_f64()
    );
    assert_sound(&scene.ledger());
}
