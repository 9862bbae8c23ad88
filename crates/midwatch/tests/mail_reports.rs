//! `midwatch mail --reports`: messages as Python's own library makes them, mailboxes, and what parsedmarc reads of the
//! same files.

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{code, midwatch, stderr, stdout};
use midwatch_model::{Fact, Report, Severity, State, TlsReport};
use midwatch_testbed::python;

const PARSEDMARC: &str = "parsedmarc==11.1.0";

/// Writes messages, an mbox, a Maildir and bare files, each of another sender, by the libraries that come with Python.
const WRITER: &str = include_str!("mail_reports/write.py");

/// What parsedmarc makes of one file.
const READER: &str = include_str!("mail_reports/read.py");

fn run(script: &str, arguments: &[&Path], packages: Option<&Path>) -> String {
    let mut command = Command::new(python::PYTHON);
    command.args(["-B", "-c", script]).args(arguments).env_remove("PYTHONPATH");
    if let Some(packages) = packages {
        command.env("PYTHONPATH", packages);
    }
    let out = command.output().expect("python3: apt-get install python3");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("UTF-8")
}

fn written() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("room for a directory");
    let path = directory.path().join("reports");
    run(WRITER, &[&path], None);
    (directory, path)
}

fn read(paths: &[&Path], more: &[&str]) -> (i32, Report) {
    let mut arguments = vec!["mail", "--format", "json"];
    arguments.extend(more);
    arguments.push("--reports");
    arguments.extend(paths.iter().map(|path| path.to_str().expect("UTF-8")));
    let output = midwatch(&arguments);
    let report =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)));
    (code(&output), report)
}

fn reports(report: &Report) -> Vec<&TlsReport> {
    let facts = report.targets[0].observations.iter();
    facts
        .filter_map(|observation| match &observation.fact {
            Fact::TlsReport(report) => Some(&**report),
            _ => None,
        })
        .collect()
}

#[test]
fn every_form_in_which_reports_arrive_is_read() {
    let (_directory, at) = written();
    let (code, report) = read(&[&at], &[]);
    let all = reports(&report);
    let senders: BTreeMap<&str, &str> = all
        .iter()
        .map(|one| (one.sender(), Path::new(&one.file).file_name().expect("a name").to_str().expect("UTF-8")))
        .collect();
    let wanted = [
        ("Bare", "bare.json"),
        ("Eight", "eight.eml"),
        ("Forwarded", "forwarded.eml"),
        ("Gzip", "gzip.json.gz"),
        ("In the box 1", "box.mbox, message 1"),
        ("In the box 2", "box.mbox, message 3"),
        ("Octets", "octets.eml"),
        ("Printable", "printable.eml"),
    ];
    // The names of a Maildir are made up by the moment.
    let of_maildir = |sender: &str| matches!(sender, "In the Maildir" | "Standard");
    assert_eq!(senders.into_iter().filter(|(sender, _)| !of_maildir(sender)).collect::<Vec<_>>(), wanted);
    assert!(all.iter().all(|one| one.repeated == u32::from(one.sender() == "Standard")));
    assert_eq!(all.len(), 10);
    for one in &all {
        let failure = &one.policies[0].failures[0];
        assert_eq!(
            (one.sessions(), failure.sessions, failure.mx.as_deref()),
            ((90, 10), Some(10), Some("mx1.example.org"))
        );
        assert_eq!(one.policies[0].domain.as_deref(), Some("example.org"));
        assert_eq!(one.odd, [""; 0]);
    }
    let files = report.targets[0].observations.iter().find_map(|one| match &one.fact {
        Fact::TlsReportFiles(files) => Some(files),
        _ => None,
    });
    let files = files.expect("a fact");
    assert_eq!((files.reports, files.repeated, files.unread.len()), (10, 1, 1));
    assert!(files.unread[0].file.ends_with("cut.eml"), "{files:?}");
    // All senders met it, and no other got through: the server is named.
    let findings: Vec<_> =
        report.targets[0].findings.iter().map(|one| (one.id.as_str(), one.severity)).collect();
    assert_eq!(findings, [("tls-report-starttls", Severity::High)]);
    assert_eq!((code, report.targets[0].state), (1, State::Partly));
}

#[test]
fn parsedmarc_reads_the_same() {
    let (_directory, at) = written();
    let packages = python::package(Path::new(env!("CARGO_TARGET_TMPDIR")), PARSEDMARC);
    for name in ["bare.json", "gzip.json.gz", "standard.eml", "octets.eml", "eight.eml", "forwarded.eml"] {
        let file = at.join(name);
        let theirs: serde_json::Value =
            serde_json::from_str(&run(READER, &[&file], Some(&packages))).expect("JSON");
        let (_, report) = read(&[&file], &[]);
        let ours = reports(&report)[0];
        assert_eq!(theirs["organization_name"], ours.sender(), "{name}");
        assert_eq!(theirs["report_id"].as_str(), ours.report_id.as_deref(), "{name}");
        let (their, our) = (&theirs["policies"][0], &ours.policies[0]);
        assert_eq!(their["policy_domain"].as_str(), our.domain.as_deref());
        assert_eq!(their["policy_type"], "sts");
        assert_eq!(their["successful_session_count"].as_u64(), our.successful);
        assert_eq!(their["failed_session_count"].as_u64(), our.failed);
        let (their, our) = (&their["failure_details"][0], &our.failures[0]);
        assert_eq!(their["result_type"], our.result.word());
        assert_eq!(their["failed_session_count"].as_u64(), our.sessions);
        assert_eq!(their["sending_mta_ip"].as_str(), our.sending_ip.as_deref());
        assert_eq!(their["receiving_mx_hostname"].as_str(), our.mx.as_deref());
    }
}

#[test]
fn a_broken_file_is_named_and_the_rest_goes_on() {
    let (_directory, at) = written();
    let (cut, bare, none) = (at.join("cut.eml"), at.join("bare.json"), at.join("none"));
    let (code, report) = read(&[&cut, &bare, &none], &["--fail-on", "never"]);
    assert_eq!(code, 2);
    let states: Vec<State> = report.targets.iter().map(|target| target.state).collect();
    assert_eq!(states, [State::Measured, State::NotMeasured, State::NotMeasured]);
    assert!(
        report.targets[1].error.as_deref().is_some_and(|why| why.contains("cut.eml")),
        "{:?}",
        report.targets[1]
    );
    assert!(report.targets[2].error.as_deref().is_some_and(|why| why.contains("it is not there")));

    let output = midwatch(&["mail", "--reports", none.to_str().expect("UTF-8")]);
    assert_eq!(common::code(&output), 2);
    assert!(stdout(&output).contains("it is not there"), "{}", stdout(&output));
    let output = midwatch(&["mail"]);
    assert_eq!(common::code(&output), 64);
    assert!(stderr(&output).contains("DOMAIN"), "{}", stderr(&output));
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn standard_input_and_every_format() {
    let (_directory, at) = written();
    let input = std::fs::File::open(at.join("standard.eml")).expect("it was written");
    let output = Command::new(env!("CARGO_BIN_EXE_midwatch"))
        .args(["mail", "--reports", "-"])
        .env("NO_COLOR", "1")
        .stdin(input)
        .output()
        .expect("midwatch, built by cargo");
    let text = in_one_line(&stdout(&output));
    assert!(text.contains("1 sender, 100 sessions, 10.0 % failed"), "{text}");
    assert!(text.contains("Standard alone reports"), "{text}");
    assert!(text.contains("Nobody proves it"), "{text}");

    let path = at.to_str().expect("UTF-8");
    for (format, says) in [
        ("html", "<meter min=\"0\" max=\"1000\" value=\"100\""),
        ("sarif", "tls-report-starttls"),
        ("junit", "tls-report-starttls"),
        ("terminal", "10 senders, 1,000 sessions, 10.0 % failed"),
    ] {
        let text = in_one_line(&stdout(&midwatch(&["mail", "--format", format, "--reports", path])));
        assert!(text.contains(says), "{format}: {text}");
    }
}

#[test]
fn ten_thousand_reports_are_read_in_the_same_order_each_time() {
    let directory = tempfile::tempdir().expect("room for a directory");
    let bare = std::fs::read_to_string({
        run(WRITER, &[&directory.path().join("reports")], None);
        directory.path().join("reports/bare.json")
    })
    .expect("it was written");
    let many = directory.path().join("many");
    std::fs::create_dir(&many).expect("room for a directory");
    for number in 0..10_000 {
        let report =
            bare.replace("Bare", &format!("Sender {}", number % 100)).replace("id-", &format!("{number}-"));
        std::fs::write(many.join(format!("{number}.json")), report).expect("room for a file");
    }
    let started = std::time::Instant::now();
    let (code, report) = read(&[&many], &[]);
    let took = started.elapsed();
    assert_eq!((code, reports(&report).len()), (1, 10_000));
    assert_eq!(report.targets[0].findings.len(), 1);
    println!("10,000 reports in {took:?}");
    assert!(took.as_secs() < 120, "{took:?}");
    let again = read(&[&many], &[]).1;
    assert_eq!(reports(&report), reports(&again));
    assert_eq!(report.targets[0].findings, again.targets[0].findings);
}
