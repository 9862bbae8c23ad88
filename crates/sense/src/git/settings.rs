//! Everything that is set for a repository, or for a URL: the files that count, in their order, with what they include.

use std::rc::Rc;

use midwatch_model::{GitLevel, Reason, ReasonKind, Unread};

use super::config::{Entry, entries};
use super::repository::Repository;
use super::wildmatch::matches;
use crate::System;
use crate::lines::{is_no, is_yes};
use crate::system::Place;

/// Files that include each other, at most: git's own limit.
const MAX_DEPTH: usize = 10;

/// Files of configuration of one repository.
const MAX_FILES: usize = 200;

/// Variables of one repository, in all its files.
const MAX_SETTINGS: usize = 50_000;

/// Variables that the environment sets.
const MAX_ENVIRONMENT: usize = 1000;

/// Where the kernel's own files and the devices are, whose reading may wait, or do something.
const NO_FILES: [&str; 3] = ["/proc/", "/sys/", "/dev/"];

/// A variable and where it is set.
#[derive(Clone, Debug)]
pub(super) struct Set {
    pub(super) entry: Entry,
    pub(super) from: Rc<From>,
}

/// Where variables are set.
#[derive(Debug)]
pub(super) struct From {
    /// The file, as reports call it, or `environment`.
    pub(super) file: String,
    /// The same, where it is one.
    pub(super) place: Option<Place>,
    /// Whose it is.
    pub(super) level: GitLevel,
}

impl Set {
    /// The line, where it is of a file.
    pub(super) fn line(&self) -> Option<u32> {
        self.from.place.is_some().then_some(self.entry.line)
    }
}

/// Everything that is set, in the order in which later ones win: system, user, repository, work tree, environment.
pub(super) fn all(system: &System, repository: Option<&Repository>, unread: &mut Vec<Unread>) -> Vec<Set> {
    let mut reader = Reader::new(system, repository, None);
    reader.everything();
    if reader.asks_for_remotes {
        // Which files are included depends on the URLs of remotes, which those files must not set.
        let is_url = |set: &&Set| set.entry.key() == "remote.url";
        let urls = reader.all.iter().filter(is_url).map(|set| set.entry.value.clone()).collect();
        reader = Reader::new(system, repository, Some(urls));
        reader.everything();
    }
    unread.append(&mut reader.unread);
    reader.all
}

struct Reader<'s> {
    system: &'s System,
    repository: Option<&'s Repository>,
    /// The directory of the repository, as it is named and behind every link.
    directories: Vec<String>,
    /// The URLs of all remotes, once they are known.
    urls: Option<Vec<String>>,
    asks_for_remotes: bool,
    all: Vec<Set>,
    files: usize,
    unread: Vec<Unread>,
}

impl<'s> Reader<'s> {
    fn new(system: &'s System, repository: Option<&'s Repository>, urls: Option<Vec<String>>) -> Self {
        let mut directories = Vec::new();
        if let Some(repository) = repository {
            directories.extend(system.canonical(&repository.own));
            directories.extend(repository.own.absolute());
            directories.dedup();
        }
        Reader {
            system,
            repository,
            directories,
            urls,
            asks_for_remotes: false,
            all: Vec::new(),
            files: 0,
            unread: Vec::new(),
        }
    }

    fn everything(&mut self) {
        let system = self.system;
        if !system.variable("GIT_CONFIG_NOSYSTEM").is_some_and(is_yes) {
            let path = system.variable("GIT_CONFIG_SYSTEM").filter(|path| path.starts_with('/'));
            self.file(&system.at(path.unwrap_or("/etc/gitconfig")), GitLevel::System, 0);
        }
        let users = match system.variable("GIT_CONFIG_GLOBAL").filter(|path| path.starts_with('/')) {
            Some(path) => vec![system.at(path)],
            None => {
                let xdg = system.variable("XDG_CONFIG_HOME").filter(|path| path.starts_with('/'));
                let first = match xdg {
                    Some(path) => Some(system.at(&format!("{path}/git/config"))),
                    None => system.home(".config/git/config"),
                };
                first.into_iter().chain(system.home(".gitconfig")).collect()
            }
        };
        for place in &users {
            self.file(place, GitLevel::User, 0);
        }
        if let Some(repository) = self.repository {
            self.file(&repository.common.join("config"), GitLevel::Repository, 0);
            let has_own = self.all.iter().rfind(|set| {
                set.from.level == GitLevel::Repository && set.entry.key() == "extensions.worktreeconfig"
            });
            if has_own.is_some_and(|set| !is_no(&set.entry.value)) {
                self.file(&repository.own.join("config.worktree"), GitLevel::Worktree, 0);
            }
        }
        self.environment();
    }

    /// `GIT_CONFIG_COUNT` and what belongs to it: git-config(1), "ENVIRONMENT".
    fn environment(&mut self) {
        let system = self.system;
        let count = system.variable("GIT_CONFIG_COUNT").and_then(|count| count.parse::<usize>().ok());
        let from = Rc::new(From { file: "environment".into(), place: None, level: GitLevel::Environment });
        for at in 0..count.unwrap_or_default().min(MAX_ENVIRONMENT) {
            let variable = |name: String| system.env.iter().find(|(known, _)| *known == name);
            let key = variable(format!("GIT_CONFIG_KEY_{at}"));
            let value = variable(format!("GIT_CONFIG_VALUE_{at}"));
            let (Some((_, key)), Some((_, value))) = (key, value) else { continue };
            if let Some(entry) = Entry::named(key, value) {
                self.all.push(Set { entry, from: Rc::clone(&from) });
            }
        }
    }

    fn limit(&mut self, place: &Place, detail: String) {
        self.unread.push(Unread { file: place.shown.clone(), why: Reason::new(ReasonKind::Limit, detail) });
    }

    fn file(&mut self, place: &Place, level: GitLevel, depth: usize) {
        if depth > MAX_DEPTH {
            self.limit(place, format!("more than {MAX_DEPTH} files include each other"));
            return;
        }
        if self.files == MAX_FILES {
            self.limit(place, format!("the configuration has more than {MAX_FILES} files"));
        }
        self.files += 1;
        if self.files > MAX_FILES {
            return;
        }
        if depth > 0 && self.is_no_file(place) {
            let detail = format!("{} is a device or a file of the kernel's, and was not read", place.shown);
            self.limit(place, detail);
            return;
        }
        let Some(text) = self.system.text_or(place, &mut self.unread) else { return };
        let from = Rc::new(From { file: place.shown.clone(), place: Some(place.clone()), level });
        let found = entries(&text);
        if found.len() == super::config::MAX_ENTRIES {
            self.limit(
                place,
                format!("{} has more than {} variables", place.shown, super::config::MAX_ENTRIES),
            );
        }
        for entry in found {
            if self.all.len() >= MAX_SETTINGS {
                if self.all.len() == MAX_SETTINGS {
                    self.limit(place, format!("the configuration has more than {MAX_SETTINGS} variables"));
                }
                return;
            }
            let included = match (entry.section.as_str(), entry.name.as_str(), &entry.subsection) {
                ("include", "path", None) => true,
                ("includeif", "path", Some(condition)) => self.holds(place, condition),
                _ => false,
            };
            let path = included.then(|| entry.value.clone());
            self.all.push(Set { entry, from: Rc::clone(&from) });
            if let Some(other) = path.and_then(|path| self.included_from(place, &path)) {
                self.file(&other, level, depth + 1);
            }
        }
    }

    fn is_no_file(&self, place: &Place) -> bool {
        let paths = [place.absolute(), self.system.canonical(place)];
        paths.iter().flatten().any(|path| NO_FILES.iter().any(|start| path.starts_with(start)))
    }

    /// git-config(1), "Conditional includes".
    fn holds(&mut self, file: &Place, condition: &str) -> bool {
        let Some((kind, pattern)) = condition.split_once(':') else { return false };
        match kind {
            "gitdir" | "gitdir/i" => self.is_at(file, pattern, kind == "gitdir/i"),
            "onbranch" => {
                let branch = self.repository.and_then(|repository| repository.branch(self.system));
                branch.is_some_and(|branch| matches(&with_all_below(pattern.to_owned()), &branch))
            }
            "hasconfig" => {
                let Some(pattern) = pattern.strip_prefix("remote.*.url:") else { return false };
                self.asks_for_remotes = true;
                self.urls.iter().flatten().any(|url| matches(pattern, url))
            }
            _ => false,
        }
    }

    /// True where the repository's directory fits a pattern.
    fn is_at(&self, file: &Place, pattern: &str, fold: bool) -> bool {
        let pattern = if let Some(rest) = pattern.strip_prefix("~/") {
            let Some(home) = self.home() else { return false };
            format!("{}/{rest}", literally(&home))
        } else if let Some(rest) = pattern.strip_prefix("./") {
            let directory = file.parent().and_then(|parent| self.system.canonical(&parent));
            let Some(directory) = directory else { return false };
            format!("{}/{rest}", literally(directory.trim_end_matches('/')))
        } else if pattern.starts_with('/') {
            pattern.to_owned()
        } else {
            format!("**/{pattern}")
        };
        let pattern = with_all_below(pattern);
        self.directories.iter().any(|directory| match fold {
            true => matches(&pattern.to_ascii_lowercase(), &directory.to_ascii_lowercase()),
            false => matches(&pattern, directory),
        })
    }

    /// The home directory behind every link.
    fn home(&self) -> Option<String> {
        let home = self.system.home.as_ref()?;
        let home = std::fs::canonicalize(home).ok()?;
        home.into_os_string().into_string().ok()
    }

    /// The file that `include.path` names: of the home, absolute, or beside the file that includes it.
    fn included_from(&self, file: &Place, path: &str) -> Option<Place> {
        match path.strip_prefix("~/") {
            Some(rest) => self.system.home(rest),
            None if path.starts_with('/') => Some(self.system.at(path)),
            None => file.parent().map(|directory| directory.join(path)),
        }
    }
}

/// A pattern that ends in a slash is one for everything below.
fn with_all_below(mut pattern: String) -> String {
    if pattern.ends_with('/') {
        pattern.push_str("**");
    }
    pattern
}

/// A path as a pattern for itself.
fn literally(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        if matches!(c, '*' | '?' | '[' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
