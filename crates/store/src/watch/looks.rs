//! Looks: what one of them learnt is kept as a whole or not at all.

use midwatch_model::{Memo, Severity, State, TargetReport, Time};
use serde::{Deserialize, Serialize};

use super::{EventNews, Ledger, NewAlert, codes, events, lease, memos, outbox, summaries};
use crate::StoreError;
use crate::database::{Row, Statements, values};

/// The most that is given at once.
const MOST: u32 = 100_000;

/// What one look learnt, and what follows from it.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// The target's id.
    pub target: &'a str,
    /// When it began, by which it is known.
    pub started: Time,
    /// When it ended.
    pub ended: Time,
    /// What was seen.
    pub report: &'a TargetReport,
    /// What is to be remembered of it.
    pub memos: &'a [Memo],
    /// What changed.
    pub events: &'a [EventNews],
    /// Who is to be told. In these, events whose number is 0 get the number of the same event in [`Look::events`].
    pub alerts: &'a [NewAlert],
    /// When the next look is due.
    pub next: Time,
}

/// A look was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The numbers of its events, in the order of [`Look::events`].
    pub events: Vec<i64>,
}

/// One line about a look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookLine {
    /// When it began.
    pub at: Time,
    /// How long it took, in milliseconds; 0 where the clock was set back meanwhile.
    pub millis: u64,
    /// How much could be measured.
    pub state: State,
    /// What could not be measured and why, where that concerns the target as a whole.
    pub error: Option<String>,
    /// The worst severity of its findings.
    pub worst: Option<Severity>,
    /// Its findings.
    pub findings: u32,
    /// What changed.
    pub changes: u32,
}

impl Ledger {
    /// Records a look, in one transaction: when this returns without an error, all of it lies on the disk, and nothing
    /// of it otherwise. A look that is there already, which is the same target and beginning, is left as it is: where
    /// the connection was lost before the answer came, the same may be recorded again.
    ///
    /// A report of more than 64 MiB is not kept; all else is.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Lost`] where another watch has taken the lease over.
    pub fn record(&mut self, look: &Look<'_>) -> Result<Recorded, StoreError> {
        let report = codes::pack(look.report)?;
        let (place, holder) = (self.place.clone(), self.holder.clone());
        self.write(|database| {
            lease::held(database, &place, holder.as_deref())?;
            let before = database.query(
                "SELECT millis FROM watch_look WHERE target = $1 AND at = $2",
                values![look.target, look.started],
            )?;
            if !before.is_empty() {
                return Ok(Recorded { events: events::kept(database, look.events)? });
            }
            memos::met(database, look.target, look.started, look.memos)?;
            let numbers = events::keep(database, look.events)?;
            outbox::put(database, look.alerts)?;
            put_line(database, look.target, &LookLine::of(look))?;
            put_report(database, look.target, look.started, report.as_deref())?;
            summaries::put(database, look.target, &summaries::Standing::of(look))?;
            summaries::rank(database, look.target)?;
            Ok(Recorded { events: numbers })
        })
    }

    /// When the next look at each target is due, by their ids; none for one that was never looked at. Paused ones are
    /// among them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn due(&mut self) -> Result<Vec<(String, Option<Time>)>, StoreError> {
        self.read(|database| {
            let rows = database.query(
                "SELECT t.id, s.next FROM watch_target t LEFT JOIN watch_state s ON s.target = t.id ORDER BY t.id",
                &[],
            )?;
            rows.iter().map(|row| Ok((row.text(0)?.to_owned(), row.time_or_none(1)?))).collect()
        })
    }

    /// The newest report of a target, and when its look began.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn report(&mut self, target: &str) -> Result<Option<(Time, TargetReport)>, StoreError> {
        let rows = self.read(|database| {
            database.query("SELECT at, body FROM watch_report WHERE target = $1", values![target])
        })?;
        let Some(row) = rows.first() else { return Ok(None) };
        let text = codes::unpack(&self.place, row.bytes(1)?)?;
        let report =
            serde_json::from_slice(&text).map_err(|error| StoreError::damaged(&self.place, error))?;
        Ok(Some((row.time(0)?, report)))
    }

    /// The looks at a target, the newest first; never more than 100,000.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn looks(&mut self, target: &str, limit: u32) -> Result<Vec<LookLine>, StoreError> {
        let place = self.place.clone();
        self.read(|database| {
            let rows = database.query(
                "SELECT at, millis, state, error, worst, findings, changes FROM watch_look WHERE target = $1 \
                 ORDER BY at DESC LIMIT $2",
                values![target, i64::from(limit.min(MOST))],
            )?;
            rows.iter().map(|row| read(&place, row)).collect()
        })
    }
}

impl LookLine {
    fn of(look: &Look<'_>) -> LookLine {
        let findings = &look.report.findings;
        LookLine {
            at: look.started,
            millis: u64::try_from(look.ended.duration_since(look.started).as_millis()).unwrap_or(0),
            state: look.report.state,
            error: look.report.error.clone(),
            worst: findings.iter().map(|finding| finding.severity).max(),
            findings: u32::try_from(findings.len()).unwrap_or(u32::MAX),
            changes: u32::try_from(look.events.len()).unwrap_or(u32::MAX),
        }
    }
}

/// Keeps a line, where there is none of the same beginning; says whether that is so.
pub(crate) fn put_line(
    database: &mut dyn Statements,
    target: &str,
    line: &LookLine,
) -> Result<bool, StoreError> {
    let kept = database.execute(
        "INSERT INTO watch_look (target, at, millis, state, error, worst, findings, changes) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (target, at) DO NOTHING",
        values![
            target,
            line.at,
            line.millis,
            codes::word(line.state),
            line.error.as_ref(),
            line.worst.map(codes::rank),
            line.findings,
            line.changes,
        ],
    )?;
    Ok(kept > 0)
}

/// Keeps the newest report; none where there is none that could be kept, so that no older one passes for it.
pub(crate) fn put_report(
    database: &mut dyn Statements,
    target: &str,
    at: Time,
    packed: Option<&[u8]>,
) -> Result<(), StoreError> {
    match packed {
        Some(packed) => database.execute(
            "INSERT INTO watch_report (target, at, body) VALUES ($1, $2, $3) \
             ON CONFLICT (target) DO UPDATE SET at = excluded.at, body = excluded.body",
            values![target, at, packed],
        )?,
        None => database.execute("DELETE FROM watch_report WHERE target = $1", values![target])?,
    };
    Ok(())
}

/// A line from a row of its columns.
pub(crate) fn read(place: &str, row: &Row) -> Result<LookLine, StoreError> {
    Ok(LookLine {
        at: row.time(0)?,
        millis: row.large(1)?,
        state: codes::from_word(place, row.text(2)?)?,
        error: row.text_or_none(3)?.map(str::to_owned),
        worst: row.int_or_none(4)?.and_then(codes::severity),
        findings: row.count(5)?,
        changes: row.count(6)?,
    })
}
