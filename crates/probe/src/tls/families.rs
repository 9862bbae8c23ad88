//! The order in which suites are offered.
//!
//! A first offer holds the suites of one family (one key exchange and one kind of certificate), so that the
//! families can be asked side by side and a server's second certificate comes to light. Everything that few
//! servers accept goes together into large offers of at most [`LARGEST`], which are refused whole as a rule.

use midwatch_model::TlsVersion;
use midwatch_wire::tls::suites::{self, Registered};

/// The most suites in one hello: some servers fail from 128 on.
pub const LARGEST: usize = 100;

/// The families for a version, each in the order of the offer.
pub fn of(version: TlsVersion) -> Vec<Vec<u16>> {
    let fitting = || suites::all().values().filter(|suite| suite.fits(version));
    if version == TlsVersion::Tls13 {
        return vec![ordered(fitting().collect())];
    }
    let mut families: Vec<Vec<u16>> = [("ECDHE", "ECDSA"), ("ECDHE", "RSA"), ("RSA", "RSA"), ("DHE", "RSA")]
        .into_iter()
        .map(|(exchange, authentication)| {
            let of_family = |suite: &&Registered| {
                suite.key_exchange == exchange && suite.authentication == authentication && is_usual(suite)
            };
            ordered(fitting().filter(of_family).collect())
        })
        .collect();
    let usual: Vec<u16> = families.concat();
    let rare = ordered(fitting().filter(|suite| !usual.contains(&suite.id)).collect());
    families.extend(rare.chunks(LARGEST).map(<[u16]>::to_vec));
    families.retain(|family| !family.is_empty());
    families
}

/// The ciphers that servers in their stock settings accept.
fn is_usual(suite: &Registered) -> bool {
    let starts = |start: &str| suite.cipher.starts_with(start);
    let usual = match suite.aead {
        true => starts("AES-") || starts("CHACHA20") || starts("ARIA"),
        false => starts("AES-") || starts("CAMELLIA") || starts("3DES"),
    };
    usual && !suite.export && !suite.name.contains("OLD")
}

/// Suites that servers treat alike side by side.
fn ordered(mut list: Vec<&Registered>) -> Vec<u16> {
    list.sort_by_key(|suite| (class(suite), suite.id));
    list.into_iter().map(|suite| suite.id).collect()
}

fn class(suite: &Registered) -> u8 {
    let starts = |start: &str| suite.cipher.starts_with(start);
    match () {
        () if suite.authentication == "anon" => 10,
        () if suite.export => 12,
        () if suite.bits == 0 => 11,
        () if suite.cipher.ends_with("GCM") && starts("AES") => 0,
        () if starts("CHACHA20") => 1,
        () if starts("AES") && suite.aead => 3,
        () if starts("ARIA") => 4,
        () if starts("AES") && suite.tls12 => 5,
        () if starts("CAMELLIA") && suite.tls12 => 6,
        () if starts("AES") => 7,
        () if starts("CAMELLIA") => 8,
        () if starts("3DES") => 9,
        () => 13,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_is_offered_once_and_no_offer_is_too_large() {
        for version in TlsVersion::ALL.into_iter().skip(1) {
            let families = of(version);
            let mut offered = families.concat();
            let expected: Vec<u16> =
                suites::all().values().filter(|suite| suite.fits(version)).map(|suite| suite.id).collect();
            offered.sort_unstable();
            assert_eq!(offered, expected, "{version}");
            assert!(families.iter().all(|family| family.len() <= LARGEST));
        }
    }
}
