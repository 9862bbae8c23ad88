//! Changes to the bytes of known_hosts, without I/O.

use crate::key::PublicKey;
use crate::known_hosts::{Content, Entry, KnownHosts, Line, Marker, Names};
use crate::name::{self, Hashed};
use crate::pattern;

/// What is to be changed.
#[derive(Debug, Clone)]
pub struct Change {
    /// The names of the host, as [`name::with_port`] makes them; an address may be among them.
    pub names: Vec<String>,
    /// Its key. Of a certificate only the key is written.
    pub key: PublicKey,
    /// What becomes of other keys.
    pub others: Others,
    /// How the names are written.
    pub hashing: Hashing,
}

/// What becomes of other keys of the same host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// All stay: the key is added.
    Stay,
    /// Those of the same type go: the key replaces them.
    ReplaceSameType,
}

/// How names are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hashing {
    /// Hashed where the last line that means one host is, which is what the client that wrote it was set to.
    AsFound,
    /// Hashed (HashKnownHosts yes).
    Yes,
    /// As they are (HashKnownHosts no).
    No,
}

/// What came of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The new bytes.
    pub bytes: Vec<u8>,
    /// The names that were added; empty where the file had the key for all of them.
    pub added: Vec<String>,
    /// Lines that are gone or have lost a name, as numbers in the old file.
    pub altered: Vec<usize>,
}

/// Why nothing is changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// Not a name of one host.
    #[error("{0:?} cannot be written to known_hosts: it is no name of a host")]
    Name(String),
    /// Nothing to save.
    #[error("no name of a host was given")]
    NoName,
    /// The file says that this key is not to be trusted.
    #[error(
        "line {line} of the file says that this key is revoked for {name}: delete that line first, if it is wrong"
    )]
    Revoked {
        /// The host.
        name: String,
        /// The line.
        line: usize,
    },
    /// No salt.
    #[error("the system gave no random bytes for the hash of a name")]
    Random,
}

impl KnownHosts {
    /// The file with a change. Lines that are not concerned keep every byte.
    ///
    /// # Errors
    /// [`EditError`].
    pub fn with(&self, change: &Change) -> Result<Changed, EditError> {
        if change.names.is_empty() {
            return Err(EditError::NoName);
        }
        let key = change.key.without_certificate();
        let mut names: Vec<String> = Vec::new();
        for name in change.names.iter().map(|name| name.to_ascii_lowercase()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        for name in &names {
            if !name::may_be_written(name) {
                return Err(EditError::Name(name.clone()));
            }
            let revoked = self.entries().find(|(_, entry)| {
                entry.marker == Some(Marker::Revoked) && entry.key.same_key(&key) && entry.names.cover(name)
            });
            if let Some((line, _)) = revoked {
                return Err(EditError::Revoked { name: name.clone(), line });
            }
        }
        let mut bytes = Vec::new();
        let mut altered = Vec::new();
        for line in self.lines() {
            match (change.others, &line.content) {
                (Others::ReplaceSameType, Content::Entry(entry)) if replaced(entry, &key, &names) => {
                    altered.push(line.number);
                    bytes.extend_from_slice(&without(line, entry, &names));
                }
                _ => bytes.extend_from_slice(&line.bytes),
            }
        }
        let added: Vec<String> = names
            .into_iter()
            .filter(|name| {
                !self
                    .entries()
                    .any(|(_, entry)| entry.marker.is_none() && entry.key == key && entry.names.cover(name))
            })
            .collect();
        if !added.is_empty() {
            let end: &[u8] = if self.ends_with_cr() { b"\r\n" } else { b"\n" };
            if bytes.last().is_some_and(|last| *last != b'\n') {
                bytes.extend_from_slice(end);
            }
            for field in self.fields(&added, change.hashing)? {
                bytes.extend_from_slice(format!("{field} {}", key.to_text()).as_bytes());
                bytes.extend_from_slice(end);
            }
        }
        Ok(Changed { bytes, added, altered })
    }

    /// The first fields of the lines to add: one line with all names, or one for each that is hashed.
    fn fields(&self, names: &[String], hashing: Hashing) -> Result<Vec<String>, EditError> {
        let hash = match hashing {
            Hashing::Yes => true,
            Hashing::No => false,
            Hashing::AsFound => self
                .entries()
                .filter(|(_, entry)| entry.marker.is_none() && entry.names.are_plain())
                .last()
                .is_some_and(|(_, entry)| matches!(entry.names, Names::Hashed(_))),
        };
        if !hash {
            return Ok(vec![names.join(",")]);
        }
        names
            .iter()
            .map(|name| Hashed::new(name).map(|hashed| hashed.to_string()).map_err(|_| EditError::Random))
            .collect()
    }

    /// Whether every line that has an end ends as on Windows.
    fn ends_with_cr(&self) -> bool {
        let mut ended = self.lines().iter().filter(|line| line.bytes.ends_with(b"\n")).peekable();
        ended.peek().is_some() && ended.all(|line| line.bytes.ends_with(b"\r\n"))
    }
}

fn replaced(entry: &Entry, key: &PublicKey, names: &[String]) -> bool {
    entry.marker.is_none()
        && entry.key.type_name() == key.type_name()
        && entry.key != *key
        && names.iter().any(|name| entry.names.cover(name))
}

/// The line without some names: nothing where no other is left. Where a pattern covers a name too, the name is
/// negated, so that the line keeps what else it covers.
fn without(line: &Line, entry: &Entry, names: &[String]) -> Vec<u8> {
    let Names::Patterns(patterns) = &entry.names else { return Vec::new() };
    let gone = |item: &[u8]| names.iter().any(|name| item.eq_ignore_ascii_case(name.as_bytes()));
    let mut left: Vec<&[u8]> = pattern::items(patterns).filter(|item| !gone(item)).collect();
    if !left.iter().any(|item| !item.is_empty() && !item.starts_with(b"!")) {
        return Vec::new();
    }
    let kept = left.join(&b","[..]);
    let negated: Vec<Vec<u8>> = names
        .iter()
        .filter(|name| pattern::host(name.as_bytes(), &kept) == pattern::Listed::Yes)
        .map(|name| format!("!{name}").into_bytes())
        .collect();
    left.extend(negated.iter().map(Vec::as_slice));
    let mut bytes = left.join(&b","[..]);
    bytes.extend_from_slice(&entry.rest);
    if line.bytes.ends_with(b"\n") {
        bytes.push(b'\n');
    }
    bytes
}
