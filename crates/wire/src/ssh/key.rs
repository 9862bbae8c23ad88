//! Public keys as they are sent (RFC 4253 section 6.6, RFC 5656 section 3.1, RFC 8709, OpenSSH's PROTOCOL.u2f).

use super::data::{self, mpint, name, put_mpint, put_string, string};
use super::method::Curve;
use crate::reader::{Reader, WireError};

/// A public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicKey<'a> {
    /// `ssh-ed25519`.
    Ed25519(&'a [u8; 32]),
    /// `ecdsa-sha2-nistp256` and its like, with the point as SEC 1 writes it.
    Ecdsa(Curve, &'a [u8]),
    /// `ssh-rsa`.
    Rsa(Rsa<'a>),
    /// `ssh-dss`.
    Dsa(Dsa<'a>),
    /// `sk-ssh-ed25519@openssh.com`: in a hardware token, with the application that it is for.
    SkEd25519(&'a [u8; 32], &'a [u8]),
    /// `sk-ecdsa-sha2-nistp256@openssh.com`, with the point and the application.
    SkEcdsa(&'a [u8], &'a [u8]),
}

/// Numbers of an RSA key, as big-endian bytes without leading zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rsa<'a> {
    /// The exponent.
    pub e: &'a [u8],
    /// The modulus.
    pub n: &'a [u8],
}

/// Numbers of a DSA key, as big-endian bytes without leading zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dsa<'a> {
    /// The prime.
    pub p: &'a [u8],
    /// The order of the subgroup.
    pub q: &'a [u8],
    /// The generator.
    pub g: &'a [u8],
    /// The public value.
    pub y: &'a [u8],
}

impl<'a> PublicKey<'a> {
    /// Reads a key that is no certificate. None where its type is not known.
    ///
    /// # Errors
    /// [`WireError`] where it has no type, or a known one and is malformed.
    pub fn read(blob: &'a [u8]) -> Result<Option<Self>, WireError> {
        let mut reader = Reader::new(blob, "key");
        let kind = name(&mut reader, "type of a key")?;
        let Some(key) = PublicKey::fields(kind, &mut reader)? else { return Ok(None) };
        reader.end()?;
        Ok(Some(key))
    }

    /// Reads what follows the type of a key, and in a certificate its nonce.
    pub(super) fn fields(kind: &str, reader: &mut Reader<'a>) -> Result<Option<Self>, WireError> {
        Ok(Some(match kind {
            "ssh-ed25519" => PublicKey::Ed25519(ed25519(reader)?),
            "sk-ssh-ed25519@openssh.com" => {
                PublicKey::SkEd25519(ed25519(reader)?, string(reader, "application of a key")?)
            }
            "ecdsa-sha2-nistp256" => PublicKey::Ecdsa(Curve::P256, point(reader, Curve::P256)?),
            "ecdsa-sha2-nistp384" => PublicKey::Ecdsa(Curve::P384, point(reader, Curve::P384)?),
            "ecdsa-sha2-nistp521" => PublicKey::Ecdsa(Curve::P521, point(reader, Curve::P521)?),
            "sk-ecdsa-sha2-nistp256@openssh.com" => {
                PublicKey::SkEcdsa(point(reader, Curve::P256)?, string(reader, "application of a key")?)
            }
            "ssh-rsa" => {
                let e = mpint(reader, "exponent of an RSA key")?;
                PublicKey::Rsa(Rsa { e, n: mpint(reader, "modulus of an RSA key")? })
            }
            "ssh-dss" => {
                let mut number = || mpint(reader, "number of a DSA key");
                PublicKey::Dsa(Dsa { p: number()?, q: number()?, g: number()?, y: number()? })
            }
            _ => return Ok(None),
        }))
    }

    /// Its type, as it stands in `known_hosts`.
    pub fn key_type(&self) -> &'static str {
        match self {
            PublicKey::Ed25519(_) => "ssh-ed25519",
            PublicKey::Ecdsa(Curve::P256, _) => "ecdsa-sha2-nistp256",
            PublicKey::Ecdsa(Curve::P384, _) => "ecdsa-sha2-nistp384",
            PublicKey::Ecdsa(Curve::P521, _) => "ecdsa-sha2-nistp521",
            PublicKey::Rsa(_) => "ssh-rsa",
            PublicKey::Dsa(_) => "ssh-dss",
            PublicKey::SkEd25519(..) => "sk-ssh-ed25519@openssh.com",
            PublicKey::SkEcdsa(..) => "sk-ecdsa-sha2-nistp256@openssh.com",
        }
    }

    /// Its size in bits, as `ssh-keygen -l` has it.
    pub fn bits(&self) -> u32 {
        match self {
            PublicKey::Ed25519(_) | PublicKey::SkEd25519(..) | PublicKey::SkEcdsa(..) => 256,
            PublicKey::Ecdsa(curve, _) => curve.bits(),
            PublicKey::Rsa(rsa) => data::bits(rsa.n),
            PublicKey::Dsa(dsa) => data::bits(dsa.p),
        }
    }

    /// The blob of the key by itself, which is what fingerprints and `known_hosts` are made of.
    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_string(&mut out, self.key_type().as_bytes());
        match *self {
            PublicKey::Ed25519(key) => put_string(&mut out, key),
            PublicKey::SkEd25519(key, application) => {
                put_string(&mut out, key);
                put_string(&mut out, application);
            }
            PublicKey::Ecdsa(curve, point) => {
                put_string(&mut out, curve.name().as_bytes());
                put_string(&mut out, point);
            }
            PublicKey::SkEcdsa(point, application) => {
                put_string(&mut out, Curve::P256.name().as_bytes());
                put_string(&mut out, point);
                put_string(&mut out, application);
            }
            PublicKey::Rsa(rsa) => [rsa.e, rsa.n].iter().for_each(|number| put_mpint(&mut out, number)),
            PublicKey::Dsa(dsa) => {
                [dsa.p, dsa.q, dsa.g, dsa.y].iter().for_each(|number| put_mpint(&mut out, number));
            }
        }
        out
    }
}

/// The type that a blob names.
///
/// # Errors
/// [`WireError`] where it names none.
pub fn type_of(blob: &[u8]) -> Result<&str, WireError> {
    name(&mut Reader::new(blob, "key"), "type of a key")
}

fn ed25519<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8; 32], WireError> {
    let key = string(reader, "Ed25519 key")?;
    key.try_into().map_err(|_| WireError::Invalid("an Ed25519 key has not 32 bytes".into()))
}

fn point<'a>(reader: &mut Reader<'a>, curve: Curve) -> Result<&'a [u8], WireError> {
    if name(reader, "curve of a key")? != curve.name() {
        return Err(WireError::Invalid("a key names another curve than its type does".into()));
    }
    string(reader, "point of a key")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ONES: [u8; 32] = [1; 32];

    fn all() -> [PublicKey<'static>; 8] {
        [
            PublicKey::Ed25519(&ONES),
            PublicKey::Ecdsa(Curve::P256, b"point"),
            PublicKey::Ecdsa(Curve::P384, b"point"),
            PublicKey::Ecdsa(Curve::P521, b"point"),
            PublicKey::Rsa(Rsa { e: &[1, 0, 1], n: &[0x8f, 1] }),
            PublicKey::Dsa(Dsa { p: &[23], q: &[11], g: &[2], y: &[0xff] }),
            PublicKey::SkEd25519(&ONES, b"ssh:"),
            PublicKey::SkEcdsa(b"point", b"ssh:"),
        ]
    }

    #[test]
    fn every_type_is_written_and_read() {
        for key in all() {
            let blob = key.write();
            assert_eq!(PublicKey::read(&blob), Ok(Some(key)));
            assert_eq!(type_of(&blob), Ok(key.key_type()));
            for cut in 0..blob.len() {
                assert!(!matches!(PublicKey::read(&blob[..cut]), Ok(Some(_))), "{key:?} {cut}");
            }
            assert!(PublicKey::read(&[&blob[..], &[0]].concat()).is_err());
        }
        assert_eq!(all().map(|key| key.bits()), [256, 256, 384, 521, 16, 5, 256, 256]);
    }

    #[test]
    fn an_unknown_type_is_no_fault_and_a_mixed_one_is() {
        assert_eq!(PublicKey::read(b"\0\0\0\x03newwhatever"), Ok(None));
        let mut mixed = PublicKey::Ecdsa(Curve::P384, b"point").write();
        mixed.splice(20..23, *b"256");
        assert!(PublicKey::read(&mixed).is_err());
        assert!(type_of(b"\0\0\0\x02\xff\xff").is_err() && type_of(b"\0\0\0\0").is_err());
    }

    proptest! {
        #[test]
        fn never_panics(kind in 0_usize..8, bytes: Vec<u8>) {
            let mut blob = Vec::new();
            put_string(&mut blob, all()[kind].key_type().as_bytes());
            blob.extend(bytes);
            let _ = PublicKey::read(&blob);
        }
    }
}
