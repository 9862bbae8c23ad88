//! The log of who did what. Lines are added; nothing here changes or removes one.

use midwatch_model::Time;

use crate::StoreError;
use crate::database::{Value, values};
use crate::watch::Ledger;

/// The most characters of a detail; the rest is cut.
const DETAIL: usize = 2000;

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number; later lines have larger ones.
    pub id: i64,
    /// When.
    pub at: Time,
    /// The account's name, or who else: `nobody` before a log-in, `midwatch` for the daemon.
    pub who: String,
    /// From which address; empty for the daemon.
    pub address: String,
    /// What: a word such as `login`, `login-failed`, `target-added`.
    pub what: String,
    /// To whom or what, and how. No secret.
    pub detail: String,
}

/// A line to be added.
#[derive(Clone, Debug)]
pub struct NewLine<'a> {
    /// Who.
    pub who: &'a str,
    /// From where.
    pub address: &'a str,
    /// What.
    pub what: &'a str,
    /// To whom or what, and how.
    pub detail: &'a str,
}

impl Ledger {
    /// Adds a line.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn note(&mut self, line: &NewLine<'_>, now: Time) -> Result<(), StoreError> {
        let detail: String = line.detail.chars().take(DETAIL).collect();
        let sql = "INSERT INTO watch_audit (at, who, address, what, detail) VALUES ($1, $2, $3, $4, $5)";
        self.write(|on| on.execute(sql, values![now, line.who, line.address, line.what, detail]))?;
        Ok(())
    }

    /// Lines, newest first: those before a number where one is given, and of one kind where one is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn audit(
        &mut self,
        before: Option<i64>,
        what: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Line>, StoreError> {
        let limit = limit.min(1000);
        let before = before.unwrap_or(i64::MAX);
        let sql = "SELECT id, at, who, address, what, detail FROM watch_audit WHERE id < $1";
        let rows = self.read(|on| match what {
            Some(what) => {
                let values: [Value; 3] = [before.into(), what.into(), limit.into()];
                on.query(&format!("{sql} AND what = $2 ORDER BY id DESC LIMIT $3"), &values)
            }
            None => on.query(&format!("{sql} ORDER BY id DESC LIMIT $2"), values![before, limit]),
        })?;
        let line = |row: &crate::database::Row| {
            Ok(Line {
                id: row.int(0)?,
                at: row.time(1)?,
                who: row.text(2)?.to_owned(),
                address: row.text(3)?.to_owned(),
                what: row.text(4)?.to_owned(),
                detail: row.text(5)?.to_owned(),
            })
        };
        rows.iter().map(line).collect()
    }
}
