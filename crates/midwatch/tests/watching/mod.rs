//! A daemon of `midwatch watch` with a fleet of hosts and a receiver of webhooks, for the tests of what goes wrong.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use midwatch_model::{Role, Scope};
use midwatch_store::watch::accounts::NewAccount;
use midwatch_store::watch::tokens::NewToken;
use midwatch_store::watch::{Ledger, Place};
use midwatch_testbed::daemon::{Daemon, figures, get};
use midwatch_testbed::fleet::{Fleet, Options, Settings, id_of};
use midwatch_testbed::receiver::{Received, Receiver};
use midwatch_testbed::{free_port, wait_until};

/// How long everything that is waited for may take. Generous: test machines are busy.
pub const LONG: Duration = Duration::from_secs(120);

/// Tokens of the API, which [`Scene::let_in`] makes valid, and their SHA-256 in base64url, as the ledger keeps them: one for
/// [`Scene::ask`], and one that was never used.
const TOKENS: [[&str; 2]; 2] = [
    ["mwt_midwatch-tests-only-not-a-secret-at-all-000", "OX8ElSbPXOsidTIPxq9O2k2oI8E08wgr-DIUnRTd7lA"],
    ["mwt_midwatch-tests-only-not-a-secret-at-all-001", "IWcZ4uu-PtIqCFGSS3f7jAUoRF1fuoHrqgn-4MIhySE"],
];

/// A number that the environment may change.
pub fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name)
        .ok()
        .map_or(usual, |value| value.parse().unwrap_or_else(|_| panic!("{name} takes a number")))
}

/// What a daemon works with.
pub struct Scene {
    /// Whom it watches.
    pub fleet: Fleet,
    /// Whom it tells.
    pub receiver: Receiver,
    /// Holds its files.
    pub directory: tempfile::TempDir,
    /// Where it gives figures.
    pub metrics: SocketAddr,
    /// Where its dashboard listens.
    pub web: SocketAddr,
    /// Its configuration.
    pub file: PathBuf,
}

impl Scene {
    /// A fleet of so many hosts, each so-manieth of which never answers.
    pub fn new(hosts: u32, silent_every: u32, at_once: u16) -> Scene {
        let fleet = Fleet::start(Options { silent_every, ..Options::of(hosts) });
        let receiver = Receiver::start();
        let [metrics, web] = [(); 2].map(|()| SocketAddr::from(([127, 0, 0, 1], free_port())));
        let directory = midwatch_testbed::directory();
        let webhook = Some(receiver.url());
        let settings = Settings { every: "1m".to_owned(), at_once, metrics, web: Some(web), webhook };
        let file = fleet.write_configuration(directory.path(), &settings);
        Scene { fleet, receiver, directory, metrics, web, file }
    }

    /// Changes the text of its configuration.
    pub fn configure(&self, change: impl FnOnce(String) -> String) {
        let text = std::fs::read_to_string(&self.file).expect("a file made here");
        std::fs::write(&self.file, change(text)).expect("room for a file");
    }

    /// The program that is started.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_midwatch"));
        command.arg("watch").arg(&self.file).env("HOME", self.directory.path());
        command
    }

    /// What the daemons of this scene write.
    pub fn log(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    /// The same as text.
    pub fn said(&self) -> String {
        std::fs::read(self.log())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// The ledger, where it is a file.
    pub fn ledger(&self) -> PathBuf {
        self.directory.path().join("state/watch.db")
    }

    /// Starts the daemon, and waits until it is ready.
    pub fn start(&self) -> Daemon {
        Daemon::start(self.command(), &self.log())
    }

    /// Hosts that answer.
    pub fn speaking(&self) -> Vec<u32> {
        (1..=self.fleet.hosts()).filter(|host| !self.fleet.is_silent(*host)).collect()
    }

    /// The figures; none while there is no daemon.
    pub fn figures(&self) -> BTreeMap<String, f64> {
        get(self.metrics, "/metrics").map(|text| figures(&text)).unwrap_or_default()
    }

    /// The sum of the figures whose names begin so.
    pub fn figure(&self, prefix: &str) -> f64 {
        self.figures().iter().filter(|(name, _)| name.starts_with(prefix)).map(|(_, value)| value).sum()
    }

    /// Looks that have ended since the daemon started.
    pub fn looks(&self) -> f64 {
        self.figure("midwatch_looks_total")
    }

    /// The ids of targets at which a look ended since the daemon started.
    pub fn looked_at(&self) -> BTreeSet<String> {
        let prefix = "midwatch_target_last_look_timestamp_seconds{target=\"";
        let figures = self.figures();
        let ids = figures
            .keys()
            .filter_map(|name| Some(name.strip_prefix(prefix)?.strip_suffix("\"}")?.to_owned()));
        ids.collect()
    }

    /// Waits until every host that answers was looked at since the daemon started.
    pub fn wait_for_round(&self, daemon: &mut Daemon) {
        let all: BTreeSet<String> = self.speaking().into_iter().map(id_of).collect();
        let is_whole = wait_until(LONG, || !daemon.is_running() || self.looked_at().is_superset(&all));
        assert!(is_whole && daemon.is_running(), "not every host was looked at in time:\n{}", daemon.tail());
    }

    /// Makes the tokens valid, by the ledger, which need not be there yet.
    pub fn let_in(&self, place: &Place) {
        let mut ledger = Ledger::open(place).expect("the daemon's ledger");
        let now = jiff::Timestamp::now();
        let account = NewAccount {
            name: "tests".into(),
            role: Role::Admin,
            password: None,
            handle: "handle-of-tests".into(),
            vouched: None,
        };
        ledger.add_account(&account, false, now).expect("room for an account");
        let account = ledger.account_named("tests").expect("a ledger").expect("the account").id;
        let scopes = &[Scope::Read, Scope::Look];
        for [_, hash] in TOKENS {
            let token = NewToken { hash, account, name: "tests", scopes, expires: None };
            ledger.add_token(&token, now).expect("room for a token").expect("not too many");
        }
    }

    /// Has a host looked at now, and says with which status that was answered.
    pub fn look_now(&self, host: u32) -> u16 {
        self.ask("POST", &format!("/api/v1/targets/{}/look", id_of(host))).0
    }

    /// Asks the API with the token: the status, 0 where there was no answer, and the body.
    pub fn ask(&self, method: &str, path: &str) -> (u16, String) {
        self.request(TOKENS[0][0], method, path).unwrap_or_default()
    }

    /// The same with a token that was not used before, so that its use is to be noted.
    pub fn ask_anew(&self, method: &str, path: &str) -> (u16, String) {
        self.request(TOKENS[1][0], method, path).unwrap_or_default()
    }

    fn request(&self, token: &str, method: &str, path: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect_timeout(&self.web, Duration::from_secs(5)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\n\
             Connection: close\r\n\r\n",
            self.web
        );
        stream.write_all(head.as_bytes()).ok()?;
        let mut answer = Vec::new();
        stream.take(16 * 1024 * 1024).read_to_end(&mut answer).ok()?;
        let text = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = text.split_once("\r\n\r\n")?;
        Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
    }

    /// The alerts in the ledger's file, in a line each.
    fn outbox(&self) -> String {
        let opened = self.ledger().exists().then(|| Ledger::open(&Place::File(self.ledger())));
        let entries = opened.and_then(Result::ok).and_then(|mut ledger| ledger.outbox(1000).ok());
        let line = |entry: midwatch_store::watch::OutboxEntry| {
            let (key, state, tries, due) = (&entry.key, &entry.state, entry.tries, entry.due);
            format!("{key}: {state:?}, {tries} tries, due {due}, {:?}\n", entry.last_error)
        };
        entries.into_iter().flatten().map(line).collect()
    }

    /// What the receiver had of changed keys.
    pub fn alerts(&self) -> Alerts {
        alerts(&self.receiver.received())
    }

    /// Waits until an alert of each of these hosts was acknowledged, and checks that there is exactly one of each and none
    /// of others. Gives how many were sent once more, under the same id, after they were acknowledged.
    pub fn told_once(&self, daemon: &mut Daemon, hosts: &[u32]) -> u32 {
        let expected: BTreeSet<String> = hosts.iter().copied().map(id_of).collect();
        let mut told = BTreeSet::new();
        wait_until(LONG, || {
            told = acknowledged(&self.alerts());
            told.is_superset(&expected) || !daemon.is_running()
        });
        let lost: Vec<_> = expected.difference(&told).collect();
        assert!(lost.is_empty(), "no alert of {lost:?}:\n{}\n{}", self.outbox(), daemon.tail());
        once(&self.alerts(), &expected)
    }
}

/// For each target, each alert's id with how often it came and how often it was acknowledged.
pub type Alerts = BTreeMap<String, BTreeMap<String, [u32; 2]>>;

/// What came of changed certificates and keys.
pub fn alerts(received: &[Received]) -> Alerts {
    let mut all = Alerts::new();
    for one in received {
        let body: serde_json::Value = serde_json::from_str(&one.body).expect("JSON");
        let events = body["events"].as_array().cloned().unwrap_or_default();
        // A message may gather what several targets were held back for: each event says whose it is.
        for target in events.iter().filter_map(|event| event["target"].as_str()).collect::<BTreeSet<_>>() {
            let counts = all.entry(target.to_owned()).or_default().entry(one.id.clone()).or_default();
            counts[0] += 1;
            counts[1] += u32::from(one.is_acknowledged);
        }
    }
    all
}

/// The targets of which an alert was acknowledged.
pub fn acknowledged(alerts: &Alerts) -> BTreeSet<String> {
    let told = alerts.iter().filter(|(_, ids)| ids.values().any(|[_, times]| *times > 0));
    told.map(|(id, _)| id.clone()).collect()
}

/// Checks that there is one alert of each of these targets and none of others. Gives how often one was sent again after it
/// was acknowledged, under the same id, which is what a receiver can tell.
pub fn once(alerts: &Alerts, expected: &BTreeSet<String>) -> u32 {
    for (target, ids) in alerts {
        assert!(expected.contains(target), "{target} has not changed: {ids:?}");
        assert_eq!(ids.len(), 1, "more than one alert of {target}: {ids:?}");
    }
    alerts.values().flat_map(BTreeMap::values).map(|[_, times]| times.saturating_sub(1)).sum()
}

/// Asserts that SQLite finds nothing wrong with a file.
pub fn assert_sound(path: &Path) {
    assert_sound_by(Command::new("sqlite3"), path);
}

/// The same of a file on a disk that this running process alone sees.
pub fn assert_sound_within(process: u32, path: &Path) {
    let mut command = Command::new("nsenter");
    command.arg(format!("--mount=/proc/{process}/ns/mnt")).arg("sqlite3");
    assert_sound_by(command, path);
}

fn assert_sound_by(mut command: Command, path: &Path) {
    let check = command
        .arg(path)
        .arg("PRAGMA integrity_check; PRAGMA foreign_key_check;")
        .output()
        .expect("sqlite3 (package sqlite3)");
    let (said, failed) = (String::from_utf8_lossy(&check.stdout), String::from_utf8_lossy(&check.stderr));
    assert_eq!(said.trim(), "ok", "{failed}");
}
