//! X.509 certificates (RFC 5280): which key, for whom it says, until when.

use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::hash::{colons, sha1, sha256};
use crate::text::safe;
use crate::{Fingerprint, Format, PublicKey, ReadError, spki};

/// Reads a certificate.
///
/// # Errors
/// [`ReadError::Malformed`].
pub fn certificate(bytes: &[u8]) -> Result<PublicKey, ReadError> {
    let fault = |fault: &str| ReadError::malformed(Format::X509, fault);
    let (rest, certificate) =
        X509Certificate::from_der(bytes).map_err(|_| fault("it is no certificate in DER"))?;
    if !rest.is_empty() {
        return Err(fault("bytes are left over"));
    }
    let info = certificate.public_key();
    let key = info.raw;
    let (algorithm, bits) = spki::describe(info);
    let time = |seconds: i64| {
        jiff::Timestamp::from_second(seconds)
            .map_or_else(|_| "a time that is none".into(), |time| time.to_string())
    };
    let validity = certificate.validity();
    let upper = |bytes: &[u8]| colons(bytes).to_uppercase();
    let mut fingerprints = vec![
        Fingerprint::new("certificate SHA-256", upper(&sha256(bytes))),
        Fingerprint::new("certificate SHA-1", upper(&sha1(bytes))),
    ];
    fingerprints.extend(spki::fingerprints(key));
    Ok(PublicKey {
        format: Format::X509,
        algorithm,
        bits,
        says: vec![
            format!("subject {}", safe(certificate.subject().to_string().as_bytes())),
            format!("issuer {}", safe(certificate.issuer().to_string().as_bytes())),
        ],
        fingerprints,
        subkeys: Vec::new(),
        notes: vec![format!(
            "from {} to {}; neither its signature nor its time is checked",
            time(validity.not_before.timestamp()),
            time(validity.not_after.timestamp())
        )],
        material: bytes.to_vec(),
        spki: Some(key.to_vec()),
        qr: spki::pin(key),
    })
}
