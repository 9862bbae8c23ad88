//! `midwatch host` as its users run it: the sites of real programs, and an audit of all of them that can be ended at any
//! moment.

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{code, midwatch, stderr, stdout};
use midwatch_model::{AttackId, Fact, Report, Severity, SiteFaults, State, TargetReport, Verdict};
use midwatch_testbed::apache::Apache;
use midwatch_testbed::nginx::Nginx;
use midwatch_testbed::pki::{Authority, Identity, Key, Leaf, Pki};
use midwatch_testbed::{Server, TempDir, free_port};

/// A tree that stands for the server, whose files name the places where the tests' own programs listen.
struct Tree {
    root: TempDir,
}

impl Tree {
    fn new() -> Tree {
        Tree { root: midwatch_testbed::directory() }
    }

    fn put(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.root.path().join(path.trim_start_matches('/'));
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("room");
        std::fs::write(path, text).expect("room");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// `midwatch host` on it, in JSON.
    fn run(&self, more: &[&str]) -> (Report, i32) {
        let output = midwatch(&self.arguments(more));
        let report = serde_json::from_slice(&output.stdout);
        (
            report.unwrap_or_else(|error| panic!("{error}: {}{}", stdout(&output), stderr(&output))),
            code(&output),
        )
    }

    fn arguments(&self, more: &[&str]) -> Vec<String> {
        let root = self.root.path().display().to_string();
        let mut arguments: Vec<String> =
            ["host", "--format", "json", "--root", &root].map(str::to_owned).into();
        arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
        arguments
    }
}

fn ids(target: &TargetReport) -> BTreeSet<&str> {
    target.findings.iter().map(|finding| finding.id.as_str()).collect()
}

fn faults(report: &Report) -> &SiteFaults {
    let facts = report.targets[0].observations.iter();
    facts
        .filter_map(|one| match &one.fact {
            Fact::SiteFaults(faults) => Some(&**faults),
            _ => None,
        })
        .next()
        .expect("the audits of the sites")
}

/// An nginx whose sites are sound, save that the last has no https, and one shows the certificate of another.
struct Shared {
    tree: Tree,
    _server: Server,
    root: Authority,
    _pki: Pki,
    http: u16,
    https: u16,
}

fn shared(sites: usize) -> Shared {
    let pki = Pki::new();
    let root = pki.authority("Test root", Key::EcP256);
    let (http, https) = (free_port(), free_port());
    let tree = Tree::new();
    let mut nginx = Nginx::new();
    let mut blocks = String::new();
    let wildcard: Identity = pki.issue(&root, &Leaf::new(&["*.shop.test"]));
    tree.put("/etc/nginx/wildcard.pem", std::fs::read(&wildcard.chain).expect("a file"));
    for at in 0..sites {
        let name = if at == 1 { "other.test".to_owned() } else { format!("s{at}.shop.test") };
        let hsts = "add_header Strict-Transport-Security \"max-age=63072000\" always;";
        if at + 1 == sites {
            nginx = nginx.plain(http, &name, "");
            blocks.push_str(&format!("server {{ listen 0.0.0.0:{http}; server_name {name}; root /srv; }}\n"));
            continue;
        }
        nginx = nginx
            .plain(http, &name, "return 301 https://$host$request_uri;")
            .tls(https, &name, &wildcard, hsts);
        blocks.push_str(&format!(
            "server {{ listen 0.0.0.0:{http}; server_name {name}; return 301 https://$host$request_uri; }}\n\
             server {{ listen 0.0.0.0:{https} ssl; server_name {name}; ssl_certificate wildcard.pem; {hsts} }}\n"
        ));
    }
    tree.put("/etc/nginx/nginx.conf", format!("http {{\n{blocks}}}\n"));
    Shared { tree, _server: nginx.start(), root, _pki: pki, http, https }
}

#[test]
fn files_alone_tell_whom_a_server_serves() {
    let shared = shared(3);
    let (report, code) = shared.tree.run(&[]);
    let target = &report.targets[0];
    assert_eq!((target.state, code), (State::Measured, 1), "{:?}", target.error);
    let ids = ids(target);
    assert!(ids.contains("served-without-tls") && ids.contains("served-certificate-mismatch"), "{ids:?}");
    let verdict = target.attacks.iter().find(|one| one.id == AttackId::Eavesdropping).expect("a verdict");
    assert_eq!(verdict.verdict, Verdict::Exposed);
    let found =
        target.findings.iter().find(|one| one.id == "served-certificate-mismatch").expect("a finding");
    assert_eq!(found.place, "other.test");
    // For people.
    let root = shared.tree.root.path().display().to_string();
    let output = midwatch(&["host", "--root", &root, "--colour", "never"]);
    assert!(stdout(&output).contains("nginx: 5 sites, 2 with TLS"), "{}", stdout(&output));
}

#[test]
fn every_site_is_audited_through_loopback_and_told_by_fault() {
    let shared = shared(6);
    let state = shared.tree.path("state");
    let trust = shared.root.certificate.display().to_string();
    let state_text = state.display().to_string();
    let (report, code) = shared.tree.run(&["--sites", "--state", &state_text, "--trust", &trust]);
    let found = faults(&report);
    assert_eq!((found.found, found.audited, found.not_measured, code), (6, 6, 0, 1), "{found:?}");
    let fault = |id: &str| {
        found.faults.iter().find(|fault| fault.id == id).unwrap_or_else(|| panic!("{id}: {found:?}"))
    };
    let mismatch = fault("cert-name-mismatch");
    assert_eq!((mismatch.sites, mismatch.examples.as_slice()), (1, ["other.test".to_owned()].as_slice()));
    // The one without https.
    assert!(found.faults.iter().any(|fault| fault.examples == ["s5.shop.test"]), "{found:?}");
    let target = &report.targets[0];
    let finding =
        target.findings.iter().find(|one| one.id == "hsts-no-subdomains").expect("all sites lack it");
    assert!(finding.place.contains("sites: "), "{}", finding.place);
    // Each line is a report that can be judged again.
    let lines = std::fs::read_to_string(&state).expect("the state");
    assert_eq!(lines.lines().count(), 6);
    let line = lines.lines().find(|line| line.starts_with("{\"job\":\"s2.shop.test ")).expect("a site");
    let one = shared.tree.path("one.json");
    std::fs::write(&one, line).expect("room");
    let judged = midwatch(&["judge", "--format", "json", &one.display().to_string()]);
    let judged: Report = serde_json::from_slice(&judged.stdout).expect("a report");
    let kept: Report = serde_json::from_str(line).expect("a report");
    assert_eq!(judged.targets[0].findings, kept.targets[0].findings);
    // What is shared was measured once, and is told of every site with TLS.
    let measured: Vec<u32> = lines
        .lines()
        .map(|line| serde_json::from_str::<Report>(line).expect("a report"))
        .flat_map(|report| report.targets[0].observations.clone())
        .filter_map(|one| match one.fact {
            Fact::TlsEndpoint(endpoint) if endpoint.port == shared.https => Some(endpoint.connections),
            _ => None,
        })
        .collect();
    assert_eq!(measured.iter().filter(|connections| **connections > 0).count(), 1, "{measured:?}");
    assert_eq!(measured.len(), 5);
    // A second run has nothing to do, and says the same.
    let (again, _) = shared.tree.run(&["--sites", "--state", &state_text, "--trust", &trust]);
    assert_eq!(faults(&again).faults.len(), found.faults.len());
    assert_eq!(faults(&again).audited, 6);
    assert_eq!(std::fs::read_to_string(&state).expect("the state"), lines);
    let _ = shared.http;
}

#[test]
fn what_is_shared_is_what_each_site_says_by_itself() {
    let shared = shared(4);
    let state = shared.tree.path("state").display().to_string();
    let trust = shared.root.certificate.display().to_string();
    shared.tree.run(&["--sites", "--state", &state, "--trust", &trust]);
    let text = std::fs::read_to_string(&state).expect("the state");
    for line in text.lines() {
        let kept: Report = serde_json::from_str(line).expect("a report");
        let Some(name) = kept.targets[0].target.host().map(ToString::to_string) else { continue };
        if name == "s3.shop.test" {
            continue;
        }
        let audit = common::Audit::site(&[&format!("https://{name}:{}", shared.https)])
            .with(&["--resolve", &format!("{name}:{0}:127.0.0.1:{0}", shared.https)])
            .with(&["--resolve", &format!("{name}:80:127.0.0.1:{}", shared.http)])
            .trust(&shared.root.certificate);
        let (alone, _) = audit.run();
        let endpoint = |report: &Report| {
            report.targets[0].observations.iter().find_map(|one| match &one.fact {
                Fact::TlsEndpoint(endpoint) => {
                    let mut endpoint = (**endpoint).clone();
                    endpoint.connections = 0;
                    Some(endpoint)
                }
                _ => None,
            })
        };
        assert_eq!(endpoint(&kept), endpoint(&alone), "{name}");
        let of = |report: &Report| -> BTreeSet<String> {
            report.targets[0]
                .findings
                .iter()
                .filter(|one| one.id.starts_with("tls-") || one.id.starts_with("cert-"))
                .map(|one| one.id.clone())
                .collect()
        };
        assert_eq!(of(&kept), of(&alone), "{name}");
    }
}

#[test]
fn a_run_that_is_killed_goes_on_where_it_stopped() {
    let shared = shared(12);
    let state = shared.tree.path("state");
    let text = state.display().to_string();
    let arguments = shared.tree.arguments(&["--sites", "--state", &text, "--at-once", "2", "--pages", "1"]);
    let mut kept = 0;
    for round in 0..3 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_midwatch"))
            .args(&arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("midwatch, built by cargo");
        let wanted = (kept + 2).min(12);
        let lines = || {
            std::fs::read(&state).map(|text| text.iter().filter(|byte| **byte == b'\n').count()).unwrap_or(0)
        };
        midwatch_testbed::wait_until(Duration::from_secs(60), || lines() >= wanted);
        child.kill().expect("still there");
        child.wait().expect("its end");
        assert!(lines() >= wanted, "round {round}: {} lines", lines());
        kept = lines();
    }
    let before = std::fs::read(&state).expect("the state");
    let end = before.iter().rposition(|byte| *byte == b'\n').expect("a line") + 1;
    let (report, _) = shared.tree.run(&["--sites", "--state", &text, "--pages", "1"]);
    assert_eq!((faults(&report).found, faults(&report).audited), (12, 12));
    let after = std::fs::read(&state).expect("the state");
    assert_eq!(&after[..end], &before[..end], "what was kept stays");
    let jobs: BTreeSet<String> = String::from_utf8_lossy(&after)
        .lines()
        .map(|line| line.split(' ').next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(jobs.len(), 12);
    assert_eq!(after.iter().filter(|byte| **byte == b'\n').count(), 12, "no site twice");
}

#[test]
fn apache_and_its_users() {
    let pki = Pki::new();
    let root = pki.authority("Test root", Key::EcP256);
    let identity = pki.issue(&root, &Leaf::new(&["a.test"]).valid(-80, 5));
    let (http, https) = (free_port(), free_port());
    let server = Apache::new().plain(http, "a.test", "").tls(https, "a.test", &identity, "").start();
    let tree = Tree::new();
    tree.put("/etc/apache2/a.pem", std::fs::read(&identity.chain).expect("a file"));
    tree.put(
        "/etc/apache2/apache2.conf",
        format!(
            "LoadModule userdir_module x/mod_userdir.so\nUserDir public_html\nListen {http}\nListen {https}\n\
             <VirtualHost *:{http}>\nServerName a.test\n</VirtualHost>\n\
             <VirtualHost *:{https}>\nServerName a.test\nSSLEngine on\nSSLCertificateFile a.pem\n</VirtualHost>\n"
        ),
    );
    let trust = root.certificate.display().to_string();
    let (report, _) = tree.run(&["--sites", "--trust", &trust]);
    let target = &report.targets[0];
    let ids = ids(target);
    for wanted in [
        "served-no-redirect",
        "served-user-directories",
        "served-certificate-expiring",
        "cert-expires-soon",
        "hsts-missing",
    ] {
        assert!(ids.contains(wanted), "{wanted}: {ids:?}");
    }
    let redirect = target.findings.iter().find(|one| one.id == "served-no-redirect").expect("a finding");
    assert_eq!(redirect.severity, Severity::Medium);
    assert_eq!(redirect.fix.servers[0].server.to_string(), "Apache");
    drop(server);
}

#[test]
fn caddy_keeps_its_own_certificates() {
    let tree = Tree::new();
    tree.put("/etc/caddy/Caddyfile", "a.test, b.test {\n\trespond hi\n}\n");
    let (report, code) = tree.run(&[]);
    let target = &report.targets[0];
    assert!(target.findings.is_empty(), "{:?}", target.findings);
    assert_eq!((target.state, code), (State::Measured, 0));
    let verdict = |id| target.attacks.iter().find(|one| one.id == id).expect("a verdict").verdict;
    assert_eq!(verdict(AttackId::Impersonation), Verdict::Protected);
    assert_eq!(verdict(AttackId::StrippingAndDowngrade), Verdict::Unknown);
}

#[test]
fn wrong_usage_is_told() {
    let output = midwatch(&["host", "--root", "/nonexistent/tree"]);
    assert_eq!((code(&output), stderr(&output).contains("no such directory")), (64, true));
    let output = midwatch(&["host", "--state", "x"]);
    assert_eq!((code(&output), stderr(&output).contains("--sites")), (64, true), "{}", stderr(&output));
    let notes = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(notes.path(), "notes").expect("room");
    let path: &Path = notes.path();
    let output = midwatch(&["host", "--sites", "--state", &path.display().to_string()]);
    assert_eq!((code(&output), stderr(&output).contains("another")), (64, true), "{}", stderr(&output));
}
