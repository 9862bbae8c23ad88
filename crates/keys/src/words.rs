//! A key in words, to be read aloud.
//!
//! # How the words are computed
//!
//! ```text
//! digest = SHA-256( "midwatch key words v1" || 0x00 || format || 0x00 || length || material )
//! ```
//!
//! `format` is [`Format::id`](crate::Format::id) in ASCII, `length` the number of octets of `material` as eight octets, the
//! highest first. `material` is
//!
//! | format | material |
//! |---|---|
//! | `openssh` | the key as RFC 4253, section 6.6 has it (what follows the type in a line, without base64); of a certificate, the key inside |
//! | `openpgp` | what is hashed for the fingerprint of the primary key (RFC 9580, section 5.5.4: 0x99, 0x9A or 0x9B, length, body of the key packet); of a key of version 3, the body alone |
//! | `spki` | the SubjectPublicKeyInfo in DER |
//! | `x509` | the certificate in DER |
//! | `age` | the 32 octets of an X25519 recipient; of others the recipient in small letters |
//! | `minisign`, `signify` | the 42 octets: `Ed`, number, key |
//! | `wireguard` | the 32 octets |
//!
//! Octet *i* of the digest, counted from 0, is said by word number *octet* of the PGP word list's list for even places
//! (two syllables) where *i* is even, and of its list for odd places (three syllables) where *i* is odd. The words are the first 16 of the
//! digest; the short form is the first 10.
//!
//! # What they are worth
//!
//! A word is 8 bits. Whoever wants a key of his own whose 16 words are those of a given key has to try about 2^128 keys, which
//! nobody can. For the short form that is 2^80: out of reach for most, and not for ever; it is for what is looked at
//! again soon. Whoever is content with any of a million victims needs 20 bits less. Two keys *of his own* with the same 16
//! words need 2^64 tries; with those he could show two people two keys, and impersonate nobody.

use midwatch_data::words::list;

use crate::PublicKey;
use crate::hash::sha256;

/// Words for what is trusted for long: 128 bits.
pub const LONG: usize = 16;

/// Words of the short form: 80 bits.
pub const SHORT: usize = 10;

/// Bits that a word says.
pub const BITS: usize = 8;

const DOMAIN: &[u8] = b"midwatch key words v1";

/// The digest that the words say.
pub fn digest(key: &PublicKey) -> [u8; 32] {
    let length = u64::try_from(key.material.len()).unwrap_or(u64::MAX);
    let parts = [DOMAIN, &[0], key.format.id().as_bytes(), &[0], &length.to_be_bytes(), &key.material];
    sha256(&parts.concat())
}

/// The first `count` words of a key, at most 32.
pub fn words(key: &PublicKey, count: usize) -> Vec<&'static str> {
    digest(key).iter().take(count).enumerate().map(|(place, byte)| list().word(place, *byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Hint, read};

    fn wireguard(byte: u8) -> PublicKey {
        let text = crate::hash::base64(&[byte; 32]);
        let hint = Hint { name: None, format: Some(Format::Wireguard) };
        read(text.as_bytes(), &hint).expect("a key").remove(0)
    }

    /// Computed by sha256sum and the list, and not by this code: see docs/src/keys.md.
    #[test]
    fn the_words_are_what_the_definition_says() {
        assert_eq!(
            words(&wireguard(1), SHORT).join(" "),
            "berserk medusa commence outfielder banjo corrosion afflict misnomer spearhead glossary"
        );
    }

    #[test]
    fn the_short_form_is_the_beginning_of_the_long() {
        let key = wireguard(2);
        let long = words(&key, LONG);
        assert_eq!((long.len(), &long[..SHORT]), (16, &words(&key, SHORT)[..]));
        assert_eq!(words(&key, 99).len(), 32);
    }

    #[test]
    fn the_format_is_part_of_it() {
        let key = wireguard(3);
        let age = PublicKey { format: Format::Age, ..key.clone() };
        assert_eq!(key.material, age.material);
        assert_ne!(digest(&key), digest(&age));
    }
}
