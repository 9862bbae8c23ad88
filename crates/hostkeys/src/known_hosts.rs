//! known_hosts as sshd(8) describes it under SSH_KNOWN_HOSTS FILE FORMAT, and as OpenSSH's hostfile.c reads it.
//!
//! Every line is kept byte for byte, whatever is in it: what is written back is what was read.

use std::path::{Path, PathBuf};

use crate::key::{KeyError, PublicKey};
use crate::name::Hashed;
use crate::pattern::{self, Listed};

/// The longest marker and its `@` that OpenSSH looks at, exclusive.
const LONGEST_MARKER: usize = 32;

/// A file of known hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownHosts {
    path: PathBuf,
    lines: Vec<Line>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Counted from 1.
    pub number: usize,
    /// The bytes, with what ends the line. The last line may have no end.
    pub bytes: Vec<u8>,
    /// What OpenSSH sees in it.
    pub content: Content,
}

/// What a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Nothing but white space.
    Blank,
    /// A line that begins with `#`.
    Comment,
    /// Hosts and a key.
    Entry(Box<Entry>),
    /// OpenSSH passes over it.
    Invalid(Flaw),
}

/// Why a line is passed over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// Neither `@cert-authority` nor `@revoked`, or more than one.
    #[error("the marker is not known")]
    Marker,
    /// Hosts without a key.
    #[error("the line ends before the key")]
    Truncated,
    /// A `|` that begins no hash.
    #[error("the hash of the host is damaged")]
    Hash,
    /// The key.
    #[error("{0}")]
    Key(KeyError),
}

/// What `@` says at the beginning of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// `@cert-authority`: the key signs certificates of these hosts.
    CertAuthority,
    /// `@revoked`: the key is never to be accepted.
    Revoked,
}

/// The hosts of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Names {
    /// One name, hashed.
    Hashed(Hashed),
    /// Patterns with commas between them.
    Patterns(Vec<u8>),
}

/// Hosts and their key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is for.
    pub marker: Option<Marker>,
    /// For whom.
    pub names: Names,
    /// The key.
    pub key: PublicKey,
    /// The rest of the line, without white space around it.
    pub comment: String,
    /// The bytes after the hosts, without the end of the line, for rewriting it.
    pub(crate) rest: Vec<u8>,
}

impl Names {
    /// Whether these are names of a host. `name` is as [`crate::name::with_port`] makes it.
    pub fn cover(&self, name: &str) -> bool {
        match self {
            // Names are in lower case before they are hashed.
            Names::Hashed(hashed) => hashed.is(name.to_ascii_lowercase().as_bytes()),
            Names::Patterns(patterns) => pattern::host(name.as_bytes(), patterns) == Listed::Yes,
        }
    }

    /// Whether each name means one host: none is a pattern or negated.
    pub fn are_plain(&self) -> bool {
        match self {
            Names::Hashed(_) => true,
            Names::Patterns(patterns) => !patterns.iter().any(|byte| b"*?!".contains(byte)),
        }
    }
}

impl std::fmt::Display for Names {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Names::Hashed(hashed) => hashed.fmt(formatter),
            Names::Patterns(patterns) => String::from_utf8_lossy(patterns).fmt(formatter),
        }
    }
}

impl KnownHosts {
    /// Reads the bytes of a file. There is no error: what is not understood is a line that is
    /// [`Content::Invalid`].
    pub fn parse(path: &Path, bytes: &[u8]) -> KnownHosts {
        let lines = bytes
            .split_inclusive(|byte| *byte == b'\n')
            .zip(1..)
            .map(|(line, number)| Line { number, bytes: line.to_vec(), content: content(line) })
            .collect();
        KnownHosts { path: path.to_owned(), lines }
    }

    /// Where it was read.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The lines, in order.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The lines that have hosts and a key, with their numbers.
    pub fn entries(&self) -> impl Iterator<Item = (usize, &Entry)> {
        self.lines.iter().filter_map(|line| match &line.content {
            Content::Entry(entry) => Some((line.number, entry.as_ref())),
            _ => None,
        })
    }

    /// The bytes that were read.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.lines.iter().flat_map(|line| line.bytes.iter().copied()).collect()
    }
}

fn content(line: &[u8]) -> Content {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    // OpenSSH reads lines as texts of C.
    let line = line.split(|byte| *byte == 0).next().unwrap_or_default();
    let line = trim_start(line);
    match line.first() {
        None => return Content::Blank,
        Some(b'#') => return Content::Comment,
        Some(_) => {}
    }
    if line.iter().all(u8::is_ascii_whitespace) {
        return Content::Blank;
    }
    match entry(line) {
        Ok(entry) => Content::Entry(Box::new(entry)),
        Err(flaw) => Content::Invalid(flaw),
    }
}

fn entry(line: &[u8]) -> Result<Entry, Flaw> {
    let (marker, line) = marker(line)?;
    let (hosts, rest) = word(line).ok_or(Flaw::Truncated)?;
    let names = if hosts.first() == Some(&b'|') {
        Names::Hashed(Hashed::parse(hosts).ok_or(Flaw::Hash)?)
    } else {
        Names::Patterns(hosts.to_vec())
    };
    let key = trim_start(rest);
    if matches!(key.first(), None | Some(b'#')) {
        return Err(Flaw::Truncated);
    }
    let (kind, after) = word(key).ok_or(Flaw::Truncated)?;
    let base64 = trim_start(after);
    let end = base64.iter().position(is_blank).unwrap_or(base64.len());
    let (base64, comment) = base64.split_at_checked(end).unwrap_or_default();
    if base64.is_empty() {
        return Err(Flaw::Truncated);
    }
    let key = PublicKey::from_text(&String::from_utf8_lossy(kind), base64).map_err(Flaw::Key)?;
    let comment = String::from_utf8_lossy(comment).trim().to_owned();
    Ok(Entry { marker, names, key, comment, rest: rest.to_vec() })
}

/// Reads a marker as `check_markers` does: it ends at the first space of the line, and only where there is none at
/// the first tab.
fn marker(line: &[u8]) -> Result<(Option<Marker>, &[u8]), Flaw> {
    if line.first() != Some(&b'@') {
        return Ok((None, line));
    }
    let end = line
        .iter()
        .position(|byte| *byte == b' ')
        .or_else(|| line.iter().position(|byte| *byte == b'\t'))
        .filter(|end| *end < LONGEST_MARKER)
        .ok_or(Flaw::Marker)?;
    let (word, rest) = line.split_at_checked(end).ok_or(Flaw::Marker)?;
    let marker = match word {
        b"@cert-authority" => Marker::CertAuthority,
        b"@revoked" => Marker::Revoked,
        _ => return Err(Flaw::Marker),
    };
    let rest = trim_start(rest);
    if rest.first() == Some(&b'@') {
        return Err(Flaw::Marker);
    }
    Ok((Some(marker), rest))
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn trim_start(line: &[u8]) -> &[u8] {
    let blank = line.iter().take_while(|byte| is_blank(byte)).count();
    line.get(blank..).unwrap_or_default()
}

/// The first word, and what follows it with the white space between. `None` where nothing follows.
fn word(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = line.iter().position(is_blank)?;
    line.split_at_checked(end)
}
