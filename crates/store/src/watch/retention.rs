//! What is forgotten, and what never is.

use std::time::Duration;

use midwatch_model::Time;

use super::Ledger;
use super::events::ACKNOWLEDGED;
use super::outbox::{GIVEN_UP, SENT};
use crate::StoreError;
use crate::database::{Statements, Value, stamp, values};

/// How long and how much is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// What was not met for so long is forgotten.
    pub age: Option<Duration>,
    /// So many are kept: values of each subject, looks at each target, acknowledged events of each target, sent alerts
    /// of each channel. At least 1.
    pub count: Option<u32>,
}

/// What was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Values.
    pub memos: u64,
    /// Lines of looks.
    pub looks: u64,
    /// Events.
    pub events: u64,
    /// Alerts.
    pub alerts: u64,
    /// Targets that were taken away, of which nothing but events is left.
    pub targets: u64,
}

impl Ledger {
    /// Forgets what is too old or too much. What always stays: the latest value of each subject and the newest look of
    /// each target that is watched, open and snoozed events, alerts on their way, and the keys of all alerts. Of a target
    /// that is not watched any more all but the open events goes when it is old.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn retain(&mut self, keep: &Retention, now: Time) -> Result<Removed, StoreError> {
        // Before this; no time is before the empty text.
        let before = match keep.age {
            Some(age) => now.checked_sub(age).map(stamp).unwrap_or_default(),
            None => String::new(),
        };
        let count = keep.count.map_or(i64::MAX, |count| i64::from(count.max(1)));
        self.write(|database| {
            let targets = targets(database, &before)?;
            Ok(Removed {
                memos: memos(database, &before, count)? + targets.1,
                looks: looks(database, &before, count)? + targets.2,
                events: events(database, &before, count)?,
                alerts: alerts(database, &before, count)?,
                targets: targets.0,
            })
        })
    }
}

/// Targets that are not watched any more: how many of them, of their memos and of their looks went.
fn targets(database: &mut dyn Statements, before: &str) -> Result<(u64, u64, u64), StoreError> {
    let rows = database.query(
        "SELECT target FROM watch_state WHERE looked < $1 AND target NOT IN (SELECT id FROM watch_target)",
        values![before],
    )?;
    let (mut memos, mut looks) = (0, 0);
    for row in &rows {
        let target = values![row.text(0)?];
        memos += database.execute(
            "DELETE FROM watch_memo WHERE subject IN (SELECT id FROM watch_subject WHERE target = $1)",
            target,
        )?;
        looks += database.execute("DELETE FROM watch_look WHERE target = $1", target)?;
        for table in ["watch_subject", "watch_report", "watch_state"] {
            database.execute(&format!("DELETE FROM {table} WHERE target = $1"), target)?;
        }
    }
    Ok((u64::try_from(rows.len()).unwrap_or(u64::MAX), memos, looks))
}

fn memos(database: &mut dyn Statements, before: &str, count: i64) -> Result<u64, StoreError> {
    database.execute(
        "DELETE FROM watch_memo WHERE id IN (SELECT id FROM (SELECT m.id AS id, m.last AS last, \
         ROW_NUMBER() OVER (PARTITION BY m.subject ORDER BY CASE WHEN m.id = s.latest THEN 0 ELSE 1 END, \
         m.last DESC, m.digest) AS number \
         FROM watch_memo m JOIN watch_subject s ON s.id = m.subject) AS ranked \
         WHERE number > 1 AND (last < $1 OR number > $2))",
        values![before, count],
    )
}

/// Target by target, so that the index leads to what goes.
fn looks(database: &mut dyn Statements, before: &str, count: i64) -> Result<u64, StoreError> {
    let mut removed = 0;
    let rows = database.query("SELECT target, looked FROM watch_state", &[])?;
    for row in &rows {
        let (target, newest) = (row.text(0)?, row.text(1)?);
        if !before.is_empty() {
            removed += database.execute(
                "DELETE FROM watch_look WHERE target = $1 AND at < $2 AND at <> $3",
                values![target, before, newest],
            )?;
        }
        if count < i64::MAX {
            removed += database.execute(
                "DELETE FROM watch_look WHERE target = $1 AND at <> $2 AND at < \
                 (SELECT at FROM watch_look WHERE target = $1 ORDER BY at DESC LIMIT 1 OFFSET $3)",
                values![target, newest, count - 1],
            )?;
        }
    }
    Ok(removed)
}

fn events(database: &mut dyn Statements, before: &str, count: i64) -> Result<u64, StoreError> {
    database.execute(
        "DELETE FROM watch_event WHERE id IN (SELECT id FROM (SELECT id, last, \
         ROW_NUMBER() OVER (PARTITION BY target ORDER BY id DESC) AS number FROM watch_event WHERE state = $3) \
         AS ranked WHERE last < $1 OR number > $2)",
        values![before, count, ACKNOWLEDGED],
    )
}

fn alerts(database: &mut dyn Statements, before: &str, count: i64) -> Result<u64, StoreError> {
    let given: &[Value] = values![before, count, SENT, GIVEN_UP];
    database.execute(
        "DELETE FROM watch_alert WHERE id IN (SELECT id FROM (SELECT id, ended, \
         ROW_NUMBER() OVER (PARTITION BY channel ORDER BY id DESC) AS number FROM watch_alert \
         WHERE state = $3 OR state = $4) AS ranked WHERE ended < $1 OR number > $2)",
        given,
    )
}
