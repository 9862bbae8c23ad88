//! Repositories of git: where they fetch from and push to, and what they are told not to verify, by their own files. No
//! program is run: settings of a repository that somebody else made can name programs that git would run.

pub(crate) mod config;
mod find;
mod notable;
mod protocols;
mod remotes;
mod repository;
mod rewrite;
mod secret;
mod settings;
mod ssh_command;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod urlmatch;
mod wildmatch;

use midwatch_model::{GitSource, Unread};

pub use find::{Found, Limits, find};

use crate::System;
use crate::system::Place;
use remotes::Gather;
use repository::Repository;

/// The repository at a directory, with the settings that hold for it; none where there is none.
///
/// What could not be read, and so could not be told, is in the second part: where there is no repository, it may be
/// because of that.
pub fn repository(system: &System, work: &Place) -> (Option<GitSource>, Vec<Unread>) {
    let mut unread = Vec::new();
    let Some(repository) = Repository::at(system, work, &mut unread) else { return (None, unread) };
    let settings = settings::all(system, Some(&repository), &mut unread);
    let remotes = Gather::new(system, &settings).of(&repository, &settings, &mut unread);
    let settings = notable::of(system, &settings, &remotes);
    let remotes = remotes.into_iter().map(|remote| remote.told).collect();
    (Some(GitSource { path: Some(work.shown.clone()), remotes, settings, unread }), Vec::new())
}

/// One URL, with what the user's and the system's files make of it.
pub fn remote(system: &System, url: &str) -> GitSource {
    let mut unread = Vec::new();
    let settings = settings::all(system, None, &mut unread);
    let remotes = Gather::new(system, &settings).by_hand(url);
    let settings = notable::of(system, &settings, &remotes);
    let remotes = remotes.into_iter().map(|remote| remote.told).collect();
    GitSource { path: None, remotes, settings, unread }
}

/// True where a repository is at a directory.
pub fn is_repository(system: &System, work: &Place) -> bool {
    Repository::at(system, work, &mut Vec::new()).is_some()
}
