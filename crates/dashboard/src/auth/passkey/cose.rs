//! Public keys of passkeys, in COSE (RFC 9052, RFC 9053, RFC 8230), and the signatures that they verify.

use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};

use super::cbor::{self, Item};

/// The algorithms that are offered, in order of preference: EdDSA, ES256, RS256 (IANA, COSE Algorithms).
pub const ALGORITHMS: [i64; 3] = [-8, -7, -257];

/// A public key.
#[derive(Debug)]
pub enum Key<'a> {
    /// ECDSA over P-256 with SHA-256: the point, uncompressed.
    Es256(Vec<u8>),
    /// Ed25519.
    EdDsa(&'a [u8]),
    /// RSA PKCS #1 1.5 with SHA-256: modulus and exponent.
    Rs256(&'a [u8], &'a [u8]),
}

/// Reads a key, and gives what follows it. Nothing where it is none of the three kinds.
pub fn read(bytes: &[u8]) -> Option<(Key<'_>, &[u8])> {
    let (map, rest) = cbor::read(bytes)?;
    let number = |key| map.at(key).and_then(Item::number);
    let octets = |key| map.at(key).and_then(Item::bytes);
    let key = match (number(1)?, number(3)?) {
        (2, -7) if number(-1) == Some(1) => {
            let (x, y) = (octets(-2)?, octets(-3)?);
            if x.len() != 32 || y.len() != 32 {
                return None;
            }
            Key::Es256([&[4], x, y].concat())
        }
        (1, -8) if number(-1) == Some(6) => Key::EdDsa(octets(-2).filter(|key| key.len() == 32)?),
        (3, -257) => {
            // 2048 to 8192 bits are what is verified below.
            let modulus = octets(-1).filter(|modulus| (256..=1024).contains(&modulus.len()))?;
            Key::Rs256(modulus, octets(-2).filter(|exponent| exponent.len() <= 8)?)
        }
        _ => return None,
    };
    Some((key, rest))
}

impl Key<'_> {
    /// Whether this signature over this message is of the key.
    pub fn verifies(&self, message: &[u8], given: &[u8]) -> bool {
        match self {
            Key::Es256(point) => {
                UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_ASN1, point).verify(message, given)
            }
            Key::EdDsa(key) => UnparsedPublicKey::new(&signature::ED25519, key).verify(message, given),
            Key::Rs256(n, e) => {
                RsaPublicKeyComponents { n, e }.verify(&signature::RSA_PKCS1_2048_8192_SHA256, message, given)
            }
        }
        .is_ok()
    }
}
