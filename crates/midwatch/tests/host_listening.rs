//! `midwatch host` on a server of real daemons at their own ports, in a network of namespaces: what it says of each, and of
//! the firewall, against what another host meets.

use std::collections::BTreeMap;
use std::path::Path;

use midwatch_model::{
    Bound, Fact, Finding, HostsAccess, ListeningService, ListeningServices, Outcome, Passage, Reach, Report,
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

/// A server whose programs ask hosts.allow and hosts.deny. The files are bound over those of the computer for each command
/// that is to read them, in a mount namespace of its own.
struct Wrapped {
    bench: Bench,
    /// What binds them, in front of a command.
    binds: String,
}

/// A host with two addresses of each family.
const TWO: Host = Host {
    name: "client",
    mac: "02:00:00:00:00:02",
    addresses: &["203.0.113.9/24", "203.0.113.77/24", "2001:db8::9/64", "2001:db8::77/64"],
};

/// Says a word and hears what comes, from an address to an address: exits with 0 where the service is there.
const TRY: &str = r"
import socket, sys
kind, source, to, port = sys.argv[1:5]
family = socket.AF_INET6 if ':' in to else socket.AF_INET
if kind == 'snmp':
    s = socket.socket(family, socket.SOCK_DGRAM); s.bind((source, 0)); s.settimeout(0.7)
    ask = '302602010104067075626c6963a019020101020100020100300e300c06082b060102010101000500'
    s.sendto(bytes.fromhex(ask), (to, int(port)))
    try: sys.exit(0 if s.recv(2000) else 1)
    except socket.timeout: sys.exit(1)
s = socket.socket(family); s.bind((source, 0)); s.settimeout(3)
s.connect((to, int(port)))
# libwrap waits for five seconds before it ends what it turned away (refuse).
s.settimeout(1 if kind == 'silent' else 8)
try: said = s.recv(200)
except socket.timeout: sys.exit(0 if kind == 'silent' else 2)
except ConnectionResetError: said = b''
if kind in ('SSH-', '220'): sys.exit(0 if said.startswith(kind.encode()) else 1)
sys.exit(0 if said else 1)
";

impl Wrapped {
    fn new() -> Wrapped {
        let lan = Lan::new(&[SERVER, TWO]);
        lan.run("server", "ip route add default via 203.0.113.9 && ip -6 route add default via 2001:db8::9");
        let home = directory();
        std::fs::copy(env!("CARGO_BIN_EXE_midwatch"), home.path().join("midwatch")).expect("a copy");
        let bench = Bench { lan, _daemons: Vec::new(), home };
        let mut binds = Vec::new();
        // The first address has a name, and the second has none that could be looked up.
        for (name, text) in [
            ("hosts.allow", ""),
            ("hosts.deny", ""),
            (
                "hosts",
                "127.0.0.1 localhost\n203.0.113.9 friend.example.org\n2001:db8::9 friend.example.org\n",
            ),
            ("resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"),
        ] {
            let path = bench.file(name, text);
            binds.push(format!("mount --bind {path} /etc/{name}"));
        }
        bench.file("try.py", TRY);
        Wrapped { bench, binds: binds.join(" && ") }
    }

    fn daemon(&mut self, package: &str, program: &str, arguments: &str, port: &str) {
        assert!(Path::new(program).exists(), "{program} is missing: apt-get install {package}");
        let line = format!("sh -c '{} && exec {program} {arguments}'", self.binds);
        self.bench._daemons.push(self.bench.lan.start("server", &line));
        let (protocol, port) = port.split_at(3);
        let flag = if protocol == "tcp" { "-Hltn" } else { "-Hlun" };
        self.bench.lan.until("server", &format!("ss {flag} 'sport = :{port}' | grep -q ."));
    }

    fn rules(&self, allow: &str, deny: &str) {
        self.bench.file("hosts.allow", allow);
        self.bench.file("hosts.deny", deny);
    }

    fn host(&self) -> Told {
        let home = self.bench.home.path().display();
        let line =
            format!("{} && exec env HOME={home} {home}/midwatch host --format json --offline", self.binds);
        let output = self.bench.lan.attempt("server", &line);
        let report: Report = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        Told(report.targets.into_iter().next().expect("a target"))
    }

    /// True where a service is there for somebody at an address of the client.
    fn is_let_in(&self, kind: &str, source: &str, port: u16) -> bool {
        let to = if source.contains(':') { "2001:db8::1" } else { "203.0.113.1" };
        let line = format!("python3 {}/try.py {kind} {source} {to} {port}", self.bench.home.path().display());
        let output = self.bench.lan.attempt("client", &line);
        match output.status.code() {
            Some(0) => true,
            Some(1) => false,
            other => panic!("{line}: {other:?} {}", String::from_utf8_lossy(&output.stderr)),
        }
    }

    fn sshd(&mut self) {
        let at = self.bench.home.path().display().to_string();
        self.bench
            .lan
            .run("server", &format!("mkdir -p /run/sshd && ssh-keygen -q -t ed25519 -N '' -f {at}/key"));
        let file = self.bench.file("sshd_config", &format!("HostKey {at}/key\nPidFile none\nUseDNS no\n"));
        self.daemon("openssh-server", "/usr/sbin/sshd", &format!("-D -e -f {file}"), "tcp22");
    }
}

/// What is told of a source, by a passage.
fn told_of(passage: &Outcome<Passage>, source: &str) -> Option<bool> {
    let has = |sources: &[String]| {
        sources.iter().any(|one| {
            one == source
                || one == "203.0.113.0/26" && source == "203.0.113.9"
                || one == "203.0.113.0/24" && source.starts_with("203.0.113.")
        })
    };
    match passage {
        Outcome::Seen { value: Passage::Everywhere } => Some(true),
        Outcome::Seen { value: Passage::AllBut { sources, .. } } => Some(!has(sources)),
        Outcome::Seen { value: Passage::Only { sources, .. } } => Some(has(sources)),
        Outcome::Seen { value: Passage::Nowhere { told } } => {
            assert!(*told, "a connection is made before it is ended");
            Some(false)
        }
        _ => None,
    }
}

/// Whom hosts.allow and hosts.deny let in is whom sshd answers.
#[test]
fn hosts_allow_and_hosts_deny() {
    let mut wrapped = Wrapped::new();
    wrapped.sshd();
    // One that was not built with libwrap.
    wrapped.daemon("python3", "/usr/bin/python3", "-m http.server 10000", "tcp10000");
    let all = "ALL: ALL\n";
    // The reach, and whether the four addresses of the client are let in.
    let cases: [(&str, &str, Reach, [bool; 4]); 10] = [
        ("", "sshd: ALL\n", Reach::Nobody, [false; 4]),
        ("", all, Reach::Nobody, [false; 4]),
        ("", "vsftpd: ALL\n", Reach::Everybody, [true; 4]),
        ("sshd: 203.0.113.77 [2001:db8::77]\n", all, Reach::Some, [false, true, false, true]),
        ("", "sshd: 203.0.113.77\n", Reach::Everybody, [true, false, true, true]),
        ("ALL: ALL EXCEPT 203.0.113.0/26\n", all, Reach::Everybody, [false, true, true, true]),
        ("22: 203.0.113. : allow\n", all, Reach::Some, [true, true, false, false]),
        ("sshd@203.0.113.1: 203.0.113.9\n", all, Reach::Some, [true, false, false, false]),
        ("sshd: .example.org\n", all, Reach::Unknown, [true, false, true, false]),
        // Whoever has that name is let in, and everybody else as well.
        ("sshd: .example.org\n", "vsftpd: ALL\n", Reach::Everybody, [true; 4]),
    ];
    for (allow, deny, reach, expected) in cases {
        wrapped.rules(allow, deny);
        let told = wrapped.host();
        assert!(told.fact().unread.is_empty(), "{:#?}", told.fact().unread);
        for one in told.fact().sockets.value().expect("sockets").iter().filter(|one| one.address.port() == 22)
        {
            for gate in &one.gates {
                let access = gate.hosts_access.as_ref().expect("it asks");
                assert_eq!(access.daemon.as_deref(), Some("sshd"));
                assert_eq!(
                    (access.lets == access.both, gate.lets == Outcome::seen(Passage::Everywhere)),
                    (true, true)
                );
                for (source, expected) in TWO.addresses.iter().zip(expected) {
                    let source = source.split('/').next().unwrap_or_default();
                    if source.contains(':') == gate.ipv6 {
                        let said = told_of(&access.both, source);
                        assert!(
                            said.is_none_or(|said| said == expected),
                            "{allow}{deny}{source} {access:#?}"
                        );
                        assert_eq!(
                            said.is_none(),
                            reach == Reach::Unknown,
                            "{allow}{deny}{source} {access:#?}"
                        );
                    }
                }
            }
        }
        let sockets = told.fact().sockets.value().expect("sockets");
        let ssh = sockets.iter().filter(|one| one.address.port() == 22).map(ListeningService::reach).max();
        assert_eq!(ssh, Some(reach), "{allow}{deny}{sockets:#?}");
        let finding = told.found().get(&("listening-admin-open", "tcp port 22")).copied();
        assert_eq!(finding, (reach == Reach::Everybody).then_some(Severity::Info), "{allow}{deny}{reach:?}");
        // libwrap keeps whom it refuses waiting for five seconds: all at once.
        let let_in = std::thread::scope(|scope| {
            let ask = |source: &'static str| {
                let source = source.split('/').next().unwrap_or_default();
                scope.spawn(|| wrapped.is_let_in("SSH-", source, 22))
            };
            let asked: Vec<_> = TWO.addresses.iter().map(|source| ask(source)).collect();
            asked.into_iter().map(|asked| asked.join().expect("an answer")).collect::<Vec<bool>>()
        });
        assert_eq!(let_in, expected, "{allow}{deny}");
        let python = told.at("tcp", 10000);
        assert_eq!(python.reach(), Reach::Everybody);
        assert!(python.gates.iter().all(|gate| gate.hosts_access.is_none()), "{python:#?}");
    }
    assert!(wrapped.bench.is_reached("203.0.113.1", 10000));
    // With files that have comments alone nothing is asked.
    wrapped.rules("# ALL: ALL\n", "# ALL: ALL\n");
    let told = wrapped.host();
    assert!(told.at("tcp", 22).gates.iter().all(|gate| gate.hosts_access.is_none()));
}

/// Each program asks by its own name, and by no other.
#[test]
fn programs_ask_by_their_names() {
    let mut wrapped = Wrapped::new();
    wrapped.sshd();
    let at = wrapped.bench.home.path().display().to_string();
    wrapped.bench.lan.run("server", "mkdir -p /run/vsftpd/empty");
    let ftp = "anonymous_enable=NO\nlocal_enable=YES\nbackground=NO\nsecure_chroot_dir=/run/vsftpd/empty\n";
    let asks = wrapped.bench.file("vsftpd.conf", &format!("{ftp}listen=YES\ntcp_wrappers=YES\n"));
    wrapped.daemon("vsftpd", "/usr/sbin/vsftpd", &asks, "tcp21");
    let plain = wrapped.bench.file("plain.conf", &format!("{ftp}listen=YES\nlisten_port=2121\n"));
    wrapped.daemon("vsftpd", "/usr/sbin/vsftpd", &plain, "tcp2121");
    let inetd = wrapped.bench.file(
        "inetd.conf",
        "23 stream tcp nowait root /usr/sbin/tcpd /usr/sbin/telnetd\n79 stream tcp nowait root /bin/echo echo here\n",
    );
    wrapped.daemon("inetutils-inetd", "/usr/sbin/inetutils-inetd", &format!("-d {inetd}"), "tcp23");
    let snmp = wrapped.bench.file("snmpd.conf", "rocommunity public\n");
    wrapped.daemon("snmpd", "/usr/sbin/snmpd", &format!("-f -Lo -C -c {snmp} udp:161"), "udp161");
    let ldap = wrapped.bench.file(
        "slapd.conf",
        &format!(
            "include /etc/ldap/schema/core.schema\npidfile {at}/slapd.pid\nmodulepath /usr/lib/ldap\nmoduleload back_ldif\n\
             database ldif\nsuffix \"dc=shop,dc=example\"\ndirectory {at}\n"
        ),
    );
    wrapped.daemon("slapd", "/usr/sbin/slapd", &format!("-f {ldap} -d 0 -h ldap://0.0.0.0:389/"), "tcp389");
    wrapped.bench.lan.run(
        "server",
        &format!(
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=mail.test \
             -keyout {at}/tls.key -out {at}/tls.pem 2>/dev/null"
        ),
    );
    let tls = wrapped.bench.file(
        "stunnel.conf",
        &format!(
            "foreground = yes\npid =\nsyslog = no\n[own-imaps]\naccept = 0.0.0.0:993\nconnect = 127.0.0.1:143\n\
             cert = {at}/tls.pem\nkey = {at}/tls.key\nlibwrap = yes\n"
        ),
    );
    wrapped.daemon("stunnel4", "/usr/bin/stunnel4", &tls, "tcp993");
    let services = [
        ("sshd", "tcp", 22, "SSH-"),
        ("vsftpd", "tcp", 21, "220"),
        ("telnetd", "tcp", 23, "speaks"),
        ("snmpd", "udp", 161, "snmp"),
        ("slapd", "tcp", 389, "silent"),
        ("own-imaps", "tcp", 993, "silent"),
    ];
    for denied in services {
        wrapped.rules("", &format!("{}: ALL\n", denied.0));
        let told = wrapped.host();
        for (daemon, protocol, port, kind) in services {
            let one = told.at(protocol, port);
            let access: Vec<&HostsAccess> = one
                .gates
                .iter()
                .filter(|gate| !gate.ipv6)
                .filter_map(|gate| gate.hosts_access.as_ref())
                .collect();
            assert_eq!(access[0].daemon.as_deref(), Some(daemon), "{one:#?}");
            let expected = daemon != denied.0;
            let is_open = access.iter().all(|access| access.both.value().is_some_and(Passage::is_open));
            assert_eq!(is_open, expected, "{denied:?} {one:#?}");
            assert_eq!(wrapped.is_let_in(kind, "203.0.113.77", port), expected, "{denied:?} {daemon}");
        }
        for port in [2121, 79] {
            assert!(told.at("tcp", port).gates.iter().all(|gate| gate.hosts_access.is_none()), "{port}");
        }
    }
    wrapped.rules("", "ALL: ALL\n");
    assert!(wrapped.is_let_in("220", "203.0.113.77", 2121), "it was not told to ask");
    assert!(wrapped.is_let_in("speaks", "203.0.113.77", 79), "inetd does not ask by itself");
}

/// Without root's rights it is not known which program asks, and nothing is told as closed.
#[test]
fn who_asks_takes_roots_rights() {
    let mut wrapped = Wrapped::new();
    wrapped.sshd();
    wrapped.rules("", "ALL: ALL\n");
    let home = wrapped.bench.home.path().display().to_string();
    let drop = match rustix::process::geteuid().is_root() {
        true => "setpriv --reuid 65534 --regid 65534 --clear-groups",
        false => "setpriv --bounding-set -all --inh-caps -all",
    };
    let line = format!(
        "{} && exec env HOME={home} {drop} {home}/midwatch host --format json --offline",
        wrapped.binds
    );
    let output = wrapped.bench.lan.attempt("server", &line);
    let report: Report = serde_json::from_slice(&output.stdout).expect("a report");
    let told = Told(report.targets.into_iter().next().expect("a target"));
    let ssh = told.at("tcp", 22);
    assert_eq!(ssh.reach(), Reach::Unknown);
    let access = ssh.gates[0].hosts_access.as_ref().expect("it may ask");
    assert!(access.lets.why_not().is_some_and(|why| why.detail.contains("root")), "{access:#?}");
}

/// A server with a container, and what Docker writes where its ports 6379 and 80 are published as 6379 and 8080, and 6379
/// for the server alone as 6380. Nothing else gets in, but for a local service by another port than its own.
fn published() -> Bench {
    const CONTAINER: Host =
        Host { name: "container", mac: "02:00:00:00:00:03", addresses: &["172.17.0.2/16"] };
    let mut bench = Bench::new();
    bench.lan.contain("server", "docker0", &["172.17.0.1/16"], &CONTAINER);
    let at = bench.home.path().display().to_string();
    let redis = |port| {
        format!("/usr/bin/redis-server --port {port} --bind 0.0.0.0 --protected-mode no --save '' --dir {at}")
    };
    bench._daemons.push(bench.lan.start("container", &redis(6379)));
    let pages = format!("/usr/bin/python3 -m http.server 80 --directory {at}");
    bench._daemons.push(bench.lan.start("container", &pages));
    bench._daemons.push(bench.lan.start("server", &redis(7000)));
    for (host, port) in [("container", 6379), ("container", 80), ("server", 7000)] {
        bench.lan.until(host, &format!("ss -Hltn 'sport = :{port}' | grep -q ."));
    }
    let rules = "*nat\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n:DOCKER - [0:0]\n\
        -A PREROUTING -p tcp -m tcp --dport 7001 -j REDIRECT --to-ports 7000\n\
        -A PREROUTING -p tcp -m tcp --dport 7002 -j REDIRECT --to-ports 7003\n\
        -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\n\
        -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER\n\
        -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE\n\
        -A DOCKER -i docker0 -j RETURN\n\
        -A DOCKER ! -i docker0 -p tcp -m tcp --dport 6379 -j DNAT --to-destination 172.17.0.2:6379\n\
        -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80\n\
        -A DOCKER -d 127.0.0.1/32 ! -i docker0 -p tcp -m tcp --dport 6380 -j DNAT --to-destination 172.17.0.2:6379\n\
        COMMIT\n*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n:DOCKER - [0:0]\n\
        :DOCKER-USER - [0:0]\n\
        -A INPUT -i lo -j ACCEPT\n\
        -A INPUT -i docker0 -j ACCEPT\n\
        -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT\n\
        -A FORWARD -j DOCKER-USER\n\
        -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n\
        -A FORWARD -o docker0 -j DOCKER\n\
        -A FORWARD -i docker0 ! -o docker0 -j ACCEPT\n\
        -A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 6379 -j ACCEPT\n\
        -A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT\n\
        -A DOCKER-USER -j RETURN\nCOMMIT\n";
    bench.lan.run("server", &format!("iptables-nft-restore <<'END'\n{rules}END"));
    bench
}

const REDIS_INSIDE: &str = "tcp port 6379, sent on to 172.17.0.2:6379 behind docker0";
const REDIS_BY_ANOTHER_PORT: &str = "tcp port 7001, sent on to port 7000";

/// What a container publishes is reached past rules of input that drop everything.
#[test]
fn ports_that_containers_publish() {
    let bench = published();
    let told = bench.host(false);
    let expected = BTreeMap::from([
        (("listening-unauthenticated", REDIS_INSIDE), Severity::Critical),
        (("listening-unauthenticated", REDIS_BY_ANOTHER_PORT), Severity::Critical),
        // The container reaches it.
        (("listening-unauthenticated", "tcp port 7000"), Severity::High),
    ]);
    assert_eq!(told.found(), expected, "{:#?}", told.fact());
    assert!(told.fact().unread.is_empty(), "{:?}", told.fact().unread);
    let redis = told.at("tcp", 6379);
    let sent_on = redis.sent_on.as_ref().expect("sent on");
    assert_eq!(
        (sent_on.to.to_string().as_str(), sent_on.inside, sent_on.here),
        ("172.17.0.2:6379", true, false)
    );
    assert_eq!(redis.answer.value().map(|answer| answer.words.as_str()), Some("+PONG"));
    assert!(redis.gates.iter().any(|gate| gate.by.iter().any(|rule| rule.contains("-j DNAT"))), "{redis:?}");
    let pages = told.at("tcp", 8080);
    assert_eq!((pages.service.as_deref(), pages.reach()), (Some("http"), Reach::Everybody));
    let own = told.at("tcp", 7001);
    assert_eq!(own.program.value().map(|program| program.name.as_str()), Some("redis-server"));
    // Whom it calls reached is reached, and no other.
    let sockets = told.fact().sockets.value().expect("sockets");
    for port in [6379, 6380, 8080, 7000, 7001, 7002] {
        let said = sockets.iter().filter(|one| one.address.port() == port).map(ListeningService::reach).max();
        let is_reached = bench.is_reached("203.0.113.1", port);
        assert_eq!(is_reached, said == Some(Reach::Everybody), "{port}: {sockets:#?}");
    }
}

/// The line that the finding gives closes the port, and midwatch sees that it does.
#[test]
fn a_published_port_is_closed_by_its_fix() {
    let bench = published();
    let told = bench.host(false);
    let found = told.0.findings.iter().find(|finding| finding.place == REDIS_INSIDE).expect("found");
    let fix = &found.fix.summary;
    assert!(fix.contains("127.0.0.1:6379:6379"), "{fix}");
    let (_, line) = fix.split_once("sudo nft '").expect("a line of nft");
    let (line, _) = line.split_once('\'').expect("its end");
    assert!(bench.is_reached("203.0.113.1", 6379));
    bench.lan.run("server", &format!("nft '{line}'"));
    assert!(!bench.is_reached("203.0.113.1", 6379) && bench.is_reached("203.0.113.1", 8080));
    let told = bench.host(false);
    assert!(!told.found().contains_key(&("listening-unauthenticated", REDIS_INSIDE)), "{:#?}", told.fact());
    let sockets = told.fact().sockets.value().expect("sockets");
    assert!(sockets.iter().all(|one| one.address.port() != 6379), "{sockets:#?}");

    // Docker's own chain for this, with one address that is let through.
    let bench = published();
    bench.lan.run(
        "server",
        "iptables-nft -I DOCKER-USER -i eth0 ! -s 203.0.113.77 -p tcp -m conntrack --ctorigdstport 6379 --ctdir ORIGINAL \
         -j DROP",
    );
    assert!(!bench.is_reached("203.0.113.1", 6379));
    let told = bench.host(false);
    let redis = told.at("tcp", 6379);
    let only = Passage::Only { sources: vec!["203.0.113.77".into()], more: 0 };
    assert_eq!(redis.gates[0].lets, Outcome::seen(only), "{redis:#?}");
    assert_eq!(told.found()[&("listening-unauthenticated", REDIS_INSIDE)], Severity::Medium);
}
