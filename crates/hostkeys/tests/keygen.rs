//! The file as ssh-keygen sees it: -F, -H and -R.
mod common;

use std::path::Path;
use std::process::Command;

use common::{Numbers, make, public, run};
use midwatch_hostkeys::edit::{Change, Hashing, Others};
use midwatch_hostkeys::key::PublicKey;
use midwatch_hostkeys::known_hosts::{Content, Flaw, KnownHosts, Marker};
use midwatch_hostkeys::name::Hashed;
use proptest::prelude::*;

/// The lines that `ssh-keygen -F` finds for a name, with their markers.
fn found(file: &Path, name: &str) -> Vec<(usize, Option<Marker>)> {
    let said = run(Command::new("ssh-keygen").args(["-l", "-F", name, "-f"]).arg(file));
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let lines = said.lines().filter_map(|line| line.strip_prefix(&format!("# Host {name} found: line ")));
    lines
        .map(|line| {
            let mut words = line.split_whitespace();
            let number = words.next().unwrap().parse().unwrap();
            let marker = match words.next() {
                Some("CA") => Some(Marker::CertAuthority),
                Some("REVOKED") => Some(Marker::Revoked),
                _ => None,
            };
            (number, marker)
        })
        .collect()
}

fn ours(file: &Path, name: &str) -> Vec<(usize, Option<Marker>)> {
    let known = KnownHosts::parse(file, &std::fs::read(file).unwrap());
    known
        .entries()
        .filter(|(_, entry)| entry.names.cover(name))
        .map(|(line, entry)| (line, entry.marker))
        .collect()
}

#[test]
fn the_same_lines_are_found() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("known_hosts");
    let k = public(&make(directory.path(), "k", &["ed25519"])).to_text();
    let base64 = k.split(' ').nth(1).unwrap();
    let hash = Hashed::new("hashed.example").unwrap();
    let lines = [
        format!("a.example,b.example {k} a comment"),
        format!("\t *.example,!b.example\t{k}"),
        format!("[a.example]:2222 {k}"),
        format!("@cert-authority *.example {k}"),
        format!("@revoked * {k}"),
        format!("@revoked\t* {k}"),
        format!("@revoked @cert-authority * {k}"),
        format!("@unknown * {k}"),
        format!("{hash} {k}"),
        format!("|1|damaged|hash {k}"),
        format!("{hash},a.example {k}"),
        "a.example".to_owned(),
        "a.example ".to_owned(),
        "a.example ssh-ed25519".to_owned(),
        "a.example ssh-ed25519 #".to_owned(),
        format!("a.example ssh-rsa {base64}"),
        format!("a.example ssh-ed25519 {}", &base64[..20]),
        format!("a.example ssh-ed25519 {base64}= x"),
        format!("a.example ssh-ed25519   {base64}\r"),
        "# a.example".to_owned(),
        String::new(),
        "\r".to_owned(),
        format!("A.EXAMPLE {k}"),
        format!("?.example {k}"),
        format!("!c.example {k}"),
        format!("a.example, {k}"),
        format!(",a.example {k}"),
        format!("2001:db8::1 {k}"),
        format!("a.example {k}\0 more"),
        format!("a.exa\0mple {k}"),
        format!("last.example {k}"),
    ];
    std::fs::write(&file, lines.join("\n")).unwrap();
    let names = [
        "a.example",
        "b.example",
        "c.example",
        "A.Example",
        "[a.example]:2222",
        "hashed.example",
        "2001:db8::1",
        "last.example",
        "x",
        ".example",
    ];
    for name in names {
        assert_eq!(ours(&file, name), found(&file, name), "{name}");
    }
    assert_eq!(ours(&file, "a.example").len(), 10);
    let known = KnownHosts::parse(&file, &std::fs::read(&file).unwrap());
    assert_eq!(known.to_bytes(), std::fs::read(&file).unwrap());
    let content = |number: usize| &known.lines()[number - 1].content;
    assert_eq!(content(8), &Content::Invalid(Flaw::Marker));
    assert_eq!(content(10), &Content::Invalid(Flaw::Hash));
    assert_eq!(content(12), &Content::Invalid(Flaw::Truncated));
    assert_eq!(content(20), &Content::Comment);
    assert_eq!(content(21), &Content::Blank);
}

fn random_file(numbers: &mut Numbers, keys: &[PublicKey]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..numbers.below(12) {
        let marker = *numbers.one(&["", "", "", "", "@revoked ", "@cert-authority ", "@x "]);
        let atoms =
            ["a", "b", "ab", "A", "*", "?", "!a", "!b", "a*", "*b", "[a]:22", "[b]:2222", "", "10.0.0.1"];
        let names = if numbers.below(4) == 0 {
            Hashed::new(numbers.one::<&str>(&["a", "b", "[b]:2222"])).unwrap().to_string()
        } else {
            let count = 1 + numbers.below(3);
            (0..count).map(|_| *numbers.one(&atoms)).collect::<Vec<_>>().join(",")
        };
        let gap = *numbers.one(&[" ", "\t", "  "]);
        let key = match numbers.below(10) {
            0 => "ssh-ed25519 AAAA".to_owned(),
            1 => String::new(),
            _ => numbers.one(keys).to_text(),
        };
        let end = *numbers.one(&["\n", "\n", " comment\n", "\r\n", "\n\n", "\n# a\n"]);
        bytes.extend_from_slice(format!("{marker}{names}{gap}{key}{end}").as_bytes());
    }
    if numbers.below(3) == 0 {
        bytes.pop();
    }
    bytes
}

#[test]
fn the_same_lines_are_found_in_random_files() {
    let directory = tempfile::tempdir().unwrap();
    let keys = [
        public(&make(directory.path(), "k", &["ed25519"])),
        public(&make(directory.path(), "r", &["rsa", "-b", "1024"])),
    ];
    let file = directory.path().join("known_hosts");
    let mut numbers = Numbers(5);
    let mut lines = 0;
    for round in 0..60 {
        let bytes = random_file(&mut numbers, &keys);
        std::fs::write(&file, &bytes).unwrap();
        assert_eq!(KnownHosts::parse(&file, &bytes).to_bytes(), bytes);
        for name in ["a", "b", "ab", "[b]:2222", "10.0.0.1"] {
            let ours = ours(&file, name);
            assert_eq!(
                ours,
                found(&file, name),
                "round {round}, {name} in {}",
                String::from_utf8_lossy(&bytes)
            );
            lines += ours.len();
        }
    }
    assert!(lines > 300, "{lines}");
}

#[test]
fn hashed_by_either_and_found_by_both() {
    let directory = tempfile::tempdir().unwrap();
    let k = public(&make(directory.path(), "k", &["ed25519"]));
    let file = directory.path().join("known_hosts");
    std::fs::write(&file, format!("a,[b]:2222 {}\n*.c {}\n", k.to_text(), k.to_text())).unwrap();
    assert!(run(Command::new("ssh-keygen").args(["-H", "-f"]).arg(&file)).status.success());
    let known = KnownHosts::parse(&file, &std::fs::read(&file).unwrap());
    assert_eq!(known.lines().len(), 3);
    for name in ["a", "[b]:2222", "x.c"] {
        assert_eq!(ours(&file, name).len(), 1);
        assert_eq!(ours(&file, name), found(&file, name));
    }
    // The last line that means one host is hashed, and so is what is added.
    let change = |hashing| Change {
        names: vec!["new".to_owned(), "10.0.0.9".to_owned()],
        key: k.clone(),
        others: Others::Stay,
        hashing,
    };
    let changed = known.with(&change(Hashing::AsFound)).unwrap();
    std::fs::write(&file, &changed.bytes).unwrap();
    assert_eq!(found(&file, "new"), [(4, None)]);
    assert_eq!(found(&file, "10.0.0.9"), [(5, None)]);
    assert!(!String::from_utf8(changed.bytes).unwrap().contains("new"));
    let plain = known.with(&change(Hashing::No)).unwrap();
    assert!(String::from_utf8(plain.bytes).unwrap().ends_with(&format!("\nnew,10.0.0.9 {}\n", k.to_text())));
}

#[test]
fn where_a_line_has_one_name_replacing_takes_what_ssh_keygen_removes() {
    let directory = tempfile::tempdir().unwrap();
    let old = public(&make(directory.path(), "old", &["ed25519"]));
    let new = public(&make(directory.path(), "new", &["ed25519"]));
    let mut numbers = Numbers(9);
    for _ in 0..20 {
        let file = directory.path().join("known_hosts");
        let mut text = String::new();
        for _ in 0..numbers.below(10) {
            let name = *numbers.one(&["a", "b", "c"]);
            let marker = *numbers.one(&["", "", "", "@revoked ", "@cert-authority "]);
            let name =
                if numbers.below(2) == 0 { name.to_owned() } else { Hashed::new(name).unwrap().to_string() };
            text += &format!("{marker}{name} {}\n", old.to_text());
        }
        std::fs::write(&file, &text).unwrap();
        let change = Change {
            names: vec!["a".to_owned()],
            key: new.clone(),
            others: Others::ReplaceSameType,
            hashing: Hashing::No,
        };
        let ours = KnownHosts::parse(&file, text.as_bytes()).with(&change).unwrap();
        run(Command::new("ssh-keygen").args(["-R", "a", "-f"]).arg(&file));
        let theirs = std::fs::read(&file).unwrap();
        let added = format!("a {}\n", new.to_text());
        assert_eq!(String::from_utf8(ours.bytes), String::from_utf8([theirs, added.into_bytes()].concat()));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_kept(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert_eq!(KnownHosts::parse(Path::new("x"), &bytes).to_bytes(), bytes);
    }

    #[test]
    fn any_text_is_kept(text in "[@#|!*a-c, \t\r\n]{0,200}") {
        let known = KnownHosts::parse(Path::new("x"), text.as_bytes());
        prop_assert_eq!(known.to_bytes(), text.as_bytes());
    }
}
