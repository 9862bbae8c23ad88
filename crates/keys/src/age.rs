//! Recipients of age (age-encryption.org/v1): X25519, and what plugins and later versions add.

use crate::hash::{base64_bare, hex, sha256};
use crate::{Fingerprint, Format, PublicKey, ReadError, bech32, der};

/// Reads `age1…`.
///
/// # Errors
/// [`ReadError::Malformed`].
pub fn recipient(text: &str) -> Result<PublicKey, ReadError> {
    let fault = |fault: &str| ReadError::malformed(Format::Age, fault);
    let (prefix, material) = bech32::decode(text).ok_or_else(|| fault("its checksum does not hold"))?;
    let (algorithm, bits, spki, notes) = match prefix.as_str() {
        "age" if material.len() == 32 => {
            ("X25519".to_owned(), Some(256), Some(der::spki_of_x25519(&material)), Vec::new())
        }
        "age" => return Err(fault("an X25519 recipient has 32 bytes")),
        "age1pq" => ("ML-KEM-768 and X25519".to_owned(), None, None, Vec::new()),
        "age1tag" => ("P-256, in hardware".to_owned(), Some(256), None, Vec::new()),
        other => {
            let name = other.strip_prefix("age1").filter(|name| !name.is_empty());
            let name = crate::text::safe(name.ok_or_else(|| fault("it is no recipient of age"))?.as_bytes());
            let note = "what its bytes mean is known to the plugin alone";
            (format!("plugin {name}"), None, None, vec![note.to_owned()])
        }
    };
    let text = text.to_ascii_lowercase();
    // The prefix is part of the key: the same bytes mean something else to another plugin.
    let material = if prefix == "age" { material } else { text.clone().into_bytes() };
    let digest = sha256(&material);
    Ok(PublicKey {
        format: Format::Age,
        algorithm,
        bits,
        says: Vec::new(),
        fingerprints: vec![
            Fingerprint::new("recipient", text.clone()),
            Fingerprint::new("SHA-256", hex(&digest)),
        ],
        subkeys: Vec::new(),
        notes,
        qr: if text.len() <= 300 { text } else { format!("SHA256:{}", base64_bare(&digest)) },
        material,
        spki,
    })
}
