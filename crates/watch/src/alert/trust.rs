//! Whom channels trust when they speak TLS.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::Failure;

/// The largest file of authorities that is read.
const LARGEST: u64 = 4 * 1024 * 1024;

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
        let mut roots = RootCertStore::empty();
        match &self.file {
            Some(file) => {
                for certificate in read(file).map_err(Failure::later)? {
                    roots.add(certificate).map_err(|error| {
                        Failure::later(format!(
                            "a certificate in {} is no authority's: {error}",
                            file.display()
                        ))
                    })?;
                }
            }
            None => {
                // What of the system's store cannot be read is left out; without any, nothing could be verified.
                let found = rustls_native_certs::load_native_certs();
                roots.add_parsable_certificates(found.certs);
                if roots.is_empty() {
                    return Err(Failure::later(
                        "this computer has no store of certification authorities: install ca-certificates, \
                         or name a file with `ca`",
                    ));
                }
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Failure::later(format!("TLS cannot be set up: {error}")))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(self.config.get_or_init(|| Arc::new(config)).clone())
    }
}

/// The certificates of a PEM file, at least one.
///
/// # Errors
/// A sentence.
pub(crate) fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let place = path.display();
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|error| format!("the authorities in {place} cannot be read: {error}"))?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("{place} is larger than 4 MiB: name a file with the authorities alone"));
    }
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&bytes)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("{place} is no sound PEM: {error}"))?;
    if certificates.is_empty() {
        return Err(format!("{place} holds no certificate: name a PEM file with the authorities to trust"));
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_hold_nothing_are_told_of() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("ca.pem");
        assert!(read(&file).unwrap_err().contains("cannot be read"));
        std::fs::write(&file, "hello").unwrap();
        assert!(read(&file).unwrap_err().contains("holds no certificate"));
        std::fs::write(&file, "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n").unwrap();
        assert!(read(&file).unwrap_err().contains("no sound PEM"));
    }
}
