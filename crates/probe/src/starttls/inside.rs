//! A finished handshake on a connection that began in plain text, and what is said inside.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use midwatch_model::{Host, Reason, ReasonKind};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::handshake;
use crate::net::{Connection, Net, io_reason};

/// Octets that are kept of what a server says where TLS is due.
pub(super) const KEPT: usize = 300;

/// A connection that keeps the first octets that come on it.
#[derive(Debug)]
pub(super) struct Heard {
    connection: Connection,
    first: Arc<Mutex<Vec<u8>>>,
}

impl AsyncRead for Heard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.connection).poll_read(context, buffer);
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        let room = KEPT.saturating_sub(first.len());
        first.extend(buffer.filled().iter().skip(before).take(room));
        drop(first);
        polled
    }
}

impl AsyncWrite for Heard {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.connection).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_shutdown(context)
    }
}

/// A handshake that was not finished.
#[derive(Debug)]
pub(super) struct Failed {
    /// Why.
    pub(super) why: Reason,
    /// What the server said instead, [`KEPT`] octets of it at most.
    pub(super) heard: Vec<u8>,
    /// The connection, where it was not given up.
    pub(super) connection: Option<Connection>,
}

impl Failed {
    /// Whether what was heard cannot be the beginning of a record of TLS (RFC 8446 5.1), be it an alert.
    pub(super) fn is_in_plain_text(&self) -> bool {
        let is_record = |kind: &u8| (20..=23).contains(kind);
        !(self.heard.first().is_none_or(is_record) && self.heard.get(1).is_none_or(|major| *major == 3))
    }
}

/// Finishes a handshake with whoever presents a certificate.
///
/// # Errors
/// [`ReasonKind::Handshake`] where that fails: a server with TLS 1.1 and below alone, say, which is not spoken here.
pub(super) async fn handshake(
    net: &Net,
    connection: Connection,
    host: &Host,
    server_name: Option<&str>,
    address: SocketAddr,
) -> Result<TlsStream<Heard>, Failed> {
    let first = Arc::default();
    let heard = Heard { connection, first: Arc::clone(&first) };
    shake_hands(net, heard, host, server_name, address).await.map_err(|(why, left)| Failed {
        why,
        heard: std::mem::take(&mut first.lock().unwrap_or_else(PoisonError::into_inner)),
        connection: left.map(|heard| heard.connection),
    })
}

/// As [`handshake()`]; the connection comes back where it was not given up.
async fn shake_hands(
    net: &Net,
    connection: Heard,
    host: &Host,
    server_name: Option<&str>,
    address: SocketAddr,
) -> Result<TlsStream<Heard>, (Reason, Option<Heard>)> {
    let what = format!("TLS handshake with {address}");
    let config = handshake::config(rustls::ALL_VERSIONS, &[]).map_err(|why| (why, None))?;
    let name = match (server_name.or(host.name()), host) {
        (Some(name), _) => ServerName::try_from(name.to_owned()).map_err(|_| {
            let detail = format!("{name} cannot be named in a TLS handshake");
            (Reason::new(ReasonKind::Handshake, detail), None)
        })?,
        (None, Host::Address(ip)) => ServerName::IpAddress((*ip).into()),
        (None, Host::Name(_)) => ServerName::IpAddress(address.ip().into()),
    };
    let work = TlsConnector::from(Arc::new(config)).connect(name, connection).into_fallible();
    net.step(&what, work).await.map_err(|why| (why, None))?.map_err(|(error, connection)| {
        let why = io_reason(&what, &error);
        let why = match why.kind {
            ReasonKind::Other => Reason::new(ReasonKind::Handshake, why.detail),
            _ => why,
        };
        (why, Some(connection))
    })
}

/// Octets that are read inside TLS to see what was answered there.
const MAX_HEARD: usize = 16 * 1024;

/// Says one thing inside TLS, and reads until `tell` knows enough or the server closes.
pub(super) async fn listen(
    net: &Net,
    stream: &mut TlsStream<Heard>,
    say: &[u8],
    address: SocketAddr,
    tell: impl Fn(&[u8], bool) -> Option<bool>,
) -> Result<bool, Reason> {
    let what = format!("waiting for what {address} answers inside TLS");
    let work = async {
        let io = |error: io::Error| io_reason(&what, &error);
        stream.write_all(say).await.map_err(io)?;
        stream.flush().await.map_err(io)?;
        let mut heard = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            // A server that drops the connection without TLS's goodbye has said all that it will say.
            let count = match stream.read(&mut buffer).await {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => 0,
                other => other.map_err(io)?,
            };
            heard.extend_from_slice(buffer.get(..count).unwrap_or_default());
            if let Some(told) = tell(&heard, count == 0) {
                return Ok(told);
            }
            if count == 0 || heard.len() > MAX_HEARD {
                let detail = format!("{address} says nothing inside TLS that its answer can be told from");
                return Err(Reason::new(ReasonKind::Closed, detail));
            }
        }
    };
    net.step(&what, work).await?
}
