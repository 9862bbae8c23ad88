//! The thread that has the ledger.
//!
//! Databases wait, and what waits must not hold up what is asynchronous. So one thread has the [`Ledger`], and everybody
//! else hands it work. It works in the order in which it was asked, a piece at a time, so that nobody sees half of what
//! another writes.

use std::time::Duration;

use midwatch_store::StoreError;
use midwatch_store::watch::{Ledger, Place};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep};

/// Pieces of work that may wait.
const WAITING: usize = 256;

/// How long work that cannot be done without is tried again while the database is away.
const PATIENCE: Duration = Duration::from_secs(600);

/// The first wait before it is tried again; each is twice the one before.
const AGAIN: Duration = Duration::from_millis(200);

/// The longest.
const AGAIN_MOST: Duration = Duration::from_secs(10);

type Work = Box<dyn FnOnce(&mut Ledger) + Send>;

/// A handle on the ledger.
#[derive(Clone, Debug)]
pub struct Memory {
    work: mpsc::Sender<Work>,
}

/// Why nothing came of work on the ledger.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// The ledger says no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The daemon has ended.
    #[error("the daemon is ending, so that nothing is kept any more")]
    Ended,
}

impl MemoryError {
    /// True where trying again later may help.
    pub fn is_passing(&self) -> bool {
        matches!(self, MemoryError::Store(error) if error.is_passing())
    }
}

impl Memory {
    /// Opens the ledger, in a thread of its own that ends with the last handle.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open(place: Place) -> Result<Memory, MemoryError> {
        let (work, mut todo) = mpsc::channel::<Work>(WAITING);
        let (opened, ready) = oneshot::channel();
        let run = move || {
            let mut ledger = match Ledger::open(&place) {
                Ok(ledger) => ledger,
                Err(error) => {
                    let _ = opened.send(Err(error));
                    return;
                }
            };
            let _ = opened.send(Ok(()));
            while let Some(work) = todo.blocking_recv() {
                work(&mut ledger);
            }
        };
        let started = std::thread::Builder::new().name("ledger".into()).spawn(run);
        if started.is_err() {
            return Err(MemoryError::Ended);
        }
        ready.await.map_err(|_| MemoryError::Ended)??;
        Ok(Memory { work })
    }

    /// Does some work with the ledger.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub async fn run<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Ledger) -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, MemoryError> {
        let (done, result) = oneshot::channel();
        let work = Box::new(move |ledger: &mut Ledger| {
            // Whoever asked may have gone away.
            let _ = done.send(work(ledger));
        });
        self.work.send(work).await.map_err(|_| MemoryError::Ended)?;
        Ok(result.await.map_err(|_| MemoryError::Ended)??)
    }

    /// The same for work that must not be lost: while the database is away or its disk is full, it is tried again for
    /// ten minutes.
    ///
    /// # Errors
    /// [`MemoryError`], the last one.
    pub async fn insist<R: Send + 'static>(
        &self,
        work: impl Fn(&mut Ledger) -> Result<R, StoreError> + Send + Sync + 'static,
    ) -> Result<R, MemoryError> {
        let work = std::sync::Arc::new(work);
        let (end, mut wait) = (Instant::now() + PATIENCE, AGAIN);
        loop {
            let once = work.clone();
            match self.run(move |ledger| once(ledger)).await {
                Err(error) if error.is_passing() && Instant::now() < end => {
                    tracing::warn!(%error, "the ledger cannot be written; it is tried again");
                    sleep(wait).await;
                    wait = (wait * 2).min(AGAIN_MOST);
                }
                done => return done,
            }
        }
    }
}
