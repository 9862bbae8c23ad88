//! A finished handshake on a connection that began in plain text, and what is said inside.

use std::net::SocketAddr;
use std::sync::Arc;

use midwatch_model::{Host, Reason, ReasonKind};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::handshake;
use crate::net::{Connection, Net, io_reason};

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
) -> Result<TlsStream<Connection>, Reason> {
    let what = format!("TLS handshake with {address}");
    let config = Arc::new(handshake::config(rustls::ALL_VERSIONS, &[])?);
    let name = match (server_name.or(host.name()), host) {
        (Some(name), _) => ServerName::try_from(name.to_owned()).map_err(|_| {
            Reason::new(ReasonKind::Handshake, format!("{name} cannot be named in a TLS handshake"))
        })?,
        (None, Host::Address(ip)) => ServerName::IpAddress((*ip).into()),
        (None, Host::Name(_)) => ServerName::IpAddress(address.ip().into()),
    };
    let work = TlsConnector::from(config).connect(name, connection);
    net.step(&what, work).await?.map_err(|error| {
        let why = io_reason(&what, &error);
        match why.kind {
            ReasonKind::Other => Reason::new(ReasonKind::Handshake, why.detail),
            _ => why,
        }
    })
}

/// Octets that are read inside TLS to see what was answered there.
const MAX_HEARD: usize = 16 * 1024;

/// Says one thing inside TLS, and reads until `tell` knows enough or the server closes.
pub(super) async fn listen(
    net: &Net,
    stream: &mut TlsStream<Connection>,
    say: &[u8],
    address: SocketAddr,
    tell: impl Fn(&[u8], bool) -> Option<bool>,
) -> Result<bool, Reason> {
    let what = format!("waiting for what {address} answers inside TLS");
    let work = async {
        let io = |error: std::io::Error| io_reason(&what, &error);
        stream.write_all(say).await.map_err(io)?;
        stream.flush().await.map_err(io)?;
        let mut heard = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            // A server that drops the connection without TLS's goodbye has said all that it will say.
            let count = match stream.read(&mut buffer).await {
                Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => 0,
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
