//! The keys of SSH servers that earlier runs met. Having met a key proves nothing of it; that it is another one now is
//! worth knowing.

use midwatch_model::Time;
use rusqlite::{TransactionBehavior, params};

use crate::{Store, StoreError, count, time};

/// Keys that are kept; those not met for longest go first.
const MAX_KEYS: i64 = 100_000;

/// A key as earlier runs met it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierHostKey {
    /// Its type: `ssh-ed25519` …
    pub key_type: String,
    /// Its fingerprint, `SHA256:…`.
    pub fingerprint: String,
    /// When it was met first.
    pub first: Time,
    /// And last.
    pub last: Time,
    /// Runs that met it.
    pub visits: u64,
}

impl Store {
    /// The keys of a host that earlier runs met, those met last first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn host_keys(&self, host: &str) -> Result<Vec<EarlierHostKey>, StoreError> {
        let mut query = self
            .database
            .prepare(
                "SELECT key_type, fingerprint, first, last, visits FROM host_key WHERE host = ?1 \
                 ORDER BY last DESC, key_type, fingerprint",
            )
            .map_err(|error| self.failed(error))?;
        let rows = query
            .query_map([host], |row| {
                let (first, last): (String, String) = (row.get(2)?, row.get(3)?);
                Ok((row.get(0)?, row.get(1)?, first, last, row.get(4)?))
            })
            .map_err(|error| self.failed(error))?;
        let mut keys = Vec::new();
        for row in rows {
            let (key_type, fingerprint, first, last, visits) = row.map_err(|error| self.failed(error))?;
            keys.push(EarlierHostKey {
                key_type,
                fingerprint,
                first: time(&self.path, &first)?,
                last: time(&self.path, &last)?,
                visits: count(visits),
            });
        }
        Ok(keys)
    }

    /// A host has shown these keys, each a type and a fingerprint. Those that it had of the same types before are
    /// forgotten: whoever calls this takes the new ones for its own.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn saw_host_keys(
        &mut self,
        host: &str,
        keys: &[(String, String)],
        now: Time,
    ) -> Result<(), StoreError> {
        let path = self.path.clone();
        let failed = |source| StoreError::sqlite(&path, source);
        let change =
            self.database.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let list: Vec<&str> = keys.iter().map(|(_, fingerprint)| fingerprint.as_str()).collect();
        let list = serde_json::to_string(&list).unwrap_or_default();
        for (key_type, fingerprint) in keys {
            change
                .execute(
                    "DELETE FROM host_key WHERE host = ?1 AND key_type = ?2 \
                     AND fingerprint NOT IN (SELECT value FROM json_each(?3))",
                    params![host, key_type, list],
                )
                .map_err(failed)?;
            change
                .execute(
                    "INSERT INTO host_key (host, key_type, fingerprint, first, last, visits) \
                     VALUES (?1, ?2, ?3, ?4, ?4, 1) ON CONFLICT (host, key_type, fingerprint) \
                     DO UPDATE SET last = MAX(last, excluded.last), visits = visits + 1",
                    params![host, key_type, fingerprint, now.to_string()],
                )
                .map_err(failed)?;
        }
        change
            .execute(
                "DELETE FROM host_key WHERE rowid NOT IN (SELECT rowid FROM host_key ORDER BY last DESC LIMIT ?1)",
                params![MAX_KEYS],
            )
            .map_err(failed)?;
        change.commit().map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: u8) -> Time {
        format!("2026-11-{day:02}T12:00:00Z").parse().unwrap()
    }

    fn key(name: &str) -> (String, String) {
        ("ssh-ed25519".into(), format!("SHA256:{name}"))
    }

    #[test]
    fn keys_are_known_again_and_replaced_by_type() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("memory.sqlite");
        let mut store = Store::open(&path).unwrap();
        assert_eq!(store.host_keys("git.example").unwrap(), []);
        let rsa = ("ssh-rsa".to_owned(), "SHA256:rsa".to_owned());
        store.saw_host_keys("git.example", &[key("old"), rsa.clone()], at(1)).unwrap();
        store.saw_host_keys("git.example", &[key("old"), rsa], at(3)).unwrap();
        store.saw_host_keys("other.example", &[key("other")], at(3)).unwrap();
        drop(store);
        let mut store = Store::open(&path).unwrap();
        let known = store.host_keys("git.example").unwrap();
        let names: Vec<_> = known.iter().map(|key| (key.fingerprint.as_str(), key.visits)).collect();
        assert_eq!(names, [("SHA256:old", 2), ("SHA256:rsa", 2)]);
        assert_eq!((known[0].first, known[0].last), (at(1), at(3)));
        store.saw_host_keys("git.example", &[key("new")], at(4)).unwrap();
        let names: Vec<_> =
            store.host_keys("git.example").unwrap().into_iter().map(|key| key.fingerprint).collect();
        assert_eq!(names, ["SHA256:new", "SHA256:rsa"]);
        assert_eq!(store.host_keys("other.example").unwrap().len(), 1);
    }

    #[test]
    fn two_keys_of_one_type_are_kept_side_by_side() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = Store::open(&directory.path().join("memory.sqlite")).unwrap();
        store.saw_host_keys("git.example", &[key("a"), key("b")], at(1)).unwrap();
        assert_eq!(store.host_keys("git.example").unwrap().len(), 2);
    }
}
