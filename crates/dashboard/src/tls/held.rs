//! The certificate that is served, which is exchanged while connections go on.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::{TlsError, acme};

/// The certificate that is served.
#[derive(Debug)]
pub struct Held {
    current: RwLock<Arc<CertifiedKey>>,
    /// Answers to an ACME server, by name (RFC 8737).
    answers: RwLock<HashMap<String, Arc<CertifiedKey>>>,
}

impl Held {
    pub(super) fn new(chain: CertifiedKey) -> Held {
        Held { current: RwLock::new(Arc::new(chain)), answers: RwLock::default() }
    }

    /// Serves another one from the next handshake on.
    pub(super) fn set(&self, chain: CertifiedKey) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(chain);
    }

    /// The one that is served.
    pub fn current(&self) -> Arc<CertifiedKey> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn answer(&self, name: &str, chain: Option<CertifiedKey>) {
        let mut answers = self.answers.write().unwrap_or_else(PoisonError::into_inner);
        match chain {
            Some(chain) => answers.insert(name.to_owned(), Arc::new(chain)),
            None => answers.remove(name),
        };
    }
}

impl ResolvesServerCert for Held {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // RFC 8737, section 3: the server's validation names this protocol and no other.
        let mut protocols = hello.alpn().into_iter().flatten();
        if protocols.next() == Some(acme::PROTOCOL) && protocols.next().is_none() {
            let answers = self.answers.read().unwrap_or_else(PoisonError::into_inner);
            return answers.get(&hello.server_name()?.to_lowercase()).cloned();
        }
        Some(self.current())
    }
}

/// A chain and its key from PEM. `path` is where the chain is from.
pub(super) fn chain(path: &Path, certificates: &[u8], key: &[u8]) -> Result<CertifiedKey, TlsError> {
    let wrong = |what: String| TlsError::Content { path: path.to_owned(), what };
    let chain: Result<Vec<CertificateDer<'static>>, _> =
        CertificateDer::pem_slice_iter(certificates).collect();
    let chain = chain.map_err(|error| wrong(format!("the certificates cannot be read: {error}")))?;
    if chain.is_empty() {
        return Err(wrong("there is no certificate in it: it has to hold PEM (BEGIN CERTIFICATE)".into()));
    }
    // Nothing of a key's text goes into a sentence.
    let key = PrivateKeyDer::from_pem_slice(key)
        .map_err(|_| wrong("its key file holds no private key in PEM (BEGIN PRIVATE KEY)".into()))?;
    let key = rustls::crypto::ring::sign::any_supported_type(&key).map_err(|_| {
        wrong("its key is of a kind that is not served: take ECDSA P-256 or RSA of 2048 bits".into())
    })?;
    let held = CertifiedKey::new(chain, key);
    held.keys_match().map_err(|_| wrong("the key is not that of the first certificate".into()))?;
    Ok(held)
}

/// From when until when a certificate is valid.
pub(super) fn validity(certificate: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    let validity = certificate.validity();
    let time = |time: x509_parser::time::ASN1Time| Timestamp::from_second(time.timestamp()).ok();
    Some((time(validity.not_before)?, time(validity.not_after)?))
}

/// The names and addresses of a certificate.
pub(super) fn names(certificate: &[u8]) -> Vec<String> {
    use x509_parser::extensions::GeneralName;
    let Ok((_, certificate)) = X509Certificate::from_der(certificate) else { return Vec::new() };
    let Ok(Some(names)) = certificate.subject_alternative_name() else { return Vec::new() };
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(octets) => address(octets),
        _ => None,
    };
    names.value.general_names.iter().filter_map(name).collect()
}

fn address(octets: &[u8]) -> Option<String> {
    let four: Option<[u8; 4]> = octets.try_into().ok();
    let sixteen: Option<[u8; 16]> = octets.try_into().ok();
    four.map(|octets| std::net::IpAddr::from(octets).to_string())
        .or_else(|| sixteen.map(|octets| std::net::IpAddr::from(octets).to_string()))
}
