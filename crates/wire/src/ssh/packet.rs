//! Binary packets before keys are taken into use: no cipher, no MAC, no compression (RFC 4253 section 6).

use crate::reader::{Reader, WireError};

/// Bytes of a whole packet: what every implementation must be able to take (RFC 4253 section 6.1).
pub const MAX_PACKET: usize = 35_000;

/// Without a cipher, a packet is a multiple of so many bytes.
const BLOCK: usize = 8;

/// `random padding` has at least so many bytes.
const MIN_PADDING: usize = 4;

/// Puts packets together from pieces as they come.
#[derive(Clone, Debug, Default)]
pub struct PacketReader {
    buffer: Vec<u8>,
}

impl PacketReader {
    /// Takes further bytes. [`PacketReader::next`] is to be called until it has no more, so that no more than a
    /// packet is kept.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The payload of the next packet, where it is whole. It has one byte at least, the message number.
    ///
    /// # Errors
    /// [`WireError::TooLarge`] past [`MAX_PACKET`], [`WireError::Invalid`] for lengths that cannot be.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<Vec<u8>>, WireError> {
        let mut reader = Reader::new(&self.buffer, "packet");
        let Ok(length) = reader.u32() else { return Ok(None) };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > MAX_PACKET - 4 {
            return Err(WireError::TooLarge { what: "a packet", limit: MAX_PACKET });
        }
        if (length + 4) % BLOCK != 0 {
            return Err(WireError::Invalid(format!("a packet's length is no multiple of {BLOCK} bytes")));
        }
        let Ok(content) = reader.bytes(length) else { return Ok(None) };
        let mut content = Reader::new(content, "packet");
        let padding = usize::from(content.u8()?);
        if padding < MIN_PADDING {
            return Err(WireError::Invalid(format!(
                "a packet has fewer than {MIN_PADDING} bytes of padding"
            )));
        }
        let payload = (length - 1).checked_sub(padding).filter(|&size| size > 0);
        let payload = payload.ok_or_else(|| WireError::Invalid("a packet has no payload".into()))?;
        let payload = content.bytes(payload)?.to_vec();
        self.buffer.drain(..length + 4);
        Ok(Some(payload))
    }
}

/// A packet with this payload, which with its padding has to fit into [`MAX_PACKET`].
pub fn write(payload: &[u8], padding: &mut impl FnMut() -> u8) -> Vec<u8> {
    let bare = 4 + 1 + payload.len();
    let mut count = BLOCK - bare % BLOCK;
    if count < MIN_PADDING {
        count += BLOCK;
    }
    let length = u32::try_from(1 + payload.len() + count).unwrap_or(u32::MAX);
    let mut out = length.to_be_bytes().to_vec();
    // Fewer than twice the block.
    out.push(count as u8);
    out.extend_from_slice(payload);
    out.extend(std::iter::repeat_with(padding).take(count));
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Result<Option<Vec<u8>>, WireError> {
        let mut reader = PacketReader::default();
        reader.push(bytes);
        reader.next()
    }

    #[test]
    fn lengths_that_cannot_be_are_refused() {
        // Four bytes short of a block, too long, no padding, padding beyond the end, nothing but padding.
        for bad in [
            &[0, 0, 0, 8, 4, 1, 0, 0, 0, 0, 0, 0][..],
            &[0xff, 0xff, 0xff, 0xfc],
            &[0, 0, 0x88, 0xbc],
            &[0, 0, 0, 4, 3, 1, 0, 0],
            &[0, 0, 0, 12, 200, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            &[0, 0, 0, 12, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
        // The four letters of another protocol's answer are a length.
        assert!(read(b"HTTP/1.1 400").is_err());
        assert_eq!(read(&[0, 0, 0]), Ok(None));
        assert_eq!(read(&[0, 0, 0, 12, 4, 1]), Ok(None));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(first in prop::collection::vec(any::<u8>(), 1..300), second in prop::collection::vec(any::<u8>(), 1..300), cut: usize) {
            let mut number = 0_u8;
            let mut padding = || { number = number.wrapping_add(1); number };
            let bytes = [write(&first, &mut padding), write(&second, &mut padding)].concat();
            prop_assert_eq!(bytes.len() % BLOCK, 0);
            let (before, after) = bytes.split_at(cut % bytes.len());
            let mut reader = PacketReader::default();
            let mut payloads = Vec::new();
            for piece in [before, after] {
                reader.push(piece);
                while let Some(payload) = reader.next().unwrap() {
                    payloads.push(payload);
                }
            }
            prop_assert_eq!(payloads, [first, second]);
            prop_assert!(reader.buffer.is_empty());
        }

        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let mut reader = PacketReader::default();
            reader.push(&bytes);
            while let Ok(Some(payload)) = reader.next() {
                prop_assert!(!payload.is_empty());
            }
        }
    }
}
