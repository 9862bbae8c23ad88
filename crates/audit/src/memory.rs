//! Where what was seen is remembered.

use std::path::PathBuf;

use midwatch_model::{Outcome, ReasonKind};
use midwatch_store::{Store, StoreError};

/// Where it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Memory {
    /// Nowhere: nothing is known and nothing is kept, because of this.
    #[default]
    None,
    /// Nowhere, for a reason that the user should know.
    Missing(String),
    /// In this file.
    File(PathBuf),
}

impl Memory {
    /// What it says.
    pub(crate) fn ask<T>(&self, look: impl FnOnce(&Store) -> Result<T, StoreError>) -> Outcome<T> {
        match self {
            Memory::None => Outcome::unmeasured(ReasonKind::NotAsked, "memory is switched off"),
            Memory::Missing(why) => Outcome::unmeasured(ReasonKind::Other, why.clone()),
            Memory::File(path) => match Store::open(path).and_then(|store| look(&store)) {
                Ok(known) => Outcome::seen(known),
                Err(error) => Outcome::unmeasured(ReasonKind::Other, error.to_string()),
            },
        }
    }

    /// Keeps something. Where it cannot be written, the next run says that it cannot be read, or knows no more than
    /// this one.
    pub(crate) fn keep(&self, change: impl FnOnce(&mut Store) -> Result<(), StoreError>) {
        if let Memory::File(path) = self {
            let _ = Store::open(path).and_then(|mut store| change(&mut store));
        }
    }
}
