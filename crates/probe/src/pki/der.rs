//! DER as it was sent, piece by piece, with the bytes of each piece.
//!
//! What a signature covers has to be the very bytes that were signed, so nothing is encoded anew but the
//! lengths that a removal changes.

/// One element: its tag, the whole of it, and its contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// The identifier octet. Numbers above 30 are not read: no structure here has them.
    pub tag: u8,
    /// Identifier, length and contents.
    pub whole: &'a [u8],
    /// The contents.
    pub contents: &'a [u8],
}

/// SEQUENCE.
pub const SEQUENCE: u8 = 0x30;
/// SET.
pub const SET: u8 = 0x31;
/// OBJECT IDENTIFIER.
pub const OID: u8 = 0x06;
/// OCTET STRING.
pub const OCTETS: u8 = 0x04;
/// BIT STRING.
pub const BITS: u8 = 0x03;
/// INTEGER.
pub const INTEGER: u8 = 0x02;
/// UTCTime.
pub const UTC_TIME: u8 = 0x17;
/// GeneralizedTime.
pub const TIME: u8 = 0x18;
/// ENUMERATED.
pub const ENUMERATED: u8 = 0x0a;

/// The constructed, context-specific tag `[number]`.
pub const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// The first element and what follows it; none where the bytes are no DER.
pub fn first(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    if tag & 0x1f == 0x1f {
        return None;
    }
    let (&octet, rest) = rest.split_first()?;
    let (length, rest) = match octet {
        0x00..=0x7f => (usize::from(octet), rest),
        0x81..=0x84 => {
            let (octets, rest) = rest.split_at_checked(usize::from(octet & 0x7f))?;
            let length = octets.iter().fold(0u64, |value, &octet| value << 8 | u64::from(octet));
            // DER has one encoding of a length, the shortest (X.690 10.1).
            let shortest = octets.first() != Some(&0) && length > 0x7f;
            (usize::try_from(length).ok().filter(|_| shortest)?, rest)
        }
        _ => return None,
    };
    let (contents, after) = rest.split_at_checked(length)?;
    let whole = bytes.get(..bytes.len().checked_sub(after.len())?)?;
    Some((Element { tag, whole, contents }, after))
}

/// The contents of the only element, where it has this tag.
pub fn only(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    match first(bytes)? {
        (element, []) if element.tag == tag => Some(element.contents),
        _ => None,
    }
}

/// Takes elements one by one.
#[derive(Clone, Debug)]
pub struct Elements<'a>(pub &'a [u8]);

impl<'a> Elements<'a> {
    /// The next element with this tag; none, with nothing taken, where the next is another.
    pub fn tagged(&mut self, tag: u8) -> Option<Element<'a>> {
        let (element, after) = first(self.0)?;
        if element.tag != tag {
            return None;
        }
        self.0 = after;
        Some(element)
    }

    /// True where all has been taken.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let (element, after) = first(self.0)?;
        self.0 = after;
        Some(element)
    }
}

/// An element of this tag around these contents.
pub fn wrap(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len();
    let mut bytes = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => bytes.push(short),
        _ => {
            let octets: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|&octet| octet == 0).collect();
            bytes.push(0x80 | u8::try_from(octets.len()).unwrap_or(8));
            bytes.extend(octets);
        }
    }
    bytes.extend_from_slice(contents);
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lengths_have_one_encoding() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let wrapped = wrap(SEQUENCE, &vec![7; length]);
            let (element, after) = first(&wrapped).expect("an element");
            assert_eq!((element.whole.len(), element.contents.len()), (wrapped.len(), length));
            assert!(after.is_empty());
        }
        for wrong in [&[0x30, 0x81, 0x01, 0][..], &[0x30, 0x80, 0, 0], &[0x30, 0x82, 0, 0x80], &[0x30, 2, 0]]
        {
            assert_eq!(first(wrong), None, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes: Vec<u8>) {
            let taken: usize = Elements(&bytes).map(|element| element.whole.len()).sum();
            prop_assert!(taken <= bytes.len());
        }
    }
}
