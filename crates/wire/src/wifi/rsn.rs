//! The RSN element (IEEE Std 802.11-2020, 9.4.2.24), and that of the first WPA, which is like its beginning.

use midwatch_model::WifiCipher;

use crate::reader::{Reader, WireError};

/// The maker's number of the standard itself.
const STANDARD: [u8; 3] = [0x00, 0x0f, 0xac];

/// That of the first WPA.
const FIRST_WPA: [u8; 3] = [0x00, 0x50, 0xf2];

/// A cipher or a way to agree on keys: a maker's number and a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suite {
    /// The maker's number (OUI).
    pub oui: [u8; 3],
    /// The type.
    pub kind: u8,
}

impl Suite {
    const fn standard(kind: u8) -> Suite {
        Suite { oui: STANDARD, kind }
    }

    fn read(rest: &mut Reader<'_>) -> Result<Suite, WireError> {
        match rest.bytes(4)? {
            [a, b, c, kind] => Ok(Suite { oui: [*a, *b, *c], kind: *kind }),
            _ => Err(WireError::Short("a suite")),
        }
    }

    /// As a cipher.
    pub fn cipher(self) -> WifiCipher {
        match (self.oui, self.kind) {
            (STANDARD | FIRST_WPA, 0) => WifiCipher::UseGroup,
            (STANDARD | FIRST_WPA, 1) => WifiCipher::Wep40,
            (STANDARD | FIRST_WPA, 2) => WifiCipher::Tkip,
            (STANDARD | FIRST_WPA, 4) => WifiCipher::Ccmp128,
            (STANDARD | FIRST_WPA, 5) => WifiCipher::Wep104,
            (STANDARD, 6) => WifiCipher::BipCmac128,
            (STANDARD, 7) => WifiCipher::NoGroup,
            (STANDARD, 8) => WifiCipher::Gcmp128,
            (STANDARD, 9) => WifiCipher::Gcmp256,
            (STANDARD, 10) => WifiCipher::Ccmp256,
            (STANDARD, 11) => WifiCipher::BipGmac128,
            (STANDARD, 12) => WifiCipher::BipGmac256,
            (STANDARD, 13) => WifiCipher::BipCmac256,
            _ => WifiCipher::Other,
        }
    }

    /// The name of a way to agree on keys (AKM), or the selector where it is not known.
    pub fn key_management(self) -> String {
        let known = match (self.oui, self.kind) {
            (STANDARD, 1) => "802.1X",
            (STANDARD, 2) => "PSK",
            (STANDARD, 3) => "FT-802.1X",
            (STANDARD, 4) => "FT-PSK",
            (STANDARD, 5) => "802.1X-SHA256",
            (STANDARD, 6) => "PSK-SHA256",
            (STANDARD, 8) => "SAE",
            (STANDARD, 9) => "FT-SAE",
            (STANDARD, 11) => "802.1X-Suite-B",
            (STANDARD, 12) => "802.1X-Suite-B-192",
            (STANDARD, 13) => "FT-802.1X-SHA384",
            (STANDARD, 14) => "FILS-SHA256",
            (STANDARD, 15) => "FILS-SHA384",
            (STANDARD, 16) => "FT-FILS-SHA256",
            (STANDARD, 17) => "FT-FILS-SHA384",
            (STANDARD, 18) => "OWE",
            (STANDARD, 19) => "FT-PSK-SHA384",
            (STANDARD, 20) => "PSK-SHA384",
            (STANDARD, 21) => "PASN",
            (STANDARD, 22) => "FT-802.1X-SHA384-unrestricted",
            (STANDARD, 23) => "802.1X-SHA384",
            (STANDARD, 24) => "SAE-EXT-KEY",
            (STANDARD, 25) => "FT-SAE-EXT-KEY",
            (FIRST_WPA, 1) => "WPA-802.1X",
            (FIRST_WPA, 2) => "WPA-PSK",
            ([0x50, 0x6f, 0x9a], 2) => "DPP",
            ([a, b, c], kind) => return format!("{a:02x}-{b:02x}-{c:02x}:{kind}"),
        };
        known.to_owned()
    }

    /// A password that everybody who has it can read along with (PSK in all its forms).
    pub fn is_psk(self) -> bool {
        self.is_standard(&[2, 4, 6, 19, 20]) || self.oui == FIRST_WPA && self.kind == 2
    }

    /// A password that gives nobody else's traffic away (SAE in all its forms).
    pub fn is_sae(self) -> bool {
        self.is_standard(&[8, 9, 24, 25])
    }

    /// An account for each (802.1X and FILS in all their forms).
    pub fn is_enterprise(self) -> bool {
        self.is_standard(&[1, 3, 5, 11, 12, 13, 14, 15, 16, 17, 22, 23])
            || self.oui == FIRST_WPA && self.kind == 1
    }

    /// 802.1X as it came with WPA2, with SHA-1.
    pub fn is_old_enterprise(self) -> bool {
        self.is_standard(&[1])
    }

    /// 802.1X with SHA-256 or SHA-384, as WPA3 asks for. Fast transition comes with SHA-256 in WPA2 too, and proves
    /// nothing.
    pub fn is_new_enterprise(self) -> bool {
        self.is_standard(&[5, 11, 12, 13, 14, 15, 16, 17, 22, 23])
    }

    /// The 192-bit mode of WPA3-Enterprise.
    pub fn is_192(self) -> bool {
        self.is_standard(&[12, 13])
    }

    /// Encryption without a password.
    pub fn is_owe(self) -> bool {
        self.is_standard(&[18])
    }

    fn is_standard(self, kinds: &[u8]) -> bool {
        self.oui == STANDARD && kinds.contains(&self.kind)
    }
}

/// An RSN element, or one of the first WPA. What is left out at its end has the standard's default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rsn {
    /// The cipher for what is sent to all.
    pub group: Suite,
    /// Ciphers for what is sent to one.
    pub pairwise: Vec<Suite>,
    /// Ways to agree on keys.
    pub key_management: Vec<Suite>,
    /// The RSN capabilities.
    pub capabilities: u16,
    /// How many keys it names that are known already.
    pub known_keys: u16,
    /// The cipher for management frames that are sent to all.
    pub group_management: Option<Suite>,
}

impl Rsn {
    /// Reads an RSN element.
    ///
    /// # Errors
    /// Where it ends inside of a field, or is of a version that is not known.
    pub fn read(value: &[u8]) -> Result<Rsn, WireError> {
        Rsn::fields(value, Suite::standard(4), Suite::standard(1))
    }

    /// Reads an element of the first WPA, after maker and type.
    ///
    /// # Errors
    /// As [`Rsn::read`].
    pub fn read_wpa(value: &[u8]) -> Result<Rsn, WireError> {
        let suite = |kind| Suite { oui: FIRST_WPA, kind };
        Rsn::fields(value, suite(2), suite(1))
    }

    fn fields(value: &[u8], cipher: Suite, key_management: Suite) -> Result<Rsn, WireError> {
        let mut rest = Reader::new(value, "the RSN element");
        let version = number(&mut rest)?;
        if version != 1 {
            return Err(WireError::Invalid(format!("an RSN element of version {version}")));
        }
        let mut rsn = Rsn {
            group: cipher,
            pairwise: vec![cipher],
            key_management: vec![key_management],
            capabilities: 0,
            known_keys: 0,
            group_management: None,
        };
        if !rest.is_empty() {
            rsn.group = Suite::read(&mut rest)?;
        }
        if !rest.is_empty() {
            rsn.pairwise = suites(&mut rest)?;
        }
        if !rest.is_empty() {
            rsn.key_management = suites(&mut rest)?;
        }
        if !rest.is_empty() {
            rsn.capabilities = number(&mut rest)?;
        }
        if !rest.is_empty() {
            rsn.known_keys = number(&mut rest)?;
            rest.bytes(usize::from(rsn.known_keys) * 16)?;
        }
        if !rest.is_empty() {
            rsn.group_management = Some(Suite::read(&mut rest)?);
        }
        // What later versions append is passed over.
        Ok(rsn)
    }

    /// Management frames can be protected (MFPC).
    pub fn can_protect_frames(&self) -> bool {
        self.capabilities & 0x80 != 0
    }

    /// Management frames have to be protected (MFPR).
    pub fn must_protect_frames(&self) -> bool {
        self.can_protect_frames() && self.capabilities & 0x40 != 0
    }
}

/// A two-byte number, the lower byte first.
fn number(rest: &mut Reader<'_>) -> Result<u16, WireError> {
    Ok(rest.u16()?.swap_bytes())
}

/// Suites with their number before them. An element has at most 255 bytes, and so has what comes of it.
fn suites(rest: &mut Reader<'_>) -> Result<Vec<Suite>, WireError> {
    let count = number(rest)?;
    (0..count).map(|_| Suite::read(rest)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WPA2: &[u8] = &[1, 0, 0, 15, 172, 4, 1, 0, 0, 15, 172, 4, 1, 0, 0, 15, 172, 2, 0, 0];

    #[test]
    fn every_prefix_that_ends_between_fields_has_the_defaults() {
        let whole = Rsn::read(WPA2).unwrap();
        assert_eq!(whole.key_management, [Suite::standard(2)]);
        assert!(!whole.can_protect_frames() && whole.group_management.is_none());
        for end in [2, 6, 12, 18, 20] {
            assert!(Rsn::read(&WPA2[..end]).is_ok(), "{end}");
        }
        assert_eq!(Rsn::read(&WPA2[..12]).unwrap().key_management, [Suite::standard(1)]);
        for end in (0..WPA2.len()).filter(|end| ![2, 6, 12, 18, 20].contains(end)) {
            assert!(Rsn::read(&WPA2[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn a_count_that_lies_is_no_element() {
        let mut lying = WPA2.to_vec();
        lying[6] = 0xff;
        lying[7] = 0xff;
        assert!(Rsn::read(&lying).is_err());
        let mut keys = WPA2.to_vec();
        keys.extend([2, 0]);
        keys.extend([0; 31]);
        assert!(Rsn::read(&keys).is_err());
        keys.push(0);
        assert_eq!(Rsn::read(&keys).unwrap().known_keys, 2);
        keys.extend([0, 15, 172, 6, 99]);
        assert_eq!(Rsn::read(&keys).unwrap().group_management, Some(Suite::standard(6)));
    }

    #[test]
    fn only_version_one_is_known() {
        assert!(Rsn::read(&[2, 0]).unwrap_err().to_string().contains("version 2"));
        assert!(Rsn::read(&[]).is_err());
    }

    #[test]
    fn required_without_capable_is_nothing() {
        let read = |capabilities: u8| {
            let mut bytes = WPA2.to_vec();
            bytes[18] = capabilities;
            Rsn::read(&bytes).map(|rsn| (rsn.can_protect_frames(), rsn.must_protect_frames())).unwrap()
        };
        assert_eq!(read(0x80), (true, false));
        assert_eq!(read(0xc0), (true, true));
        assert_eq!(read(0x40), (false, false));
    }

    #[test]
    fn suites_that_are_not_known_keep_their_selector() {
        assert_eq!(Suite { oui: [0, 0x40, 0x96], kind: 0 }.key_management(), "00-40-96:0");
        assert_eq!(Suite { oui: [0, 0x40, 0x96], kind: 0 }.cipher(), WifiCipher::Other);
    }
}
