//! Finished handshakes by rustls, with whoever presents a certificate: trust is judged elsewhere, and an
//! audit has to read a site whose certificate is at fault too. The handshake's own signature is verified.

use std::sync::{Arc, Mutex, PoisonError};

use midwatch_model::{Reason, ReasonKind};
use rustls::ClientConfig;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::{DigitallySignedStruct, SignatureScheme, SupportedProtocolVersion};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

/// Which signatures to accept, and so which of a server's certificates is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum With {
    /// All that rustls knows.
    Any,
    /// ECDSA and EdDSA.
    Ecdsa,
    /// RSA.
    Rsa,
}

/// A configuration that takes any certificate, and the place where it keeps what was presented.
///
/// # Errors
/// [`ReasonKind::Other`] where rustls refuses the configuration.
pub fn config(
    with: With,
    versions: &[&'static SupportedProtocolVersion],
    alpn: &[&str],
) -> Result<(ClientConfig, Arc<Recorder>), Reason> {
    let provider = Arc::new(ring::default_provider());
    let recorder = Arc::new(Recorder { provider: provider.clone(), with, met: Mutex::default() });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .map_err(|error| Reason::new(ReasonKind::Other, error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(recorder.clone())
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    Ok((config, recorder))
}

/// A chain and its stapled OCSP response.
pub type Presented = (Vec<Vec<u8>>, Option<Vec<u8>>);

/// Keeps what was presented, and checks the handshake's signature alone.
#[derive(Debug)]
pub struct Recorder {
    provider: Arc<CryptoProvider>,
    with: With,
    met: Mutex<Presented>,
}

impl Recorder {
    /// The chain that was presented last (DER, leaf first, at most 100) and its stapled OCSP response.
    pub fn presented(&self) -> Presented {
        self.met.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
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
        all.into_iter()
            .filter(|scheme| self.with == With::Any || rsa(scheme) == (self.with == With::Rsa))
            .collect()
    }
}
