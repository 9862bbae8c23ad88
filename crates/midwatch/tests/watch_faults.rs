//! What goes wrong around the daemon: the disk, the clock, the database, the receiver, its own configuration.
//!
//! `WATCH_AWAY` is how many seconds the database is away, `WATCH_PAUSE` how many seconds after the clock jumped are watched.

mod watching;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use midwatch_store::watch::Place;
use midwatch_testbed::clock::Clock;
use midwatch_testbed::daemon::Daemon;
use midwatch_testbed::disk::{fill, on_a_small_disk, seen_from_outside};
use midwatch_testbed::fleet::id_of;
use midwatch_testbed::postgres::Postgres;
use midwatch_testbed::receiver::{Manner, Receiver};
use midwatch_testbed::wait_until;
use watching::{LONG, Scene, acknowledged, alerts, assert_sound, assert_sound_within, setting};

/// A day in seconds.
const DAY: i64 = 86_400;

/// The daemon is out of good order for no longer than this when it is told to end.
const END: Duration = Duration::from_secs(30);

fn place(path: &Path) -> Place {
    Place::File(path.to_owned())
}

/// Has every host looked at that answers, and waits until that is done.
fn look_at_all(scene: &Scene, daemon: &mut Daemon) {
    let before = scene.looks();
    let hosts = scene.speaking();
    for host in &hosts {
        assert_eq!(scene.look_now(*host), 204, "{}", daemon.tail());
    }
    let done = wait_until(LONG, || scene.looks() >= before + hosts.len() as f64 || !daemon.is_running());
    assert!(done && daemon.is_running(), "{}", daemon.tail());
}

#[test]
fn a_full_disk_is_said_and_lived_through() {
    let scene = Scene::new(12, 0, 4);
    let state = scene.directory.path().join("state");
    std::fs::create_dir(&state).unwrap();
    // SQLite follows links, also those of /proc, so that a file on that disk cannot be opened from here.
    let seed = scene.directory.path().join("seed.db");
    scene.let_in(&place(&seed));
    let (inner, mut program) = (scene.command(), Command::new("sh"));
    program.args(["-c", "cp \"$1\" \"$2\" && shift 2 && exec \"$@\"", "sh"]).arg(&seed).arg(scene.ledger());
    program.arg(inner.get_program()).args(inner.get_args());
    program.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut daemon = Daemon::start(on_a_small_disk(&program, &state, 6 * 1024), &scene.log());
    scene.wait_for_round(&mut daemon);
    // One that is told of while there is room.
    scene.fleet.swap(1, true);
    assert_eq!(scene.look_now(1), 204);
    assert_eq!(scene.told_once(&mut daemon, &[1]), 0);

    let filler = state.join("filler");
    let full = |daemon: &Daemon| fill(daemon.id(), &filler);
    full(&daemon);
    for host in [2, 3, 4] {
        scene.fleet.swap(host, true);
    }
    let errors = |text: &str| text.matches("the disk is full").count();
    for host in scene.speaking() {
        assert_eq!(scene.look_now(host), 204, "{}", daemon.tail());
    }
    assert!(wait_until(LONG, || errors(&scene.said()) >= 3), "it says so: {}", daemon.tail());
    // Whatever was made room for by the ledger itself meanwhile.
    full(&daemon);
    assert!(daemon.is_running());
    let (status, body) = scene.ask_anew("GET", "/api/v1/targets");
    assert_eq!(status, 200, "what was remembered can be read: {body}\n{}", daemon.tail());
    assert_eq!(acknowledged(&scene.alerts()), BTreeSet::from([id_of(1)]), "what is not kept is not told");

    std::fs::remove_file(seen_from_outside(daemon.id(), &filler)).unwrap();
    assert_eq!(scene.told_once(&mut daemon, &[1, 2, 3, 4]), 0, "{}", daemon.tail());
    look_at_all(&scene, &mut daemon);
    assert_eq!(scene.told_once(&mut daemon, &[1, 2, 3, 4]), 0);
    assert_sound_within(daemon.id(), &scene.ledger());
    assert!(daemon.stop().success());
}

#[test]
fn jumps_of_the_clock_neither_hurry_nor_stall_nor_alarm() {
    let scene = Scene::new(12, 0, 4);
    let clock = Clock::new();
    let mut command = scene.command();
    clock.give(&mut command);
    let mut daemon = Daemon::start(command, &scene.log());
    scene.let_in(&place(&scene.ledger()));
    scene.wait_for_round(&mut daemon);
    let pause = setting("WATCH_PAUSE", 4);
    for days in [3, -3, 0] {
        let before = scene.looks();
        clock.set(days * DAY);
        // Time passes: each host may come round once in its minute, and not more often.
        let rounds = pause / 50 + 1;
        std::thread::sleep(Duration::from_secs(pause));
        let looks = scene.looks() - before;
        let most = scene.speaking().len() as f64 * rounds as f64;
        assert!(looks <= most, "{looks} looks in {pause} s after a jump to {days} days");
        if pause >= 75 {
            assert!(looks >= scene.speaking().len() as f64, "{looks} looks in {pause} s: it stalls");
        }
        // What is asked for is done, and kept.
        look_at_all(&scene, &mut daemon);
    }
    assert!(scene.receiver.received().is_empty(), "nothing has changed: {:?}", scene.receiver.received());
    // An alert that waits for its next attempt does not wait for days where the clock goes back meanwhile.
    clock.set(2 * DAY);
    scene.receiver.set(Manner::Answers(503));
    scene.fleet.swap(5, true);
    assert_eq!(scene.look_now(5), 204);
    assert!(wait_until(LONG, || !scene.receiver.received().is_empty()), "{}", daemon.tail());
    clock.set(-2 * DAY);
    scene.receiver.set(Manner::Answers(200));
    scene.told_once(&mut daemon, &[5]);
    // A change is told of, with the clock behind.
    scene.fleet.swap(6, true);
    assert_eq!(scene.look_now(6), 204);
    scene.told_once(&mut daemon, &[5, 6]);
    assert!(daemon.stop().success());
    assert_sound(&scene.ledger());
}

#[test]
fn a_database_that_is_away_is_waited_for() {
    let mut postgres = Postgres::start();
    let url = postgres.database();
    let scene = Scene::new(40, 0, 2);
    scene.configure(|text| {
        let file = format!("store = {:?}\n", scene.ledger());
        assert!(text.contains(&file));
        text.replace(&file, &format!("store = {url:?}\n"))
    });
    let mut daemon = scene.start();
    scene.let_in(&url.parse().expect("a place"));
    scene.wait_for_round(&mut daemon);
    scene.fleet.swap(1, true);
    assert_eq!(scene.look_now(1), 204);
    scene.told_once(&mut daemon, &[1]);

    // More work than can be done before it goes away.
    let changed: Vec<u32> = (1..=40).filter(|host| host % 4 == 1).collect();
    for host in changed.iter().filter(|host| **host != 1) {
        scene.fleet.swap(*host, true);
    }
    for host in scene.speaking() {
        assert_eq!(scene.look_now(host), 204, "{}", daemon.tail());
    }
    let away = Instant::now();
    postgres.stop();
    let told = acknowledged(&scene.alerts());
    std::thread::sleep(Duration::from_secs(setting("WATCH_AWAY", 10)));
    assert!(daemon.is_running(), "{}", daemon.tail());
    assert!(scene.said().contains("cannot be reached"), "{}", daemon.tail());
    // A message may have been on its way when the database went.
    assert!(acknowledged(&scene.alerts()).len() <= told.len() + 1, "nothing is told of that is not kept");
    postgres.go_on();
    let back = Instant::now();
    let again = scene.told_once(&mut daemon, &changed);
    println!(
        "away for {:.1} s; {} alerts {:.1} s after it came back, {again} once more with the same id",
        (back - away).as_secs_f64(),
        changed.len(),
        back.elapsed().as_secs_f64()
    );
    look_at_all(&scene, &mut daemon);
    scene.told_once(&mut daemon, &changed);
    assert!(daemon.stop().success());
}

#[test]
fn a_receiver_that_hangs_holds_up_nobody_else() {
    let scene = Scene::new(8, 0, 4);
    let other = Receiver::start();
    scene.configure(|text| {
        let at = text.find("\n[[channel]]").expect("a channel");
        let end = text[at..].find("\n[[target]]").map(|end| at + end).expect("targets");
        let second =
            text[at..end].replace(&scene.receiver.url(), &other.url()).replace("\"hook\"", "\"other\"");
        format!("{}{second}{}", &text[..end], &text[end..])
    });
    scene.receiver.set(Manner::Hangs);
    let mut daemon = scene.start();
    scene.let_in(&place(&scene.ledger()));
    scene.wait_for_round(&mut daemon);
    let hosts = [1, 2, 3];
    for host in hosts {
        scene.fleet.swap(host, true);
        assert_eq!(scene.look_now(host), 204);
        let begun = Instant::now();
        let is_told = || acknowledged(&alerts(&other.received())).contains(&id_of(host));
        assert!(wait_until(LONG, is_told), "{}", daemon.tail());
        println!("the other channel was told after {:.1} s", begun.elapsed().as_secs_f64());
    }
    assert!(acknowledged(&scene.alerts()).is_empty());
    assert!(wait_until(LONG, || !scene.receiver.received().is_empty()), "it was tried");
    // Once it answers, it is told of all of them, once each by their ids.
    scene.receiver.set(Manner::Answers(200));
    scene.told_once(&mut daemon, &hosts);
    assert_eq!(watching::once(&alerts(&other.received()), &hosts.map(id_of).into()), 0);

    // With a receiver that hangs and looks under way it ends within its time, and nothing is lost by that.
    scene.receiver.set(Manner::Hangs);
    scene.fleet.swap(4, true);
    assert_eq!(scene.look_now(4), 204);
    let has = |host: u32| scene.alerts().contains_key(&id_of(host));
    assert!(wait_until(LONG, || has(4)), "{}", daemon.tail());
    let begun = Instant::now();
    assert!(daemon.stop().success(), "{}", scene.said());
    assert!(begun.elapsed() < END + Duration::from_secs(5), "{:?}", begun.elapsed());
    println!("it ended in {:.1} s", begun.elapsed().as_secs_f64());
    scene.receiver.set(Manner::Answers(200));
    let mut daemon = scene.start();
    scene.told_once(&mut daemon, &[1, 2, 3, 4]);
    assert!(daemon.stop().success());
    assert_sound(&scene.ledger());
}

#[test]
fn looks_that_never_answer_do_not_hold_up_the_end() {
    let scene = Scene::new(16, 2, 16);
    scene.configure(|text| text.replace("timeout = \"2s\"", "timeout = \"60s\""));
    let mut daemon = scene.start();
    scene.wait_for_round(&mut daemon);
    assert!(wait_until(LONG, || scene.figure("midwatch_looks_running") > 0.0), "{}", daemon.tail());
    let begun = Instant::now();
    assert!(daemon.stop().success(), "{}", scene.said());
    assert!(begun.elapsed() < END, "{:?}", begun.elapsed());
    assert!(scene.said().contains("looks that were under way are given up"), "{}", scene.said());
    assert_sound(&scene.ledger());
}

#[test]
fn a_reload_keeps_what_runs_and_refuses_faults() {
    let scene = Scene::new(40, 10, 2);
    let whole = std::fs::read_to_string(&scene.file).unwrap();
    // The last host is not watched at first.
    let at = whole.rfind("\n[[target]]").expect("targets");
    scene.configure(|text| text[..text.rfind("\n[[target]]").expect("targets")].to_owned());
    scene.configure(|text| text.replacen("at_once = 2", "at_once = 3", 1));
    let mut daemon = scene.start();
    scene.let_in(&place(&scene.ledger()));
    assert!(wait_until(LONG, || scene.figure("midwatch_looks_running") >= 2.0), "{}", daemon.tail());
    // While looks run, others are watched.
    let end = whole[..at].rfind("\n[[target]]").expect("targets");
    let (kept, last_but_one) = (&whole[..end], &whole[end..at]);
    assert!(last_but_one.contains(&id_of(39)));
    std::fs::write(&scene.file, format!("{kept}{}", &whole[at..])).unwrap();
    daemon.reload();
    let wanted: BTreeSet<String> =
        scene.speaking().into_iter().filter(|host| *host != 39).map(id_of).collect();
    let is_done = wait_until(LONG, || scene.looked_at().is_superset(&wanted) || !daemon.is_running());
    assert!(is_done && daemon.is_running(), "{}", daemon.tail());
    assert!(wait_until(LONG, || scene.figure("midwatch_targets") >= 39.0), "{}", daemon.tail());
    let said = scene.said();
    assert!(said.contains("the configuration was read again"), "{said}");
    assert!(!said.contains("given up") && !said.contains("a fault of midwatch"), "{said}");
    assert_eq!(scene.ask("GET", "/api/v1/targets/n00039").0, 404, "it is watched no more");
    assert_eq!(scene.ask("GET", "/api/v1/targets/n00040").0, 200);

    // A file with a fault is refused, in words, and the earlier configuration stays.
    std::fs::write(&scene.file, whole.replacen("at_once = 2", "at_onec = 2", 1)).unwrap();
    daemon.reload();
    assert!(wait_until(LONG, || scene.figure("midwatch_reloads_refused_total") == 1.0), "{}", daemon.tail());
    let said = scene.said();
    assert!(said.contains("at_onec") && said.contains("the earlier one stays"), "{said}");
    assert_eq!(scene.look_now(1), 204);
    assert_eq!(scene.figure("midwatch_reloads_total"), 1.0);
    assert!(daemon.is_running());
    assert!(daemon.stop().success());
    assert_sound(&scene.ledger());
}

#[test]
fn one_daemon_for_each_file() {
    let scene = Scene::new(2, 0, 1);
    let mut daemon = scene.start();
    let second = scene.command().output().expect("midwatch, built by cargo");
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(!second.status.success());
    let sentence = format!("another midwatch keeps watch at {} already", scene.ledger().display());
    assert!(said.contains(&sentence), "{said}");
    assert!(said.contains("give this one another place"), "{said}");
    assert!(daemon.is_running());
    assert!(daemon.stop().success());
    let mut daemon = scene.start();
    assert!(daemon.is_running(), "the file is free again");
    assert!(daemon.stop().success());
}

#[test]
fn started_as_root_it_becomes_somebody_without_rights() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("not root: nothing to give up");
        return;
    }
    let scene = Scene::new(4, 0, 2);
    // Whom it becomes has to reach its directory.
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(scene.directory.path(), open).unwrap();
    let mut command: Command = scene.command();
    command.args(["--user", "nobody"]);
    let mut daemon = Daemon::start(command, &scene.log());
    scene.wait_for_round(&mut daemon);
    let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.id())).unwrap();
    let field = |name: &str| {
        let line =
            status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name}"));
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(field("Uid:"), "65534 65534 65534 65534");
    assert_eq!(field("Gid:"), "65534 65534 65534 65534");
    assert!(matches!(field("Groups:").as_str(), "" | "65534"), "{status}");
    for set in ["CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"] {
        assert_eq!(field(set), "0000000000000000", "{set} of {status}");
    }
    assert_eq!(field("NoNewPrivs:"), "1");
    // All of its threads, not the first alone.
    for task in std::fs::read_dir(format!("/proc/{}/task", daemon.id())).unwrap().flatten() {
        let Ok(status) = std::fs::read_to_string(task.path().join("status")) else { continue };
        assert!(status.contains("Uid:\t65534\t65534"), "{status}");
        assert!(status.contains("CapEff:\t0000000000000000"), "{status}");
    }
    let ledger = std::fs::metadata(scene.ledger()).unwrap();
    assert_eq!(std::os::unix::fs::MetadataExt::uid(&ledger), 65534);
    assert!(daemon.stop().success());
}
