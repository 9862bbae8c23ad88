//! Host keys that a person has verified: compared by hand with what the server's owner publishes.
//!
//! Such a key counts as known: what was met before of the same server is no contradiction to it.

use midwatch_model::Time;
use serde::{Deserialize, Serialize};

use super::Ledger;
use crate::StoreError;
use crate::database::{Row, Statements, values};

/// Keys of one target that are given.
const MOST: u32 = 1000;

/// A host key that somebody trusts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedHostKey {
    /// The target's id.
    pub target: String,
    /// The server, as `known_hosts` writes it: `git.example`, or `[git.example]:2222`.
    pub server: String,
    /// `SHA256:` and the hash of the key in Base64 without padding.
    pub fingerprint: String,
    /// Its type, as `known_hosts` names it.
    pub key_type: String,
    /// Its bytes in Base64.
    pub blob: String,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: Time,
}

/// The columns of a key, as [`read`] wants them.
pub(crate) const COLUMNS: &str = "target, server, fingerprint, key_type, key, trusted, at";

impl Ledger {
    /// Keeps that somebody trusts a key. Where it is trusted already, the first decision stays.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn trust_host_key(&mut self, key: &TrustedHostKey) -> Result<(), StoreError> {
        self.write(|database| put(database, key))?;
        Ok(())
    }

    /// Trusts a key no more, and says whether it was trusted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn distrust_host_key(
        &mut self,
        target: &str,
        server: &str,
        fingerprint: &str,
    ) -> Result<bool, StoreError> {
        let gone = self.write(|database| {
            database.execute(
                "DELETE FROM watch_host_trust WHERE target = $1 AND server = $2 AND fingerprint = $3",
                values![target, server, fingerprint],
            )
        })?;
        Ok(gone > 0)
    }

    /// The keys of a target that people trust, the latest decision first; at most 1,000.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn trusted_host_keys(&mut self, target: &str) -> Result<Vec<TrustedHostKey>, StoreError> {
        self.read(|database| {
            let sql = format!(
                "SELECT {COLUMNS} FROM watch_host_trust WHERE target = $1 \
                 ORDER BY at DESC, server, fingerprint LIMIT $2"
            );
            let rows = database.query(&sql, values![target, MOST])?;
            rows.iter().map(read).collect()
        })
    }
}

/// Keeps a key where it is not trusted already, and says whether that is so.
pub(crate) fn put(database: &mut dyn Statements, key: &TrustedHostKey) -> Result<bool, StoreError> {
    let kept = database.execute(
        "INSERT INTO watch_host_trust (target, server, fingerprint, key_type, key, trusted, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (target, server, fingerprint) DO NOTHING",
        values![&key.target, &key.server, &key.fingerprint, &key.key_type, &key.blob, &key.by, key.at],
    )?;
    Ok(kept > 0)
}

/// A key from a row of [`COLUMNS`].
pub(crate) fn read(row: &Row) -> Result<TrustedHostKey, StoreError> {
    Ok(TrustedHostKey {
        target: row.text(0)?.to_owned(),
        server: row.text(1)?.to_owned(),
        fingerprint: row.text(2)?.to_owned(),
        key_type: row.text(3)?.to_owned(),
        blob: row.text(4)?.to_owned(),
        by: row.text(5)?.to_owned(),
        at: row.time(6)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::tests::on_each;

    #[test]
    fn a_decision_is_kept_once_and_can_be_taken_back() {
        on_each(|name, place| {
            let mut ledger = Ledger::open(place).expect(name);
            let key = |fingerprint: &str, by: &str, at: &str| TrustedHostKey {
                target: "git".into(),
                server: "[git.example]:2222".into(),
                fingerprint: fingerprint.into(),
                key_type: "ssh-ed25519".into(),
                blob: "AAAA".into(),
                by: by.into(),
                at: at.parse().expect("a moment"),
            };
            let first = key("SHA256:one", "elizabeth", "2026-11-30T01:00:00Z");
            let second = key("SHA256:two", "david", "2026-11-30T02:00:00Z");
            ledger.trust_host_key(&first).expect(name);
            ledger.trust_host_key(&second).expect(name);
            ledger.trust_host_key(&key("SHA256:one", "david", "2026-11-30T03:00:00Z")).expect(name);
            assert_eq!(ledger.trusted_host_keys("git").expect(name), [second.clone(), first], "{name}");
            assert!(ledger.trusted_host_keys("other").expect(name).is_empty(), "{name}");
            assert!(
                ledger.distrust_host_key("git", "[git.example]:2222", "SHA256:one").expect(name),
                "{name}"
            );
            assert!(
                !ledger.distrust_host_key("git", "[git.example]:2222", "SHA256:one").expect(name),
                "{name}"
            );
            drop(ledger);
            let mut ledger = Ledger::open(place).expect(name);
            assert_eq!(ledger.trusted_host_keys("git").expect(name), [second], "{name}");
        });
    }
}
