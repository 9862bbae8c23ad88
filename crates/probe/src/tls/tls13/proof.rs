//! The server's proof that it has the key of its certificate: CertificateVerify (RFC 8446 section 4.4.3).

use midwatch_wire::tls::certificate::CertificateVerify;
use midwatch_wire::tls::signatures;
use rustls_pki_types::SignatureVerificationAlgorithm;
use webpki::ring as by;

use crate::pki::key_signed;

/// Which signatures to ask for, and so which of a server's certificates is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum With {
    /// ECDSA and EdDSA.
    Ecdsa,
    /// RSA.
    Rsa,
}

impl With {
    /// Every kind, the newer one first.
    pub const ALL: [With; 2] = [With::Ecdsa, With::Rsa];

    /// Its name, which is what suites below TLS 1.3 call the authentication that such a certificate allows.
    pub fn name(self) -> &'static str {
        match self {
            With::Ecdsa => "ECDSA",
            With::Rsa => "RSA",
        }
    }

    /// The schemes to offer. Those of PKCS #1 are for certificates alone (RFC 8446 section 4.2.3).
    pub fn schemes(self) -> &'static [u16] {
        match self {
            With::Ecdsa => &[0x0403, 0x0503, 0x0807],
            With::Rsa => &[0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601],
        }
    }
}

/// Whether the key of `leaf` (DER) signed the transcript up to the Certificate message with a scheme that was
/// offered.
///
/// # Errors
/// In words, what was wrong.
pub fn verify(proof: &CertificateVerify, with: With, leaf: &[u8], transcript: &[u8]) -> Result<(), String> {
    let scheme = signatures::name(proof.scheme);
    let offered = with.schemes().contains(&proof.scheme);
    let Some(algorithm) = algorithm(proof.scheme).filter(|_| offered) else {
        return Err(format!("the handshake is signed with {scheme}, which was not offered for it"));
    };
    match key_signed(leaf, algorithm, &signed(transcript), &proof.signature) {
        true => Ok(()),
        false => Err(format!("the handshake is not signed by the certificate's key with {scheme}")),
    }
}

/// What the server signs: 64 spaces, the context, a zero and the hash.
fn signed(transcript: &[u8]) -> Vec<u8> {
    let mut content = vec![0x20; 64];
    content.extend(b"TLS 1.3, server CertificateVerify\0");
    content.extend_from_slice(transcript);
    content
}

/// In TLS 1.3 a scheme of ECDSA names the curve as well.
fn algorithm(scheme: u16) -> Option<&'static dyn SignatureVerificationAlgorithm> {
    Some(match scheme {
        0x0403 => by::ECDSA_P256_SHA256,
        0x0503 => by::ECDSA_P384_SHA384,
        0x0807 => by::ED25519,
        0x0804 => by::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
        0x0805 => by::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
        0x0806 => by::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
        _ => return None,
    })
}
