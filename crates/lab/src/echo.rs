//! A far end that says what reached it: a test of the way, from wherever midwatch asks it.
//!
//! Two services. The plain one answers a request with that request, byte for byte, and tells of a ClientHello that the
//! TLS one has received: `GET /hello/LABEL` is answered with the last that holds LABEL in its server name. No
//! handshake is finished and nothing is kept but the last hellos.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::listen::accept_all;

/// The longest request that is read.
const MAX_REQUEST: usize = 16 << 10;
/// The longest hello: those with post-quantum shares have 2 KiB.
const MAX_HELLO: usize = 16 << 10;
/// Hellos that are kept.
const MAX_KEPT: usize = 256;
/// How long a peer may take to send what it has to.
const PATIENCE: Duration = Duration::from_secs(10);

/// The header lines of every answer but for its length, so that one that was added on the way is seen.
pub const ANSWER_HEADERS: [&str; 3] =
    ["Content-Type: application/octet-stream", "Cache-Control: no-store", "X-Midwatch: echo"];

/// A running echo. It ends when this is dropped.
pub struct Echo {
    plain: SocketAddr,
    tls: SocketAddr,
    _tasks: JoinSet<()>,
}

type Hellos = Arc<Mutex<VecDeque<Vec<u8>>>>;

impl Echo {
    /// Starts both services at these addresses; port 0 is a free one.
    ///
    /// # Errors
    /// Where an address cannot be listened at.
    pub async fn start(plain: SocketAddr, tls: SocketAddr) -> io::Result<Echo> {
        let (plain, tls) = (TcpListener::bind(plain).await?, TcpListener::bind(tls).await?);
        let addresses = (plain.local_addr()?, tls.local_addr()?);
        let hellos = Hellos::default();
        let mut tasks = JoinSet::new();
        let known = hellos.clone();
        tasks.spawn(accept_all(plain, move |stream| answer(stream, known.clone())));
        tasks.spawn(accept_all(tls, move |stream| take(stream, hellos.clone())));
        Ok(Echo { plain: addresses.0, tls: addresses.1, _tasks: tasks })
    }

    /// Where the plain service listens.
    pub fn plain(&self) -> SocketAddr {
        self.plain
    }

    /// Where the TLS service listens.
    pub fn tls(&self) -> SocketAddr {
        self.tls
    }
}

/// Answers one request, and closes.
async fn answer(mut stream: TcpStream, hellos: Hellos) {
    let request = until(&mut stream, MAX_REQUEST, |bytes| bytes.ends_with(b"\r\n\r\n"));
    let Ok(Some(request)) = timeout(PATIENCE, request).await else { return };
    let line = request.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let label = line.strip_prefix(b"GET /hello/").and_then(|rest| rest.split(|byte| *byte == b' ').next());
    let (status, body) = match label {
        None => ("200 OK", request),
        Some(label) => match find(&hellos, label) {
            Some(hello) => ("200 OK", hello),
            None => ("404 Not Found", Vec::new()),
        },
    };
    let head = format!(
        "HTTP/1.1 {status}\r\n{}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        ANSWER_HEADERS.join("\r\n"),
        body.len()
    );
    let _ = stream.write_all(&[head.as_bytes(), &body].concat()).await;
    let _ = stream.shutdown().await;
}

/// The last hello that holds a label. Short ones would be in every hello.
fn find(hellos: &Hellos, label: &[u8]) -> Option<Vec<u8>> {
    let known = hellos.lock().unwrap_or_else(PoisonError::into_inner);
    let holds = |hello: &&Vec<u8>| hello.windows(label.len()).any(|window| window == label);
    (label.len() >= 8).then(|| known.iter().rev().find(holds).cloned()).flatten()
}

/// Keeps one ClientHello, and ends the handshake with an alert.
async fn take(mut stream: TcpStream, hellos: Hellos) {
    let hello = until(&mut stream, MAX_HELLO, is_whole);
    let Ok(Some(hello)) = timeout(PATIENCE, hello).await else { return };
    {
        let mut known = hellos.lock().unwrap_or_else(PoisonError::into_inner);
        known.push_back(hello);
        if known.len() > MAX_KEPT {
            known.pop_front();
        }
    }
    // handshake_failure, fatal.
    let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, 40]).await;
    let _ = stream.shutdown().await;
}

/// One record of the handshake is there. A hello never needs more than the 16 KiB that one may hold.
fn is_whole(bytes: &[u8]) -> bool {
    match bytes {
        [22, _, _, high, low, rest @ ..] => rest.len() >= usize::from(u16::from_be_bytes([*high, *low])),
        [22, ..] | [] => false,
        _ => true,
    }
}

/// Reads until `done`; none where the peer ends before, or sends too much.
async fn until(stream: &mut TcpStream, limit: usize, done: impl Fn(&[u8]) -> bool) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    while !done(&bytes) {
        let count = stream.read(&mut buffer).await.ok()?;
        if count == 0 || bytes.len() + count > limit {
            return None;
        }
        bytes.extend_from_slice(buffer.get(..count)?);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_is_whole_with_its_record() {
        assert!(!is_whole(&[]) && !is_whole(&[22, 3, 1, 0, 2, 1]));
        assert!(is_whole(&[22, 3, 1, 0, 2, 1, 0]) && is_whole(b"GET / HTTP/1.1"));
    }

    #[test]
    fn a_label_finds_its_last_hello_and_a_short_one_none() {
        let hellos: Hellos = Arc::new(Mutex::new([b"..abcdefgh1".to_vec(), b"..abcdefgh2".to_vec()].into()));
        assert_eq!(find(&hellos, b"abcdefgh"), Some(b"..abcdefgh2".to_vec()));
        assert_eq!(find(&hellos, b"abc"), None);
    }
}
