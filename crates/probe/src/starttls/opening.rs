//! How a connection comes to the point where TLS begins.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use midwatch_model::{Reason, ReasonKind, Starttls, lossless};
use midwatch_wire::starttls::{most_connections, plain};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::talk::{self, Came};
use crate::net::{Connection, Net};

/// Connections to one server at the same time. Servers of mail count connections as a measure against
/// abuse: Postfix takes 50 at once of one client (`smtpd_client_connection_count_limit`) and Exim 20 in all
/// (`smtp_accept_max`), and each of ours is one that is dropped in the middle of a handshake.
const AT_ONCE: usize = 4;

/// How long to wait before a server that turned a connection away is asked again, each time.
pub(super) const WAITS: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(6)];

/// Connections turned away one after the other, waits included, after which the server is left alone.
const PATIENCE: u32 = 8;

/// The least time between two connections to a server of mail. Exim forks for each, and counts it among its twenty until
/// that process is gone, which is some time after the connection; more than fifty a second pile up. It doubles, up to
/// [`FAR_APART`], each time that a connection is turned away, and shrinks again by a tenth with each that is not.
const APART: Duration = Duration::from_millis(20);

/// The most time between two connections.
const FAR_APART: Duration = Duration::from_millis(500);

/// How connections to one endpoint are opened: TLS from the first octet, or asked for in plain text. Clones share what
/// they know of the server.
#[derive(Clone, Debug, Default)]
pub struct Opening {
    plaintext: Option<Arc<Plaintext>>,
}

#[derive(Debug)]
struct Plaintext {
    protocol: Starttls,
    server: String,
    places: Arc<Semaphore>,
    /// How many places there are by now.
    allowed: AtomicUsize,
    /// Connections that were turned away since one was not.
    turned_away: AtomicU32,
    /// Connections that were opened.
    opened: AtomicU32,
    /// When the next one may be.
    next: tokio::sync::Mutex<Instant>,
    /// Milliseconds between two of them.
    apart: AtomicU32,
    /// Why no more connections are opened, where that is so.
    closed: Mutex<Option<Reason>>,
}

impl Opening {
    /// TLS from the first octet.
    pub fn direct() -> Self {
        Opening::default()
    }

    /// TLS is asked for in this protocol. `server`: the name of whom the client wants, for protocols that say it.
    pub fn starttls(protocol: Starttls, server: &str) -> Self {
        Opening {
            plaintext: Some(Arc::new(Plaintext {
                protocol,
                server: server.to_owned(),
                places: Arc::new(Semaphore::new(AT_ONCE)),
                allowed: AtomicUsize::new(AT_ONCE),
                turned_away: AtomicU32::new(0),
                opened: AtomicU32::new(0),
                next: tokio::sync::Mutex::new(Instant::now()),
                apart: AtomicU32::new(millis(APART)),
                closed: Mutex::new(None),
            })),
        }
    }

    /// Whether connections begin in plain text.
    pub(crate) fn is_in_plain_text(&self) -> bool {
        self.plaintext.is_some()
    }

    /// As `protocol` says, where there is one.
    pub fn of(protocol: Option<Starttls>, server: &str) -> Self {
        protocol.map_or_else(Opening::direct, |protocol| Opening::starttls(protocol, server))
    }

    /// Opens no more connections: each is answered with this reason.
    pub fn close(&self, why: Reason) {
        if let Some(plaintext) = &self.plaintext {
            plaintext.closed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
        }
    }

    /// A connection on which the next octets are the client's hello.
    ///
    /// # Errors
    /// As [`Net::connect`], and why TLS did not come about: [`ReasonKind::TurnedAway`] where the server has no time
    /// for the connection, [`ReasonKind::NotAsked`] where it will not have TLS, [`ReasonKind::Protocol`] where it
    /// says in plain text what nobody can tell from TLS.
    pub(crate) async fn connect(&self, net: &Net, address: SocketAddr) -> Result<Connection, Reason> {
        match &self.plaintext {
            None => net.connect(address).await,
            Some(plaintext) => plaintext.connect(net, address).await,
        }
    }

    /// A place for a connection of [`super::examine()`], which counts as the others do; none where there is no such limit.
    ///
    /// # Errors
    /// Why no more are opened, where that is so.
    pub(super) async fn place(&self) -> Result<Option<OwnedSemaphorePermit>, Reason> {
        match &self.plaintext {
            Some(plaintext) => plaintext.place().await.map(Some),
            None => Ok(None),
        }
    }
}

impl Plaintext {
    async fn connect(&self, net: &Net, address: SocketAddr) -> Result<Connection, Reason> {
        let mut waits = WAITS.into_iter();
        loop {
            let why = match self.connect_once(net, address).await {
                Err(why) if why.kind == ReasonKind::TurnedAway => why,
                other => {
                    self.turned_away.store(0, Ordering::Relaxed);
                    self.keep_apart(|apart| apart - apart / 10);
                    return other;
                }
            };
            if self.turned_away.fetch_add(1, Ordering::Relaxed) + 1 >= PATIENCE {
                self.closed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| why.clone());
            }
            let Some(wait) = waits.next().filter(|_| self.is_closed().is_none()) else { return Err(why) };
            self.one_at_a_time();
            self.keep_apart(|apart| apart.saturating_mul(2));
            net.within(wait * 2, "waiting for a server that has no time", tokio::time::sleep(wait)).await?;
        }
    }

    async fn connect_once(&self, net: &Net, address: SocketAddr) -> Result<Connection, Reason> {
        let place = self.place().await?;
        let mut connection = net.connect(address).await?.in_place(Some(place));
        let ask = talk::ask(connection.local_address(), &self.server, false, false);
        let Some(mut dialogue) = plain(self.protocol, &ask) else {
            return Err(not_spoken(self.protocol));
        };
        match talk::run(net, &mut connection, &mut *dialogue, self.protocol, address).await? {
            Came::Ready(after) if after.is_empty() => Ok(connection),
            Came::Ready(after) => Err(spoke_on(address, &after)),
            Came::Refused(refusal) => Err(talk::refused(address, &refusal)),
            Came::Done => Err(Reason::new(ReasonKind::Protocol, "the dialogue ended before TLS")),
        }
    }

    /// Fewer at once from now on: whoever has no time for four may have it for one.
    fn one_at_a_time(&self) {
        let (order, fewer) = (Ordering::Relaxed, |allowed: usize| (allowed > 1).then(|| allowed - 1));
        while self.allowed.fetch_update(order, order, fewer).is_ok() {
            if self.places.forget_permits(1) == 0 {
                // All are taken: the next one that is turned away finds some that are not.
                self.allowed.fetch_add(1, order);
                break;
            }
        }
    }

    /// Changes the time between two connections.
    fn keep_apart(&self, change: impl Fn(u32) -> u32) {
        let order = Ordering::Relaxed;
        let bounded = |apart| Some(change(apart).clamp(millis(APART), millis(FAR_APART)));
        let _ = self.apart.fetch_update(order, order, bounded);
    }

    /// A place for one more connection, where there may be one.
    async fn place(&self) -> Result<OwnedSemaphorePermit, Reason> {
        let place = self.places.clone().acquire_owned().await;
        if let Some(why) = self.is_closed() {
            return Err(why);
        }
        let before = self.opened.fetch_add(1, Ordering::Relaxed);
        if let Some(most) = most_connections(self.protocol).filter(|most| before >= *most) {
            let detail = format!(
                "{most} connections without a login were opened, and a server of {} may block whoever opens more",
                self.protocol.name()
            );
            return Err(Reason::new(ReasonKind::Limit, detail));
        }
        if matches!(self.protocol, Starttls::Smtp | Starttls::Submission) {
            let mut next = self.next.lock().await;
            tokio::time::sleep_until(*next).await;
            *next = Instant::now() + Duration::from_millis(self.apart.load(Ordering::Relaxed).into());
        }
        place.map_err(|_| Reason::new(ReasonKind::Other, "no more connections are opened"))
    }

    fn is_closed(&self) -> Option<Reason> {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// As a whole number of milliseconds.
fn millis(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

/// A protocol that has no dialogue here.
pub(super) fn not_spoken(protocol: Starttls) -> Reason {
    let detail = format!("TLS cannot be asked for in {} by this version of midwatch", protocol.name());
    Reason::new(ReasonKind::NotAsked, detail)
}

/// What the server said in plain text where it should have waited for TLS. It is not read as TLS.
pub(super) fn spoke_on(address: SocketAddr, after: &[u8]) -> Reason {
    let shown: String = lossless(after).chars().take(200).collect();
    let detail = format!("{address} says more in plain text after its go-ahead for TLS: {shown}");
    Reason::new(ReasonKind::Protocol, detail)
}
