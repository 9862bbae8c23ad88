//! Files of configuration, read within limits that hold for one program's whole configuration.

use std::collections::HashMap;
use std::rc::Rc;

use midwatch_model::{Reason, ReasonKind, Unread};

use super::glob;
use crate::System;

/// Files of one program's configuration. Panels write one for each site.
const MAX_FILES: u32 = 200_000;

/// Bytes of one program's configuration.
const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// Entries of one directory.
const MAX_ENTRIES: usize = 200_000;

/// Files that one pattern names.
const MAX_MATCHES: usize = 200_000;

/// Reasons that are kept.
const MAX_UNREAD: usize = 1000;

/// Files that are kept, since many sites include the same ones, and the largest of them.
const MAX_KEPT: (usize, usize) = (1000, 64 * 1024);

/// The files of one program.
pub(crate) struct Reading<'a> {
    pub(crate) system: &'a System,
    /// Files that were read, each time counted.
    pub(crate) files: u32,
    bytes: u64,
    /// What could not be read or understood.
    pub(crate) unread: Vec<Unread>,
    kept: HashMap<String, Rc<str>>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(system: &'a System) -> Self {
        Reading { system, files: 0, bytes: 0, unread: Vec::new(), kept: HashMap::new() }
    }

    /// The text of a file; none where it is not there, or cannot be read, which is noted.
    pub(crate) fn text(&mut self, path: &str) -> Option<Rc<str>> {
        if let Some(text) = self.kept.get(path) {
            return Some(text.clone());
        }
        if self.files >= MAX_FILES || self.bytes >= MAX_BYTES {
            self.limit(path, "the configuration is too large, and the rest of it is left out");
            return None;
        }
        let place = self.system.at(path);
        let text: Rc<str> = match self.system.text(&place) {
            Ok(text) => text?.into(),
            Err(why) => {
                self.note(path, why);
                return None;
            }
        };
        self.files += 1;
        self.bytes += text.len() as u64;
        if self.kept.len() < MAX_KEPT.0 && text.len() <= MAX_KEPT.1 {
            self.kept.insert(path.to_owned(), text.clone());
        }
        Some(text)
    }

    /// The paths that a pattern of glob(7) names, in the order of names; a path without a pattern names itself.
    pub(crate) fn glob(&mut self, pattern: &str) -> Vec<String> {
        if !glob::is_pattern(pattern) {
            return vec![pattern.to_owned()];
        }
        let mut found = vec![String::new()];
        for part in pattern.split('/').filter(|part| !part.is_empty()) {
            if !glob::is_pattern(part) {
                found.iter_mut().for_each(|path| {
                    path.push('/');
                    path.push_str(part);
                });
                continue;
            }
            let mut next = Vec::new();
            for directory in &found {
                next.extend(
                    self.matching(directory, part).into_iter().map(|name| format!("{directory}/{name}")),
                );
                if next.len() > MAX_MATCHES {
                    self.limit(pattern, "the pattern names too many files, and the rest of them is left out");
                    next.truncate(MAX_MATCHES);
                    break;
                }
            }
            found = next;
        }
        found
    }

    /// Every file of a directory, by name.
    pub(crate) fn directory(&mut self, path: &str) -> Vec<String> {
        self.matching(path, "*").into_iter().map(|name| format!("{path}/{name}")).collect()
    }

    fn matching(&mut self, directory: &str, pattern: &str) -> Vec<String> {
        let place = self.system.at(directory);
        if !self.system.exists(&place) {
            return Vec::new();
        }
        match self.system.entries(&place, MAX_ENTRIES) {
            Ok((entries, more)) => {
                if more {
                    self.limit(
                        directory,
                        "the directory holds too many entries, and the rest of them is left out",
                    );
                }
                let names = entries.into_iter().filter_map(|entry| entry.name.into_string().ok());
                names.filter(|name| glob::matches(pattern, name)).collect()
            }
            // A file where a directory was meant matches nothing.
            Err(_) if !self.system.is_directory(&place) => Vec::new(),
            Err(why) => {
                self.note(directory, why);
                Vec::new()
            }
        }
    }

    /// Something that was not read or understood.
    pub(crate) fn note(&mut self, file: &str, why: Reason) {
        let file = self.system.at(file).shown;
        let is_known = self.unread.iter().any(|one| one.file == file && one.why == why);
        if self.unread.len() < MAX_UNREAD && !is_known {
            self.unread.push(Unread { file, why });
        }
    }

    /// A limit that was reached.
    pub(crate) fn limit(&mut self, file: &str, what: &str) {
        self.note(file, Reason::new(ReasonKind::Limit, what));
    }

    /// Something in a file that was not understood.
    pub(crate) fn unclear(&mut self, file: &str, what: impl Into<String>) {
        self.note(file, Reason::new(ReasonKind::Protocol, what));
    }
}

/// A path as a configuration means it: absolute, or below a directory.
pub(crate) fn below(directory: &str, path: &str) -> String {
    if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{}/{path}", directory.trim_end_matches('/'))
    }
}
