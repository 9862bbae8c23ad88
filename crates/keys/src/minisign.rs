//! Keys of minisign and of OpenBSD's signify: `Ed`, eight bytes of key number, and an Ed25519 key, in base64.

use crate::hash::{base64, hex, sha256};
use crate::{Fingerprint, Format, PublicKey, ReadError, der};

/// Reads the base64 of a key.
///
/// # Errors
/// [`ReadError::Malformed`]; [`ReadError::Signature`] where it is one.
pub fn key(bytes: Vec<u8>, format: Format) -> Result<PublicKey, ReadError> {
    if bytes.len() == 74 {
        return Err(ReadError::Signature);
    }
    let (Some(b"Ed"), Some(number), Some(key), 42) =
        (bytes.get(..2), bytes.get(2..10), bytes.get(10..), bytes.len())
    else {
        return Err(ReadError::malformed(format, "a key is 'Ed', a number of 8 bytes and a key of 32"));
    };
    let text = base64(&bytes);
    // minisign prints the number as the computer holds it, signify not at all.
    let number: Vec<u8> = match format {
        Format::Minisign => number.iter().rev().copied().collect(),
        _ => number.to_vec(),
    };
    Ok(PublicKey {
        format,
        algorithm: "Ed25519".into(),
        bits: Some(256),
        says: Vec::new(),
        fingerprints: vec![
            Fingerprint::new("key", text.clone()),
            Fingerprint::new("number", hex(&number).to_uppercase()),
            Fingerprint::new("SHA-256", hex(&sha256(&bytes))),
        ],
        subkeys: Vec::new(),
        notes: Vec::new(),
        spki: Some(der::spki_of_ed25519(key)),
        material: bytes,
        qr: text,
    })
}
