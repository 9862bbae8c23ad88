//! `midwatch lab`: the weak shop's report, and each defence turns the verdicts that it says it turns.

mod common;

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use common::{code, ids, midwatch, stderr, stdout, verdict};
use midwatch_lab::Defence;
use midwatch_model::{AttackId, Report, Severity, State, Verdict};

fn lab(arguments: &[&str]) -> (std::process::Output, tempfile::TempDir) {
    let directory = midwatch_testbed::directory();
    let html = directory.path().join("lab.html").display().to_string();
    let all = [&["lab", "--quiet", "--html", &html], arguments].concat();
    (midwatch(&all), directory)
}

#[test]
fn the_weak_shop_is_exposed_and_the_safe_one_is_protected() {
    let (output, directory) = lab(&["--format", "json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let report: Report = serde_json::from_slice(&output.stdout).expect("one JSON document");
    let target = |host: &str| {
        let found = report.targets.iter().find(|target| target.target.whom() == host);
        found.unwrap_or_else(|| panic!("{host}"))
    };
    assert!(
        report
            .targets
            .iter()
            .all(|target| target.state == State::Measured || target.target.whom() == "old.example")
    );
    let weak = target("shop.example");
    for id in AttackId::ALL.into_iter().take(7).filter(|id| *id != AttackId::Impersonation) {
        assert_eq!(verdict(weak, id), Verdict::Exposed, "{id}");
    }
    for (host, id) in [
        ("shop.example", "cookie-session-not-secure"),
        ("shop.example", "mixed-content-blockable"),
        ("shop.example", "form-over-http"),
        ("shop.example", "plain-http-page"),
        ("shop.example", "https-for-login-only"),
        ("self-signed.example", "cert-self-signed"),
        ("expired.example", "cert-expired"),
        ("wrong-name.example", "cert-name-mismatch"),
        ("old.example", "tls-no-modern-version"),
    ] {
        assert!(ids(target(host)).contains_key(id), "{host}: {id}");
    }
    // A cookie that is called `secure` has no Secure flag for that.
    assert!(
        weak.findings
            .iter()
            .any(|found| found.id == "cookie-not-secure" && found.place.contains("cookie secure of"))
    );
    let safe = target("safe.example");
    assert!(safe.findings.iter().all(|found| found.severity < Severity::Medium), "{:?}", ids(safe));
    assert!(
        safe.attacks.iter().all(|attack| attack.verdict == Verdict::Protected && !attack.because.is_empty())
    );

    let page = std::fs::read_to_string(directory.path().join("lab.html")).expect("the page beside it");
    assert!(page.contains("shop.example") && page.contains("Content-Security-Policy"));
}

#[test]
fn each_defence_turns_what_it_says() {
    for defence in Defence::ALL {
        let (output, _directory) = lab(&["--defence", defence.name()]);
        let text = stdout(&output);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        for (host, attack) in defence.turns() {
            let section =
                text.split("\n\n").find(|section| section.starts_with(&format!("https://{host}/\n")));
            let section = section.unwrap_or_else(|| panic!("{defence}: {host} in\n{text}"));
            let line = section.lines().find(|line| line.trim_start().starts_with(attack.name()));
            let line = line.unwrap_or_else(|| panic!("{defence}: {attack} in\n{section}"));
            assert!(line.contains("-> ✓ protected") || line.contains("-> ◐ partly"), "{defence}: {line}");
        }
        if defence.turns().is_empty() {
            assert!(!text.contains(" -> ✓") && text.contains("not found any more"), "{defence}:\n{text}");
        }
        assert!(!text.contains("-> ✗"), "{defence} makes nothing worse:\n{text}");
    }
}

#[test]
fn all_defences_together_leave_nothing_open() {
    let (output, _directory) = lab(&["--defence", "all", "--format", "json"]);
    let report: Report = serde_json::from_slice(&output.stdout).expect("one JSON document");
    for target in &report.targets {
        for attack in &target.attacks {
            assert_eq!(attack.verdict, Verdict::Protected, "{}: {}", target.target, attack.id);
        }
    }
    // The comparison goes to standard error, so that the document stays one.
    assert!(stderr(&output).contains("not found any more"));
}

#[test]
fn the_list_names_every_defence() {
    let output = midwatch(&["lab", "--list"]);
    assert_eq!(code(&output), 0);
    for defence in Defence::ALL {
        assert!(stdout(&output).contains(defence.name()));
    }
    let output = midwatch(&["lab", "--defence", "firewall"]);
    assert_eq!(code(&output), 64);
    assert!(stderr(&output).contains("https-everywhere"), "{}", stderr(&output));
}

/// With `--keep` other tools can look at it, and Ctrl-C ends it.
#[test]
fn the_shop_stays_until_ctrl_c() {
    let directory = midwatch_testbed::directory();
    let mut child = Command::new(env!("CARGO_BIN_EXE_midwatch"))
        .args(["lab", "--quiet", "--keep", "--html"])
        .arg(directory.path().join("lab.html"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("midwatch");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut told = String::new();
    while !told.contains("shop.example:443 is 127.0.0.1:") {
        let mut line = String::new();
        assert!(lines.read_line(&mut line).expect("text") > 0, "{told}");
        told.push_str(&line);
    }
    let address =
        told.lines().find_map(|line| line.trim().strip_prefix("shop.example:443 is ")).expect("an address");
    let seen = Command::new("curl")
        .args(["--silent", "--insecure", "--max-time", "20", "--noproxy", "*", "--connect-to"])
        .args([&format!("shop.example:443:{address}"), "https://shop.example/"])
        .output()
        .expect("curl (Debian package curl)");
    assert!(String::from_utf8_lossy(&seen.stdout).contains("Night shop"));
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupted.is_ok_and(|status| status.success()));
    let mut rest = String::new();
    lines.read_to_string(&mut rest).expect("text");
    assert!(child.wait().expect("its end").success());
    assert!(std::net::TcpStream::connect(address).is_err(), "{address} still answers");
}
