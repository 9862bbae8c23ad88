//! Figures over all of it.

use midwatch_model::{Event, Time};

use super::{Ledger, codes, events, outbox};
use crate::StoreError;
use crate::database::values;

/// Channels that are counted by name.
const CHANNELS: u32 = 1000;

/// How it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Open events by severity, info first.
    pub open: [u32; 5],
    /// Alerts that wait, by channel.
    pub waiting: Vec<(String, u64)>,
}

impl Ledger {
    /// How it stands.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn figures(&mut self) -> Result<Figures, StoreError> {
        self.read(|database| {
            let mut figures = Figures::default();
            let rows = database.query(
                "SELECT severity, CAST(COUNT(*) AS BIGINT) FROM watch_event WHERE state = $1 GROUP BY severity",
                values![events::OPEN],
            )?;
            for row in &rows {
                let place = codes::severity(row.int(0)?).map(|severity| severity as usize);
                if let Some(count) = place.and_then(|place| figures.open.get_mut(place)) {
                    *count = row.count(1)?;
                }
            }
            let sql = format!(
                "SELECT channel, CAST(COUNT(*) AS BIGINT) FROM watch_alert WHERE state IN ($1, $2) \
                 GROUP BY channel ORDER BY channel LIMIT {CHANNELS}"
            );
            let rows = database.query(&sql, values![outbox::WAITING, outbox::SENDING])?;
            for row in &rows {
                figures.waiting.push((row.text(0)?.to_owned(), row.large(1)?));
            }
            Ok(figures)
        })
    }

    /// How many looks began in a time, its end not counted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn looks_between(&mut self, from: Time, to: Time) -> Result<u64, StoreError> {
        self.read(|database| {
            let rows = database.query(
                // Target by target, since looks are kept in the order of these; a cross join keeps SQLite to it.
                "SELECT COUNT(*) FROM watch_state s CROSS JOIN watch_look l \
                 WHERE l.target = s.target AND l.at >= $1 AND l.at < $2",
                values![from, to],
            )?;
            rows.first().map_or(Ok(0), |row| row.large(0))
        })
    }

    /// The events that are snoozed, the newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn snoozed(&mut self, limit: u32) -> Result<Vec<Event>, StoreError> {
        let sql =
            format!("SELECT {} FROM watch_event WHERE state = $1 ORDER BY id DESC LIMIT $2", events::COLUMNS);
        self.read(|database| {
            database
                .query(&sql, values![events::SNOOZED, i64::from(limit)])?
                .iter()
                .map(events::read)
                .collect()
        })
    }
}
