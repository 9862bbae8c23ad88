//! The key that is sent, and the one that came.
//!
//! ```text
//! first sealed message   0, where no key is sent; or format (1) || the file as it is, at most 1 MiB
//! second sealed message  1: the other's first one has been read
//! ```
//!
//! The formats are 1 `openssh`, 2 `openpgp`, 3 `spki`, 4 `x509`, 5 `age`, 6 `minisign`, 7 `signify`, 8 `wireguard`.

use midwatch_keys::{Format, Hint, PublicKey, ReadError, read};

/// The largest file that is sent.
pub const MAX_BYTES: usize = 1 << 20;

/// Octets before the file.
pub(crate) const HEAD: usize = 1;

/// No key is sent.
const NOTHING: u8 = 0;

const FORMATS: [(u8, Format); 8] = [
    (1, Format::Openssh),
    (2, Format::Openpgp),
    (3, Format::Spki),
    (4, Format::X509),
    (5, Format::Age),
    (6, Format::Minisign),
    (7, Format::Signify),
    (8, Format::Wireguard),
];

/// Why a file is not sent, or what came is no key. No sentence repeats what was read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfferError {
    /// Not a public key: a private one, for example.
    #[error("{0}")]
    Read(#[from] ReadError),
    /// More than one.
    #[error("it holds {0} keys, and one is exchanged: put the one that you mean into a file of its own")]
    Several(usize),
    /// More than is sent.
    #[error("it is larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// A format that there is not, or another than was said.
    #[error("it is not of the format that it is said to be")]
    Format,
}

/// A public key that is sent, with the file that it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    key: PublicKey,
    bytes: Vec<u8>,
}

/// A public key that came, with the file in which it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The key.
    pub key: PublicKey,
    /// The file, byte for byte. It may hold more than the key, such as a comment.
    pub bytes: Vec<u8>,
}

impl Offer {
    /// The one key of a file.
    ///
    /// # Errors
    /// [`OfferError`]; private keys are refused.
    pub fn new(bytes: &[u8], hint: &Hint) -> Result<Offer, OfferError> {
        if bytes.len() > MAX_BYTES {
            return Err(OfferError::TooLarge);
        }
        let key = single(read(bytes, hint)?)?;
        // What the other side reads without the name of the file has to be the same.
        let again = read(bytes, &Hint { name: None, format: Some(key.format) })?;
        if !again.first().is_some_and(|again| (again.format, &again.material) == (key.format, &key.material))
        {
            return Err(OfferError::Format);
        }
        Ok(Offer { key, bytes: bytes.to_vec() })
    }

    /// The key.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }
}

/// What is sealed of an offer, or of none.
pub(crate) fn encode(offer: Option<&Offer>) -> Vec<u8> {
    let Some(offer) = offer else { return vec![NOTHING] };
    let format = FORMATS.iter().find(|(_, format)| *format == offer.key.format);
    let format = format.map_or(NOTHING, |(octet, _)| *octet);
    [&[format][..], &offer.bytes].concat()
}

/// What was sealed: a key, or none.
pub(crate) fn decode(plain: &[u8]) -> Result<Option<Received>, OfferError> {
    let (head, bytes) = plain.split_first().ok_or(OfferError::Format)?;
    if *head == NOTHING {
        return if bytes.is_empty() { Ok(None) } else { Err(OfferError::Format) };
    }
    let format = FORMATS.iter().find(|(octet, _)| octet == head).map(|(_, format)| *format);
    let format = format.ok_or(OfferError::Format)?;
    let key = single(read(bytes, &Hint { name: None, format: Some(format) })?)?;
    if key.format != format {
        return Err(OfferError::Format);
    }
    Ok(Some(Received { key, bytes: bytes.to_vec() }))
}

fn single(mut keys: Vec<PublicKey>) -> Result<PublicKey, OfferError> {
    match (keys.len(), keys.pop()) {
        (1, Some(key)) => Ok(key),
        (count, _) => Err(OfferError::Several(count)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ELIZABETH: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p\n";
    const DAVID: &str = "publickey = AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n";

    fn offer(text: &str) -> Offer {
        Offer::new(text.as_bytes(), &Hint::default()).expect("a key")
    }

    #[test]
    fn what_is_sent_is_read() {
        for text in [ELIZABETH, DAVID] {
            let offer = offer(text);
            let received = decode(&encode(Some(&offer))).expect("sound").expect("a key");
            assert_eq!((received.key, received.bytes), (offer.key, text.as_bytes().to_vec()));
        }
        assert_eq!(decode(&encode(None)), Ok(None));
    }

    /// What only the name of a file tells here has to be told to the other side.
    #[test]
    fn the_format_travels() {
        let bare = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n";
        let none = Offer::new(bare.as_bytes(), &Hint::default());
        assert_eq!(none, Err(OfferError::Read(ReadError::Bare)));
        let hint = Hint { name: Some("wg0.pub".into()), format: None };
        let offer = Offer::new(bare.as_bytes(), &hint).expect("a key");
        let received = decode(&encode(Some(&offer))).expect("sound").expect("a key");
        assert_eq!(received.key.format, Format::Wireguard);
    }

    #[test]
    fn secrets_and_crowds_are_refused_on_both_sides() {
        let secret = "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ\n";
        let two = ELIZABETH.repeat(2);
        for (text, wanted) in [(secret, "no secrets"), (two.as_str(), "holds 2 keys")] {
            let error = Offer::new(text.as_bytes(), &Hint::default()).expect_err("refused");
            assert!(error.to_string().contains(wanted), "{error}");
            let error = decode(&[&[5], text.as_bytes()].concat()).expect_err("refused");
            assert!(error.to_string().contains(wanted), "{error}");
        }
        let large = Offer::new(&vec![b'#'; MAX_BYTES + 1], &Hint::default());
        assert_eq!(large, Err(OfferError::TooLarge));
    }

    #[test]
    fn what_is_at_fault_is_refused() {
        for plain in [&[][..], &[0, 0], &[9, 1], &[1], &[5, b'x'], &[1, b'a', b'g', b'e', b'1']] {
            assert!(decode(plain).is_err(), "{plain:?}");
        }
        let other = [&[8], ELIZABETH.as_bytes()].concat();
        assert_eq!(decode(&other), Err(OfferError::Format), "it is said to be WireGuard's");
    }

    proptest! {
        #[test]
        fn nothing_breaks_it(plain in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode(&plain);
        }
    }
}
