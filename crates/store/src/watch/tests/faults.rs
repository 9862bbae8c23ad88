//! What must not break it: being killed, and a full disk. Both happen to a process of its own, which is this test binary
//! started again with the name of an ignored test.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};

use super::{look, quick_directory, sample};
use crate::StoreError;
use crate::database::values;
use crate::watch::{EventNews, Ledger, Place, outbox};

const FILE: &str = "LEDGER_FILE";
const FROM: &str = "LEDGER_FROM";

fn again(test: &str) -> Vec<String> {
    let arguments = ["--ignored", "--exact", "--nocapture", "--test-threads=1"].map(str::to_owned);
    arguments.into_iter().chain([format!("watch::tests::faults::{test}")]).collect()
}

fn ledger(path: &Path) -> Ledger {
    Ledger::open(&Place::File(path.to_owned())).expect("memory")
}

fn say(text: &str) {
    let mut out = std::io::stdout();
    writeln!(out, "\nsaid {text}").and_then(|()| out.flush()).expect("somebody who listens");
}

/// Records a look with an event and an alert, all known by the number.
fn write(ledger: &mut Ledger, number: i64) {
    let event = sample::event("t1", 1, sample::at(number));
    let mut alert = sample::alert("t1", 0, sample::at(number), vec![event.clone()]);
    alert.key = number.to_string();
    let value = u8::try_from(number % 200).expect("a small number");
    look(ledger, "t1", number, &[(0, value), (1, 1)], &[EventNews::New(event)], &[alert]);
}

fn sound(path: &Path) {
    let database = rusqlite::Connection::open(path).expect("a file");
    let said: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("an answer");
    assert_eq!(said, "ok");
    let broken: i64 = database
        .query_row("SELECT COUNT(*) FROM pragma_foreign_key_check", [], |row| row.get(0))
        .expect("an answer");
    assert_eq!(broken, 0);
}

#[test]
#[ignore = "is run by the one that kills it"]
fn writes_until_it_is_killed() {
    let Some(path) = std::env::var_os(FILE) else { return };
    let from: i64 = std::env::var(FROM).expect("a number").parse().expect("a number");
    let mut ledger = ledger(Path::new(&path));
    ledger.release().expect("memory");
    for number in from.. {
        write(&mut ledger, number);
        say(&format!("recorded {number}"));
        for entry in ledger.take_due(sample::at(number), 2).expect("memory") {
            say(&format!("taken {}", entry.key));
            ledger.sent(entry.id, sample::at(number)).expect("memory");
            say(&format!("sent {}", entry.key));
        }
    }
}

#[test]
fn killed_at_a_hundred_moments_it_loses_nothing_that_was_acknowledged() {
    let directory = quick_directory();
    let path = directory.path().join("watch.sqlite");
    let mut random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let (mut from, mut acknowledged) = (0_i64, 0_u64);
    for round in 0..100 {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(again("writes_until_it_is_killed")).env(FILE, &path).env(FROM, from.to_string());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a child");
        let mut lines =
            BufReader::new(child.stdout.take().expect("its output")).lines().map_while(Result::ok);
        let mut said: Vec<String> = Vec::new();
        // Once it writes, it is killed within some milliseconds, wherever it is by then.
        said.extend(lines.by_ref().filter(|line| line.starts_with("said ")).take(1));
        assert_eq!(said.len(), 1, "round {round}: it wrote nothing");
        std::thread::sleep(Duration::from_micros(u64::from(random.next_u32() % 40_000)));
        child.kill().expect("a child that can be killed");
        said.extend(lines.filter(|line| line.starts_with("said ")));
        child.wait().expect("an end");

        let mut ledger = ledger(&path);
        sound(&path);
        let mut next = from;
        for line in &said {
            let mut words = line.split(' ').skip(1);
            // The last line may have been cut off.
            let (Some(what), Some(Ok(number))) = (words.next(), words.next().map(str::parse::<i64>)) else {
                continue;
            };
            let found = ledger.read(|database| {
                let look = database.query(
                    "SELECT 1 FROM watch_look WHERE target = $1 AND at = $2",
                    values!["t1", sample::at(number)],
                )?;
                let event = database.query(
                    "SELECT 1 FROM watch_event WHERE digest = $1",
                    values![crate::watch::events::identity(&sample::event("t1", 1, sample::at(number)))],
                )?;
                let alert = database.query(
                    "SELECT state, tries FROM watch_alert WHERE digest = $1",
                    values![outbox::mark(&number.to_string())],
                )?;
                let state = alert.first().map(|row| row.text(0).map(str::to_owned)).transpose()?;
                let tries = alert.first().map_or(Ok(0), |row| row.int(1))?;
                Ok((look.len(), event.len(), state.unwrap_or_default(), tries))
            });
            let (looks, events, state, tries) = found.expect("memory");
            assert_eq!((looks, events), (1, 1), "round {round}: {line}");
            match what {
                "recorded" => {
                    acknowledged += 1;
                    next = next.max(number + 1);
                }
                "taken" => assert!(tries >= 1 && state != "waiting", "round {round}: {line}: {state}"),
                _ => assert_eq!(state, "sent", "round {round}: {line}"),
            }
        }
        // One more may have been recorded and not said.
        from = next + 1;
    }
    println!("{acknowledged} looks were acknowledged in 100 rounds");
    assert!(acknowledged >= 100);
    let mut ledger = ledger(&path);
    let looks = ledger.looks("t1", 100_000).expect("memory").len() as u64;
    assert!((acknowledged..=acknowledged + 100).contains(&looks), "{looks} of {acknowledged}");
}

#[test]
#[ignore = "is run by the one that gives it a small disk"]
fn fills_a_disk() {
    let Some(path) = std::env::var_os(FILE) else { return };
    let path = Path::new(&path);
    let ballast = path.with_extension("ballast");
    std::fs::write(&ballast, vec![0; 1 << 20]).expect("room for it");
    let mut ledger = ledger(path);
    let mut recorded = 0_i64;
    let error = loop {
        let event = sample::event("t1", 1, sample::at(recorded));
        let report = sample::report(&[1]);
        let noise: String = (0..4000)
            .map(|number| char::from(b'a' + u8::try_from(number * number * recorded % 23).expect("small")))
            .collect();
        let memo = midwatch_model::Memo { place: noise, ..sample::memo(0, 1) };
        let started = sample::at(recorded);
        let look = crate::watch::Look {
            target: "t1",
            started,
            ended: started,
            report: &report,
            memos: &[memo],
            events: &[EventNews::New(event)],
            alerts: &[],
            next: started,
        };
        match ledger.record(&look) {
            Ok(_) => recorded += 1,
            Err(error) => break error,
        }
        assert!(recorded < 100_000, "a disk of 4 MiB is never full");
    };
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    assert!(error.to_string().contains("the disk is full"), "{error}");
    // Reading goes on, nothing of the last one is there, and it is refused again.
    assert_eq!(ledger.looks("t1", 100_000).expect("memory").len() as i64, recorded);
    drop(ledger);
    std::fs::remove_file(&ballast).expect("it is there");
    // With room again it goes on, in a new process and in the same.
    let mut ledger = Ledger::open(&Place::File(path.to_owned())).expect("memory");
    write(&mut ledger, recorded);
    assert_eq!(ledger.looks("t1", 100_000).expect("memory").len() as i64, recorded + 1);
    drop(ledger);
    sound(path);
    say(&format!("filled {recorded}"));
}

#[test]
fn a_full_disk_is_told_and_leaves_the_file_sound() {
    let directory = quick_directory();
    let program = std::env::current_exe().expect("this program");
    let script = r#"mount -t tmpfs -o size=4m none "$1" && shift && exec "$@""#;
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .arg(directory.path())
        .arg(program)
        .args(again("fills_a_disk"))
        .env(FILE, directory.path().join("watch.sqlite"))
        .output()
        .expect("unshare, of util-linux");
    let text = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("said filled "), "{text}{error}");
}
