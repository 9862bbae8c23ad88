//! How a connection comes to the point where TLS begins.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use midwatch_model::{Reason, ReasonKind, Starttls, lossless};
use midwatch_wire::starttls::{Said, most_connections, plain};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::pace::Pace;
use super::talk::{self, Came};
use crate::net::{Connection, Net};

/// Connections to one server at the same time. Servers of mail count connections as a measure against
/// abuse: Postfix takes 50 at once of one client (`smtpd_client_connection_count_limit`) and Exim 20 in all
/// (`smtp_accept_max`), and each of ours is one that is dropped in the middle of a handshake.
const AT_ONCE: usize = 4;

/// How long to wait before a server that turned a connection away is asked again, each time.
const WAITS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(6)];

/// Connections turned away one after the other, waits included, after which the server is left alone.
const PATIENCE: u32 = 8;

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
    /// Whose turn it is to begin with the next one.
    turn: tokio::sync::Mutex<()>,
    /// How far apart they begin.
    pace: Mutex<Pace>,
    /// Some connection came to the point where TLS begins.
    is_ready: AtomicBool,
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
                turn: tokio::sync::Mutex::new(()),
                pace: Mutex::new(Pace::new()),
                is_ready: AtomicBool::new(false),
                closed: Mutex::new(None),
            })),
        }
    }

    /// Whether connections begin in plain text.
    pub(crate) fn is_in_plain_text(&self) -> bool {
        self.plaintext.is_some()
    }

    /// Whether connections begin in plain text, and none was turned away so far.
    pub(crate) fn takes_all(&self) -> bool {
        self.plaintext.as_ref().is_some_and(|plaintext| plaintext.pace().takes_all())
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
    pub(super) async fn place(&self) -> Result<Option<Place>, Reason> {
        match &self.plaintext {
            Some(plaintext) => plaintext.place().await.map(Some),
            None => Ok(None),
        }
    }

    /// Learns from a dialogue what there is to learn of the server. Where the server has no time for the connection, returns its
    /// words. `pipelined`: a command went out with the request for TLS.
    pub(super) fn learn(
        &self,
        came: &Result<Came, Reason>,
        said: &Said,
        pipelined: bool,
        with: SocketAddr,
    ) -> Option<Reason> {
        self.plaintext.as_ref().and_then(|plaintext| plaintext.learn(came, said, pipelined, with))
    }

    /// For one question that is put again where the server turns its connection away.
    pub(super) fn patience(&self) -> Patience<'_> {
        Patience { plaintext: self.plaintext.as_deref(), waits: WAITS.into_iter() }
    }
}

/// A place among the connections to a server.
#[derive(Debug)]
pub(super) struct Place {
    /// Held until the connection ends.
    pub(super) permit: OwnedSemaphorePermit,
    /// The pace when it began, see [`Pace::begins`].
    pub(super) pace: u32,
}

/// How often one question is put again to a server that turns its connections away.
pub(super) struct Patience<'a> {
    plaintext: Option<&'a Plaintext>,
    waits: std::array::IntoIter<Duration, 3>,
}

impl Patience<'_> {
    /// The server took the connection, whatever it said then.
    pub(super) fn taken(&self) {
        if let Some(plaintext) = self.plaintext {
            plaintext.turned_away.store(0, Ordering::Relaxed);
            plaintext.pace().taken();
        }
    }

    /// The server turned away the connection that began at this pace, for this reason. How long to wait before it is asked again;
    /// none where it is not.
    pub(super) fn turned_away(&mut self, pace: u32, why: &Reason) -> Option<Duration> {
        match self.plaintext.is_some_and(|plaintext| plaintext.turns_away(pace, why)) {
            true => None,
            false => self.waits.next(),
        }
    }
}

/// Waits so long for a server. Where the run has no time for it, the next connection says so.
pub(super) async fn waits(net: &Net, wait: Duration) {
    let waiting = tokio::time::sleep(wait);
    net.within(wait * 2, "waiting for a server that has no time", waiting).await.ok();
}

impl Plaintext {
    async fn connect(&self, net: &Net, address: SocketAddr) -> Result<Connection, Reason> {
        let mut patience = Patience { plaintext: Some(self), waits: WAITS.into_iter() };
        loop {
            let place = self.place().await?;
            let pace = place.pace;
            match self.connect_once(net, address, place).await {
                Err(Failure { why, turned_away: true }) => {
                    let Some(wait) = patience.turned_away(pace, &why) else { return Err(why) };
                    waits(net, wait).await;
                }
                Err(Failure { why, .. }) => {
                    patience.taken();
                    return Err(why);
                }
                Ok(connection) => {
                    patience.taken();
                    return Ok(connection);
                }
            }
        }
    }

    async fn connect_once(
        &self,
        net: &Net,
        address: SocketAddr,
        place: Place,
    ) -> Result<Connection, Failure> {
        let mut connection = net.connect(address).await?.in_place(Some(place.permit));
        let ask = talk::ask(connection.local_address(), &self.server, false, false);
        let Some(mut dialogue) = plain(self.protocol, &ask) else {
            return Err(not_spoken(self.protocol).into());
        };
        let came = talk::run(net, &mut connection, &mut *dialogue, self.protocol, address).await;
        if let Some(why) = self.learn(&came, dialogue.said(), false, address) {
            return Err(Failure { why, turned_away: true });
        }
        match came? {
            Came::Ready(after) if after.is_empty() => Ok(connection),
            Came::Ready(after) => Err(spoke_on(address, &after).into()),
            Came::Refused(refusal) => Err(talk::refused(address, &refusal).into()),
            Came::Done => Err(Reason::new(ReasonKind::Protocol, "the dialogue ended before TLS").into()),
        }
    }

    fn learn(
        &self,
        came: &Result<Came, Reason>,
        said: &Said,
        pipelined: bool,
        with: SocketAddr,
    ) -> Option<Reason> {
        self.pace().greeted(&said.greeting, Instant::now());
        let was_ready = self.is_ready.load(Ordering::Relaxed);
        match came {
            Ok(Came::Ready(_)) => {
                self.is_ready.store(true, Ordering::Relaxed);
                None
            }
            // Of a server that has begun with TLS before, a no for now is about the connection: so many sessions of TLS in so
            // much time, say.
            Ok(Came::Refused(refusal)) => (talk::is_turned_away(refusal) || refusal.temporary && was_ready)
                .then(|| talk::turned_away(with, refusal)),
            // Others say nothing, and close. To a command in plain text that may be the answer, once it has been sent.
            Err(why) => (talk::is_ended(why) && was_ready && !(pipelined && said.asked)).then(|| why.clone()),
            Ok(Came::Done) => None,
        }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server turned away a connection that began at this pace. True where it is left alone from now on.
    fn turns_away(&self, pace: u32, why: &Reason) -> bool {
        if self.turned_away.fetch_add(1, Ordering::Relaxed) + 1 >= PATIENCE {
            self.closed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| why.clone());
        }
        self.one_at_a_time();
        self.pace().turned_away(pace, Instant::now());
        self.is_closed().is_some()
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

    /// A place for one more connection, where there may be one.
    async fn place(&self) -> Result<Place, Reason> {
        let permit = self.places.clone().acquire_owned().await;
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
        let permit = permit.map_err(|_| Reason::new(ReasonKind::Other, "no more connections are opened"))?;
        let _turn = self.turn.lock().await;
        loop {
            let next = self.pace().next();
            let now = Instant::now();
            if next <= now {
                return Ok(Place { permit, pace: self.pace().begins(now) });
            }
            // By then it may be later: another connection may have been turned away.
            tokio::time::sleep_until(next).await;
        }
    }

    fn is_closed(&self) -> Option<Reason> {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Why a connection did not come to TLS.
struct Failure {
    why: Reason,
    /// Another time it may: the server has no time for it.
    turned_away: bool,
}

impl From<Reason> for Failure {
    fn from(why: Reason) -> Self {
        Failure { why, turned_away: false }
    }
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
