//! What the face asks of the daemon behind it.

use std::future::Future;
use std::pin::Pin;

use midwatch_store::StoreError;
use midwatch_store::watch::{Ledger, WatchTarget};
use tokio::sync::broadcast;

use crate::auth::books::{Books, Unkept};
use crate::events::Progress;
use crate::pages::alerts::Channel;
use crate::pages::settings::Section;

/// What will come of something.
pub type Wait<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Why nothing came of it, in a sentence for whoever asked.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// There is no such thing.
    #[error("{0}")]
    Unknown(String),
    /// It cannot be so, and what to write instead.
    #[error("{0}")]
    Refused(String),
    /// It is there already.
    #[error("{0}")]
    Known(String),
    /// It works again later.
    #[error("{0}")]
    Away(String),
    /// It does not work.
    #[error("{0}")]
    Failed(String),
}

impl From<Unkept> for DeskError {
    fn from(error: Unkept) -> Self {
        match error {
            Unkept::Ended => DeskError::Away("The daemon is ending.".into()),
            Unkept::Store(error) if error.is_away() => {
                DeskError::Away(format!("What is remembered cannot be reached now: {error}"))
            }
            Unkept::Store(error) => {
                DeskError::Failed(format!("What is remembered cannot be read or written: {error}"))
            }
        }
    }
}

/// A target as somebody wrote it.
#[derive(Clone, Debug, Default)]
pub struct NewTarget {
    /// `site`, `tls`, `ssh` or `git`.
    pub kind: String,
    /// What is looked at, as on the command line.
    pub text: String,
    /// What people call it.
    pub name: Option<String>,
    /// Seconds between looks; the configuration's where it is none.
    pub every: Option<u64>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Who adds it.
    pub by: String,
}

/// What is set, as far as everybody may read it.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The tables of the configuration, without secrets.
    pub sections: Vec<Section>,
    /// The file that they stand in.
    pub file: Option<String>,
    /// The ways to tell somebody.
    pub channels: Vec<Channel>,
    /// Who may add targets.
    pub adders: Adders,
}

/// Who may add targets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Adders {
    /// Nobody: they stand in the configuration alone.
    Nobody,
    /// Administrators.
    Admins,
    /// Operators too.
    #[default]
    Operators,
}

/// The daemon.
pub trait Desk: Send + Sync + 'static {
    /// The ledger.
    fn books(&self) -> &Books;

    /// Hears what happens from now on.
    fn subscribe(&self) -> broadcast::Receiver<Progress>;

    /// Tells everybody who listens.
    fn tell(&self, progress: Progress);

    /// Looks at a target as soon as a place is free.
    fn look_now<'a>(&'a self, id: &'a str) -> Wait<'a, Result<(), DeskError>>;

    /// Adds a target, within the policy of the configuration.
    fn add(&self, new: NewTarget) -> Wait<'_, Result<WatchTarget, DeskError>>;

    /// Takes a target away; false where there is none.
    fn remove<'a>(&'a self, id: &'a str) -> Wait<'a, Result<bool, DeskError>>;

    /// Pauses a target or takes it up again; false where there is none.
    fn pause<'a>(&'a self, id: &'a str, paused: bool) -> Wait<'a, Result<bool, DeskError>>;

    /// Sends a test alert over a channel; false where there is none of this name.
    fn test_channel<'a>(&'a self, name: &'a str) -> Wait<'a, Result<bool, DeskError>>;

    /// What is set.
    fn settings(&self) -> Settings;

    /// Figures in the text form of Prometheus; none where they are not offered here.
    fn metrics(&self) -> Wait<'_, Option<String>>;
}

impl dyn Desk {
    /// Does some work with the ledger.
    ///
    /// # Errors
    /// [`DeskError`].
    pub async fn ledger<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Ledger) -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, DeskError> {
        Ok(self.books().run(work).await?)
    }
}
