//! Servers that misbehave: the whole command ends inside its limits, says what could not be measured, and keeps
//! its memory.

mod common;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::code;
use midwatch_model::{Report, State, Verdict};
use midwatch_testbed::free_port;
use midwatch_testbed::hostile::{Behaviour, Hostile};
use midwatch_testbed::nginx::Nginx;
use midwatch_testbed::pki::{Leaf, Pki};

/// The most memory that a process has held, in KiB.
fn peak(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Audits what listens at this port for http and https alike. The report, the seconds and the MiB it took.
fn audit(port: u16) -> (Report, f64, u64) {
    let url = format!("http://127.0.0.1:{port}/");
    let started = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_midwatch"))
        .args(["site", &url, "--format", "json", "--quiet", "--offline", "--timeout", "1", "--time", "6"])
        .args(["--resolve", &format!("127.0.0.1:443:127.0.0.1:{port}")])
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("midwatch");
    let mut most = 0;
    let id = child.id();
    let out = child.stdout.take().expect("a pipe");
    let reader = std::thread::spawn(move || serde_json::from_reader::<_, Report>(out));
    while child.try_wait().expect("a child").is_none() {
        most = most.max(peak(id).unwrap_or_default());
        assert!(started.elapsed() < Duration::from_secs(60), "it does not end");
        std::thread::sleep(Duration::from_millis(5));
    }
    let report = reader.join().expect("no panic").expect("one JSON document");
    (report, started.elapsed().as_secs_f64(), most / 1024)
}

#[test]
fn each_hostile_server_ends_in_time_and_memory_and_reads_as_safe_nowhere() {
    for behaviour in [
        Behaviour::NeverAnswers,
        Behaviour::ResetsAtOnce,
        Behaviour::ClosesAtOnce,
        Behaviour::Drips,
        Behaviour::EndlessHeaders,
        Behaviour::EndlessHeaderLine,
        Behaviour::EndlessBody,
        Behaviour::EndlessChunks,
        Behaviour::Bomb,
        Behaviour::RedirectLoop,
        Behaviour::RedirectChain,
        Behaviour::GarbageServerHello,
        Behaviour::FatalAlert(40),
        Behaviour::FatalAlert(80),
        Behaviour::ClosesInRecord,
        Behaviour::EndlessHandshake,
        Behaviour::SuiteNotOffered,
    ] {
        let server = Hostile::start(behaviour.clone());
        let (report, seconds, mebibytes) = audit(server.port());
        assert!(mebibytes < 200, "{behaviour:?} took {mebibytes} MiB");
        // A few steps of a second each, one after the other, and the crawl's six; never the minutes that each
        // hello and each page by itself would add up to.
        assert!(seconds < 30.0, "{behaviour:?} took {seconds} s");
        let target = &report.targets[0];
        for attack in &target.attacks {
            assert_ne!(
                attack.verdict,
                Verdict::Protected,
                "{behaviour:?}: {}: {:?}",
                attack.id,
                attack.because
            );
        }
        if target.state == State::NotMeasured {
            assert!(target.error.as_deref().is_some_and(|error| error.len() > 10), "{behaviour:?}");
        }
    }
}

/// More large pages than connections: what one page may take is not multiplied by their number.
#[test]
fn many_large_pages_keep_their_memory() {
    let pki = Pki::new();
    let identity = pki.self_signed(&Leaf::new(&["shop.test"]));
    let (tls, plain) = (free_port(), free_port());
    let links: String = (0..8).map(|n| format!("<a href=/{n}.html>")).collect();
    let mut nginx = Nginx::new().file("index.html", links);
    let large = "<p><a href=/x>A page of eight megabytes.</a></p>\n".repeat((8 << 20) / 50);
    for n in 0..8 {
        nginx = nginx.file(&format!("{n}.html"), &large);
    }
    let _server = nginx.plain(plain, "shop.test", "").tls(tls, "shop.test", &identity, "").start();
    let mut child = Command::new(env!("CARGO_BIN_EXE_midwatch"))
        .args(["site", "shop.test", "--quiet", "--offline", "--output", "/dev/null", "--fail-on", "never"])
        .args(["--resolve", &format!("shop.test:443:127.0.0.1:{tls}")])
        .args(["--resolve", &format!("shop.test:80:127.0.0.1:{plain}")])
        .spawn()
        .expect("midwatch");
    let mut most = 0;
    while child.try_wait().expect("a child").is_none() {
        most = most.max(peak(child.id()).unwrap_or_default());
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(child.wait().expect("its end").success());
    assert!(most / 1024 < 200, "{} MiB", most / 1024);
}

#[test]
fn a_time_out_is_no_refusal_and_no_closed_port() {
    let server = Hostile::start(Behaviour::NeverAnswers);
    let (report, ..) = audit(server.port());
    let json = serde_json::to_string(&report).expect("JSON");
    assert!(json.contains("no answer within 1 s"), "{json}");
    assert!(!json.contains("\"outcome\":\"refused\""), "{json}");
    let output =
        common::midwatch(&["site", &format!("http://127.0.0.1:{}/", free_port()), "--offline", "--quiet"]);
    assert_eq!(code(&output), 2);
}
