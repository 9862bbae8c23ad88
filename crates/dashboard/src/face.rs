//! What every handler shares.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::FromRequestParts;
use http::request::Parts;
use midwatch_model::Time;
use midwatch_store::watch::Filter;
use midwatch_store::watch::audit::NewLine;
use tokio::sync::{Mutex, RwLock, Semaphore};
use tokio::time::Instant;

use crate::desk::{Adders, Desk, DeskError};
use crate::guard::visitor::{Denied, Visitor};
use crate::pages::overview::Digest;
use crate::pages::serve;
use crate::reader::{Reader, Scope};
use crate::{api, assets};

/// Streams of progress that are open at once, over all readers.
const STREAMS: usize = 256;
/// Targets that are counted in one piece of work, so that others get their turn between.
const AT_ONCE: u32 = 500;
/// How long figures over all targets are good for, and how many times longer than they took.
const FRESH: Duration = Duration::from_secs(2);
const TIMES: u32 = 10;

/// What every handler shares.
#[derive(Clone)]
pub struct Face {
    desk: Arc<dyn Desk>,
    counted: Arc<RwLock<Option<Counted>>>,
    counting: Arc<Mutex<()>>,
    pub(crate) streams: Arc<Semaphore>,
}

struct Counted {
    digest: Arc<Digest>,
    until: Instant,
}

impl Face {
    /// The face of this daemon.
    pub fn new(desk: Arc<dyn Desk>) -> Self {
        Face {
            desk,
            counted: Arc::default(),
            counting: Arc::default(),
            streams: Arc::new(Semaphore::new(STREAMS)),
        }
    }

    /// The daemon.
    pub fn desk(&self) -> &dyn Desk {
        &*self.desk
    }

    /// All targets in figures, a moment old at most; where they are being counted anew, those of before.
    ///
    /// # Errors
    /// [`DeskError`].
    pub async fn digest(&self) -> Result<Arc<Digest>, DeskError> {
        let known = self.counted.read().await.as_ref().map(|one| (one.digest.clone(), one.until));
        match known {
            Some((digest, until)) if Instant::now() < until => Ok(digest),
            Some((digest, _)) => {
                // One counts anew, and nobody waits for it.
                if let Ok(turn) = self.counting.clone().try_lock_owned() {
                    let face = self.clone();
                    tokio::spawn(async move {
                        let _turn = turn;
                        if let Err(error) = face.count().await {
                            tracing::warn!(%error, "the targets cannot be counted");
                        }
                    });
                }
                Ok(digest)
            }
            None => {
                let _turn = self.counting.lock().await;
                if let Some(one) = &*self.counted.read().await {
                    return Ok(one.digest.clone());
                }
                self.count().await
            }
        }
    }

    async fn count(&self) -> Result<Arc<Digest>, DeskError> {
        let began = Instant::now();
        let mut digest = Digest::default();
        let mut offset = 0;
        loop {
            let filter = Filter { offset, limit: AT_ONCE, ..Filter::default() };
            let (targets, _) = self.desk().ledger(move |ledger| ledger.summaries(&filter)).await?;
            targets.iter().for_each(|one| digest.add(one));
            offset = offset.saturating_add(AT_ONCE);
            if targets.len() < AT_ONCE as usize {
                break;
            }
        }
        let digest = Arc::new(digest);
        let until = Instant::now() + FRESH.max(began.elapsed().saturating_mul(TIMES));
        *self.counted.write().await = Some(Counted { digest: digest.clone(), until });
        Ok(digest)
    }

    /// Has the targets counted anew at the next look, after somebody has changed something.
    pub async fn recount(&self) {
        *self.counted.write().await = None;
    }

    /// Writes into the log who did what.
    ///
    /// # Errors
    /// [`DeskError`].
    pub async fn note(&self, reader: &Reader, what: &'static str, detail: String) -> Result<(), DeskError> {
        let (who, address) = (reader.name.clone(), reader.address.clone());
        self.desk()
            .ledger(move |ledger| {
                ledger.note(&NewLine { who: &who, address: &address, what, detail: &detail }, Time::now())
            })
            .await
    }

    /// True where this reader may add targets.
    pub fn may_add(&self, reader: &Reader) -> bool {
        match self.desk.settings().adders {
            Adders::Nobody => false,
            Adders::Admins => reader.may(Scope::Targets) && reader.may(Scope::Admin),
            Adders::Operators => reader.may(Scope::Targets),
        }
    }
}

/// Whoever the guard has let in.
impl<S: Send + Sync> FromRequestParts<S> for Reader {
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        Ok(Visitor::from_request_parts(parts, state).await?.into())
    }
}

impl From<Visitor> for Reader {
    fn from(visitor: Visitor) -> Self {
        let csrf = visitor.csrf().to_owned();
        Reader { name: visitor.name, scopes: visitor.scopes, csrf, address: visitor.from.to_string() }
    }
}

/// What anybody may ask for: files that pages load, whether the daemon lives, and the description of the API. For
/// [`Access`](crate::Access); one that ends with a slash stands for all below it.
pub const PUBLIC: [&str; 3] = ["/assets/", "/api/v1/health", "/api/v1/openapi.json"];

/// The pages, the API and their files, to be put behind [`app_guarded`](crate::app_guarded).
pub fn routes(face: Face) -> Router {
    serve::routes(face.clone()).merge(api::routes(face)).merge(assets::routes())
}
