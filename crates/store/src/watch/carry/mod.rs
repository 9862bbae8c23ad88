//! Out of one ledger and into another: newline-delimited JSON, the same bytes from SQLite and from PostgreSQL.
//!
//! The first line is `{"schema":"midwatch-history/1"}`, each that follows is a [`line::Line`], and the last one says how
//! many there were, so that a file that was cut off is known for one. Neither accounts nor secrets are in it, nor the
//! lease.

mod export;
mod import;
mod line;

pub use import::Imported;

/// The name of the form.
pub const HISTORY_SCHEMA: &str = "midwatch-history/1";
