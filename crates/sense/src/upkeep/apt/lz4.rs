//! Frames of LZ4, as apt keeps its lists where it is told to compress them (the specifications of LZ4's frames and
//! blocks). Digests are not verified: apt did that before it wrote the file.

use std::io::{self, Read};

/// The number that a frame begins with.
const MAGIC: u32 = 0x184D_2204;

/// How far back a block may refer.
const WINDOW: usize = 64 * 1024;

/// The largest block.
const MAX_BLOCK: usize = 4 * 1024 * 1024;

/// Reads what frames hold.
pub(super) struct Frames<R> {
    inner: R,
    /// What is decoded: the window, and then what was not taken yet.
    out: Vec<u8>,
    taken: usize,
    frame: Option<Frame>,
    ended: bool,
}

#[derive(Clone, Copy)]
struct Frame {
    block_digests: bool,
    digest: bool,
    independent: bool,
}

impl<R: Read> Frames<R> {
    pub(super) fn new(inner: R) -> Self {
        Frames { inner, out: Vec::new(), taken: 0, frame: None, ended: false }
    }

    /// Decodes the next block; false at the end.
    fn advance(&mut self) -> io::Result<bool> {
        let frame = match self.frame {
            Some(frame) => frame,
            None => match self.begin()? {
                Some(frame) => *self.frame.insert(frame),
                None => return Ok(false),
            },
        };
        let size = u32::from_le_bytes(self.bytes()?);
        if size == 0 {
            if frame.digest {
                self.bytes::<4>()?;
            }
            self.frame = None;
            return Ok(true);
        }
        let plain = size & 0x8000_0000 != 0;
        let size = usize::try_from(size & 0x7FFF_FFFF).unwrap_or(usize::MAX);
        if size > MAX_BLOCK {
            return Err(wrong("a block is larger than blocks may be"));
        }
        let mut block = vec![0; size];
        self.inner.read_exact(&mut block)?;
        if frame.block_digests {
            self.bytes::<4>()?;
        }
        let keep = if frame.independent { 0 } else { WINDOW };
        let old = self.out.len().saturating_sub(keep);
        self.out.drain(..old);
        self.taken = self.out.len();
        match plain {
            true => self.out.extend_from_slice(&block),
            false => decode(&block, &mut self.out, self.taken)?,
        }
        Ok(true)
    }

    /// The head of a frame; none at the end of the file.
    fn begin(&mut self) -> io::Result<Option<Frame>> {
        let mut magic = [0; 4];
        let mut have = 0;
        while let Some(rest) = magic.get_mut(have..).filter(|rest| !rest.is_empty()) {
            match self.inner.read(rest)? {
                0 if have == 0 => return Ok(None),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => have += count,
            }
        }
        if u32::from_le_bytes(magic) != MAGIC {
            return Err(wrong("it is no frame of LZ4"));
        }
        let [flags, _largest] = self.bytes()?;
        let has = |bit: u8| flags >> bit & 1 == 1;
        if flags >> 6 != 1 || has(0) {
            return Err(wrong("it is of another version, or needs a dictionary"));
        }
        if has(3) {
            self.bytes::<8>()?;
        }
        self.bytes::<1>()?;
        Ok(Some(Frame { block_digests: has(4), digest: has(2), independent: has(5) }))
    }

    fn bytes<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.inner.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.taken >= self.out.len() && !self.ended {
            self.ended = !self.advance()?;
        }
        let rest = self.out.get(self.taken..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.taken += count;
        Ok(count)
    }
}

/// Decodes one block behind what is there.
fn decode(block: &[u8], out: &mut Vec<u8>, before: usize) -> io::Result<()> {
    let limit = before.saturating_add(MAX_BLOCK);
    let mut rest = block;
    while let Some((token, after)) = rest.split_first() {
        rest = after;
        let literals = length(token >> 4, &mut rest)?;
        let (literal, after) = rest.split_at_checked(literals).ok_or_else(cut)?;
        out.extend_from_slice(literal);
        rest = after;
        // The last sequence has literals alone.
        if rest.is_empty() {
            return Ok(());
        }
        let (offset, after) = rest.split_first_chunk().ok_or_else(cut)?;
        rest = after;
        let offset = usize::from(u16::from_le_bytes(*offset));
        let mut left = length(token & 15, &mut rest)?.saturating_add(4);
        if out.len().saturating_add(left) > limit {
            return Err(wrong("a block holds more than blocks may"));
        }
        // What is copied may overlap with what is written.
        while left > 0 {
            let from = out.len().checked_sub(offset).filter(|_| offset > 0);
            let from = from.ok_or_else(|| wrong("a block refers to what is before it"))?;
            let step = left.min(offset);
            out.extend_from_within(from..from + step);
            left -= step;
        }
    }
    Ok(())
}

/// A length: four bits, and bytes for as long as they are full.
fn length(start: u8, rest: &mut &[u8]) -> io::Result<usize> {
    let mut length = usize::from(start);
    let mut full = start == 15;
    while full {
        let (byte, after) = rest.split_first().ok_or_else(cut)?;
        *rest = after;
        length = length.saturating_add(usize::from(*byte));
        full = *byte == 255;
    }
    Ok(length)
}

fn cut() -> io::Error {
    wrong("a block ends early")
}

fn wrong(detail: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, detail)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        Frames::new(bytes).take(1 << 24).read_to_end(&mut plain)?;
        Ok(plain)
    }

    /// A frame with these blocks, each with its size before it.
    fn frame(blocks: &[&[u8]]) -> Vec<u8> {
        let mut bytes = [&MAGIC.to_le_bytes()[..], &[0x40, 0x40, 0]].concat();
        for block in blocks {
            bytes.extend(u32::try_from(block.len()).unwrap().to_le_bytes());
            bytes.extend_from_slice(block);
        }
        bytes.extend([0; 4]);
        bytes
    }

    #[test]
    fn literals_and_copies_across_blocks() {
        // "abc", then nine bytes from three back; in the next block four from twelve back, and an end.
        let one: &[u8] = &[0x35, b'a', b'b', b'c', 3, 0, 0x00];
        let two: &[u8] = &[0x00, 12, 0, 0x10, b'!'];
        assert_eq!(read(&frame(&[one, two])).unwrap(), b"abcabcabcabcabca!");
        assert_eq!(read(&[frame(&[one]), frame(&[one])].concat()).unwrap(), b"abcabcabcabc".repeat(2));
        assert!(read(&[]).unwrap().is_empty());
    }

    #[test]
    fn what_is_wrong_is_an_error() {
        for block in
            [&[0x10][..], &[0x00, 1, 0, 0], &[0x10, b'a', 0, 0, 0], &[0xf0, 255], &[0x1f, b'a', 1, 0, 255]]
        {
            assert!(read(&frame(&[block])).is_err(), "{block:?}");
        }
        assert!(read(b"Package: a").is_err());
        assert!(read(&frame(&[])[..6]).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(blocks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..5)) {
            let blocks: Vec<&[u8]> = blocks.iter().map(Vec::as_slice).collect();
            let _ = read(&frame(&blocks));
        }
    }
}
