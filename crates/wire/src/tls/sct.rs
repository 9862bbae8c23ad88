//! Lists of signed certificate timestamps (RFC 6962 sections 3.2 and 3.3).

use crate::reader::{Reader, WireError};

/// Timestamps read of one list: certificates hold two to five, and each costs a signature.
pub const MAX_TIMESTAMPS: usize = 32;

/// A signed timestamp as it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sct<'a> {
    /// 0 for v1, the only one.
    pub version: u8,
    /// The log: SHA-256 of its key.
    pub log: [u8; 32],
    /// Milliseconds since 1970.
    pub time: u64,
    /// CtExtensions.
    pub extensions: &'a [u8],
    /// HashAlgorithm of RFC 5246.
    pub hash: u8,
    /// SignatureAlgorithm of RFC 5246.
    pub algorithm: u8,
    /// The signature.
    pub signature: &'a [u8],
}

/// The timestamps of a SignedCertificateTimestampList, at most [`MAX_TIMESTAMPS`]. An item is an error where it
/// cannot be read, and so is the last one where the list itself ends too early or late.
pub fn list(bytes: &[u8]) -> impl Iterator<Item = Result<Sct<'_>, WireError>> {
    let mut whole = Reader::new(bytes, "list of timestamps");
    let list = whole.vector(2, "list of timestamps").and_then(|list| whole.end().map(|()| list));
    let mut rest = list.map_err(Some);
    std::iter::from_fn(move || match &mut rest {
        Err(error) => error.take().map(Err),
        Ok(list) if list.is_empty() => None,
        Ok(list) => match list.vector(2, "a timestamp") {
            Ok(one) => Some(read(one)),
            Err(error) => {
                rest = Err(None);
                Some(Err(error))
            }
        },
    })
    .take(MAX_TIMESTAMPS)
}

fn read(mut one: Reader<'_>) -> Result<Sct<'_>, WireError> {
    let version = one.u8()?;
    let mut log = [0; 32];
    log.copy_from_slice(one.bytes(32)?);
    let time = one.bytes(8)?.iter().fold(0, |time, &byte| time << 8 | u64::from(byte));
    let extensions = one.vector(2, "extensions of a timestamp")?.rest();
    let (hash, algorithm) = (one.u8()?, one.u8()?);
    let signature = one.vector(2, "signature of a timestamp")?.rest();
    one.end()?;
    Ok(Sct { version, log, time, extensions, hash, algorithm, signature })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one() -> Vec<u8> {
        let mut sct = vec![0];
        sct.extend([7; 32]);
        sct.extend(1_760_000_000_000_u64.to_be_bytes());
        sct.extend([0, 1, 9, 4, 3, 0, 2, 5, 6]);
        sct
    }

    fn listed(items: &[Vec<u8>]) -> Vec<u8> {
        let items: Vec<u8> =
            items.iter().flat_map(|one| [&(one.len() as u16).to_be_bytes()[..], one].concat()).collect();
        [&(items.len() as u16).to_be_bytes()[..], &items].concat()
    }

    #[test]
    fn each_is_read_by_itself() {
        let mut long = one();
        long.push(0);
        let bytes = listed(&[one(), long, one()]);
        let read: Vec<_> = list(&bytes).collect();
        let sct = read[0].as_ref().unwrap();
        assert_eq!((sct.version, sct.time, sct.extensions), (0, 1_760_000_000_000, &[9][..]));
        assert_eq!((sct.hash, sct.algorithm, sct.signature), (4, 3, &[5, 6][..]));
        assert!(read[1].is_err() && read[2].is_ok() && read.len() == 3);
    }

    #[test]
    fn a_broken_list_is_one_error() {
        for broken in [&[][..], &[0], &[0, 1], &[0, 2, 0, 9], &[0, 0, 1]] {
            let read: Vec<_> = list(broken).collect();
            assert!(read.len() == 1 && read[0].is_err(), "{broken:?}: {read:?}");
        }
        assert_eq!(list(&[0, 0]).count(), 0);
    }

    #[test]
    fn a_list_of_very_many_is_cut() {
        let bytes = listed(&vec![one(); 1000]);
        assert_eq!(list(&bytes).count(), MAX_TIMESTAMPS);
    }

    proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            prop_assert!(list(&bytes).count() <= MAX_TIMESTAMPS);
        }
    }
}
