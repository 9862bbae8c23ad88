//! Keys and certificates by the real ssh-keygen.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use midwatch_hostkeys::key::PublicKey;

/// 2030-01-01, at which all certificates that do not say otherwise are valid.
pub const NOW: u64 = 1_893_456_000;

pub fn run(command: &mut Command) -> Output {
    let program = command.get_program().to_owned();
    command.output().unwrap_or_else(|error| panic!("{program:?} (Debian package openssh-client): {error}"))
}

/// Makes a key and gives the path of its private half.
pub fn make(directory: &Path, name: &str, kind: &[&str]) -> PathBuf {
    let path = directory.join(name);
    let made = run(Command::new("ssh-keygen")
        .args(["-q", "-N", "", "-C", name, "-t"])
        .args(kind)
        .arg("-f")
        .arg(&path));
    assert!(made.status.success(), "{made:?}");
    path
}

/// Reads a file of one public key.
pub fn read(path: &Path) -> PublicKey {
    let text = std::fs::read_to_string(path).unwrap();
    let mut words = text.split_whitespace();
    PublicKey::from_text(words.next().unwrap(), words.next().unwrap().as_bytes()).unwrap()
}

pub fn public(private: &Path) -> PublicKey {
    read(&private.with_extension("pub"))
}

/// Certifies a key for hosts; `more` are arguments of ssh-keygen. The certificate is read, and then in the way of none.
pub fn certify(authority: &Path, key: &Path, more: &[&str]) -> PublicKey {
    let public = key.with_extension("pub");
    let made = run(Command::new("ssh-keygen")
        .args(["-q", "-s"])
        .arg(authority)
        .args(["-I", "id"])
        .args(more)
        .arg(&public));
    assert!(made.status.success(), "{made:?}");
    read(&key.with_file_name(format!("{}-cert.pub", key.file_name().unwrap().to_str().unwrap())))
}

/// Numbers that are the same in every run (splitmix64).
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}
