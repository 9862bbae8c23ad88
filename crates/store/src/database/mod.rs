//! A database, whichever it is: each statement is written once, and SQLite and PostgreSQL understand it alike.
//!
//! What holds for every statement:
//! - Values stand for `$1`, `$2` … Where nothing else says which type one has (`$1 IS NULL`), it is written
//!   `CAST($1 AS BIGINT)`.
//! - Columns are `INTEGER` (64 bits), `TEXT` or `BLOB`; sums are cast back to `BIGINT`. Texts are compared by their
//!   bytes. Times are [`stamp`]s. There is no column of JSON or of truth values: these are `TEXT` and `INTEGER`.
//! - `NULL` does not stand in what is sorted by. In `DO UPDATE` columns carry the name of their table.
//! - A change is a transaction, and one changes at a time: a transaction sees what all before it did.
//!
//! The forms of the tables are in [`crate::migrate`].

#[cfg(feature = "postgres")]
pub(crate) mod address;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
pub(crate) mod sqlite;
#[cfg(feature = "postgres")]
mod tls;
mod value;

pub(crate) use value::{Row, Value, stamp, values};

use crate::StoreError;

/// What can run statements: a database, or a transaction on one.
pub(crate) trait Statements {
    /// Runs a statement that gives no rows; says how many it changed.
    ///
    /// # Errors
    /// [`StoreError`].
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, StoreError>;

    /// Runs a statement and gives its rows. The statement bounds how many.
    ///
    /// # Errors
    /// [`StoreError`].
    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError>;
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Reading alone: all of it sees the same moment.
    Read,
    /// Changing: nobody else changes anything meanwhile.
    Write,
}

/// A database.
pub(crate) trait Database: std::fmt::Debug + Send {
    /// Does the work in one transaction. Where the work fails, and where the end of the transaction does, nothing of it
    /// is kept; when this returns without an error, all of it is, and lies on the disk.
    ///
    /// # Errors
    /// The work's, or [`StoreError`] of the database.
    fn transact(
        &mut self,
        purpose: Purpose,
        work: &mut dyn FnMut(&mut dyn Statements) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;
}

/// Does the work in one transaction, as [`Database::transact`] does, and gives what it gives.
///
/// # Errors
/// As [`Database::transact`].
pub(crate) fn transaction<R>(
    database: &mut dyn Database,
    purpose: Purpose,
    work: impl FnOnce(&mut dyn Statements) -> Result<R, StoreError>,
) -> Result<R, StoreError> {
    let mut work = Some(work);
    let mut done = None;
    database.transact(purpose, &mut |statements| {
        if let Some(work) = work.take() {
            done = Some(work(statements)?);
        }
        Ok(())
    })?;
    // A database that has not called the work has not done it.
    done.ok_or_else(|| StoreError::damaged("the database", "a transaction was not run"))
}
