//! A signature by the key of a certificate.

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
