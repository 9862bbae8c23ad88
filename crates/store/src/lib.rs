//! What earlier runs saw, in a file of SQLite that its owner alone can read.
//!
//! - [`networks`]: the networks that this computer was on, and their routers.
//! - [`host_keys`]: the keys of SSH servers.
//!
//! The form of the file has a version: an older file is brought forward when it is opened, and a newer one is refused
//! with a sentence that says so.

mod file;
pub mod host_keys;
mod migrate;
pub mod networks;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use midwatch_model::Time;
use rusqlite::{Connection, ErrorCode};

/// How long another midwatch may keep the file to itself.
const BUSY: Duration = Duration::from_secs(5);

/// Why memory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The directory or the file cannot be made or read.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A newer midwatch wrote it.
    #[error(
        "{path} was written by a newer midwatch (its form is number {found}, this one knows {known}): update midwatch, or \
         name another file"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The number of its form.
        found: u32,
        /// The newest that is known.
        known: u32,
    },
    /// SQLite says no.
    #[error("{path}: {source}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// Something in it cannot be understood.
    #[error("{path} is damaged: {what}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What.
        what: String,
    },
}

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
        file::private(path).map_err(|source| StoreError::File { path: path.to_owned(), source })?;
        let failed = |source| StoreError::Sqlite { path: path.to_owned(), source };
        let mut database = Connection::open(path).map_err(failed)?;
        database.busy_timeout(BUSY).map_err(failed)?;
        write_ahead(&database).map_err(failed)?;
        database.pragma_update(None, "foreign_keys", true).map_err(failed)?;
        migrate::forward(&mut database, path)?;
        Ok(Store { path: path.to_owned(), database })
    }

    fn failed(&self, source: rusqlite::Error) -> StoreError {
        StoreError::Sqlite { path: self.path.clone(), source }
    }
}

/// A time as it is kept.
fn time(path: &Path, text: &str) -> Result<Time, StoreError> {
    text.parse().map_err(|_| damaged(path, format!("time {text}")))
}

/// The fault of a file in which something cannot be understood.
fn damaged(path: &Path, what: impl ToString) -> StoreError {
    StoreError::Damaged { path: path.to_owned(), what: what.to_string() }
}

/// SQLite has no numbers without a sign.
fn count(visits: i64) -> u64 {
    u64::try_from(visits).unwrap_or(0)
}

/// Keeps changes in a log beside the file, so that reading and writing do not wait for each other. SQLite does not wait
/// here where another does the same at this moment, whatever its time-out, so that it is tried again.
fn write_ahead(database: &Connection) -> rusqlite::Result<()> {
    let end = Instant::now() + BUSY;
    loop {
        match database.pragma_update(None, "journal_mode", "WAL") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && Instant::now() < end =>
            {
                std::thread::sleep(Duration::from_millis(10));
            }
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests;
