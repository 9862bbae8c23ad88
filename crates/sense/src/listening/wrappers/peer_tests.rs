//! What is said of files made by chance, against what Debian's tcpdmatch(8) says of them: the library itself, with the
//! names of hosts not known.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::process::Command;

use super::evaluate::{Asker, Files, List, Told, evaluate};
use super::read::{lists, patterns};
use super::rules::Table;
use crate::listening::chance::Chance;
use crate::listening::sources::{Family, number};

/// Of the package tcpd.
const PROGRAM: &str = "/usr/sbin/tcpdmatch";

const DAEMONS: [&str; 4] = ["sshd", "vsftpd", "in.telnetd", "slapd"];

const CLIENTS: [&str; 12] = [
    "10.0.0.1",
    "10.1.2.3",
    "10.1.2.30",
    "10.128.0.5",
    "192.0.2.7",
    "172.16.0.255",
    "11.1.2.3",
    "203.0.113.9",
    "::1",
    "2001:db8::9",
    "2001:db8:1::9",
    "fd00::1",
];

fn daemon(chance: &mut Chance) -> &'static str {
    chance.of(&[
        "ALL",
        "sshd",
        "SSHD",
        "vsftpd",
        "in.telnetd",
        "in.",
        ".telnetd",
        "s*",
        "?shd",
        "*d",
        "**",
        "slapd@ALL",
        "22",
        "KNOWN",
        "[sshd]",
        "other",
        "all",
        "sl*d",
    ])
}

fn client(chance: &mut Chance, directory: &str) -> String {
    // Most are what files have; the others are what readers of them stumble over.
    let fixed = [
        "ALL",
        "10.",
        "10.1.",
        "10.1.2.3",
        "10.0.0.0/8",
        "10.0.0.0/255.0.0.0",
        "10.1.2.0/24",
        "10.1.2.3/24",
        "10.0.0.0/0",
        "0.0.0.0/0.0.0.0",
        "0.0.0.0/1",
        "10.0.2.3/255.0.255.255",
        "10.0.0.5/255.0.0.255",
        "10.1.2.3/255.255.255.255",
        "10.1.2.3/32",
        "0x0a.01.2.3/32",
        "010.1.2.0/24",
        "10.1.2.0/24x",
        "10.1.2.0/x",
        "10.1.2.0/-1",
        "10.1.2",
        "10.1.2.3.",
        ".2.3",
        ".5",
        ".9",
        "10.1.2.?",
        "10.1.2.3?",
        "*.7",
        "1*",
        "10.*.3",
        "192.0.2.7",
        "172.16.0.0/12",
        "[2001:db8::]/32",
        "[2001:db8::9]/48",
        "[2001:db8::9]",
        "[2001:DB8:0:0::9]",
        "[::]/0",
        "[fd00::]/8",
        "[fd00::]/129",
        "[fd00::]/",
        "[::1]",
        "[::ffff:10.1.2.3]",
        "[::ffff:10.0.0.0]/104",
        "2001:db8::/32",
        "[10.1.2.3]",
        "LOCAL",
        "KNOWN",
        "UNKNOWN",
        "unknown",
        "PARANOID",
        ".example.org",
        "host.example.org",
        "@group",
        "ALL@10.1.2.3",
        "root@10.",
        "KNOWN@ALL",
        "*",
        "10.1.2.3,::1",
    ];
    match chance.below(20) {
        0 => format!("{directory}/list"),
        1 => format!("{directory}/none"),
        _ => chance.of(&fixed).to_owned(),
    }
}

fn list(chance: &mut Chance, mut one: impl FnMut(&mut Chance) -> String) -> String {
    let mut words = Vec::new();
    for _ in 0..=chance.below(3) {
        words.push(one(chance));
    }
    for _ in 0..chance.below(3).saturating_sub(1) + usize::from(chance.below(4) == 0) {
        words.push(chance.of(&["EXCEPT", "except"]).into());
        for _ in 0..=chance.below(2) {
            words.push(one(chance));
        }
    }
    words.join(chance.of(&[" ", ", ", "\t", " \\\n "]))
}

fn rules(chance: &mut Chance, directory: &str) -> String {
    let mut text = String::new();
    for _ in 0..chance.below(6) {
        match chance.below(14) {
            0 => text.push_str("# ALL: ALL\n"),
            1 => text.push_str(" # ALL: ALL\n"),
            2 => text.push_str("no colon at all\n\n"),
            _ => {}
        }
        let daemons = list(chance, |chance| daemon(chance).to_owned());
        let clients = list(chance, |chance| client(chance, directory));
        text.push_str(&format!("{daemons}{}:{clients}", chance.of(&["", " "])));
        text.push_str(chance.of(&[
            "",
            "",
            "",
            "",
            "",
            "",
            " : allow",
            ": DENY",
            ": severity mail.info",
            ": severity loud : allow",
            ": spawn /bin/true",
            ": keepalive : linger 5 : nice 3 : allow",
            ":",
            ": allow : severity info",
            ": umask 022",
            ": umask 9",
            ": rfc931 0",
            ": setenv A = b : deny",
            ": banners /nowhere",
            ": nonsense",
            ": twist /bin/echo no",
            ": allow x",
            ": spawn echo a\\:b : deny",
            ": severity = notice",
        ]));
        text.push_str(chance.of(&["\n", "\n", "\n", "\r\n"]));
    }
    // A file that does not end in the end of a line.
    if chance.below(12) == 0 {
        text.push_str(chance.of(&["ALL: ALL", "sshd: ALL \\\n"]));
    }
    text
}

fn told(directory: &Path, daemon: &str, client: &str) -> Option<&'static str> {
    let output = Command::new(PROGRAM)
        .args(["-d", "-i", "/dev/null", daemon, client])
        .current_dir(directory)
        .output()
        .expect("tcpdmatch is missing: apt-get install tcpd");
    let text = String::from_utf8_lossy(&output.stdout);
    let said = text.lines().find_map(|line| line.strip_prefix("access:")).map(str::trim);
    match said {
        Some("granted") => Some("granted"),
        Some("denied") => Some("denied"),
        Some("delegated") => Some("delegated"),
        other => panic!("{daemon} {client}: {other:?} {text} {}", String::from_utf8_lossy(&output.stderr)),
    }
}

#[test]
fn files_made_by_chance() {
    let home = midwatch_testbed::directory();
    let directory = home.path().display().to_string();
    let mut chance = Chance(0x686f_7374_7361_6c6c);
    let (mut compared, mut denied, mut unsure) = (0, 0, 0);
    for _ in 0..90 {
        let (allow, deny) = (rules(&mut chance, &directory), rules(&mut chance, &directory));
        let named: Vec<String> = (0..chance.below(4)).map(|_| client(&mut chance, &directory)).collect();
        // A list that names itself has no end here, and an odd one in libwrap.
        let named = named.join(" ").replace(&format!("{directory}/list"), "10.1.2.3");
        for (name, text) in [("hosts.allow", &allow), ("hosts.deny", &deny), ("list", &named)] {
            std::fs::write(home.path().join(name), text).expect("room for a file");
        }
        let mut files = Files {
            allow: Ok(Table::read(allow.as_bytes())),
            deny: Ok(Table::read(deny.as_bytes())),
            lists: BTreeMap::new(),
        };
        files.lists = lists(&files, |path| match path.ends_with("/list") {
            true => patterns(path, named.as_bytes()),
            false => List::None,
        });
        for daemon in DAEMONS {
            // tcpdmatch has no connection, as programs that ask with an address alone.
            let asker = Asker {
                daemon: Some(daemon.into()),
                told: Told::ClientAlone,
                port: 22,
                destinations: vec![],
            };
            let answers = [Family::V4, Family::V6].map(|family| evaluate(&files, &asker, family));
            for client in CLIENTS {
                let address: IpAddr = client.parse().expect("an address");
                let answer = &answers[usize::from(address.is_ipv6())];
                let at = number(address);
                let said = match (answer.granted.sure.has(at), answer.granted.maybe.has(at)) {
                    (true, _) => "granted",
                    (false, false) => "denied",
                    (false, true) => "unsure",
                };
                let met = told(home.path(), daemon, client);
                compared += 1;
                denied += usize::from(met == Some("denied"));
                unsure += usize::from(said == "unsure");
                assert!(
                    said == "unsure" || Some(said) == met,
                    "{daemon} from {client}: said {said}, met {met:?}\n-- hosts.allow\n{allow}\n-- hosts.deny\n{deny}\n-- list\n\
                     {named}\n{answer:#?}"
                );
            }
        }
    }
    eprintln!("{compared} compared, {denied} denied, {unsure} unsure");
    assert!(denied > 1000 && unsure * 3 < compared, "{compared} {denied} {unsure}");
}

/// Patterns of clients one by one: what is told for addresses that are all alike hides no fault of a single one.
#[test]
fn each_pattern_by_itself() {
    let home = midwatch_testbed::directory();
    let mut chance = Chance(0x7061_7474_6572_6e73);
    std::fs::write(home.path().join("hosts.allow"), "").expect("room for a file");
    let mut surely = 0;
    for _ in 0..250 {
        let pattern = client(&mut chance, "/nowhere");
        let deny = format!("ALL: {pattern}\n");
        std::fs::write(home.path().join("hosts.deny"), &deny).expect("room for a file");
        let files = Files {
            allow: Ok(Table::none()),
            deny: Ok(Table::read(deny.as_bytes())),
            lists: BTreeMap::new(),
        };
        let mut files = files;
        files.lists = lists(&files, |_| List::None);
        let asker =
            Asker { daemon: Some("sshd".into()), told: Told::ClientAlone, port: 22, destinations: vec![] };
        let octets: [usize; 4] = std::array::from_fn(|_| chance.below(256));
        let random = octets.map(|octet| octet.to_string()).join(".");
        for client in [chance.of(&CLIENTS), chance.of(&CLIENTS), random.as_str()] {
            let address: IpAddr = client.parse().expect("an address");
            let answer = evaluate(&files, &asker, Family::of(address));
            let at = number(address);
            let met = told(home.path(), "sshd", client) == Some("granted");
            if answer.granted.sure.has(at) {
                assert!(met, "{pattern} keeps {client} out");
                surely += 1;
            } else if !answer.granted.maybe.has(at) {
                assert!(!met, "{pattern} lets {client} in");
                surely += 1;
            }
        }
    }
    assert!(surely > 400, "{surely}");
}
