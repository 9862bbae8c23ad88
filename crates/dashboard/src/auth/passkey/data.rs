//! What an authenticator says of itself and of the user: authenticator data (WebAuthn level 3, section 6.1).

use super::{cbor, cose};

/// Bits of the flags.
const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const MAY_BE_BACKED_UP: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const HAS_KEY: u8 = 1 << 6;
const HAS_EXTENSIONS: u8 = 1 << 7;

/// The most octets of a credential's name: WebAuthn level 3, section 4.
pub const NAME: usize = 1023;

/// Authenticator data.
#[derive(Debug)]
pub struct Data<'a> {
    /// SHA-256 of the relying party's id that it was asked for.
    pub party: &'a [u8],
    flags: u8,
    /// The counter of signatures; 0 where it has none.
    pub counter: u32,
    /// A new credential's name and key (COSE), where one was made.
    pub made: Option<(&'a [u8], &'a [u8])>,
}

impl Data<'_> {
    /// Somebody touched it.
    pub fn present(&self) -> bool {
        self.flags & PRESENT != 0
    }

    /// It knows who: a PIN or a finger.
    pub fn verified(&self) -> bool {
        self.flags & VERIFIED != 0
    }

    /// The key is kept elsewhere too.
    pub fn backed_up(&self) -> bool {
        self.flags & BACKED_UP != 0
    }
}

/// Reads all of it; nothing where it is not of that form.
pub fn read(bytes: &[u8]) -> Option<Data<'_>> {
    let (party, rest) = bytes.split_at_checked(32)?;
    let (flags, rest) = rest.split_first()?;
    let (counter, mut rest) = rest.split_first_chunk::<4>()?;
    let mut made = None;
    if flags & HAS_KEY != 0 {
        let (_model, after) = rest.split_at_checked(16)?;
        let (length, after) = after.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (name, after) = after.split_at_checked(length).filter(|_| length <= NAME && length > 0)?;
        let (_key, end) = cose::read(after)?;
        let key = after.get(..after.len() - end.len())?;
        made = Some((name, key));
        rest = end;
    }
    if flags & HAS_EXTENSIONS != 0 {
        rest = cbor::read(rest)?.1;
    }
    // Backed up without being able to be is a contradiction: section 6.1.3.
    let contradicts = flags & BACKED_UP != 0 && flags & MAY_BE_BACKED_UP == 0;
    (rest.is_empty() && !contradicts).then_some(Data {
        party,
        flags: *flags,
        counter: u32::from_be_bytes(*counter),
        made,
    })
}
