//! Whom channels trust when they speak TLS.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::Failure;
use crate::roots;

/// Whom a channel trusts: the authorities of a file and nobody else, or the system's.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    file: Option<PathBuf>,
    /// Read when it is first needed. Kept for as long as the channel is.
    config: Arc<std::sync::OnceLock<Arc<ClientConfig>>>,
}

impl Trust {
    /// The authorities of this file (PEM), or the system's.
    pub(crate) fn new(file: Option<&Path>) -> Trust {
        Trust { file: file.map(Path::to_owned), config: Arc::default() }
    }

    /// A TLS session with `host` on this stream. Its certificate is verified, always.
    pub(crate) async fn connect<S>(
        &self,
        host: &str,
        stream: S,
        protocols: &[&[u8]],
    ) -> Result<TlsStream<S>, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let name = ServerName::try_from(bare.to_owned())
            .map_err(|_| Failure::refused(format!("{host} is no name that a certificate could be for")))?;
        let mut config = self.config()?;
        if !protocols.is_empty() {
            Arc::make_mut(&mut config).alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        }
        TlsConnector::from(config)
            .connect(name, stream)
            .await
            .map_err(|error| Failure::later(format!("no TLS session with {host}: {error}")))
    }

    fn config(&self) -> Result<Arc<ClientConfig>, Failure> {
        if let Some(config) = self.config.get() {
            return Ok(config.clone());
        }
        let config = roots::client(self.file.as_deref(), "ca").map_err(Failure::later)?;
        Ok(self.config.get_or_init(|| Arc::new(config)).clone())
    }
}
