//! `midwatch here` and `--follow` on a network of a router, a laptop and a third host, with the kernel's own ARP and
//! neighbour discovery, dnsmasq and radvd.

mod common;

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use midwatch_model::{Fact, Finding, News, NewsLine, Report, Severity, TargetReport};
use midwatch_testbed::directory;
use midwatch_testbed::lan::{Host, Lan};
use tempfile::TempDir;

/// As long as a busy machine may take for what is to come.
const PATIENCE: Duration = Duration::from_secs(60);

const ROUTER: Host =
    Host { name: "router", mac: "02:00:00:00:00:01", addresses: &["192.168.1.1/24", "2001:db8::1/64"] };
const LAPTOP: Host =
    Host { name: "laptop", mac: "02:00:00:00:00:20", addresses: &["192.168.1.20/24", "2001:db8::20/64"] };
const THIRD: Host = Host { name: "third", mac: "06:00:00:00:00:66", addresses: &["192.168.1.66/24"] };

/// The three of them, with the laptop's way to the internet through the router.
fn lan() -> Lan {
    let lan = Lan::new(&[ROUTER, LAPTOP, THIRD]);
    lan.run("laptop", "ip route add default via 192.168.1.1 && ip -6 route add default via 2001:db8::1");
    lan
}

/// `midwatch here --follow` on the laptop.
struct Follower {
    child: Child,
    lines: Receiver<NewsLine>,
    _home: TempDir,
}

impl Follower {
    /// Follows as root, who hears frames, or as nobody, who does not.
    fn start(lan: &Lan, as_nobody: bool) -> (Follower, TargetReport) {
        let home = directory();
        let program = home.path().join("midwatch");
        std::fs::copy(env!("CARGO_BIN_EXE_midwatch"), &program).expect("a copy that everybody may run");
        let mut command =
            lan.command("laptop", if as_nobody { "setpriv".as_ref() } else { program.as_path() });
        if as_nobody {
            // Without any right: in a user namespace that is all that root is left to give up.
            let who: &[&str] = match rustix::process::geteuid().is_root() {
                true => &["--reuid", "65534", "--regid", "65534", "--clear-groups"],
                false => &["--bounding-set", "-all", "--inh-caps", "-all"],
            };
            command.args(who).arg(&program);
        }
        let mut child = command
            .args(["here", "--follow", "--format", "json", "--offline"])
            .env("HOME", home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("midwatch");
        let out = BufReader::new(child.stdout.take().expect("its output"));
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let line: NewsLine =
                    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        let follower = Follower { child, lines, _home: home };
        let first = follower.lines.recv_timeout(PATIENCE).expect("how things are");
        match first.news {
            News::Began { report } => (follower, *report),
            other => panic!("{other:?}"),
        }
    }

    /// The next finding of this check that appears or changes, with when it was told. Others are passed over.
    fn next(&self, id: &str) -> (NewsLine, Severity) {
        let end = Instant::now() + PATIENCE;
        loop {
            let line = self.lines.recv_timeout(end.saturating_duration_since(Instant::now()));
            let line = line.unwrap_or_else(|_| panic!("{id} was never told"));
            let finding = match &line.news {
                News::Appeared { finding } | News::Changed { finding, .. } => finding.clone(),
                _ => continue,
            };
            if finding.id == id {
                return (line, finding.severity);
            }
        }
    }

    /// Waits for a finding of this severity.
    fn until(&self, id: &str, severity: Severity) -> NewsLine {
        loop {
            let (line, met) = self.next(id);
            if met == severity {
                return line;
            }
        }
    }

    /// Everything that is told in this time.
    fn told(&self, time: Duration) -> Vec<NewsLine> {
        let end = Instant::now() + time;
        let mut told = Vec::new();
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => told.push(line),
                Err(RecvTimeoutError::Timeout) => return told,
                Err(RecvTimeoutError::Disconnected) => panic!("it ended: {told:?}"),
            }
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        // What nsenter started dies with the network; nsenter itself here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The finding of a line.
fn finding(line: NewsLine) -> Finding {
    match line.news {
        News::Changed { finding, .. } | News::Appeared { finding } | News::Gone { finding } => *finding,
        other => panic!("{other:?}"),
    }
}

fn link(report: &TargetReport) -> &midwatch_model::LinkWatch {
    let found = report.observations.iter().find_map(|seen| match &seen.fact {
        Fact::LinkWatch(watch) => Some(watch),
        _ => None,
    });
    found.expect("what was heard")
}

/// Whoever talks to the router, so that the laptop asks for it now and then.
fn talk(lan: &Lan) {
    lan.run("laptop", "ping -c 1 -W 5 192.168.1.1 && ping -c 1 -W 5 2001:db8::1");
}

#[test]
fn a_quiet_network_is_silent() {
    let lan = lan();
    talk(&lan);
    let (follower, began) = Follower::start(&lan, false);
    assert!(link(&began).frames.is_seen(), "{:?}", link(&began).frames);
    let found: Vec<&str> = began.findings.iter().map(|finding| finding.id.as_str()).collect();
    for id in ["gateway-contested", "address-contested", "mac-claims-many", "gateway-shares-mac"] {
        assert!(!found.contains(&id), "{found:?}");
    }
    for host in ["laptop", "third"] {
        // Neighbours that are asked for anew, an address that is announced, one that is given up and taken again.
        lan.run(host, "ip neigh flush all; ping -c 3 -i 0.3 -W 5 192.168.1.1");
    }
    lan.run("router", "arping -q -c 1 -A -I eth0 192.168.1.1");
    lan.run("third", "ip addr del 192.168.1.66/24 dev eth0 && ip addr add 192.168.1.67/24 dev eth0");
    lan.run("third", "ping -c 1 -W 5 192.168.1.20");
    let told = follower.told(Duration::from_secs(3));
    assert!(told.is_empty(), "{told:#?}");
}

/// Frames show both claimants at once.
#[test]
fn the_routers_address_claimed_by_a_third_host_is_told_as_a_quarrel() {
    let lan = lan();
    talk(&lan);
    let (follower, _) = Follower::start(&lan, false);
    lan.run("third", "ping -c 1 -W 5 192.168.1.20 && ip addr add 192.168.1.1/24 dev eth0");
    let _claims = lan.start("third", "arping -q -A -I eth0 192.168.1.1");
    let _asks =
        lan.start("laptop", "sh -c 'while :; do ip neigh flush all; ping -q -c 1 -W 1 192.168.1.1; done'");
    let line = follower.until("gateway-contested", Severity::High);
    let finding = finding(line);
    assert_eq!(finding.place, "the router 192.168.1.1 at eth0");
    let detail = &finding.evidence[0].detail;
    assert!(
        detail.contains(ROUTER.mac) && detail.contains(THIRD.mac) && detail.contains("192.168.1.66"),
        "{detail}"
    );
}

/// Who may not hear frames sees what the kernel takes for the router.
#[test]
fn without_any_right_the_kernels_table_is_followed() {
    let lan = lan();
    talk(&lan);
    let (follower, began) = Follower::start(&lan, true);
    let why = link(&began).frames.why_not().expect("no frames for nobody");
    assert!(why.detail.contains("CAP_NET_RAW"), "{why}");
    // When the kernel's entry changes, in its own words.
    let mut monitor = lan
        .command("laptop", "ip")
        .args(["-4", "-ts", "monitor", "neigh"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("ip");
    let mut seen = BufReader::new(monitor.stdout.take().expect("its output")).lines().map_while(Result::ok);
    lan.run("third", "ip addr add 192.168.1.1/24 dev eth0");
    let _claims = lan.start("third", "arping -q -A -I eth0 192.168.1.1");
    let changed =
        seen.find(|line| line.contains("192.168.1.1 ") && line.contains(THIRD.mac)).expect("a change");
    let (line, severity) = follower.next("gateway-contested");
    assert_eq!(severity, Severity::Low, "one change, and nobody came back yet");
    // `[2026-11-25T18:00:00.123456] 192.168.1.1 dev eth0 ...`, in the time of this computer.
    let stamp = changed.trim_start_matches('[').split(']').next().unwrap_or_default();
    let at: jiff::civil::DateTime = stamp.parse().unwrap_or_else(|error| panic!("{error}: {changed}"));
    let at = at.to_zoned(jiff::tz::TimeZone::system()).expect("a time").timestamp();
    let late = line.at.duration_since(at);
    assert!(late < jiff::SignedDuration::from_secs(1), "it took {late:?}");
    monitor.kill().expect("a process of this test");
    monitor.wait().expect("a process of this test");
    // The router comes back: both are there.
    lan.run("third", "ip addr del 192.168.1.1/24 dev eth0");
    lan.run("router", "arping -q -c 2 -A -I eth0 192.168.1.1");
    follower.until("gateway-contested", Severity::Low);
}

#[test]
fn a_router_that_is_replaced_for_good_is_told_once_with_its_benign_causes() {
    let lan = lan();
    talk(&lan);
    let (follower, _) = Follower::start(&lan, false);
    lan.run("router", "ip link set eth0 down && ip link set eth0 address 0a:00:00:00:00:09 up");
    lan.run("router", "arping -q -c 3 -A -I eth0 192.168.1.1");
    let (line, severity) = follower.next("gateway-contested");
    assert_eq!(severity, Severity::Low);
    let finding = finding(line);
    assert_eq!(finding.title, "Another answers for the router's address than before");
    assert!(finding.benign.iter().any(|cause| cause.contains("replaced")), "{:?}", finding.benign);
    for _ in 0..3 {
        lan.run("laptop", "ip neigh flush all; ping -c 1 -W 5 192.168.1.1");
    }
    let more: Vec<NewsLine> = follower
        .told(Duration::from_secs(3))
        .into_iter()
        .filter(|line| !matches!(&line.news, News::Appeared { finding } if finding.place.contains("fe80")))
        .collect();
    assert!(more.is_empty(), "{more:#?}");
}

/// dnsmasq twice, which a DHCP client of the laptop asks.
#[test]
fn a_second_dhcp_server_is_found() {
    let lan = lan();
    let (follower, _) = Follower::start(&lan, false);
    let dnsmasq = |host: &str, address: &str, range: &str| {
        let files = directory();
        let line = format!(
            "dnsmasq --keep-in-foreground --no-daemon --port=0 --interface=eth0 --bind-interfaces --conf-file=/dev/null \
             --dhcp-range={range},1h --dhcp-option=3,{address} --dhcp-option=6,{address} --dhcp-broadcast \
             --no-ping --user=root --dhcp-authoritative --pid-file= --dhcp-leasefile={}/leases",
            files.path().display()
        );
        (lan.start(host, &line), files)
    };
    let _router = dnsmasq("router", "192.168.1.1", "192.168.1.100,192.168.1.120");
    let _third = dnsmasq("third", "192.168.1.66", "192.168.1.200,192.168.1.220");
    for host in ["router", "third"] {
        lan.until(host, "ss -ulnH sport = :67 | grep -q :67");
    }
    let _asks = lan.start(
        "laptop",
        "sh -c 'while :; do udhcpc -f -q -n -t 2 -T 1 -B -i eth0 -s /bin/true; sleep 1; done'",
    );
    let line = follower.until("dhcp-second-server", Severity::High);
    let finding = finding(line);
    let detail = &finding.evidence[0].detail;
    assert!(detail.contains(ROUTER.mac) && detail.contains(THIRD.mac), "{detail}");
    assert!(detail.contains("router 192.168.1.66"), "{detail}");
}

/// radvd on the router, and then on the third host too.
#[test]
fn a_second_router_of_ipv6_is_found() {
    let lan = lan();
    let files = directory();
    let radvd = |host: &str, prefix: &str, more: &str| {
        let config = files.path().join(format!("{host}.conf"));
        let text = format!(
            "interface eth0 {{ AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; {more} prefix {prefix} {{}}; }};"
        );
        std::fs::write(&config, text).expect("room for a file");
        lan.run(host, "sysctl -q -w net.ipv6.conf.all.forwarding=1");
        let pid = files.path().join(format!("{host}.pid"));
        lan.start(host, &format!("radvd -n -m stderr -C {} -p {}", config.display(), pid.display()))
    };
    let _router = radvd("router", "2001:db8::/64", "");
    let (follower, _) = Follower::start(&lan, false);
    let _third =
        radvd("third", "2001:db8:66::/64", "AdvDefaultPreference high; RDNSS fe80::400:ff:fe00:66 { };");
    let line = follower.until("ra-second-router", Severity::High);
    let finding = finding(line);
    let detail = &finding.evidence[0].detail;
    assert!(detail.contains(ROUTER.mac) && detail.contains(THIRD.mac), "{detail}");
    assert!(detail.contains("2001:db8:66::/64") && detail.contains("preference high"), "{detail}");
}

/// One run, while somebody poisons: what is heard in it counts too.
#[test]
fn a_single_run_listens_as_long_as_it_lasts() {
    let lan = lan();
    talk(&lan);
    let home = directory();
    let output = lan
        .command("laptop", env!("CARGO_BIN_EXE_midwatch"))
        .args(["here", "--format", "json", "--offline"])
        .env("HOME", home.path())
        .output()
        .expect("midwatch");
    let report: Report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let target = report.targets.first().expect("a target");
    let watch = link(target);
    assert!(watch.frames.is_seen());
    let claim =
        watch.claims.iter().find(|claim| claim.address.to_string() == "192.168.1.1").expect("the router");
    assert_eq!((claim.gateway, claim.by[0].mac.as_str()), (true, ROUTER.mac));
}

/// Runs `here` on the laptop as its user, whose home this is.
fn once(lan: &Lan, home: &TempDir) -> TargetReport {
    let output = lan
        .command("laptop", env!("CARGO_BIN_EXE_midwatch"))
        .args(["here", "--format", "json", "--offline"])
        .env("HOME", home.path())
        .env_remove("XDG_DATA_HOME")
        .output()
        .expect("midwatch");
    let report: Report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    report.targets.into_iter().next().expect("a target")
}

/// Makes the last visit lie a day back.
fn a_day_later(home: &TempDir) {
    let file = home.path().join(".local/share/midwatch/midwatch.sqlite");
    let day_before = "strftime('%Y-%m-%dT%H:%M:%SZ', first, '-1 day'), last = strftime('%Y-%m-%dT%H:%M:%SZ', last, '-1 day')";
    let text = format!("UPDATE network SET first = {day_before}; UPDATE router SET first = {day_before};");
    let output = std::process::Command::new("sqlite3").arg(&file).arg(text).output().expect("sqlite3");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_router_of_a_known_network_is_remembered() {
    use std::os::unix::fs::PermissionsExt as _;
    let id = "gateway-not-remembered";
    let lan = lan();
    let home = directory();
    let told = |report: &TargetReport| -> Vec<Severity> {
        let mut told: Vec<Severity> = report
            .findings
            .iter()
            .filter(|finding| finding.id == id)
            .map(|finding| finding.severity)
            .collect();
        // The router has an address of each family.
        told.dedup();
        told
    };
    for _ in 0..2 {
        talk(&lan);
        assert_eq!(told(&once(&lan, &home)), []);
        a_day_later(&home);
    }
    let file = home.path().join(".local/share/midwatch/midwatch.sqlite");
    assert_eq!(std::fs::metadata(&file).expect("memory").permissions().mode() & 0o777, 0o600);
    // Somebody takes its place before the laptop comes.
    lan.run("router", "ip link set eth0 down && ip link set eth0 address 0a:00:00:00:00:09 up");
    lan.run("laptop", "ip neigh flush all");
    talk(&lan);
    let report = once(&lan, &home);
    // Without Wi-Fi and leases, the prefix of IPv6 makes it certain.
    assert_eq!(told(&report), [Severity::Medium], "{:#?}", report.observations);
    let found = report.findings.iter().find(|finding| finding.id == id).expect("it");
    assert!(found.evidence[0].detail.contains(ROUTER.mac), "{:?}", found.evidence);
    // Still, during that visit, and not any more at the next one; and the old one is still known.
    assert_eq!(told(&once(&lan, &home)), [Severity::Medium]);
    a_day_later(&home);
    talk(&lan);
    assert_eq!(told(&once(&lan, &home)), []);
    // Another network with other addresses is none that is known.
    lan.run(
        "laptop",
        "ip addr flush dev eth0 && ip addr add 10.9.8.20/24 dev eth0 && ip route add default via 10.9.8.1",
    );
    lan.run("router", "ip addr add 10.9.8.1/24 dev eth0");
    lan.run("laptop", "ping -c 1 -W 5 10.9.8.1");
    assert_eq!(told(&once(&lan, &home)), []);
}

#[test]
fn memory_that_cannot_be_used_is_told_and_stops_nothing() {
    let lan = lan();
    talk(&lan);
    let home = directory();
    let run = |more: &[&str]| {
        let mut command = lan.command("laptop", env!("CARGO_BIN_EXE_midwatch"));
        command.args(["here", "--format", "json", "--offline"]).args(more).env("HOME", home.path());
        let output = command.env_remove("XDG_DATA_HOME").output().expect("midwatch");
        let report: Report = serde_json::from_slice(&output.stdout).expect("a report");
        let target = report.targets.into_iter().next().expect("a target");
        let known = target.observations.into_iter().find_map(|seen| match seen.fact {
            Fact::KnownNetwork(known) => Some(known),
            _ => None,
        });
        known.expect("the network").earlier.why_not().cloned().expect("a reason").detail
    };
    assert!(run(&["--no-memory"]).contains("switched off"));
    std::fs::write(home.path().join("text"), "no database, but long enough to be looked at. ".repeat(30))
        .expect("a file");
    let text = home.path().join("text");
    let why = run(&["--memory", text.to_str().expect("a path")]);
    assert!(why.contains("not a database"), "{why}");
    let why = run(&["--memory", "/proc/nowhere/m"]);
    assert!(why.contains("/proc/nowhere"), "{why}");
}
