//! Messages of the Linux kernel's netlink: headers and attributes (netlink(7), RFC 3549). All numbers are in the
//! machine's own order.

pub mod generic;
pub mod nl80211;
pub mod sock_diag;

/// A question (NLM_F_REQUEST).
pub const REQUEST: u16 = 1;
/// A question for a whole table (NLM_F_ROOT and NLM_F_MATCH).
pub const DUMP: u16 = 0x300;
/// The table changed while it was read (NLM_F_DUMP_INTR).
pub const DUMP_INTERRUPTED: u16 = 0x10;
/// The kind of an error, or of an acknowledgement.
pub const ERROR: u16 = 2;
/// The kind of the end of a table.
pub const DONE: u16 = 3;

/// The head of a message (nlmsghdr).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the message is.
    pub kind: u16,
    /// Flags.
    pub flags: u16,
    /// The number of the question that it answers.
    pub sequence: u32,
}

impl Header {
    /// Its length in bytes.
    pub const LENGTH: usize = 16;

    /// The next message of a datagram and its body; none at the end, or where the rest is no message.
    pub fn split<'a>(rest: &mut &'a [u8]) -> Option<(Header, &'a [u8])> {
        let length = usize::try_from(u32_at(rest, 0)?).ok()?;
        let message = rest.get(..length)?;
        let body = message.get(Self::LENGTH..)?;
        let header = Header { kind: u16_at(rest, 4)?, flags: u16_at(rest, 6)?, sequence: u32_at(rest, 8)? };
        *rest = rest.get(align(length)..).unwrap_or_default();
        Some((header, body))
    }

    /// A whole message with this head.
    pub fn message(self, body: &[u8]) -> Vec<u8> {
        let length = Self::LENGTH + align(body.len());
        let mut message = Vec::with_capacity(length);
        message.extend(u32::try_from(length).unwrap_or(0).to_ne_bytes());
        message.extend(self.kind.to_ne_bytes());
        message.extend(self.flags.to_ne_bytes());
        message.extend(self.sequence.to_ne_bytes());
        // The port: the kernel fills it in.
        message.extend(0_u32.to_ne_bytes());
        message.extend(body);
        message.resize(length, 0);
        message
    }
}

/// Lengths are rounded up to four bytes.
pub fn align(length: usize) -> usize {
    length.next_multiple_of(4)
}

/// Attributes one after the other, each with its type (rtattr, nlattr).
#[derive(Clone, Copy, Debug)]
pub struct Attributes<'a>(pub &'a [u8]);

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let length = usize::from(u16_at(self.0, 0)?);
        // The two highest bits are flags (NLA_F_NESTED, NLA_F_NET_BYTEORDER).
        let kind = u16_at(self.0, 2)? & 0x3fff;
        let value = self.0.get(4..length)?;
        self.0 = self.0.get(align(length)..).unwrap_or_default();
        Some((kind, value))
    }
}

impl Attributes<'_> {
    /// Writes one attribute.
    pub fn put(out: &mut Vec<u8>, kind: u16, value: &[u8]) {
        out.extend(u16::try_from(4 + value.len()).unwrap_or(4).to_ne_bytes());
        out.extend(kind.to_ne_bytes());
        out.extend(value);
        out.resize(align(out.len()), 0);
    }
}

/// The value of the first attribute of a type.
pub fn attribute(attributes: &[u8], wanted: u16) -> Option<&[u8]> {
    Attributes(attributes).find(|(kind, _)| *kind == wanted).map(|(_, value)| value)
}

/// The two-byte number at an offset.
pub fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_ne_bytes(*bytes))
}

/// The four-byte number at an offset.
pub fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes))
}

/// Bytes up to the first zero, which ends a string.
pub fn until_zero(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// A link-layer address of six bytes in lower case with colons; none where it is of another length, or all zero.
pub fn mac(bytes: &[u8]) -> Option<String> {
    let known = bytes.len() == 6 && bytes.iter().any(|byte| *byte != 0);
    known.then(|| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":"))
}

/// The number of the error that a message of kind [`ERROR`] begins with: positive, as in errno(3); 0 where it
/// acknowledges.
pub fn errno(body: &[u8]) -> i32 {
    body.first_chunk::<4>().map_or(0, |bytes| i32::from_ne_bytes(*bytes)).saturating_neg()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut body = Vec::new();
        Attributes::put(&mut body, 1, b"abc\0");
        Attributes::put(&mut body, 2 | 0x8000, &[1, 2, 3, 4, 5]);
        let header = Header { kind: 16, flags: REQUEST | DUMP, sequence: 7 };
        let mut bytes = header.message(&body);
        assert_eq!(bytes.len(), 16 + 8 + 12);
        bytes.extend(Header { kind: DONE, ..header }.message(&[]));
        let mut rest = bytes.as_slice();
        let (read, read_body) = Header::split(&mut rest).unwrap();
        assert_eq!(read, header);
        assert_eq!(attribute(read_body, 1).map(until_zero), Some(&b"abc"[..]));
        assert_eq!(attribute(read_body, 2), Some(&[1, 2, 3, 4, 5][..]));
        assert_eq!(attribute(read_body, 3), None);
        assert_eq!(Header::split(&mut rest).unwrap().0.kind, DONE);
        assert!(rest.is_empty());
    }

    #[test]
    fn an_error_is_a_positive_number() {
        assert_eq!(errno(&(-2_i32).to_ne_bytes()), 2);
        assert_eq!(errno(&[0; 4]), 0);
        assert_eq!(errno(&[1]), 0);
        assert_eq!(mac(&[2, 0, 0, 0, 0, 0xab]).as_deref(), Some("02:00:00:00:00:ab"));
        assert_eq!((mac(&[0; 6]), mac(&[1; 5])), (None, None));
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes: Vec<u8>) {
            let mut rest = bytes.as_slice();
            while let Some((_, body)) = Header::split(&mut rest) {
                prop_assert!(body.len() < bytes.len());
                prop_assert!(Attributes(body).count() <= body.len());
            }
            prop_assert!(Attributes(&bytes).count() <= bytes.len());
        }
    }
}
