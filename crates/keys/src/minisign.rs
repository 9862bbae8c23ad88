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
    // minisign prints the number as one, without noughts before it; signify does not print it.
    let number = match format {
        Format::Minisign => {
            format!("{:X}", number.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)))
        }
        _ => hex(number).to_uppercase(),
    };
    Ok(PublicKey {
        format,
        algorithm: "Ed25519".into(),
        bits: Some(256),
        says: Vec::new(),
        fingerprints: vec![
            Fingerprint::new("key", text.clone()),
            Fingerprint::new("number", number),
            Fingerprint::new("SHA-256", hex(&sha256(&bytes))),
        ],
        subkeys: Vec::new(),
        notes: Vec::new(),
        spki: Some(der::spki_of_ed25519(key)),
        material: bytes,
        qr: text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_the_tools_print_them() {
        let bytes = [&b"Ed"[..], &[0xEF, 0xCD, 0xAB, 0x89, 0x67, 0x45, 0x23, 0x01], &[7; 32]].concat();
        let number = |format| key(bytes.clone(), format).map(|key| key.fingerprints[1].value.clone());
        assert_eq!(number(Format::Minisign).as_deref(), Ok("123456789ABCDEF"));
        assert_eq!(number(Format::Signify).as_deref(), Ok("EFCDAB8967452301"));
        assert_eq!(
            key(vec![0; 42], Format::Minisign).map(|_| ()),
            Err(ReadError::malformed(Format::Minisign, "a key is 'Ed', a number of 8 bytes and a key of 32"))
        );
        assert_eq!(key(vec![0; 74], Format::Minisign), Err(ReadError::Signature));
    }
}
