//! The line with which each side says who it is (RFC 4253 section 4.2).

use crate::reader::WireError;

/// Bytes of one line. The RFC allows 255 for the identification; implementations take 8 KiB, and so does this.
pub const MAX_LINE: usize = 8192;

/// Lines before the identification, all bytes of which may be [`MAX_BYTES`]. OpenSSH's client takes as many.
pub const MAX_LINES: usize = 1024;

/// Bytes until the identification is whole.
pub const MAX_BYTES: usize = 64 * 1024;

/// Lines before the identification that are kept.
pub const KEPT_LINES: usize = 16;

/// Bytes of each of them that are kept.
pub const KEPT_BYTES: usize = 255;

/// What a peer said of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identification {
    /// The line without its end, as it goes into the exchange hash.
    pub line: Vec<u8>,
    /// The first lines that came before, cut to [`KEPT_BYTES`].
    pub before: Vec<Vec<u8>>,
    protocol: usize,
}

impl Identification {
    /// `protoversion`: `2.0`, or `1.99` of one that speaks SSH 1 as well (RFC 4253 section 5.1).
    pub fn protocol(&self) -> &[u8] {
        self.line.get(PREFIX.len()..self.protocol).unwrap_or_default()
    }

    /// `softwareversion`, to the first space.
    pub fn software(&self) -> &[u8] {
        self.after().split(|&byte| byte == b' ').next().unwrap_or_default()
    }

    /// `comments`: what stands after the first space, where one is there.
    pub fn comments(&self) -> Option<&[u8]> {
        let after = self.after();
        let space = after.iter().position(|&byte| byte == b' ')?;
        after.get(space + 1..)
    }

    /// True where SSH 2 is spoken.
    pub fn is_ssh2(&self) -> bool {
        matches!(self.protocol(), b"2.0" | b"1.99")
    }

    fn after(&self) -> &[u8] {
        self.line.get(self.protocol + 1..).unwrap_or_default()
    }

    fn new(line: Vec<u8>, before: Vec<Vec<u8>>) -> Result<Self, WireError> {
        let rest = line.get(PREFIX.len()..).unwrap_or_default();
        let dash = rest.iter().position(|&byte| byte == b'-');
        let dash = dash.ok_or_else(|| WireError::Invalid("the identification names no software".into()))?;
        if line.contains(&0) {
            return Err(WireError::Invalid("the identification holds a null character".into()));
        }
        Ok(Identification { protocol: PREFIX.len() + dash, line, before })
    }
}

const PREFIX: &[u8] = b"SSH-";

/// Puts the identification together from pieces as they come.
#[derive(Clone, Debug, Default)]
pub struct IdentificationReader {
    line: Vec<u8>,
    before: Vec<Vec<u8>>,
    lines: usize,
    bytes: usize,
}

impl IdentificationReader {
    /// Takes further bytes. With the identification comes how many of these bytes belong to it; the rest is
    /// the first packet's. Lines end with CR LF, or with LF alone where the server is an old one.
    ///
    /// # Errors
    /// [`WireError::TooLarge`] past the limits, [`WireError::Invalid`] where the line is malformed.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Option<(Identification, usize)>, WireError> {
        for (at, &byte) in bytes.iter().enumerate() {
            self.bytes += 1;
            if self.bytes > MAX_BYTES {
                let what = "what comes before the identification";
                return Err(WireError::TooLarge { what, limit: MAX_BYTES });
            }
            if byte != b'\n' {
                if self.line.len() >= MAX_LINE {
                    return Err(WireError::TooLarge {
                        what: "a line of the identification",
                        limit: MAX_LINE,
                    });
                }
                self.line.push(byte);
                continue;
            }
            if self.line.last() == Some(&b'\r') {
                self.line.pop();
            }
            let mut line = std::mem::take(&mut self.line);
            if line.starts_with(PREFIX) {
                let whole = Identification::new(line, std::mem::take(&mut self.before))?;
                return Ok(Some((whole, at + 1)));
            }
            self.lines += 1;
            if self.lines > MAX_LINES {
                let what = format!("more than {MAX_LINES} lines come before the identification");
                return Err(WireError::Invalid(what));
            }
            if self.before.len() < KEPT_LINES {
                line.truncate(KEPT_BYTES);
                self.before.push(line);
            }
        }
        Ok(None)
    }

    /// The beginning of what came so far, where something came.
    pub fn heard(&self) -> Option<&[u8]> {
        let first = self.before.first().map_or(&self.line[..], Vec::as_slice);
        (self.bytes > 0).then(|| first.get(..KEPT_BYTES).unwrap_or(first))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Result<Option<(Identification, usize)>, WireError> {
        IdentificationReader::default().push(bytes)
    }

    #[test]
    fn it_has_three_parts() {
        let (whole, taken) = read(b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10\r\n\0\0").unwrap().unwrap();
        assert_eq!((whole.protocol(), whole.software()), (&b"2.0"[..], &b"OpenSSH_9.2p1"[..]));
        assert_eq!(whole.comments(), Some(&b"Debian-2+deb12u10"[..]));
        assert_eq!((taken, whole.is_ssh2()), (41, true));
        let (whole, _) = read(b"SSH-1.99-Cisco-1.25\n").unwrap().unwrap();
        assert_eq!((whole.protocol(), whole.software()), (&b"1.99"[..], &b"Cisco-1.25"[..]));
        assert!(whole.is_ssh2() && whole.comments().is_none());
        assert!(!read(b"SSH-1.5-old\r\n").unwrap().unwrap().0.is_ssh2());
    }

    #[test]
    fn lines_may_come_before() {
        let (whole, taken) = read(b"Hello\r\nunauthorised use\nSSH-2.0-x\r\nrest").unwrap().unwrap();
        assert_eq!(whole.before, [&b"Hello"[..], b"unauthorised use"]);
        assert_eq!((whole.line, taken), (b"SSH-2.0-x".to_vec(), 35));
    }

    #[test]
    fn it_ends_somewhere() {
        let many = b"x\n".repeat(MAX_LINES);
        let (whole, _) = read(&[&many[..], b"SSH-2.0-x\n"].concat()).unwrap().unwrap();
        assert_eq!(whole.before.len(), KEPT_LINES);
        assert!(read(&b"x\n".repeat(MAX_LINES + 1)).is_err());
        assert!(read(&vec![b'x'; MAX_LINE + 1]).is_err());
        assert!(read(&[&vec![b'x'; MAX_LINE][..], b"\n"].concat().repeat(9)).is_err());
        assert!(read(b"SSH-2.0\r\n").is_err() && read(b"SSH-2.0-a\0b\r\n").is_err());
    }

    #[test]
    fn what_was_heard_can_be_told() {
        let mut reader = IdentificationReader::default();
        assert_eq!(reader.heard(), None);
        reader.push(b"HTTP/1.1 400 Bad").unwrap();
        assert_eq!(reader.heard(), Some(&b"HTTP/1.1 400 Bad"[..]));
        reader.push(b" Request\r\n\r\n").unwrap();
        assert_eq!(reader.heard(), Some(&b"HTTP/1.1 400 Bad Request"[..]));
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(bytes: Vec<u8>, cut in 0_usize..64) {
            let bytes = [&bytes[..], b"\nSSH-2.0-x y\r\nmore"].concat();
            let cut = cut.min(bytes.len());
            let mut reader = IdentificationReader::default();
            let whole = read(&bytes).unwrap().unwrap();
            match reader.push(&bytes[..cut]).unwrap() {
                Some(first) => prop_assert_eq!(first, whole),
                None => {
                    let (second, taken) = reader.push(&bytes[cut..]).unwrap().unwrap();
                    prop_assert_eq!((second, taken + cut), whole);
                }
            }
        }
    }
}
