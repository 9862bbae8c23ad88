//! Repositories of git: where they fetch from and push to, by their own files. No program is run: settings of a repository
//! that somebody else made can name programs that git would run.

pub(crate) mod config;
mod remotes;
mod repository;

use midwatch_model::{Remote, RemoteError, Unread};

use crate::System;
use crate::system::Place;
use repository::Repository;

/// What a repository says of where it fetches from and pushes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitRepository {
    /// The repository, as reports call it.
    pub path: String,
    /// Its remotes and those of its submodules.
    pub remotes: Vec<GitRemote>,
    /// Files that are there and could not be read.
    pub unread: Vec<Unread>,
}

/// One place to fetch from or to push to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitRemote {
    /// The remote's name, or the submodule's.
    pub name: String,
    /// What it is for.
    pub role: GitRole,
    /// The URL as git asks it, after `insteadOf` and `pushInsteadOf`, without name and password.
    pub url: String,
    /// The URL as it is written, where a rule made another of it; without name and password.
    pub written: Option<String>,
    /// Whom it asks, and by which protocol; or why git would ask nobody.
    pub remote: Result<Remote, RemoteError>,
    /// The file that says so.
    pub file: String,
    /// Its line, from 1.
    pub line: u32,
}

/// What a URL of a repository is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GitRole {
    /// To fetch from.
    Fetch,
    /// To push to.
    Push,
    /// A submodule's, as `.gitmodules` has it: git asks it when the submodule is cloned.
    Submodule,
}

/// The repository at a directory; none where there is none.
pub fn repository(system: &System, work: &Place) -> Option<GitRepository> {
    let repository = Repository::at(system, work)?;
    let mut unread = Vec::new();
    let settings = repository.settings(system, &mut unread);
    let remotes = remotes::of(system, &repository, &settings, &mut unread);
    Some(GitRepository { path: work.shown.clone(), remotes, unread })
}
