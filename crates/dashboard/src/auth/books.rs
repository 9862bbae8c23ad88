//! The ledger, from asynchronous code.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use midwatch_store::StoreError;
use midwatch_store::watch::Ledger;
use tokio::sync::oneshot;

/// Work on the ledger.
pub type Job = Box<dyn FnOnce(&mut Ledger) + Send>;

/// Whether a job was taken, once it is.
pub type Given = Pin<Box<dyn Future<Output = bool> + Send>>;

/// A handle on whoever has the ledger.
#[derive(Clone)]
pub struct Books(Arc<dyn Fn(Job) -> Given + Send + Sync>);

impl fmt::Debug for Books {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Books")
    }
}

/// Why nothing came of work on the ledger.
#[derive(Debug, thiserror::Error)]
pub enum Unkept {
    /// The ledger says no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody has the ledger any more.
    #[error("the daemon is ending, so that nothing is kept any more")]
    Ended,
}

impl Books {
    /// Hands jobs to `give`, which has them done in a thread that may wait.
    pub fn new(give: impl Fn(Job) -> Given + Send + Sync + 'static) -> Books {
        Books(Arc::new(give))
    }

    /// Keeps a ledger in a thread of its own, which ends with the last handle.
    ///
    /// # Errors
    /// Where the thread cannot be started.
    pub fn own(mut ledger: Ledger) -> std::io::Result<Books> {
        let (send, mut jobs) = tokio::sync::mpsc::channel::<Job>(64);
        let run = move || {
            while let Some(job) = jobs.blocking_recv() {
                job(&mut ledger);
            }
        };
        std::thread::Builder::new().name("accounts".into()).spawn(run)?;
        Ok(Books::new(move |job| {
            let send = send.clone();
            Box::pin(async move { send.send(job).await.is_ok() })
        }))
    }

    /// Does some work with the ledger.
    ///
    /// # Errors
    /// [`Unkept`].
    pub async fn run<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Ledger) -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, Unkept> {
        let (done, result) = oneshot::channel();
        let job = Box::new(move |ledger: &mut Ledger| {
            // Whoever asked may have gone away.
            let _ = done.send(work(ledger));
        });
        if !(self.0)(job).await {
            return Err(Unkept::Ended);
        }
        Ok(result.await.map_err(|_| Unkept::Ended)??)
    }
}
