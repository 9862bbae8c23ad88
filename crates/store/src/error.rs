//! Why memory cannot be used.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

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
        "{place} was written by a newer midwatch (its form is number {found}, this one knows {known}): update midwatch, or \
         name another place"
    )]
    Newer {
        /// The file or the database.
        place: String,
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
    /// PostgreSQL says no.
    #[error("{place}: {what}")]
    Postgres {
        /// The database, without the password.
        place: String,
        /// What it says.
        what: String,
    },
    /// The database cannot be reached, or the connection to it was lost. It is tried again with the next call.
    #[error("{place} cannot be reached: {what}")]
    Away {
        /// The database, without the password.
        place: String,
        /// What was tried, and what happened.
        what: String,
    },
    /// The disk is full.
    #[error(
        "{place}: the disk is full, and what was to be remembered now is not: make room there, or keep less with \
         retention; what was remembered before is sound"
    )]
    Full {
        /// The file or the database.
        place: String,
    },
    /// The place of the database cannot be understood.
    #[error("{0}")]
    Place(String),
    /// Something in it cannot be understood.
    #[error("{place} is damaged: {what}")]
    Damaged {
        /// The file or the database.
        place: String,
        /// What.
        what: String,
    },
    /// Another watch has taken over.
    #[error(
        "{place}: {holder} keeps watch there now, and this watch does not any more: end one of the two, or give each a \
         place of its own"
    )]
    Lost {
        /// The file or the database.
        place: String,
        /// Who has it.
        holder: String,
    },
    /// A line that is imported is at fault.
    #[error("line {line}: {what}; nothing was imported")]
    Line {
        /// Its number, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// What is exported cannot be written, or what is imported cannot be read.
    #[error("{doing}: {source}")]
    Stream {
        /// Which of them.
        doing: &'static str,
        /// Why.
        source: std::io::Error,
    },
}

impl StoreError {
    /// The fault of a place in which something cannot be understood.
    pub(crate) fn damaged(place: impl ToString, what: impl ToString) -> StoreError {
        StoreError::Damaged { place: place.to_string(), what: what.to_string() }
    }

    /// What SQLite says of a file.
    pub(crate) fn sqlite(path: impl AsRef<Path>, source: rusqlite::Error) -> StoreError {
        // The index of the log beside the file could not grow.
        const SHARED_MEMORY: i32 = rusqlite::ffi::SQLITE_IOERR_SHMSIZE;
        let path = path.as_ref();
        let full = source
            .sqlite_error()
            .is_some_and(|error| error.code == ErrorCode::DiskFull || error.extended_code == SHARED_MEMORY);
        if full {
            StoreError::Full { place: path.display().to_string() }
        } else {
            StoreError::Sqlite { path: path.to_owned(), source }
        }
    }

    /// True where the same may succeed later, though somebody may have to make room or bring the database back.
    pub fn is_passing(&self) -> bool {
        self.is_away() || matches!(self, StoreError::Full { .. })
    }

    /// True where the same may succeed a little later without anybody doing anything.
    pub fn is_away(&self) -> bool {
        match self {
            StoreError::Away { .. } => true,
            StoreError::Sqlite { source, .. } => {
                matches!(
                    source.sqlite_error_code(),
                    Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
                )
            }
            _ => false,
        }
    }
}
