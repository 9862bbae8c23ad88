//! The registry of cipher suites, and what their names say of them.
//!
//! Numbers and names come from the crate `tls-parser`, which carries IANA's registry; a few numbers that
//! were used in the wild and never registered are added. The properties are read off the name, since the
//! names of the registry are systematic: `TLS_<key exchange>_<authentication>_WITH_<cipher>_<hash>`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use midwatch_model::{Suite, SuiteId, TlsVersion};

/// TLS_FALLBACK_SCSV, RFC 7507.
pub const FALLBACK_SCSV: u16 = 0x5600;
/// TLS_EMPTY_RENEGOTIATION_INFO_SCSV, RFC 5746.
pub const RENEGOTIATION_SCSV: u16 = 0x00ff;

/// Met in the wild, absent from the registry.
const UNREGISTERED: [(u16, &str); 9] = [
    (0x0060, "TLS_RSA_EXPORT1024_WITH_RC4_56_MD5"),
    (0x0061, "TLS_RSA_EXPORT1024_WITH_RC2_CBC_56_MD5"),
    (0xcc13, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_OLD"),
    (0xcc14, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_OLD"),
    (0xcc15, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_OLD"),
    (0x0080, "TLS_GOSTR341094_WITH_28147_CNT_IMIT"),
    (0x0081, "TLS_GOSTR341001_WITH_28147_CNT_IMIT"),
    (0xff85, "TLS_GOSTR341112_256_WITH_28147_CNT_IMIT_OLD"),
    (0xff87, "TLS_GOSTR341112_256_WITH_NULL_GOSTR3411"),
];

/// What a suite's name says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Its number.
    pub id: u16,
    /// Its registered name.
    pub name: &'static str,
    /// `ECDHE`, `DHE`, `RSA`, `ECDH`, `DH`, `PSK`, `KRB5`, `SRP` … or `TLS13`.
    pub key_exchange: &'static str,
    /// `RSA`, `ECDSA`, `DSS`, `anon`, `PSK` … or `TLS13`.
    pub authentication: &'static str,
    /// `AES-128-GCM`, `3DES-CBC`, `NULL` …
    pub cipher: String,
    /// Strength in bits.
    pub bits: u16,
    /// Fresh keys for each connection.
    pub forward_secret: bool,
    /// Authenticated encryption.
    pub aead: bool,
    /// An export suite.
    pub export: bool,
    /// Needs TLS 1.2: AEAD, or a SHA-2 hash in the name (RFC 5246 section 1.2).
    pub tls12: bool,
}

impl Registered {
    /// The suite as it stands in an observation, without what a handshake adds.
    pub fn suite(&self) -> Suite {
        Suite {
            id: SuiteId(self.id.into()),
            name: self.name.into(),
            key_exchange: self.key_exchange.into(),
            authentication: self.authentication.into(),
            cipher: self.cipher.clone(),
            bits: self.bits,
            forward_secret: self.forward_secret,
            aead: self.aead,
            anonymous: self.authentication == "anon",
            export: self.export,
            group: None,
            dh: None,
        }
    }

    /// True where it can be offered for `version`.
    pub fn fits(&self, version: TlsVersion) -> bool {
        match version {
            TlsVersion::Ssl2 => false,
            TlsVersion::Ssl3 | TlsVersion::Tls10 | TlsVersion::Tls11 => {
                !self.tls12 && self.key_exchange != "TLS13"
            }
            TlsVersion::Tls12 => self.key_exchange != "TLS13",
            TlsVersion::Tls13 => self.key_exchange == "TLS13",
        }
    }
}

/// All suites by number, signalling values left out.
pub fn all() -> &'static BTreeMap<u16, Registered> {
    static ALL: OnceLock<BTreeMap<u16, Registered>> = OnceLock::new();
    ALL.get_or_init(|| {
        let registered = tls_parser::CIPHERS.values().map(|suite| (suite.id.0, suite.name));
        registered
            .chain(UNREGISTERED)
            .filter(|(id, _)| !matches!(*id, 0 | FALLBACK_SCSV | RENEGOTIATION_SCSV))
            .map(|(id, name)| (id, describe(id, name)))
            .collect()
    })
}

/// The suite of this number as it stands in an observation; an unknown number keeps its number as its name.
pub fn suite(id: u16) -> Suite {
    match all().get(&id) {
        Some(registered) => registered.suite(),
        None => Suite {
            id: SuiteId(id.into()),
            name: format!("unregistered {id:#06x}"),
            key_exchange: "unknown".into(),
            authentication: "unknown".into(),
            cipher: "unknown".into(),
            bits: 0,
            forward_secret: false,
            aead: false,
            anonymous: false,
            export: false,
            group: None,
            dh: None,
        },
    }
}

/// An SSL 2.0 cipher kind as it stands in an observation.
pub fn ssl2_suite(kind: u32) -> Suite {
    let name = crate::ssl2::CIPHER_KINDS.iter().find(|(known, _)| *known == kind).map(|(_, name)| *name);
    let name = name.map_or_else(|| format!("unregistered {kind:#08x}"), str::to_owned);
    let export = name.contains("EXPORT");
    let (cipher, bits) = cipher_of(name.strip_prefix("SSL_CK_").unwrap_or(&name));
    Suite {
        id: SuiteId(kind),
        key_exchange: "RSA".into(),
        authentication: "RSA".into(),
        cipher,
        bits: if export { 40 } else { bits },
        forward_secret: false,
        aead: false,
        anonymous: false,
        export,
        group: None,
        dh: None,
        name,
    }
}

fn describe(id: u16, name: &'static str) -> Registered {
    let body = name.strip_prefix("TLS_").unwrap_or(name);
    let (exchange, cipher_name) = body.split_once("_WITH_").unwrap_or(("", body));
    let (key_exchange, authentication) = exchange_of(exchange);
    let export = exchange.contains("EXPORT");
    let (cipher, bits) = cipher_of(cipher_name);
    let aead =
        ["GCM", "CCM", "POLY1305", "AEGIS", "MGM", "OCB"].iter().any(|mode| cipher_name.contains(mode));
    let sha2 = ["_SHA256", "_SHA384", "_SHA512", "_SM3"].iter().any(|hash| name.ends_with(hash));
    // RFC 5489 and 5487 let PSK suites with SHA-2 run in older versions too; nobody needs them there.
    Registered {
        id,
        name,
        key_exchange,
        authentication,
        bits: match (export, name.contains("EXPORT1024")) {
            (true, true) => 56,
            (true, false) => 40,
            _ => bits,
        },
        forward_secret: matches!(key_exchange, "ECDHE" | "DHE" | "TLS13" | "SRP" | "ECCPWD"),
        aead,
        export,
        tls12: aead || sha2,
        cipher,
    }
}

fn exchange_of(exchange: &str) -> (&'static str, &'static str) {
    if exchange.is_empty() {
        return ("TLS13", "TLS13");
    }
    match exchange.trim_end_matches("1024").trim_end_matches("_EXPORT") {
        "RSA" | "RSA_FIPS" => ("RSA", "RSA"),
        "DH_anon" => ("DHE", "anon"),
        "ECDH_anon" => ("ECDHE", "anon"),
        "DH_RSA" => ("DH", "RSA"),
        "DH_DSS" => ("DH", "DSS"),
        "DHE_RSA" => ("DHE", "RSA"),
        "DHE_DSS" => ("DHE", "DSS"),
        "ECDH_RSA" => ("ECDH", "RSA"),
        "ECDH_ECDSA" => ("ECDH", "ECDSA"),
        "ECDHE_RSA" => ("ECDHE", "RSA"),
        "ECDHE_ECDSA" => ("ECDHE", "ECDSA"),
        "PSK" => ("PSK", "PSK"),
        "RSA_PSK" => ("RSA", "PSK"),
        "DHE_PSK" | "PSK_DHE" => ("DHE", "PSK"),
        "ECDHE_PSK" => ("ECDHE", "PSK"),
        "KRB5" => ("KRB5", "KRB5"),
        "SRP_SHA" => ("SRP", "SRP"),
        "SRP_SHA_RSA" => ("SRP", "RSA"),
        "SRP_SHA_DSS" => ("SRP", "DSS"),
        "ECCPWD" => ("ECCPWD", "ECCPWD"),
        other if other.starts_with("GOST") => ("GOST", "GOST"),
        _ => ("unknown", "unknown"),
    }
}

/// The bulk cipher and its strength. 3DES counts 112 bits (NIST SP 800-57 part 1, table 2).
fn cipher_of(name: &str) -> (String, u16) {
    // Longest names first where one begins like another.
    const CIPHERS: [(&str, &str, u16); 44] = [
        ("NULL", "NULL", 0),
        ("CHACHA20_POLY1305", "CHACHA20-POLY1305", 256),
        ("AES_128_GCM", "AES-128-GCM", 128),
        ("AES_256_GCM", "AES-256-GCM", 256),
        ("AES_128_CCM_8", "AES-128-CCM-8", 128),
        ("AES_256_CCM_8", "AES-256-CCM-8", 256),
        ("AES_128_CCM", "AES-128-CCM", 128),
        ("AES_256_CCM", "AES-256-CCM", 256),
        ("AES_128_OCB", "AES-128-OCB", 128),
        ("AES_256_OCB", "AES-256-OCB", 256),
        ("AES_128_CBC", "AES-128-CBC", 128),
        ("AES_256_CBC", "AES-256-CBC", 256),
        ("AEGIS_128L", "AEGIS-128L", 128),
        ("AEGIS_128X2", "AEGIS-128X2", 128),
        ("AEGIS_256X2", "AEGIS-256X2", 256),
        ("AEGIS_256", "AEGIS-256", 256),
        ("CAMELLIA_128_GCM", "CAMELLIA-128-GCM", 128),
        ("CAMELLIA_256_GCM", "CAMELLIA-256-GCM", 256),
        ("CAMELLIA_128_CBC", "CAMELLIA-128-CBC", 128),
        ("CAMELLIA_256_CBC", "CAMELLIA-256-CBC", 256),
        ("ARIA_128_GCM", "ARIA-128-GCM", 128),
        ("ARIA_256_GCM", "ARIA-256-GCM", 256),
        ("ARIA_128_CBC", "ARIA-128-CBC", 128),
        ("ARIA_256_CBC", "ARIA-256-CBC", 256),
        ("SM4_GCM", "SM4-GCM", 128),
        ("SM4_CCM", "SM4-CCM", 128),
        ("SEED_CBC", "SEED-CBC", 128),
        ("IDEA_128_CBC", "IDEA-CBC", 128),
        ("IDEA_CBC", "IDEA-CBC", 128),
        ("3DES_EDE_CBC", "3DES-CBC", 112),
        ("DES_192_EDE3_CBC", "3DES-CBC", 112),
        ("DES_64_CBC", "DES-CBC", 56),
        ("DES_CBC_40", "DES-CBC-40", 40),
        ("DES40_CBC", "DES-CBC-40", 40),
        ("DES_CBC", "DES-CBC", 56),
        ("RC2_128_CBC", "RC2-CBC", 128),
        ("RC2_CBC_40", "RC2-CBC-40", 40),
        ("RC2_CBC_56", "RC2-CBC-56", 56),
        ("RC4_128", "RC4", 128),
        ("RC4_56", "RC4-56", 56),
        ("RC4_40", "RC4-40", 40),
        ("28147_CNT", "GOST-28147", 256),
        ("KUZNYECHIK", "KUZNYECHIK", 256),
        ("MAGMA", "MAGMA", 256),
    ];
    match CIPHERS.iter().find(|(start, _, _)| name.starts_with(start)) {
        Some((_, cipher, bits)) => ((*cipher).into(), *bits),
        None => (name.replace('_', "-"), 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(id: u16) -> (&'static str, &'static str, &'static str, u16, bool, bool) {
        let suite = &all()[&id];
        let cipher: &'static str = suite.cipher.clone().leak();
        (suite.key_exchange, suite.authentication, cipher, suite.bits, suite.forward_secret, suite.aead)
    }

    #[test]
    fn names_are_read() {
        assert_eq!(of(0x1301), ("TLS13", "TLS13", "AES-128-GCM", 128, true, true));
        assert_eq!(of(0xc02f), ("ECDHE", "RSA", "AES-128-GCM", 128, true, true));
        assert_eq!(of(0x000a), ("RSA", "RSA", "3DES-CBC", 112, false, false));
        assert_eq!(of(0x0034), ("DHE", "anon", "AES-128-CBC", 128, true, false));
        assert_eq!(of(0xc018), ("ECDHE", "anon", "AES-128-CBC", 128, true, false));
        assert_eq!(of(0x0001), ("RSA", "RSA", "NULL", 0, false, false));
        assert_eq!(of(0x0003), ("RSA", "RSA", "RC4-40", 40, false, false));
        assert_eq!(of(0x0064), ("RSA", "RSA", "RC4-56", 56, false, false));
        assert_eq!(of(0xc0a8), ("PSK", "PSK", "AES-128-CCM-8", 128, false, true));
    }

    #[test]
    fn everything_in_the_registry_is_understood() {
        for suite in all().values() {
            assert_ne!(suite.key_exchange, "unknown", "{}", suite.name);
            assert!(
                suite.bits > 0
                    || suite.cipher == "NULL"
                    || suite.name.contains("SHA256_SHA256")
                    || suite.name.contains("SHA384_SHA384"),
                "{suite:?}"
            );
            let lowest = [TlsVersion::Tls10, TlsVersion::Tls12, TlsVersion::Tls13];
            assert!(lowest.iter().any(|&version| suite.fits(version)), "{}", suite.name);
        }
        assert!(all().len() > 340, "{}", all().len());
    }

    #[test]
    fn ssl2_kinds() {
        let suite = ssl2_suite(0x02_00_80);
        assert_eq!((suite.cipher.as_str(), suite.bits, suite.export), ("RC4", 40, true));
        assert_eq!(ssl2_suite(0x07_00_c0).cipher, "3DES-CBC");
    }
}
