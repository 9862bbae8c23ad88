//! The links, listened to beside everything else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use midwatch_model::{LinkWatch, Reason};
use midwatch_sense::link::Listener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// How long one look for news takes at most, and so how soon a thread ends that nobody hears any more.
const STEP: Duration = Duration::from_millis(100);

/// The shortest time between two reports of what was heard, so that a flood of claims does not keep a computer busy.
const PACE: Duration = Duration::from_millis(250);

/// Listens in a thread of its own until it is closed.
pub(super) struct Ear {
    open: Arc<AtomicBool>,
    heard: JoinHandle<Option<LinkWatch>>,
}

impl Ear {
    pub(super) fn open() -> Ear {
        let open = Arc::new(AtomicBool::new(true));
        let is_open = open.clone();
        let heard = tokio::task::spawn_blocking(move || {
            // Where not even the kernel's news can be had, its tables, which are read beside, say why.
            let mut listener = Listener::open().ok()?;
            while is_open.load(Ordering::Relaxed) {
                listener.listen(Instant::now() + STEP);
            }
            Some(listener.heard())
        });
        Ear { open, heard }
    }

    pub(super) async fn close(self) -> Option<LinkWatch> {
        self.open.store(false, Ordering::Relaxed);
        self.heard.await.ok().flatten()
    }
}

/// Listens for as long as somebody hears.
pub(super) struct News {
    /// What was heard so far, whenever there is something new in it.
    pub(super) links: watch::Receiver<Option<LinkWatch>>,
    /// Something comes whenever interfaces, addresses or routes changed.
    pub(super) network: mpsc::Receiver<()>,
}

impl News {
    /// Begins.
    ///
    /// # Errors
    /// Why nothing can be heard.
    pub(super) fn open() -> Result<News, Reason> {
        let mut listener = Listener::open()?;
        let (links, heard) = watch::channel(Some(listener.heard()));
        let (changed, network) = mpsc::channel(1);
        std::thread::spawn(move || {
            let (mut told, mut is_new) = (Instant::now(), false);
            while !links.is_closed() {
                let end = if is_new { told + PACE } else { Instant::now() + STEP };
                let news = listener.listen(end);
                is_new |= news.link;
                if news.network {
                    // One that is not taken yet stands for this one too.
                    let _ = changed.try_send(());
                }
                if is_new && told.elapsed() >= PACE {
                    links.send_replace(Some(listener.heard()));
                    (told, is_new) = (Instant::now(), false);
                }
            }
        });
        Ok(News { links: heard, network })
    }
}
