//! All repositories below a directory.

use midwatch_model::{Reason, ReasonKind, Unread};

use crate::System;
use crate::system::{Entry, Place};

/// How far to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Directories below each other.
    pub depth: usize,
    /// Directories that are looked into.
    pub directories: usize,
    /// Names in one directory.
    pub entries: usize,
    /// Repositories.
    pub repositories: usize,
    /// Places that could not be looked into and are named.
    pub unread: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { depth: 64, directories: 2_000_000, entries: 500_000, repositories: 200_000, unread: 1000 }
    }
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The directories of the repositories, in the order of their names.
    pub places: Vec<Place>,
    /// What could not be looked into, and limits that ended the search.
    pub unread: Vec<Unread>,
}

/// Looks for repositories at a directory and below it: those with `.git` in them, work trees and submodules among them, and
/// bare ones. Symbolic links are not followed, and what lies inside of a repository's own directory is not looked into.
pub fn find(system: &System, top: &Place, limits: Limits) -> Found {
    let mut walk = Walk { system, limits, found: Found::default(), more_unread: 0 };
    let mut directories = 0;
    // The next one is the last: children are put there in reverse.
    let mut todo = vec![(top.clone(), 0)];
    while let Some((place, depth)) = todo.pop() {
        if directories == limits.directories {
            walk.end(top, format!("more than {} directories", limits.directories));
            break;
        }
        if walk.found.places.len() == limits.repositories {
            walk.end(top, format!("more than {} repositories", limits.repositories));
            break;
        }
        directories += 1;
        let children = walk.look(&place);
        if depth == limits.depth {
            if !children.is_empty() {
                let detail =
                    format!("{} is {depth} directories deep: what is below was not looked at", place.shown);
                walk.unread(&place, Reason::new(ReasonKind::Limit, detail));
            }
            continue;
        }
        todo.extend(children.into_iter().rev().map(|child| (child, depth + 1)));
    }
    walk.finish(top)
}

struct Walk<'s> {
    system: &'s System,
    limits: Limits,
    found: Found,
    more_unread: usize,
}

impl Walk<'_> {
    fn unread(&mut self, place: &Place, why: Reason) {
        if self.found.unread.len() < self.limits.unread {
            self.found.unread.push(Unread { file: place.shown.clone(), why });
        } else {
            self.more_unread += 1;
        }
    }

    fn end(&mut self, top: &Place, what: String) {
        let detail =
            format!("{} holds {what}: the search ended there, and the rest was not looked at", top.shown);
        let why = Reason::new(ReasonKind::Limit, detail);
        self.found.unread.push(Unread { file: top.shown.clone(), why });
    }

    fn finish(mut self, top: &Place) -> Found {
        if self.more_unread > 0 {
            let detail = format!("{} more places could not be looked into", self.more_unread);
            let why = Reason::new(ReasonKind::Limit, detail);
            self.found.unread.push(Unread { file: top.shown.clone(), why });
        }
        self.found
    }

    /// Takes note of a repository at a place, and gives the directories to look into.
    fn look(&mut self, place: &Place) -> Vec<Place> {
        let (entries, more) = match self.system.entries(place, self.limits.entries) {
            Ok(entries) => entries,
            Err(why) => {
                self.unread(place, why);
                return Vec::new();
            }
        };
        if more {
            let detail = format!("{} holds more than {} names", place.shown, self.limits.entries);
            self.unread(place, Reason::new(ReasonKind::Limit, detail));
        }
        let get = |name: &str| {
            let at = entries.binary_search_by(|entry| entry.name.as_os_str().cmp(name.as_ref()));
            at.ok().and_then(|at| entries.get(at))
        };
        let is_bare = ["HEAD", "objects", "refs"].iter().all(|name| get(name).is_some());
        if is_bare || get(".git").is_some() {
            self.repository(place);
        }
        if is_bare {
            return Vec::new();
        }
        let is_kernels = |child: &Place| {
            child.path().is_some_and(|path| matches!(path.as_str(), "/proc" | "/sys" | "/dev"))
        };
        let below = entries.iter().filter(|entry: &&Entry| entry.is_directory && entry.name != ".git");
        below.map(|entry| place.child(&entry.name)).filter(|child| !is_kernels(child)).collect()
    }

    fn repository(&mut self, place: &Place) {
        let mut unread = Vec::new();
        let is_one = super::Repository::at(self.system, place, &mut unread).is_some();
        match (is_one, place.path()) {
            (true, Some(_)) => self.found.places.push(place.clone()),
            (true, None) => {
                let why =
                    Reason::new(ReasonKind::Other, "a repository whose path is no UTF-8 was not looked at");
                self.unread(place, why);
            }
            // What looks like one and cannot be read may be one.
            (false, _) => unread.into_iter().for_each(|one| {
                let Unread { why, .. } = one;
                self.unread(place, why);
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt as _;
    use std::path::Path;

    use super::super::testing::{git, made};
    use super::*;

    fn found(system: &System, top: &Path, limits: Limits) -> (Vec<String>, Vec<String>) {
        let top = top.to_str().expect("a path");
        let found = find(system, &system.at(top), limits);
        let below = |shown: &str| shown.strip_prefix(top).unwrap_or(shown).to_owned();
        (
            found.places.iter().map(|place| below(&place.shown)).collect(),
            found.unread.iter().map(|one| format!("{}: {}", below(&one.file), one.why)).collect(),
        )
    }

    #[test]
    fn repositories_of_every_kind_are_found_once() {
        let (home, system) = made();
        let work = home.path().join("work");
        let as_me = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
        git(home.path(), &work, &[&as_me[..], &["commit", "-q", "--allow-empty", "-m", "a"]].concat());
        git(home.path(), &work, &["worktree", "add", "-q", "../tree"]);
        git(home.path(), home.path(), &["clone", "-q", "--bare", "work", "server/group/bare.git"]);
        git(home.path(), home.path(), &["clone", "-q", "--mirror", "work", "server/group/mirror"]);
        let bare = home.path().join("server/group/bare.git");
        let add = [
            "-c",
            "protocol.file.allow=always",
            "submodule",
            "-q",
            "add",
            bare.to_str().expect("a path"),
            "sub",
        ];
        git(home.path(), &work, &add);
        git(home.path(), home.path(), &["clone", "-q", "work", "work/nested/deep"]);
        // None of these is one, or is to be looked into.
        for path in ["none/.git", "none/objects", "server/group/bare.git/extra/.git/refs"] {
            std::fs::create_dir_all(home.path().join(path)).expect("a directory");
        }
        std::os::unix::fs::symlink("server", home.path().join("link")).expect("a link");
        std::os::unix::fs::symlink("..", home.path().join("server/loop")).expect("a link");
        let (places, unread) = found(&system, home.path(), Limits::default());
        let expected = [
            "/server/group/bare.git",
            "/server/group/mirror",
            "/tree",
            "/work",
            "/work/nested/deep",
            "/work/sub",
        ];
        assert_eq!(places, expected);
        assert_eq!(unread, [] as [String; 0]);
        for place in &places {
            let inside = git(home.path(), &home.path().join(&place[1..]), &["rev-parse", "--git-dir"]);
            assert!(!inside.is_empty(), "{place}");
        }
    }

    #[test]
    fn limits_are_told() {
        let (home, system) = made();
        std::fs::create_dir_all(home.path().join("a/b/c/d")).expect("a directory");
        for name in ["x", "y", "z"] {
            git(home.path(), home.path(), &["init", "-q", name]);
        }
        let all = Limits::default();
        assert!(found(&system, home.path(), all).1.is_empty());
        let (places, unread) = found(&system, home.path(), Limits { repositories: 2, ..all });
        assert_eq!(places, ["/work", "/x"]);
        assert!(unread[0].contains("more than 2 repositories: the search ended there"), "{unread:?}");
        let (_, unread) = found(&system, home.path(), Limits { directories: 3, ..all });
        assert!(unread[0].contains("more than 3 directories"), "{unread:?}");
        let (places, unread) = found(&system, home.path(), Limits { depth: 2, ..all });
        assert_eq!(places.len(), 4);
        assert!(unread[0].starts_with("/a/b: ") && unread[0].contains("2 directories deep"), "{unread:?}");
        let (_, unread) = found(&system, home.path(), Limits { entries: 2, ..all });
        assert!(unread[0].contains("more than 2 names"), "{unread:?}");
    }

    #[test]
    fn what_cannot_be_read_is_told_and_the_rest_is_found() {
        use std::os::unix::fs::PermissionsExt as _;
        let (home, system) = made();
        std::fs::create_dir_all(home.path().join("shut/inside")).expect("a directory");
        git(home.path(), home.path(), &["init", "-q", "mine"]);
        let set = |path: &str, mode| {
            let path = home.path().join(path);
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("permissions");
        };
        set("shut", 0o000);
        set("mine/.git", 0o000);
        let odd = std::ffi::OsStr::from_bytes(b"odd\xff");
        std::fs::create_dir_all(home.path().join(odd).join(".git")).expect("a directory");
        std::fs::write(home.path().join(odd).join(".git/HEAD"), "ref: refs/heads/main\n").expect("a file");
        let (places, unread) = found(&system, home.path(), Limits::default());
        let is_root = std::fs::read_dir(home.path().join("shut")).is_ok();
        set("shut", 0o755);
        set("mine/.git", 0o755);
        assert!(unread.iter().any(|one| one.contains("no UTF-8")), "{unread:?}");
        assert!(places.contains(&"/work".to_owned()));
        // Root reads everything.
        if !is_root {
            assert_eq!(places, ["/work"]);
            assert!(
                unread.iter().any(|one| one.starts_with("/mine: ") && one.contains("permission")),
                "{unread:?}"
            );
            assert!(
                unread.iter().any(|one| one.starts_with("/shut: ") && one.contains("permission")),
                "{unread:?}"
            );
        }
        let none = found(&system, &home.path().join("nowhere"), Limits::default());
        assert_eq!((none.0.len(), none.1.len()), (0, 1), "{none:?}");
    }
}
