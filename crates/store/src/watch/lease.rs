//! One watch for each ledger: it holds a lease, which lapses when it is not renewed.

use std::time::Duration;

use midwatch_model::Time;

use super::Ledger;
use crate::StoreError;
use crate::database::{Statements, values};

/// A lease that was taken this far in the future was taken by a clock that was wrong.
const AHEAD: Duration = Duration::from_secs(24 * 3600);

impl Ledger {
    /// Takes the lease until a time, or renews it: `false` where another holder has it and it has not lapsed. It lapses
    /// at its time; one that was taken more than a day after `now` does not count, since a clock was wrong then. To give
    /// it up, claim it until `now`.
    ///
    /// From then on [`Ledger::record`] and [`Ledger::take_due`] of this ledger fail with [`StoreError::Lost`] where
    /// another holder has taken the lease over meanwhile.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn claim(&mut self, holder: &str, now: Time, until: Time) -> Result<bool, StoreError> {
        let claimed = self.write(|database| {
            let rows = database.query("SELECT holder, taken, until FROM watch_lease WHERE id = 1", &[])?;
            if let Some(row) = rows.first() {
                let ahead =
                    now.checked_add(AHEAD).is_ok_and(|latest| row.time(1).is_ok_and(|taken| taken > latest));
                if row.text(0)? != holder && row.time(2)? > now && !ahead {
                    return Ok(false);
                }
            }
            database.execute(
                "INSERT INTO watch_lease (id, holder, taken, until) VALUES (1, $1, $2, $3) ON CONFLICT (id) \
                 DO UPDATE SET holder = excluded.holder, taken = excluded.taken, until = excluded.until",
                values![holder, now, until],
            )?;
            Ok(true)
        })?;
        if claimed {
            self.holder = Some(holder.to_owned());
        }
        Ok(claimed)
    }
}

/// Nobody else has taken the lease over.
pub(crate) fn held(
    database: &mut dyn Statements,
    place: &str,
    holder: Option<&str>,
) -> Result<(), StoreError> {
    let Some(holder) = holder else { return Ok(()) };
    let rows = database.query("SELECT holder FROM watch_lease WHERE id = 1", &[])?;
    match rows.first().map(|row| row.text(0)).transpose()? {
        Some(other) if other != holder => Err(StoreError::Lost {
            place: place.to_owned(),
            holder: midwatch_model::lossless(other.as_bytes()),
        }),
        _ => Ok(()),
    }
}
