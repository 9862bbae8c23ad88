//! One repository: its directories and the files of configuration that hold for it.

use crate::System;
use crate::system::Place;

use super::config::{Entry, entries};

/// Files that include each other, at most: git's own limit.
const MAX_DEPTH: usize = 10;

/// Files of configuration of one repository.
const MAX_FILES: usize = 200;

/// Where a repository keeps its things.
#[derive(Clone, Debug)]
pub(super) struct Repository {
    /// The directory of its work tree, or the bare repository itself.
    pub(super) work: Place,
    /// `.git`, or what the file of that name leads to.
    pub(super) own: Place,
    /// What it shares with other work trees.
    common: Place,
}

/// A variable and the file that it is in.
#[derive(Clone, Debug)]
pub(super) struct Set {
    pub(super) entry: Entry,
    pub(super) file: String,
}

impl Repository {
    /// The repository at a directory: one with `.git` in it, or a bare one.
    pub(super) fn at(system: &System, work: &Place) -> Option<Repository> {
        let dot = work.join(".git");
        let own = match system.text(&dot).ok().flatten() {
            // A work tree or a submodule: the file leads to the directory.
            Some(text) => follow(system, work, text.strip_prefix("gitdir:")?.trim()),
            None if system.exists(&dot.join("HEAD")) => dot,
            None if ["HEAD", "objects", "refs"].iter().all(|name| system.exists(&work.join(name))) => {
                work.clone()
            }
            None => return None,
        };
        let common = match system.text(&own.join("commondir")).ok().flatten() {
            Some(text) => follow(system, &own, text.trim()),
            None => own.clone(),
        };
        Some(Repository { work: work.clone(), own, common })
    }

    /// Everything that is set for it, in the order in which later ones win: system, user, repository, work tree.
    pub(super) fn settings(&self, system: &System, unread: &mut Vec<midwatch_model::Unread>) -> Vec<Set> {
        let mut files = vec![system.at("/etc/gitconfig")];
        files.extend(match system.variable("XDG_CONFIG_HOME").filter(|path| path.starts_with('/')) {
            Some(path) => Some(system.at(&format!("{path}/git/config"))),
            None => system.home(".config/git/config"),
        });
        files.extend(system.home(".gitconfig"));
        files.push(self.common.join("config"));
        let mut all = Vec::new();
        let mut read = 0;
        for file in &files {
            self.take(system, file, &mut all, &mut read, 0, unread);
        }
        let is_worktree = |set: &Set| {
            set.entry.key() == "extensions.worktreeconfig" && !crate::lines::is_no(&set.entry.value)
        };
        if all.iter().any(is_worktree) {
            self.take(system, &self.own.join("config.worktree"), &mut all, &mut read, 0, unread);
        }
        all
    }

    fn take(
        &self,
        system: &System,
        file: &Place,
        all: &mut Vec<Set>,
        read: &mut usize,
        depth: usize,
        unread: &mut Vec<midwatch_model::Unread>,
    ) {
        if depth > MAX_DEPTH || *read >= MAX_FILES {
            return;
        }
        *read += 1;
        let Some(text) = system.text_or(file, unread) else { return };
        for entry in entries(&text) {
            let included = match (entry.section.as_str(), entry.name.as_str(), &entry.subsection) {
                ("include", "path", None) => true,
                ("includeif", "path", Some(condition)) => self.holds(system, condition),
                _ => false,
            };
            let path = entry.value.clone();
            all.push(Set { entry, file: file.shown.clone() });
            if included && let Some(other) = included_from(system, file, &path) {
                self.take(system, &other, all, read, depth + 1, unread);
            }
        }
    }

    /// Conditions on the place of the repository are looked at; others, on its branch or its remotes, hold for none.
    fn holds(&self, system: &System, condition: &str) -> bool {
        let (pattern, fold) = match (condition.strip_prefix("gitdir:"), condition.strip_prefix("gitdir/i:")) {
            (Some(pattern), _) => (pattern, false),
            (None, Some(pattern)) => (pattern, true),
            (None, None) => return false,
        };
        let mut pattern = pattern.to_owned();
        if let Some(rest) = pattern.strip_prefix("~/") {
            let Some(home) = &system.home else { return false };
            pattern = format!("{}/{rest}", home.display());
        } else if !pattern.starts_with('/') {
            pattern = format!("**/{pattern}");
        }
        if pattern.ends_with('/') {
            pattern.push_str("**");
        }
        let Some(own) = self.own.absolute() else { return false };
        match fold {
            true => matches(&pattern.to_lowercase(), &own.to_lowercase()),
            false => matches(&pattern, &own),
        }
    }
}

/// A path as a file of git names it: absolute, or beginning at a directory.
fn follow(system: &System, from: &Place, path: &str) -> Place {
    if path.starts_with('/') { system.at(path) } else { from.join(path) }
}

/// The file that `include.path` names: of the home, absolute, or beside the file that includes it.
fn included_from(system: &System, file: &Place, path: &str) -> Option<Place> {
    match path.strip_prefix("~/") {
        Some(rest) => system.home(rest),
        None if path.starts_with('/') => Some(system.at(path)),
        None => file.parent().map(|directory| directory.join(path)),
    }
}

/// `**` stands for anything, `*` for anything without a slash, `?` for one character.
fn matches(pattern: &str, text: &str) -> bool {
    if let Some(rest) = pattern.strip_prefix("**/") {
        return matches(rest, text)
            || text.match_indices('/').any(|(at, _)| matches(rest, text.get(at + 1..).unwrap_or_default()));
    }
    let mut chars = pattern.chars();
    match chars.next() {
        None => text.is_empty(),
        Some('*') if pattern.starts_with("**") => {
            let rest = pattern.trim_start_matches('*');
            text.char_indices()
                .map(|(at, _)| at)
                .chain([text.len()])
                .any(|at| matches(rest, text.get(at..).unwrap_or_default()))
        }
        Some('*') => {
            let end = text.find('/').unwrap_or(text.len());
            text.char_indices()
                .map(|(at, _)| at)
                .chain([text.len()])
                .take_while(|at| *at <= end)
                .any(|at| matches(chars.as_str(), text.get(at..).unwrap_or_default()))
        }
        Some(wanted) => {
            let mut rest = text.chars();
            match rest.next() {
                Some(c) if c == wanted || (wanted == '?' && c != '/') => {
                    matches(chars.as_str(), rest.as_str())
                }
                _ => false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_places() {
        for (pattern, text, expected) in [
            ("/home/joe/work/**", "/home/joe/work/a/.git", true),
            ("/home/joe/work/**", "/home/joe/workbench/.git", false),
            ("**/work/**", "/srv/work/a/.git", true),
            ("/srv/*/a/.git", "/srv/x/a/.git", true),
            ("/srv/*/a/.git", "/srv/x/y/a/.git", false),
            ("/srv/?/.git", "/srv/x/.git", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
