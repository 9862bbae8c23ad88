//! Runs midwatch as its users do, against servers on this machine alone.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use midwatch_model::{AttackId, Finding, Report, Severity, TargetReport, Verdict};

/// The host of most tests.
pub const NAME: &str = "shop.test";

/// Runs midwatch.
pub fn midwatch<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_midwatch"));
    command.args(arguments).env("NO_COLOR", "1").output().expect("midwatch, built by cargo")
}

/// The exit code.
pub fn code(output: &Output) -> i32 {
    output.status.code().expect("an exit code and no signal")
}

/// Standard output as text.
pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// Standard error as text.
pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

/// What one audit is told.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    arguments: Vec<String>,
}

impl Audit {
    /// `midwatch site URL…` in JSON, offline.
    pub fn site(urls: &[&str]) -> Audit {
        let mut arguments: Vec<String> = ["site", "--format", "json", "--offline"].map(str::to_owned).into();
        arguments.extend(urls.iter().map(|url| (*url).to_owned()));
        Audit { arguments }
    }

    /// `midwatch tls NAME --starttls PROTOCOL` in JSON, offline.
    pub fn starttls(name: &str, protocol: &str) -> Audit {
        Audit::default().with(&["tls", name, "--starttls", protocol, "--offline", "--format", "json"])
    }

    /// A name and its `www.` at these ports of 127.0.0.1, for 443 and 80.
    pub fn at(self, name: &str, https: u16, http: u16) -> Audit {
        let names = [name.to_owned(), format!("www.{name}")];
        names.iter().fold(self, |audit, name| {
            audit
                .with(&["--resolve", &format!("{name}:443:127.0.0.1:{https}")])
                .with(&["--resolve", &format!("{name}:80:127.0.0.1:{http}")])
        })
    }

    /// Trusts a file of certificates.
    pub fn trust(self, pem: &Path) -> Audit {
        self.with(&["--trust", &pem.display().to_string()])
    }

    /// Further arguments.
    pub fn with(mut self, arguments: &[&str]) -> Audit {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    /// As arguments of midwatch, in this format.
    pub fn arguments(&self, format: &str) -> Vec<String> {
        let other = |argument: &String| if argument == "json" { format.to_owned() } else { argument.clone() };
        self.arguments.iter().map(other).collect()
    }

    /// Runs it. The report and the exit code.
    pub fn run(&self) -> (Report, i32) {
        let output = midwatch(&self.arguments);
        let report = serde_json::from_slice(&output.stdout);
        let report = report.unwrap_or_else(|error| panic!("{error}: {}{}", stdout(&output), stderr(&output)));
        (report, code(&output))
    }

    /// Runs it for one target.
    pub fn target(&self) -> TargetReport {
        let (report, _) = self.run();
        report.targets.into_iter().next().expect("a target")
    }
}

impl Audit {
    /// Runs it once for one target, which must end with no worse code than this, and has the report written in every form that
    /// people read.
    pub fn told(&self, worst: i32) -> Told {
        let output = midwatch(&self.arguments);
        assert!(code(&output) <= worst, "{}", stderr(&output));
        let report: Report = serde_json::from_slice(&output.stdout).expect("a report");
        let saved = tempfile::NamedTempFile::new().expect("room for a file");
        std::fs::write(saved.path(), &output.stdout).expect("room for a file");
        let in_form = |form: &str| {
            let written = midwatch(&["judge", &saved.path().display().to_string(), "--format", form]);
            assert_eq!(code(&written), code(&output), "{}", stderr(&written));
            stdout(&written)
        };
        let target = report.targets.into_iter().next().expect("a target");
        Told { target, text: in_form("terminal"), html: in_form("html") }
    }
}

/// What an audit tells programs and people.
pub struct Told {
    pub target: TargetReport,
    pub text: String,
    pub html: String,
}

impl Told {
    /// How severe this finding is, where it is there.
    pub fn found(&self, id: &str) -> Option<Severity> {
        ids(&self.target).get(id).copied()
    }

    pub fn verdict(&self, id: AttackId) -> Verdict {
        verdict(&self.target, id)
    }

    /// Nothing of the web, and none of these words, is said to people.
    pub fn says_nothing_of_the_web_or(&self, others: &[&str]) {
        const WEB: [&str; 7] =
            ["visitor", "cookie", "hsts", "strict-transport", "browser", " page", "web site"];
        let body = self.html.split("</style>").last().unwrap_or_default();
        for (form, text) in [("text", self.text.as_str()), ("html", body)] {
            let lower = text.to_lowercase();
            for word in WEB.iter().chain(others) {
                let at = lower.find(word).map(|at| {
                    let before: String = lower[..at].chars().rev().take(80).collect();
                    let after: String = lower[at..].chars().take(120).collect();
                    before.chars().rev().chain(after.chars()).collect::<String>()
                });
                assert_eq!(at, None, "{form} says '{word}'");
            }
        }
    }
}

/// The ids of all findings with the worst severity of each.
pub fn ids(target: &TargetReport) -> BTreeMap<&str, Severity> {
    let mut ids = BTreeMap::new();
    for finding in &target.findings {
        let worst = ids.entry(finding.id.as_str()).or_insert(finding.severity);
        *worst = finding.severity.max(*worst);
    }
    ids
}

/// The first finding of a check.
pub fn finding<'a>(target: &'a TargetReport, id: &str) -> &'a Finding {
    target
        .findings
        .iter()
        .find(|finding| finding.id == id)
        .unwrap_or_else(|| panic!("{id} was not found, only {:?}", ids(target)))
}

/// The verdict on a method.
pub fn verdict(target: &TargetReport, id: AttackId) -> Verdict {
    target.attacks.iter().find(|attack| attack.id == id).expect("a verdict").verdict
}

/// Every verdict.
pub fn verdicts(target: &TargetReport) -> Vec<(AttackId, Verdict)> {
    target.attacks.iter().map(|attack| (attack.id, attack.verdict)).collect()
}

/// A TLSA record 3 1 1 for a certificate's key, by openssl.
pub fn tlsa(certificate: &Path) -> String {
    let shell = format!(
        "openssl x509 -in {} -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -r",
        certificate.display()
    );
    let output = Command::new("sh").args(["-c", &shell]).output().expect("openssl (Debian package openssl)");
    let text = String::from_utf8(output.stdout).expect("text");
    format!("TLSA 3 1 1 {}", text.split(' ').next().expect("a digest"))
}

/// Runs a command at a terminal of its own, types once it has shown `prompt`, and gives all that was shown.
pub fn at_a_terminal(mut command: Command, prompt: &str, typed: &str) -> String {
    use std::io::{Read as _, Write as _};

    use rustix::fs::{Mode, OFlags};
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&keyboard).expect("a terminal");
    unlockpt(&keyboard).expect("a terminal");
    let name = ptsname(&keyboard, Vec::new()).expect("its name");
    let screen = rustix::fs::open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY, Mode::empty())
        .expect("its other end");
    for set in [Command::stdin, Command::stdout, Command::stderr] {
        set(&mut command, screen.try_clone().expect("a copy"));
    }
    let mut child = command.spawn().expect("the command");
    // What it holds of the other end would keep the terminal open.
    drop((command, screen));
    let mut keyboard = std::fs::File::from(keyboard);
    let mut shown = Vec::new();
    let mut buffer = [0; 4096];
    let mut waiting = true;
    // The read fails once nobody has the other end open any more.
    while let Ok(count @ 1..) = keyboard.read(&mut buffer) {
        shown.extend_from_slice(&buffer[..count]);
        if waiting && String::from_utf8_lossy(&shown).contains(prompt) {
            waiting = false;
            keyboard.write_all(typed.as_bytes()).expect("a terminal");
        }
    }
    child.wait().expect("an end");
    String::from_utf8_lossy(&shown).into_owned()
}
