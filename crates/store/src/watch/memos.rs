//! What was met, each value once: when first, when last, how often.

use std::collections::{BTreeMap, BTreeSet};

use midwatch_model::{History, KeptMemo, Memo, Time};

use super::{Ledger, codes, search};
use crate::StoreError;
use crate::database::{Row, Statements, Value, values};

/// Earlier values of one subject that are given.
const EARLIER: u32 = 64;

impl Ledger {
    /// What is remembered of a target: for each place and kind the latest value and, the one met last first, at most 64
    /// earlier ones. In the order of places and kinds.
    ///
    /// The latest is what the look that was recorded last met, whatever the clock said: a clock that was set back does
    /// not bring an older value to the front.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn memory(&mut self, target: &str) -> Result<Vec<History>, StoreError> {
        let rows = self.read(|database| {
            database.query(
                "SELECT place, number, value, first, last, count FROM \
                 (SELECT s.place AS place, s.kind AS kind, m.value AS value, m.first AS first, m.last AS last, \
                 m.count AS count, ROW_NUMBER() OVER (PARTITION BY s.id ORDER BY \
                 CASE WHEN m.id = s.latest THEN 0 ELSE 1 END, m.last DESC, m.digest) AS number \
                 FROM watch_subject s JOIN watch_memo m ON m.subject = s.id WHERE s.target = $1) AS ranked \
                 WHERE number <= $2 ORDER BY place, kind, number",
                values![target, i64::from(EARLIER) + 1],
            )
        })?;
        let mut all: Vec<History> = Vec::new();
        for row in &rows {
            let kept = read(row)?;
            match all.last_mut() {
                Some(history) if row.int(1)? > 1 => history.earlier.push(kept),
                _ => all.push(History { latest: kept, earlier: Vec::new() }),
            }
        }
        Ok(all)
    }
}

fn read(row: &Row) -> Result<KeptMemo, StoreError> {
    let memo = Memo { place: row.text(0)?.to_owned(), what: row.json(2)? };
    Ok(KeptMemo { memo, first: row.time(3)?, last: row.time(4)?, count: row.large(5)? })
}

/// A subject as it is kept.
struct Subject {
    id: i64,
    latest: Option<(i64, Vec<u8>)>,
}

/// A look at `at` met these. A value that comes more than once in one look counts once.
pub(crate) fn met(
    database: &mut dyn Statements,
    target: &str,
    at: Time,
    memos: &[Memo],
) -> Result<(), StoreError> {
    let mut subjects = subjects(database, target)?;
    let mut seen = BTreeSet::new();
    for memo in memos {
        let text = Value::json(&memo.what)?;
        let Value::Text(value) = &text else { continue };
        let digest = codes::digest([value.as_str()]);
        let key = (memo.place.replace('\0', "\u{fffd}"), memo.what.kind().to_owned());
        if !seen.insert((key.clone(), digest.clone())) {
            continue;
        }
        let subject = match subjects.entry(key) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => {
                let (place, kind) = entry.key();
                let id = subject(database, target, place, kind)?;
                entry.insert(Subject { id, latest: None })
            }
        };
        search::put(database, target, subject.id, &memo.what)?;
        match &subject.latest {
            // As it mostly is.
            Some((id, latest)) if *latest == digest => {
                database.execute(
                    "UPDATE watch_memo SET last = CASE WHEN last < $2 THEN $2 ELSE last END, count = count + 1 \
                     WHERE id = $1",
                    values![*id, at],
                )?;
            }
            _ => {
                let rows = database.query(
                    "INSERT INTO watch_memo (subject, digest, value, first, last, count) \
                     VALUES ($1, $2, $3, $4, $4, 1) ON CONFLICT (subject, digest) DO UPDATE SET \
                     last = CASE WHEN watch_memo.last < excluded.last THEN excluded.last ELSE watch_memo.last END, \
                     count = watch_memo.count + 1 RETURNING id",
                    values![subject.id, digest.as_slice(), &text, at],
                )?;
                let Some(row) = rows.first() else { continue };
                let id = row.int(0)?;
                latest(database, subject.id, id)?;
                subject.latest = Some((id, digest));
            }
        }
    }
    Ok(())
}

fn subjects(
    database: &mut dyn Statements,
    target: &str,
) -> Result<BTreeMap<(String, String), Subject>, StoreError> {
    let rows = database.query(
        "SELECT s.id, s.place, s.kind, m.id, m.digest FROM watch_subject s LEFT JOIN watch_memo m ON m.id = s.latest \
         WHERE s.target = $1",
        values![target],
    )?;
    rows.iter()
        .map(|row| {
            let latest = match (row.int_or_none(3)?, row.bytes_or_none(4)?) {
                (Some(id), Some(digest)) => Some((id, digest.to_vec())),
                _ => None,
            };
            let key = (row.text(1)?.to_owned(), row.text(2)?.to_owned());
            Ok((key, Subject { id: row.int(0)?, latest }))
        })
        .collect()
}

/// The number of a subject, which is made where it is not there.
pub(crate) fn subject(
    database: &mut dyn Statements,
    target: &str,
    place: &str,
    kind: &str,
) -> Result<i64, StoreError> {
    // Changing nothing makes the row that is there come back.
    let rows = database.query(
        "INSERT INTO watch_subject (digest, target, place, kind) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (digest) DO UPDATE SET kind = excluded.kind RETURNING id",
        values![codes::digest([target, place, kind]), target, place, kind],
    )?;
    rows.first()
        .map_or_else(|| Err(StoreError::damaged("the database", "no subject was made")), |row| row.int(0))
}

/// A memo is the latest of its subject.
pub(crate) fn latest(database: &mut dyn Statements, subject: i64, memo: i64) -> Result<(), StoreError> {
    database.execute("UPDATE watch_subject SET latest = $2 WHERE id = $1", values![subject, memo])?;
    Ok(())
}
