//! A session over a connection. Every wait has an end, and no more is read than an exchange has.

pub mod local;
pub mod relay;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use crate::message::MAX_SENT;
use crate::session::{Exchanged, Failure, Session, Stop};

/// How long the other side may take for one step. Nobody has to type anything in between.
pub const STEP: Duration = Duration::from_secs(30);

/// How long all steps together may take.
pub const WHOLE: Duration = Duration::from_secs(120);

/// How long a connection may take to come about.
pub const CONNECT: Duration = Duration::from_secs(10);

/// How long the other side may take to close, once all is said.
const CLOSING: Duration = Duration::from_secs(2);

const CHUNK: usize = 16 << 10;

/// Why there is no connection with the other side.
#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    /// The system says no.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done.
        doing: String,
        /// Why.
        source: io::Error,
    },
    /// Nobody there.
    #[error("{0}")]
    Nobody(String),
    /// Several claim the same number.
    #[error(
        "{0} computers in this network say that they wait at this number: by chance two people have the same, or somebody \
         wants to be taken for the other. The code has not been used; have the other say its address, and use '--at'"
    )]
    Several(usize),
    /// What the relay says.
    #[error("the relay says: {0}")]
    Relay(#[from] relay::Refusal),
    /// No random bytes.
    #[error(transparent)]
    Random(#[from] crate::NoRandomness),
}

impl ReachError {
    fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> ReachError {
        let doing = doing.into();
        |source| ReachError::Io { doing, source }
    }
}

/// Lets a session talk over a connection, to its outcome.
///
/// # Errors
/// [`Failure`] of the session.
pub async fn talk(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    session: &mut Session,
) -> Result<Exchanged, Failure> {
    let end = Instant::now() + WHOLE;
    let mut buffer = vec![0; CHUNK];
    let mut left = MAX_SENT;
    let outcome = loop {
        let output = session.output();
        let step = end.min(Instant::now() + STEP);
        let sent = timeout_at(step, stream.write_all(&output)).await;
        // A side that cannot be written to may have said why before it closed.
        let writable = matches!(sent, Ok(Ok(())));
        if let Some(outcome) = session.outcome() {
            break outcome.clone();
        }
        let room = left.min(buffer.len());
        let came = match buffer.get_mut(..room) {
            Some(room) if !room.is_empty() => timeout_at(step, stream.read(room)).await,
            _ => Ok(Ok(0)),
        };
        match came {
            Ok(Ok(count)) if count > 0 => {
                left = left.saturating_sub(count);
                session.input(buffer.get(..count).unwrap_or_default());
            }
            Err(_) if writable => session.stop(Stop::TimedOut),
            _ => session.stop(Stop::Closed),
        }
    };
    close(stream).await;
    outcome
}

/// Closes so that what was sent last arrives: with octets left unread, the system would take it back.
async fn close(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let quietly = async {
        stream.shutdown().await?;
        let mut buffer = vec![0; CHUNK];
        let mut left = MAX_SENT;
        loop {
            let count = stream.read(&mut buffer).await?;
            left = left.saturating_sub(count);
            if count == 0 || left == 0 {
                return io::Result::Ok(());
            }
        }
    };
    // Nothing that could come is waited for.
    let _ = timeout(CLOSING, quietly).await;
}

/// Connects to the first of these addresses that takes a connection.
///
/// # Errors
/// [`ReachError`].
pub async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, ReachError> {
    let mut last = None;
    for address in addresses {
        let tried = timeout(CONNECT, TcpStream::connect(address)).await;
        let failed = match tried {
            Ok(Ok(stream)) => {
                // The steps are short, and each waits for the one before.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => error,
            Err(_) => io::Error::new(io::ErrorKind::TimedOut, "no answer came in time"),
        };
        last = Some(ReachError::Io { doing: format!("connecting to {address}"), source: failed });
    }
    Err(last.unwrap_or_else(|| ReachError::Nobody("there is no address to connect to".into())))
}

/// The addresses of `HOST:PORT`, at most eight; a HOST of IPv6 may stand in brackets and have a zone.
///
/// # Errors
/// [`ReachError`].
pub async fn addresses(host: &str, port: u16) -> Result<Vec<SocketAddr>, ReachError> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let found = timeout(CONNECT, tokio::net::lookup_host((bare, port))).await;
    let found =
        found.unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "no answer came in time")));
    Ok(found.map_err(ReachError::io(format!("looking up {bare}")))?.take(8).collect())
}
