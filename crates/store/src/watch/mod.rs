//! What a watch remembers: targets, what was met and when, what changed, and who is to be told.
//!
//! | module | job |
//! |---|---|
//! | [`place`] | where a ledger is |
//! | [`targets`] | what is watched |
//! | [`looks`] | a look is recorded as a whole or not at all |
//! | [`memos`] | what was met, each value once |
//! | [`events`] | what changed, and what became of it |
//! | [`outbox`] | alerts on their way |
//! | [`summaries`] | how each target stands |
//! | [`host_trust`] | host keys that a person has verified |
//! | [`search`] | findings by their words |
//! | [`retention`] | what is forgotten |
//! | [`carry`] | out of one ledger and into another |
//! | [`figures`] | figures over all of it |
//! | [`lease`] | one watch for each ledger |
//! | [`people`] | who may use the dashboard, and who did what |
//! | [`numbers`], [`codes`] | how things are kept |
//!
//! **Times.** Whoever calls says what time it is. A clock that is set back breaks nothing: what was met last stays so
//! whatever its time; *last* is never before *first*; counts go on; a look is known by its target and its beginning. What
//! follows from a wrong clock stays wrong: a *last* in the future remains until the clock has passed it, what is due then
//! is due then, and retention by age waits as long.

mod carry;
mod codes;
mod events;
mod figures;
mod host_trust;
mod lease;
mod looks;
mod memos;
mod numbers;
mod outbox;
mod people;
mod place;
mod retention;
mod search;
mod summaries;
mod targets;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use carry::{HISTORY_SCHEMA, Imported};
pub use events::{EventFilter, EventNews};
pub use figures::Figures;
pub use host_trust::TrustedHostKey;
pub use looks::{Look, LookLine, Recorded};
pub use outbox::{NewAlert, OutboxEntry, OutboxState};
pub use people::{accounts, audit, passkeys, sessions, tokens};
pub use place::Place;
pub use retention::{Removed, Retention};
pub use search::FoundFinding;
pub use summaries::{Filter, Summary};
pub use targets::{Origin, WatchTarget};

use crate::StoreError;
use crate::database::{self, Database, Purpose, Statements};

/// An open ledger: all that a watch remembers.
#[derive(Debug)]
pub struct Ledger {
    place: Arc<str>,
    database: Box<dyn Database>,
    /// Who this ledger has claimed the lease for.
    holder: Option<String>,
    /// Alerts that were given to be sent, and of which nothing is known yet.
    taken: BTreeSet<i64>,
    /// Whether alerts may be marked as being sent that were given to nobody.
    stray: bool,
}

impl Ledger {
    /// Opens a ledger, makes it where it is not there, and brings it to the newest form.
    ///
    /// With PostgreSQL neither this nor anything else here may be called from inside a runtime of tokio.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(place: &Place) -> Result<Ledger, StoreError> {
        let database: Box<dyn Database> = match place {
            Place::File(path) => Box::new(database::sqlite::Sqlite::open(path)?),
            #[cfg(feature = "postgres")]
            Place::Postgres(url) => Box::new(database::postgres::Postgres::open(url)?),
            #[cfg(not(feature = "postgres"))]
            Place::Postgres(_) => {
                return Err(StoreError::Place(
                    "this midwatch was built without PostgreSQL: name a file, or build it with the feature postgres"
                        .into(),
                ));
            }
        };
        let place = place.to_string().into();
        Ok(Ledger { place, database, holder: None, taken: BTreeSet::new(), stray: false })
    }

    /// What it is called in messages: its path, or its database without user and password.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Reads: all of it sees the same moment.
    pub(crate) fn read<R>(
        &mut self,
        work: impl FnOnce(&mut dyn Statements) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        database::transaction(&mut *self.database, Purpose::Read, work)
    }

    /// Changes: all of it is kept and lies on the disk when this returns without an error, and nothing of it otherwise.
    pub(crate) fn write<R>(
        &mut self,
        work: impl FnOnce(&mut dyn Statements) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        database::transaction(&mut *self.database, Purpose::Write, work)
    }
}

#[cfg(test)]
mod tests;
