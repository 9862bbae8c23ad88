//! A connection to an origin, with TLS where the URL says so.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Empty;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use midwatch_model::{Host, Reason, ReasonKind};
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use url::Url;

use super::MAX_HEADERS;
use crate::net::{Net, io_reason};

/// Header lines that one answer may have. Far more than any server sends, so that counting them is left to
/// [`MAX_HEADERS`].
const MAX_LINES: usize = 4096;

/// Scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Origin {
    pub(super) secure: bool,
    pub(super) host: Host,
    pub(super) port: u16,
}

impl Origin {
    /// The origin of a URL; none where it is neither http nor https, or names no host.
    pub(super) fn of(url: &Url) -> Option<Origin> {
        let secure = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let host = match url.host()? {
            url::Host::Domain(name) => Host::Name(name.trim_end_matches('.').to_owned()),
            url::Host::Ipv4(address) => Host::Address(address.into()),
            url::Host::Ipv6(address) => Host::Address(address.into()),
        };
        Some(Origin { secure, host, port: url.port_or_known_default()? })
    }
}

/// Why there is no answer, and from which address.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) address: Option<SocketAddr>,
    pub(super) why: Reason,
}

/// Sends requests on a connection.
#[derive(Debug)]
pub(super) enum Sender {
    /// One after the other.
    Http1(http1::SendRequest<Empty<Bytes>>),
    /// Side by side.
    Http2(http2::SendRequest<Empty<Bytes>>),
}

/// A connection that is up, with the task that drives it.
#[derive(Debug)]
pub(super) struct Connected {
    pub(super) sender: Sender,
    pub(super) driver: Driver,
}

/// The task that drives a connection. It ends when this is dropped, whatever the peer does.
#[derive(Debug)]
pub(super) struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Connects to `address`, and finishes a TLS handshake where the origin is https.
pub(super) async fn connect(
    net: &Net,
    origin: &Origin,
    address: SocketAddr,
    tls: &Arc<ClientConfig>,
) -> Result<Connected, Failure> {
    let failed = |why| Failure { address: Some(address), why };
    let connection = net.connect(address).await.map_err(failed)?;
    if !origin.secure {
        return http1_over(net, connection, address).await.map_err(failed);
    }
    let name = match &origin.host {
        Host::Name(name) => ServerName::try_from(name.clone()).map_err(|_| {
            let detail = format!("{name} cannot be named in a TLS handshake");
            failed(Reason::new(ReasonKind::Handshake, detail))
        })?,
        Host::Address(ip) => ServerName::IpAddress((*ip).into()),
    };
    let what = format!("TLS handshake with {address}");
    let handshake = TlsConnector::from(tls.clone()).connect(name, connection);
    let stream = net
        .step(&what, handshake)
        .await
        .map_err(failed)?
        .map_err(|error| failed(handshake_reason(&what, &error)))?;
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let result = if is_http2 {
        http2_over(net, stream, address).await
    } else {
        http1_over(net, stream, address).await
    };
    result.map_err(failed)
}

async fn http1_over<T>(net: &Net, stream: T, address: SocketAddr) -> Result<Connected, Reason>
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let what = format!("HTTP/1.1 with {address}");
    let (sender, connection) = net
        .step(
            &what,
            // As lenient as browsers, so that what a visitor sees is seen here too.
            http1::Builder::new()
                .allow_obsolete_multiline_headers_in_responses(true)
                .allow_spaces_after_header_name_in_responses(true)
                .ignore_invalid_headers_in_responses(true)
                .max_headers(MAX_LINES)
                .max_buf_size(MAX_HEADERS)
                .handshake(TokioIo::new(stream)),
        )
        .await?
        .map_err(|error| reason(&what, &error))?;
    let driver = Driver(tokio::spawn(async move {
        // An error is told to the request that waits.
        let _ = connection.await;
    }));
    Ok(Connected { sender: Sender::Http1(sender), driver })
}

async fn http2_over<T>(net: &Net, stream: T, address: SocketAddr) -> Result<Connected, Reason>
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let what = format!("HTTP/2 with {address}");
    let (sender, connection) = net
        .step(
            &what,
            http2::Builder::new(TokioExecutor::new())
                .max_header_list_size(MAX_HEADERS as u32)
                .initial_stream_window_size(1 << 20)
                .initial_connection_window_size(4 << 20)
                .handshake(TokioIo::new(stream)),
        )
        .await?
        .map_err(|error| reason(&what, &error))?;
    let driver = Driver(tokio::spawn(async move {
        let _ = connection.await;
    }));
    Ok(Connected { sender: Sender::Http2(sender), driver })
}

/// A failed handshake in the words of a report.
fn handshake_reason(what: &str, error: &std::io::Error) -> Reason {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(inner) => Reason::new(ReasonKind::Handshake, format!("{what}: {inner}")),
        None => io_reason(what, error),
    }
}

/// hyper's error in the words of a report.
pub(crate) fn reason(what: &str, error: &hyper::Error) -> Reason {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<std::io::Error>()
            && io.get_ref().is_none()
        {
            return io_reason(what, io);
        }
        source = inner.source();
    }
    let (kind, detail) = if error.is_parse_too_large() {
        (ReasonKind::Limit, format!("the header section is longer than {} KiB", MAX_HEADERS >> 10))
    } else if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        (ReasonKind::Closed, "the peer closed the connection before its answer was whole".to_owned())
    } else if error.is_parse() {
        (ReasonKind::Protocol, format!("the answer is no HTTP: {error}"))
    } else {
        let inner = std::error::Error::source(error).map(|inner| format!(": {inner}")).unwrap_or_default();
        (ReasonKind::Protocol, format!("{error}{inner}"))
    };
    Reason::new(kind, format!("{what}: {detail}"))
}
