//! What is watched.

use midwatch_model::{Target, Time};
use serde::{Deserialize, Serialize};

use super::{Ledger, summaries};
use crate::StoreError;
use crate::database::{Row, Statements, Value, values};

/// A target that is watched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchTarget {
    /// Its id, which stays: a few letters, digits and dashes.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What is looked at.
    pub target: Target,
    /// Who put it there.
    pub origin: Origin,
    /// Seconds from one look to the next.
    pub every: u64,
    /// It is not looked at for now.
    pub paused: bool,
    /// When it was put there.
    pub added: Time,
    /// Words that it is grouped by.
    pub tags: Vec<String>,
}

/// Who put a target there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "kebab-case")]
pub enum Origin {
    /// The configuration.
    File,
    /// Somebody at the face.
    Person {
        /// Who.
        by: String,
    },
}

/// Characters of a name that count for its place in a list: an index takes no long texts.
const SORTED: usize = 200;

/// The columns of a target, as [`read`] wants them.
pub(crate) const COLUMNS: &str = "t.id, t.name, t.target, t.origin, t.every, t.paused, t.added, t.tags";

impl Ledger {
    /// Puts a target there, or changes the one with the same id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn put_target(&mut self, target: &WatchTarget) -> Result<(), StoreError> {
        self.write(|database| put(database, target))
    }

    /// Puts many targets there, or changes those with the same ids, in one transaction: each transaction of its own would
    /// wait for the disk.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn put_targets(&mut self, targets: &[WatchTarget]) -> Result<(), StoreError> {
        self.write(|database| targets.iter().try_for_each(|target| put(database, target)))
    }

    /// All targets, by their ids.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn targets(&mut self) -> Result<Vec<WatchTarget>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM watch_target t ORDER BY t.id");
        self.read(|database| database.query(&sql, &[])?.iter().map(read).collect())
    }

    /// One target.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn target(&mut self, id: &str) -> Result<Option<WatchTarget>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM watch_target t WHERE t.id = $1");
        self.read(|database| database.query(&sql, values![id])?.first().map(read).transpose())
    }

    /// Takes a target away, and says whether it was there. What was seen of it stays until [`Ledger::retain`] takes it,
    /// and counts again where a target of the same id is put there meanwhile.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn remove_target(&mut self, id: &str) -> Result<bool, StoreError> {
        self.write(
            |database| Ok(database.execute("DELETE FROM watch_target WHERE id = $1", values![id])? > 0),
        )
    }
}

/// Puts a target there or changes it.
pub(crate) fn put(database: &mut dyn Statements, target: &WatchTarget) -> Result<(), StoreError> {
    let mut search = vec![target.id.clone(), target.name.clone(), target.target.to_string()];
    search.push(target.target.input().to_owned());
    search.extend(target.tags.iter().cloned());
    database.execute(
        "INSERT INTO watch_target (id, name, target, origin, every, paused, added, tags, sort, search, rank) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, -1) ON CONFLICT (id) DO UPDATE SET \
         name = excluded.name, target = excluded.target, origin = excluded.origin, every = excluded.every, \
         paused = excluded.paused, added = excluded.added, tags = excluded.tags, sort = excluded.sort, \
         search = excluded.search",
        values![
            &target.id,
            &target.name,
            Value::json(&target.target)?,
            Value::json(&target.origin)?,
            target.every,
            target.paused,
            target.added,
            Value::json(&target.tags)?,
            target.name.chars().take(SORTED).collect::<String>().to_lowercase(),
            search.join("\n").to_lowercase(),
        ],
    )?;
    summaries::rank(database, &target.id)
}

/// A target from a row that begins with [`COLUMNS`].
pub(crate) fn read(row: &Row) -> Result<WatchTarget, StoreError> {
    Ok(WatchTarget {
        id: row.text(0)?.to_owned(),
        name: row.text(1)?.to_owned(),
        target: row.json(2)?,
        origin: row.json(3)?,
        every: row.large(4)?,
        paused: row.truth(5)?,
        added: row.time(6)?,
        tags: row.json(7)?,
    })
}
