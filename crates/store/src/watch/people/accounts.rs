//! Accounts.

use midwatch_model::{Role, Time};

use crate::StoreError;
use crate::database::{Row, Statements, values};
use crate::watch::Ledger;

/// The most accounts there may be.
pub const MOST: i64 = 10_000;

/// The most characters of a name.
pub const NAME: usize = 64;

const COLUMNS: &str = "a.id, a.name, a.role, a.password, a.totp, a.totp_step, a.handle, a.issuer, a.subject, a.disabled, \
     a.created, a.seen, (SELECT COUNT(*) FROM watch_passkey p WHERE p.account = a.id), \
     (SELECT COUNT(*) FROM watch_recovery r WHERE r.account = a.id)";

/// An account.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Its number, which is never given twice while it is there.
    pub id: i64,
    /// Its name, in lower case.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// PHC string of Argon2id; none where it logs in by a passkey or by somebody who vouches alone.
    pub password: Option<String>,
    /// The secret of an authenticator app, sealed.
    pub totp: Option<Vec<u8>>,
    /// The step of the newest code that was taken; 0 for none.
    pub totp_step: i64,
    /// By which passkeys name it: random, base64url.
    pub handle: String,
    /// Who vouches for it (OpenID Connect), and by which name.
    pub vouched: Option<(String, String)>,
    /// It may not log in.
    pub disabled: bool,
    /// Since when it is there.
    pub created: Time,
    /// When somebody last logged in.
    pub seen: Option<Time>,
    /// How many passkeys it has.
    pub passkeys: u32,
    /// How many recovery codes are left.
    pub recovery: u32,
}

/// Without what is secret.
impl std::fmt::Debug for Account {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Account({}, {}, {})", self.id, self.name, self.role)
    }
}

impl Account {
    /// Whether more than a password can be asked of it.
    pub fn has_second(&self) -> bool {
        self.totp.is_some() || self.passkeys > 0
    }

    pub(super) fn read(row: &Row) -> Result<Account, StoreError> {
        let (issuer, subject) = (row.text(7)?, row.text(8)?);
        Ok(Account {
            id: row.int(0)?,
            name: row.text(1)?.to_owned(),
            role: row.text(2)?.parse().map_err(|error| StoreError::damaged("an account", error))?,
            password: row.text_or_none(3)?.map(ToOwned::to_owned),
            totp: row.bytes_or_none(4)?.map(ToOwned::to_owned),
            totp_step: row.int(5)?,
            handle: row.text(6)?.to_owned(),
            vouched: (!issuer.is_empty()).then(|| (issuer.to_owned(), subject.to_owned())),
            disabled: row.truth(9)?,
            created: row.time(10)?,
            seen: row.time_or_none(11)?,
            passkeys: row.count(12)?,
            recovery: row.count(13)?,
        })
    }
}

/// An account to be made.
#[derive(Clone)]
pub struct NewAccount {
    /// Its name; kept in lower case.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// PHC string.
    pub password: Option<String>,
    /// By which passkeys will name it: random, base64url.
    pub handle: String,
    /// Who vouches for it, and by which name.
    pub vouched: Option<(String, String)>,
}

/// What came of making or changing an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// Done; its number.
    Done(i64),
    /// The name is another account's.
    Taken,
    /// There are too many.
    Full,
    /// No such account.
    Gone,
    /// Nobody could administer any more: it is the last admin that can log in.
    LastAdmin,
}

/// How an account is kept: in lower case, without spaces around it.
pub fn kept_name(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Whether this may be a name: 1 to [`NAME`] letters, digits and `.`, `_`, `-`, `@`, `+`.
pub fn is_name(name: &str) -> bool {
    let name = name.trim();
    !name.is_empty()
        && name.chars().count() <= NAME
        && name.chars().all(|letter| letter.is_alphanumeric() || "._-@+".contains(letter))
}

fn one(
    statements: &mut dyn Statements,
    filter: &str,
    values: &[crate::database::Value],
) -> Result<Option<Account>, StoreError> {
    let rows =
        statements.query(&format!("SELECT {COLUMNS} FROM watch_account a WHERE {filter} LIMIT 1"), values)?;
    rows.first().map(Account::read).transpose()
}

/// Whether any other account than this one can administer.
fn others_administer(statements: &mut dyn Statements, id: i64) -> Result<bool, StoreError> {
    let rows = statements.query(
        "SELECT id FROM watch_account WHERE role = 'admin' AND disabled = 0 AND id <> $1 LIMIT 1",
        values![id],
    )?;
    Ok(!rows.is_empty())
}

impl Ledger {
    /// Whether there is any account: if not, the first start has not been gone through.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn has_accounts(&mut self) -> Result<bool, StoreError> {
        let rows = self.read(|on| on.query("SELECT id FROM watch_account LIMIT 1", values![]))?;
        Ok(!rows.is_empty())
    }

    /// Makes an account. With `first` it is made only where there is none yet, so that two that claim a new
    /// installation at the same time do not both have it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn add_account(&mut self, new: &NewAccount, first: bool, now: Time) -> Result<Put, StoreError> {
        let name = kept_name(&new.name);
        let (issuer, subject) = new.vouched.clone().unwrap_or_default();
        self.write(|on| {
            let rows = on.query("SELECT CAST(COUNT(*) AS BIGINT) FROM watch_account", values![])?;
            let count = rows.first().map_or(Ok(0), |row| row.int(0))?;
            if count >= MOST || (first && count > 0) {
                return Ok(Put::Full);
            }
            let rows = on.query(
                "INSERT INTO watch_account \
                 (name, role, password, totp, totp_step, handle, issuer, subject, disabled, created, seen) \
                 VALUES ($1, $2, $3, NULL, 0, $4, $5, $6, 0, $7, NULL) ON CONFLICT DO NOTHING RETURNING id",
                values![name, new.role.word(), new.password.clone(), &new.handle, issuer, subject, now],
            )?;
            rows.first().map_or(Ok(Put::Taken), |row| row.int(0).map(Put::Done))
        })
    }

    /// All accounts, by name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn accounts(&mut self) -> Result<Vec<Account>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM watch_account a ORDER BY a.name LIMIT {MOST}");
        self.read(|on| on.query(&sql, values![]))?.iter().map(Account::read).collect()
    }

    /// An account by its number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn account(&mut self, id: i64) -> Result<Option<Account>, StoreError> {
        self.read(|on| one(on, "a.id = $1", values![id]))
    }

    /// An account by its name, however it is written.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn account_named(&mut self, name: &str) -> Result<Option<Account>, StoreError> {
        let name = kept_name(name);
        self.read(|on| one(on, "a.name = $1", values![name]))
    }

    /// The account for which somebody vouches by this name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn account_vouched(&mut self, issuer: &str, subject: &str) -> Result<Option<Account>, StoreError> {
        self.read(|on| {
            one(on, "a.issuer = $1 AND a.subject = $2 AND a.issuer <> ''", values![issuer, subject])
        })
    }

    /// Changes the role of an account, and whether it may log in. Its sessions end; where it may not log in any more, its
    /// tokens go too.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_rights(&mut self, id: i64, role: Role, disabled: bool) -> Result<Put, StoreError> {
        self.write(|on| {
            let Some(account) = one(on, "a.id = $1", values![id])? else { return Ok(Put::Gone) };
            if (account.role, account.disabled) == (role, disabled) {
                return Ok(Put::Done(id));
            }
            let administers = role == Role::Admin && !disabled;
            if !administers && account.role == Role::Admin && !account.disabled && !others_administer(on, id)?
            {
                return Ok(Put::LastAdmin);
            }
            on.execute(
                "UPDATE watch_account SET role = $2, disabled = $3 WHERE id = $1",
                values![id, role.word(), disabled],
            )?;
            on.execute("DELETE FROM watch_session WHERE account = $1", values![id])?;
            if disabled {
                on.execute("DELETE FROM watch_token WHERE account = $1", values![id])?;
            }
            Ok(Put::Done(id))
        })
    }

    /// Keeps another password (PHC string), or none. All sessions of the account end but this one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_password(
        &mut self,
        id: i64,
        kept: Option<&str>,
        stays: Option<i64>,
    ) -> Result<bool, StoreError> {
        self.write(|on| {
            let count =
                on.execute("UPDATE watch_account SET password = $2 WHERE id = $1", values![id, kept])?;
            end_others(on, id, stays)?;
            Ok(count > 0)
        })
    }

    /// Keeps the same password by stronger parameters, where it still is the one that was verified. No session ends.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn rehash(&mut self, id: i64, was: &str, kept: &str) -> Result<bool, StoreError> {
        let sql = "UPDATE watch_account SET password = $3 WHERE id = $1 AND password = $2";
        Ok(self.write(|on| on.execute(sql, values![id, was, kept]))? > 0)
    }

    /// Keeps the sealed secret of an authenticator app and the step of the code that proved it, or takes it away. All
    /// sessions of the account end but this one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_totp(
        &mut self,
        id: i64,
        totp: Option<(&[u8], i64)>,
        stays: Option<i64>,
    ) -> Result<bool, StoreError> {
        let (secret, step) = totp.map_or((None, 0), |(secret, step)| (Some(secret.to_vec()), step));
        self.write(|on| {
            let count = on.execute(
                "UPDATE watch_account SET totp = $2, totp_step = $3 WHERE id = $1",
                values![id, secret, step],
            )?;
            end_others(on, id, stays)?;
            Ok(count > 0)
        })
    }

    /// Takes a code of this step, where none of it or of a later one was taken: true for one of two that come at the
    /// same time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn take_totp(&mut self, id: i64, step: i64) -> Result<bool, StoreError> {
        let sql = "UPDATE watch_account SET totp_step = $2 WHERE id = $1 AND totp_step < $2";
        Ok(self.write(|on| on.execute(sql, values![id, step]))? > 0)
    }

    /// Takes away every second factor of an account: the app, the passkeys and the recovery codes. All its sessions end.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn reset_factors(&mut self, id: i64) -> Result<bool, StoreError> {
        self.write(|on| {
            let sql = "UPDATE watch_account SET totp = NULL, totp_step = 0 WHERE id = $1";
            let count = on.execute(sql, values![id])?;
            for table in ["watch_passkey", "watch_recovery"] {
                on.execute(&format!("DELETE FROM {table} WHERE account = $1"), values![id])?;
            }
            end_others(on, id, None)?;
            Ok(count > 0)
        })
    }

    /// Removes an account with all that is its own.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn remove_account(&mut self, id: i64) -> Result<Put, StoreError> {
        self.write(|on| {
            let Some(account) = one(on, "a.id = $1", values![id])? else { return Ok(Put::Gone) };
            if account.role == Role::Admin && !account.disabled && !others_administer(on, id)? {
                return Ok(Put::LastAdmin);
            }
            on.execute("DELETE FROM watch_account WHERE id = $1", values![id])?;
            Ok(Put::Done(id))
        })
    }
}

/// Ends all sessions of an account but one.
pub(super) fn end_others(
    statements: &mut dyn Statements,
    account: i64,
    stays: Option<i64>,
) -> Result<u64, StoreError> {
    statements.execute(
        "DELETE FROM watch_session WHERE account = $1 AND id <> $2",
        // Numbers begin at 1.
        values![account, stays.unwrap_or(0)],
    )
}
