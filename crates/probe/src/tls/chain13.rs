//! The certificate of a server that speaks nothing below TLS 1.3, where certificates travel encrypted: a
//! real handshake by rustls, once for each kind of signature.

use std::sync::Arc;

use midwatch_model::{Reason, ReasonKind};
use rustls_pki_types::ServerName;
use tokio_rustls::TlsConnector;

use crate::handshake;
pub use crate::handshake::With;
use crate::net::Net;

/// A chain met in a finished handshake.
#[derive(Clone, Debug)]
pub struct Met {
    /// DER, leaf first, at most 100.
    pub certificates: Vec<Vec<u8>>,
    /// The stapled OCSP response.
    pub ocsp: Option<Vec<u8>>,
    /// The protocol that ALPN chose.
    pub alpn: Option<Vec<u8>>,
}

/// Finishes a TLS 1.3 handshake and keeps the chain.
///
/// # Errors
/// A [`Reason`], [`ReasonKind::Handshake`] where the server has no certificate of this kind.
pub async fn meet(
    net: &Net,
    address: std::net::SocketAddr,
    server_name: Option<&str>,
    with: With,
) -> Result<Met, Reason> {
    let (mut config, recorder) = handshake::config(with, &[&rustls::version::TLS13], &["h2", "http/1.1"])?;
    config.enable_sni = server_name.is_some();
    let name = match server_name {
        Some(name) => ServerName::try_from(name.to_owned()).map_err(|error| {
            Reason::new(ReasonKind::Other, format!("{name} cannot be sent as SNI: {error}"))
        })?,
        None => ServerName::IpAddress(address.ip().into()),
    };
    let connection = net.connect(address).await?;
    let what = format!("TLS 1.3 handshake with {address}");
    let stream = net
        .step(&what, TlsConnector::from(Arc::new(config)).connect(name, connection))
        .await?
        .map_err(|error| Reason::new(ReasonKind::Handshake, format!("{what}: {error}")))?;
    let alpn = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
    let (certificates, ocsp) = recorder.presented();
    Ok(Met { certificates, ocsp, alpn })
}
