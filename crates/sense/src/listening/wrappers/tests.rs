use std::collections::BTreeMap;

use super::evaluate::{Answer, Asker, Files, List, Told, evaluate};
use super::read::{lists, look, patterns};
use super::rules::Table;
use crate::listening::sources::{Family, number};
use crate::system::testing::Tree;

fn files(allow: &str, deny: &str, named: &[(&str, &str)]) -> Files {
    let read = |text: &str| Ok(Table::read(text.as_bytes()));
    let mut files = Files { allow: read(allow), deny: read(deny), lists: BTreeMap::new() };
    files.lists = lists(&files, |path| match named.iter().find(|(name, _)| *name == path) {
        Some((_, "unread")) => List::Unread(format!("{path} takes root's rights")),
        Some((_, text)) => patterns(path, text.as_bytes()),
        None => List::None,
    });
    files
}

fn sshd() -> Asker {
    let destinations = vec!["203.0.113.1".parse().unwrap()];
    Asker { daemon: Some("sshd".into()), told: Told::Connection, port: 22, destinations }
}

/// `in`, `out`, or `maybe` for one source.
fn says(answer: &Answer, source: &str) -> &'static str {
    let at = number(source.parse().unwrap());
    match (answer.granted.sure.has(at), answer.granted.maybe.has(at)) {
        (true, _) => "in",
        (false, true) => "maybe",
        (false, false) => "out",
    }
}

fn of(allow: &str, deny: &str, source: &str) -> &'static str {
    let family = if source.contains(':') { Family::V6 } else { Family::V4 };
    says(&evaluate(&files(allow, deny, &[]), &sshd(), family), source)
}

#[test]
fn the_first_rule_decides() {
    let deny = "ALL: ALL\n";
    assert_eq!(of("", "", "192.0.2.7"), "in", "nothing names it");
    assert_eq!(of("", deny, "192.0.2.7"), "out");
    assert_eq!(of("sshd: 192.0.2.\n", deny, "192.0.2.7"), "in");
    assert_eq!(of("sshd: 192.0.2.\n", deny, "192.0.3.7"), "out");
    assert_eq!(of("vsftpd: 192.0.2.\n", deny, "192.0.2.7"), "out", "of another program");
    assert_eq!(of("ALL: 192.0.2. : DENY\nALL: ALL : ALLOW\n", deny, "192.0.2.7"), "out");
    assert_eq!(of("ALL: 192.0.2. : DENY\nALL: ALL : ALLOW\n", deny, "192.0.3.7"), "in");
    assert_eq!(of("", "ALL: 192.0.2. : allow\nALL: ALL\n", "192.0.2.7"), "in", "in either file");
    assert_eq!(of("sshd: [2001:db8::]/32\n", deny, "2001:db8::9"), "in");
    assert_eq!(of("sshd: [2001:db8::]/32\n", deny, "2001:db9::9"), "out");
    assert_eq!(of("sshd: ALL EXCEPT 192.0.2. EXCEPT 192.0.2.7\n", deny, "192.0.2.7"), "in");
    assert_eq!(of("sshd: ALL EXCEPT 192.0.2. EXCEPT 192.0.2.7\n", deny, "192.0.2.8"), "out");
    assert_eq!(of("ALL EXCEPT sshd: ALL\n", deny, "192.0.2.7"), "out");
    assert_eq!(of("22: ALL\n", deny, "192.0.2.7"), "in", "a port stands for a program");
    assert_eq!(of("23: ALL\n", deny, "192.0.2.7"), "out");
    assert_eq!(of("sshd@203.0.113.1: ALL\n", deny, "192.0.2.7"), "in");
    assert_eq!(of("sshd@203.0.113.2: ALL\n", deny, "192.0.2.7"), "out");
    assert_eq!(of("s*d: 192.0.2.7\n", deny, "192.0.2.7"), "in");
    assert_eq!(of("sshd: 192.0.2.7 : nonsense\n", deny, "192.0.2.7"), "out", "a fault denies");
}

#[test]
fn what_hangs_on_names_is_not_sure() {
    let deny = "ALL: ALL\n";
    for client in [".example.org", "LOCAL", "KNOWN", "UNKNOWN", "@group", "root@192.0.2.7", "192.0.2.*"] {
        let expected = if client == "192.0.2.*" { "in" } else { "maybe" };
        assert_eq!(of(&format!("sshd: {client}\n"), deny, "192.0.2.7"), expected, "{client}");
        // Where both ways lead to the same, they are of no weight.
        assert_eq!(of(&format!("sshd: {client}\n"), "", "192.0.2.7"), "in", "{client}");
        assert_eq!(of(&format!("sshd: {client}: deny\n"), deny, "192.0.2.7"), "out", "{client}");
    }
    let answer = evaluate(&files("sshd: .example.org\n", deny, &[]), &sshd(), Family::V4);
    assert_eq!(answer.unknown, ["the names of hosts (.example.org)"]);
    assert_eq!(answer.by, ["/etc/hosts.allow line 1", "/etc/hosts.deny line 1"]);
    // A rule for another program is of none.
    let other = evaluate(&files("vsftpd: .example.org\n", deny, &[]), &sshd(), Family::V4);
    assert!(other.unknown.is_empty() && other.granted.is_none());
}

#[test]
fn lists_in_files_of_their_own() {
    let named = [
        ("/etc/friends", "192.0.2.7 2001:db8::9\n198.51.100.0/24 /etc/more"),
        ("/etc/more", "10. /etc/friends"),
        ("/etc/shut", "unread"),
    ];
    let all = |client: &str, source: &str| {
        let family = if source.contains(':') { Family::V6 } else { Family::V4 };
        let files = files(&format!("sshd: {client}\n"), "ALL: ALL\n", &named);
        says(&evaluate(&files, &sshd(), family), source)
    };
    assert_eq!(all("/etc/friends", "192.0.2.7"), "in");
    assert_eq!(all("/etc/friends", "2001:db8::9"), "in");
    assert_eq!(all("/etc/friends", "10.1.1.1"), "in");
    assert_eq!(all("/etc/friends", "192.0.2.8"), "maybe", "they name each other");
    assert_eq!(all("/etc/none", "192.0.2.7"), "out");
    assert_eq!(all("/etc/shut", "192.0.2.7"), "maybe");
}

#[test]
fn a_name_that_is_not_known() {
    let asker = Asker { daemon: None, told: Told::Unknown, ..sshd() };
    let says =
        |allow: &str, deny: &str| says(&evaluate(&files(allow, deny, &[]), &asker, Family::V4), "192.0.2.7");
    assert_eq!(says("", "ALL: ALL\n"), "out");
    assert_eq!(says("ALL: 192.0.2.\n", "ALL: ALL\n"), "in");
    assert_eq!(says("sshd: 192.0.2.\n", "ALL: ALL\n"), "maybe");
    assert_eq!(says("", "sshd: ALL\n"), "maybe");
    assert_eq!(says("", "ALL EXCEPT sshd: ALL\n"), "maybe");
    assert_eq!(says("22: ALL\n", "ALL: ALL\n"), "maybe");
}

#[test]
fn lines_without_an_end() {
    assert_eq!(of("sshd: 192.0.2.7", "ALL: ALL\n", "192.0.2.7"), "out", "it is none");
    assert_eq!(of("", "ALL: ALL", "192.0.2.7"), "maybe", "versions differ");
    let long = format!("sshd: {}\nALL: ALL\n", "x ".repeat(1100));
    assert_eq!(of(&long, "", "192.0.2.7"), "maybe");
    assert_eq!(
        of(&format!("sshd: 192.0.2.7\n{long}"), "", "192.0.2.7"),
        "in",
        "what stands before it counts"
    );
}

/// What programs such as DenyHosts write.
#[test]
fn many_addresses_are_followed() {
    let mut deny = String::new();
    for number in 0..60_000_u32 {
        deny.push_str(&format!("sshd: 10.{}.{}.7\n", number / 256, number % 256));
    }
    let answer = evaluate(&files("", &deny, &[]), &sshd(), Family::V4);
    assert_eq!((says(&answer, "10.3.4.7"), says(&answer, "10.3.4.8")), ("out", "in"));
    assert!(answer.unknown.is_empty(), "{:?}", answer.unknown);
    assert_eq!(answer.by, ["/etc/hosts.deny lines 1 to 60000"]);
}

/// A few kilobytes that would take for ever.
#[test]
fn hostile_files_have_an_end() {
    let many = |name: &str| format!("/etc/{name} ").repeat(500);
    let texts: Vec<(String, String)> =
        (0..20).map(|level| (format!("/etc/l{level}"), many(&format!("l{}", level + 1)))).collect();
    let named: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let answer = evaluate(&files("sshd: /etc/l0\n", "ALL: ALL\n", &named), &sshd(), Family::V4);
    assert_eq!(says(&answer, "192.0.2.7"), "maybe");
    let rules = "a*b*c*d*e*f*g*h*i*j EXCEPT 1.2.3.4: *1*2*3*4*5*6*7*8*9* .5 EXCEPT 10.0.0.0/255.0.255.255\n"
        .repeat(2000);
    evaluate(&files(&rules, &rules.replace("a*", "s*"), &[]), &sshd(), Family::V4);
    let masks = "ALL: 0.0.0.0/85.85.85.85 0.0.0.0/170.170.0.170 EXCEPT ?.?.?.?\n".repeat(2000);
    let answer = evaluate(&files(&masks, &masks, &[]), &sshd(), Family::V4);
    assert!(!answer.granted.maybe.is_none());
}

#[test]
fn files_are_read_from_the_system() {
    let comments = Tree::new(&[("/etc/hosts.allow", "# sshd: ALL\n\n"), ("/etc/hosts.deny", "#\n")]);
    let mut unread = Vec::new();
    assert!(
        look(&comments.system, &mut unread).is_none() && unread.is_empty(),
        "Debian's own have comments alone"
    );
    assert!(look(&Tree::new(&[]).system, &mut unread).is_none());
    let tree = Tree::new(&[
        ("/etc/hosts.allow", "sshd: /etc/friends\n"),
        ("/etc/hosts.deny", "ALL: ALL\n"),
        ("/etc/friends", "192.0.2.7"),
    ]);
    let files = look(&tree.system, &mut unread).expect("rules");
    let answer = evaluate(&files, &sshd(), Family::V4);
    assert_eq!((says(&answer, "192.0.2.7"), says(&answer, "192.0.2.8")), ("in", "out"));
    assert!(unread.is_empty());
    // What cannot be read may say anything.
    let large = Tree::new(&[("/etc/hosts.deny", "ALL: ALL\n")]);
    large.write("/etc/hosts.allow", &vec![b'x'; usize::try_from(crate::system::MAX_FILE).unwrap() + 1]);
    let files = look(&large.system, &mut unread).expect("rules");
    assert_eq!(says(&evaluate(&files, &sshd(), Family::V4), "192.0.2.7"), "maybe");
    assert_eq!(unread.len(), 1);
}
