//! API tokens: of each, its hash alone is kept.

use midwatch_model::{Scope, Time};

use super::accounts::Account;
use crate::StoreError;
use crate::database::{Row, values};
use crate::watch::Ledger;

/// The most tokens of one account.
pub const MOST: i64 = 50;

const COLUMNS: &str = "t.id, t.account, t.name, t.scopes, t.created, t.expires, t.used";

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its number.
    pub id: i64,
    /// Whose it is.
    pub account: i64,
    /// How its owner calls it.
    pub name: String,
    /// What it may do, where its account may.
    pub scopes: Vec<Scope>,
    /// Since when it is there.
    pub created: Time,
    /// Until when it serves; none for always.
    pub expires: Option<Time>,
    /// When it was last used, to about a minute.
    pub used: Option<Time>,
}

/// A token to be kept.
#[derive(Clone, Debug)]
pub struct NewToken<'a> {
    /// Hash of it.
    pub hash: &'a str,
    /// Whose it is.
    pub account: i64,
    /// How its owner calls it.
    pub name: &'a str,
    /// What it may do.
    pub scopes: &'a [Scope],
    /// Until when it serves.
    pub expires: Option<Time>,
}

impl Token {
    fn read(row: &Row) -> Result<Token, StoreError> {
        let words = row.text(3)?.split(' ').filter(|word| !word.is_empty());
        let scopes = words.map(str::parse).collect::<Result<_, _>>();
        Ok(Token {
            id: row.int(0)?,
            account: row.int(1)?,
            name: row.text(2)?.to_owned(),
            scopes: scopes.map_err(|error| StoreError::damaged("a token", error))?,
            created: row.time(4)?,
            expires: row.time_or_none(5)?,
            used: row.time_or_none(6)?,
        })
    }
}

impl Ledger {
    /// Keeps a token; nothing where the account has too many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn add_token(&mut self, new: &NewToken<'_>, now: Time) -> Result<Option<i64>, StoreError> {
        let scopes: Vec<&str> = new.scopes.iter().map(|scope| scope.word()).collect();
        self.write(|on| {
            let rows = on.query(
                "SELECT CAST(COUNT(*) AS BIGINT) FROM watch_token WHERE account = $1",
                values![new.account],
            )?;
            if rows.first().map_or(Ok(0), |row| row.int(0))? >= MOST {
                return Ok(None);
            }
            let rows = on.query(
                "INSERT INTO watch_token (account, hash, name, scopes, created, expires, used) \
                 VALUES ($1, $2, $3, $4, $5, $6, NULL) RETURNING id",
                values![new.account, new.hash, new.name, scopes.join(" "), now, new.expires],
            )?;
            rows.first().map(|row| row.int(0)).transpose()
        })
    }

    /// The token with this hash, and its account, where it still serves at `now` and the account may log in.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn token(&mut self, hash: &str, now: Time) -> Result<Option<(Token, Account)>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM watch_token t WHERE t.hash = $1");
        let rows = self.read(|on| on.query(&sql, values![hash]))?;
        let Some(token) = rows.first().map(Token::read).transpose()? else { return Ok(None) };
        if token.expires.is_some_and(|expires| expires <= now) {
            return Ok(None);
        }
        let account = self.account(token.account)?.filter(|account| !account.disabled);
        Ok(account.map(|account| (token, account)))
    }

    /// Notes that a token was used.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn use_token(&mut self, id: i64, now: Time) -> Result<(), StoreError> {
        self.write(|on| on.execute("UPDATE watch_token SET used = $2 WHERE id = $1", values![id, now]))?;
        Ok(())
    }

    /// The tokens of an account, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn tokens(&mut self, account: i64) -> Result<Vec<Token>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM watch_token t WHERE t.account = $1 ORDER BY t.id DESC LIMIT {MOST}"
        );
        self.read(|on| on.query(&sql, values![account]))?.iter().map(Token::read).collect()
    }

    /// Removes a token of an account.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn remove_token(&mut self, account: i64, id: i64) -> Result<bool, StoreError> {
        let sql = "DELETE FROM watch_token WHERE account = $1 AND id = $2";
        Ok(self.write(|on| on.execute(sql, values![account, id]))? > 0)
    }
}
