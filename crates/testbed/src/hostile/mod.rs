//! Servers that misbehave, in threads of this process.
//!
//! Each connection has a thread of its own. All of them end when the server is dropped.

pub mod dns;
mod http;
mod relay;
mod ssh;
pub mod starttls;
mod tls;

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::net::sockopt::set_socket_linger;

/// How often a thread that waits looks whether the server should end.
const LOOK: Duration = Duration::from_millis(50);

/// How a server misbehaves. All of them take the connection first.
#[derive(Clone, Debug)]
pub enum Behaviour {
    /// Never sends a byte, and never closes.
    NeverAnswers,
    /// Closes with a reset as soon as the connection is there.
    ResetsAtOnce,
    /// Closes in the ordinary way as soon as the connection is there.
    ClosesAtOnce,
    /// Reads a request (or whatever comes first) and answers with these bytes, then closes.
    Answers(Vec<u8>),

    /// HTTP: a sound answer, one byte a second.
    Drips,
    /// HTTP: header lines for ever.
    EndlessHeaders,
    /// HTTP: one header line for ever.
    EndlessHeaderLine,
    /// HTTP: an HTML body for ever, without Content-Length.
    EndlessBody,
    /// HTTP: an HTML body in chunks for ever.
    EndlessChunks,
    /// HTTP: an HTML body with Content-Encoding gzip that unpacks to a thousand times its size, for ever.
    Bomb,
    /// HTTP: `/a` redirects to `/b`, everything else to `/a`.
    RedirectLoop,
    /// HTTP: `/7` redirects to `/8`, and so on for ever.
    RedirectChain,

    /// TLS: a record that says it is a handshake and holds no message that could be one.
    GarbageServerHello,
    /// TLS: this fatal alert in answer to whatever comes.
    FatalAlert(u8),
    /// TLS: a record header that promises more than comes before the connection is closed.
    ClosesInRecord,
    /// TLS: a Certificate message of 16 MiB that never ends.
    EndlessHandshake,
    /// TLS: a sound ServerHello with a suite that the hello did not offer.
    SuiteNotOffered,
    /// TLS: closes without a word when a hello offers so many suites or more, else answers.
    BreaksAtSuites(usize),
    /// TLS: resets when the whole hello does not come with the first read of so many bytes at most, else
    /// answers.
    HelloInOneRead(usize),
    /// TLS: prefers DHE suites and sends parameters for them that no client can use (a prime of 8 bits); the
    /// other suites are sound.
    BadDhe,
    /// TLS: answers with these certificates (DER), as many as there are.
    Chain(Vec<Vec<u8>>),
    /// SSH: lines before the identification for ever.
    EndlessLines,
    /// SSH: says this and nothing more, and keeps the connection.
    SaysAndWaits(Vec<u8>),
    /// SSH: says this, reads something, and closes with a reset.
    SaysAndResets(Vec<u8>),
    /// STARTTLS: a small server of this protocol with a certificate of its own, sound but for this fault.
    Starttls(starttls::Dialect, starttls::Fault, Arc<starttls::Keys>),
    /// Sits in the middle: passes everything between the client and the server at this address, and puts the last bytes
    /// in the place of the first, of which there must be as many, wherever the server says them. No message of the
    /// server may end with the beginning of the first bytes: it would wait for the rest.
    Swaps(SocketAddr, Vec<u8>, Vec<u8>),
    /// Sits in the middle: passes everything between the client and the server at this address, and changes one bit
    /// of the server's protected record with this number, counted from 1.
    Tampers(SocketAddr, usize),
}

/// The suites that the TLS behaviours answer with, in the server's own order, where the hello offers them:
/// TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
/// TLS_RSA_WITH_AES_128_GCM_SHA256 and TLS_RSA_WITH_AES_128_CBC_SHA. All of TLS 1.2 and 1.2 alone.
pub const SUITES: [u16; 4] = [0xc02f, 0xc030, 0x009c, 0x002f];

/// The DHE suites that [`Behaviour::BadDhe`] puts before [`SUITES`]: TLS_DHE_RSA_WITH_AES_256_GCM_SHA384 and
/// TLS_DHE_RSA_WITH_AES_128_GCM_SHA256.
pub const DHE_SUITES: [u16; 2] = [0x009f, 0x009e];

/// A server that misbehaves. It ends when this is dropped.
#[derive(Debug)]
pub struct Hostile {
    address: SocketAddr,
    state: Arc<State>,
    listener: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct State {
    behaviour: Behaviour,
    ending: AtomicBool,
    connections: AtomicUsize,
}

impl Hostile {
    /// Starts one on a free port of 127.0.0.1.
    pub fn start(behaviour: Behaviour) -> Hostile {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("its address");
        let state =
            Arc::new(State { behaviour, ending: AtomicBool::new(false), connections: AtomicUsize::new(0) });
        let shared = Arc::clone(&state);
        let listener = thread::spawn(move || accept(&listener, &shared));
        Hostile { address, state, listener: Some(listener) }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// How many connections it has taken so far.
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.state.ending.store(true, Ordering::SeqCst);
        // Wakes the listener.
        let _ = TcpStream::connect(self.address);
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

fn accept(listener: &TcpListener, state: &Arc<State>) {
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    for stream in listener.incoming() {
        if state.ending.load(Ordering::SeqCst) {
            break;
        }
        let Ok(stream) = stream else { continue };
        state.connections.fetch_add(1, Ordering::SeqCst);
        threads.retain(|thread| !thread.is_finished());
        let state = Arc::clone(state);
        threads.push(thread::spawn(move || {
            // The peer goes when it has had enough: that is no error here.
            let _ = behave(&mut Wire { stream, state: &state }, &state.behaviour);
        }));
    }
    for thread in threads {
        let _ = thread.join();
    }
}

fn behave(wire: &mut Wire<'_>, behaviour: &Behaviour) -> io::Result<()> {
    match behaviour {
        Behaviour::NeverAnswers => wire.wait(Duration::MAX),
        Behaviour::ResetsAtOnce => wire.reset(),
        Behaviour::ClosesAtOnce => Ok(()),
        Behaviour::Answers(bytes) => {
            wire.read_some(64 * 1024)?;
            wire.write_all(bytes)?;
            wire.drain()
        }
        Behaviour::Drips => http::drips(wire),
        Behaviour::EndlessHeaders => http::endless_headers(wire),
        Behaviour::EndlessHeaderLine => http::endless_header_line(wire),
        Behaviour::EndlessBody => http::endless_body(wire),
        Behaviour::EndlessChunks => http::endless_chunks(wire),
        Behaviour::Bomb => http::bomb(wire),
        Behaviour::RedirectLoop => {
            http::redirects(wire, |path| if path == "/a" { "/b" } else { "/a" }.into())
        }
        Behaviour::RedirectChain => http::redirects(wire, |path| {
            let number: u64 = path.trim_start_matches('/').parse().unwrap_or(0);
            format!("/{}", number + 1)
        }),
        Behaviour::GarbageServerHello => tls::garbage(wire),
        Behaviour::FatalAlert(alert) => tls::alert(wire, *alert),
        Behaviour::ClosesInRecord => tls::closes_in_record(wire),
        Behaviour::EndlessHandshake => tls::endless_handshake(wire),
        Behaviour::SuiteNotOffered => tls::suite_not_offered(wire),
        Behaviour::BreaksAtSuites(most) => tls::breaks_at_suites(wire, *most),
        Behaviour::HelloInOneRead(most) => tls::hello_in_one_read(wire, *most),
        Behaviour::BadDhe => tls::prefers_bad_dhe(wire),
        Behaviour::Chain(certificates) => tls::chain(wire, certificates),
        Behaviour::EndlessLines => ssh::endless_lines(wire),
        Behaviour::SaysAndWaits(bytes) => ssh::says_and_waits(wire, bytes),
        Behaviour::SaysAndResets(bytes) => ssh::says_and_resets(wire, bytes),
        Behaviour::Starttls(dialect, fault, keys) => starttls::serve(wire, *dialect, fault, keys),
        Behaviour::Swaps(server, from, to) => relay::swaps(wire, *server, from, to),
        Behaviour::Tampers(server, record) => relay::tampers(wire, *server, *record),
    }
}

/// A connection whose reads and writes end when the server should.
struct Wire<'a> {
    stream: TcpStream,
    state: &'a State,
}

impl Wire<'_> {
    fn ending(&self) -> bool {
        self.state.ending.load(Ordering::SeqCst)
    }

    /// Reads once, at most `most` bytes. None at the peer's end.
    fn read_some(&mut self, most: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; most];
        let count = self.read(&mut bytes)?;
        bytes.truncate(count);
        Ok(bytes)
    }

    /// Waits so long, or until the server should end.
    fn wait(&self, time: Duration) -> io::Result<()> {
        let start = Instant::now();
        while start.elapsed() < time {
            if self.ending() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            thread::sleep(LOOK.min(time));
        }
        Ok(())
    }

    /// Closes with a reset.
    fn reset(&self) -> io::Result<()> {
        // A linger time of zero throws away what is unsent and resets on close.
        set_socket_linger(&self.stream, Some(Duration::ZERO))?;
        Ok(())
    }

    /// Says that nothing more comes, and reads what the peer still sends, so that closing is no reset.
    fn drain(&mut self) -> io::Result<()> {
        self.stream.shutdown(std::net::Shutdown::Write)?;
        while !self.read_some(16 * 1024)?.is_empty() {}
        Ok(())
    }
}

/// Reads in steps, so that the end of the server is noticed.
impl Read for Wire<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(LOOK))?;
        loop {
            match self.stream.read(bytes) {
                Err(error) if is_timeout(&error) && !self.ending() => {}
                Err(error) if is_timeout(&error) => return Err(io::ErrorKind::ConnectionAborted.into()),
                other => return other,
            }
        }
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(LOOK))?;
        loop {
            if self.ending() {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            match self.stream.write(bytes) {
                Err(error) if is_timeout(&error) => {}
                other => return other,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}
