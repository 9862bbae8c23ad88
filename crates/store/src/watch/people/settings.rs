//! What the dashboard keeps of itself: octets under a name, sealed by whoever calls.

use crate::StoreError;
use crate::database::values;
use crate::watch::Ledger;

impl Ledger {
    /// What is kept under a name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn setting(&mut self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let rows =
            self.read(|on| on.query("SELECT value FROM watch_setting WHERE name = $1", values![name]))?;
        rows.first().map(|row| row.bytes(0).map(ToOwned::to_owned)).transpose()
    }

    /// Keeps octets under a name, or removes them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_setting(&mut self, name: &str, value: Option<&[u8]>) -> Result<(), StoreError> {
        self.write(|on| match value {
            Some(value) => on.execute(
                "INSERT INTO watch_setting (name, value) VALUES ($1, $2) \
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                values![name, value],
            ),
            None => on.execute("DELETE FROM watch_setting WHERE name = $1", values![name]),
        })?;
        Ok(())
    }
}
