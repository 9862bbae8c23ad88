//! TLSA records, and which certificates they match (RFC 6698 2.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use midwatch_model::{CertificateChain, TlsaMatch, TlsaRecord};
use sha2::{Digest as _, Sha256, Sha512};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::reader::{Reader, hex};

/// Bytes of association data that are kept: more than any certificate in use has.
const MAX_DATA: usize = 4_096;

/// Reads the data of a TLSA record. None where it is shorter than its three numbers.
pub fn record(data: &[u8]) -> Option<TlsaRecord> {
    let mut reader = Reader(data);
    let (usage, selector, matching) = (reader.u8()?, reader.u8()?, reader.u8()?);
    let data = reader.0;
    let length = match matching {
        0 => (1..=MAX_DATA).contains(&data.len()),
        1 => data.len() == 32,
        2 => data.len() == 64,
        _ => false,
    };
    let usable = usage <= 3 && selector <= 1 && length;
    let data = hex(data.get(..MAX_DATA).unwrap_or(data));
    Some(TlsaRecord { usage, selector, matching, data, usable })
}

/// Which certificate of each chain each record matches.
pub fn matches<'a>(
    records: &[TlsaRecord],
    chains: impl Iterator<Item = &'a CertificateChain>,
) -> Vec<TlsaMatch> {
    let mut found = Vec::new();
    for chain in chains {
        let Some(leaf) = chain.certificates.first() else { continue };
        let ders: Vec<Vec<u8>> =
            chain.certificates.iter().map(|one| STANDARD.decode(&one.der).unwrap_or_default()).collect();
        for (at, record) in records.iter().enumerate() {
            let certificate = ders.iter().enumerate().position(|(position, der)| {
                // Usages 1 and 3 are about the server's own certificate, 0 and 2 about one above it
                // (RFC 7671 5.2.2 lets DANE-TA be the server's own where that signed itself).
                let placed = match record.usage {
                    1 | 3 => position == 0,
                    _ => position > 0 || ders.len() == 1,
                };
                placed && record.usable && fits(record, der)
            });
            found.push(TlsaMatch {
                record: at,
                address: chain.address,
                leaf: leaf.sha256.clone(),
                certificate,
            });
        }
    }
    found
}

fn fits(record: &TlsaRecord, der: &[u8]) -> bool {
    let selected = match record.selector {
        0 => der.to_vec(),
        _ => match X509Certificate::from_der(der) {
            Ok((_, certificate)) => certificate.public_key().raw.to_vec(),
            Err(_) => return false,
        },
    };
    let data = match record.matching {
        0 => hex(&selected),
        1 => hex(&Sha256::digest(&selected)),
        _ => hex(&Sha512::digest(&selected)),
    };
    data == record.data
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_can_match_is_usable() {
        let with = |head: [u8; 3], length: usize| {
            let mut data = head.to_vec();
            data.resize(3 + length, 7);
            record(&data).expect("a record")
        };
        assert!(with([3, 1, 1], 32).usable && with([2, 0, 2], 64).usable && with([1, 0, 0], 900).usable);
        assert!(!with([3, 1, 1], 31).usable && !with([4, 1, 1], 32).usable && !with([3, 2, 1], 32).usable);
        assert!(!with([3, 1, 0], 0).usable && !with([3, 1, 9], 32).usable);
        let oversized = with([3, 0, 0], 60_000);
        assert!(!oversized.usable && oversized.data.len() == 2 * MAX_DATA);
        assert_eq!(record(&[3, 1]), None);
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(data in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = record(&data);
        }
    }
}
