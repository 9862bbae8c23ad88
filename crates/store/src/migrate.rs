//! The forms of the file, one after the other.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::StoreError;

/// What brings a file from each form to the next; its place is the number of the form before. Never changed once released.
const STEPS: &[&str] =
    &[include_str!("migrations/001_networks.sql"), include_str!("migrations/002_host_keys.sql")];

/// Brings a file to the newest form.
pub(crate) fn forward(database: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let failed = |source| StoreError::Sqlite { path: path.to_owned(), source };
    // Before it is looked at, so that two that open it at once do not both bring it forward.
    let change = database.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let found: u32 = change.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
    let known = u32::try_from(STEPS.len()).unwrap_or(u32::MAX);
    if found > known {
        return Err(StoreError::Newer { path: path.to_owned(), found, known });
    }
    for step in STEPS.iter().skip(found as usize) {
        change.execute_batch(step).map_err(failed)?;
    }
    change.pragma_update(None, "user_version", known).map_err(failed)?;
    change.commit().map_err(failed)
}
