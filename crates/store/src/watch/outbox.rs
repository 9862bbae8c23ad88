//! Alerts on their way: kept before they are sent, so that a crash neither loses nor doubles one.
//!
//! An alert waits, is being sent, and has been sent or was given up. That it is being sent is kept before anybody sends
//! it: where the watch dies in between, [`Ledger::release`] makes it due again and marks that it may have arrived.

use std::collections::BTreeSet;
use std::time::Duration;

use midwatch_model::{Alert, Time};
use serde::{Deserialize, Serialize};

use super::{Ledger, codes, events, lease, numbers};
use crate::StoreError;
use crate::database::{Row, Statements, Value, values};

/// The most that is given at once.
const MOST: u32 = 10_000;

/// An alert that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAlert {
    /// What it is known by, for ever: a second alert with the same key is left out, even long after the first one.
    pub key: String,
    /// The channel that it is for.
    pub channel: String,
    /// When it is to be sent.
    pub due: Time,
    /// It.
    pub alert: Alert,
}

/// An alert in the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxEntry {
    /// Its number.
    pub id: i64,
    /// What it is known by.
    pub key: String,
    /// The channel that it is for.
    pub channel: String,
    /// When it is to be sent, or was.
    pub due: Time,
    /// How often sending was begun.
    pub tries: u32,
    /// It may have arrived once already: the watch died while it was being sent.
    pub uncertain: bool,
    /// Where it stands.
    pub state: OutboxState,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// It.
    pub alert: Alert,
}

/// Where an alert stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum OutboxState {
    /// To be sent when it is due.
    Waiting,
    /// Being sent.
    Sending,
    /// Sent.
    Sent {
        /// When.
        at: Time,
    },
    /// Not sent, and not tried again.
    GivenUp {
        /// Why.
        why: String,
    },
}

/// The word for an alert that waits.
pub(crate) const WAITING: &str = "waiting";

/// The word for one that is being sent.
pub(crate) const SENDING: &str = "sending";

/// The word for one that was sent.
pub(crate) const SENT: &str = "sent";

/// The word for one that was given up.
pub(crate) const GIVEN_UP: &str = "given-up";

/// The columns of an alert, as [`read`] wants them.
pub(crate) const COLUMNS: &str = "id, mark, channel, due, tries, uncertain, state, ended, last_error, alert";

impl Ledger {
    /// Puts alerts into the outbox. One whose key was there ever before is left out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn queue(&mut self, alerts: &[NewAlert]) -> Result<(), StoreError> {
        self.write(|database| put(database, alerts))
    }

    /// Takes the alerts that are due, those due longest first, at most `limit`: each is marked as being sent, and the
    /// try counted, before it is given.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Lost`] where another watch has taken the lease over.
    pub fn take_due(&mut self, now: Time, limit: u32) -> Result<Vec<OutboxEntry>, StoreError> {
        let (place, holder) = (self.place.clone(), self.holder.clone());
        let stray = self.stray.then(|| self.taken.clone());
        // Until it is known that it succeeded, it may be that alerts are marked and were not given to anybody.
        self.stray = true;
        let taken = self.write(|database| {
            lease::held(database, &place, holder.as_deref())?;
            if let Some(given) = &stray {
                take_back(database, given)?;
            }
            let sql = format!(
                "SELECT {COLUMNS} FROM watch_alert WHERE state = $1 AND due <= $2 ORDER BY due, id LIMIT $3"
            );
            let rows = database.query(&sql, values![WAITING, now, i64::from(limit.min(MOST))])?;
            let mut entries = Vec::with_capacity(rows.len());
            for row in &rows {
                let mut entry = read(row)?;
                database.execute(
                    "UPDATE watch_alert SET state = $2, tries = tries + 1 WHERE id = $1",
                    values![entry.id, SENDING],
                )?;
                entry.state = OutboxState::Sending;
                entry.tries = entry.tries.saturating_add(1);
                entries.push(entry);
            }
            Ok(entries)
        })?;
        self.stray = false;
        self.taken.extend(taken.iter().map(|entry| entry.id));
        Ok(taken)
    }

    /// An alert has arrived.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn sent(&mut self, id: i64, at: Time) -> Result<(), StoreError> {
        self.write(|database| {
            database
                .execute("UPDATE watch_alert SET state = $2, ended = $3 WHERE id = $1", values![id, SENT, at])
        })?;
        self.taken.remove(&id);
        Ok(())
    }

    /// An alert could not be sent: it is tried again at a time, or given up and kept with the reason.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn failed(&mut self, id: i64, why: &str, again: Option<Time>) -> Result<(), StoreError> {
        self.write(|database| match again {
            Some(due) => database.execute(
                "UPDATE watch_alert SET state = $2, due = $3, last_error = $4 WHERE id = $1",
                values![id, WAITING, due, why],
            ),
            None => database.execute(
                "UPDATE watch_alert SET state = $2, ended = due, last_error = $3 WHERE id = $1",
                values![id, GIVEN_UP, why],
            ),
        })?;
        self.taken.remove(&id);
        Ok(())
    }

    /// The clock was set back to `now` by so much: alerts that wait for a later time are due as much earlier, or they would
    /// wait as much longer, and those that wait for another attempt are due now. Says how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_back(&mut self, by: Duration, now: Time) -> Result<u64, StoreError> {
        self.write(|database| {
            let later = "SELECT id, due, tries FROM watch_alert WHERE state = $1 AND due > $2";
            let rows = database.query(later, values![WAITING, now])?;
            for row in &rows {
                let earlier = row.time(1)?.checked_sub(by).unwrap_or(now).max(now);
                let due = if row.count(2)? > 0 { now } else { earlier };
                database
                    .execute("UPDATE watch_alert SET due = $2 WHERE id = $1", values![row.int(0)?, due])?;
            }
            Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
        })
    }

    /// The alerts, the newest first; never more than 10,000.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn outbox(&mut self, limit: u32) -> Result<Vec<OutboxEntry>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM watch_alert ORDER BY id DESC LIMIT {}", limit.min(MOST));
        self.read(|database| database.query(&sql, &[])?.iter().map(read).collect())
    }

    /// At the start of a watch, when nobody else keeps one: what was being sent when the last one died is due again,
    /// marked as perhaps arrived. Says how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn release(&mut self) -> Result<u64, StoreError> {
        let released = self.write(|database| {
            database.execute(
                "UPDATE watch_alert SET state = $1, uncertain = 1 WHERE state = $2",
                values![WAITING, SENDING],
            )
        })?;
        self.taken.clear();
        self.stray = false;
        Ok(released)
    }
}

/// What is marked as being sent and was given to nobody, since the answer was lost, was surely not sent.
fn take_back(database: &mut dyn Statements, given: &BTreeSet<i64>) -> Result<(), StoreError> {
    let rows = database.query("SELECT id FROM watch_alert WHERE state = $1", values![SENDING])?;
    for row in &rows {
        let id = row.int(0)?;
        if !given.contains(&id) {
            database.execute(
                "UPDATE watch_alert SET state = $2, tries = tries - 1 WHERE id = $1",
                values![id, WAITING],
            )?;
        }
    }
    Ok(())
}

/// What an alert is known by.
pub(crate) fn mark(key: &str) -> Vec<u8> {
    codes::digest([key])
}

/// Marks a key as used, and says whether it was not before.
pub(crate) fn tell(database: &mut dyn Statements, mark: &[u8]) -> Result<bool, StoreError> {
    let new = database.execute(
        "INSERT INTO watch_told (digest) VALUES ($1) ON CONFLICT (digest) DO NOTHING",
        values![mark],
    )?;
    Ok(new > 0)
}

/// Puts alerts into the outbox.
pub(crate) fn put(database: &mut dyn Statements, alerts: &[NewAlert]) -> Result<(), StoreError> {
    for new in alerts {
        let mark = mark(&new.key);
        if !tell(database, &mark)? {
            continue;
        }
        let mut alert = new.alert.clone();
        number(database, &mut alert, true)?;
        let entry = OutboxEntry {
            id: numbers::next(database, numbers::ALERTS)?,
            key: new.key.clone(),
            channel: new.channel.clone(),
            due: new.due,
            tries: 0,
            uncertain: false,
            state: OutboxState::Waiting,
            last_error: None,
            alert,
        };
        insert(database, &entry)?;
    }
    Ok(())
}

/// Gives the events of an alert the numbers that they have here: those without one, or all of them.
pub(crate) fn number(
    database: &mut dyn Statements,
    alert: &mut Alert,
    those_without: bool,
) -> Result<(), StoreError> {
    for event in &mut alert.events {
        if (event.id == 0 || !those_without)
            && let Some(id) = events::find(database, event)?
        {
            event.id = id;
        }
    }
    Ok(())
}

/// Keeps an alert under a number that is free.
pub(crate) fn insert(database: &mut dyn Statements, entry: &OutboxEntry) -> Result<(), StoreError> {
    let (state, ended, why) = match &entry.state {
        OutboxState::Waiting => (WAITING, None, None),
        OutboxState::Sending => (SENDING, None, None),
        OutboxState::Sent { at } => (SENT, Some(*at), None),
        OutboxState::GivenUp { why } => (GIVEN_UP, Some(entry.due), Some(why)),
    };
    database.execute(
        "INSERT INTO watch_alert (id, digest, mark, channel, due, tries, uncertain, state, ended, last_error, alert) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        values![
            entry.id,
            mark(&entry.key),
            &entry.key,
            &entry.channel,
            entry.due,
            entry.tries,
            entry.uncertain,
            state,
            ended,
            why.or(entry.last_error.as_ref()),
            Value::json(&entry.alert)?,
        ],
    )?;
    Ok(())
}

/// An alert from a row of [`COLUMNS`].
pub(crate) fn read(row: &Row) -> Result<OutboxEntry, StoreError> {
    let last_error = row.text_or_none(8)?.map(str::to_owned);
    let state = match row.text(6)? {
        SENDING => OutboxState::Sending,
        SENT => OutboxState::Sent { at: row.time(7)? },
        GIVEN_UP => OutboxState::GivenUp { why: last_error.clone().unwrap_or_default() },
        _ => OutboxState::Waiting,
    };
    Ok(OutboxEntry {
        id: row.int(0)?,
        key: row.text(1)?.to_owned(),
        channel: row.text(2)?.to_owned(),
        due: row.time(3)?,
        tries: row.count(4)?,
        uncertain: row.truth(5)?,
        state,
        last_error,
        alert: row.json(9)?,
    })
}
