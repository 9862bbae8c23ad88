//! Key exchanges (RFC 8446 section 4.2.8), by ring.

use midwatch_wire::tls::groups;
use ring::agreement::{self, EphemeralPrivateKey, UnparsedPublicKey};
use ring::error::Unspecified;
use ring::rand::SystemRandom;

/// The groups that can be agreed upon, in the order in which they are offered.
pub const GROUPS: [u16; 3] = [groups::X25519, groups::SECP256R1, groups::SECP384R1];

/// Our half of an exchange.
#[derive(Debug)]
pub struct KeyShare {
    /// The group.
    pub group: u16,
    /// The public key.
    pub public: Vec<u8>,
    algorithm: &'static agreement::Algorithm,
    private: EphemeralPrivateKey,
}

impl KeyShare {
    /// A new key of one of [`GROUPS`].
    ///
    /// # Errors
    /// [`Unspecified`] for another group, and where the system has no randomness.
    pub fn new(group: u16) -> Result<Self, Unspecified> {
        let algorithm = match group {
            groups::X25519 => &agreement::X25519,
            groups::SECP256R1 => &agreement::ECDH_P256,
            groups::SECP384R1 => &agreement::ECDH_P384,
            _ => return Err(Unspecified),
        };
        let private = EphemeralPrivateKey::generate(algorithm, &SystemRandom::new())?;
        let public = private.compute_public_key()?.as_ref().to_vec();
        Ok(KeyShare { group, public, algorithm, private })
    }

    /// The shared secret with the server's public key.
    ///
    /// # Errors
    /// [`Unspecified`] where that is no key of the group, or one without secret.
    pub fn agree(self, theirs: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let theirs = UnparsedPublicKey::new(self.algorithm, theirs);
        agreement::agree_ephemeral(self.private, &theirs, <[u8]>::to_vec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_have_the_same_secret() {
        for group in GROUPS {
            let (ours, theirs) = (KeyShare::new(group).expect("a key"), KeyShare::new(group).expect("a key"));
            let (a, b) = (ours.public.clone(), theirs.public.clone());
            assert_eq!(ours.agree(&b).expect("a secret"), theirs.agree(&a).expect("a secret"));
        }
        assert!(KeyShare::new(groups::X25519MLKEM768).is_err());
    }

    #[test]
    fn a_key_without_secret_is_refused() {
        for theirs in [vec![0; 32], vec![1; 31], vec![]] {
            assert!(KeyShare::new(groups::X25519).expect("a key").agree(&theirs).is_err(), "{theirs:?}");
        }
        assert!(KeyShare::new(groups::SECP256R1).expect("a key").agree(&[4; 65]).is_err());
    }
}
