//! Connections that are kept for the next request.
//!
//! Few connections to one address, whatever the number of origins there: an HTTP/2 connection is shared by all
//! requests to its origin, HTTP/1.1 connections serve one request after the other. Where every place is taken,
//! an idle connection of another origin at the same address gives way, and so it does where anybody else waits
//! for a place at that address.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use midwatch_model::{Outcome, Reason, ReasonKind};
use rustls::ClientConfig;
use rustls::version::{TLS12, TLS13};
use tokio::sync::Notify;

use super::connect::{self, Driver, Failure, Origin, Sender};
use crate::handshake;
use crate::net::{Keeper, Net};

/// Failures to connect in a row after which an origin is not tried again.
const PATIENCE: u32 = 2;

/// Kept connections to every origin of a run.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    net: Net,
    tls: Result<Arc<ClientConfig>, Reason>,
    /// Places for connections to one IP address.
    places: usize,
    origins: Mutex<HashMap<Origin, Known>>,
    /// Places taken at each IP address: by connections that are up, idle or coming about.
    taken: Mutex<HashMap<IpAddr, usize>>,
    idle: Mutex<Vec<Idle>>,
    changed: Notify,
}

/// What is known of an origin.
#[derive(Clone, Debug, Default)]
struct Known {
    addresses: Option<Result<Vec<SocketAddr>, Reason>>,
    multiplex: Multiplex,
    failures: u32,
}

/// Whether requests to an origin share a connection.
#[derive(Clone, Debug, Default)]
enum Multiplex {
    /// Nobody has connected yet.
    #[default]
    Unknown,
    /// Somebody is connecting, and will know.
    Asking,
    /// They do not.
    No,
    /// They do, on this one.
    On(Arc<Http2>),
}

/// An HTTP/2 connection.
#[derive(Debug)]
struct Http2 {
    address: SocketAddr,
    sender: hyper::client::conn::http2::SendRequest<http_body_util::Empty<bytes::Bytes>>,
    _driver: Driver,
    place: Place,
}

/// An HTTP/1.1 connection between two requests.
#[derive(Debug)]
struct Idle {
    origin: Origin,
    address: SocketAddr,
    sender: Sender,
    driver: Driver,
    place: Place,
}

/// A place among the connections to one IP address. Kept connections hold theirs and are held by the pool, so
/// it must not keep the pool alive.
#[derive(Debug)]
struct Place {
    shared: Weak<Shared>,
    ip: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(shared) = self.shared.upgrade() else { return };
        if let Some(taken) = lock(&shared.taken).get_mut(&self.ip) {
            *taken = taken.saturating_sub(1);
        }
        shared.changed.notify_waiters();
    }
}

/// A connection that one request may use.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) address: SocketAddr,
    pub(super) sender: Sender,
    /// It served another request before, and may have been closed since.
    pub(super) used: bool,
    origin: Origin,
    held: Held,
}

#[derive(Debug)]
enum Held {
    Alone { driver: Driver, place: Place },
    Shared(Share),
}

/// One request's part in an HTTP/2 connection.
#[derive(Debug)]
struct Share(Option<Arc<Http2>>);

impl Drop for Share {
    fn drop(&mut self) {
        let Some(connection) = self.0.take() else { return };
        let (shared, ip) = (connection.place.shared.upgrade(), connection.place.ip);
        drop(connection);
        if let Some(shared) = shared.filter(|shared| shared.net.is_wanted(ip)) {
            shared.let_go(ip);
        }
    }
}

impl Lease {
    /// Keeps the connection for the next request.
    pub(super) fn keep(self) {
        let Held::Alone { driver, place } = self.held else { return };
        let Some(shared) = place.shared.upgrade() else { return };
        let ip = place.ip;
        let idle = Idle { origin: self.origin, address: self.address, sender: self.sender, driver, place };
        lock(&shared.idle).push(idle);
        shared.changed.notify_waiters();
        if shared.net.is_wanted(ip) {
            shared.let_go(ip);
        }
    }
}

/// How a request goes on that wants a connection.
enum Turn {
    Take(Lease),
    Connect,
    Wait,
}

impl Pool {
    /// A pool on `net` with at most `places` connections to one address, and no more than half of those that
    /// `net` allows: what looks at TLS beside it must not wait for idle connections.
    pub(super) fn new(net: Net, places: usize) -> Self {
        let tls = handshake::config(&[&TLS13, &TLS12], &["h2", "http/1.1"]);
        let places = places.min(net.per_address() / 2).max(1);
        let shared = Arc::new(Shared {
            net,
            tls: tls.map(Arc::new),
            places,
            origins: Mutex::default(),
            taken: Mutex::default(),
            idle: Mutex::default(),
            changed: Notify::new(),
        });
        let keeper: Weak<Shared> = Arc::downgrade(&shared);
        shared.net.register(keeper);
        Pool { shared }
    }

    /// A connection to the origin; `fresh` for one that served no request before.
    pub(super) async fn lease(&self, origin: &Origin, fresh: bool) -> Result<Lease, Failure> {
        let addresses = self.addresses(origin).await.map_err(|why| Failure { address: None, why })?;
        loop {
            // Armed before looking, so that no change between is missed.
            let changed = self.shared.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            match self.turn(origin, fresh) {
                Turn::Take(lease) => return Ok(lease),
                Turn::Connect => return self.connect(origin, &addresses).await,
                Turn::Wait => changed.await,
            }
        }
    }

    /// A new connection to one address of the origin, beside those that are kept.
    pub(super) async fn connect_to(&self, origin: &Origin, address: SocketAddr) -> Result<Lease, Failure> {
        let place = self.place(address.ip()).await;
        let tls = self.tls()?;
        let connected = connect::connect(&self.shared.net, origin, address, &tls).await?;
        let held = Held::Alone { driver: connected.driver, place };
        Ok(Lease { address, sender: connected.sender, used: false, origin: origin.clone(), held })
    }

    fn turn(&self, origin: &Origin, fresh: bool) -> Turn {
        let mut origins = lock(&self.shared.origins);
        let known = origins.entry(origin.clone()).or_default();
        match &known.multiplex {
            Multiplex::Asking => return Turn::Wait,
            Multiplex::On(connection) if !fresh && !connection.sender.is_closed() => {
                let sender = Sender::Http2(connection.sender.clone());
                let (address, held) = (connection.address, Held::Shared(Share(Some(connection.clone()))));
                return Turn::Take(Lease { address, sender, used: true, origin: origin.clone(), held });
            }
            // The others wait until it is known whether one connection serves them all.
            Multiplex::On(_) | Multiplex::Unknown => {
                let old = std::mem::replace(&mut known.multiplex, Multiplex::Asking);
                drop(origins);
                drop(old);
                return Turn::Connect;
            }
            Multiplex::No => {}
        }
        drop(origins);
        match self.idle_of(origin).filter(|_| !fresh) {
            Some(Idle { origin, address, sender, driver, place }) => {
                let held = Held::Alone { driver, place };
                Turn::Take(Lease { address, sender, used: true, origin, held })
            }
            None => Turn::Connect,
        }
    }

    fn idle_of(&self, origin: &Origin) -> Option<Idle> {
        let mut idle = lock(&self.shared.idle);
        let at = idle.iter().position(|idle| idle.origin == *origin && !is_closed(&idle.sender))?;
        Some(idle.swap_remove(at))
    }

    /// Connects to the first address that answers.
    async fn connect(&self, origin: &Origin, addresses: &[SocketAddr]) -> Result<Lease, Failure> {
        let asking = Asking { pool: self, origin };
        let mut last = None;
        for &address in addresses {
            match self.connect_one(origin, address).await {
                Ok(lease) => {
                    asking.answered(&lease, address);
                    return Ok(lease);
                }
                Err(failure) => last = Some(failure),
            }
        }
        let failure = last.unwrap_or_else(|| {
            let why = Reason::new(ReasonKind::NoSuchName, format!("{} has no address", origin.host));
            Failure { address: None, why }
        });
        asking.failed(&failure);
        Err(failure)
    }

    async fn connect_one(&self, origin: &Origin, address: SocketAddr) -> Result<Lease, Failure> {
        let place = self.place(address.ip()).await;
        let tls = self.tls()?;
        let connected = connect::connect(&self.shared.net, origin, address, &tls).await?;
        let (sender, held) = match connected.sender {
            Sender::Http2(sender) => {
                let (ours, driver) = (sender.clone(), connected.driver);
                let shared = Arc::new(Http2 { address, sender, _driver: driver, place });
                (Sender::Http2(ours), Held::Shared(Share(Some(shared))))
            }
            alone => (alone, Held::Alone { driver: connected.driver, place }),
        };
        Ok(Lease { address, sender, used: false, origin: origin.clone(), held })
    }

    /// Waits for a place at an address; an idle connection gives way.
    async fn place(&self, ip: IpAddr) -> Place {
        loop {
            let changed = self.shared.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            {
                let mut taken = lock(&self.shared.taken);
                let count = taken.entry(ip).or_default();
                if *count < self.shared.places {
                    *count += 1;
                    return Place { shared: Arc::downgrade(&self.shared), ip };
                }
            }
            if let Some(idle) = self.shared.idle_at(ip) {
                drop(idle);
                continue;
            }
            changed.await;
        }
    }

    async fn addresses(&self, origin: &Origin) -> Result<Vec<SocketAddr>, Reason> {
        let known = lock(&self.shared.origins).get(origin).and_then(|known| known.addresses.clone());
        if let Some(addresses) = known {
            return addresses;
        }
        let resolved = match self.shared.net.resolve(&origin.host, origin.port).await.addresses {
            Outcome::Seen { value } => Ok(value),
            Outcome::Unmeasured { why } => Err(why),
            Outcome::Refused { how } => Err(Reason::new(ReasonKind::NoSuchName, how)),
        };
        lock(&self.shared.origins).entry(origin.clone()).or_default().addresses = Some(resolved.clone());
        resolved
    }

    fn tls(&self) -> Result<Arc<ClientConfig>, Failure> {
        self.shared.tls.clone().map_err(|why| Failure { address: None, why })
    }
}

impl Shared {
    /// A connection at this address that nobody uses.
    fn idle_at(&self, ip: IpAddr) -> Option<Given> {
        let mut idle = lock(&self.idle);
        if let Some(at) = idle.iter().position(|idle| idle.address.ip() == ip) {
            return Some(Given::Alone(Box::new(idle.swap_remove(at))));
        }
        drop(idle);
        let mut origins = lock(&self.origins);
        for known in origins.values_mut() {
            if let Multiplex::On(connection) = &known.multiplex
                && connection.address.ip() == ip
                && Arc::strong_count(connection) == 1
            {
                return Some(Given::Shared(std::mem::take(&mut known.multiplex)));
            }
        }
        None
    }
}

impl Keeper for Shared {
    fn let_go(&self, ip: IpAddr) {
        drop(self.idle_at(ip));
    }
}

/// What gives way for a place. Dropped outside of every lock, since its place locks again.
enum Given {
    Alone(#[expect(dead_code, reason = "held to be dropped")] Box<Idle>),
    Shared(#[expect(dead_code, reason = "held to be dropped")] Multiplex),
}

/// Somebody connects to an origin. Whatever comes of it, also when it is given up in the middle, those who wait
/// to know whether its connection can be shared are woken.
struct Asking<'a> {
    pool: &'a Pool,
    origin: &'a Origin,
}

impl Asking<'_> {
    fn answered(self, lease: &Lease, address: SocketAddr) {
        self.set(|known| {
            known.failures = 0;
            known.multiplex = match &lease.held {
                Held::Shared(Share(Some(connection))) => Multiplex::On(connection.clone()),
                Held::Shared(Share(None)) | Held::Alone { .. } => Multiplex::No,
            };
            // The address that answered goes first from now on.
            if let Some(Ok(addresses)) = &mut known.addresses
                && let Some(at) = addresses.iter().position(|other| *other == address)
                && let Some(until) = addresses.get_mut(..=at)
            {
                until.rotate_right(1);
            }
        });
    }

    fn failed(self, failure: &Failure) {
        self.set(|known| {
            known.failures += 1;
            if known.failures >= PATIENCE || failure.why.kind == ReasonKind::ConnectionRefused {
                known.addresses = Some(Err(failure.why.clone()));
            }
        });
    }

    fn set(&self, change: impl FnOnce(&mut Known)) {
        if let Some(known) = lock(&self.pool.shared.origins).get_mut(self.origin) {
            change(known);
        }
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.set(|known| {
            if matches!(known.multiplex, Multiplex::Asking) {
                known.multiplex = Multiplex::Unknown;
            }
        });
        self.pool.shared.changed.notify_waiters();
    }
}

fn is_closed(sender: &Sender) -> bool {
    match sender {
        Sender::Http1(sender) => sender.is_closed(),
        Sender::Http2(sender) => sender.is_closed(),
    }
}

/// A panic elsewhere leaves nothing half done here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
