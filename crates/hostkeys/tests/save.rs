//! Saving: all or nothing, whatever ends it and whoever else saves.
mod common;

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::{Numbers, make, public};
use midwatch_hostkeys::edit::{Change, EditError, Hashing, Others};
use midwatch_hostkeys::key::PublicKey;
use midwatch_hostkeys::known_hosts::{Content, KnownHosts};
use midwatch_hostkeys::save::{SaveError, WAIT, read, save, writable_by_others};

const OLD: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
const NEW: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEA";

fn key(text: &str) -> PublicKey {
    let (kind, base64) = text.split_once(' ').unwrap();
    PublicKey::from_text(kind, base64.as_bytes()).unwrap()
}

fn change(name: &str, text: &str, others: Others) -> Change {
    Change { names: vec![name.to_owned()], key: key(text), others, hashing: Hashing::AsFound }
}

fn add(name: &str) -> Change {
    change(name, OLD, Others::Stay)
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = directory
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_new_file_is_its_owners_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a/.ssh/known_hosts");
    let saved = save(&path, &add("a"), WAIT).unwrap();
    assert_eq!((saved.added.as_slice(), saved.backup), (&["a".to_owned()][..], None));
    assert_eq!(text(&path), format!("a {OLD}\n"));
    assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
    assert_eq!(path.parent().unwrap().metadata().unwrap().mode() & 0o777, 0o700);
    assert_eq!(names(path.parent().unwrap()), ["known_hosts", "known_hosts.lock"]);
    assert_eq!(writable_by_others(&path).unwrap(), Some(false));
    assert_eq!(writable_by_others(directory.path().join("x").as_path()).unwrap(), None);
    assert!(read(&directory.path().join("x")).unwrap().is_none());
    // What is there already is not written again.
    let inode = path.metadata().unwrap().ino();
    assert!(save(&path, &add("a"), WAIT).unwrap().added.is_empty());
    assert_eq!(path.metadata().unwrap().ino(), inode);
}

#[test]
fn mode_links_and_every_other_byte_stay() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("real")).unwrap();
    let real = directory.path().join("real/hosts");
    let before = format!("# mine\r\n\n  garbage \x01\n*.b,a,c {OLD} note\nx ssh-rsa AAAA");
    std::fs::write(&real, &before).unwrap();
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o664)).unwrap();
    let link = directory.path().join("known_hosts");
    symlink("real/hosts", &link).unwrap();
    let saved = save(&link, &change("a", NEW, Others::ReplaceSameType), WAIT).unwrap();
    assert_eq!(saved.altered, [4]);
    assert_eq!(
        text(&real),
        format!("# mine\r\n\n  garbage \x01\n*.b,c {OLD} note\nx ssh-rsa AAAA\na {NEW}\n")
    );
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(real.metadata().unwrap().mode() & 0o777, 0o664);
    assert_eq!(writable_by_others(&link).unwrap(), Some(true));
    assert_eq!(text(saved.backup.as_deref().unwrap()), before);
    assert_eq!(names(&directory.path().join("real")), ["hosts", "hosts.lock", "hosts.old"]);
    // A name that a pattern covers is taken out of it; the pattern keeps the rest.
    save(&link, &change("x.b", NEW, Others::ReplaceSameType), WAIT).unwrap();
    assert!(text(&real).contains(&format!("\n*.b,c,!x.b {OLD} note\n")), "{}", text(&real));
    // A second backup goes over the first.
    assert!(text(&directory.path().join("real/hosts.old")).contains("*.b,c "));
}

#[test]
fn a_link_to_no_file_makes_that_file() {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("known_hosts");
    symlink("hosts", &link).unwrap();
    save(&link, &add("a"), WAIT).unwrap();
    assert_eq!(text(&directory.path().join("hosts")), format!("a {OLD}\n"));
    let circle = directory.path().join("circle");
    symlink("circle", &circle).unwrap();
    assert!(matches!(save(&circle, &add("a"), WAIT), Err(SaveError::Io { doing: "following", .. })));
    assert!(matches!(save(directory.path(), &add("a"), WAIT), Err(SaveError::NotRegular(_))));
}

#[test]
fn lines_of_windows_stay_such() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("known_hosts");
    std::fs::write(&path, format!("a {OLD}\r\nb {OLD}\r\n")).unwrap();
    save(&path, &change("a", NEW, Others::ReplaceSameType), WAIT).unwrap();
    assert_eq!(text(&path), format!("b {OLD}\r\na {NEW}\r\n"));
}

#[test]
fn what_must_not_be_saved_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("known_hosts");
    let before = format!("@revoked * {OLD}\n@cert-authority a {NEW}\n");
    std::fs::write(&path, &before).unwrap();
    let edit = |change: &Change| match save(&path, change, WAIT) {
        Err(SaveError::Edit { source, .. }) => source,
        other => panic!("{other:?}"),
    };
    assert_eq!(edit(&add("a")), EditError::Revoked { name: "a".to_owned(), line: 1 });
    assert_eq!(edit(&add("a,b")), EditError::Name("a,b".to_owned()));
    assert_eq!(edit(&add("a\nb")), EditError::Name("a\nb".to_owned()));
    assert_eq!(edit(&Change { names: Vec::new(), ..add("a") }), EditError::NoName);
    assert_eq!(text(&path), before);
    // Lines with markers are left alone.
    save(&path, &change("a", NEW, Others::ReplaceSameType), WAIT).unwrap();
    assert_eq!(text(&path), format!("{before}a {NEW}\n"));
}

#[test]
fn other_types_stay() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("known_hosts");
    let rsa = public(&make(directory.path(), "rsa", &["rsa", "-b", "1024"])).to_text();
    std::fs::write(&path, format!("a {rsa}\na {OLD}\n")).unwrap();
    save(&path, &change("a", NEW, Others::ReplaceSameType), WAIT).unwrap();
    assert_eq!(text(&path), format!("a {rsa}\na {NEW}\n"));
}

#[test]
fn a_lock_is_waited_for_and_not_for_ever() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("known_hosts");
    let lock = std::fs::File::create(directory.path().join("known_hosts.lock")).unwrap();
    lock.lock().unwrap();
    let refused = save(&path, &add("a"), Duration::from_millis(50));
    assert!(matches!(refused, Err(SaveError::Locked { .. })), "{refused:?}");
    assert!(!path.exists());
    drop(lock);
    save(&path, &add("a"), WAIT).unwrap();
}

/// What the next test runs: this very program, which saves until it is ended.
#[test]
#[ignore = "a part of the tests that end it"]
fn saver() {
    let Ok(path) = std::env::var("MIDWATCH_TEST_KNOWN_HOSTS") else { return };
    let name = std::env::var("MIDWATCH_TEST_NAME").unwrap();
    let most: usize = std::env::var("MIDWATCH_TEST_MOST").unwrap().parse().unwrap();
    let mut out = std::io::stderr();
    for number in 0..most {
        let host = format!("{name}{number}.example");
        save(Path::new(&path), &add(&host), WAIT).unwrap();
        // One name moves to the other key and back each time, so that lines go as well.
        let text = if number % 2 == 0 { NEW } else { OLD };
        save(Path::new(&path), &change(&format!("{name}.moving"), text, Others::ReplaceSameType), WAIT)
            .unwrap();
        writeln!(out, "saved {host}").unwrap();
    }
}

struct Saver(Child);

impl Saver {
    fn start(path: &Path, name: &str, most: usize) -> Saver {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "saver", "--ignored", "--nocapture", "--test-threads=1"])
            .env("MIDWATCH_TEST_KNOWN_HOSTS", path)
            .env("MIDWATCH_TEST_NAME", name)
            .env("MIDWATCH_TEST_MOST", most.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Saver(child)
    }
}

impl Drop for Saver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The file parses, holds what it held at first, and every host that was said to be saved.
fn whole(path: &Path, first: &str, saved: &[String]) {
    let bytes = std::fs::read(path).unwrap();
    let known = KnownHosts::parse(path, &bytes);
    assert!(bytes.starts_with(first.as_bytes()));
    assert!(bytes.ends_with(b"\n"));
    for line in known.lines() {
        assert!(!matches!(line.content, Content::Invalid(_)), "{line:?}");
    }
    let hosts: Vec<String> = known.entries().map(|(_, entry)| entry.names.to_string()).collect();
    for host in saved {
        assert_eq!(hosts.iter().filter(|known| *known == host).count(), 1, "{host}");
    }
    let moving = hosts.iter().filter(|host| *host == "k.moving").count();
    assert!(moving <= 1, "{moving}");
}

#[test]
fn killed_a_hundred_times_in_the_middle_no_line_is_lost() {
    let directory = tempfile::tempdir().unwrap();
    let path: PathBuf = directory.path().join("known_hosts");
    let first = format!("# first\nfirst {OLD}\n");
    std::fs::write(&path, &first).unwrap();
    let mut numbers = Numbers(3);
    let mut saved: Vec<String> = Vec::new();
    let mut leftovers = 0;
    for round in 0..100 {
        // The hosts of each round have names of their own; the name that moves is the same.
        let mut saver = Saver::start(&path, "k", usize::MAX);
        let lines = BufReader::new(saver.0.stderr.take().unwrap()).lines();
        let wanted = 1 + numbers.below(4);
        let pause = Duration::from_micros(numbers.next() % 4000);
        let mut said = 0;
        for line in lines {
            let line = line.unwrap();
            let Some(host) = line.strip_prefix("saved ") else { continue };
            if !saved.iter().any(|known| known == host) {
                saved.push(host.to_owned());
            }
            said += 1;
            if said == wanted {
                std::thread::sleep(pause);
                saver.0.kill().unwrap();
            }
        }
        assert!(said >= wanted, "round {round}: the saver ended by itself");
        drop(saver);
        leftovers += names(directory.path()).iter().filter(|name| name.starts_with('.')).count();
        whole(&path, &first, &saved);
        // New hosts each round, or the later rounds would find everything there.
        let kept: String =
            text(&path).lines().filter(|line| !line.starts_with('k')).map(|l| format!("{l}\n")).collect();
        if round % 10 == 9 {
            std::fs::write(&path, kept).unwrap();
            saved.clear();
        }
    }
    // It did end in the middle.
    assert!(leftovers > 0);
    save(&path, &add("last"), WAIT).unwrap();
    assert_eq!(names(directory.path()), ["known_hosts", "known_hosts.lock", "known_hosts.old"]);
}

#[test]
fn several_savers_at_once_lose_no_line() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("known_hosts");
    let first = format!("first {OLD}\n");
    std::fs::write(&path, &first).unwrap();
    let most = 40;
    let savers: Vec<Saver> = ["a", "b", "c"].iter().map(|name| Saver::start(&path, name, most)).collect();
    for mut saver in savers {
        let mut text = String::new();
        std::io::Read::read_to_string(&mut saver.0.stderr.take().unwrap(), &mut text).unwrap();
        assert!(saver.0.wait().unwrap().success(), "{text}");
    }
    let expected: Vec<String> = ["a", "b", "c"]
        .iter()
        .flat_map(|name| (0..most).map(move |number| format!("{name}{number}.example")))
        .collect();
    whole(&path, &first, &expected);
    assert_eq!(KnownHosts::parse(&path, &std::fs::read(&path).unwrap()).lines().len(), 1 + 3 * most + 3);
}

/// What ssh does: it opens the file to append, and takes no lock.
#[test]
fn lines_that_ssh_appends_meanwhile_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("known_hosts");
    std::fs::write(&path, "").unwrap();
    let saver = Saver::start(&path, "s", 30);
    for number in 0..300 {
        let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(format!("ssh{number} {OLD}\n").as_bytes()).unwrap();
        std::thread::sleep(Duration::from_micros(300));
    }
    let mut saver = saver;
    let mut said = String::new();
    std::io::Read::read_to_string(&mut saver.0.stderr.take().unwrap(), &mut said).unwrap();
    assert!(saver.0.wait().unwrap().success(), "{said}");
    let known = KnownHosts::parse(&path, &std::fs::read(&path).unwrap());
    let hosts: Vec<String> = known.entries().map(|(_, entry)| entry.names.to_string()).collect();
    let lost: Vec<usize> = (0..300).filter(|number| !hosts.contains(&format!("ssh{number}"))).collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert_eq!(hosts.iter().filter(|host| host.ends_with(".example")).count(), 30);
}
