//! Message numbers, and the messages that may come at any time (RFC 4253 sections 11 and 12, RFC 8308).

use super::data::{boolean, name, string};
use crate::reader::{Reader, WireError};

/// SSH_MSG_DISCONNECT.
pub const DISCONNECT: u8 = 1;
/// SSH_MSG_IGNORE.
pub const IGNORE: u8 = 2;
/// SSH_MSG_UNIMPLEMENTED.
pub const UNIMPLEMENTED: u8 = 3;
/// SSH_MSG_DEBUG.
pub const DEBUG: u8 = 4;
/// SSH_MSG_EXT_INFO.
pub const EXT_INFO: u8 = 7;
/// SSH_MSG_KEXINIT.
pub const KEXINIT: u8 = 20;
/// SSH_MSG_NEWKEYS.
pub const NEWKEYS: u8 = 21;

/// SSH_DISCONNECT_BY_APPLICATION, the reason that a client gives which has all that it wants.
pub const BY_APPLICATION: u32 = 11;

/// Extensions of an EXT_INFO that are read.
pub const MAX_EXTENSIONS: usize = 64;

/// What is in `payload` after its number, which has to be `number`.
///
/// # Errors
/// [`WireError::Invalid`] where it is another message.
pub(crate) fn expect<'a>(payload: &'a [u8], number: u8, what: &'static str) -> Result<Reader<'a>, WireError> {
    let mut reader = Reader::new(payload, what);
    match reader.u8()? {
        found if found == number => Ok(reader),
        found => Err(WireError::Invalid(format!("message {found} came where {what} was due"))),
    }
}

/// SSH_MSG_DISCONNECT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disconnect<'a> {
    /// The reason code.
    pub code: u32,
    /// The description, in UTF-8 where the peer keeps to the RFC.
    pub description: &'a [u8],
}

impl<'a> Disconnect<'a> {
    /// Reads a payload. What stands after the code may be missing: some servers leave it out.
    ///
    /// # Errors
    /// [`WireError`] where it is another message or has no code.
    pub fn read(payload: &'a [u8]) -> Result<Self, WireError> {
        let mut reader = expect(payload, DISCONNECT, "DISCONNECT")?;
        let code = reader.u32()?;
        let description = string(&mut reader, "description of DISCONNECT").unwrap_or_default();
        Ok(Disconnect { code, description })
    }

    /// Writes the payload, with no language.
    pub fn write(&self) -> Vec<u8> {
        let mut out = vec![DISCONNECT];
        out.extend(self.code.to_be_bytes());
        super::data::put_string(&mut out, self.description);
        super::data::put_string(&mut out, &[]);
        out
    }

    /// The registered words for the code (RFC 4253 section 11.1).
    pub fn reason(&self) -> &'static str {
        match self.code {
            1 => "host not allowed to connect",
            2 => "protocol error",
            3 => "key exchange failed",
            4 => "reserved",
            5 => "MAC error",
            6 => "compression error",
            7 => "service not available",
            8 => "protocol version not supported",
            9 => "host key not verifiable",
            10 => "connection lost",
            11 => "by application",
            12 => "too many connections",
            13 => "authentication cancelled by user",
            14 => "no more authentication methods available",
            15 => "illegal user name",
            _ => "no registered reason",
        }
    }
}

/// SSH_MSG_DEBUG.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Debug<'a> {
    /// To be shown always.
    pub always_display: bool,
    /// The message.
    pub message: &'a [u8],
}

impl<'a> Debug<'a> {
    /// Reads a payload.
    ///
    /// # Errors
    /// [`WireError`] where it is another message or malformed.
    pub fn read(payload: &'a [u8]) -> Result<Self, WireError> {
        let mut reader = expect(payload, DEBUG, "DEBUG")?;
        let always_display = boolean(&mut reader)?;
        let message = string(&mut reader, "message of DEBUG")?;
        Ok(Debug { always_display, message })
    }
}

/// The extensions of SSH_MSG_EXT_INFO, each with its value (RFC 8308 section 2.3).
///
/// # Errors
/// [`WireError`] where it is another message, malformed, or has more than [`MAX_EXTENSIONS`].
pub fn ext_info(payload: &[u8]) -> Result<Vec<(&str, &[u8])>, WireError> {
    let mut reader = expect(payload, EXT_INFO, "EXT_INFO")?;
    let count = reader.u32()? as usize;
    if count > MAX_EXTENSIONS {
        return Err(WireError::Invalid(format!("EXT_INFO has more than {MAX_EXTENSIONS} extensions")));
    }
    let mut extensions = Vec::new();
    for _ in 0..count {
        let name = name(&mut reader, "name of an extension")?;
        extensions.push((name, string(&mut reader, "value of an extension")?));
    }
    reader.end()?;
    Ok(extensions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disconnect_is_written_and_read() {
        let said = Disconnect { code: BY_APPLICATION, description: b"done" };
        assert_eq!(Disconnect::read(&said.write()), Ok(said));
        assert_eq!(said.reason(), "by application");
        let short = Disconnect::read(&[DISCONNECT, 0, 0, 0, 2]).unwrap();
        assert_eq!((short.code, short.description), (2, &[][..]));
        assert!(Disconnect::read(&[DISCONNECT, 0]).is_err() && Disconnect::read(&[IGNORE]).is_err());
        assert!(Disconnect::read(&[]).is_err());
    }

    #[test]
    fn debug_and_extensions_are_read() {
        let debug = Debug::read(b"\x04\x01\0\0\0\x02hi\0\0\0\0").unwrap();
        assert_eq!(debug, Debug { always_display: true, message: b"hi" });
        let said = b"\x07\0\0\0\x01\0\0\0\x0fserver-sig-algs\0\0\0\x07ssh-rsa";
        assert_eq!(ext_info(said).unwrap(), [("server-sig-algs", &b"ssh-rsa"[..])]);
        assert!(ext_info(&said[..30]).is_err());
        assert!(ext_info(b"\x07\xff\xff\xff\xff").is_err());
    }
}
