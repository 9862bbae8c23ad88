//! A fleet of thousands of hosts in one process, for tests and benchmarks of load and of faults: each has an address of its
//! own on loopback (127.0.0.0/8), a name, a certificate by one authority, and a small site over TLS and plain HTTP.
//!
//! | host | its address | its name |
//! |---|---|---|
//! | 1 | 127.1.0.1 | `n00001.fleet.test` |
//! | 10000 | 127.1.39.16 | `n10000.fleet.test` |
//!
//! The names are answered by a resolver of the fleet's own, over UDP. All hosts share two ports, on sockets that are bound
//! to the interface `lo`, so that nothing of them is seen from outside. Some of the hosts take connections and then never
//! say a word. What a host shows can be changed while it runs: its certificate, and its HSTS header.

mod certificates;
mod configuration;
mod names;
mod site;

use std::collections::BTreeSet;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use certificates::Certificates;
pub use configuration::Settings;
use socket2::{Domain, Socket, Type};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::runtime::Runtime;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// The first host is the one after this address.
const BASE: Ipv4Addr = Ipv4Addr::new(127, 1, 0, 0);

/// More hosts would run out of 127.1.0.0/16.
const MAX_HOSTS: u32 = 65_000;

/// A connection with which nothing happens for so long is ended.
const IDLE: Duration = Duration::from_secs(60);

/// Connections that wait to be taken.
const BACKLOG: i32 = 4096;

/// How the fleet is made.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// So many hosts.
    pub hosts: u32,
    /// Each so-manieth never answers; none where it is 0.
    pub silent_every: u32,
    /// The port of TLS; 0 for a free one.
    pub https: u16,
    /// The port of plain HTTP; 0 for a free one.
    pub http: u16,
    /// The resolver's port; 0 for a free one.
    pub dns: u16,
}

impl Options {
    /// So many hosts on free ports, of which a tenth never answers.
    pub fn of(hosts: u32) -> Options {
        Options { hosts, silent_every: 10, https: 0, http: 0, dns: 0 }
    }
}

/// A running fleet. It ends when this is dropped.
#[derive(Debug)]
pub struct Fleet {
    shared: Arc<Shared>,
    https: u16,
    http: u16,
    dns: SocketAddr,
    /// None only while it is being dropped.
    runtime: Option<Runtime>,
}

/// What all connections share.
#[derive(Debug)]
struct Shared {
    hosts: u32,
    silent_every: u32,
    certificates: Certificates,
    /// Hosts that send no HSTS header.
    without_hsts: Mutex<BTreeSet<u32>>,
    connections: AtomicU64,
    handshakes: AtomicU64,
    requests: AtomicU64,
}

impl Shared {
    fn is_silent(&self, host: u32) -> bool {
        self.silent_every > 0 && host.is_multiple_of(self.silent_every)
    }

    /// The host at an address of this machine.
    fn host_at(&self, address: SocketAddr) -> Option<u32> {
        let SocketAddr::V4(address) = address else { return None };
        let host = u32::from(*address.ip()).checked_sub(u32::from(BASE))?;
        (1..=self.hosts).contains(&host).then_some(host)
    }

    fn without_hsts(&self) -> std::sync::MutexGuard<'_, BTreeSet<u32>> {
        self.without_hsts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fleet {
    /// Starts it.
    ///
    /// # Panics
    /// When there are more than 65,000 hosts or a port is taken.
    pub fn start(options: Options) -> Fleet {
        assert!(options.hosts <= MAX_HOSTS, "a fleet has {MAX_HOSTS} hosts at most");
        let port = |wanted: u16| if wanted == 0 { crate::free_port() } else { wanted };
        let (https, http, dns) = (port(options.https), port(options.http), port(options.dns));
        let shared = Arc::new(Shared {
            hosts: options.hosts,
            silent_every: options.silent_every,
            certificates: Certificates::new(),
            without_hsts: Mutex::default(),
            connections: AtomicU64::new(0),
            handshakes: AtomicU64::new(0),
            requests: AtomicU64::new(0),
        });
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("fleet")
            .enable_all()
            .build()
            .expect("a runtime");
        let guard = runtime.enter();
        for (port, is_tls) in [(https, true), (http, false)] {
            let listener = listen(port).unwrap_or_else(|error| panic!("port {port} on lo: {error}"));
            tokio::spawn(accept(listener, shared.clone(), is_tls));
        }
        let dns = SocketAddr::from((Ipv4Addr::LOCALHOST, dns));
        let socket = std::net::UdpSocket::bind(dns).unwrap_or_else(|error| panic!("{dns}: {error}"));
        socket.set_nonblocking(true).expect("a socket that does not block");
        let socket = UdpSocket::from_std(socket).expect("a socket of the runtime");
        tokio::spawn(names::answer(socket, options.hosts));
        drop(guard);
        Fleet { shared, https, http, dns, runtime: Some(runtime) }
    }

    /// How many hosts there are.
    pub fn hosts(&self) -> u32 {
        self.shared.hosts
    }

    /// The port of TLS, of all hosts.
    pub fn https(&self) -> u16 {
        self.https
    }

    /// The port of plain HTTP, of all hosts.
    pub fn http(&self) -> u16 {
        self.http
    }

    /// Where its resolver answers.
    pub fn dns(&self) -> SocketAddr {
        self.dns
    }

    /// The authority's certificate in PEM.
    pub fn authority(&self) -> &str {
        self.shared.certificates.authority()
    }

    /// True for a host that never answers.
    pub fn is_silent(&self, host: u32) -> bool {
        self.shared.is_silent(host)
    }

    /// A host gets another certificate, with another serial number and the same key: a renewal. With `other_key`, with
    /// another key too, which is what somebody in the middle would show.
    pub fn swap(&self, host: u32, other_key: bool) {
        self.shared.certificates.swap(host, other_key);
    }

    /// A host's site sends an HSTS header, or does not.
    pub fn set_hsts(&self, host: u32, is_sent: bool) {
        let mut without = self.shared.without_hsts();
        if is_sent {
            without.remove(&host)
        } else {
            without.insert(host)
        };
    }

    /// Connections so far, finished TLS handshakes, and requests that were answered.
    pub fn counts(&self) -> [u64; 3] {
        let shared = &self.shared;
        [&shared.connections, &shared.handshakes, &shared.requests].map(|count| count.load(Ordering::Relaxed))
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Silent connections would be waited for.
            runtime.shutdown_background();
        }
    }
}

/// A host's address.
pub fn address_of(host: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(BASE).saturating_add(host))
}

/// A host's name.
pub fn name_of(host: u32) -> String {
    format!("{}.{}", id_of(host), names::DOMAIN)
}

/// The first label of a host's name.
pub fn id_of(host: u32) -> String {
    format!("n{host:05}")
}

/// The host of such a label.
pub fn host_of(id: &str) -> Option<u32> {
    id.strip_prefix('n')?.parse().ok()
}

/// Listens on all addresses of loopback and nowhere else.
fn listen(port: u16) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind_device(Some(b"lo"))?;
    socket.set_reuse_address(true)?;
    socket.bind(&SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port).into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket.into())
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, is_tls: bool) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                shared.connections.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(serve(stream, shared.clone(), is_tls));
            }
            // Out of files, most likely: others end soon.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>, is_tls: bool) {
    let Some(host) = stream.local_addr().ok().and_then(|address| shared.host_at(address)) else { return };
    if shared.is_silent(host) {
        silence(stream).await;
    } else if is_tls {
        let acceptor = TlsAcceptor::from(shared.certificates.of(host));
        if let Ok(Ok(stream)) = timeout(IDLE, acceptor.accept(stream)).await {
            shared.handshakes.fetch_add(1, Ordering::Relaxed);
            site::serve(stream, host, &shared, true).await;
        }
    } else {
        site::serve(stream, host, &shared, false).await;
    }
}

/// Takes what comes and says nothing, until the other side has enough.
async fn silence(stream: TcpStream) {
    let mut buffer = [0; 1024];
    loop {
        if stream.readable().await.is_err() {
            return;
        }
        match stream.try_read(&mut buffer) {
            Ok(0) => return,
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return,
            _ => {}
        }
    }
}
