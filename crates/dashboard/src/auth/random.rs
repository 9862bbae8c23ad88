//! Random octets, and the ways in which secrets are written and compared.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest;

/// Octets of a session token, an API token and a challenge: 256 bits.
pub const TOKEN: usize = 32;

/// `N` octets from the operating system.
///
/// # Panics
/// When the operating system has none: without them nothing here is safe.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    getrandom::fill(&mut out).expect("the operating system gives random octets");
    out
}

/// A fresh token of 256 bits in base64url (RFC 4648, section 5) without padding: 43 characters.
pub fn token() -> String {
    encode(&bytes::<TOKEN>())
}

/// base64url without padding.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// base64url without padding, read strictly; nothing where it is not that.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// SHA-256 in base64url: how tokens are kept. They are random and long, so that a fast hash serves.
pub fn hash(secret: &str) -> String {
    encode(digest::digest(&digest::SHA256, secret.as_bytes()).as_ref())
}

/// Whether two texts are the same, in a time that tells nothing of where they differ.
pub fn same(one: &str, other: &str) -> bool {
    let digest = |text: &str| digest::digest(&digest::SHA256, text.as_bytes());
    digest(one).as_ref() == digest(other).as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_and_differ() {
        let (one, other) = (token(), token());
        assert_eq!((one.len(), decode(&one).map(|bytes| bytes.len())), (43, Some(32)));
        assert!(one != other && same(&one, &one.clone()) && !same(&one, &other));
        assert_eq!(hash("abc"), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
        assert_eq!(decode("a+b/"), None, "the other alphabet is not taken");
        assert_eq!(decode("YQ=="), None, "padding is not taken");
    }
}
