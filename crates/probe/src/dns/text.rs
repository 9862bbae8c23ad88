//! TXT records (RFC 1035 3.3.14).

use midwatch_model::lossless;

use super::reader::Reader;

/// Bytes of one record that are kept: more than any policy that is published as text needs.
const MAX_TEXT: usize = 4_096;

/// The strings of a TXT record put together without anything between them, as all who publish policies by TXT have it
/// (RFC 7208 3.3, RFC 8461 3.1, RFC 6376 3.6.2.2). Cut after 4,096 bytes. None where a length leads past the end.
pub fn record(data: &[u8]) -> Option<String> {
    let mut reader = Reader(data);
    let mut text = Vec::new();
    while !reader.is_empty() {
        text.extend_from_slice(reader.short()?);
    }
    text.truncate(MAX_TEXT);
    Some(lossless(&text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn strings_are_put_together() {
        assert_eq!(record(b"\x04v=DK\x07IM1; k=").as_deref(), Some("v=DKIM1; k="));
        assert_eq!(record(b"").as_deref(), Some(""));
        assert_eq!(record(b"\x05abc"), None);
        assert_eq!(record(b"\x02a\xff").as_deref(), Some("a\\xff"));
        let long: Vec<u8> =
            std::iter::repeat_n([vec![255], vec![b'a'; 255]].concat(), 20).flatten().collect();
        assert_eq!(record(&long).map(|text| text.len()), Some(MAX_TEXT));
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(data in prop::collection::vec(any::<u8>(), 0..600)) {
            let _ = record(&data);
        }
    }
}
