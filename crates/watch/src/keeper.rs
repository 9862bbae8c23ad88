//! One daemon for each ledger.
//!
//! Beside a file lies a lock that the system takes back when its owner ends, however it ends. A database has a lease that
//! is renewed, and lapses where it is not.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use midwatch_model::Time;
use midwatch_store::watch::Place;
use tokio::time::{Instant, sleep};

use crate::memory::{Memory, MemoryError};

/// How long a lease holds.
const LEASE: Duration = Duration::from_secs(60);

/// How often it is renewed.
const RENEW: Duration = Duration::from_secs(15);

/// How long a start waits for the lease of a daemon that may have died.
const WAIT: Duration = Duration::from_secs(75);

/// Who holds the lease of a file: the lock beside it says which process that is.
const OF_A_FILE: &str = "the watch that has the lock beside the file";

/// The right to keep this ledger. It ends with its owner.
#[derive(Debug)]
pub(crate) struct Keeper {
    holder: String,
    _lock: Option<File>,
}

/// Why it is not given.
#[derive(Debug, thiserror::Error)]
pub enum KeeperError {
    /// Another daemon has it.
    #[error(
        "another midwatch keeps watch at {0} already: end it first, or give this one another place ([watch] store)"
    )]
    Taken(String),
    /// The lock cannot be had.
    #[error("{path}: {source}")]
    Lock {
        /// Its file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The ledger cannot be used.
    #[error(transparent)]
    Memory(#[from] MemoryError),
}

/// Takes the lock beside a file; nothing where the place is a database.
///
/// # Errors
/// [`KeeperError`].
pub(crate) fn lock(place: &Place) -> Result<Option<File>, KeeperError> {
    let Place::File(path) = place else { return Ok(None) };
    let mut name = path.clone().into_os_string();
    name.push(".lock");
    let name = PathBuf::from(name);
    let failed = |source| KeeperError::Lock { path: name.clone(), source };
    if let Some(directory) = name.parent().filter(|directory| *directory != Path::new("")) {
        std::fs::create_dir_all(directory).map_err(failed)?;
    }
    let file =
        OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&name).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(KeeperError::Taken(place.to_string())),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Takes the lease. That of a daemon on a database that has died is waited for until it lapses.
///
/// # Errors
/// [`KeeperError`].
pub(crate) async fn claim(memory: &Memory, place: &Place, lock: Option<File>) -> Result<Keeper, KeeperError> {
    let holder = match &lock {
        Some(_) => OF_A_FILE.to_owned(),
        None => holder(),
    };
    let keeper = Keeper { holder, _lock: lock };
    let end = Instant::now() + WAIT;
    let mut told = false;
    while !keeper.renew(memory).await? {
        if Instant::now() > end {
            return Err(KeeperError::Taken(place.to_string()));
        }
        if !told {
            tracing::warn!(%place, "another midwatch kept watch there; its lease is waited for");
            told = true;
        }
        sleep(Duration::from_secs(1)).await;
    }
    Ok(keeper)
}

/// This process, as nobody else calls itself.
fn holder() -> String {
    let mut random = [0; 8];
    // Without randomness the number of the process still tells it from others on this computer.
    let _ = getrandom::fill(&mut random);
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("{host}, process {}, {}", std::process::id(), u64::from_ne_bytes(random))
}

impl Keeper {
    async fn renew(&self, memory: &Memory) -> Result<bool, MemoryError> {
        let holder = self.holder.clone();
        let now = Time::now();
        let until = now.checked_add(LEASE).unwrap_or(now);
        memory.run(move |ledger| ledger.claim(&holder, now, until)).await
    }

    /// Renews the lease until another has it, which ends this daemon: two that keep the same ledger would tell twice.
    pub(crate) async fn keep(&self, memory: &Memory) {
        loop {
            sleep(RENEW).await;
            match self.renew(memory).await {
                Ok(true) => {}
                Ok(false) => {
                    tracing::error!("another midwatch has taken this ledger over: this one ends");
                    return;
                }
                Err(error) => tracing::warn!(%error, "the lease cannot be renewed; it is tried again"),
            }
        }
    }

    /// Gives it up, so that the next daemon need not wait.
    pub(crate) async fn release(&self, memory: &Memory) {
        let (holder, now) = (self.holder.clone(), Time::now());
        let _ = memory.run(move |ledger| ledger.claim(&holder, now, now)).await;
    }
}
