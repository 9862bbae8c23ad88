//! Passkeys: public keys, of which nothing is secret.

use midwatch_model::Time;

use super::accounts::{Account, end_others};
use crate::StoreError;
use crate::database::{Row, values};
use crate::watch::Ledger;

/// The most passkeys of one account.
pub const MOST: i64 = 20;

const COLUMNS: &str =
    "p.id, p.account, p.credential, p.key, p.counter, p.backed_up, p.name, p.created, p.used";

/// A passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// Its number.
    pub id: i64,
    /// Whose it is.
    pub account: i64,
    /// By which the authenticator knows it, base64url.
    pub credential: String,
    /// Its public key in COSE.
    pub key: Vec<u8>,
    /// Its counter of signatures; 0 where it has none.
    pub counter: u32,
    /// The key is kept elsewhere too.
    pub backed_up: bool,
    /// How its owner calls it.
    pub name: String,
    /// Since when it is there.
    pub created: Time,
    /// When it was last used.
    pub used: Option<Time>,
}

/// A passkey to be kept.
#[derive(Clone, Debug)]
pub struct NewPasskey<'a> {
    /// Whose it is.
    pub account: i64,
    /// By which the authenticator knows it.
    pub credential: &'a str,
    /// Its public key in COSE.
    pub key: &'a [u8],
    /// Its counter.
    pub counter: u32,
    /// The key is kept elsewhere too.
    pub backed_up: bool,
    /// How its owner calls it.
    pub name: &'a str,
}

impl Passkey {
    fn read(row: &Row) -> Result<Passkey, StoreError> {
        Ok(Passkey {
            id: row.int(0)?,
            account: row.int(1)?,
            credential: row.text(2)?.to_owned(),
            key: row.bytes(3)?.to_owned(),
            counter: row.count(4)?,
            backed_up: row.truth(5)?,
            name: row.text(6)?.to_owned(),
            created: row.time(7)?,
            used: row.time_or_none(8)?,
        })
    }
}

impl Ledger {
    /// Keeps a passkey; all sessions of the account end but this one. False where the authenticator's name for it is
    /// known already, or the account has too many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn add_passkey(
        &mut self,
        new: &NewPasskey<'_>,
        stays: Option<i64>,
        now: Time,
    ) -> Result<bool, StoreError> {
        self.write(|on| {
            let rows = on.query(
                "SELECT CAST(COUNT(*) AS BIGINT) FROM watch_passkey WHERE account = $1",
                values![new.account],
            )?;
            if rows.first().map_or(Ok(0), |row| row.int(0))? >= MOST {
                return Ok(false);
            }
            let count = on.execute(
                "INSERT INTO watch_passkey (account, credential, key, counter, backed_up, name, created, used) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, NULL) ON CONFLICT DO NOTHING",
                values![new.account, new.credential, new.key, new.counter, new.backed_up, new.name, now],
            )?;
            if count > 0 {
                end_others(on, new.account, stays)?;
            }
            Ok(count > 0)
        })
    }

    /// The passkeys of an account, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn passkeys(&mut self, account: i64) -> Result<Vec<Passkey>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS} FROM watch_passkey p WHERE p.account = $1 ORDER BY p.id LIMIT {MOST}");
        self.read(|on| on.query(&sql, values![account]))?.iter().map(Passkey::read).collect()
    }

    /// A passkey by the authenticator's name for it, and its account, where that may log in.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn passkey(&mut self, credential: &str) -> Result<Option<(Passkey, Account)>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM watch_passkey p WHERE p.credential = $1");
        let rows = self.read(|on| on.query(&sql, values![credential]))?;
        let Some(passkey) = rows.first().map(Passkey::read).transpose()? else { return Ok(None) };
        let account = self.account(passkey.account)?.filter(|account| !account.disabled);
        Ok(account.map(|account| (passkey, account)))
    }

    /// Notes that a passkey was used, where its counter still is the one that was judged: false for the later one of
    /// two that come at the same time with the same counter.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn use_passkey(&mut self, id: i64, was: u32, counter: u32, now: Time) -> Result<bool, StoreError> {
        let sql = "UPDATE watch_passkey SET counter = $3, used = $4 WHERE id = $1 AND counter = $2";
        Ok(self.write(|on| on.execute(sql, values![id, was, counter, now]))? > 0)
    }

    /// Removes a passkey of an account; all its sessions end but this one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn remove_passkey(&mut self, account: i64, id: i64, stays: Option<i64>) -> Result<bool, StoreError> {
        self.write(|on| {
            let sql = "DELETE FROM watch_passkey WHERE account = $1 AND id = $2";
            let count = on.execute(sql, values![account, id])?;
            if count > 0 {
                end_others(on, account, stays)?;
            }
            Ok(count > 0)
        })
    }
}
