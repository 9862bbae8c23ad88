//! Key-exchange groups (RFC 8446 section 4.2.7 and the registry) and key shares for them.
//!
//! A share is only ever sent to learn whether the server would take it; the handshake ends before anything
//! is computed with it. So a share needs to be well formed and valid, and its secret need not exist: a point
//! that everybody knows serves for the NIST curves, and any list of coefficients below the modulus for
//! ML-KEM (the check of FIPS 203 section 7.2 passes).

/// A group: number, registered name, kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its number.
    pub id: u16,
    /// Its registered name.
    pub name: &'static str,
    /// What it is built from.
    pub kind: Kind,
    /// It may be offered in TLS 1.3.
    pub tls13: bool,
}

/// What a group is built from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An elliptic curve.
    Curve,
    /// A finite field (RFC 7919).
    FiniteField,
    /// ML-KEM, alone or beside a curve.
    PostQuantum,
}

macro_rules! groups {
    ($($id:literal $name:literal $kind:ident $tls13:literal;)*) => {
        [$(Group { id: $id, name: $name, kind: Kind::$kind, tls13: $tls13 }),*]
    };
}

/// Every group that is probed, in the order of the registry.
pub const ALL: [Group; 49] = groups! {
    0x0001 "sect163k1" Curve false;
    0x0002 "sect163r1" Curve false;
    0x0003 "sect163r2" Curve false;
    0x0004 "sect193r1" Curve false;
    0x0005 "sect193r2" Curve false;
    0x0006 "sect233k1" Curve false;
    0x0007 "sect233r1" Curve false;
    0x0008 "sect239k1" Curve false;
    0x0009 "sect283k1" Curve false;
    0x000a "sect283r1" Curve false;
    0x000b "sect409k1" Curve false;
    0x000c "sect409r1" Curve false;
    0x000d "sect571k1" Curve false;
    0x000e "sect571r1" Curve false;
    0x000f "secp160k1" Curve false;
    0x0010 "secp160r1" Curve false;
    0x0011 "secp160r2" Curve false;
    0x0012 "secp192k1" Curve false;
    0x0013 "secp192r1" Curve false;
    0x0014 "secp224k1" Curve false;
    0x0015 "secp224r1" Curve false;
    0x0016 "secp256k1" Curve false;
    0x0017 "secp256r1" Curve true;
    0x0018 "secp384r1" Curve true;
    0x0019 "secp521r1" Curve true;
    0x001a "brainpoolP256r1" Curve false;
    0x001b "brainpoolP384r1" Curve false;
    0x001c "brainpoolP512r1" Curve false;
    0x001d "x25519" Curve true;
    0x001e "x448" Curve true;
    0x001f "brainpoolP256r1tls13" Curve true;
    0x0020 "brainpoolP384r1tls13" Curve true;
    0x0021 "brainpoolP512r1tls13" Curve true;
    0x0029 "curveSM2" Curve true;
    0x0100 "ffdhe2048" FiniteField true;
    0x0101 "ffdhe3072" FiniteField true;
    0x0102 "ffdhe4096" FiniteField true;
    0x0103 "ffdhe6144" FiniteField true;
    0x0104 "ffdhe8192" FiniteField true;
    0x0200 "MLKEM512" PostQuantum true;
    0x0201 "MLKEM768" PostQuantum true;
    0x0202 "MLKEM1024" PostQuantum true;
    0x11eb "SecP256r1MLKEM768" PostQuantum true;
    0x11ec "X25519MLKEM768" PostQuantum true;
    0x11ed "SecP384r1MLKEM1024" PostQuantum true;
    0x11ee "curveSM2MLKEM768" PostQuantum true;
    0x6399 "X25519Kyber768Draft00" PostQuantum true;
    0x639a "SecP256r1Kyber768Draft00" PostQuantum true;
    0xff01 "arbitrary_explicit_prime_curves" Curve false;
};

/// The hybrid group that browsers offer first.
pub const X25519MLKEM768: u16 = 0x11ec;
/// Curve25519, RFC 7748.
pub const X25519: u16 = 0x001d;
/// NIST P-256.
pub const SECP256R1: u16 = 0x0017;
/// NIST P-384.
pub const SECP384R1: u16 = 0x0018;

/// The group of this number.
pub fn of(id: u16) -> Option<&'static Group> {
    ALL.iter().find(|group| group.id == id)
}

/// The name of a number, registered or not.
pub fn name(id: u16) -> String {
    of(id).map_or_else(|| format!("unregistered {id:#06x}"), |group| group.name.to_owned())
}

/// A key share for the group, where midwatch can make one (the curves in use, and ML-KEM-768 with its
/// hybrids). `random` yields one byte after the other.
pub fn key_share(id: u16, random: &mut dyn FnMut() -> u8) -> Option<Vec<u8>> {
    let mut bytes = |count: usize| (0..count).map(|_| random()).collect::<Vec<u8>>();
    Some(match id {
        SECP256R1 => P256_BASE.to_vec(),
        0x0018 => P384_BASE.to_vec(),
        X25519 => bytes(32),
        0x001e => bytes(56),
        0x0201 => ml_kem(3, &mut bytes),
        // The order within a hybrid share follows its draft: ML-KEM first beside X25519, the curve first
        // beside the NIST curves (draft-ietf-tls-ecdhe-mlkem).
        X25519MLKEM768 => [ml_kem(3, &mut bytes), bytes(32)].concat(),
        0x11eb => [P256_BASE.to_vec(), ml_kem(3, &mut bytes)].concat(),
        0x11ed => [P384_BASE.to_vec(), ml_kem(4, &mut bytes)].concat(),
        _ => return None,
    })
}

/// An encapsulation key of `k` polynomials: 256 twelve-bit coefficients each, then the 32-byte seed.
fn ml_kem(k: usize, bytes: &mut dyn FnMut(usize) -> Vec<u8>) -> Vec<u8> {
    const MODULUS: u16 = 3329;
    let mut key = Vec::with_capacity(384 * k + 32);
    for pair in bytes(256 * k * 2).chunks_exact(4) {
        let &[a, b, c, d] = pair else { continue };
        let first = u16::from_be_bytes([a, b]) % MODULUS;
        let second = u16::from_be_bytes([c, d]) % MODULUS;
        key.push((first & 0xff) as u8);
        key.push((first >> 8 | (second & 0xf) << 4) as u8);
        key.push((second >> 4) as u8);
    }
    key.extend(bytes(32));
    key
}

/// The base point of P-256, uncompressed (FIPS 186-4 D.1.2.3).
const P256_BASE: [u8; 65] = [
    0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
    0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f,
    0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce,
    0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
];

/// The base point of P-384, uncompressed (FIPS 186-4 D.1.2.4).
const P384_BASE: [u8; 97] = [
    0x04, 0xaa, 0x87, 0xca, 0x22, 0xbe, 0x8b, 0x05, 0x37, 0x8e, 0xb1, 0xc7, 0x1e, 0xf3, 0x20, 0xad, 0x74,
    0x6e, 0x1d, 0x3b, 0x62, 0x8b, 0xa7, 0x9b, 0x98, 0x59, 0xf7, 0x41, 0xe0, 0x82, 0x54, 0x2a, 0x38, 0x55,
    0x02, 0xf2, 0x5d, 0xbf, 0x55, 0x29, 0x6c, 0x3a, 0x54, 0x5e, 0x38, 0x72, 0x76, 0x0a, 0xb7, 0x36, 0x17,
    0xde, 0x4a, 0x96, 0x26, 0x2c, 0x6f, 0x5d, 0x9e, 0x98, 0xbf, 0x92, 0x92, 0xdc, 0x29, 0xf8, 0xf4, 0x1d,
    0xbd, 0x28, 0x9a, 0x14, 0x7c, 0xe9, 0xda, 0x31, 0x13, 0xb5, 0xf0, 0xb8, 0xc0, 0x0a, 0x60, 0xb1, 0xce,
    0x1d, 0x7e, 0x81, 0x9d, 0x7a, 0x43, 0x1d, 0x7c, 0x90, 0xea, 0x0e, 0x5f,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_the_registered_sizes() {
        let mut random = || 0x5a;
        for (id, size) in
            [(0x11ec, 1216), (0x11eb, 1249), (0x11ed, 97 + 1568), (0x0017, 65), (0x001d, 32), (0x0201, 1184)]
        {
            assert_eq!(key_share(id, &mut random).map(|share| share.len()), Some(size), "{}", name(id));
        }
        assert_eq!(key_share(0x0100, &mut random), None);
    }

    #[test]
    fn coefficients_are_below_the_modulus() {
        let mut state = 1_u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let key = ml_kem(3, &mut |count| (0..count).map(|_| random()).collect());
        for triple in key[..1152].chunks_exact(3) {
            let [a, b, c] = [triple[0], triple[1], triple[2]].map(u16::from);
            assert!((a | (b & 0xf) << 8) < 3329 && (b >> 4 | c << 4) < 3329);
        }
    }

    #[test]
    fn sorted_and_unique() {
        assert!(ALL.windows(2).all(|pair| pair[0].id < pair[1].id));
    }
}
