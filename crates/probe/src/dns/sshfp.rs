//! SSHFP records (RFC 4255 section 3.1; RFC 6594, RFC 7479 and RFC 8709 for the numbers).

use midwatch_model::SshfpRecord;

use super::reader::{Reader, hex};

/// Bytes of a fingerprint that are kept: twice what the longest hash in use anywhere has.
const MAX_FINGERPRINT: usize = 128;

/// Reads the data of an SSHFP record. None where it is shorter than its two numbers.
pub fn record(data: &[u8]) -> Option<SshfpRecord> {
    let mut reader = Reader(data);
    let (algorithm, hash) = (reader.u8()?, reader.u8()?);
    let fingerprint = reader.0;
    // IANA's registry "DNS SSHFP Resource Record Parameters"; 5 was never given away.
    let algorithm_known = matches!(algorithm, 1..=4 | 6);
    let length = match hash {
        1 => 20,
        2 => 32,
        _ => 0,
    };
    let usable = algorithm_known && length != 0 && fingerprint.len() == length;
    let fingerprint = hex(fingerprint.get(..MAX_FINGERPRINT).unwrap_or(fingerprint));
    Some(SshfpRecord { algorithm, hash, fingerprint, usable })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_can_match_is_usable() {
        let with = |algorithm: u8, hash: u8, length: usize| {
            let mut data = vec![algorithm, hash];
            data.resize(2 + length, 7);
            record(&data).expect("a record")
        };
        for algorithm in [1, 2, 3, 4, 6] {
            assert!(with(algorithm, 1, 20).usable && with(algorithm, 2, 32).usable);
        }
        assert!(!with(0, 2, 32).usable && !with(5, 2, 32).usable && !with(7, 2, 32).usable);
        assert!(!with(4, 2, 31).usable && !with(4, 1, 32).usable && !with(4, 3, 64).usable);
        assert!(!with(4, 0, 0).usable);
        let oversized = with(4, 2, 60_000);
        assert!(!oversized.usable && oversized.fingerprint.len() == 2 * MAX_FINGERPRINT);
        assert_eq!(record(&[4]), None);
        assert_eq!(with(4, 2, 32).fingerprint, "07".repeat(32));
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(data in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = record(&data);
        }
    }
}
