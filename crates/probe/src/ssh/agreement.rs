//! The client's half of the exchanges that are run: X25519, ECDH on P-256 and P-384, and Diffie-Hellman in groups.

use midwatch_wire::ssh::exchange::{ChosenGroup, Public};
use midwatch_wire::ssh::groups::GENERATOR;
use midwatch_wire::ssh::method::{Curve, Group, Hash, Kind};
use num_bigint::BigUint;
use ring::agreement::{self, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::digest;

/// Methods that are run, the most wanted first: the quickest for both sides, and those with SHA-1 last.
pub(super) const RUN: [&str; 13] = [
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "diffie-hellman-group14-sha256",
    "diffie-hellman-group15-sha512",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group17-sha512",
    "diffie-hellman-group18-sha512",
    "diffie-hellman-group14-sha1",
    "diffie-hellman-group-exchange-sha1",
    "diffie-hellman-group1-sha1",
];

/// Bytes of the exponent. Its length bounds the work; the secret protects nothing, since no key is taken into use.
const EXPONENT_BYTES: usize = 64;

/// Largest prime that is computed with, in bits: the largest that OpenSSH takes (RFC 4419 asks for 8192 at most).
pub(super) const MAX_PRIME: u64 = 8192;

/// Smallest prime that is computed with.
const MIN_PRIME: u64 = 512;

/// A private value, waiting for the server's public one.
pub(super) enum Agreement {
    /// On a curve, with this side's point.
    Curve(EphemeralPrivateKey, &'static agreement::Algorithm, Vec<u8>),
    /// In a group, with this side's public value.
    Group { prime: BigUint, exponent: BigUint, public: Vec<u8> },
}

impl Agreement {
    /// Begins an exchange whose name says all. None where it is not run here, or the system has no randomness.
    pub(super) fn start(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Curve25519 => curve(&agreement::X25519),
            Kind::Ecdh(Curve::P256) => curve(&agreement::ECDH_P256),
            Kind::Ecdh(Curve::P384) => curve(&agreement::ECDH_P384),
            Kind::Group(named) => group(prime(named)?, BigUint::from(GENERATOR)),
            Kind::Ecdh(Curve::P521) | Kind::GroupExchange | Kind::Hybrid => None,
        }
    }

    /// Begins an exchange in a group that the server chose.
    ///
    /// # Errors
    /// Says why nobody can use the group.
    pub(super) fn in_group(chosen: ChosenGroup<'_>) -> Result<Self, String> {
        let (prime, generator) =
            (BigUint::from_bytes_be(chosen.prime), BigUint::from_bytes_be(chosen.generator));
        let bits = prime.bits();
        if !(MIN_PRIME..=MAX_PRIME).contains(&bits) || !prime.bit(0) {
            return Err(format!("a group of {bits} bits that no client can use"));
        }
        let one = BigUint::from(1_u8);
        if generator <= one || generator >= &prime - &one {
            return Err("a group whose generator no client can use".into());
        }
        group(prime, generator).ok_or_else(|| "this system has no randomness".into())
    }

    /// This side's public value.
    pub(super) fn public(&self) -> Public<'_> {
        match self {
            Agreement::Curve(.., point) => Public::Point(point),
            Agreement::Group { public, .. } => Public::Number(public),
        }
    }

    /// The secret as big-endian bytes. None where the server's value is one that must be refused (RFC 4253 section
    /// 8: 1 to p-1; RFC 8731 section 3 and RFC 5656 section 4: points that are none, or give zero).
    pub(super) fn secret(self, server: Public<'_>) -> Option<Vec<u8>> {
        match (self, server) {
            (Agreement::Curve(private, algorithm, _), Public::Point(point)) => {
                agree_ephemeral(private, &UnparsedPublicKey::new(algorithm, point), <[u8]>::to_vec).ok()
            }
            (Agreement::Group { prime, exponent, .. }, Public::Number(number)) => {
                let one = BigUint::from(1_u8);
                let number = BigUint::from_bytes_be(number);
                (number > one && number < &prime - &one)
                    .then(|| number.modpow(&exponent, &prime).to_bytes_be())
            }
            _ => None,
        }
    }
}

fn curve(algorithm: &'static agreement::Algorithm) -> Option<Agreement> {
    let private = EphemeralPrivateKey::generate(algorithm, &ring::rand::SystemRandom::new()).ok()?;
    let point = private.compute_public_key().ok()?.as_ref().to_vec();
    Some(Agreement::Curve(private, algorithm, point))
}

fn group(prime: BigUint, generator: BigUint) -> Option<Agreement> {
    let mut exponent = [0; EXPONENT_BYTES];
    getrandom::fill(&mut exponent).ok()?;
    // Never below 2, and below the prime, as RFC 4253 section 8 has it.
    let exponent = BigUint::from_bytes_be(&exponent) % (&prime >> 2_u8) + BigUint::from(2_u8);
    let public = generator.modpow(&exponent, &prime).to_bytes_be();
    Some(Agreement::Group { prime, exponent, public })
}

fn prime(group: Group) -> Option<BigUint> {
    BigUint::parse_bytes(group.prime().as_bytes(), 16)
}

/// The first of [`RUN`] that is among these methods.
pub(super) fn choose(offered: &[String]) -> Option<&'static str> {
    RUN.into_iter().find(|name| offered.iter().any(|known| known == name))
}

/// The hash of a method.
pub(super) fn hash(hash: Hash) -> &'static digest::Algorithm {
    match hash {
        Hash::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        Hash::Sha256 => &digest::SHA256,
        Hash::Sha384 => &digest::SHA384,
        Hash::Sha512 => &digest::SHA512,
    }
}

#[cfg(test)]
mod tests {
    use midwatch_wire::ssh::method::method;

    use super::*;
    use crate::tls::primes;

    #[test]
    fn primes_are_those_of_the_rfcs() {
        use Group::{Modp2048, Modp3072, Modp4096, Modp6144, Modp8192, Oakley2};
        for (group, bits) in [
            (Oakley2, 1024),
            (Modp2048, 2048),
            (Modp3072, 3072),
            (Modp4096, 4096),
            (Modp6144, 6144),
            (Modp8192, 8192),
        ] {
            let prime = prime(group).unwrap();
            assert_eq!(prime.bits(), bits);
            // The hashes were taken from the formulas by themselves.
            let hash = digest::digest(&digest::SHA256, &prime.to_bytes_be());
            let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
            assert!(primes::name(&hash).unwrap().contains(&format!("MODP {bits} ")));
        }
    }

    #[test]
    fn both_sides_come_to_the_same_secret() {
        for name in RUN {
            let Some(method) = method(name).filter(|method| method.kind != Kind::GroupExchange) else {
                continue;
            };
            let (here, there) =
                (Agreement::start(method.kind).unwrap(), Agreement::start(method.kind).unwrap());
            let (a, b) = (own(here.public()), own(there.public()));
            let as_public = |bytes: &'static [u8]| match method.kind {
                Kind::Group(_) => Public::Number(bytes),
                _ => Public::Point(bytes),
            };
            let secrets = (here.secret(as_public(b)), there.secret(as_public(a)));
            assert!(secrets.0.is_some() && secrets.0 == secrets.1, "{name}");
        }
    }

    fn own(public: Public<'_>) -> &'static [u8] {
        match public {
            Public::Number(bytes) | Public::Point(bytes) => bytes.to_vec().leak(),
        }
    }

    #[test]
    fn values_that_give_the_secret_away_are_refused() {
        let group = || Agreement::start(Kind::Group(Group::Oakley2)).unwrap();
        let prime = prime(Group::Oakley2).unwrap();
        for bad in [vec![], vec![1], (&prime - 1_u8).to_bytes_be(), prime.to_bytes_be()] {
            assert_eq!(group().secret(Public::Number(&bad)), None);
        }
        let curve = || Agreement::start(Kind::Curve25519).unwrap();
        assert_eq!(curve().secret(Public::Point(&[0; 32])), None);
        assert_eq!(curve().secret(Public::Point(&[9; 31])), None);
        assert_eq!(curve().secret(Public::Number(&[9; 32])), None);
    }

    #[test]
    fn groups_that_nobody_can_use_are_refused() {
        let prime = prime(Group::Oakley2).unwrap().to_bytes_be();
        let chosen = |prime, generator| Agreement::in_group(ChosenGroup { prime, generator });
        assert!(chosen(&prime, &[2]).is_ok());
        assert!(chosen(&prime, &[1]).is_err() && chosen(&prime, &prime).is_err());
        assert!(chosen(&[23], &[2]).is_err() && chosen(&[], &[]).is_err());
        let even = [&prime[..], &[0]].concat();
        assert!(chosen(&even, &[2]).is_err() && chosen(&[0xff; 1025], &[2]).is_err());
    }
}
