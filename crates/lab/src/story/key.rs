//! The keys of the story: P-256, one for each person, as SubjectPublicKeyInfo where they travel.
//!
//! P-256 and not X25519, since one key has to do for everything that is shown: letters are sealed with it, an authority
//! certifies it, and its fingerprint and words are those that `midwatch keys show` prints.

use std::fmt;
use std::io;

use midwatch_keys::words::{LONG, words};
use midwatch_keys::{Hint, PublicKey as Shown, read};
use p256::pkcs8::{DecodePublicKey as _, EncodePublicKey as _};
use p256::{PublicKey, SecretKey};

use super::random::Random;

/// Octets of a public key as SubjectPublicKeyInfo.
pub(crate) const SPKI: usize = 91;

/// A private key. It is made for one play, and never leaves its owner.
#[derive(Clone)]
pub(crate) struct Secret(SecretKey);

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// Where the system gives no random bytes.
    pub(crate) fn new(random: &mut Random) -> io::Result<Secret> {
        loop {
            let mut bytes = [0; 32];
            random.fill(&mut bytes)?;
            // Fewer than one in 2^32 is no scalar of the group.
            if let Ok(secret) = Secret::from_bytes(&bytes) {
                return Ok(secret);
            }
        }
    }

    /// The one with this scalar, highest octet first.
    ///
    /// # Errors
    /// Where it is 0 or beyond the order of the group.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> io::Result<Secret> {
        SecretKey::from_slice(bytes).map(Secret).map_err(|_| io::Error::other("no scalar of P-256"))
    }

    pub(crate) fn public(&self) -> Public {
        Public(self.0.public_key())
    }

    /// The x-coordinate of what the two keys have in common (RFC 9180, section 7.1.1).
    pub(crate) fn agree(&self, with: &Public) -> [u8; 32] {
        let shared = p256::ecdh::diffie_hellman(self.0.to_nonzero_scalar(), with.0.as_affine());
        (*shared.raw_secret_bytes()).into()
    }

    /// For [`super::jessica`]'s look-alikes, which are found by adding.
    pub(crate) fn scalar(&self) -> p256::Scalar {
        *self.0.to_nonzero_scalar()
    }

    pub(crate) fn from_scalar(scalar: p256::Scalar) -> Option<Secret> {
        Option::from(p256::NonZeroScalar::new(scalar))
            .map(|scalar: p256::NonZeroScalar| Secret(scalar.into()))
    }
}

/// A public key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Public(PublicKey);

impl Public {
    /// Reads a SubjectPublicKeyInfo; none where it is no point of P-256.
    pub fn from_spki(bytes: &[u8]) -> Option<Public> {
        PublicKey::from_public_key_der(bytes).ok().map(Public)
    }

    pub(crate) fn of(key: PublicKey) -> Public {
        Public(key)
    }

    /// As SubjectPublicKeyInfo in DER, 91 octets.
    pub fn spki(&self) -> Vec<u8> {
        self.0.to_public_key_der().map(|der| der.as_bytes().to_vec()).unwrap_or_default()
    }

    /// Reads an uncompressed point.
    pub(crate) fn from_point(bytes: &[u8]) -> Option<Public> {
        PublicKey::from_sec1_bytes(bytes).ok().map(Public)
    }

    /// As an uncompressed point, 65 octets.
    pub(crate) fn point(&self) -> Vec<u8> {
        use p256::elliptic_curve::sec1::ToSec1Point as _;
        self.0.to_sec1_point(false).as_bytes().to_vec()
    }

    /// As `midwatch keys` reads it. None is not reached: a key of ours is one of theirs.
    pub(crate) fn shown(&self) -> Option<Shown> {
        read(&self.spki(), &Hint::default()).ok()?.into_iter().next()
    }

    /// Its fingerprint as `midwatch keys show` prints it: SHA-256 of the SubjectPublicKeyInfo, here in groups of four
    /// digits.
    pub(crate) fn fingerprint(&self) -> String {
        let shown = self.shown();
        let digits: Vec<char> = shown
            .as_ref()
            .map_or("", Shown::main_fingerprint)
            .chars()
            .filter(char::is_ascii_hexdigit)
            .map(|digit| digit.to_ascii_lowercase())
            .collect();
        digits.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" ")
    }

    /// Its words, as `midwatch keys show` prints them.
    pub(crate) fn words(&self) -> Vec<&'static str> {
        self.shown().map(|shown| words(&shown, LONG)).unwrap_or_default()
    }
}

/// The first eight digits of the fingerprint: a name for the eye, and nothing to compare by.
impl fmt::Display for Public {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.fingerprint().get(..9).unwrap_or_default())
    }
}

impl fmt::Debug for Public {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Public({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_travel_and_are_those_of_midwatch_keys() {
        let secret = Secret::new(&mut Random::seeded(b"key")).expect("a key");
        let public = secret.public();
        assert_eq!(public.spki().len(), SPKI);
        assert_eq!(Public::from_spki(&public.spki()), Some(public));
        assert_eq!(Public::from_point(&public.point()), Some(public));
        let shown = public.shown().expect("read by midwatch-keys");
        assert_eq!(shown.algorithm, "EC P-256");
        assert_eq!(public.fingerprint().replace(' ', "").len(), 64);
        assert_eq!(public.words().len(), LONG);
        assert_eq!(public.to_string().len(), 9);
        let other = Secret::new(&mut Random::seeded(b"other")).expect("a key");
        assert_eq!(secret.agree(&other.public()), other.agree(&public));
    }

    #[test]
    fn what_is_no_point_is_no_key() {
        let mut spki = Secret::new(&mut Random::seeded(b"key")).expect("a key").public().spki();
        spki[60] ^= 1;
        assert_eq!(Public::from_spki(&spki), None);
        assert_eq!(Public::from_spki(&spki[..90]), None);
        assert!(Secret::from_bytes(&[0; 32]).is_err() && Secret::from_bytes(&[0xFF; 32]).is_err());
    }
}
