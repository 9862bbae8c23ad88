//! A cursor over bytes that were received.

/// What was wrong with the bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// A field ends beyond the end of what holds it.
    #[error("{0} ends too early")]
    Short(&'static str),
    /// Bytes are left over after the last field.
    #[error("{0} has bytes left over")]
    Long(&'static str),
    /// A field has a value that it must not have.
    #[error("{0}")]
    Invalid(String),
    /// More bytes than anybody honest sends.
    #[error("{what} is larger than {limit} bytes")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The limit in bytes.
        limit: usize,
    },
}

/// Reads big-endian fields from the front of a slice.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Reader<'a> {
    /// Reads from `bytes`; `what` names the structure in errors.
    pub fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Reader { rest: bytes, what }
    }

    /// True where nothing is left.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What is left.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// [`WireError::Short`] where fewer are left.
    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8], WireError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(WireError::Short(self.what))?;
        self.rest = rest;
        Ok(taken)
    }

    fn number(&mut self, width: usize) -> Result<usize, WireError> {
        Ok(self.bytes(width)?.iter().fold(0, |value, &byte| value << 8 | usize::from(byte)))
    }

    /// A one-byte number.
    ///
    /// # Errors
    /// [`WireError::Short`].
    pub fn u8(&mut self) -> Result<u8, WireError> {
        self.bytes(1)?.first().copied().ok_or(WireError::Short(self.what))
    }

    /// A two-byte number.
    ///
    /// # Errors
    /// [`WireError::Short`].
    pub fn u16(&mut self) -> Result<u16, WireError> {
        self.array().map(u16::from_be_bytes)
    }

    /// A three-byte number.
    ///
    /// # Errors
    /// [`WireError::Short`].
    pub fn u24(&mut self) -> Result<usize, WireError> {
        self.number(3)
    }

    /// A four-byte number.
    ///
    /// # Errors
    /// [`WireError::Short`].
    pub fn u32(&mut self) -> Result<u32, WireError> {
        self.array().map(u32::from_be_bytes)
    }

    /// The next `N` bytes as an array.
    ///
    /// # Errors
    /// [`WireError::Short`].
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(WireError::Short(self.what))?;
        self.rest = rest;
        Ok(*taken)
    }

    /// A vector whose length stands before it in `width` bytes (1 to 4).
    ///
    /// # Errors
    /// [`WireError::Short`].
    pub fn vector(&mut self, width: usize, what: &'static str) -> Result<Reader<'a>, WireError> {
        let length = self.number(width)?;
        Ok(Reader { rest: self.bytes(length)?, what })
    }

    /// Ends reading.
    ///
    /// # Errors
    /// [`WireError::Long`] where something is left.
    pub fn end(self) -> Result<(), WireError> {
        if self.rest.is_empty() { Ok(()) } else { Err(WireError::Long(self.what)) }
    }
}

/// Writes a vector with its length before it in `width` bytes. Content beyond what the length can say is
/// cut, which only a caller's own mistake can bring about.
pub(crate) fn put_vector(out: &mut Vec<u8>, width: usize, content: &[u8]) {
    let limit = (1_usize << (8 * width)) - 1;
    let length = content.len().min(limit);
    out.extend(length.to_be_bytes().iter().skip(std::mem::size_of::<usize>() - width));
    out.extend(content.iter().take(length));
}
