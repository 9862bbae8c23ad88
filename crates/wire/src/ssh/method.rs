//! Key exchange methods by their names.

/// A method whose exchange is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    /// The exchange.
    pub kind: Kind,
    /// The hash of the exchange hash, which is part of the name.
    pub hash: Hash,
}

/// How the secret comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// X25519 (RFC 8731).
    Curve25519,
    /// ECDH on a NIST curve of 256, 384 or 521 bits (RFC 5656).
    Ecdh(Curve),
    /// Diffie-Hellman in a group that is part of the name (RFC 4253, RFC 8268).
    Group(Group),
    /// Diffie-Hellman in a group that the server chooses (RFC 4419).
    GroupExchange,
    /// A classic exchange together with one that a quantum computer does not break. Recognised, not run here.
    Hybrid,
}

/// The NIST curves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// nistp256.
    P256,
    /// nistp384.
    P384,
    /// nistp521.
    P521,
}

impl Curve {
    /// As it stands in names and keys.
    pub fn name(self) -> &'static str {
        match self {
            Curve::P256 => "nistp256",
            Curve::P384 => "nistp384",
            Curve::P521 => "nistp521",
        }
    }

    /// Bits of its order.
    pub fn bits(self) -> u32 {
        match self {
            Curve::P256 => 256,
            Curve::P384 => 384,
            Curve::P521 => 521,
        }
    }
}

/// The MODP groups that methods are named after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// `group1`: 1024 bits, which is Oakley's group 2 (RFC 2409 section 6.2).
    Oakley2,
    /// `group14`: 2048 bits (RFC 3526).
    Modp2048,
    /// `group15`: 3072 bits.
    Modp3072,
    /// `group16`: 4096 bits.
    Modp4096,
    /// `group17`: 6144 bits.
    Modp6144,
    /// `group18`: 8192 bits.
    Modp8192,
}

/// Hashes of exchange hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// The method of this name, where its exchange is known.
pub fn method(name: &str) -> Option<Method> {
    use Hash::{Sha1, Sha256, Sha384, Sha512};
    let (kind, hash) = match name {
        "curve25519-sha256" | "curve25519-sha256@libssh.org" => (Kind::Curve25519, Sha256),
        "ecdh-sha2-nistp256" => (Kind::Ecdh(Curve::P256), Sha256),
        "ecdh-sha2-nistp384" => (Kind::Ecdh(Curve::P384), Sha384),
        "ecdh-sha2-nistp521" => (Kind::Ecdh(Curve::P521), Sha512),
        "diffie-hellman-group1-sha1" => (Kind::Group(Group::Oakley2), Sha1),
        "diffie-hellman-group14-sha1" => (Kind::Group(Group::Modp2048), Sha1),
        "diffie-hellman-group14-sha256" => (Kind::Group(Group::Modp2048), Sha256),
        "diffie-hellman-group15-sha512" => (Kind::Group(Group::Modp3072), Sha512),
        "diffie-hellman-group16-sha512" => (Kind::Group(Group::Modp4096), Sha512),
        "diffie-hellman-group17-sha512" => (Kind::Group(Group::Modp6144), Sha512),
        "diffie-hellman-group18-sha512" => (Kind::Group(Group::Modp8192), Sha512),
        "diffie-hellman-group-exchange-sha1" => (Kind::GroupExchange, Sha1),
        "diffie-hellman-group-exchange-sha256" => (Kind::GroupExchange, Sha256),
        "mlkem768x25519-sha256" | "mlkem768nistp256-sha256" => (Kind::Hybrid, Sha256),
        "mlkem1024nistp384-sha384" => (Kind::Hybrid, Sha384),
        "sntrup761x25519-sha512" | "sntrup761x25519-sha512@openssh.com" => (Kind::Hybrid, Sha512),
        _ => return None,
    };
    Some(Method { kind, hash })
}

/// True for a name that stands among the methods and is none: it announces an extension (RFC 8308, and OpenSSH's
/// strict key exchange).
pub fn is_announcement(name: &str) -> bool {
    matches!(name, "ext-info-c" | "ext-info-s")
        || name.starts_with("kex-strict-")
        // Dropbear's, about which guesses it takes for right.
        || name == "kexguess2@matt.ucc.asn.au"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_told_by_name() {
        let all = [
            ("curve25519-sha256", Some((Kind::Curve25519, Hash::Sha256))),
            ("ecdh-sha2-nistp521", Some((Kind::Ecdh(Curve::P521), Hash::Sha512))),
            ("diffie-hellman-group1-sha1", Some((Kind::Group(Group::Oakley2), Hash::Sha1))),
            ("sntrup761x25519-sha512@openssh.com", Some((Kind::Hybrid, Hash::Sha512))),
            ("mlkem768x25519-sha256", Some((Kind::Hybrid, Hash::Sha256))),
            ("gss-group14-sha256-toWM5Slw5Ew8Mqkay+al2g==", None),
            ("ext-info-s", None),
        ];
        for (name, expected) in all {
            assert_eq!(method(name).map(|method| (method.kind, method.hash)), expected, "{name}");
        }
        assert!(is_announcement("kex-strict-s-v00@openssh.com") && !is_announcement("curve25519-sha256"));
    }
}
