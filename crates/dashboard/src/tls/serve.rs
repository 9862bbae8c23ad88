//! Connections: who may make one, how many, and for how long each may do nothing.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::guard::addresses::{Allowed, network};
use crate::guard::proxy::Proxies;

/// Who asks, put to each request. Behind a proxy the guard puts there for whom it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// From where; IPv4 as such.
    pub address: SocketAddr,
    /// Over TLS, here or at the proxy.
    pub is_tls: bool,
}

/// What one listener bears.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Connections in all.
    pub connections: usize,
    /// Connections of one address (IPv4) or 64 bits (IPv6).
    pub each: usize,
    /// How long a TLS handshake may take.
    pub handshake: Duration,
    /// How long the head of a request may take, from the end of the last one on: an idle connection ends then.
    pub head: Duration,
    /// How long requests may go on after the end was asked for.
    pub stop: Duration,
    /// Who may connect.
    pub allowed: Allowed,
    /// Proxies, which make connections for many: no limit for each counts them.
    pub proxies: Proxies,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            connections: 1024,
            each: 256,
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(30),
            stop: Duration::from_secs(5),
            allowed: Allowed::default(),
            proxies: Proxies::default(),
        }
    }
}

/// The most octets of a request's head: HTTP/1.1 buffer, and HTTP/2 header list.
const HEAD: usize = 32 * 1024;

/// Streams of one connection at the same time (HTTP/2).
const STREAMS: u32 = 100;

/// How long a connection of HTTP/2 may be silent before it is asked whether it is there.
const ALIVE: Duration = Duration::from_secs(30);

/// Places of connections, counted by network.
#[derive(Clone, Debug, Default)]
struct Places(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// A place that is freed when this is dropped.
struct Place {
    places: Places,
    network: IpAddr,
}

impl Places {
    fn take(&self, address: IpAddr, bounds: &Bounds) -> Option<Place> {
        let network = network(address);
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = places.values().sum();
        let here = places.get(&network).copied().unwrap_or(0);
        if all >= bounds.connections || (here >= bounds.each && !bounds.proxies.has(address)) {
            return None;
        }
        places.insert(network, here + 1);
        Some(Place { places: self.clone(), network })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = places.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                places.remove(&self.network);
            }
        }
    }
}

/// Serves until `stop` is ready; then what is being answered may end, for a while. Each request carries a [`Peer`].
///
/// A connection of somebody who may not connect, or for whom there is no place, is closed before anything is read from
/// it. On a listener with TLS, whatever is no TLS is closed without a word.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    router: Router,
    bounds: Bounds,
    stop: impl Future<Output = ()>,
) {
    let acceptor = tls.map(TlsAcceptor::from);
    let (places, bounds) = (Places::default(), Arc::new(bounds));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Such as too many open files: others end meanwhile.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let address = SocketAddr::new(address.ip().to_canonical(), address.port());
        if !bounds.allowed.has(address.ip()) {
            tracing::debug!(%address, "may not connect");
            continue;
        }
        let Some(place) = places.take(address.ip(), &bounds) else {
            tracing::warn!(%address, "too many connections");
            continue;
        };
        let (acceptor, router, bounds, watcher) =
            (acceptor.clone(), router.clone(), bounds.clone(), graceful.watcher());
        tokio::spawn(async move {
            let _place = place;
            let _ = stream.set_nodelay(true);
            match acceptor {
                None => {
                    answer(stream, Peer { address, is_tls: false }, false, router, &bounds, watcher).await
                }
                Some(acceptor) => {
                    let Some(stream) = handshake(acceptor, stream, &bounds).await else { return };
                    let is_second = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                    answer(stream, Peer { address, is_tls: true }, is_second, router, &bounds, watcher).await;
                }
            }
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(bounds.stop, graceful.shutdown()).await;
}

/// A finished handshake; nothing where there is none, or where it was only to prove a name to an ACME server.
async fn handshake(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    bounds: &Bounds,
) -> Option<tokio_rustls::server::TlsStream<TcpStream>> {
    let mut first = [0; 1];
    let limit = tokio::time::timeout(bounds.handshake, async {
        let count = stream.peek(&mut first).await.ok()?;
        // The type of a handshake record (RFC 8446, section 5.1); rustls would answer anything else with an alert.
        if count == 0 || first != [22] {
            // What came is read, so that the connection ends in order and is not reset.
            let mut stream = stream;
            let _ = stream.try_read(&mut [0; 4096]);
            let _ = stream.shutdown().await;
            return None;
        }
        acceptor.accept(stream).await.ok()
    });
    let stream = limit.await.ok().flatten()?;
    (stream.get_ref().1.alpn_protocol() != Some(super::acme::PROTOCOL)).then_some(stream)
}

async fn answer<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    peer: Peer,
    is_second: bool,
    router: Router,
    bounds: &Bounds,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        router.clone().oneshot(request)
    });
    // What was agreed on in the handshake; browsers speak HTTP/2 over TLS alone.
    let builder = auto::Builder::new(TokioExecutor::new());
    let mut builder = if is_second { builder.http2_only() } else { builder.http1_only() };
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head)
        .max_buf_size(HEAD)
        .max_headers(64);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(ALIVE)
        .keep_alive_timeout(ALIVE)
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(HEAD).unwrap_or(u32::MAX));
    let stream = Prompt::new(stream, bounds.head);
    let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, address = %peer.address, "a connection ended");
    }
}

/// A connection whose first octets have to come in time: HTTP/2 by itself would wait for its preface without end. What
/// comes later has limits of its own.
struct Prompt<S> {
    inner: S,
    limit: Option<std::pin::Pin<Box<tokio::time::Sleep>>>,
    read: usize,
}

/// Octets of the preface of HTTP/2 (RFC 9113, section 3.4); no request of HTTP/1.1 is much shorter.
const PREFACE: usize = 24;

impl<S> Prompt<S> {
    fn new(inner: S, limit: Duration) -> Prompt<S> {
        Prompt { inner, limit: Some(Box::pin(tokio::time::sleep(limit))), read: 0 }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Prompt<S> {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        let polled = std::pin::Pin::new(&mut self.inner).poll_read(context, buffer);
        self.read = self.read.saturating_add(buffer.filled().len().saturating_sub(before));
        if self.read >= PREFACE {
            self.limit = None;
        }
        let is_late = self.limit.as_mut().is_some_and(|limit| limit.as_mut().poll(context).is_ready());
        if polled.is_pending() && is_late {
            return std::task::Poll::Ready(Err(std::io::ErrorKind::TimedOut.into()));
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Prompt<S> {
    fn poll_write(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
        buffer: &[u8],
    ) -> std::task::Poll<std::io::Result<usize>> {
        std::pin::Pin::new(&mut self.inner).poll_write(context, buffer)
    }

    fn poll_flush(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::pin::Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::pin::Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests;
