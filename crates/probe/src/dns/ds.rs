//! DS records (RFC 4034 section 5.1).

use midwatch_model::DsRecord;

use super::reader::{Reader, hex};

/// Bytes of a digest that are kept: twice what the longest in use has.
const MAX_DIGEST: usize = 128;

/// Reads the data of a DS record. None where it is shorter than its numbers.
pub fn record(data: &[u8]) -> Option<DsRecord> {
    let mut reader = Reader(data);
    let (key_tag, algorithm, digest_type) = (reader.u16()?, reader.u8()?, reader.u8()?);
    let digest = hex(reader.0.get(..MAX_DIGEST).unwrap_or(reader.0));
    Some(DsRecord { key_tag, algorithm, digest_type, digest })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_example_of_the_rfc() {
        // RFC 4034 section 5.4: dskey.example.com. IN DS 60485 5 1 ( 2BB183AF5F22588179A53B0A 98631FAD1A292118 )
        let mut data = vec![0xec, 0x45, 5, 1];
        data.extend([0x2b, 0xb1, 0x83, 0xaf, 0x5f, 0x22, 0x58, 0x81, 0x79, 0xa5, 0x3b, 0x0a]);
        data.extend([0x98, 0x63, 0x1f, 0xad, 0x1a, 0x29, 0x21, 0x18]);
        let read = record(&data).expect("a record");
        assert_eq!(read.to_string(), "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118");
        assert_eq!(record(&[0xec, 0x45, 5]), None);
        assert_eq!(record(&[7; 5_000]).expect("a record").digest.len(), 2 * MAX_DIGEST);
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(data in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = record(&data);
        }
    }
}
