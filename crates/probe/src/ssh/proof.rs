//! Whether a signature verifies: the server's over the exchange hash, and an authority's over a certificate.
//!
//! ring verifies. What it lacks is not measured, with the reason, rather than taken for proved or for wrong.

use midwatch_model::{Outcome, ReasonKind, lossless};
use midwatch_wire::reader::WireError;
use midwatch_wire::ssh::data;
use midwatch_wire::ssh::key::{PublicKey, Rsa};
use midwatch_wire::ssh::method::Curve;
use midwatch_wire::ssh::signature::Signature;
use ring::digest;
use ring::signature::{
    self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};

/// Sizes of moduli that ring verifies with, in bits.
const RSA_BITS: std::ops::RangeInclusive<u32> = 1024..=8192;

/// `true` where `signed` was signed with the private half of `key`.
pub(super) fn verify(key: &PublicKey<'_>, signature: &Signature<'_>, signed: &[u8]) -> Outcome<bool> {
    match (key, signature.format) {
        (PublicKey::Ed25519(key), "ssh-ed25519") => with(&signature::ED25519, *key, signed, signature.blob),
        (PublicKey::Ecdsa(Curve::P256, point), "ecdsa-sha2-nistp256") => {
            ecdsa(&signature::ECDSA_P256_SHA256_FIXED, 32, point, signed, signature)
        }
        (PublicKey::Ecdsa(Curve::P384, point), "ecdsa-sha2-nistp384") => {
            ecdsa(&signature::ECDSA_P384_SHA384_FIXED, 48, point, signed, signature)
        }
        (PublicKey::Ecdsa(Curve::P521, _), "ecdsa-sha2-nistp521") => {
            lacks("signatures of ECDSA on P-521 are not verified here")
        }
        (PublicKey::Rsa(key), "rsa-sha2-512") => {
            rsa(&signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY, key, signed, signature.blob)
        }
        (PublicKey::Rsa(key), "rsa-sha2-256") => {
            rsa(&signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, key, signed, signature.blob)
        }
        (PublicKey::Rsa(key), "ssh-rsa") => {
            rsa(&signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, key, signed, signature.blob)
        }
        (PublicKey::Dsa(_), "ssh-dss") => lacks("signatures of DSA are not verified here"),
        (PublicKey::SkEd25519(key, application), "sk-ssh-ed25519@openssh.com") => {
            match by_token(application, signature, signed) {
                Some(signed) => with(&signature::ED25519, *key, &signed, signature.blob),
                None => Outcome::seen(false),
            }
        }
        (PublicKey::SkEcdsa(point, application), "sk-ecdsa-sha2-nistp256@openssh.com") => {
            match by_token(application, signature, signed) {
                Some(signed) => ecdsa(&signature::ECDSA_P256_SHA256_FIXED, 32, point, &signed, signature),
                None => Outcome::seen(false),
            }
        }
        (_, format) if is_format_of(key, format) => {
            lacks(&format!("signatures of the format {} are not verified here", lossless(format.as_bytes())))
        }
        // A signature by another kind of key proves nothing of this one.
        _ => Outcome::seen(false),
    }
}

/// A signature as it was sent. One that cannot be read is wrong.
pub(super) fn verify_sent(key: &PublicKey<'_>, sent: &[u8], signed: &[u8]) -> Outcome<bool> {
    match Signature::read(sent) {
        Ok(signature) => verify(key, &signature, signed),
        Err(WireError::Long(_)) if matches!(key, PublicKey::SkEcdsa(..) | PublicKey::SkEd25519(..)) => {
            lacks("signatures of this format are not verified here")
        }
        Err(_) => Outcome::seen(false),
    }
}

fn lacks(detail: &str) -> Outcome<bool> {
    Outcome::unmeasured(ReasonKind::Other, detail)
}

/// True for formats that a key can sign with and that are not looked into: those of tokens behind a browser.
fn is_format_of(key: &PublicKey<'_>, format: &str) -> bool {
    matches!(
        (key, format),
        (PublicKey::SkEcdsa(..), "webauthn-sk-ecdsa-sha2-nistp256@openssh.com")
            | (PublicKey::SkEd25519(..), "webauthn-sk-ssh-ed25519@openssh.com")
    )
}

fn with(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
    signed: &[u8],
    signature: &[u8],
) -> Outcome<bool> {
    Outcome::seen(UnparsedPublicKey::new(algorithm, key).verify(signed, signature).is_ok())
}

fn ecdsa(
    algorithm: &'static dyn VerificationAlgorithm,
    size: usize,
    point: &[u8],
    signed: &[u8],
    signature: &Signature<'_>,
) -> Outcome<bool> {
    match signature.ecdsa(size) {
        Ok(Some(numbers)) => with(algorithm, point, signed, &numbers),
        Ok(None) | Err(_) => Outcome::seen(false),
    }
}

fn rsa(algorithm: &'static RsaParameters, key: &Rsa<'_>, signed: &[u8], signature: &[u8]) -> Outcome<bool> {
    let bits = data::bits(key.n);
    if !RSA_BITS.contains(&bits) {
        return lacks(&format!("signatures of RSA keys of {bits} bits are not verified here"));
    }
    if data::bits(key.e) > 33 {
        return lacks("signatures of RSA keys with an exponent of more than 33 bits are not verified here");
    }
    // Some servers leave out leading zeros, which every client puts back.
    let mut padded = vec![0; key.n.len().saturating_sub(signature.len())];
    padded.extend(signature);
    let key = RsaPublicKeyComponents { n: key.n, e: key.e };
    Outcome::seen(key.verify(algorithm, signed, &padded).is_ok())
}

/// What a token signs in place of the message (OpenSSH's PROTOCOL.u2f). None where it says nothing of itself.
fn by_token(application: &[u8], signature: &Signature<'_>, signed: &[u8]) -> Option<Vec<u8>> {
    let (flags, counter) = signature.token?;
    let mut out = digest::digest(&digest::SHA256, application).as_ref().to_vec();
    out.push(flags);
    out.extend(counter.to_be_bytes());
    out.extend(digest::digest(&digest::SHA256, signed).as_ref());
    Some(out)
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};

    use super::*;

    #[test]
    fn a_token_signs_more_than_the_message() {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[3; 32]).unwrap();
        let public: [u8; 32] = pair.public_key().as_ref().try_into().unwrap();
        let key = PublicKey::SkEd25519(&public, b"ssh:");
        let unsigned = Signature { format: "sk-ssh-ed25519@openssh.com", blob: &[], token: Some((1, 7)) };
        let blob = pair.sign(&by_token(b"ssh:", &unsigned, b"hash").unwrap());
        let signature = Signature { blob: blob.as_ref(), ..unsigned };
        assert_eq!(verify(&key, &signature, b"hash"), Outcome::seen(true));
        assert_eq!(verify(&key, &signature, b"hush"), Outcome::seen(false));
        let counted = Signature { token: Some((1, 8)), ..signature };
        assert_eq!(verify(&key, &counted, b"hash"), Outcome::seen(false));
        let other = PublicKey::SkEd25519(&public, b"web:");
        assert_eq!(verify(&other, &signature, b"hash"), Outcome::seen(false));
    }

    #[test]
    fn a_token_on_a_curve_signs_so_too() {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap();
        let key = PublicKey::SkEcdsa(pair.public_key().as_ref(), b"ssh:");
        let format = "sk-ecdsa-sha2-nistp256@openssh.com";
        let unsigned = Signature { format, blob: &[], token: Some((5, 9)) };
        let signed = pair.sign(&random, &by_token(b"ssh:", &unsigned, b"hash").unwrap()).unwrap();
        let mut blob = Vec::new();
        signed.as_ref().chunks(32).for_each(|number| data::put_mpint(&mut blob, number));
        assert_eq!(verify(&key, &Signature { blob: &blob, ..unsigned }, b"hash"), Outcome::seen(true));
        assert_eq!(verify(&key, &Signature { blob: &blob, ..unsigned }, b"hush"), Outcome::seen(false));
    }

    #[test]
    fn another_format_proves_nothing_and_what_is_not_verified_says_so() {
        let ed25519 = PublicKey::Ed25519(&[7; 32]);
        let signature = Signature { format: "rsa-sha2-256", blob: &[1], token: None };
        assert_eq!(verify(&ed25519, &signature, b"hash"), Outcome::seen(false));
        assert_eq!(verify_sent(&ed25519, b"\0\0\0\x01", b"hash"), Outcome::seen(false));
        let small = PublicKey::Rsa(Rsa { e: &[1, 0, 1], n: &[0xff; 96] });
        assert!(verify(&small, &signature, b"hash").is_unmeasured());
        let p521 = PublicKey::Ecdsa(Curve::P521, &[4]);
        let signature = Signature { format: "ecdsa-sha2-nistp521", ..signature };
        assert!(verify(&p521, &signature, b"hash").is_unmeasured());
    }
}
