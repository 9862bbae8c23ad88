//! What a watch remembers: targets, what was met and when, what changed, and who is to be told.

mod people;
mod place;

use std::sync::Arc;

pub use people::{accounts, audit, passkeys, sessions, tokens};
pub use place::Place;

use crate::StoreError;
use crate::database::{self, Database, Purpose, Statements};

/// An open ledger: all that a watch remembers.
#[derive(Debug)]
pub struct Ledger {
    place: Arc<str>,
    database: Box<dyn Database>,
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
        Ok(Ledger { place: place.to_string().into(), database })
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
