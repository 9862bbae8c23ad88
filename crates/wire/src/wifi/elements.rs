//! Information elements: a number, a length and a value, one after the other.

use crate::reader::{Reader, WireError};

/// Bytes of a network's name at most (IEEE Std 802.11-2020, 9.4.2.2).
pub const MAX_NAME: usize = 32;

const SSID: u8 = 0;
const RSN: u8 = 48;
const WAPI: u8 = 68;
const VENDOR: u8 = 221;
const RSN_EXTENSION: u8 = 244;

/// Vendor elements: the maker's number and a type.
const WPA: [u8; 4] = [0x00, 0x50, 0xf2, 1];
const OSEN: [u8; 4] = [0x50, 0x6f, 0x9a, 0x12];
const OWE: [u8; 4] = [0x50, 0x6f, 0x9a, 0x1c];
const RSN_OVERRIDE: [u8; 4] = [0x50, 0x6f, 0x9a, 0x29];
const RSN_OVERRIDE_2: [u8; 4] = [0x50, 0x6f, 0x9a, 0x2a];

/// The elements that tell of a network's name and protection; of each the first, as those do that join.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Elements<'a> {
    /// The name; empty, or all zero, where the network hides it.
    pub name: Option<&'a [u8]>,
    /// The RSN element (WPA2 and later).
    pub rsn: Option<&'a [u8]>,
    /// The element of the first WPA, after maker and type.
    pub wpa: Option<&'a [u8]>,
    /// RSN elements for those that know of them, in place of the first (WPA3-Personal compatibility mode).
    pub rsn_override: Option<&'a [u8]>,
    /// The same for devices with several links.
    pub rsn_override_2: Option<&'a [u8]>,
    /// The RSN extension element.
    pub rsn_extension: Option<&'a [u8]>,
    /// The other network of an OWE pair, after maker and type.
    pub owe: Option<&'a [u8]>,
    /// A scheme that is neither WEP nor RSN: WAPI, or OSEN for signing up.
    pub is_other_scheme: bool,
    /// No element was cut off.
    pub whole: bool,
}

impl<'a> Elements<'a> {
    /// Reads as many elements as are whole.
    pub fn read(bytes: &'a [u8]) -> Elements<'a> {
        let mut found = Elements::default();
        let mut rest = Reader::new(bytes, "the list of elements");
        while !rest.is_empty() {
            let next = rest.u8().and_then(|id| Ok((id, rest.vector(1, "an element")?.rest())));
            let Ok((id, value)) = next else { return found };
            found.take(id, value);
        }
        found.whole = true;
        found
    }

    fn take(&mut self, id: u8, value: &'a [u8]) {
        let place = match id {
            SSID => &mut self.name,
            RSN => &mut self.rsn,
            RSN_EXTENSION => &mut self.rsn_extension,
            WAPI => {
                self.is_other_scheme = true;
                return;
            }
            VENDOR => return self.take_vendor(value),
            _ => return,
        };
        place.get_or_insert(value);
    }

    fn take_vendor(&mut self, value: &'a [u8]) {
        let Some((kind, value)) = value.split_first_chunk::<4>() else { return };
        let place = match *kind {
            WPA => &mut self.wpa,
            OWE => &mut self.owe,
            RSN_OVERRIDE => &mut self.rsn_override,
            RSN_OVERRIDE_2 => &mut self.rsn_override_2,
            OSEN => {
                self.is_other_scheme = true;
                return;
            }
            _ => return,
        };
        place.get_or_insert(value);
    }

    /// The name, where it is not hidden.
    ///
    /// # Errors
    /// Where it is longer than [`MAX_NAME`].
    pub fn shown_name(&self) -> Result<Option<&'a [u8]>, WireError> {
        match self.name {
            Some(name) if name.len() > MAX_NAME => {
                Err(WireError::TooLarge { what: "the name of a network", limit: MAX_NAME })
            }
            Some(name) if name.iter().any(|byte| *byte != 0) => Ok(Some(name)),
            _ => Ok(None),
        }
    }
}

/// The other network of an OWE pair (Wi-Fi Alliance, Opportunistic Wireless Encryption Specification, 2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OweTransition<'a> {
    /// Its link-layer address.
    pub bssid: [u8; 6],
    /// Its name.
    pub name: &'a [u8],
}

impl<'a> OweTransition<'a> {
    /// Reads the element after maker and type. A band and a channel may follow, which are passed over.
    ///
    /// # Errors
    /// Where it ends too early, or the name is longer than [`MAX_NAME`].
    pub fn read(value: &'a [u8]) -> Result<Self, WireError> {
        let what = "the element of OWE transition mode";
        let mut rest = Reader::new(value, what);
        let bssid = rest.bytes(6)?.try_into().map_err(|_| WireError::Short(what))?;
        let name = rest.vector(1, what)?.rest();
        if name.len() > MAX_NAME {
            return Err(WireError::TooLarge { what: "the name of a network", limit: MAX_NAME });
        }
        Ok(OweTransition { bssid, name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_each_counts_and_strangers_are_passed_over() {
        let bytes = [0, 2, b'h', b'i', 1, 1, 0x82, 0, 1, b'x', 48, 2, 1, 0, 48, 1, 9, 221, 3, 0, 0x50, 0xf2];
        let read = Elements::read(&bytes);
        assert_eq!((read.name, read.rsn, read.whole), (Some(&b"hi"[..]), Some(&[1, 0][..]), true));
        assert_eq!(read.wpa, None, "a vendor element without a type");
    }

    #[test]
    fn what_is_cut_off_says_so() {
        let read = Elements::read(&[0, 2, b'h', b'i', 48, 20, 1, 0]);
        assert_eq!((read.name, read.rsn, read.whole), (Some(&b"hi"[..]), None, false));
        assert!(!Elements::read(&[0]).whole);
        assert!(Elements::read(&[]).whole);
    }

    #[test]
    fn hidden_and_overlong_names_are_told_apart() {
        let name = |value: &[u8]| {
            let mut bytes = vec![0, u8::try_from(value.len()).unwrap()];
            bytes.extend(value);
            Elements::read(&bytes).shown_name().map(|name| name.map(<[u8]>::to_vec))
        };
        assert_eq!(name(b""), Ok(None));
        assert_eq!(name(&[0; 8]), Ok(None));
        assert_eq!(name(&[0xff; 32]), Ok(Some(vec![0xff; 32])));
        assert!(name(&[b'a'; 33]).is_err());
    }

    #[test]
    fn the_other_half_of_a_pair_is_read() {
        let value = [2, 0, 0, 0, 0, 7, 3, b'o', b'w', b'e', 81, 6];
        let read = OweTransition::read(&value).unwrap();
        assert_eq!((read.bssid, read.name), ([2, 0, 0, 0, 0, 7], &b"owe"[..]));
        assert!(OweTransition::read(&value[..9]).is_err());
        assert!(OweTransition::read(&[0; 5]).is_err());
        let mut long = vec![2, 0, 0, 0, 0, 7, 33];
        long.extend([b'x'; 33]);
        assert!(OweTransition::read(&long).is_err());
    }
}
