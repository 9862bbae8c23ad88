//! The certificate of a server that speaks nothing below TLS 1.3, where certificates travel encrypted: a
//! real handshake by rustls, once for each kind of signature.

use std::sync::{Arc, Mutex, PoisonError};

use midwatch_model::{Reason, ReasonKind};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::{DigitallySignedStruct, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::TlsConnector;

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

/// Which signatures to accept, and so which of a server's certificates is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum With {
    /// ECDSA and EdDSA.
    Ecdsa,
    /// RSA.
    Rsa,
}

/// Finishes a TLS 1.3 handshake and keeps the chain, whoever signed it: trust is judged elsewhere.
///
/// # Errors
/// A [`Reason`], [`ReasonKind::Handshake`] where the server has no certificate of this kind.
pub async fn meet(
    net: &Net,
    address: std::net::SocketAddr,
    server_name: Option<&str>,
    with: With,
) -> Result<Met, Reason> {
    let provider = Arc::new(ring::default_provider());
    let recorder = Arc::new(Recorder { provider: provider.clone(), with, met: Mutex::default() });
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| Reason::new(ReasonKind::Other, error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(recorder.clone())
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
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
    let (certificates, ocsp) = recorder.met.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(Met { certificates, ocsp, alpn })
}

/// A chain and its stapled OCSP response.
type Presented = (Vec<Vec<u8>>, Option<Vec<u8>>);

/// Keeps what was presented, and checks the handshake's signature alone.
#[derive(Debug)]
struct Recorder {
    provider: Arc<CryptoProvider>,
    with: With,
    met: Mutex<Presented>,
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let chain = std::iter::once(end_entity).chain(intermediates).take(100);
        let certificates = chain.map(|certificate| certificate.to_vec()).collect();
        let ocsp = (!ocsp_response.is_empty()).then(|| ocsp_response.to_vec());
        *self.met.lock().unwrap_or_else(PoisonError::into_inner) = (certificates, ocsp);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let rsa = |scheme: &SignatureScheme| {
            matches!(
                scheme,
                SignatureScheme::RSA_PSS_SHA256
                    | SignatureScheme::RSA_PSS_SHA384
                    | SignatureScheme::RSA_PSS_SHA512
                    | SignatureScheme::RSA_PKCS1_SHA256
                    | SignatureScheme::RSA_PKCS1_SHA384
                    | SignatureScheme::RSA_PKCS1_SHA512
            )
        };
        let all = self.provider.signature_verification_algorithms.supported_schemes();
        all.into_iter().filter(|scheme| rsa(scheme) == (self.with == With::Rsa)).collect()
    }
}
