//! DNS over TLS (RFC 7858).

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use domain::base::Message;
use domain::net::client::request::RequestMessage;
use midwatch_model::{Reason, ReasonKind};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::upstream::framed;
use crate::net::{Connection, Keeper, Net};
use crate::pki::TrustStores;

/// A connection that is opened with the first question and kept; one question at a time.
#[derive(Debug)]
pub(super) struct Line {
    address: SocketAddr,
    name: ServerName<'static>,
    config: Arc<ClientConfig>,
    turn: tokio::sync::Mutex<()>,
    idle: Arc<Idle>,
}

/// The connection while nobody asks.
#[derive(Debug)]
struct Idle {
    ip: IpAddr,
    stream: Mutex<Option<Box<TlsStream<Connection>>>>,
}

impl Idle {
    fn put(&self, stream: Option<Box<TlsStream<Connection>>>) -> Option<Box<TlsStream<Connection>>> {
        std::mem::replace(&mut *self.stream.lock().unwrap_or_else(PoisonError::into_inner), stream)
    }
}

impl Keeper for Idle {
    fn let_go(&self, ip: IpAddr) {
        if ip == self.ip {
            // Dropped outside of the lock.
            drop(self.put(None));
        }
    }
}

impl Line {
    pub(super) fn new(address: SocketAddr, name: Option<&str>, stores: &TrustStores) -> Result<Self, Reason> {
        let name = match name {
            None => ServerName::IpAddress(address.ip().into()),
            Some(name) => ServerName::try_from(name.to_owned()).map_err(|_| {
                Reason::new(ReasonKind::Other, format!("{name} cannot be the name of a resolver"))
            })?,
        };
        let config = Arc::new(config(stores, &[b"dot"])?);
        let idle = Arc::new(Idle { ip: address.ip(), stream: Mutex::new(None) });
        Ok(Line { address, name, config, turn: tokio::sync::Mutex::new(()), idle })
    }

    pub(super) async fn ask(
        &self,
        net: &Net,
        request: &RequestMessage<Vec<u8>>,
    ) -> Result<Message<Bytes>, Reason> {
        let what = format!("asking {} over TLS", self.address);
        let _turn = self.turn.lock().await;
        // A connection that was kept may have been closed meanwhile: then a new one is asked, once.
        if let Some(mut stream) = self.idle.put(None)
            && let Ok(Ok(answer)) = net.step(&what, framed(&mut stream, request, &what)).await
        {
            self.keep(net, stream);
            return Ok(answer);
        }
        let mut stream = Box::new(self.connect(net).await?);
        let answer = net.step(&what, framed(&mut stream, request, &what)).await??;
        self.keep(net, stream);
        Ok(answer)
    }

    /// Keeps the connection for the next question, unless somebody waits for its place: name servers may live at
    /// the resolver's address.
    fn keep(&self, net: &Net, stream: Box<TlsStream<Connection>>) {
        drop(self.idle.put(Some(stream)));
        if net.is_wanted(self.address.ip()) {
            drop(self.idle.put(None));
        }
    }

    async fn connect(&self, net: &Net) -> Result<TlsStream<Connection>, Reason> {
        net.register(Arc::downgrade(&(self.idle.clone() as Arc<dyn Keeper>)));
        shake(net, self.address, self.name.clone(), &self.config).await
    }
}

/// A finished and verified handshake with a resolver.
pub(super) async fn shake(
    net: &Net,
    address: SocketAddr,
    name: ServerName<'static>,
    config: &Arc<ClientConfig>,
) -> Result<TlsStream<Connection>, Reason> {
    let connection = net.connect(address).await?;
    let what = format!("TLS handshake with the resolver at {address}");
    net.step(&what, TlsConnector::from(config.clone()).connect(name, connection))
        .await?
        .map_err(|error| Reason::new(ReasonKind::Handshake, format!("{what}: {error}")))
}

/// Unlike a site, a resolver has to prove who it is.
pub(super) fn config(stores: &TrustStores, alpn: &[&[u8]]) -> Result<ClientConfig, Reason> {
    let mut roots = RootCertStore::empty();
    roots.roots.extend(stores.iter().flat_map(|store| store.anchors().iter().cloned()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Reason::new(ReasonKind::Other, error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    Ok(config)
}
