//! What is said of rulesets made by chance, against what the kernel does with them: a host in a network namespace loads
//! each, and another one connects from many addresses.

use std::net::IpAddr;

use midwatch_testbed::lan::{Host, Lan};

use super::evaluate::{Packet, evaluate};
use super::rules::Ruleset;
use super::sources::{Family, number};
use super::{iptables, nft};
use crate::listening::chance::Chance;

const SERVER: Host =
    Host { name: "server", mac: "02:00:00:00:00:01", addresses: &["10.0.0.1/8", "fd00::1/16"] };

const CLIENT: Host = Host {
    name: "client",
    mac: "02:00:00:00:00:02",
    addresses: &[
        "10.0.0.2/8",
        "10.1.0.2/8",
        "10.1.2.3/8",
        "10.200.0.9/8",
        "fd00::2/16",
        "fd00:1::2/16",
        "fd00:1:2::3/16",
        "fd00:c8::9/16",
    ],
};

const PORTS: [u16; 4] = [22, 80, 3306, 8080];

/// Listens at every port, for both families, and says back what it hears.
const LISTEN: &str = r"
import socket, selectors, sys
chosen = selectors.DefaultSelector()
for port in map(int, sys.argv[1:]):
    for family, address in ((socket.AF_INET, '0.0.0.0'), (socket.AF_INET6, '::')):
        s = socket.socket(family, socket.SOCK_STREAM)
        if family == socket.AF_INET6: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((address, port)); s.listen(512)
        chosen.register(s, selectors.EVENT_READ, True)
open('/run/listening', 'w').close()
while True:
    for key, _ in chosen.select():
        s = key.fileobj
        try:
            if key.data:
                chosen.register(s.accept()[0], selectors.EVENT_READ, False)
                continue
            data = s.recv(100)
            if data: s.send(data)
        except OSError: data = b''
        if not data: chosen.unregister(s); s.close()
";

/// Connects from every address to every port, all at once, says a word, and tells what came of it: a line each.
const CONNECT: &str = r"
import socket, select, errno, time, sys
ports = [int(p) for p in sys.argv[1].split(',')]
waiting = {}
for source in sys.argv[2].split(','):
    v6 = ':' in source
    for port in ports:
        s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_STREAM)
        s.setblocking(False)
        s.bind((source, 0))
        e = s.connect_ex(('fd00::1' if v6 else '10.0.0.1', port))
        assert e in (0, errno.EINPROGRESS), e
        waiting[s.fileno()] = (s, source, port)
poll = select.poll()
for n in waiting: poll.register(n, select.POLLOUT)
end = time.monotonic() + 0.8
while waiting and time.monotonic() < end:
    for n, what in poll.poll(50):
        s, source, port = waiting[n]
        met = None
        try:
            if what & select.POLLIN: met = 'open' if s.recv(9) else 'rejected'
            else:
                e = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if e: met = 'rejected'
                else: s.send(b'x'); poll.modify(n, select.POLLIN)
        except OSError: met = 'rejected'
        if met:
            print(source, port, met)
            poll.unregister(n); del waiting[n]; s.close()
for s, source, port in waiting.values(): print(source, port, 'dropped')
";

const V4: [&str; 5] = ["10.1.0.0/16", "10.0.0.2", "10.128.0.0/9", "10.1.2.0-10.1.3.255", "10.0.0.0/8"];
const V6: [&str; 4] = ["fd00:1::/32", "fd00::2", "fd00:c8::/32", "fd00::/16"];

/// One rule of nftables.
fn nft_rule(chance: &mut Chance, chains: &[&str]) -> String {
    let mut words: Vec<String> = Vec::new();
    for _ in 0..chance.below(3) {
        let not = if chance.below(4) == 0 { "!= " } else { "" };
        let (v4, v6) = (chance.of(&V4), chance.of(&V6));
        words.push(match chance.below(21) {
            0 => format!("tcp dport {not}22"),
            1 => format!("tcp dport {not}{{ 80, 3000-4000 }}"),
            2 => format!("tcp dport {} 3306", chance.of(&["<", ">=", "<=", ">"])),
            3 => format!("ip saddr {not}{v4}"),
            4 => format!("ip6 saddr {not}{v6}"),
            5 => format!("ip saddr {not}{{ 10.1.0.0/16, 10.0.0.2 }}"),
            6 => format!("ip saddr {not}@some"),
            7 => format!(
                "iifname {not}{}",
                chance.of(&["\"eth0\"", "\"lo\"", "\"eth*\"", "{ \"lo\", \"eth0\" }"])
            ),
            8 => format!("ct state {not}{}", chance.of(&["new", "established", "{ new, related }"])),
            9 => format!("meta nfproto {not}ipv4"),
            10 => format!("meta l4proto {not}{}", chance.of(&["tcp", "udp", "{ tcp, udp }"])),
            11 => "tcp flags & (fin|syn|rst|ack) == syn".into(),
            12 => format!("tcp flags {not}syn"),
            13 => "limit rate 1000/second burst 5000 packets".into(),
            14 => "limit rate over 1000/second burst 5000 packets".into(),
            15 => "ip saddr . tcp dport { 10.1.0.0/16 . 80, 10.0.0.2 . 22-3306 }".into(),
            16 => format!("fib daddr type {not}local"),
            17 => "fib saddr . iif oif missing".into(),
            18 => format!("ip daddr {not}10.0.0.1"),
            19 => format!("meta l4proto tcp th dport {not}8080"),
            _ => "counter".into(),
        });
    }
    let map = chance.below(10);
    words.push(match map {
        0 => "tcp dport vmap { 22 : accept, 80-90 : drop, 8080 : jump one }".into(),
        1 => "ip saddr vmap { 10.1.0.0/16 : accept, 10.0.0.2 : drop }".into(),
        2 => "ct state vmap { established : accept, invalid : drop }".into(),
        _ => {
            let own = ["accept", "drop", "reject", "return", "continue", "accept", "drop"];
            let verdict = chance.of(&own);
            match chance.below(4) {
                0 if !chains.is_empty() => format!("{} {}", chance.of(&["jump", "goto"]), chance.of(chains)),
                _ => verdict.to_owned(),
            }
        }
    });
    // From within `one` nothing leads to it again.
    if chains.is_empty() && map == 0 {
        words.pop();
        words.push("tcp dport vmap { 22 : accept, 80-90 : drop }".into());
    }
    words.join(" ")
}

fn nft_ruleset(chance: &mut Chance) -> String {
    let chain = |chance: &mut Chance, name: &str, head: &str, to: &[&str]| {
        let rules: Vec<String> = (0..chance.below(6)).map(|_| nft_rule(chance, to)).collect();
        format!(" chain {name} {{\n{head}\n  {}\n }}\n", rules.join("\n  "))
    };
    let policy = chance.of(&["accept", "drop"]);
    let mut text = String::from(
        "flush ruleset\ntable inet made {\n set some {\n  type ipv4_addr\n  flags interval\n  elements = { 10.1.2.0/24, 10.200.0.0-10.200.0.20 }\n }\n",
    );
    text.push_str(&chain(chance, "two", "", &[]));
    text.push_str(&chain(chance, "one", "", &[]));
    let head = format!("  type filter hook input priority 0; policy {policy};");
    text.push_str(&chain(chance, "input", &head, &["one", "two"]));
    if chance.below(3) == 0 {
        text.push_str(&chain(
            chance,
            "early",
            "  type filter hook prerouting priority -150; policy accept;",
            &["two"],
        ));
    }
    text.push_str("}\n");
    if chance.below(3) == 0 {
        text.push_str("table ip other {\n");
        text.push_str(&chain_v4(chance));
        text.push_str("}\n");
    }
    text
}

/// A chain of a table of IPv4 alone.
fn chain_v4(chance: &mut Chance) -> String {
    let verdict = chance.of(&["accept", "drop", "reject with tcp reset"]);
    let from = chance.of(&V4);
    let verdict = if verdict.starts_with("reject") {
        format!("tcp dport 1-9999 {verdict}")
    } else {
        verdict.to_owned()
    };
    format!(
        " chain input {{\n  type filter hook input priority {};\n  ip saddr {from} {verdict}\n }}\n",
        chance.of(&["-5", "5"])
    )
}

/// One rule of iptables.
fn iptables_rule(chance: &mut Chance, chain: &str, v6: bool, chains: &[&str]) -> String {
    let mut words = vec![format!("-A {chain}")];
    let source = if v6 {
        chance.of(&["fd00:1::/32", "fd00::2", "fd00:c8::/32"])
    } else {
        chance.of(&["10.1.0.0/16", "10.0.0.2", "10.128.0.0/9"])
    };
    let not = |chance: &mut Chance| if chance.below(4) == 0 { "! " } else { "" };
    if chance.below(2) == 0 {
        words.push(format!("{}-s {source}", not(chance)));
    }
    if chance.below(5) == 0 {
        words.push(format!("{}-i {}", not(chance), chance.of(&["eth0", "eth+", "lo"])));
    }
    let is_tcp = chance.below(2) == 0;
    if is_tcp {
        words.push("-p tcp".into());
        let no = not(chance);
        words.push(match chance.below(6) {
            0 => format!("-m tcp {no}--dport 22"),
            1 => format!("-m tcp {no}--dport 80:3306"),
            2 => format!("-m multiport {no}--dports 22,3000:9000"),
            3 => format!("-m tcp {no}--syn"),
            4 => format!("-m tcp {no}--tcp-flags SYN,ACK,FIN SYN"),
            _ => String::new(),
        });
    }
    let no = not(chance);
    words.push(match chance.below(12) {
        0 => format!("-m conntrack {no}--ctstate NEW"),
        1 => "-m state --state RELATED,ESTABLISHED".into(),
        2 => format!("-m addrtype {no}--dst-type LOCAL"),
        3 => "-m limit --limit 1000/sec --limit-burst 5000".into(),
        4 => "-m hashlimit --hashlimit-above 1000/sec --hashlimit-burst 5000 --hashlimit-mode srcip --hashlimit-name a".into(),
        5 => "-m connlimit --connlimit-above 100".into(),
        6 if !v6 => "-m iprange --src-range 10.1.2.0-10.1.9.255".into(),
        7 => "-m comment --comment \"a -j DROP of \\\"words\\\"\"".into(),
        8 => "-m recent --name made --rcheck --seconds 1".into(),
        9 => format!("-m mark {no}--mark 0x1"),
        _ => String::new(),
    });
    let own = ["ACCEPT", "DROP", "REJECT", "RETURN", "ACCEPT", "DROP"];
    words.push(match chance.below(5) {
        0 if !chains.is_empty() => format!("{} {}", chance.of(&["-j", "-g"]), chance.of(chains)),
        1 => String::new(),
        _ => format!("-j {}", chance.of(&own)),
    });
    words.join(" ")
}

fn iptables_ruleset(chance: &mut Chance, v6: bool) -> String {
    let policy = chance.of(&["ACCEPT", "DROP"]);
    let mut text = format!(
        "*filter\n:INPUT {policy} [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:one - [0:0]\n:two - [0:0]\n"
    );
    for (chain, to) in [("INPUT", &["one", "two"][..]), ("one", &["two"]), ("two", &[])] {
        for _ in 0..chance.below(5) {
            text.push_str(&iptables_rule(chance, chain, v6, to));
            text.push('\n');
        }
    }
    text.push_str("COMMIT\n*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n");
    if chance.below(3) == 0 {
        text.push_str("-A PREROUTING -p tcp -m tcp --dport 8080 -j DROP\n");
    }
    text.push_str("COMMIT\n");
    text
}

struct Bench {
    lan: Lan,
    _listening: midwatch_testbed::lan::Running,
    sources: String,
    compared: usize,
    open: usize,
    unsure: usize,
}

impl Bench {
    fn new() -> Bench {
        let lan = Lan::new(&[SERVER, CLIENT]);
        let ports = PORTS.map(|port| port.to_string());
        // A firewall that drops everything drops what finds neighbours as well.
        for (host, other) in [(SERVER, CLIENT), (CLIENT, SERVER)] {
            for address in other.addresses {
                let address = address.split('/').next().unwrap_or_default();
                let line = format!("ip neigh replace {address} lladdr {} dev eth0 nud permanent", other.mac);
                lan.run(host.name, &line);
            }
        }
        let listening = lan.start("server", &format!("python3 -c \"{LISTEN}\" {}", ports.join(" ")));
        lan.until("server", "test -e /run/listening");
        let sources: Vec<&str> =
            CLIENT.addresses.iter().map(|address| address.split('/').next().unwrap_or_default()).collect();
        let sources = sources.join(",");
        Bench { lan, _listening: listening, sources, compared: 0, open: 0, unsure: 0 }
    }

    fn compare(&mut self, rules: &Ruleset, text: &str) {
        let ports = PORTS.map(|port| port.to_string()).join(",");
        let line = format!("python3 -c \"{CONNECT}\" {ports} {}", self.sources);
        for line in self.lan.run("client", &line).lines() {
            let [source, port, met] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let source: IpAddr = source.parse().expect("an address");
            let family = Family::of(source);
            let packet = Packet {
                family,
                protocol: 6,
                port: port.parse().expect("a port"),
                interface: "eth0".into(),
                destinations: vec![
                    if family == Family::V4 { "10.0.0.1" } else { "fd00::1" }.parse().expect("it"),
                ],
            };
            let fate = evaluate(rules, &packet);
            let at = number(source);
            let said = match (fate.accepted.sure.has(at), fate.accepted.maybe.has(at)) {
                (true, _) => "open",
                (false, true) => "unsure",
                (false, false) if fate.rejected.sure.has(at) => "rejected",
                (false, false) if fate.dropped.sure.has(at) => "dropped",
                (false, false) => "closed",
            };
            self.compared += 1;
            self.open += usize::from(met == "open");
            let agrees = match said {
                "unsure" => {
                    self.unsure += 1;
                    true
                }
                "closed" => met != "open",
                // The kernel tells some senders of a rejection later, and some not at all: it limits how often.
                "rejected" => met != "open",
                said => said == met,
            };
            assert!(agrees, "from {source} to {port}: said {said}, met {met}\n{text}\n{fate:#?}");
        }
    }
}

#[test]
fn nftables_made_by_chance() {
    let mut bench = Bench::new();
    let mut chance = Chance(0x6d69_6477_6174_6368);
    let mut loaded = 0;
    while loaded < 40 {
        let text = nft_ruleset(&mut chance);
        // Chance makes rules that contradict themselves, which nft does not take.
        if !bench.lan.attempt("server", &format!("nft -f - <<'END'\n{text}\nEND")).status.success() {
            continue;
        }
        loaded += 1;
        let json = bench.lan.run("server", "nft -j list ruleset");
        let rules = nft::read(&json).expect("a ruleset");
        bench.compare(&rules, &text);
    }
    eprintln!("{} compared, {} open, {} unsure", bench.compared, bench.open, bench.unsure);
    assert!(bench.open > 200 && bench.unsure * 20 < bench.compared, "{} {}", bench.open, bench.unsure);
}

fn iptables_by(variant: &str) {
    let mut bench = Bench::new();
    let mut chance = Chance(0x6970_7461_626c_6573);
    for _ in 0..30 {
        let (v4, v6) = (iptables_ruleset(&mut chance, false), iptables_ruleset(&mut chance, true));
        bench.lan.run("server", &format!("iptables-{variant}-restore <<'END'\n{v4}END"));
        bench.lan.run("server", &format!("ip6tables-{variant}-restore <<'END'\n{v6}END"));
        let mut rules = match variant {
            "nft" => nft::read(&bench.lan.run("server", "nft -j list ruleset")).expect("a ruleset"),
            _ => Ruleset::default(),
        };
        for (program, family) in [("iptables", Family::V4), ("ip6tables", Family::V6)] {
            let saved = bench.lan.run("server", &format!("{program}-{variant}-save"));
            iptables::replace(&mut rules, iptables::read(&saved, family, program));
        }
        bench.compare(&rules, &format!("{v4}{v6}"));
    }
    eprintln!("{} compared, {} open, {} unsure", bench.compared, bench.open, bench.unsure);
    assert!(bench.open > 150 && bench.unsure * 20 < bench.compared, "{} {}", bench.open, bench.unsure);
}

#[test]
fn iptables_over_nftables_made_by_chance() {
    iptables_by("nft");
}

#[test]
fn iptables_of_old_made_by_chance() {
    iptables_by("legacy");
}
