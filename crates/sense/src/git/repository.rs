//! One repository: its directories.

use midwatch_model::Unread;

use crate::System;
use crate::system::Place;

/// Where a repository keeps its things.
#[derive(Clone, Debug)]
pub(super) struct Repository {
    /// The directory of its work tree, or the bare repository itself.
    pub(super) work: Place,
    /// `.git`, or what the file of that name leads to.
    pub(super) own: Place,
    /// What it shares with other work trees.
    pub(super) common: Place,
}

impl Repository {
    /// The repository at a directory: one with `.git` in it, or a bare one. None where there is none, and where it cannot be
    /// told, which is added to what could not be read.
    pub(super) fn at(system: &System, work: &Place, unread: &mut Vec<Unread>) -> Option<Repository> {
        let dot = work.join(".git");
        let mut is_there = |place: &Place| {
            system.there(place).unwrap_or_else(|why| {
                unread.push(Unread { file: place.shown.clone(), why });
                false
            })
        };
        let own = if is_there(&dot.join("HEAD")) {
            dot
        } else if is_there(&dot) {
            // A work tree or a submodule: the file leads to the directory.
            let text = system.text_or(&dot, unread)?;
            follow(system, work, text.strip_prefix("gitdir:")?.trim())
        } else if ["HEAD", "objects", "refs"].iter().all(|name| is_there(&work.join(name))) {
            work.clone()
        } else {
            return None;
        };
        let common = match system.text_or(&own.join("commondir"), unread) {
            Some(text) => follow(system, &own, text.trim()),
            None => own.clone(),
        };
        Some(Repository { work: work.clone(), own, common })
    }

    /// The branch that is checked out.
    pub(super) fn branch(&self, system: &System) -> Option<String> {
        let head = system.text(&self.own.join("HEAD")).ok()??;
        Some(head.strip_prefix("ref: refs/heads/")?.trim_end().to_owned())
    }
}

/// A path as a file of git names it: absolute, or beginning at a directory.
fn follow(system: &System, from: &Place, path: &str) -> Place {
    if path.starts_with('/') { system.at(path) } else { from.join(path) }
}
