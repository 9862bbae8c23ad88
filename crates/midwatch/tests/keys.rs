//! `midwatch keys` with keys of ssh-keygen, wg and openssl.

mod common;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use common::{code, midwatch, stderr, stdout};
use serde_json::Value;

/// A directory with keys.
struct Keys(tempfile::TempDir);

impl Keys {
    fn new() -> Keys {
        let keys = Keys(tempfile::tempdir().expect("a directory"));
        for name in ["elizabeth", "david"] {
            keys.tool("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", name]);
        }
        keys
    }

    fn tool(&self, program: &str, arguments: &[&str]) -> Vec<u8> {
        let output = Command::new(program).args(arguments).current_dir(self.0.path()).output();
        let output = output.unwrap_or_else(|error| panic!("{program}: {error}; see scripts/setup"));
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        std::fs::write(self.at(name), content).expect("a file");
        self.at(name)
    }
}

fn keys(arguments: &[&dyn AsRef<std::ffi::OsStr>]) -> Output {
    let mut all = vec![std::ffi::OsString::from("keys")];
    all.extend(arguments.iter().map(|argument| argument.as_ref().to_owned()));
    midwatch(&all)
}

/// With something on standard input.
fn with_input(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_midwatch"));
    command.arg("keys").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("midwatch");
    child.stdin.take().expect("a pipe").write_all(input).expect("room in the pipe");
    child.wait_with_output().expect("an end")
}

/// The 16 words of a key.
fn words(path: &Path) -> Vec<String> {
    let output = keys(&[&"show", &path, &"--format", &"json"]);
    let value: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(value["schema"], "midwatch-keys/1");
    let words = value["keys"][0]["words"].as_array().expect("words");
    words.iter().map(|word| word.as_str().expect("a word").to_owned()).collect()
}

#[test]
fn a_key_is_shown_as_ssh_keygen_shows_it() {
    let made = Keys::new();
    let public = made.at("elizabeth.pub");
    let output = keys(&[&"show", &public]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let page = stdout(&output);
    let theirs = String::from_utf8(made.tool("ssh-keygen", &["-lv", "-f", "elizabeth.pub"])).expect("text");
    let (line, picture) = theirs.split_once('\n').expect("two parts");
    assert!(
        page.contains(line.split(' ').nth(1).expect("a fingerprint")) && page.contains(picture),
        "{page}"
    );
    for row in words(&public).chunks(4) {
        assert!(page.contains(&row.join(" ")), "{page}");
    }
    let short = stdout(&keys(&[&"show", &public, &"--short"]));
    assert!(short.contains("words 9 to 10") && !short.contains("words 13"), "{short}");

    let content = std::fs::read(&public).expect("a file");
    assert_eq!(stdout(&with_input(&["show", "-"], &content)), page);
    let code_shown = stdout(&keys(&[&"show", &public, &"--qr"]));
    assert!(code_shown.contains('▀') && !code_shown.contains('\x1b'), "no terminal, no colours");
    assert!(stdout(&keys(&[&"show", &public, &"--qr", &"--colour", &"always"])).contains("48;5;231"));
}

#[test]
fn private_keys_are_refused_and_not_repeated() {
    let made = Keys::new();
    for command in [&["show"][..], &["compare", "--words", "zulu"]] {
        let mut arguments = vec!["keys"];
        arguments.extend(command);
        let path = made.at("elizabeth");
        let path = path.to_str().expect("text");
        arguments.push(path);
        let output = midwatch(&arguments);
        assert_eq!((code(&output), stdout(&output).as_str()), (2, ""));
        let said = stderr(&output);
        assert!(said.contains("an OpenSSH private key") && said.contains("ssh-keygen -y"), "{said}");
        let content = std::fs::read_to_string(path).expect("a file");
        assert!(!content.lines().any(|line| said.contains(line)), "{said}");
    }
}

#[test]
fn two_keys_are_compared() {
    let made = Keys::new();
    let (elizabeth, david) = (made.at("elizabeth.pub"), made.at("david.pub"));
    let same = keys(&[&"compare", &elizabeth, &elizabeth]);
    assert_eq!(code(&same), 0);
    assert!(stdout(&same).starts_with("Same key.\n"), "{}", stdout(&same));
    let other = keys(&[&"compare", &elizabeth, &david]);
    assert_eq!(code(&other), 1);
    let said = stdout(&other);
    assert!(said.starts_with("Different keys.\n") && said.matches("SHA256:").count() == 2, "{said}");
    let content = std::fs::read(&elizabeth).expect("a file");
    let path = elizabeth.to_str().expect("text");
    assert_eq!(code(&with_input(&["compare", "-", path], &content)), 0);

    let both = made.write("both", [content, std::fs::read(&david).expect("a file")].concat());
    let several = keys(&[&"compare", &both, &david]);
    assert_eq!(code(&several), 2);
    assert!(stderr(&several).contains("holds 2 keys"), "{}", stderr(&several));
    let made_by_age = String::from_utf8(made.tool("age-keygen", &[])).expect("text");
    let recipient =
        made_by_age.lines().find_map(|line| line.strip_prefix("# public key: ")).expect("a recipient");
    let age = made.write("age", recipient);
    let gpg = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxioGY4d/4xsAAAAg+U2nu0jWCmHlZ3BqZYfQMxmZu52JGggkLq2EVD34laM=\n-----END PGP PUBLIC KEY BLOCK-----\n";
    let pgp = made.write("pgp", gpg);
    assert_eq!(code(&keys(&[&"compare", &age, &pgp])), 2, "two formats that have nothing in common");
    let json = keys(&[&"compare", &elizabeth, &david, &"--format", &"json"]);
    let value: Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!((code(&json), value["verdict"].as_str()), (1, Some("different")));
}

#[test]
fn words_that_are_read_out_are_compared() {
    let made = Keys::new();
    let public = made.at("elizabeth.pub");
    let own = words(&public);
    let compare = |said: &str, more: &[&str]| {
        let mut arguments = vec!["keys", "compare", public.to_str().expect("text"), "--words", said];
        arguments.extend(more);
        let output = midwatch(&arguments);
        (code(&output), stdout(&output))
    };
    let (same, text) = compare(&own.join(" "), &[]);
    assert_eq!(same, 0, "{text}");
    assert!(text.starts_with("Same key: all 16 words are its own (128 bits)."), "{text}");
    assert_eq!(compare(&own.join(", ").to_uppercase(), &[]).0, 0);
    let path = public.to_str().expect("text");
    assert_eq!(code(&with_input(&["compare", path, "--words", "-"], own.join("\n").as_bytes())), 0);

    let (few, text) = compare(&own[..10].join(" "), &[]);
    assert_eq!(few, 2);
    assert!(text.contains("80 bits") && text.contains("--short"), "{text}");
    assert_eq!(compare(&own[..10].join(" "), &["--short"]).0, 0);
    assert_eq!(compare(&own[..9].join(" "), &["--short"]).0, 2);

    let (other, text) = compare(&words(&made.at("david.pub")).join(" "), &[]);
    assert_eq!(other, 1);
    assert!(text.starts_with("Different at words ") && text.contains("Harmless causes"), "{text}");

    let mut dropped = own.clone();
    dropped.remove(4);
    let (again, text) = compare(&dropped.join(" "), &[]);
    assert_eq!(again, 2);
    assert!(text.starts_with("Not decided: word 5, '") && text.contains("left out"), "{text}");
    let value: Value =
        serde_json::from_str(&compare(&dropped.join(" "), &["--format", "json"]).1).expect("JSON");
    assert_eq!((value["verdict"].as_str(), value["place"].as_u64()), (Some("again"), Some(5)));
    assert_eq!(compare("", &[]).0, 2);
}

#[test]
fn wireguard_is_read_where_somebody_says_so() {
    let made = Keys::new();
    let key = made.write("key", made.tool("wg", &["genpsk"]));
    let output = keys(&[&"show", &key]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("--as wireguard"), "{}", stderr(&output));
    assert_eq!(code(&keys(&[&"show", &key, &"--as", &"wireguard"])), 0);
    let named = made.write("wg0.pub", std::fs::read(&key).expect("a file"));
    assert_eq!(code(&keys(&[&"show", &named])), 0);
}

#[test]
fn usage_and_what_cannot_be_read() {
    let made = Keys::new();
    let public = made.at("elizabeth.pub");
    for wrong in [
        vec![],
        vec!["show"],
        vec!["compare", "a"],
        vec!["compare", "-", "-"],
        vec!["compare", "-", "--words", "-"],
        vec!["compare", "a", "b", "--words", "zulu"],
        vec!["show", "a", "--as", "openpgp"],
    ] {
        let output = with_input(&wrong, b"");
        assert_eq!(code(&output), 64, "{wrong:?}: {}", stderr(&output));
    }
    for (name, content) in [("nothing", &b""[..]), ("text", b"hello\n"), ("bytes", &[0, 1, 2, 0xFF])] {
        let file = made.write(name, content);
        assert_eq!(code(&keys(&[&"show", &file])), 2, "{name}");
        assert_eq!(code(&keys(&[&"compare", &public, &file])), 2, "{name}");
    }
    assert_eq!(code(&keys(&[&"show", &made.at("missing")])), 2);
    assert_eq!(code(&keys(&[&"show", &made.0.path()])), 2, "a directory");
}
