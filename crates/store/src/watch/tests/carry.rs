//! Out of one ledger and into another.

use super::{look, on_each, quick_directory, sample};
use crate::StoreError;
use crate::watch::host_trust::TrustedHostKey;
use crate::watch::{EventNews, Imported, Ledger, Place};

/// A ledger with something of everything, and what it writes.
fn full(place: &Place) -> (Ledger, String) {
    let mut ledger = Ledger::open(place).expect("memory");
    ledger.put_target(&sample::target(1)).expect("memory");
    let event = sample::event("t1", 4, sample::at(0));
    let alert = sample::alert("t1", 0, sample::at(0), vec![event.clone()]);
    look(&mut ledger, "t1", 0, &[(0, 1), (1, 1)], &[EventNews::New(event)], &[alert]);
    look(&mut ledger, "t1", 5000, &[(0, 2)], &[], &[]);
    let key = TrustedHostKey {
        target: "t1".into(),
        server: "[git.example]:2222".into(),
        fingerprint: "SHA256:one".into(),
        key_type: "ssh-ed25519".into(),
        blob: "AAAA".into(),
        by: "elizabeth".into(),
        at: sample::at(0),
    };
    ledger.trust_host_key(&key).expect("memory");
    let mut text = Vec::new();
    ledger.export(&mut text).expect("an export");
    (ledger, String::from_utf8(text).expect("text"))
}

fn refused(ledger: &mut Ledger, text: &str) -> String {
    let error = ledger.import(&mut text.as_bytes()).expect_err("a fault");
    assert!(matches!(error, StoreError::Line { .. }), "{error}");
    error.to_string()
}

#[test]
fn a_fault_names_its_line_and_nothing_is_imported() {
    let directory = quick_directory();
    let (_, text) = full(&Place::File(directory.path().join("a")));
    let lines: Vec<&str> = text.lines().collect();
    let mut other = Ledger::open(&Place::File(directory.path().join("b"))).expect("memory");
    let with = |number: usize, line: &str| {
        let mut lines = lines.clone();
        lines[number - 1] = line;
        lines.join("\n")
    };
    let last = lines.len();
    for (text, expected) in [
        (
            String::new(),
            "line 0: the file ends here, before its last line: it was cut off; nothing was imported".into(),
        ),
        ("hello".into(), "line 1: this is no history of midwatch".to_owned()),
        (with(1, r#"{"schema":"midwatch-history/2"}"#), "line 1: its form is \"midwatch-history/2\"".into()),
        (with(3, "{"), "line 3: EOF while parsing".into()),
        (with(3, r#"{"line":"nonsense"}"#), "line 3: unknown variant `nonsense`".into()),
        (with(2, &lines[1].replace("\"id\":\"t1\"", "\"id\":\"\"")), "line 2: the id of a target".into()),
        (
            with(2, &lines[1].replace("\"every\":3601", "\"every\":18446744073709551615")),
            "line 2: 1844".into(),
        ),
        (with(2, &lines[1].replace("2026-", "1926-")), "line 2: 1926-".into()),
        (lines[..last - 1].join("\n"), format!("line {}: the file ends here", last - 1)),
        (
            [&lines[..2], &lines[3..]].concat().join("\n"),
            format!("line {}: {last} lines were written", last - 1),
        ),
        (format!("{text}more"), format!("line {}: something follows", last + 1)),
        (format!("{text}\n"), format!("line {}: something follows", last + 1)),
    ] {
        let error = refused(&mut other, &text);
        assert!(error.contains(&expected), "{error} instead of {expected}");
        assert!(error.ends_with("nothing was imported"), "{error}");
        assert_eq!(other.targets().expect("memory"), []);
        assert_eq!(other.looks("t1", 9).expect("memory"), []);
    }
    let told = format!("{}\n{}\n", lines[0], r#"{"line":"told","digest":"é"}"#);
    assert!(refused(&mut other, &told).contains("line 2: a digest is"));
    assert_eq!(other.import(&mut text.as_bytes()).expect("an import").targets, 1);
}

/// Reads so many spaces and then fails, as a peer does that never ends its line.
struct Endless(u64);

impl std::io::Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        buffer.fill(b' ');
        self.0 += buffer.len() as u64;
        assert!(self.0 < 80 << 20, "it is read on and on");
        Ok(buffer.len())
    }
}

#[test]
fn a_line_without_end_is_given_up() {
    let directory = quick_directory();
    let mut ledger = Ledger::open(&Place::File(directory.path().join("a"))).expect("memory");
    let error =
        ledger.import(&mut std::io::BufReader::with_capacity(1 << 20, Endless(0))).expect_err("no end");
    assert!(error.to_string().starts_with("line 1: it is longer than"), "{error}");
}

#[test]
fn what_is_there_too_is_joined() {
    on_each(|name, place| {
        let directory = quick_directory();
        let (_, text) = full(&Place::File(directory.path().join("a")));
        let mut here = Ledger::open(place).expect(name);
        // Another event has the number 1 here, and the same values were met at other times.
        let other = sample::event("t2", 1, sample::at(-9000));
        look(&mut here, "t2", -9000, &[], &[EventNews::New(other)], &[]);
        look(&mut here, "t1", -8000, &[(0, 2)], &[], &[]);
        look(&mut here, "t1", -7000, &[(0, 1)], &[], &[]);
        look(&mut here, "t1", 9000, &[(1, 2)], &[], &[]);
        let brought = here.import(&mut text.as_bytes()).expect(name);
        let counts = (brought.targets, brought.looks, brought.memos, brought.events, brought.alerts);
        assert_eq!((counts, brought.trusted), ((1, 2, 1, 1, 1), 1), "{name}");
        assert_eq!(here.trusted_host_keys("t1").expect(name)[0].by, "elizabeth", "{name}");
        let mut whole = Vec::new();
        here.export(&mut whole).expect(name);
        let again = here.import(&mut whole.as_slice()).expect(name);
        assert_eq!(again, Imported { lines: again.lines, ..Imported::default() }, "{name}");
        let memory = here.memory("t1").expect(name);
        let caa =
            memory.iter().find(|history| history.latest.memo == sample::memo(0, 2)).expect("the later one");
        assert_eq!((caa.latest.first, caa.latest.last), (sample::at(-8000), sample::at(5000)), "{name}");
        let headers = memory.iter().find(|history| history.latest.memo == sample::memo(1, 2)).expect(name);
        assert_eq!(headers.earlier.len(), 1, "{name}: what was met later here stays the latest");
        let events = here.events(&crate::watch::EventFilter { limit: 9, ..Default::default() }).expect(name);
        assert_eq!(events.iter().map(|event| event.id).collect::<Vec<_>>(), [2, 1], "{name}");
        let alert = &here.outbox(1).expect(name)[0].alert;
        assert_eq!(alert.events[0].id, 2, "{name}: an alert names the number that its event has here");
        let (summaries, _) =
            here.summaries(&crate::watch::Filter { limit: 9, ..Default::default() }).expect(name);
        assert_eq!((summaries[0].open_events, summaries[0].looked), (1, Some(sample::at(9000))), "{name}");
        assert_eq!(here.report("t1").expect(name).expect("a report").0, sample::at(9000), "{name}");
    });
}

#[test]
fn a_pipe_that_breaks_is_told() {
    struct Broken(usize);
    impl std::io::Write for Broken {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(std::io::ErrorKind::BrokenPipe)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let directory = quick_directory();
    let (mut ledger, _) = full(&Place::File(directory.path().join("a")));
    let error = ledger.export(&mut Broken(300)).expect_err("a broken pipe").to_string();
    assert!(error.starts_with("writing what is exported: "), "{error}");
    look(&mut ledger, "t1", 99_000, &[(0, 1)], &[], &[]);
}
