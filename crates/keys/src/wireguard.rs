//! WireGuard's keys: 32 bytes of X25519 in base64. Nothing in them says what they are, and private keys look the same.

use crate::hash::{base64, hex, sha256};
use crate::{Fingerprint, Format, PublicKey, der};

/// The key of 32 bytes.
pub fn key(bytes: [u8; 32]) -> PublicKey {
    let text = base64(&bytes);
    let mut notes = Vec::new();
    let [first, .., last] = bytes;
    if first & 7 == 0 && last & 0xC0 == 0x40 {
        notes.push(
            "it has the form that 'wg genkey' gives private keys. One public key in sixteen has it too: make sure that it \
             is no private one ('wg pubkey' makes the public one)"
                .to_owned(),
        );
    }
    PublicKey {
        format: Format::Wireguard,
        algorithm: "X25519".into(),
        bits: Some(256),
        says: Vec::new(),
        fingerprints: vec![
            Fingerprint::new("key", text.clone()),
            Fingerprint::new("SHA-256", hex(&sha256(&bytes))),
        ],
        subkeys: Vec::new(),
        notes,
        spki: Some(der::spki_of_x25519(&bytes)),
        material: bytes.to_vec(),
        qr: text,
    }
}
