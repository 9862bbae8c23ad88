//! Recovery codes: their hashes, each of which is taken once.

use crate::StoreError;
use crate::database::values;
use crate::watch::Ledger;

impl Ledger {
    /// Keeps these hashes instead of all that the account had.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_recovery(&mut self, account: i64, hashes: &[String]) -> Result<(), StoreError> {
        self.write(|on| {
            on.execute("DELETE FROM watch_recovery WHERE account = $1", values![account])?;
            for hash in hashes {
                on.execute(
                    "INSERT INTO watch_recovery (account, hash) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                    values![account, hash],
                )?;
            }
            Ok(())
        })
    }

    /// Takes a code: true once.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn take_recovery(&mut self, account: i64, hash: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM watch_recovery WHERE account = $1 AND hash = $2";
        Ok(self.write(|on| on.execute(sql, values![account, hash]))? > 0)
    }
}
