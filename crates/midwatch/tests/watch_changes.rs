//! `midwatch watch` and what it is there for: a certificate, a host key, a header or a gateway that is another one than
//! before raises one alert, once, with the words that say what changed.
//!
//! The servers are nginx and OpenSSH, the network is made of namespaces, and the alerts go to a receiver of webhooks or to a
//! socket of syslog.

mod common;

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use midwatch_model::{Alert, AlertKind, Event, Likelihood, Severity};
use midwatch_testbed::daemon::{Daemon, figures, get};
use midwatch_testbed::lan::{Host, Lan};
use midwatch_testbed::nginx::Nginx;
use midwatch_testbed::pki::{Identity, Key, Leaf, Pki};
use midwatch_testbed::receiver::Receiver;
use midwatch_testbed::sshd::{HostKeys, openssh};
use midwatch_testbed::{Server, TempDir, directory, free_port, wait_until};
use rustix::process::{Pid, Signal, kill_process};

/// As long as a busy machine may take for a round of looks.
const PATIENCE: Duration = Duration::from_secs(90);

/// A secret for signatures: anybody may know it here.
const SECRET: &str = "whsec_bWlkd2F0Y2gncyB0ZXN0cyBhcmUgb3Blbg==";

/// What is watched, as one state of the world has it.
struct World<'a> {
    /// Where shop.example is.
    site: &'a Server,
    /// Where pay.example is.
    tls: &'a Server,
    /// Where git.example is.
    ssh: &'a Server,
    /// The authority that the test trusts.
    trust: &'a Path,
}

/// A daemon over a world that changes.
struct Watch {
    directory: TempDir,
    receiver: Receiver,
    metrics: SocketAddr,
}

impl Watch {
    fn new() -> Watch {
        let metrics = SocketAddr::from(([127, 0, 0, 1], free_port()));
        Watch { directory: directory(), receiver: Receiver::start(), metrics }
    }

    /// Writes the configuration: where each name leads now.
    fn configure(&self, world: &World<'_>) -> PathBuf {
        let state = self.directory.path().join("state");
        let (site, tls, ssh) = (world.site.ports(), world.tls.port(), world.ssh.port());
        let (https, http) = (site[0], site[1]);
        let known = self.directory.path().join("known_hosts");
        std::fs::write(&known, "").expect("room for a file");
        let text = format!(
            "[watch]\nstate = {state:?}\nevery = \"1h\"\nthreshold = \"medium\"\n\n\
             [look]\noffline = true\ntrust = [{:?}]\nknown_hosts = [{known:?}]\nresolve = [\
             \"shop.example:443:127.0.0.1:{https}\", \"shop.example:80:127.0.0.1:{http}\", \
             \"www.shop.example:443:127.0.0.1:{https}\", \"www.shop.example:80:127.0.0.1:{http}\", \
             \"pay.example:443:127.0.0.1:{tls}\", \"git.example:22:127.0.0.1:{ssh}\"]\n\n\
             [web]\non = false\n\n[metrics]\non = true\nlisten = \"{}\"\n\n\
             [[target]]\nkind = \"site\"\nat = \"https://shop.example/\"\nid = \"shop\"\nname = \"The shop\"\n\n\
             [[target]]\nkind = \"tls\"\nat = \"pay.example:443\"\nid = \"pay\"\n\n\
             [[target]]\nkind = \"ssh\"\nat = \"git.example:22\"\nid = \"git\"\n\n\
             [[channel]]\nkind = \"webhook\"\nname = \"hook\"\nurl = {:?}\nsecret = \"{SECRET}\"\n",
            world.trust,
            self.metrics,
            self.receiver.url(),
        );
        let file = self.directory.path().join("midwatch.toml");
        std::fs::write(&file, text).expect("room for a file");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600))
            .expect("permissions of a file made here");
        file
    }

    fn start(&self, file: &Path) -> Daemon {
        let mut command = Command::new(env!("CARGO_BIN_EXE_midwatch"));
        command.arg("watch").arg(file).env("HOME", self.directory.path());
        Daemon::start(command, &self.directory.path().join("log"))
    }

    /// How many looks have ended since this daemon started.
    fn looks(&self) -> u64 {
        let text = get(self.metrics, "/metrics").unwrap_or_default();
        let all = figures(&text);
        all.iter()
            .filter(|(name, _)| name.starts_with("midwatch_looks_total"))
            .map(|(_, count)| *count as u64)
            .sum()
    }

    /// Has everything looked at, and waits for it.
    fn look(&self, daemon: &mut Daemon, targets: u64) {
        let before = self.looks();
        daemon.look();
        let is_done = wait_until(PATIENCE, || self.looks() >= before + targets);
        assert!(is_done, "{} looks, {before} before\n{}", self.looks(), daemon.tail());
    }

    /// The alerts that have come, once as many came as are expected, and a while after.
    fn alerts(&self, expected: usize) -> Vec<Alert> {
        wait_until(PATIENCE, || self.receiver.received().len() >= expected);
        // One too many would be on its way by now: the pump looks each second.
        std::thread::sleep(Duration::from_secs(3));
        let read = |body: &str| serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"));
        self.receiver.received().iter().map(|one| read(&one.body)).collect()
    }
}

/// A site that tells browsers to come back by https alone, or does not.
fn site(identity: &Identity, hsts: bool) -> Server {
    let (https, http) = (free_port(), free_port());
    let header = if hsts {
        "add_header Strict-Transport-Security \"max-age=31536000; includeSubDomains\" always;\n"
    } else {
        ""
    };
    let names = "shop.example www.shop.example";
    Nginx::new()
        .file("html/index.html", "<!doctype html><title>Shop</title><p>Welcome.")
        .tls(https, names, identity, &format!("{header}root html;\n"))
        .plain(http, names, "return 301 https://$host$request_uri;\n")
        .start()
}

fn tls(identity: &Identity) -> Server {
    Nginx::new().tls(free_port(), "pay.example", identity, "return 204;\n").start()
}

/// The one event of the alerts about a target.
fn only<'a>(alerts: &'a [Alert], target: &str) -> &'a Event {
    let of: Vec<&Alert> = alerts.iter().filter(|alert| alert.target == target).collect();
    assert_eq!(of.len(), 1, "alerts on {target}: {of:#?}");
    assert_eq!(of[0].kind, AlertKind::Changes);
    assert_eq!(of[0].events.len(), 1, "{:#?}", of[0].events);
    assert_eq!(of[0].title, of[0].events[0].change.title);
    &of[0].events[0]
}

#[test]
fn each_swap_raises_one_alert_with_its_words() {
    let pki = Pki::new();
    let root = pki.authority("Test authority", Key::EcP256);
    let other = pki.authority("Another authority", Key::EcP256);
    let shop = pki.issue(&root, &Leaf::new(&["shop.example", "www.shop.example"]));
    let pay = pki.issue(&root, &Leaf::new(&["pay.example"]));
    let forged = pki.issue(&other, &Leaf::new(&["pay.example"]));
    let (keys, substituted) = (HostKeys::new(&["ed25519", "ecdsa"]), HostKeys::new(&["ed25519", "ecdsa"]));
    let servers = (site(&shop, true), tls(&pay), openssh(&keys, ""));
    let swapped = (site(&shop, false), tls(&forged), openssh(&substituted, ""));
    let trust = &root.certificate;
    let before = World { site: &servers.0, tls: &servers.1, ssh: &servers.2, trust };
    let after = World { site: &swapped.0, tls: &swapped.1, ssh: &swapped.2, trust };

    let watch = Watch::new();
    let mut daemon = watch.start(&watch.configure(&before));
    assert!(wait_until(PATIENCE, || watch.looks() >= 3), "{}", daemon.tail());
    // Nothing has changed: however often it looks, it says nothing.
    watch.look(&mut daemon, 3);
    assert_eq!(watch.alerts(0), []);

    // Each of them is another one now; the daemon learns it by looking.
    watch.configure(&after);
    daemon.reload();
    watch.look(&mut daemon, 3);
    let alerts = watch.alerts(3);
    assert_eq!(alerts.len(), 3, "{alerts:#?}");

    let certificate = &only(&alerts, "pay").change;
    assert_eq!(certificate.title, "pay.example:443 shows another certificate that nothing vouches for");
    assert_eq!((certificate.severity, certificate.likelihood), (Severity::High, Likelihood::Suspicious));
    assert!(certificate.expected.iter().any(|line| line.contains("Test authority")), "{certificate:#?}");
    assert!(certificate.met.iter().any(|line| line.contains("Another authority")), "{certificate:#?}");

    let key = &only(&alerts, "git").change;
    assert_eq!(key.title, "git.example:22 shows other host keys altogether");
    assert_eq!(key.severity, Severity::High);
    for (kind, is) in [(&keys, &key.expected), (&substituted, &key.met)] {
        for name in ["ed25519", "ecdsa"] {
            let (_, fingerprint) = kind.fingerprint(name);
            assert!(is.iter().any(|line| line.contains(&fingerprint)), "{fingerprint}: {key:#?}");
        }
    }

    let header = &only(&alerts, "shop").change;
    assert_eq!(header.title, "https://shop.example/ no longer sends Strict-Transport-Security");
    assert_eq!(header.severity, Severity::High);
    assert!(header.expected.iter().any(|line| line.contains("max-age=31536000")), "{header:#?}");

    // The same again is no news, and neither is a daemon that starts again.
    watch.look(&mut daemon, 3);
    assert!(daemon.stop().success());
    let mut daemon = watch.start(&watch.directory.path().join("midwatch.toml"));
    watch.look(&mut daemon, 3);
    assert_eq!(watch.alerts(3).len(), 3);

    // What goes back and forth within a day is the same event again.
    watch.configure(&before);
    daemon.reload();
    watch.look(&mut daemon, 3);
    watch.configure(&after);
    daemon.reload();
    watch.look(&mut daemon, 3);
    assert_eq!(watch.alerts(3).len(), 3);
    assert!(daemon.stop().success());
}

const ROUTER: Host = Host { name: "router", mac: "02:00:00:00:00:01", addresses: &["192.168.1.1/24"] };
const LAPTOP: Host = Host { name: "laptop", mac: "02:00:00:00:00:20", addresses: &["192.168.1.20/24"] };

/// The messages on a socket of syslog that are alerts about changes.
fn told(socket: &UnixDatagram, time: Duration) -> Vec<String> {
    let end = Instant::now() + time;
    let mut all = Vec::new();
    let mut buffer = [0; 65_536];
    while let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
        socket.set_read_timeout(Some(left)).expect("a time-out");
        if let Ok(length) = socket.recv(&mut buffer) {
            all.push(String::from_utf8_lossy(&buffer[..length]).into_owned());
        }
    }
    all
}

/// Sends a signal to the daemon itself: what started it in its network passes none on.
fn signal(daemon: &Daemon, signal: Signal) {
    let mut process = daemon.id();
    while let Some(child) = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children"))
        .ok()
        .and_then(|children| children.split_whitespace().next()?.parse().ok())
    {
        process = child;
    }
    let process = Pid::from_raw(i32::try_from(process).expect("a process")).expect("a process");
    kill_process(process, signal).expect("a process that runs");
}

#[test]
fn another_gateway_raises_one_alert() {
    let lan = Lan::new(&[ROUTER, LAPTOP]);
    lan.run("laptop", "ip route add default via 192.168.1.1");
    let place = directory();
    let socket = UnixDatagram::bind(place.path().join("log.sock")).expect("a socket");
    let state = place.path().join("state");
    let text = format!(
        "[watch]\nstate = {state:?}\nevery = \"1h\"\nthreshold = \"medium\"\n\n[look]\noffline = true\n\n[web]\non = false\n\n\
         [[target]]\nkind = \"here\"\nid = \"here\"\n\n\
         [[channel]]\nkind = \"syslog\"\nname = \"log\"\nover = \"local\"\npath = {:?}\n",
        place.path().join("log.sock")
    );
    let file = place.path().join("midwatch.toml");
    std::fs::write(&file, text).expect("room for a file");
    let mut command = lan.command("laptop", env!("CARGO_BIN_EXE_midwatch"));
    command.arg("watch").arg(&file).env("HOME", place.path());
    lan.run("laptop", "ping -c 1 -W 5 192.168.1.1");
    let log = place.path().join("log");
    let mut daemon = Daemon::start(command, &log);
    let looks = || std::fs::read_to_string(&log).unwrap_or_default().matches("\"looked\"").count();
    let look = |daemon: &mut Daemon, count: usize| {
        assert!(wait_until(PATIENCE, || looks() >= count), "{}", daemon.tail());
    };
    look(&mut daemon, 1);
    // The daemon is a process within the network: what starts it there passes no signals on.
    signal(&daemon, Signal::USR1);
    look(&mut daemon, 2);
    assert_eq!(told(&socket, Duration::from_secs(3)), Vec::<String>::new());

    // Somebody else has the router's address now.
    lan.run("router", "ip link set eth0 address 06:00:00:00:00:66");
    lan.run("laptop", "ip neigh flush all; ping -c 1 -W 5 192.168.1.1");
    signal(&daemon, Signal::USR1);
    look(&mut daemon, 3);
    signal(&daemon, Signal::USR1);
    look(&mut daemon, 4);
    let told = told(&socket, Duration::from_secs(5));
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].contains("The gateway 192.168.1.1 has another hardware address"), "{told:#?}");
    signal(&daemon, Signal::TERM);
    assert!(wait_until(PATIENCE, || !daemon.is_running()), "{}", daemon.tail());
}
