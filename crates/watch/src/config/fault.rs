//! What is wrong with a file of configuration, all of it at once.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Faults that are told of one file; one more would help nobody.
pub(super) const MOST: usize = 50;

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// A sentence: what is wrong, and what to write instead. It never repeats what may be a secret.
    pub what: String,
}

/// Why a file of configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file.
    pub path: PathBuf,
    /// Everything that is wrong with its contents, in the order of the file.
    pub faults: Vec<Fault>,
    /// What is wrong with the file itself, where that is so.
    pub file: Option<String>,
}

impl ConfigError {
    /// The file itself cannot be used.
    pub(super) fn of_file(path: &Path, what: String) -> Self {
        ConfigError { path: path.to_owned(), faults: Vec::new(), file: Some(what) }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        let mut lines = self.file.iter().map(|what| format!("{path}: {what}")).collect::<Vec<_>>();
        lines.extend(
            self.faults.iter().map(|fault| format!("{path}:{}:{}: {}", fault.line, fault.column, fault.what)),
        );
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for ConfigError {}

/// Collects faults by their place in the text.
#[derive(Debug)]
pub(super) struct Faults<'t> {
    text: &'t str,
    found: Vec<(usize, String)>,
}

impl<'t> Faults<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Faults { text, found: Vec::new() }
    }

    /// Adds one at this place; without a place it stands at the beginning.
    pub(super) fn add(&mut self, span: Option<Range<usize>>, what: impl Into<String>) {
        self.found.push((span.map_or(0, |span| span.start), what.into()));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All of them in the order of the text.
    pub(super) fn told(mut self) -> Vec<Fault> {
        self.found.sort();
        self.found.dedup();
        let left = self.found.len().saturating_sub(MOST);
        self.found.truncate(MOST);
        let mut told: Vec<Fault> =
            self.found.iter().map(|(at, what)| fault(self.text, *at, what.clone())).collect();
        if let Some(last) = told.last_mut().filter(|_| left > 0) {
            last.what.push_str(&format!(" (and {left} more)"));
        }
        told
    }
}

fn fault(text: &str, at: usize, what: String) -> Fault {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = text.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let column = before.get(start..).unwrap_or_default().chars().count() + 1;
    Fault { line, column, what }
}
