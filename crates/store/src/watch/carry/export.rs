//! Writing.

use std::io::Write;

use midwatch_model::{KeptMemo, Memo, Time};
use serde::Serialize;

use super::HISTORY_SCHEMA;
use super::line::{Header, Line};
use crate::StoreError;
use crate::database::{Row, Statements, Value, values};
use crate::watch::{Ledger, codes, events, host_trust, looks, outbox, summaries, targets};

/// Rows that are read at once.
const PAGE: usize = 500;

/// Reports that are read at once, which are long.
const REPORTS: usize = 8;

impl Ledger {
    /// Writes all of it, as it is at one moment, but for the lease and the accounts. Gives the number of lines.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Stream`] where it cannot be written.
    pub fn export(&mut self, to: &mut dyn Write) -> Result<u64, StoreError> {
        let place = self.place.clone();
        self.read(|database| {
            let mut out = Out { to, lines: 0 };
            out.line(&Header { schema: HISTORY_SCHEMA.into() })?;
            targets(database, &mut out)?;
            standings(database, &place, &mut out)?;
            reports(database, &place, &mut out)?;
            looks(database, &place, &mut out)?;
            memos(database, &mut out)?;
            trust(database, &mut out)?;
            events(database, &mut out)?;
            told(database, &mut out)?;
            alerts(database, &mut out)?;
            out.line(&Line::End { lines: out.lines + 1 })?;
            out.to.flush().map_err(unwritten)?;
            Ok(out.lines)
        })
    }
}

fn unwritten(source: std::io::Error) -> StoreError {
    StoreError::Stream { doing: "writing what is exported", source }
}

struct Out<'a> {
    to: &'a mut dyn Write,
    lines: u64,
}

impl Out<'_> {
    fn line(&mut self, line: &impl Serialize) -> Result<(), StoreError> {
        let mut text = serde_json::to_vec(line).map_err(|error| unwritten(error.into()))?;
        text.push(b'\n');
        self.raw(&[&text])
    }

    /// A line in pieces, with its end.
    fn raw(&mut self, pieces: &[&[u8]]) -> Result<(), StoreError> {
        for piece in pieces {
            self.to.write_all(piece).map_err(unwritten)?;
        }
        self.lines += 1;
        Ok(())
    }
}

/// Goes through all rows of a statement, page by page. Its last values are where to go on, which `next` takes from the
/// last row of a page, and then a limit.
fn pages(
    database: &mut dyn Statements,
    sql: &str,
    page: usize,
    start: &[Value],
    next: impl Fn(&Row) -> Result<Vec<Value>, StoreError>,
    mut each: impl FnMut(&Row) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut given = start.to_vec();
    loop {
        let mut all = given.clone();
        all.push(Value::from(page));
        let rows = database.query(sql, &all)?;
        for row in &rows {
            each(row)?;
        }
        match rows.last() {
            Some(last) if rows.len() >= page => given = next(last)?,
            _ => return Ok(()),
        }
    }
}

fn targets(database: &mut dyn Statements, out: &mut Out<'_>) -> Result<(), StoreError> {
    let sql =
        format!("SELECT {} FROM watch_target t WHERE t.id > $1 ORDER BY t.id LIMIT $2", targets::COLUMNS);
    let next = |row: &Row| Ok(vec![Value::from(row.text(0)?)]);
    pages(database, &sql, PAGE, values![""], next, |row| {
        out.line(&Line::Target { target: targets::read(row)? })
    })
}

fn standings(database: &mut dyn Statements, place: &str, out: &mut Out<'_>) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT s.target, {} FROM watch_state s WHERE s.target > $1 ORDER BY s.target LIMIT $2",
        summaries::STANDING
    );
    let next = |row: &Row| Ok(vec![Value::from(row.text(0)?)]);
    pages(database, &sql, PAGE, values![""], next, |row| {
        let Some(standing) = summaries::standing(place, row, 1)? else { return Ok(()) };
        out.line(&Line::Standing { target: row.text(0)?.to_owned(), standing })
    })
}

/// The text of a report is put into its line as it is kept.
fn reports(database: &mut dyn Statements, place: &str, out: &mut Out<'_>) -> Result<(), StoreError> {
    #[derive(Serialize)]
    struct Beginning<'a> {
        line: &'a str,
        target: &'a str,
        at: Time,
    }
    let sql = "SELECT target, at, body FROM watch_report WHERE target > $1 ORDER BY target LIMIT $2";
    let next = |row: &Row| Ok(vec![Value::from(row.text(0)?)]);
    pages(database, sql, REPORTS, values![""], next, |row| {
        let beginning = Beginning { line: "report", target: row.text(0)?, at: row.time(1)? };
        let mut beginning = serde_json::to_vec(&beginning).map_err(|error| unwritten(error.into()))?;
        beginning.pop();
        let report = codes::unpack(place, row.bytes(2)?)?;
        out.raw(&[&beginning, b",\"report\":", &report, b"}\n"])
    })
}

fn looks(database: &mut dyn Statements, place: &str, out: &mut Out<'_>) -> Result<(), StoreError> {
    let sql = "SELECT at, millis, state, error, worst, findings, changes, target FROM watch_look \
               WHERE (target, at) > ($1, $2) ORDER BY target, at LIMIT $3";
    let next = |row: &Row| Ok(vec![Value::from(row.text(7)?), Value::from(row.text(0)?)]);
    pages(database, sql, PAGE, values!["", ""], next, |row| {
        out.line(&Line::Look { target: row.text(7)?.to_owned(), look: looks::read(place, row)? })
    })
}

/// Target by target, so that only what belongs to one has to be put in order.
fn memos(database: &mut dyn Statements, out: &mut Out<'_>) -> Result<(), StoreError> {
    let sql = "SELECT m.value, s.place, m.first, m.last, m.count, CASE WHEN m.id = s.latest THEN 1 ELSE 0 END, s.kind, \
               m.digest FROM watch_subject s JOIN watch_memo m ON m.subject = s.id \
               WHERE s.target = $1 AND (s.place, s.kind, m.first, m.digest) > ($2, $3, $4, $5) \
               ORDER BY s.place, s.kind, m.first, m.digest LIMIT $6";
    let mut target = String::new();
    loop {
        let found = database.query(
            "SELECT target FROM watch_subject WHERE target > $1 ORDER BY target LIMIT 1",
            values![target.as_str()],
        )?;
        let Some(row) = found.first() else { return Ok(()) };
        target = row.text(0)?.to_owned();
        let start = values![target.as_str(), "", "", "", Vec::<u8>::new()];
        let next = |row: &Row| {
            let texts = [Some(target.as_str()), Some(row.text(1)?), Some(row.text(6)?), Some(row.text(2)?)];
            let mut values: Vec<Value> = texts.into_iter().map(Value::from).collect();
            values.push(row.bytes(7)?.into());
            Ok(values)
        };
        pages(database, sql, PAGE, start, next, |row| {
            let memo = Memo { place: row.text(1)?.to_owned(), what: row.json(0)? };
            let memo = KeptMemo { memo, first: row.time(2)?, last: row.time(3)?, count: row.large(4)? };
            out.line(&Line::Memo { target: target.clone(), latest: row.truth(5)?, memo })
        })?;
    }
}

fn trust(database: &mut dyn Statements, out: &mut Out<'_>) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT {} FROM watch_host_trust WHERE (target, server, fingerprint) > ($1, $2, $3) \
         ORDER BY target, server, fingerprint LIMIT $4",
        host_trust::COLUMNS
    );
    let next = |row: &Row| Ok(vec![row.text(0)?.into(), row.text(1)?.into(), row.text(2)?.into()]);
    pages(database, &sql, PAGE, values!["", "", ""], next, |row| {
        out.line(&Line::Trust { key: host_trust::read(row)? })
    })
}

fn events(database: &mut dyn Statements, out: &mut Out<'_>) -> Result<(), StoreError> {
    let sql = format!("SELECT {} FROM watch_event WHERE id > $1 ORDER BY id LIMIT $2", events::COLUMNS);
    let next = |row: &Row| Ok(vec![Value::from(row.int(0)?)]);
    pages(database, &sql, PAGE, values![0_i64], next, |row| {
        out.line(&Line::Event { event: events::read(row)? })
    })
}

fn told(database: &mut dyn Statements, out: &mut Out<'_>) -> Result<(), StoreError> {
    let sql = "SELECT digest FROM watch_told t WHERE digest > $1 AND NOT EXISTS \
               (SELECT 1 FROM watch_alert a WHERE a.digest = t.digest) ORDER BY digest LIMIT $2";
    let next = |row: &Row| Ok(vec![Value::from(row.bytes(0)?)]);
    pages(database, sql, PAGE, values![Vec::<u8>::new()], next, |row| {
        let digest = row.bytes(0)?.iter().map(|byte| format!("{byte:02x}")).collect();
        out.line(&Line::Told { digest })
    })
}

fn alerts(database: &mut dyn Statements, out: &mut Out<'_>) -> Result<(), StoreError> {
    let sql = format!("SELECT {} FROM watch_alert WHERE id > $1 ORDER BY id LIMIT $2", outbox::COLUMNS);
    let next = |row: &Row| Ok(vec![Value::from(row.int(0)?)]);
    pages(database, &sql, PAGE, values![0_i64], next, |row| {
        out.line(&Line::Alert { entry: outbox::read(row)? })
    })
}
