//! Records of TLS 1.3 opened (RFC 8446 section 5.2).

use midwatch_wire::reader::WireError;
use midwatch_wire::tls::record::{MAX_FRAGMENT, Record};
use ring::aead;

/// Opens records in their order.
#[derive(Debug)]
pub struct Opener {
    key: aead::LessSafeKey,
    iv: [u8; aead::NONCE_LEN],
    sequence: u64,
}

impl Opener {
    /// With the key and the initialisation vector of one direction.
    pub fn new((key, iv): (aead::LessSafeKey, [u8; aead::NONCE_LEN])) -> Self {
        Opener { key, iv, sequence: 0 }
    }

    /// The content type within a record, and its content.
    ///
    /// # Errors
    /// [`WireError`] where the record is not what the peer with the key sealed, or has no content.
    pub fn open(&mut self, mut record: Record) -> Result<(u8, Vec<u8>), WireError> {
        let nonce = aead::Nonce::assume_unique_for_key(self.nonce());
        // A flight has far fewer records than this counts.
        self.sequence = self.sequence.wrapping_add(1);
        let opened = self.key.open_in_place(nonce, aead::Aad::from(record.header), &mut record.fragment);
        let Ok(plain) = opened else {
            return Err(WireError::Invalid(
                "a record cannot be opened: its authentication tag is wrong".into(),
            ));
        };
        if plain.len() > MAX_FRAGMENT + 1 {
            return Err(WireError::TooLarge { what: "the content of a record", limit: MAX_FRAGMENT });
        }
        // Zeros behind the content type are padding (section 5.4).
        let end = plain.iter().rposition(|&byte| byte != 0);
        match end.and_then(|end| plain.get(..=end)).and_then(<[u8]>::split_last) {
            Some((_, [])) => Err(WireError::Invalid("a protected record without content".into())),
            Some((&kind, content)) => Ok((kind, content.to_vec())),
            None => Err(WireError::Invalid("a protected record without a content type".into())),
        }
    }

    /// The vector, with the number of the record over its end (section 5.3).
    fn nonce(&self) -> [u8; aead::NONCE_LEN] {
        let mut nonce = self.iv;
        for (octet, number) in nonce.iter_mut().rev().zip(self.sequence.to_le_bytes()) {
            *octet ^= number;
        }
        nonce
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opener() -> Opener {
        let key = aead::UnboundKey::new(&aead::AES_128_GCM, &[7; 16]).expect("a key");
        Opener::new((aead::LessSafeKey::new(key), [9; 12]))
    }

    fn sealed(by: &Opener, plain: &[u8]) -> Record {
        let mut fragment = plain.to_vec();
        let length = (plain.len() + 16) as u16;
        let [high, low] = length.to_be_bytes();
        let header = [23, 3, 3, high, low];
        let nonce = aead::Nonce::assume_unique_for_key(by.nonce());
        by.key.seal_in_place_append_tag(nonce, aead::Aad::from(header), &mut fragment).expect("sealed");
        Record { kind: 23, header, fragment }
    }

    #[test]
    fn records_come_in_their_order_with_padding() {
        let (mut sender, mut receiver) = (opener(), opener());
        let first = sealed(&sender, &[1, 2, 22, 0, 0, 0]);
        sender.sequence = 1;
        let second = sealed(&sender, &[3, 22]);
        assert_eq!(receiver.open(first.clone()), Ok((22, vec![1, 2])));
        assert_eq!(receiver.open(second), Ok((22, vec![3])));
        assert!(receiver.open(first).is_err(), "the same once more");
    }

    #[test]
    fn what_was_changed_or_is_empty_is_an_error() {
        let mut record = sealed(&opener(), &[1, 22]);
        record.fragment[0] ^= 1;
        assert!(opener().open(record).is_err());
        let mut record = sealed(&opener(), &[1, 22]);
        record.header[2] = 1;
        assert!(opener().open(record).is_err(), "the header is covered as well");
        for empty in [&[][..], &[0, 0, 0], &[22], &[22, 0]] {
            assert!(opener().open(sealed(&opener(), empty)).is_err(), "{empty:?}");
        }
        let short = Record { kind: 23, header: [23, 3, 3, 0, 1], fragment: vec![1] };
        assert!(opener().open(short).is_err());
        assert!(opener().open(sealed(&opener(), &[22; MAX_FRAGMENT + 1])).is_ok());
        assert!(opener().open(sealed(&opener(), &[22; MAX_FRAGMENT + 2])).is_err());
    }
}
