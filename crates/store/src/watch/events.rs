//! What changed, and what became of it.

use midwatch_model::{Event, EventState, Time};

use super::{Ledger, codes, numbers, summaries};
use crate::StoreError;
use crate::database::{Row, Statements, Value, stamp, values};

/// Events that are given for folding.
const RECENT: u32 = 1000;

/// The most that is given at once.
const MOST: u32 = 10_000;

/// What a look says of changes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "most are new, and there are few of them")]
pub enum EventNews {
    /// A change that was not there before. Its [`Event::id`] does not matter. One that is there already, which is the
    /// same target, time and change, is left as it is.
    New(Event),
    /// A change that is folded into an event that is there: it counts once more. What became of the event stays.
    Again {
        /// The event.
        id: i64,
        /// When.
        at: Time,
        /// The change went back to what was expected.
        went_back: bool,
    },
}

/// Which events are wanted; all of them by default, but none of them without a limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Those of this target.
    pub target: Option<String>,
    /// Those that are open, or those that are not.
    pub open: Option<bool>,
    /// Those in whose title, place, rule or target this stands, in any case.
    pub text: Option<String>,
    /// Those with a smaller number, for the next page.
    pub before: Option<i64>,
    /// At most so many; never more than 10,000.
    pub limit: u32,
}

/// The columns of an event, as [`read`] wants them.
pub(crate) const COLUMNS: &str = "id, target, change, at, last, times, went_back, standing";

impl Ledger {
    /// The events of a target that were met since a time, the newest first, at most 1000.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn recent_events(&mut self, target: &str, since: Time) -> Result<Vec<Event>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM watch_event WHERE target = $1 AND last >= $2 ORDER BY id DESC LIMIT {RECENT}"
        );
        self.read(|database| database.query(&sql, values![target, since])?.iter().map(read).collect())
    }

    /// Events, the newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn events(&mut self, filter: &EventFilter) -> Result<Vec<Event>, StoreError> {
        let mut given = Vec::new();
        let mut conditions = String::new();
        let mut condition = |text: &str, value: Value| {
            given.push(value);
            conditions.push_str(if given.len() == 1 { " WHERE " } else { " AND " });
            conditions.push_str(&text.replace('$', &format!("${}", given.len())));
        };
        if let Some(target) = &filter.target {
            condition("target = $", target.into());
        }
        if let Some(open) = filter.open {
            condition(if open { "state = $" } else { "state <> $" }, OPEN.into());
        }
        if let Some(text) = &filter.text {
            condition("search LIKE $ ESCAPE '!'", summaries::pattern(text).into());
        }
        if let Some(before) = filter.before {
            condition("id < $", before.into());
        }
        let limit = filter.limit.min(MOST);
        let sql = format!("SELECT {COLUMNS} FROM watch_event{conditions} ORDER BY id DESC LIMIT {limit}");
        self.read(|database| database.query(&sql, &given)?.iter().map(read).collect())
    }

    /// One event.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn event(&mut self, id: i64) -> Result<Option<Event>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM watch_event WHERE id = $1");
        self.read(|database| database.query(&sql, values![id])?.first().map(read).transpose())
    }

    /// Something became of an event. Says whether it is there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_event_state(&mut self, id: i64, state: &EventState) -> Result<bool, StoreError> {
        self.write(|database| set(database, id, state))
    }

    /// Opens the events again whose snoozing has ended, and says how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn wake(&mut self, now: Time) -> Result<u64, StoreError> {
        self.write(|database| {
            let rows =
                database.query("SELECT id, standing FROM watch_event WHERE state = $1", values![SNOOZED])?;
            let mut woken = 0;
            for row in &rows {
                match row.json(1)? {
                    EventState::Snoozed { until, .. } if until <= now => {
                        woken += u64::from(set(database, row.int(0)?, &EventState::Open)?);
                    }
                    _ => {}
                }
            }
            Ok(woken)
        })
    }
}

/// The word for an open event.
pub(crate) const OPEN: &str = "open";

/// The word for a snoozed one.
pub(crate) const SNOOZED: &str = "snoozed";

/// The word for one that somebody says is known.
pub(crate) const ACKNOWLEDGED: &str = "acknowledged";

fn state_word(state: &EventState) -> &'static str {
    match state {
        EventState::Open => OPEN,
        EventState::Acknowledged { .. } => ACKNOWLEDGED,
        EventState::Snoozed { .. } => SNOOZED,
    }
}

fn set(database: &mut dyn Statements, id: i64, state: &EventState) -> Result<bool, StoreError> {
    let rows = database.query(
        "UPDATE watch_event SET state = $2, standing = $3 WHERE id = $1 RETURNING target",
        values![id, state_word(state), Value::json(state)?],
    )?;
    let Some(row) = rows.first() else { return Ok(false) };
    summaries::rank(database, row.text(0)?)?;
    Ok(true)
}

/// What makes an event the same in another database, whatever its number and whatever became of it.
pub(crate) fn identity(event: &Event) -> Vec<u8> {
    let change = &event.change;
    let at = stamp(event.at);
    let fixed = [&event.target, &at, &change.id, &change.place, &change.title].map(String::as_str);
    let divided = change.expected.iter().map(String::as_str).chain(["\0"]);
    codes::digest(fixed.into_iter().chain(divided).chain(change.met.iter().map(String::as_str)))
}

/// The number of an event that is there.
pub(crate) fn find(database: &mut dyn Statements, event: &Event) -> Result<Option<i64>, StoreError> {
    let rows = database.query("SELECT id FROM watch_event WHERE digest = $1", values![identity(event)])?;
    rows.first().map(|row| row.int(0)).transpose()
}

/// Keeps what a look says of changes, and gives the numbers of the events in its order.
pub(crate) fn keep(database: &mut dyn Statements, news: &[EventNews]) -> Result<Vec<i64>, StoreError> {
    let mut numbers = Vec::with_capacity(news.len());
    for one in news {
        numbers.push(match one {
            EventNews::New(event) => match find(database, event)? {
                Some(id) => id,
                None => {
                    let id = numbers::next(database, numbers::EVENTS)?;
                    insert(database, id, event)?;
                    id
                }
            },
            EventNews::Again { id, at, went_back } => {
                database.execute(
                    "UPDATE watch_event SET last = CASE WHEN last < $2 THEN $2 ELSE last END, times = times + 1, \
                     went_back = $3 WHERE id = $1",
                    values![*id, *at, *went_back],
                )?;
                *id
            }
        });
    }
    Ok(numbers)
}

/// The numbers of the events of a look that was recorded before.
pub(crate) fn kept(database: &mut dyn Statements, news: &[EventNews]) -> Result<Vec<i64>, StoreError> {
    news.iter()
        .map(|one| match one {
            EventNews::New(event) => Ok(find(database, event)?.unwrap_or_default()),
            EventNews::Again { id, .. } => Ok(*id),
        })
        .collect()
}

/// Keeps an event under a number that is free.
pub(crate) fn insert(database: &mut dyn Statements, id: i64, event: &Event) -> Result<(), StoreError> {
    let change = &event.change;
    let search = [&event.target, &change.title, &change.place, &change.id].map(String::as_str);
    database.execute(
        "INSERT INTO watch_event (id, digest, target, severity, change, at, last, times, went_back, state, standing, \
         search) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        values![
            id,
            identity(event),
            &event.target,
            codes::rank(change.severity),
            Value::json(change)?,
            event.at,
            event.last.max(event.at),
            event.times,
            event.went_back,
            state_word(&event.state),
            Value::json(&event.state)?,
            search.join("\n").to_lowercase(),
        ],
    )?;
    Ok(())
}

/// An event from a row of [`COLUMNS`].
pub(crate) fn read(row: &Row) -> Result<Event, StoreError> {
    Ok(Event {
        id: row.int(0)?,
        target: row.text(1)?.to_owned(),
        change: row.json(2)?,
        at: row.time(3)?,
        last: row.time(4)?,
        times: row.large(5)?,
        went_back: row.truth(6)?,
        state: row.json(7)?,
    })
}
