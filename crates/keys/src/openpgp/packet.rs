//! Packets (RFC 9580, section 4.2).

use midwatch_wire::reader::{Reader, WireError};

/// A signature.
pub const SIGNATURE: u8 = 2;
/// A secret key.
pub const SECRET_KEY: u8 = 5;
/// A public key.
pub const PUBLIC_KEY: u8 = 6;
/// A secret subkey.
pub const SECRET_SUBKEY: u8 = 7;
/// To be passed over.
pub const MARKER: u8 = 10;
/// A user id.
pub const USER_ID: u8 = 13;
/// A public subkey.
pub const PUBLIC_SUBKEY: u8 = 14;
/// To be passed over.
pub const PADDING: u8 = 21;

/// The next packet: its type and its body.
///
/// # Errors
/// [`WireError`], also for lengths in parts and without an end: only data may have those.
pub fn next<'a>(reader: &mut Reader<'a>) -> Result<(u8, &'a [u8]), WireError> {
    let no_end = || WireError::Invalid("a packet has no length".into());
    let first = reader.u8()?;
    if first & 0x80 == 0 {
        return Err(WireError::Invalid("what should be a packet is none".into()));
    }
    if first & 0x40 == 0 {
        let length = match first & 3 {
            0 => usize::from(reader.u8()?),
            1 => usize::from(reader.u16()?),
            2 => usize::try_from(reader.u32()?).unwrap_or(usize::MAX),
            _ => return Err(no_end()),
        };
        return Ok((first >> 2 & 0x0F, reader.bytes(length)?));
    }
    let length = match reader.u8()? {
        octet @ 0..=191 => usize::from(octet),
        octet @ 192..=223 => ((usize::from(octet) - 192) << 8) + usize::from(reader.u8()?) + 192,
        255 => usize::try_from(reader.u32()?).unwrap_or(usize::MAX),
        _ => return Err(no_end()),
    };
    Ok((first & 0x3F, reader.bytes(length)?))
}
