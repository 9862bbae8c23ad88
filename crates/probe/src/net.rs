//! Names to addresses, connections, deadlines, and the budget that every probe works inside.

mod datagram;
pub(crate) mod socks;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use midwatch_model::{AddressPolicy, Host, Outcome, Reason, ReasonKind};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::dns::DnsOptions;

/// One `--resolve host:port:address`: connections that are meant for `host:port` go to `to` instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectTo {
    /// The host as it stands in URLs.
    pub host: Host,
    /// The port as it stands in URLs.
    pub port: u16,
    /// Where to connect. Several entries for the same host and port are several addresses.
    pub to: SocketAddr,
}

/// The budget of a run and what the user said of the network.
#[derive(Clone, Debug)]
pub struct NetOptions {
    /// Overrides of resolution.
    pub connect_to: Vec<ConnectTo>,
    /// The longest that one step (connect, one answer) may take. Default 10 s.
    pub step: Duration,
    /// Connections to one address at the same time. Default 8.
    pub per_address: usize,
    /// Connections in all. Default 20,000.
    pub connections: u64,
    /// When the whole run must end, where it must.
    pub deadline: Option<Instant>,
    /// Nothing but the target and what [`NetOptions::connect_to`] names is contacted; no name is looked up.
    pub offline: bool,
    /// Which resolver is asked, and what is asked beside addresses.
    pub dns: Arc<DnsOptions>,
    /// Which addresses may be connected to; the resolver that is asked may be any. Default: all.
    pub allow: AddressPolicy,
}

impl Default for NetOptions {
    fn default() -> Self {
        NetOptions {
            connect_to: Vec::new(),
            step: Duration::from_secs(10),
            per_address: 8,
            connections: 20_000,
            deadline: None,
            offline: false,
            dns: Arc::default(),
            allow: AddressPolicy::default(),
        }
    }
}

/// The network as one target's audit may use it. Cheap to clone; clones share the budget.
#[derive(Clone, Debug)]
pub struct Net {
    shared: Arc<Shared>,
    /// Leads to the resolver, which whoever runs midwatch has chosen: it may have any address.
    to_resolver: bool,
}

#[derive(Debug)]
struct Shared {
    options: Arc<NetOptions>,
    opened: AtomicU64,
    gates: Arc<Gates>,
    /// Hosts that the user named as targets.
    targets: HashSet<Host>,
}

/// The places for connections to each address, which all targets of a run share.
#[derive(Debug, Default)]
struct Gates {
    gates: Mutex<HashMap<IpAddr, Arc<Gate>>>,
    keepers: Mutex<Vec<Weak<dyn Keeper>>>,
}

#[derive(Debug)]
struct Gate {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// Somebody who keeps connections open that nobody uses at the moment.
pub(crate) trait Keeper: fmt::Debug + Send + Sync {
    /// Somebody waits for a place at this address: closes one idle connection to it, where there is one.
    fn let_go(&self, ip: IpAddr);
}

/// Counts a waiter for as long as it lives.
struct Waiting<'a>(&'a Gate);

impl<'a> Waiting<'a> {
    fn at(gate: &'a Gate) -> Self {
        gate.waiting.fetch_add(1, Ordering::SeqCst);
        Waiting(gate)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The addresses of a host and where they came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// Sorted, IPv4 first, no duplicates, at most 64.
    pub addresses: Outcome<Vec<SocketAddr>>,
    /// True where `--resolve` named them.
    pub given: bool,
}

/// Addresses whose places are kept count of, before those that nobody is connected to are forgotten.
const MAX_GATES: usize = 4096;

/// More addresses than any honest name has; the rest is not probed.
const MAX_ADDRESSES: usize = 64;

impl Net {
    /// A network with this budget.
    pub fn new(options: NetOptions) -> Self {
        let targets = HashSet::new();
        Net {
            shared: Arc::new(Shared {
                options: options.into(),
                opened: AtomicU64::new(0),
                gates: Arc::default(),
                targets,
            }),
            to_resolver: false,
        }
    }

    /// The same network for one target: with a budget of its own, and the places at each address shared.
    pub fn for_target(&self, host: &Host) -> Self {
        Net {
            shared: Arc::new(Shared {
                options: self.shared.options.clone(),
                opened: AtomicU64::new(0),
                gates: self.shared.gates.clone(),
                targets: HashSet::from([host.clone()]),
            }),
            to_resolver: false,
        }
    }

    /// The same network for a site that this computer serves itself: connections go where `connect_to` leads, and nobody
    /// else is contacted.
    pub fn for_served(&self, host: &Host, connect_to: Vec<ConnectTo>) -> Self {
        let options = NetOptions { connect_to, offline: true, ..(*self.shared.options).clone() };
        Net {
            shared: Arc::new(Shared {
                options: options.into(),
                opened: AtomicU64::new(0),
                gates: self.shared.gates.clone(),
                targets: HashSet::from([host.clone()]),
            }),
            to_resolver: false,
        }
    }

    /// A network with another budget and other overrides, which shares its places at each address with this one: who keeps
    /// watching looks at many targets, each by options of its own, and some of them have one address.
    pub fn with_options(&self, options: NetOptions) -> Self {
        Net {
            shared: Arc::new(Shared {
                options: options.into(),
                opened: AtomicU64::new(0),
                gates: self.shared.gates.clone(),
                targets: HashSet::new(),
            }),
            to_resolver: false,
        }
    }

    /// The same network and budget for the way to the resolver, which is nothing that a target has a say in.
    pub(crate) fn to_resolver(&self) -> Self {
        Net { shared: self.shared.clone(), to_resolver: true }
    }

    /// Whether some addresses may not be connected to. What chooses addresses itself, as programs and proxies do, is
    /// not used then.
    pub fn is_restricted(&self) -> bool {
        self.shared.options.allow.is_restricted()
    }

    /// The longest that one step may take.
    pub fn step_timeout(&self) -> Duration {
        self.shared.options.step
    }

    /// Connections to one address that may be open at the same time.
    pub fn per_address(&self) -> usize {
        self.shared.options.per_address.max(1)
    }

    /// Connections opened so far.
    pub fn opened(&self) -> u64 {
        self.shared.opened.load(Ordering::Relaxed)
    }

    /// How names are asked for.
    pub(crate) fn dns(&self) -> &Arc<DnsOptions> {
        &self.shared.options.dns
    }

    /// No name is looked up.
    pub(crate) fn is_offline(&self) -> bool {
        self.shared.options.offline
    }

    /// The addresses that `--resolve` names for a host and port, sorted.
    pub(crate) fn given(&self, host: &Host, port: u16) -> Vec<SocketAddr> {
        let entries = self.shared.options.connect_to.iter();
        tidy(
            entries.filter(|entry| entry.host == *host && entry.port == port).map(|entry| entry.to).collect(),
        )
    }

    /// All addresses of a host for a port: those the user gave, the address itself, or the system's answer. Where none
    /// of them may be connected to, they are not told: what a name of an internal network leads to is for nobody to
    /// learn who may not go there.
    pub async fn resolve(&self, host: &Host, port: u16) -> Resolved {
        let mut resolved = self.resolve_all(host, port).await;
        let found = resolved.addresses.value().map(Vec::as_slice).unwrap_or_default();
        let refused: Vec<String> =
            found.iter().filter_map(|address| self.shared.options.allow.check(*address).err()).collect();
        if let Some(first) = refused.first().filter(|_| refused.len() == found.len()) {
            resolved.addresses = Outcome::from(not_allowed(&format!("{host} port {port}"), first));
        }
        resolved
    }

    async fn resolve_all(&self, host: &Host, port: u16) -> Resolved {
        let given = self.given(host, port);
        if !given.is_empty() {
            return Resolved { addresses: Outcome::seen(given), given: true };
        }
        let offline = self.shared.options.offline;
        let name = match host {
            Host::Address(address) if offline && !self.shared.targets.contains(host) => {
                let detail = format!("{address} is not the target, and nothing else is contacted offline");
                return Resolved {
                    addresses: Outcome::unmeasured(ReasonKind::NotAsked, detail),
                    given: false,
                };
            }
            Host::Address(address) => {
                return Resolved {
                    addresses: Outcome::seen(vec![SocketAddr::new(*address, port)]),
                    given: false,
                };
            }
            Host::Name(name) => name.clone(),
        };
        if offline {
            let detail = format!("{name} is not looked up offline; give its address with --resolve");
            return Resolved { addresses: Outcome::unmeasured(ReasonKind::NotAsked, detail), given: false };
        }
        if self.shared.options.dns.resolver.is_some() {
            let found = Box::pin(crate::dns::addresses(self, &name, port)).await;
            return Resolved { addresses: found.map(tidy), given: false };
        }
        let what = format!("looking up {name}");
        let addresses = match self.step(&what, tokio::net::lookup_host((name.as_str(), port))).await {
            Err(why) => why.into(),
            Ok(Err(error)) => {
                Outcome::unmeasured(ReasonKind::NoSuchName, format!("{name} does not resolve: {error}"))
            }
            Ok(Ok(found)) => {
                let found = tidy(found.collect());
                if found.is_empty() {
                    Outcome::unmeasured(ReasonKind::NoSuchName, format!("{name} has no address"))
                } else {
                    Outcome::seen(found)
                }
            }
        };
        Resolved { addresses, given: false }
    }

    /// Opens a TCP connection, waiting for a free place among those to the same address.
    ///
    /// # Errors
    /// A [`Reason`] that keeps a time-out, a refusal by the port and an unreachable address apart.
    pub async fn connect(&self, address: SocketAddr) -> Result<Connection, Reason> {
        self.connect_within(address, self.shared.options.step).await
    }

    /// As [`Net::connect`], with a limit of its own, which does not count the wait for a free place.
    ///
    /// # Errors
    /// As [`Net::connect`].
    pub async fn connect_within(
        &self,
        address: SocketAddr,
        time_limit: Duration,
    ) -> Result<Connection, Reason> {
        let permit = self.admit(address).await?;
        let what = format!("connecting to {address}");
        let stream = self
            .within(time_limit, &what, TcpStream::connect(address))
            .await?
            .map_err(|error| io_reason(&what, &error))?;
        // Hellos are small and each waits for its answer: Nagle's delay would only add to it.
        stream.set_nodelay(true).ok();
        Ok(Connection { stream, _permit: permit, _place: None })
    }

    /// Runs one step inside its deadline and the run's.
    ///
    /// # Errors
    /// [`ReasonKind::Timeout`] or [`ReasonKind::Budget`], saying what was being done.
    pub async fn step<T>(&self, what: &str, work: impl Future<Output = T>) -> Result<T, Reason> {
        self.within(self.shared.options.step, what, work).await
    }

    /// Runs work inside a deadline of its own and the run's.
    ///
    /// # Errors
    /// As [`Net::step`].
    pub async fn within<T>(
        &self,
        limit: Duration,
        what: &str,
        work: impl Future<Output = T>,
    ) -> Result<T, Reason> {
        let step = Instant::now() + limit;
        let until = self.shared.options.deadline.map_or(step, |run| run.min(step));
        tokio::time::timeout_at(until, work).await.map_err(|_| {
            if until < step {
                Reason::new(ReasonKind::Budget, format!("{what}: the time of the run was used up"))
            } else {
                let seconds = limit.as_secs_f64();
                Reason::new(ReasonKind::Timeout, format!("{what}: no answer within {seconds} s"))
            }
        })
    }

    /// Asks `keeper` for idle connections whenever somebody waits for a place.
    pub(crate) fn register(&self, keeper: Weak<dyn Keeper>) {
        let mut keepers = lock(&self.shared.gates.keepers);
        keepers.retain(|keeper| keeper.strong_count() > 0);
        keepers.push(keeper);
    }

    /// Whether somebody waits for a place at this address. A connection that becomes idle then must not be
    /// kept: this is asked after it can be seen to be idle, so that the waiter or its keeper lets go of it.
    pub(crate) fn is_wanted(&self, ip: IpAddr) -> bool {
        self.gate(ip).waiting.load(Ordering::SeqCst) > 0
    }

    /// Leave to connect to an address, by TCP and by UDP: that it is allowed, a place there, and one of the connections that the budget has.
    async fn admit(&self, address: SocketAddr) -> Result<OwnedSemaphorePermit, Reason> {
        // Here, and of the very address that is connected to next: between an earlier look and now a name may have got
        // another address.
        if !self.to_resolver {
            let allow = &self.shared.options.allow;
            allow.check(address).map_err(|what| not_allowed(&address.to_string(), &what))?;
        }
        let permit = self.place(address).await?;
        let limit = self.shared.options.connections;
        if self.shared.opened.fetch_add(1, Ordering::Relaxed) >= limit {
            let detail = format!("the run's budget of {limit} connections is used up");
            return Err(Reason::new(ReasonKind::Budget, detail));
        }
        Ok(permit)
    }

    /// A place among the connections to an address. The wait for it is bounded by the run alone: it says
    /// nothing about the peer.
    async fn place(&self, address: SocketAddr) -> Result<OwnedSemaphorePermit, Reason> {
        let gate = self.gate(address.ip());
        if let Ok(permit) = gate.places.clone().try_acquire_owned() {
            return Ok(permit);
        }
        let _waiting = Waiting::at(&gate);
        let keepers: Vec<_> = lock(&self.shared.gates.keepers).iter().filter_map(Weak::upgrade).collect();
        for keeper in keepers {
            keeper.let_go(address.ip());
        }
        let acquired = gate.places.clone().acquire_owned();
        let acquired = match self.shared.options.deadline {
            None => acquired.await,
            Some(run) => tokio::time::timeout_at(run, acquired).await.map_err(|_| {
                let detail = format!("connecting to {address}: the time of the run was used up");
                Reason::new(ReasonKind::Budget, detail)
            })?,
        };
        acquired.map_err(|_| Reason::new(ReasonKind::Other, format!("the gate to {address} was closed")))
    }

    fn gate(&self, ip: IpAddr) -> Arc<Gate> {
        let places = self.per_address();
        let new =
            || Arc::new(Gate { places: Arc::new(Semaphore::new(places)), waiting: AtomicUsize::new(0) });
        let mut gates = lock(&self.shared.gates.gates);
        if gates.len() >= MAX_GATES && !gates.contains_key(&ip) {
            // Those that nobody is at: whoever is holds the gate, or a permit, which holds its places.
            gates.retain(|_, gate| Arc::strong_count(gate) > 1 || Arc::strong_count(&gate.places) > 1);
        }
        gates.entry(ip).or_insert_with(new).clone()
    }
}

/// Why nobody was asked at an address that is not allowed.
fn not_allowed(who: &str, what: &str) -> Reason {
    let detail = format!("{who} is not asked: it {what}, and this target must not lead there");
    Reason::new(ReasonKind::NotAsked, detail)
}

/// A panic elsewhere leaves nothing half done here.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn tidy(mut addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    addresses.sort_unstable();
    addresses.dedup();
    addresses.truncate(MAX_ADDRESSES);
    addresses
}

/// Puts an I/O error into the words of a report.
pub fn io_reason(what: &str, error: &io::Error) -> Reason {
    let (kind, detail) = match error.kind() {
        io::ErrorKind::ConnectionRefused => (ReasonKind::ConnectionRefused, "the port is closed".into()),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            (ReasonKind::Reset, "the peer reset the connection".into())
        }
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionAborted => {
            (ReasonKind::Closed, "the peer closed the connection before its answer was whole".into())
        }
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::AddrNotAvailable
        | io::ErrorKind::PermissionDenied => (ReasonKind::Unreachable, error.to_string()),
        io::ErrorKind::TimedOut => (ReasonKind::Timeout, "the system gave up waiting".into()),
        _ => (ReasonKind::Other, error.to_string()),
    };
    Reason::new(kind, format!("{what}: {detail}"))
}

/// A TCP connection that holds its place in the budget until it is dropped.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    _permit: OwnedSemaphorePermit,
    /// A place among fewer, where there is one.
    _place: Option<OwnedSemaphorePermit>,
}

impl Connection {
    /// This end of it; none where the system does not say.
    pub(crate) fn local_address(&self) -> Option<SocketAddr> {
        self.stream.local_addr().ok()
    }

    /// The same connection, which holds this place too until it is dropped.
    pub(crate) fn in_place(self, place: Option<OwnedSemaphorePermit>) -> Self {
        Connection { _place: place, ..self }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
