//! The numbers of a key by its algorithm (RFC 9580, sections 5.5.5 and 9.1).

use midwatch_wire::reader::{Reader, WireError};

/// Curves by their object identifiers in DER without tag and length (RFC 9580, section 9.2).
const CURVES: &[(&[u8], &str, u32)] = &[
    (&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7], "NIST P-256", 256),
    (&[0x2B, 0x81, 4, 0, 0x22], "NIST P-384", 384),
    (&[0x2B, 0x81, 4, 0, 0x23], "NIST P-521", 521),
    (&[0x2B, 0x81, 4, 0, 0x0A], "secp256k1", 256),
    (&[0x2B, 0x24, 3, 3, 2, 8, 1, 1, 7], "brainpoolP256r1", 256),
    (&[0x2B, 0x24, 3, 3, 2, 8, 1, 1, 11], "brainpoolP384r1", 384),
    (&[0x2B, 0x24, 3, 3, 2, 8, 1, 1, 13], "brainpoolP512r1", 512),
    (&[0x2B, 6, 1, 4, 1, 0xDA, 0x47, 15, 1], "Ed25519", 256),
    (&[0x2B, 6, 1, 4, 1, 0x97, 0x55, 1, 5, 1], "Curve25519", 256),
];

/// The algorithm's name, the key's size in bits, and its numbers without their lengths, as a fingerprint of version 3 hashes
/// them.
///
/// # Errors
/// [`WireError`].
pub fn read(algorithm: u8, mut reader: Reader<'_>) -> Result<(String, Option<u32>, Vec<u8>), WireError> {
    let mut numbers = Vec::new();
    let read = match algorithm {
        1..=3 => ("RSA".to_owned(), Some(mpis(&mut reader, 2, &mut numbers)?)),
        16 => ("Elgamal".to_owned(), Some(mpis(&mut reader, 3, &mut numbers)?)),
        17 => ("DSA".to_owned(), Some(mpis(&mut reader, 4, &mut numbers)?)),
        18 | 19 | 22 => {
            let name = match algorithm {
                18 => "ECDH",
                19 => "ECDSA",
                _ => "EdDSA",
            };
            let oid = reader.vector(1, "a curve")?.rest();
            mpis(&mut reader, 1, &mut numbers)?;
            let curve = CURVES.iter().find(|(known, ..)| *known == oid);
            match curve {
                Some((_, curve, bits)) => (format!("{name} {curve}"), Some(*bits)),
                None => (format!("{name} on a curve that is not known"), None),
            }
        }
        25 => whole(&mut reader, "X25519", 32, 256)?,
        26 => whole(&mut reader, "X448", 56, 448)?,
        27 => whole(&mut reader, "Ed25519", 32, 256)?,
        28 => whole(&mut reader, "Ed448", 57, 456)?,
        other => (format!("algorithm {other}"), None),
    };
    Ok((read.0, read.1, numbers))
}

fn whole(
    reader: &mut Reader<'_>,
    name: &str,
    octets: usize,
    bits: u32,
) -> Result<(String, Option<u32>), WireError> {
    reader.bytes(octets)?;
    reader.end()?;
    Ok((name.to_owned(), Some(bits)))
}

/// Reads so many numbers (RFC 9580, section 3.2), and gives the size of the first in bits.
fn mpis(reader: &mut Reader<'_>, count: usize, numbers: &mut Vec<u8>) -> Result<u32, WireError> {
    let mut first = None;
    for _ in 0..count {
        let bits = reader.u16()?;
        numbers.extend(reader.bytes(usize::from(bits.div_ceil(8)))?);
        first.get_or_insert(u32::from(bits));
    }
    Ok(first.unwrap_or_default())
}
