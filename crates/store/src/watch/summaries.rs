//! How each target stands: what the newest look said, and what is open.

use midwatch_model::{AttackId, PathHop, Severity, State, Time, Verdict};
use serde::{Deserialize, Serialize};

use super::events::OPEN;
use super::{Ledger, Look, WatchTarget, codes, targets};
use crate::StoreError;
use crate::database::{Row, Statements, Value, values};

/// The most that is given at once.
const MOST: u32 = 10_000;

/// Which targets are wanted; all of them by default, but none of them without a limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those in whose id, name, address or tags this stands, in any case.
    pub text: Option<String>,
    /// Those that are at least so bad: the worst of the newest look's findings and of the open events.
    pub worst: Option<Severity>,
    /// Those that have this tag.
    pub tag: Option<String>,
    /// How many to leave out at the beginning.
    pub offset: u32,
    /// At most so many; never more than 10,000.
    pub limit: u32,
}

/// How a target stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// It.
    pub target: WatchTarget,
    /// When the newest look began.
    pub looked: Option<Time>,
    /// When the next one is due.
    pub next: Option<Time>,
    /// How much the newest look could measure.
    pub state: Option<State>,
    /// What it could not measure and why, where that concerns the target as a whole.
    pub error: Option<String>,
    /// The worst severity of its findings.
    pub worst: Option<Severity>,
    /// Its findings of each severity, from info to critical.
    pub counts: [u32; 5],
    /// What it said of each attack method.
    pub verdicts: Vec<(AttackId, Verdict)>,
    /// The way to the target, station by station.
    pub path: Vec<PathHop>,
    /// Events that are open.
    pub open_events: u32,
    /// The worst severity of these.
    pub worst_event: Option<Severity>,
}

/// What is kept of the newest look beside its report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// When it began.
    pub(crate) looked: Time,
    /// When the next one is due.
    pub(crate) next: Time,
    /// How much it could measure.
    pub(crate) state: State,
    /// What it could not.
    pub(crate) error: Option<String>,
    /// The worst severity.
    pub(crate) worst: Option<Severity>,
    /// Findings of each severity.
    pub(crate) counts: [u32; 5],
    /// Of each attack method.
    pub(crate) verdicts: Vec<(AttackId, Verdict)>,
    /// The way.
    pub(crate) path: Vec<PathHop>,
}

impl Standing {
    pub(crate) fn of(look: &Look<'_>) -> Standing {
        let report = look.report;
        let mut counts = [0_u32; 5];
        for (count, severity) in counts.iter_mut().zip(Severity::ALL) {
            let findings = report.findings.iter().filter(|finding| finding.severity == severity).count();
            *count = u32::try_from(findings).unwrap_or(u32::MAX);
        }
        Standing {
            looked: look.started,
            next: look.next,
            state: report.state,
            error: report.error.clone(),
            worst: report.findings.iter().map(|finding| finding.severity).max(),
            counts,
            verdicts: report.attacks.iter().map(|attack| (attack.id, attack.verdict)).collect(),
            path: report.path.clone(),
        }
    }
}

impl Ledger {
    /// How targets stand, the worst first, then by name; and how many there are without the limit.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn summaries(&mut self, filter: &Filter) -> Result<(Vec<Summary>, u64), StoreError> {
        let place = self.place.clone();
        let (wanted, which) = wanted(filter)?;
        let mut given = which.clone();
        given.extend([Value::from(filter.limit.min(MOST)), Value::from(filter.offset)]);
        let page = page(&wanted, which.len());
        self.read(|database| {
            let count =
                database.query(&format!("SELECT COUNT(*) FROM watch_target WHERE {wanted}"), &which)?;
            let total = count.first().map_or(Ok(0), |row| row.large(0))?;
            let rows = database.query(&page, &given)?;
            let summaries = rows.iter().map(|row| read(&place, row)).collect::<Result<_, _>>()?;
            Ok((summaries, total))
        })
    }
}

impl Ledger {
    /// How one target stands; none where there is no such target.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn summary(&mut self, target: &str) -> Result<Option<Summary>, StoreError> {
        let place = self.place.clone();
        self.read(|database| {
            let rows = database.query(&statement("WHERE id = $1"), values![target])?;
            rows.first().map(|row| read(&place, row)).transpose()
        })
    }
}

/// Which targets a filter lets through, with the values that this needs. What is not asked for is no condition, so that
/// the index alone gives a page.
pub(crate) fn wanted(filter: &Filter) -> Result<(String, Vec<Value>), StoreError> {
    let mut which = vec![Value::from(filter.worst.map_or(-1, codes::rank))];
    let mut wanted = "rank >= $1".to_owned();
    if let Some(text) = &filter.text {
        which.push(pattern(text).into());
        wanted.push_str(&format!(" AND search LIKE ${} ESCAPE '!'", which.len()));
    }
    if let Some(tag) = &filter.tag {
        // Tags are kept as a list in JSON.
        which.push(format!("%\"{}\"%", in_json(tag)?).into());
        wanted.push_str(&format!(" AND LOWER(tags) LIKE ${} ESCAPE '!'", which.len()));
    }
    Ok((wanted, which))
}

/// The statement of one page: the targets by their index, and only then what belongs to them. Limit and offset are its
/// last values, after `before` others.
pub(crate) fn page(wanted: &str, before: usize) -> String {
    statement(&format!(
        "WHERE {wanted} ORDER BY rank DESC, sort, id LIMIT ${} OFFSET ${}",
        before + 1,
        before + 2
    ))
}

/// The statement of the targets that these words choose.
fn statement(chosen: &str) -> String {
    format!(
        "SELECT {}, {STANDING}, \
         (SELECT COUNT(*) FROM watch_event e WHERE e.target = t.id AND e.state = '{OPEN}'), \
         (SELECT MAX(e.severity) FROM watch_event e WHERE e.target = t.id AND e.state = '{OPEN}') \
         FROM (SELECT * FROM watch_target {chosen}) AS t \
         LEFT JOIN watch_state s ON s.target = t.id ORDER BY t.rank DESC, t.sort, t.id",
        targets::COLUMNS
    )
}

/// The columns of [`Standing`], as [`standing`] wants them.
pub(crate) const STANDING: &str = "s.looked, s.next, s.state, s.error, s.worst, s.counts, s.verdicts, s.path";

/// How a target stands, from the column `from` on; none where it was never looked at.
pub(crate) fn standing(place: &str, row: &Row, from: usize) -> Result<Option<Standing>, StoreError> {
    let Some(looked) = row.time_or_none(from)? else { return Ok(None) };
    Ok(Some(Standing {
        looked,
        next: row.time(from + 1)?,
        state: codes::from_word(place, row.text(from + 2)?)?,
        error: row.text_or_none(from + 3)?.map(str::to_owned),
        worst: row.int_or_none(from + 4)?.and_then(codes::severity),
        counts: row.json(from + 5)?,
        verdicts: row.json(from + 6)?,
        path: row.json(from + 7)?,
    }))
}

fn read(place: &str, row: &Row) -> Result<Summary, StoreError> {
    let target = targets::read(row)?;
    let (open_events, worst_event) = (row.count(16)?, row.int_or_none(17)?.and_then(codes::severity));
    Ok(match standing(place, row, 8)? {
        Some(standing) => Summary {
            target,
            looked: Some(standing.looked),
            next: Some(standing.next),
            state: Some(standing.state),
            error: standing.error,
            worst: standing.worst,
            counts: standing.counts,
            verdicts: standing.verdicts,
            path: standing.path,
            open_events,
            worst_event,
        },
        None => Summary {
            target,
            looked: None,
            next: None,
            state: None,
            error: None,
            worst: None,
            counts: [0; 5],
            verdicts: Vec::new(),
            path: Vec::new(),
            open_events,
            worst_event,
        },
    })
}

/// A pattern of LIKE for texts in which this stands, with `!` before what would be more than itself.
pub(crate) fn pattern(text: &str) -> String {
    format!("%{}%", escaped(&text.to_lowercase()))
}

/// A text as it stands for itself in a pattern that is held against JSON in lower case; databases agree on the case of
/// ASCII alone.
pub(crate) fn in_json(text: &str) -> Result<String, StoreError> {
    let Value::Text(quoted) = Value::json(&text)? else { return Ok(String::new()) };
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
    Ok(escaped(&inner.to_ascii_lowercase()))
}

/// A text as it stands for itself in a pattern.
fn escaped(text: &str) -> String {
    let mut pattern = String::new();
    for c in text.chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern
}

/// Keeps how a target stands.
pub(crate) fn put(
    database: &mut dyn Statements,
    target: &str,
    standing: &Standing,
) -> Result<(), StoreError> {
    database.execute(
        "INSERT INTO watch_state (target, looked, next, state, error, worst, counts, verdicts, path) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (target) DO UPDATE SET looked = excluded.looked, \
         next = excluded.next, state = excluded.state, error = excluded.error, worst = excluded.worst, \
         counts = excluded.counts, verdicts = excluded.verdicts, path = excluded.path",
        values![
            target,
            standing.looked,
            standing.next,
            codes::word(standing.state),
            standing.error.as_ref(),
            standing.worst.map(codes::rank),
            Value::json(&standing.counts)?,
            Value::json(&standing.verdicts)?,
            Value::json(&standing.path)?,
        ],
    )?;
    Ok(())
}

/// Brings a target to its place in the order of summaries, after something of it has changed.
pub(crate) fn rank(database: &mut dyn Statements, target: &str) -> Result<(), StoreError> {
    let rows = database.query(
        "SELECT COALESCE(MAX(worst), -1) FROM (SELECT worst FROM watch_state WHERE target = $1 UNION ALL \
         SELECT MAX(severity) FROM watch_event WHERE target = $1 AND state = $2) AS severities",
        values![target, OPEN],
    )?;
    let rank = rows.first().map_or(Ok(-1), |row| row.int(0))?;
    database
        .execute("UPDATE watch_target SET rank = $2 WHERE id = $1 AND rank <> $2", values![target, rank])?;
    Ok(())
}
