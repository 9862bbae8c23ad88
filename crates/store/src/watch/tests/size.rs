//! Many targets: which way the database goes, and figures.

use std::time::Instant;

use super::{look, quick_directory, sample};
use crate::database::Value;
use crate::watch::{EventNews, Filter, Ledger, Place, WatchTarget, summaries};

/// How SQLite goes about a statement.
fn plan(ledger: &mut Ledger, sql: &str, values: &[Value]) -> String {
    let rows = ledger.read(|database| database.query(&format!("EXPLAIN QUERY PLAN {sql}"), values));
    let rows = rows.expect("a plan");
    rows.iter().map(|row| format!("{}\n", row.text(3).expect("a line"))).collect()
}

#[test]
fn indexes_are_used() {
    let directory = quick_directory();
    let mut ledger = Ledger::open(&Place::File(directory.path().join("a"))).expect("memory");
    for filter in [
        Filter::default(),
        Filter { text: Some("a".into()), ..Filter::default() },
        Filter { text: Some("a".into()), tag: Some("b".into()), ..Filter::default() },
    ] {
        let (wanted, mut values) = summaries::wanted(&filter).expect("conditions");
        let sql = summaries::page(&wanted, values.len());
        values.extend([Value::from(50_i64), Value::from(0_i64)]);
        let page = plan(&mut ledger, &sql, &values);
        for index in ["watch_target_by_rank", "watch_event_standing", "sqlite_autoindex_watch_state"] {
            assert!(page.contains(index), "{page}");
        }
        // The targets of the page alone are gone through as a whole.
        let scans: Vec<_> = page.lines().filter(|line| line.starts_with("SCAN")).collect();
        assert_eq!(scans, ["SCAN t"], "{page}");
    }
    for (sql, index) in [
        (
            "SELECT id FROM watch_event WHERE target = 'a' AND last >= 'b' ORDER BY id DESC LIMIT 9",
            "watch_event_by_",
        ),
        ("SELECT id FROM watch_event WHERE state = 'open' ORDER BY id DESC LIMIT 9", "watch_event_by_state"),
        ("SELECT id FROM watch_event WHERE target = 'a' ORDER BY id DESC LIMIT 9", "watch_event_by_target"),
        (
            "SELECT id FROM watch_alert WHERE state = 'waiting' AND due <= 'a' ORDER BY due, id LIMIT 9",
            "watch_alert_by_due",
        ),
        ("SELECT at FROM watch_look WHERE target = 'a' ORDER BY at DESC LIMIT 9", "PRIMARY KEY"),
        ("SELECT id FROM watch_subject WHERE target = 'a'", "watch_subject_by_target"),
    ] {
        let plan = plan(&mut ledger, sql, &[]);
        assert!(plan.contains(index) && !plan.contains("SCAN"), "{sql}: {plan}");
    }
}

fn target(number: usize) -> WatchTarget {
    WatchTarget { id: format!("target-{number}"), name: format!("Shop {number}"), ..sample::target(0) }
}

/// `LEDGER_TARGETS=10000 cargo test --release -p midwatch-store --all-features figures -- --nocapture` writes the figures
/// of the book; on a disk where `LEDGER_DIRECTORY` names one, and in `LEDGER_PLACE` where it is set.
#[test]
fn figures_of_many_targets() {
    let count =
        std::env::var("LEDGER_TARGETS").ok().and_then(|count| count.parse().ok()).unwrap_or(200_usize);
    let directory = std::env::var_os("LEDGER_DIRECTORY")
        .map_or_else(quick_directory, |at| tempfile::tempdir_in(at).expect("a directory"));
    let path = directory.path().join("watch.sqlite");
    let place = std::env::var("LEDGER_PLACE")
        .map_or_else(|_| Place::File(path.clone()), |place| place.parse().expect("a place"));
    let mut ledger = Ledger::open(&place).expect("memory");
    let time = |what: &str, times: usize, work: &mut dyn FnMut()| {
        let start = Instant::now();
        work();
        let each = start.elapsed().as_secs_f64() / times as f64;
        println!("{what}: {:.3} ms each, {:.0} a second", each * 1000.0, 1.0 / each);
    };
    let targets: Vec<WatchTarget> = (0..count).map(target).collect();
    time("put_targets", count, &mut || ledger.put_targets(&targets).expect("memory"));
    let memos: Vec<(u8, u8)> = (0..6).map(|number| (number, 1)).collect();
    for round in 0..3 {
        time(&format!("record, round {round}"), count, &mut || {
            for number in 0..count {
                let id = format!("target-{number}");
                let millis = round * 3_600_000 + i64::try_from(number).expect("few");
                let events: Vec<_> = (number % 10 == 0 && round == 1)
                    .then(|| EventNews::New(sample::event(&id, 4, sample::at(millis))))
                    .into_iter()
                    .collect();
                look(&mut ledger, &id, millis, &memos, &events, &[]);
            }
        });
    }
    let mut page = |text: Option<&str>, offset: u32| {
        let filter = Filter { text: text.map(str::to_owned), offset, limit: 50, ..Filter::default() };
        time(&format!("summaries, text {text:?}, offset {offset}"), 20, &mut || {
            for _ in 0..20 {
                let (page, total) = ledger.summaries(&filter).expect("memory");
                assert!(page.len() <= 50 && total as usize <= count);
            }
        });
    };
    page(None, 0);
    page(None, u32::try_from(count - 50).expect("few"));
    page(Some("shop 1"), 0);
    let (worst, total) = ledger.summaries(&Filter { limit: 1, ..Default::default() }).expect("memory");
    assert_eq!((total as usize, worst[0].worst_event), (count, Some(midwatch_model::Severity::Critical)));
    time("memory", count, &mut || {
        for number in 0..count {
            assert_eq!(ledger.memory(&format!("target-{number}")).expect("memory").len(), 6);
        }
    });
    time("due", 1, &mut || assert_eq!(ledger.due().expect("memory").len(), count));
    let keep = crate::watch::Retention { age: Some(std::time::Duration::from_secs(1800)), count: Some(100) };
    time("retain", 1, &mut || {
        let removed = ledger.retain(&keep, sample::at(2 * 3_600_000)).expect("memory");
        assert_eq!(removed.looks as usize, 2 * count);
    });
    let mut text = Vec::new();
    time("export", 1, &mut || {
        ledger.export(&mut text).expect("an export");
    });
    drop(ledger);
    if let Ok(file) = std::fs::metadata(&path) {
        println!(
            "{} bytes a target in the file, {} in the export",
            file.len() as usize / count,
            text.len() / count
        );
    }
    let mut other = Ledger::open(&Place::File(directory.path().join("other"))).expect("memory");
    time("import", 1, &mut || {
        assert_eq!(other.import(&mut text.as_slice()).expect("an import").targets as usize, count);
    });
}
