//! Reading: each line is checked, and what is there already is left or joined, so that reading the same twice changes
//! nothing.

use std::io::{BufRead, Read as _};

use midwatch_model::{Event, KeptMemo, TargetReport, Time};

use super::HISTORY_SCHEMA;
use super::line::{Header, Line};
use crate::StoreError;
use crate::database::{Row, Statements, Value, values};
use crate::watch::{
    Ledger, OutboxEntry, OutboxState, WatchTarget, codes, events, host_trust, looks, memos, numbers, outbox,
    search, summaries, targets,
};

/// How long a line may be, in bytes: that of the longest report, and room for what stands round it.
const MAX_LINE: u64 = codes::MAX_REPORT + (64 << 10);

/// The largest count or number that is believed: far above all that can be, and far below what a column holds, so that
/// counting on from it cannot fail.
const MAX_COUNT: u64 = 1 << 53;

/// How long the id of a target may be, in bytes.
const MAX_ID: usize = 256;

/// How long the name of a server and a fingerprint may be, in bytes.
const MAX_NAME: usize = 512;

/// What an import brought that was not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Lines that were read, with the first and the last.
    pub lines: u64,
    /// Targets that are watched now.
    pub targets: u64,
    /// Looks.
    pub looks: u64,
    /// Values that were met.
    pub memos: u64,
    /// Host keys that are trusted.
    pub trusted: u64,
    /// Events.
    pub events: u64,
    /// Alerts.
    pub alerts: u64,
}

impl Ledger {
    /// Reads what [`Ledger::export`] wrote, all of it or, where a line is at fault, nothing. What is there already is
    /// left: a target, a look, an alert (by its key), what became of an event; of a value or an event that is there too,
    /// the earliest first time, the latest last time and the larger count hold. The newer report of a target stays. So
    /// the same may be read twice.
    ///
    /// Numbers of events and alerts stay where they are free here. Alerts that wait will be sent from here.
    ///
    /// # Errors
    /// [`StoreError::Line`], which names the line; [`StoreError::Stream`] where it cannot be read; [`StoreError`].
    pub fn import(&mut self, from: &mut dyn BufRead) -> Result<Imported, StoreError> {
        self.write(|database| {
            let mut done = Imported::default();
            let mut text = Vec::new();
            let mut ended = false;
            while next(from, &mut text, done.lines + 1)? {
                done.lines += 1;
                let at = done.lines;
                if ended {
                    return Err(fault(at, "something follows what should be the last line"));
                }
                if at == 1 {
                    header(&text)?;
                    continue;
                }
                let line: Line = serde_json::from_slice(&text).map_err(|error| fault(at, error))?;
                check(&line).map_err(|what| fault(at, what))?;
                if let Line::End { lines } = line {
                    if lines != at {
                        return Err(fault(at, format!("{lines} lines were written, and this is line {at}")));
                    }
                    ended = true;
                    continue;
                }
                take(database, line, &mut done)?;
            }
            if !ended {
                return Err(fault(done.lines, "the file ends here, before its last line: it was cut off"));
            }
            for row in &database.query("SELECT id FROM watch_target", &[])? {
                summaries::rank(database, row.text(0)?)?;
            }
            Ok(done)
        })
    }
}

fn fault(line: u64, what: impl ToString) -> StoreError {
    StoreError::Line { line, what: midwatch_model::lossless(what.to_string().as_bytes()) }
}

/// Reads the next line without its end; `false` where there is none.
fn next(from: &mut dyn BufRead, text: &mut Vec<u8>, number: u64) -> Result<bool, StoreError> {
    text.clear();
    // What a long line took is given back.
    text.shrink_to(1 << 20);
    let read = from.take(MAX_LINE + 1).read_until(b'\n', text);
    read.map_err(|source| StoreError::Stream { doing: "reading what is to be imported", source })?;
    if text.last() == Some(&b'\n') {
        text.pop();
    } else if u64::try_from(text.len()).unwrap_or(u64::MAX) > MAX_LINE {
        return Err(fault(number, format!("it is longer than {MAX_LINE} bytes")));
    } else if text.is_empty() {
        return Ok(false);
    }
    Ok(true)
}

fn header(text: &[u8]) -> Result<(), StoreError> {
    match serde_json::from_slice::<Header>(text) {
        Ok(header) if header.schema == HISTORY_SCHEMA => Ok(()),
        Ok(header) => Err(fault(
            1,
            format!("its form is \"{}\", and this midwatch reads {HISTORY_SCHEMA}", header.schema),
        )),
        Err(_) => Err(fault(
            1,
            format!(
                "this is no history of midwatch, whose first line is {{\"schema\":\"{HISTORY_SCHEMA}\"}}"
            ),
        )),
    }
}

/// What a line may not say, although it is one.
fn check(line: &Line) -> Result<(), String> {
    match line {
        Line::Target { target } => {
            id(&target.id)?;
            count(target.every)?;
            time(target.added)
        }
        Line::Standing { target, standing } => {
            id(target)?;
            time(standing.looked)?;
            time(standing.next)
        }
        Line::Report { target, at, .. } => {
            id(target)?;
            time(*at)
        }
        Line::Look { target, look } => {
            id(target)?;
            count(look.millis)?;
            time(look.at)
        }
        Line::Memo { target, memo, .. } => {
            id(target)?;
            count(memo.count)?;
            time(memo.first)?;
            time(memo.last)
        }
        Line::Trust { key } => {
            id(&key.target)?;
            if key.server.len() > MAX_NAME || key.fingerprint.len() > MAX_NAME {
                return Err(format!("names of servers and fingerprints have {MAX_NAME} bytes at most"));
            }
            time(key.at)
        }
        Line::Event { event } => {
            id(&event.target)?;
            count(event.times)?;
            count(event.id.unsigned_abs())?;
            time(event.at)?;
            time(event.last)
        }
        Line::Told { digest } => hash(digest).map(|_| ()),
        Line::Alert { entry } => {
            count(entry.id.unsigned_abs())?;
            count(entry.tries.into())?;
            if let OutboxState::Sent { at } = entry.state {
                time(at)?;
            }
            time(entry.due)
        }
        Line::End { .. } => Ok(()),
    }
}

fn id(id: &str) -> Result<(), String> {
    if id.is_empty() || id.len() > MAX_ID || id.contains(char::is_control) {
        return Err(format!(
            "the id of a target is a text of 1 to {MAX_ID} bytes without control characters"
        ));
    }
    Ok(())
}

fn count(count: u64) -> Result<(), String> {
    if count > MAX_COUNT { Err(format!("{count} is more than can be counted here")) } else { Ok(()) }
}

fn time(time: Time) -> Result<(), String> {
    if time < Time::UNIX_EPOCH { Err(format!("{time} is before 1970")) } else { Ok(()) }
}

fn hash(text: &str) -> Result<Vec<u8>, String> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    match digits {
        Some(digits) if digits.len() == 64 => Ok(digits
            .chunks(2)
            .map(|pair| pair.iter().fold(0_u8, |byte, digit| byte.wrapping_shl(4) | digit))
            .collect()),
        _ => Err("a digest is 64 hexadecimal digits".into()),
    }
}

fn take(database: &mut dyn Statements, line: Line, done: &mut Imported) -> Result<(), StoreError> {
    match line {
        Line::Target { target } => done.targets += u64::from(take_target(database, &target)?),
        Line::Standing { target, standing } => {
            let newer = "SELECT 1 FROM watch_state WHERE target = $1 AND looked >= $2";
            if database.query(newer, values![&target, standing.looked])?.is_empty() {
                summaries::put(database, &target, &standing)?;
            }
        }
        Line::Report { target, at, report } => take_report(database, &target, at, &report)?,
        Line::Look { target, look } => done.looks += u64::from(looks::put_line(database, &target, &look)?),
        Line::Memo { target, latest, memo } => {
            done.memos += u64::from(take_memo(database, &target, latest, &memo)?);
        }
        Line::Trust { key } => done.trusted += u64::from(host_trust::put(database, &key)?),
        Line::Event { event } => done.events += u64::from(take_event(database, &event)?),
        Line::Told { digest } => {
            outbox::tell(database, &hash(&digest).unwrap_or_default())?;
        }
        Line::Alert { entry } => done.alerts += u64::from(take_alert(database, entry)?),
        Line::End { .. } => {}
    }
    Ok(())
}

fn take_target(database: &mut dyn Statements, target: &WatchTarget) -> Result<bool, StoreError> {
    let there = database.query("SELECT 1 FROM watch_target WHERE id = $1", values![&target.id])?;
    if there.is_empty() {
        targets::put(database, target)?;
    }
    Ok(there.is_empty())
}

fn take_report(
    database: &mut dyn Statements,
    target: &str,
    at: Time,
    report: &TargetReport,
) -> Result<(), StoreError> {
    let newer = "SELECT 1 FROM watch_report WHERE target = $1 AND at >= $2";
    if database.query(newer, values![target, at])?.is_empty()
        && let Some(packed) = codes::pack(report)?
    {
        looks::put_report(database, target, at, Some(&packed))?;
    }
    Ok(())
}

fn take_memo(
    database: &mut dyn Statements,
    target: &str,
    latest: bool,
    kept: &KeptMemo,
) -> Result<bool, StoreError> {
    let place = kept.memo.place.replace('\0', "\u{fffd}");
    let subject = memos::subject(database, target, &place, kept.memo.what.kind())?;
    let text = Value::json(&kept.memo.what)?;
    let Value::Text(value) = &text else { return Ok(false) };
    let digest = codes::digest([value.as_str()]);
    let last = kept.last.max(kept.first);
    let found = database.query(
        "SELECT id, first, last, count FROM watch_memo WHERE subject = $1 AND digest = $2",
        values![subject, digest.as_slice()],
    )?;
    let there = found.first();
    let (id, last) = match there {
        Some(row) => {
            let (first, last) = (kept.first.min(row.time(1)?), last.max(row.time(2)?));
            database.execute(
                "UPDATE watch_memo SET first = $2, last = $3, count = $4 WHERE id = $1",
                values![row.int(0)?, first, last, kept.count.max(row.large(3)?)],
            )?;
            (row.int(0)?, last)
        }
        None => {
            let rows = database.query(
                "INSERT INTO watch_memo (subject, digest, value, first, last, count) VALUES ($1, $2, $3, $4, $5, $6) \
                 RETURNING id",
                values![subject, digest.as_slice(), &text, kept.first, last, kept.count],
            )?;
            (first_number(&rows)?, last)
        }
    };
    if latest {
        let rows = database.query(
            "SELECT m.id, m.last FROM watch_subject s JOIN watch_memo m ON m.id = s.latest WHERE s.id = $1",
            values![subject],
        )?;
        let stays = rows.first().map(|row| row.time(1)).transpose()?.is_some_and(|before| before >= last);
        if !stays {
            memos::latest(database, subject, id)?;
            search::put(database, target, subject, &kept.memo.what)?;
        }
    }
    Ok(there.is_none())
}

fn first_number(rows: &[Row]) -> Result<i64, StoreError> {
    rows.first()
        .map_or_else(|| Err(StoreError::damaged("the database", "no number was given")), |row| row.int(0))
}

fn take_event(database: &mut dyn Statements, event: &Event) -> Result<bool, StoreError> {
    if let Some(id) = events::find(database, event)? {
        database.execute(
            "UPDATE watch_event SET went_back = CASE WHEN last < $2 THEN $4 ELSE went_back END, \
             last = CASE WHEN last < $2 THEN $2 ELSE last END, times = CASE WHEN times < $3 THEN $3 ELSE times END \
             WHERE id = $1",
            values![id, event.last, event.times, event.went_back],
        )?;
        return Ok(false);
    }
    let id = free(database, "watch_event", numbers::EVENTS, event.id)?;
    events::insert(database, id, event)?;
    Ok(true)
}

fn take_alert(database: &mut dyn Statements, mut entry: OutboxEntry) -> Result<bool, StoreError> {
    if !outbox::tell(database, &outbox::mark(&entry.key))? {
        return Ok(false);
    }
    entry.id = free(database, "watch_alert", numbers::ALERTS, entry.id)?;
    outbox::number(database, &mut entry.alert, false)?;
    outbox::insert(database, &entry)?;
    Ok(true)
}

/// A number that is free: this one where it is, else the next.
fn free(database: &mut dyn Statements, table: &str, name: &str, wanted: i64) -> Result<i64, StoreError> {
    let sql = format!("SELECT 1 FROM {table} WHERE id = $1");
    if wanted < 1 || !database.query(&sql, values![wanted])?.is_empty() {
        return numbers::next(database, name);
    }
    numbers::taken(database, name, wanted)?;
    Ok(wanted)
}
