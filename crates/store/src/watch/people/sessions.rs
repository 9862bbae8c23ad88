//! Sessions: of a token, its hash alone is kept.

use midwatch_model::Time;

use super::accounts::{Account, end_others};
use crate::StoreError;
use crate::database::{Row, values};
use crate::watch::Ledger;

/// The most sessions that one account keeps; the oldest end first.
pub const MOST: u32 = 50;

const COLUMNS: &str =
    "s.id, s.account, s.csrf, s.created, s.used, s.address, s.bound, s.way, s.second, s.agent";

/// A session.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// Its number.
    pub id: i64,
    /// Whose it is.
    pub account: i64,
    /// What forms carry.
    pub csrf: String,
    /// When somebody logged in.
    pub created: Time,
    /// When it was last used, to about a minute.
    pub used: Time,
    /// From where.
    pub address: String,
    /// It serves from that address alone.
    pub bound: bool,
    /// How somebody logged in: `password`, `passkey` or `oidc`.
    pub way: String,
    /// More than a password was shown.
    pub second: bool,
    /// What the browser calls itself, shortened.
    pub agent: String,
}

/// Without what is secret.
impl std::fmt::Debug for Session {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Session({} of account {})", self.id, self.account)
    }
}

/// A session to be made.
#[derive(Clone)]
pub struct NewSession<'a> {
    /// Hash of its token.
    pub hash: &'a str,
    /// Whose it is.
    pub account: i64,
    /// What forms carry.
    pub csrf: &'a str,
    /// From where.
    pub address: &'a str,
    /// It serves from there alone.
    pub bound: bool,
    /// How somebody logged in.
    pub way: &'a str,
    /// More than a password was shown.
    pub second: bool,
    /// What the browser calls itself.
    pub agent: &'a str,
    /// The session that this one takes the place of.
    pub instead: Option<i64>,
}

impl Session {
    fn read(row: &Row) -> Result<Session, StoreError> {
        Ok(Session {
            id: row.int(0)?,
            account: row.int(1)?,
            csrf: row.text(2)?.to_owned(),
            created: row.time(3)?,
            used: row.time(4)?,
            address: row.text(5)?.to_owned(),
            bound: row.truth(6)?,
            way: row.text(7)?.to_owned(),
            second: row.truth(8)?,
            agent: row.text(9)?.to_owned(),
        })
    }
}

impl Ledger {
    /// Keeps a new session, ends the one that it takes the place of, and notes that the account was seen. Nothing where
    /// the account is gone or may not log in.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn add_session(&mut self, new: &NewSession<'_>, now: Time) -> Result<Option<i64>, StoreError> {
        self.write(|on| {
            let seen = on.execute(
                "UPDATE watch_account SET seen = $2 WHERE id = $1 AND disabled = 0",
                values![new.account, now],
            )?;
            if seen == 0 {
                return Ok(None);
            }
            on.execute(
                "DELETE FROM watch_session WHERE id = $1 AND account = $2",
                values![new.instead.unwrap_or(0), new.account],
            )?;
            let rows = on.query(
                "INSERT INTO watch_session \
                 (hash, account, csrf, created, used, address, bound, way, second, agent) \
                 VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9) RETURNING id",
                values![
                    new.hash,
                    new.account,
                    new.csrf,
                    now,
                    new.address,
                    new.bound,
                    new.way,
                    new.second,
                    new.agent
                ],
            )?;
            on.execute(
                "DELETE FROM watch_session WHERE account = $1 AND id NOT IN \
                 (SELECT id FROM watch_session WHERE account = $1 ORDER BY id DESC LIMIT $2)",
                values![new.account, MOST],
            )?;
            rows.first().map(|row| row.int(0)).transpose()
        })
    }

    /// The session of a token with this hash, and its account, where that may log in and neither lifetime is over:
    /// created after `created_after`, and used after `used_after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn session(
        &mut self,
        hash: &str,
        created_after: Time,
        used_after: Time,
    ) -> Result<Option<(Session, Account)>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM watch_session s WHERE s.hash = $1 AND s.created > $2 AND s.used > $3"
        );
        let session = self.read(|on| on.query(&sql, values![hash, created_after, used_after]))?;
        let Some(session) = session.first().map(Session::read).transpose()? else { return Ok(None) };
        let account = self.account(session.account)?.filter(|account| !account.disabled);
        Ok(account.map(|account| (session, account)))
    }

    /// Notes that a session was used; never earlier than noted before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn use_session(&mut self, id: i64, now: Time) -> Result<(), StoreError> {
        let sql = "UPDATE watch_session SET used = $2 WHERE id = $1 AND used < $2";
        self.write(|on| on.execute(sql, values![id, now]))?;
        Ok(())
    }

    /// Gives a session another token and other forms, when its rights change: whoever had the old token has nothing. With
    /// `second` it counts from now on as one for which more than a password was shown.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn renew_session(
        &mut self,
        id: i64,
        hash: &str,
        csrf: &str,
        second: bool,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE watch_session SET hash = $2, csrf = $3, second = CASE WHEN $4 = 1 THEN 1 ELSE second END \
             WHERE id = $1";
        Ok(self.write(|on| on.execute(sql, values![id, hash, csrf, second]))? > 0)
    }

    /// The sessions of an account, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn sessions(&mut self, account: i64) -> Result<Vec<Session>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM watch_session s WHERE s.account = $1 ORDER BY s.id DESC LIMIT {MOST}"
        );
        self.read(|on| on.query(&sql, values![account]))?.iter().map(Session::read).collect()
    }

    /// Ends a session of an account.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn end_session(&mut self, account: i64, id: i64) -> Result<bool, StoreError> {
        let sql = "DELETE FROM watch_session WHERE account = $1 AND id = $2";
        Ok(self.write(|on| on.execute(sql, values![account, id]))? > 0)
    }

    /// Ends all sessions of an account but one; says how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn end_sessions(&mut self, account: i64, stays: Option<i64>) -> Result<u64, StoreError> {
        self.write(|on| end_others(on, account, stays))
    }

    /// Removes sessions whose lifetime is over; says how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn sweep_sessions(&mut self, created_after: Time, used_after: Time) -> Result<u64, StoreError> {
        let sql = "DELETE FROM watch_session WHERE created <= $1 OR used <= $2";
        self.write(|on| on.execute(sql, values![created_after, used_after]))
    }
}
