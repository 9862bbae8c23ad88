//! Runs the tools of each format, from Debian's packages.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use midwatch_keys::{Format, Hint, PublicKey, ReadError, read};

/// Runs a program in a directory with this on its standard input, and gives what came of it.
pub fn run(directory: &Path, package: &str, program: &str, arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(directory)
        .env("HOME", directory)
        .env("GNUPGHOME", directory.join("gnupg"));
    command.env("LC_ALL", "C").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .unwrap_or_else(|error| panic!("{program} is not there: apt-get install {package} ({error})"));
    let mut stdin = child.stdin.take().expect("a pipe");
    // A program that reads nothing may have gone.
    let _ = stdin.write_all(input);
    drop(stdin);
    child.wait_with_output().expect("an end")
}

/// The same, for a program that has to succeed: its standard output.
pub fn output(directory: &Path, package: &str, program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let output = run(directory, package, program, arguments, input);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {said}");
    output.stdout
}

/// The same as text.
pub fn text(directory: &Path, package: &str, program: &str, arguments: &[&str]) -> String {
    String::from_utf8(output(directory, package, program, arguments, b"")).expect("text")
}

/// The keys of a file.
pub fn keys(path: impl AsRef<Path>) -> Result<Vec<PublicKey>, ReadError> {
    let name = path.as_ref().file_name().map(|name| name.to_string_lossy().into_owned());
    read(&std::fs::read(path).expect("a file"), &Hint { name, format: None })
}

/// The one key of a file.
pub fn key(path: impl AsRef<Path>) -> PublicKey {
    one(keys(path))
}

/// The one key.
pub fn one(keys: Result<Vec<PublicKey>, ReadError>) -> PublicKey {
    let mut keys = keys.expect("a key");
    assert_eq!(keys.len(), 1, "{keys:?}");
    keys.remove(0)
}

/// Reads bytes as a format.
pub fn read_as(bytes: &[u8], format: Format) -> Result<Vec<PublicKey>, ReadError> {
    read(bytes, &Hint { name: None, format: Some(format) })
}

/// The fingerprint of a kind.
pub fn print<'a>(key: &'a PublicKey, kind: &str) -> &'a str {
    let print = key.fingerprints.iter().find(|print| print.kind == kind);
    &print.unwrap_or_else(|| panic!("no {kind} in {key:?}")).value
}

/// Asserts that these bytes are refused as a private key, in a sentence that holds nothing of them.
pub fn refused(bytes: &[u8], form: &str) {
    let error = read(bytes, &Hint::default()).expect_err("a private key");
    assert!(matches!(error, ReadError::Private { form: told, .. } if told == form), "{error}");
    let sentence = error.to_string();
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| line.len() > 16) {
        let line = String::from_utf8_lossy(line);
        assert!(!sentence.contains(line.trim()), "{sentence}");
    }
}
