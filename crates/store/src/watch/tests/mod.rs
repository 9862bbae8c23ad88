mod carry;
mod faults;
mod model;
mod outbox;
#[cfg(feature = "postgres")]
mod postgres;
mod property;
mod sample;
mod size;

use super::*;
use crate::database::values;

/// A directory in memory, where there is one: nothing is waited for.
pub(crate) fn quick_directory() -> tempfile::TempDir {
    let memory = std::path::Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.expect("a directory")
}

/// Records a look at a target, `millis` after a moment, that met these memos; the next is due a minute later.
pub(crate) fn look(
    ledger: &mut Ledger,
    target: &str,
    millis: i64,
    memos: &[(u8, u8)],
    events: &[EventNews],
    alerts: &[NewAlert],
) -> Recorded {
    let memos: Vec<_> = memos.iter().map(|(number, value)| sample::memo(*number, *value)).collect();
    let started = sample::at(millis);
    let look = Look {
        target,
        started,
        ended: sample::at(millis + 1500),
        report: &sample::report(&[3, 1]),
        memos: &memos,
        events,
        alerts,
        next: sample::at(millis + 60_000),
    };
    ledger.record(&look).expect("memory")
}

/// Runs a test on a file and, where it is built in, on PostgreSQL.
pub(crate) fn on_each(test: impl Fn(&str, &Place)) {
    let directory = quick_directory();
    test("SQLite", &Place::File(directory.path().join("watch.sqlite")));
    #[cfg(feature = "postgres")]
    {
        let server = midwatch_testbed::postgres::Postgres::start();
        test("PostgreSQL", &Place::Postgres(server.database()));
    }
}

#[test]
fn a_transaction_is_kept_as_a_whole_or_not_at_all() {
    on_each(|name, place| {
        let mut ledger = Ledger::open(place).expect(name);
        let insert = "INSERT INTO watch_number (name, next) VALUES ($1, $2)";
        let refused = ledger.write(|database| {
            database.execute(insert, values!["a", 1_i64])?;
            database.execute(insert, values!["a", 2_i64])
        });
        assert!(refused.is_err(), "{name}");
        let given_up: Result<(), _> = ledger.write(|database| {
            database.execute(insert, values!["b", 1_i64])?;
            Err(StoreError::damaged("a test", "on purpose"))
        });
        assert!(given_up.is_err(), "{name}");
        let count = ledger.read(|database| database.query("SELECT COUNT(*) FROM watch_number", &[]));
        assert_eq!(count.expect(name)[0].int(0).expect(name), 0, "{name}");
        ledger.write(|database| database.execute(insert, values!["a", i64::MIN])).expect(name);
        drop(ledger);
        let mut ledger = Ledger::open(place).expect(name);
        let rows = ledger.read(|database| {
            database.query(
                "SELECT next, name FROM watch_number WHERE name = $2 AND next < $1",
                values![0_i64, "a"],
            )
        });
        let rows = rows.expect(name);
        assert_eq!(
            (rows.len(), rows[0].int(0).expect(name), rows[0].text(1).expect(name)),
            (1, i64::MIN, "a")
        );
    });
}

#[test]
fn the_lease_is_held_by_one_and_lapses() {
    on_each(|name, place| {
        let mut one = Ledger::open(place).expect(name);
        let mut other = Ledger::open(place).expect(name);
        let at = sample::at;
        assert!(one.claim("one", at(0), at(30)).expect(name));
        assert!(!other.claim("other", at(29), at(60)).expect(name));
        assert!(one.claim("one", at(20), at(50)).expect(name));
        look(&mut one, "t1", 1, &[], &[], &[]);
        // Whoever never claimed it may record; imports and tests do.
        look(&mut other, "t1", 2, &[], &[], &[]);
        assert!(other.claim("other", at(50), at(80)).expect(name));
        let report = sample::report(&[]);
        let late = Look {
            target: "t1",
            started: at(3),
            ended: at(4),
            report: &report,
            memos: &[],
            events: &[],
            alerts: &[],
            next: at(5),
        };
        let error = one.record(&late).expect_err(name).to_string();
        assert!(error.contains("other keeps watch there now"), "{name}: {error}");
        assert!(matches!(one.take_due(at(60), 1), Err(StoreError::Lost { .. })), "{name}");
        assert_eq!(other.looks("t1", 9).expect(name).len(), 2, "{name}");
        // A clock that was years ahead does not lock everybody out, and one that is a little ahead does.
        let years = at(0) + std::time::Duration::from_secs(100_000_000);
        assert!(other.claim("other", years, years).expect(name));
        assert!(one.claim("one", at(100), at(130)).expect(name), "{name}");
        assert!(one.claim("one", at(110), at(110)).expect(name));
        assert!(other.claim("other", at(110), at(120)).expect(name), "{name}: given up");
    });
}

#[test]
fn values_are_kept_once_and_the_latest_is_what_was_met_last() {
    on_each(|name, place| {
        let mut ledger = Ledger::open(place).expect(name);
        for (millis, value) in [(0, 1), (1000, 2), (2000, 1), (3000, 1)] {
            look(&mut ledger, "t1", millis, &[(0, value), (0, value)], &[], &[]);
        }
        // The clock is set back, and another value is met.
        look(&mut ledger, "t1", -5000, &[(0, 3)], &[], &[]);
        look(&mut ledger, "t1", -4000, &[(0, 2)], &[], &[]);
        let memory = ledger.memory("t1").expect(name);
        assert_eq!(memory.len(), 1, "{name}");
        let kept = |memo: &midwatch_model::KeptMemo| {
            let text = format!("{:?}", memo.memo.what);
            let value = (1..=3_u8).find(|value| text.contains(&format!("{value}\\\""))).expect("a value");
            (value, memo.first, memo.last, memo.count)
        };
        let at = sample::at;
        assert_eq!(kept(&memory[0].latest), (2, at(1000), at(1000), 2), "{name}");
        let earlier: Vec<_> = memory[0].earlier.iter().map(kept).collect();
        assert_eq!(earlier, [(1, at(0), at(3000), 3), (3, at(-5000), at(-5000), 1)], "{name}");
        assert_eq!(ledger.memory("t2").expect(name), []);
    });
}

#[test]
fn of_very_many_values_the_newest_are_given_and_long_places_are_kept() {
    on_each(|name, place| {
        let mut ledger = Ledger::open(place).expect(name);
        let long = "x".repeat(100_000);
        for value in 0..80 {
            let memo = midwatch_model::Memo { place: long.clone(), ..sample::memo(0, value) };
            let report = sample::report(&[]);
            let started = sample::at(value.into());
            let look = Look {
                target: "t1",
                started,
                ended: started,
                report: &report,
                memos: &[memo],
                events: &[],
                alerts: &[],
                next: started,
            };
            ledger.record(&look).expect(name);
        }
        let memory = ledger.memory("t1").expect(name);
        assert_eq!((memory.len(), memory[0].earlier.len()), (1, 64), "{name}");
        assert_eq!(memory[0].latest.memo, midwatch_model::Memo { place: long, ..sample::memo(0, 79) });
        assert_eq!(memory[0].earlier[63].first, sample::at(15), "{name}");
    });
}

#[test]
fn a_file_of_the_form_before_is_brought_forward_with_what_is_in_it() {
    let directory = quick_directory();
    let path = directory.path().join("m");
    let before = rusqlite::Connection::open(&path).expect("a file");
    for step in [
        include_str!("../../migrations/001_networks.sql"),
        include_str!("../../migrations/002_host_keys.sql"),
    ] {
        before.execute_batch(step).expect("the form of an earlier midwatch");
    }
    before
        .execute_batch(
            "INSERT INTO host_key VALUES ('git.example', 'ssh-ed25519', 'SHA256:x', '2026-11-01T10:00:00Z', \
             '2026-11-02T10:00:00Z', 2); PRAGMA user_version = 2",
        )
        .expect("a row");
    drop(before);
    let mut ledger = Ledger::open(&Place::File(path.clone())).expect("memory");
    ledger.put_target(&sample::target(1)).expect("memory");
    drop(ledger);
    let store = crate::Store::open(&path).expect("memory");
    assert_eq!(store.host_keys("git.example").expect("memory")[0].visits, 2);
}

#[test]
fn what_was_found_before_words_were_kept_is_found_by_them() {
    let directory = quick_directory();
    let path = directory.path().join("m");
    let before = rusqlite::Connection::open(&path).expect("a file");
    for step in [
        include_str!("../../migrations/001_networks.sql"),
        include_str!("../../migrations/002_host_keys.sql"),
        include_str!("../../migrations/003_watch.sql"),
        include_str!("../../migrations/004_accounts.sql"),
        include_str!("../../migrations/005_host_trust.sql"),
    ] {
        before.execute_batch(step).expect("the form of an earlier midwatch");
    }
    let found = r#"{"memo":"findings","findings":[{"id":"hsts-missing","place":"https://a/","severity":"medium",
        "title":"No HSTS At All","rests_on":[]}],"measured":[],"by":""}"#;
    before
        .execute_batch(
            "INSERT INTO watch_subject VALUES (7, x'01', 't1', 'a', 'findings', 9); \
             INSERT INTO watch_subject VALUES (8, x'02', 'gone', 'a', 'findings', NULL); PRAGMA user_version = 5",
        )
        .and_then(|()| {
            before.execute(
                "INSERT INTO watch_memo VALUES (9, 7, x'01', ?1, '2026-11-01T10:00:00Z', '2026-11-02T10:00:00Z', 2)",
                [found],
            )
        })
        .expect("rows");
    drop(before);
    let mut ledger = Ledger::open(&Place::File(path)).expect("memory");
    assert!(ledger.search_findings("hsts at", 10).expect("memory").is_empty(), "nobody watches it");
    ledger.put_target(&sample::target(1)).expect("memory");
    let found = ledger.search_findings("hsts at", 10).expect("memory");
    assert_eq!(found.iter().map(|one| one.finding.id.as_str()).collect::<Vec<_>>(), ["hsts-missing"]);
}
