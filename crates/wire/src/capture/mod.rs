//! Capture files, read frame by frame in bounded memory: pcap (draft-ietf-opsawg-pcap) and pcapng
//! (draft-ietf-opsawg-pcapng).

mod buffer;
mod pcap;
mod pcapng;

use std::io::{self, Read};

use crate::link::LinkType;
use buffer::Buffer;

/// Bytes of one record or block at most.
pub const MAX_BLOCK: usize = 16 << 20;

/// Interfaces of one section at most.
pub const MAX_INTERFACES: usize = 4096;

/// What is wrong with a capture. Offsets are bytes from the file's beginning.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The file could not be read.
    #[error("it could not be read: {0}")]
    Io(#[from] io::Error),
    /// It begins like neither format.
    #[error("it is neither pcap nor pcapng")]
    Format,
    /// A record or block that nobody honest writes.
    #[error("the block at byte {offset} is {length} bytes long, and the limit is {MAX_BLOCK}")]
    TooLarge {
        /// Where it begins.
        offset: u64,
        /// The length that it claims.
        length: u64,
    },
    /// A field has a value that it must not have.
    #[error("the block at byte {offset} is damaged: {what}")]
    Damaged {
        /// Where it begins.
        offset: u64,
        /// What is wrong.
        what: &'static str,
    },
}

/// A captured frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Captured<'a> {
    /// Nanoseconds since 1970; none where the file does not say.
    pub time: Option<i64>,
    /// The interface's number in its section.
    pub interface: u32,
    /// How the frame begins.
    pub link: LinkType,
    /// The bytes that were kept.
    pub bytes: &'a [u8],
    /// How long the frame was on the link.
    pub length: u32,
}

enum Format {
    Pcap(pcap::Pcap),
    Pcapng(pcapng::Pcapng),
}

/// A reader of a capture of either format.
pub struct Capture<R> {
    buffer: Buffer<R>,
    format: Format,
}

impl<R: Read> Capture<R> {
    /// Reads the beginning.
    ///
    /// # Errors
    /// [`CaptureError::Format`] where it is no capture.
    pub fn new(source: R) -> Result<Self, CaptureError> {
        let mut buffer = Buffer::new(source);
        let format = match buffer.peek::<4>()? {
            Some([0x0a, 0x0d, 0x0d, 0x0a]) => Format::Pcapng(pcapng::Pcapng::default()),
            Some(_) => Format::Pcap(pcap::Pcap::begin(&mut buffer)?),
            None => return Err(CaptureError::Format),
        };
        Ok(Capture { buffer, format })
    }

    /// The next frame; none at the end.
    ///
    /// # Errors
    /// [`CaptureError`]. A record that the end of the file cuts is no error: see [`Capture::is_cut`].
    pub fn next_frame(&mut self) -> Result<Option<Captured<'_>>, CaptureError> {
        match &mut self.format {
            Format::Pcap(pcap) => pcap.next(&mut self.buffer),
            Format::Pcapng(pcapng) => pcapng.next(&mut self.buffer),
        }
    }

    /// True once the file ended within a record, as where the tool that wrote it was ended.
    pub fn is_cut(&self) -> bool {
        self.buffer.is_cut()
    }

    /// Bytes that were read.
    pub fn offset(&self) -> u64 {
        self.buffer.offset()
    }
}

/// Numbers in the order of the file.
#[derive(Clone, Copy, Debug)]
enum Order {
    Big,
    Little,
}

impl Order {
    fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Order::Big => u32::from_be_bytes(bytes),
            Order::Little => u32::from_le_bytes(bytes),
        }
    }

    fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Order::Big => u16::from_be_bytes(bytes),
            Order::Little => u16::from_le_bytes(bytes),
        }
    }

    /// The number at an offset; none beyond the end.
    fn u32_at(self, bytes: &[u8], at: usize) -> Option<u32> {
        bytes.get(at..)?.first_chunk().map(|chunk| self.u32(*chunk))
    }

    fn u16_at(self, bytes: &[u8], at: usize) -> Option<u16> {
        bytes.get(at..)?.first_chunk().map(|chunk| self.u16(*chunk))
    }
}

#[cfg(test)]
mod tests;
