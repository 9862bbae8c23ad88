//! Signatures by the key of a certificate.

use rustls_pki_types::SignatureVerificationAlgorithm;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::ct::public_key;
use super::der::{self, Elements};

/// Whether the key of `certificate` (DER) made this signature. What else the certificate says is not looked at:
/// a certificate at fault has a key all the same.
pub(crate) fn key_signed(
    certificate: &[u8],
    algorithm: &dyn SignatureVerificationAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let Ok((_, certificate)) = X509Certificate::from_der(certificate) else { return false };
    let spki = certificate.public_key().raw;
    let of = der::only(spki, der::SEQUENCE).and_then(|all| Elements(all).tagged(der::SEQUENCE));
    // The key has to be of the algorithm's kind, and on its curve.
    of.is_some_and(|of| of.contents == algorithm.public_key_alg_id().as_ref())
        && public_key(spki).is_some_and(|key| algorithm.verify_signature(key, message, signature).is_ok())
}

/// Whether the key within a SubjectPublicKeyInfo made a signature with this algorithm (the contents of its OID).
pub fn signed_by(spki: &[u8], algorithm: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let Some(key) = public_key(spki) else { return false };
    algorithms(algorithm).iter().any(|algorithm| algorithm.verify_signature(key, message, signature).is_ok())
}

/// What verifies a signature algorithm. ECDSA leaves the curve to the key, so both are tried.
pub fn algorithms(oid: &[u8]) -> Vec<&'static dyn SignatureVerificationAlgorithm> {
    use webpki::ring as by;
    match oid {
        // sha256WithRSAEncryption and the two after it, 1.2.840.113549.1.1.11 to 13.
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b] => vec![by::RSA_PKCS1_2048_8192_SHA256],
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c] => vec![by::RSA_PKCS1_2048_8192_SHA384],
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d] => vec![by::RSA_PKCS1_2048_8192_SHA512],
        // ecdsa-with-SHA256 and -SHA384, 1.2.840.10045.4.3.2 and 3.
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02] => {
            vec![by::ECDSA_P256_SHA256, by::ECDSA_P384_SHA256]
        }
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03] => {
            vec![by::ECDSA_P256_SHA384, by::ECDSA_P384_SHA384]
        }
        _ => Vec::new(),
    }
}
