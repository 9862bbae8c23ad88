//! The data types of RFC 4251 section 5.

use crate::key::KeyError;

/// Reads fields one after the other; every length is checked against what is there.
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Fields<'a> {
        Fields { rest: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> usize {
        self.rest.len()
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], KeyError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(KeyError::Damaged("it ends early"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], KeyError> {
        self.take(N)?.try_into().map_err(|_| KeyError::Damaged("it ends early"))
    }

    pub(crate) fn byte(&mut self) -> Result<u8, KeyError> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn uint32(&mut self) -> Result<u32, KeyError> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn uint64(&mut self) -> Result<u64, KeyError> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn string(&mut self) -> Result<&'a [u8], KeyError> {
        let length = self.uint32()?;
        self.take(usize::try_from(length).map_err(|_| KeyError::Damaged("it ends early"))?)
    }

    /// A string without zero bytes (`sshbuf_get_cstring`, which lets one stand at the end).
    pub(crate) fn text(&mut self) -> Result<String, KeyError> {
        let bytes = self.string()?;
        let bytes = bytes.strip_suffix(b"\0").unwrap_or(bytes);
        if bytes.contains(&0) {
            return Err(KeyError::Damaged("a zero byte in a text"));
        }
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }

    /// An mpint that is not negative, without leading zeros.
    pub(crate) fn positive(&mut self) -> Result<&'a [u8], KeyError> {
        let bytes = self.string()?;
        if bytes.first().is_some_and(|first| first & 0x80 != 0) {
            return Err(KeyError::Damaged("a negative number"));
        }
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        Ok(bytes.get(zeros..).unwrap_or_default())
    }
}

pub(crate) fn put_string(to: &mut Vec<u8>, bytes: &[u8]) {
    // Nothing longer than `LONGEST_BLOB` gets here.
    to.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    to.extend_from_slice(bytes);
}

/// Writes a positive number, given without leading zeros.
pub(crate) fn put_mpint(to: &mut Vec<u8>, number: &[u8]) {
    if number.first().is_some_and(|first| first & 0x80 != 0) {
        put_string(to, &[&[0], number].concat());
    } else {
        put_string(to, number);
    }
}
