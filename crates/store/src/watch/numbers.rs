//! Numbers that are given once: what is told of by its number must not turn into something else after it is gone.

use crate::StoreError;
use crate::database::{Statements, values};

/// The numbers of events.
pub(crate) const EVENTS: &str = "event";

/// The numbers of alerts.
pub(crate) const ALERTS: &str = "alert";

/// Takes the next number, from 1.
pub(crate) fn next(database: &mut dyn Statements, name: &str) -> Result<i64, StoreError> {
    let rows = database.query(
        "INSERT INTO watch_number (name, next) VALUES ($1, 2) \
         ON CONFLICT (name) DO UPDATE SET next = watch_number.next + 1 RETURNING next - 1",
        values![name],
    )?;
    rows.first()
        .map_or_else(|| Err(StoreError::damaged("the database", "no number was given")), |row| row.int(0))
}

/// A number was taken elsewhere: all that follow are larger.
pub(crate) fn taken(database: &mut dyn Statements, name: &str, number: i64) -> Result<(), StoreError> {
    database.execute(
        "INSERT INTO watch_number (name, next) VALUES ($1, CAST($2 AS BIGINT)) \
         ON CONFLICT (name) DO UPDATE SET next = excluded.next WHERE watch_number.next < excluded.next",
        values![name, number.saturating_add(1)],
    )?;
    Ok(())
}
