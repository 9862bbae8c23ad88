//! A window on a file, from which records are taken without copying each.

use std::io::{self, ErrorKind, Read};

/// Bytes that are asked for at once.
const CHUNK: usize = 1 << 18;

pub(super) struct Buffer<R> {
    source: R,
    data: Vec<u8>,
    start: usize,
    end: usize,
    offset: u64,
    ended: bool,
    cut: bool,
}

impl<R: Read> Buffer<R> {
    pub(super) fn new(source: R) -> Self {
        Buffer { source, data: vec![0; CHUNK], start: 0, end: 0, offset: 0, ended: false, cut: false }
    }

    /// True where at least `count` bytes are there. The caller bounds `count`.
    fn fill(&mut self, count: usize) -> io::Result<bool> {
        if self.end - self.start >= count {
            return Ok(true);
        }
        self.data.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        while self.end < count && !self.ended {
            // It grows with what is really there, and not with what a length claims.
            if self.end == self.data.len() {
                let grown = (self.data.len() * 2).min(count.max(CHUNK));
                self.data.resize(grown, 0);
            }
            let room = self.data.get_mut(self.end..).unwrap_or_default();
            match self.source.read(room) {
                Ok(0) => self.ended = true,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.end >= count)
    }

    /// The next bytes, which stay; none where the file ends before.
    pub(super) fn peek<const N: usize>(&mut self) -> io::Result<Option<[u8; N]>> {
        if !self.fill(N)? {
            self.cut |= self.end > self.start;
            return Ok(None);
        }
        Ok(self.data.get(self.start..).and_then(|rest| rest.first_chunk()).copied())
    }

    /// The next `count` bytes; none where the file ends before. The caller bounds `count`.
    pub(super) fn take(&mut self, count: usize) -> io::Result<Option<&[u8]>> {
        if !self.fill(count)? {
            self.cut = true;
            return Ok(None);
        }
        let taken = self.data.get(self.start..self.start + count);
        self.start += count;
        self.offset += count as u64;
        Ok(taken)
    }

    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }
}
