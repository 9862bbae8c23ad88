//! ssh_config(5), read as OpenSSH's readconf.c does: what holds for a host, and which line says so.
//!
//! [`resolve`] goes through the files with a [`Query`] and answers with [`Resolved`]: every setting that applies, in
//! order, of which the first of a keyword is the one that counts. No command is ever run: a `Match exec` whose other
//! criteria are met is reported as not evaluated, and its block taken as not applying. Names are not canonicalised,
//! which needs the DNS; CanonicalizeHostname is reported instead.

mod evaluate;
mod files;
mod resolved;
mod tokens;
mod words;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use evaluate::resolve;
pub use files::{Disk, Files, LARGEST, Text};
pub use resolved::{Answer, Ask, Given, Hop, Strict, Way};
pub use tokens::TokenError;

/// What is asked: `ssh` and its arguments, and who asks.
#[derive(Debug, Clone)]
pub struct Query {
    /// The host as the user wrote it.
    pub host: String,
    /// `-p`.
    pub port: Option<u16>,
    /// `-l` or `user@`.
    pub user: Option<String>,
    /// `-o`, each as a line of ssh_config. They come before all files.
    pub options: Vec<String>,
    /// The command to run over there; empty for a shell.
    pub command: String,
    /// The files in order.
    pub files: Vec<Source>,
    /// Who asks, by name.
    pub local_user: String,
    /// And by number.
    pub uid: u32,
    /// Their home.
    pub home: PathBuf,
    /// The name of this computer, gethostname(2).
    pub local_host: String,
    /// The environment.
    pub environment: BTreeMap<String, String>,
}

/// A file to begin with.
#[derive(Debug, Clone)]
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    /// Whether it is the user's: relative files of Include are then below `~/.ssh`, else below `/etc/ssh`.
    pub user: bool,
    /// Whether OpenSSH ends where others may write to it: so for `~/.ssh/config`, not for `-F`.
    pub guarded: bool,
}

impl Source {
    /// `~/.ssh/config` and `/etc/ssh/ssh_config`, in this order.
    pub fn usual(home: &Path) -> Vec<Source> {
        vec![
            Source { path: home.join(".ssh/config"), user: true, guarded: true },
            Source { path: PathBuf::from("/etc/ssh/ssh_config"), user: false, guarded: false },
        ]
    }

    /// The file of `-F`, which stands for both.
    pub fn named(path: &Path) -> Vec<Source> {
        vec![Source { path: path.to_owned(), user: true, guarded: false }]
    }
}

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// The file; `None` for the command line.
    pub file: Option<PathBuf>,
    /// The line, counted from 1; of the command line, which `-o` it was.
    pub line: usize,
}

/// A line that applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// In lower case.
    pub keyword: String,
    /// The arguments, without quotation marks.
    pub arguments: Vec<String>,
    /// The rest of the line as it is written.
    pub rest: String,
    /// Where.
    pub at: At,
}

/// Something that OpenSSH ends at, or that is too much here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub at: At,
    /// What.
    pub what: Trouble,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// A keyword alone.
    #[error("{0} has no argument")]
    NoArgument(String),
    /// A quotation mark without its second.
    #[error("a quotation mark is missing")]
    Quotes,
    /// Not a value of this keyword.
    #[error("{value:?} is no value of {keyword}")]
    Value {
        /// The keyword.
        keyword: String,
        /// What is written.
        value: String,
    },
    /// Match without sense.
    #[error("Match: {0}")]
    Match(String),
    /// A token.
    #[error("{0}")]
    Token(TokenError),
    /// A file that is named and cannot be read.
    #[error("{path}: {why}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Somebody else could write it.
    #[error("{0} belongs to another user, or others may write to it: OpenSSH does not read it")]
    Permissions(PathBuf),
    /// Include in too many steps.
    #[error("more than 16 files include each other")]
    Depth,
    /// Include of too many files, or too many lines.
    #[error("more than {0}")]
    TooMuch(&'static str),
}

/// What could not be decided here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotEvaluated {
    /// Where.
    pub at: At,
    /// The criterion or keyword.
    pub what: String,
    /// Its value.
    pub value: String,
}

/// What holds for a host.
#[derive(Debug, Clone)]
pub struct Resolved {
    query: Query,
    /// Every line that applies, in the order in which OpenSSH meets them.
    pub settings: Vec<Setting>,
    /// Where OpenSSH would end with a message.
    pub problems: Vec<Problem>,
    /// Blocks that may or may not apply: `Match exec`, which would run a command, and others that need what is not
    /// asked for here.
    pub not_evaluated: Vec<NotEvaluated>,
}
