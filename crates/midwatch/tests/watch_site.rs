//! The dashboard is itself a site that somebody could stand in front of: `midwatch site` finds nothing at medium or above
//! on it, by TLS of its private authority nor on plain loopback.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::Audit;
use midwatch_model::{Severity, State, TargetReport};
use midwatch_testbed::daemon::Daemon;
use midwatch_testbed::{directory, free_port};

const NAME: &str = "watch.example";

/// A daemon with a dashboard on this port, with this [web.tls] mode, and its directory of state.
fn start(directory: &Path, port: u16, mode: &str) -> (Daemon, PathBuf) {
    let state = directory.join("state");
    let text = format!(
        "[watch]\nstate = {state:?}\n[web]\nlisten = \"127.0.0.1:{port}\"\nnames = [{NAME:?}]\n\
         [web.tls]\nmode = {mode:?}\n"
    );
    let file = directory.join("midwatch.toml");
    std::fs::write(&file, text).expect("room for a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_midwatch"));
    command.arg("watch").arg(&file).env("HOME", directory);
    (Daemon::start(command, &directory.join("log")), state)
}

/// What was found, the worst first, one line each: to be read with `--nocapture`.
fn list(target: &TargetReport) -> Vec<String> {
    let line = |finding: &midwatch_model::Finding| {
        let evidence: Vec<&str> = finding.evidence.iter().map(|one| one.detail.as_str()).collect();
        format!("{} {} at {}: {}", finding.severity, finding.id, finding.place, evidence.join("; "))
    };
    let lines: Vec<String> = target.findings.iter().map(line).collect();
    println!("{}\n", lines.join("\n"));
    lines
}

fn worst(target: &TargetReport) -> Option<Severity> {
    target.findings.iter().map(|finding| finding.severity).max()
}

#[test]
fn by_tls_nothing_at_medium_or_above() {
    let directory = directory();
    let port = free_port();
    let (_daemon, state) = start(directory.path(), port, "private");
    let url = format!("https://{NAME}:{port}/");
    let audit = Audit::site(&[&url])
        .with(&["--resolve", &format!("{NAME}:{port}:127.0.0.1:{port}")])
        .trust(&state.join("tls/ca.pem"));
    let target = audit.target();
    let lines = list(&target);
    assert_ne!(target.state, State::NotMeasured, "{:?}", target.error);
    assert!(worst(&target) < Some(Severity::Medium), "{lines:#?}");
}

#[test]
fn as_people_reach_it_nothing_at_medium_or_above() {
    let directory = directory();
    let port = free_port();
    let (_daemon, state) = start(directory.path(), port, "private");
    let (url, closed) = (format!("https://{NAME}/"), free_port());
    let audit = Audit::site(&[&url])
        .with(&["--resolve", &format!("{NAME}:443:127.0.0.1:{port}")])
        .with(&["--resolve", &format!("{NAME}:80:127.0.0.1:{closed}")])
        .trust(&state.join("tls/ca.pem"));
    let target = audit.target();
    let lines = list(&target);
    assert_ne!(target.state, State::NotMeasured, "{:?}", target.error);
    assert!(worst(&target) < Some(Severity::Medium), "{lines:#?}");
}

#[test]
fn on_plain_loopback_nothing_at_medium_or_above() {
    let directory = directory();
    let port = free_port();
    let (_daemon, _) = start(directory.path(), port, "off");
    let target = Audit::site(&[&format!("http://127.0.0.1:{port}/")]).target();
    let lines = list(&target);
    assert_ne!(target.state, State::NotMeasured, "{:?}", target.error);
    assert!(worst(&target) < Some(Severity::Medium), "{lines:#?}");
}
