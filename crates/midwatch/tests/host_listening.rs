//! `midwatch host` on a server of real daemons at their own ports, in a network of namespaces: what it says of each, and of
//! the firewall, against what another host meets.

use std::collections::BTreeMap;
use std::path::Path;

use midwatch_model::{
    Bound, Fact, Finding, ListeningService, ListeningServices, Outcome, Passage, Reach, Report,
    ServiceProtection, Severity, TargetReport,
};
use midwatch_testbed::directory;
use midwatch_testbed::lan::{Host, Lan, Running};
use tempfile::TempDir;

const SERVER: Host =
    Host { name: "server", mac: "02:00:00:00:00:01", addresses: &["203.0.113.1/24", "2001:db8::1/64"] };
const CLIENT: Host =
    Host { name: "client", mac: "02:00:00:00:00:02", addresses: &["203.0.113.9/24", "2001:db8::9/64"] };

struct Bench {
    lan: Lan,
    _daemons: Vec<Running>,
    home: TempDir,
}

impl Bench {
    fn new() -> Bench {
        let lan = Lan::new(&[SERVER, CLIENT]);
        lan.run("server", "ip route add default via 203.0.113.9 && ip -6 route add default via 2001:db8::9");
        // A firewall that drops everything drops what finds neighbours as well.
        for (host, other) in [(SERVER, CLIENT), (CLIENT, SERVER)] {
            for address in other.addresses {
                let address = address.split('/').next().unwrap_or_default();
                let line = format!("ip neigh replace {address} lladdr {} dev eth0 nud permanent", other.mac);
                lan.run(host.name, &line);
            }
        }
        let home = directory();
        std::fs::copy(env!("CARGO_BIN_EXE_midwatch"), home.path().join("midwatch")).expect("a copy");
        Bench { lan, _daemons: Vec::new(), home }
    }

    /// Starts a daemon of a package, and waits until something is at its port.
    fn daemon(&mut self, package: &str, program: &str, arguments: &str, port: &str) {
        self.started_by(package, program, &format!("{program} {arguments}"), port);
    }

    /// The same, by another line of shell than its program and arguments.
    fn started_by(&mut self, package: &str, program: &str, line: &str, port: &str) {
        assert!(Path::new(program).exists(), "{program} is missing: apt-get install {package}");
        self._daemons.push(self.lan.start("server", line));
        let (protocol, port) = port.split_at(3);
        let flag = if protocol == "tcp" { "-Hltn" } else { "-Hlun" };
        self.lan.until("server", &format!("ss {flag} 'sport = :{port}' | grep -q ."));
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.home.path().join(name);
        std::fs::write(&path, text).expect("room for a file");
        path.display().to_string()
    }

    fn host(&self, as_nobody: bool) -> Told {
        let program = self.home.path().join("midwatch");
        let mut command =
            self.lan.command("server", if as_nobody { "setpriv".as_ref() } else { program.as_path() });
        if as_nobody {
            let who: &[&str] = match rustix::process::geteuid().is_root() {
                true => &["--reuid", "65534", "--regid", "65534", "--clear-groups"],
                false => &["--bounding-set", "-all", "--inh-caps", "-all"],
            };
            command.args(who).arg(&program);
        }
        let output = command
            .args(["host", "--format", "json", "--offline"])
            .env("HOME", self.home.path())
            .output()
            .expect("midwatch");
        let report: Report = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        Told(report.targets.into_iter().next().expect("a target"))
    }

    /// True where a connection from outside comes about: an answer to it, not its name, is what counts.
    fn is_reached(&self, address: &str, port: u16) -> bool {
        let line = format!(
            "python3 -c \"import socket; socket.create_connection(('{address}', {port}), 0.7)\" 2>/dev/null"
        );
        self.lan.attempt("client", &line).status.success()
    }
}

struct Told(TargetReport);

impl Told {
    fn fact(&self) -> &ListeningServices {
        let mut all = self.0.observations.iter();
        let found = all.find_map(|one| match &one.fact {
            Fact::ListeningServices(fact) => Some(&**fact),
            _ => None,
        });
        found.expect("what listens")
    }

    fn at(&self, protocol: &str, port: u16) -> &ListeningService {
        let sockets = self.fact().sockets.value().expect("sockets");
        let found = sockets.iter().find(|one| one.protocol == protocol && one.address.port() == port);
        found.unwrap_or_else(|| panic!("{protocol} {port} is missing: {sockets:#?}"))
    }

    /// The checks of listening services with their places and severities.
    fn found(&self) -> BTreeMap<(&str, &str), Severity> {
        let all = self.0.findings.iter().filter(|finding| finding.id.starts_with("listening-"));
        all.map(|finding: &Finding| ((finding.id.as_str(), finding.place.as_str()), finding.severity))
            .collect()
    }
}

/// Every daemon, and no firewall.
fn many() -> Bench {
    let mut bench = Bench::new();
    let at = bench.home.path().display().to_string();
    bench.lan.run("server", "mkdir -p /run/sshd /run/vsftpd/empty");
    bench.daemon(
        "redis-server",
        "/usr/bin/redis-server",
        &format!("--port 6379 --bind 0.0.0.0 --protected-mode no --save '' --dir {at}"),
        "tcp6379",
    );
    // With the protection that it ships with: from loopback alone.
    bench.daemon(
        "redis-server",
        "/usr/bin/redis-server",
        &format!("--port 7000 --bind 0.0.0.0 --save '' --dir {at}"),
        "tcp7000",
    );
    bench.daemon("memcached", "/usr/bin/memcached", "-u nobody -l 127.0.0.1 -p 11211 -U 0", "tcp11211");
    let vsftpd = bench.file(
        "vsftpd.conf",
        "listen=YES\nanonymous_enable=NO\nlocal_enable=YES\nbackground=NO\nsecure_chroot_dir=/run/vsftpd/empty\n",
    );
    bench.daemon("vsftpd", "/usr/sbin/vsftpd", &vsftpd, "tcp21");
    let inetd = bench.file("inetd.conf", "telnet stream tcp nowait root /usr/sbin/telnetd telnetd\n");
    bench.daemon("inetutils-inetd", "/usr/sbin/inetutils-inetd", &format!("-d {inetd}"), "tcp23");
    let rsync = bench.file("rsyncd.conf", "use chroot = no\n[files]\npath = /usr/share/doc\n");
    bench.daemon("rsync", "/usr/bin/rsync", &format!("--daemon --no-detach --config {rsync}"), "tcp873");
    let snmp = bench.file("snmpd.conf", "rocommunity public\n");
    bench.daemon("snmpd", "/usr/sbin/snmpd", &format!("-f -Lo -C -c {snmp} udp:161"), "udp161");
    bench.lan.run("server", &format!("ssh-keygen -q -t ed25519 -N '' -f {at}/key"));
    let sshd = bench.file("sshd_config", &format!("HostKey {at}/key\nPidFile none\n"));
    bench.daemon("openssh-server", "/usr/sbin/sshd", &format!("-D -e -f {sshd}"), "tcp22");
    // Pages at the port of a panel.
    bench.daemon(
        "python3",
        "/usr/bin/python3",
        &format!("-m http.server 10000 --directory {at}"),
        "tcp10000",
    );
    // An X server keeps its lock and its socket in /tmp. One that was killed, or that another test has, would stop it.
    bench.started_by(
        "tigervnc-standalone-server",
        "/usr/bin/Xtigervnc",
        "sh -c 'mount -t tmpfs tmpfs /tmp && exec /usr/bin/Xtigervnc :0 -SecurityTypes None -rfbport 5900'",
        "tcp5900",
    );
    bench.lan.run(
        "server",
        &format!(
            "mariadb-install-db --no-defaults --datadir={at}/db --user=root --auth-root-authentication-method=normal \
             --skip-test-db >/dev/null"
        ),
    );
    bench.daemon(
        "mariadb-server",
        "/usr/sbin/mariadbd",
        &format!(
            "--no-defaults --datadir={at}/db --user=root --port=3306 --bind-address='*' --socket={at}/db.sock \
             --pid-file={at}/db.pid"
        ),
        "tcp3306",
    );
    let dovecot = bench.file(
        "dovecot.conf",
        &format!(
            "base_dir = {at}/run\nstate_dir = {at}/state\nlog_path = {at}/dovecot.log\nprotocols = imap pop3\nssl = no\n\
             disable_plaintext_auth = no\nmail_location = maildir:{at}/mail\n\
             passdb {{\n driver = static\n args = password=x\n}}\n\
             userdb {{\n driver = static\n args = uid=nobody gid=nogroup home={at}\n}}\n\
             service pop3-login {{\n inet_listener pop3 {{\n port = 110\n }}\n}}\n"
        ),
    );
    bench.daemon("dovecot-imapd", "/usr/sbin/dovecot", &format!("-F -c {dovecot}"), "tcp143");
    bench
}

#[test]
fn daemons_at_their_own_ports() {
    let bench = many();
    let told = bench.host(false);
    let expected = [
        ("listening-unauthenticated", "tcp port 6379", Severity::Critical),
        ("listening-plain-login", "tcp port 21", Severity::High),
        ("listening-legacy", "tcp port 23", Severity::High),
        ("listening-plain-login", "tcp port 873", Severity::High),
        ("listening-plain-data", "udp port 161", Severity::Low),
        // Where snmpd waits for its subagents (RFC 1227), by every address.
        ("listening-plain-data", "tcp port 199", Severity::Low),
        ("listening-admin-open", "tcp port 22", Severity::Info),
        ("listening-admin-open", "tcp port 10000", Severity::Medium),
        ("listening-plain-panel", "tcp port 10000", Severity::High),
        ("listening-unauthenticated", "tcp port 5900", Severity::Critical),
        ("listening-database-open", "tcp port 3306", Severity::High),
        ("listening-plain-login", "tcp port 3306", Severity::High),
        ("listening-plain-mail", "tcp port 143", Severity::High),
        ("listening-plain-mail", "tcp port 110", Severity::High),
    ];
    let expected: BTreeMap<_, _> =
        expected.into_iter().map(|(id, place, severity)| ((id, place), severity)).collect();
    assert_eq!(told.found(), expected, "{:#?}", told.fact());
    let name = |port| told.at("tcp", port).program.value().map(|program| program.name.as_str());
    for (port, program) in [(6379, "redis-server"), (21, "vsftpd"), (22, "sshd"), (143, "dovecot")] {
        assert_eq!(name(port), Some(program));
    }
    assert_eq!(told.at("tcp", 11211).bound, Bound::Loopback);
    assert_eq!(told.at("tcp", 11211).reach(), Reach::Nobody);
    assert_eq!(
        told.at("tcp", 22).answer.value().map(|answer| answer.protection),
        Some(ServiceProtection::Other)
    );
    assert_eq!(told.at("tcp", 6379).answer.value().map(|answer| answer.words.as_str()), Some("+PONG"));
    let guarded = &told.at("tcp", 7000).answer;
    assert!(matches!(guarded, Outcome::Refused { how } if how.starts_with("-DENIED")), "{guarded:?}");
    assert!(told.fact().rules.is_seen() && told.fact().unread.is_empty(), "{:#?}", told.fact());
    // Whom it calls reached is reached, and no other.
    for one in told.fact().sockets.value().expect("sockets").iter().filter(|one| one.protocol == "tcp") {
        let address = if one.address.is_ipv4() || one.takes_ipv4 { "203.0.113.1" } else { "2001:db8::1" };
        let is_reached = bench.is_reached(address, one.address.port());
        assert_eq!(is_reached, one.reach() == Reach::Everybody, "{one:#?}");
    }
}

#[test]
fn a_firewall_in_front() {
    let bench = many();
    bench.lan.run(
        "server",
        "nft -f - <<'END'\ntable inet filter {\n chain input {\n  type filter hook input priority filter; policy drop;\n  \
         iif lo accept\n  ct state established,related accept\n  tcp dport 22 accept\n  \
         ip saddr 198.51.100.0/24 tcp dport { 6379, 143 } accept\n }\n}\nEND",
    );
    let told = bench.host(false);
    let expected = [
        ("listening-admin-open", "tcp port 22", Severity::Info),
        ("listening-unauthenticated", "tcp port 6379", Severity::Medium),
        ("listening-plain-mail", "tcp port 143", Severity::Medium),
    ];
    let expected: BTreeMap<_, _> =
        expected.into_iter().map(|(id, place, severity)| ((id, place), severity)).collect();
    assert_eq!(told.found(), expected, "{:#?}", told.fact());
    let gates = &told.at("tcp", 6379).gates;
    assert!(gates.iter().all(|gate| gate.outside && gate.interface == "eth0"), "{gates:?}");
    let only = Passage::Only { sources: vec!["198.51.100.0/24".into()], more: 0 };
    assert_eq!(gates[0].lets, Outcome::seen(only));
    assert_eq!(told.fact().rules.value().map(|rules| rules.tables.clone()), Some(vec!["inet filter".into()]));
    assert!(bench.is_reached("203.0.113.1", 22));
    for port in [6379, 21, 143, 10000] {
        assert!(!bench.is_reached("203.0.113.1", port), "{port}");
    }
}

/// Without root's rights neither the rules nor the programs of others are seen, which is said and weighs.
#[test]
fn what_takes_roots_rights() {
    let mut bench = Bench::new();
    let at = bench.home.path().display().to_string();
    bench.lan.run("server", "nft add table inet closed");
    bench.daemon(
        "redis-server",
        "/usr/bin/redis-server",
        &format!("--port 6379 --bind 0.0.0.0 --protected-mode no --save '' --dir {at}"),
        "tcp6379",
    );
    let told = bench.host(true);
    let why = told.fact().rules.why_not().expect("it takes rights").detail.clone();
    assert!(why.contains("root"), "{why}");
    let redis = told.at("tcp", 6379);
    assert!(redis.program.why_not().is_some_and(|why| why.detail.contains("root")), "{redis:?}");
    assert_eq!((redis.service.as_deref(), redis.reach()), (Some("redis"), Reach::Unknown));
    let severity = told.found()[&("listening-unauthenticated", "tcp port 6379")];
    assert_eq!(severity, Severity::High);
}

/// A tree that stands for a computer has its tables, and neither rules nor anybody to ask.
#[test]
fn a_tree_that_stands_for_a_server() {
    let bench = Bench::new();
    let tree = directory();
    std::fs::create_dir_all(tree.path().join("proc/net")).expect("room");
    let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: \
                 00000000:0017 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1\n";
    std::fs::write(tree.path().join("proc/net/tcp"), table).expect("room");
    let output = bench
        .lan
        .command("server", bench.home.path().join("midwatch"))
        .args(["host", "--format", "json", "--offline", "--root"])
        .arg(tree.path())
        .output()
        .expect("midwatch");
    let report: Report = serde_json::from_slice(&output.stdout).expect("a report");
    let told = Told(report.targets.into_iter().next().expect("a target"));
    let telnet = told.at("tcp", 23);
    assert_eq!((telnet.service.as_deref(), telnet.reach()), (Some("telnet"), Reach::Unknown));
    assert!(telnet.answer.is_unmeasured() && told.fact().rules.is_unmeasured());
    assert_eq!(told.found()[&("listening-legacy", "tcp port 23")], Severity::Medium);
}
