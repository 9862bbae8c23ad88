//! The key of an alert as protocols can carry it.

use ring::digest;

/// A key, of any form and length, as 32 hexadecimal digits: the first half of its SHA-256. Message-IDs, webhook ids
/// and the like are made from it, so they stay the same at each attempt and hold nothing that those protocols give a
/// meaning to.
pub fn short(key: &str) -> String {
    hex(&digest::digest(&digest::SHA256, key.as_bytes()).as_ref()[..16])
}

/// Bytes as lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_differ_and_stay() {
        // printf 'a' | sha256sum
        assert_eq!(short("a"), "ca978112ca1bbdcafac231b39a23dc4d");
        assert_ne!(short("changes/shop/1/mail"), short("changes/shop/1/hook"));
    }
}
