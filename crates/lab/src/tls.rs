//! TLS 1.2 and 1.3 as it should be, by rustls, with the certificate that the SNI asks for.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::server::{Acceptor, ClientHello};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

use crate::pki::Identity;

const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// TLS_FALLBACK_SCSV (RFC 7507).
const FALLBACK_SCSV: u16 = 0x5600;

/// A fatal alert `inappropriate_fallback` (86) in a record of its own.
const INAPPROPRIATE_FALLBACK: [u8; 7] = [21, 3, 3, 0, 2, 2, 86];

/// One TLS service for many names.
pub(crate) struct TlsFront {
    by_name: BTreeMap<String, Arc<ServerConfig>>,
    /// For hellos without SNI or with a name that is not here, as web servers do.
    default: Arc<ServerConfig>,
}

impl TlsFront {
    /// A front that offers HTTP/2 and HTTP/1.1, with `default` for everybody who names no host.
    pub(crate) fn new(default: &Identity) -> io::Result<TlsFront> {
        Ok(TlsFront { by_name: BTreeMap::new(), default: config(default)? })
    }

    /// Answers these names with this certificate.
    pub(crate) fn add(&mut self, names: &[&str], identity: &Identity) -> io::Result<()> {
        let config = config(identity)?;
        for name in names {
            self.by_name.insert((*name).to_owned(), Arc::clone(&config));
        }
        Ok(())
    }

    /// The whole handshake. `None` where it does not succeed in time: the peer has been told by an alert.
    pub(crate) async fn accept(&self, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        timeout(HANDSHAKE_TIME, self.handshake(stream)).await.ok()?.ok()
    }

    async fn handshake(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let mut start = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        let hello = start.client_hello();
        if is_fallback(&hello) {
            start.io.write_all(&INAPPROPRIATE_FALLBACK).await?;
            start.io.shutdown().await?;
            return Err(io::Error::other("inappropriate fallback"));
        }
        let config = hello
            .server_name()
            .and_then(|name| self.by_name.get(&name.to_ascii_lowercase()))
            .unwrap_or(&self.default);
        let config = Arc::clone(config);
        start.into_stream(config).await
    }
}

/// The client says that it fell back, and does not offer TLS 1.3, which is spoken here. rustls leaves this
/// signal out on purpose, since TLS 1.3 protects itself; a sound web server still heeds it.
fn is_fallback(hello: &ClientHello<'_>) -> bool {
    let mut scsv = false;
    let mut tls13 = false;
    for suite in hello.cipher_suites() {
        let suite = u16::from(*suite);
        scsv |= suite == FALLBACK_SCSV;
        tls13 |= (0x1301..=0x1305).contains(&suite);
    }
    scsv && !tls13
}

fn config(identity: &Identity) -> io::Result<Arc<ServerConfig>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![identity.certificate.clone()], identity.private_key())
        .map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
