//! What earlier runs saw, in a file of SQLite that its owner alone can read; a team's watch may have it in PostgreSQL.
//!
//! - [`networks`]: the networks that this computer was on, and their routers.
//! - [`host_keys`]: the keys of SSH servers.
//! - [`watch`]: what a watch remembers: targets, what was met, what changed, who is to be told.
//!
//! The form of the tables has a version: an older one is brought forward when it is opened, and a newer one is refused
//! with a sentence that says so.

mod database;
mod error;
mod file;
pub mod host_keys;
mod migrate;
pub mod networks;
pub mod watch;

use std::path::{Path, PathBuf};

use midwatch_model::Time;
use rusqlite::Connection;

pub use error::StoreError;

/// An open file of memory.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    database: Connection,
}

impl Store {
    /// Opens a file, and makes it where it is not there: the file and the directories that had to be made for it can be
    /// read by their owner alone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        Ok(Store { path: path.to_owned(), database: database::sqlite::open(path)? })
    }

    fn failed(&self, source: rusqlite::Error) -> StoreError {
        StoreError::sqlite(&self.path, source)
    }
}

/// A time as it is kept.
fn time(path: &Path, text: &str) -> Result<Time, StoreError> {
    text.parse().map_err(|_| damaged(path, format!("time {text}")))
}

/// The fault of a file in which something cannot be understood.
fn damaged(path: &Path, what: impl ToString) -> StoreError {
    StoreError::damaged(path.display(), what)
}

/// SQLite has no numbers without a sign.
fn count(visits: i64) -> u64 {
    u64::try_from(visits).unwrap_or(0)
}

#[cfg(test)]
mod tests;
