//! What the elements and the capability field of an access point say of its protection.
//!
//! The modes are those of the Wi-Fi Alliance's WPA3 Specification 3.3.

use midwatch_model::{ManagementFrames, WifiCipher, WifiProtection, WifiProtectionKind as Kind};

use super::elements::{Elements, OweTransition};
use super::rsn::{Rsn, Suite};
use crate::reader::WireError;

/// The bit of the capability field that says that something is encrypted.
const PRIVACY: u16 = 0x10;

/// A bit of the RSN extension element.
const HASH_TO_ELEMENT: u8 = 0x20;

/// The protection that `elements` and `capability` announce.
///
/// # Errors
/// Where an element cannot be understood, or too little is there to tell open from WEP: what an access point does is
/// then not known.
pub fn protection(elements: &Elements<'_>, capability: Option<u16>) -> Result<WifiProtection, WireError> {
    let rsn: Vec<Rsn> = [elements.rsn, elements.rsn_override, elements.rsn_override_2]
        .into_iter()
        .flatten()
        .map(Rsn::read)
        .collect::<Result<_, _>>()?;
    let wpa = elements.wpa.map(Rsn::read_wpa).transpose()?;
    let mut found = WifiProtection {
        kind: Kind::Open,
        management_frames: management_frames(&rsn),
        key_management: Vec::new(),
        pairwise: Vec::new(),
        group: rsn.first().or(wpa.as_ref()).map(|rsn| rsn.group.cipher()),
        group_management: rsn.iter().find_map(|rsn| rsn.group_management).map(Suite::cipher),
        first_wpa: wpa.is_some(),
        owe_transition: elements.owe.is_some_and(|value| OweTransition::read(value).is_ok()),
        hash_to_element: elements
            .rsn_extension
            .and_then(<[u8]>::first)
            .is_some_and(|bits| bits & HASH_TO_ELEMENT != 0),
    };
    for one in rsn.iter().chain(&wpa) {
        for suite in &one.key_management {
            push_new(&mut found.key_management, suite.key_management());
        }
        for suite in &one.pairwise {
            let cipher = match suite.cipher() {
                WifiCipher::UseGroup => one.group.cipher(),
                other => other,
            };
            push_new(&mut found.pairwise, cipher);
        }
    }
    if found.group_management.is_none() && found.management_frames != ManagementFrames::None {
        // The default where it is left out (9.4.2.24.1).
        found.group_management = Some(WifiCipher::BipCmac128);
    }
    found.kind = match (rsn.is_empty(), &wpa) {
        (false, _) => of_rsn(&rsn, found.management_frames),
        (true, Some(wpa)) => of_wpa(wpa),
        (true, None) => without(elements, capability)?,
    };
    Ok(found)
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

/// Who does not know of the later elements goes by the first: required is what all of them require.
fn management_frames(rsn: &[Rsn]) -> ManagementFrames {
    if rsn.is_empty() || !rsn.iter().any(Rsn::can_protect_frames) {
        ManagementFrames::None
    } else if rsn.iter().all(Rsn::must_protect_frames) {
        ManagementFrames::Required
    } else {
        ManagementFrames::Capable
    }
}

fn of_rsn(rsn: &[Rsn], frames: ManagementFrames) -> Kind {
    let suites: Vec<Suite> = rsn.iter().flat_map(|rsn| rsn.key_management.iter().copied()).collect();
    let any = |is: fn(Suite) -> bool| suites.iter().copied().any(is);
    // Where a cipher of WEP is announced in an RSN element, that is what protects.
    if rsn.iter().all(|rsn| !rsn.pairwise.is_empty() && rsn.pairwise.iter().all(|suite| is_wep(*suite, rsn)))
    {
        return Kind::Wep;
    }
    match (any(Suite::is_psk), any(Suite::is_sae)) {
        (true, true) => return Kind::Wpa2Wpa3Personal,
        (true, false) => return Kind::Wpa2Personal,
        (false, true) => return Kind::Wpa3Personal,
        (false, false) => {}
    }
    if any(Suite::is_enterprise) {
        let only_192 = suites.iter().all(|suite| suite.is_192() || !suite.is_enterprise());
        let old = any(Suite::is_old_enterprise);
        // 802.1X with SHA-256 is what makes a network one of WPA3, with management frames protected.
        let new = any(Suite::is_new_enterprise);
        return match (frames, old, new) {
            _ if only_192 => Kind::Wpa3Enterprise192,
            (ManagementFrames::Required, false, true) => Kind::Wpa3Enterprise,
            (ManagementFrames::Required | ManagementFrames::Capable, true, true) => Kind::Wpa2Wpa3Enterprise,
            _ => Kind::Wpa2Enterprise,
        };
    }
    if any(Suite::is_owe) { Kind::Owe } else { Kind::Other }
}

fn is_wep(suite: Suite, rsn: &Rsn) -> bool {
    let cipher = match suite.cipher() {
        WifiCipher::UseGroup => rsn.group.cipher(),
        other => other,
    };
    matches!(cipher, WifiCipher::Wep40 | WifiCipher::Wep104)
}

fn of_wpa(wpa: &Rsn) -> Kind {
    let any = |is: fn(Suite) -> bool| wpa.key_management.iter().copied().any(is);
    match (any(Suite::is_psk), any(Suite::is_enterprise)) {
        (true, _) => Kind::WpaPersonal,
        (false, true) => Kind::WpaEnterprise,
        (false, false) => Kind::Other,
    }
}

/// Neither RSN nor WPA.
fn without(elements: &Elements<'_>, capability: Option<u16>) -> Result<Kind, WireError> {
    if elements.is_other_scheme {
        return Ok(Kind::Other);
    }
    if !elements.whole {
        return Err(WireError::Short("the list of elements"));
    }
    match capability {
        Some(bits) if bits & PRIVACY != 0 => Ok(Kind::Wep),
        Some(_) => Ok(Kind::Open),
        None => Err(WireError::Invalid("without a capability field open cannot be told from WEP".into())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An RSN element: pairwise and group CCMP, these ways to agree on keys, these capabilities.
    fn rsn(kinds: &[u8], capabilities: u8) -> Vec<u8> {
        let mut value = vec![1, 0, 0, 15, 172, 4, 1, 0, 0, 15, 172, 4];
        value.extend([u8::try_from(kinds.len()).unwrap(), 0]);
        for kind in kinds {
            value.extend([0, 15, 172, *kind]);
        }
        value.extend([capabilities, 0]);
        value
    }

    fn of(elements: &[(u8, Vec<u8>)], capability: Option<u16>) -> Result<WifiProtection, WireError> {
        let mut bytes = Vec::new();
        for (id, value) in elements {
            bytes.extend([*id, u8::try_from(value.len()).unwrap()]);
            bytes.extend(value);
        }
        protection(&Elements::read(&bytes), capability)
    }

    fn kind(kinds: &[u8], capabilities: u8) -> Kind {
        of(&[(48, rsn(kinds, capabilities))], Some(0x11)).unwrap().kind
    }

    #[test]
    fn ways_to_agree_on_keys_make_the_kind() {
        assert_eq!(kind(&[2], 0), Kind::Wpa2Personal);
        assert_eq!(kind(&[4, 6], 0x80), Kind::Wpa2Personal);
        assert_eq!(kind(&[2, 8], 0x80), Kind::Wpa2Wpa3Personal);
        assert_eq!(kind(&[8], 0xc0), Kind::Wpa3Personal);
        assert_eq!(kind(&[9, 25], 0xc0), Kind::Wpa3Personal);
        assert_eq!(kind(&[18], 0xc0), Kind::Owe);
        assert_eq!(kind(&[1], 0), Kind::Wpa2Enterprise);
        assert_eq!(kind(&[1], 0xc0), Kind::Wpa2Enterprise);
        assert_eq!(kind(&[5], 0xc0), Kind::Wpa3Enterprise);
        assert_eq!(kind(&[5], 0x80), Kind::Wpa2Enterprise, "WPA3 requires protected frames");
        assert_eq!(kind(&[3, 5], 0xc0), Kind::Wpa3Enterprise);
        assert_eq!(kind(&[3], 0xc0), Kind::Wpa2Enterprise);
        assert_eq!(kind(&[1, 5], 0x80), Kind::Wpa2Wpa3Enterprise);
        assert_eq!(kind(&[12], 0xc0), Kind::Wpa3Enterprise192);
        assert_eq!(kind(&[99], 0xc0), Kind::Other);
    }

    #[test]
    fn privacy_alone_is_wep_and_nothing_is_open() {
        let name = (0, b"cafe".to_vec());
        assert_eq!(of(std::slice::from_ref(&name), Some(0x01)).unwrap().kind, Kind::Open);
        assert_eq!(of(std::slice::from_ref(&name), Some(0x11)).unwrap().kind, Kind::Wep);
        assert!(of(std::slice::from_ref(&name), None).is_err(), "neither open nor WEP");
        let wapi = (68, vec![1, 0]);
        assert_eq!(of(&[name, wapi], Some(0x11)).unwrap().kind, Kind::Other);
    }

    #[test]
    fn a_list_that_is_cut_off_is_no_open_network() {
        assert!(protection(&Elements::read(&[0, 1, b'x', 48, 20, 1]), Some(0x01)).is_err());
    }

    #[test]
    fn the_first_wpa_is_told_alone_and_beside_others() {
        let mut wpa = vec![0, 0x50, 0xf2, 1, 1, 0, 0, 0x50, 0xf2, 2, 1, 0, 0, 0x50, 0xf2, 2, 1, 0];
        wpa.extend([0, 0x50, 0xf2, 2]);
        let alone = of(&[(221, wpa.clone())], Some(0x11)).unwrap();
        assert_eq!((alone.kind, alone.first_wpa), (Kind::WpaPersonal, true));
        assert_eq!(
            (alone.pairwise.as_slice(), alone.group),
            (&[WifiCipher::Tkip][..], Some(WifiCipher::Tkip))
        );
        let both = of(&[(221, wpa), (48, rsn(&[2], 0))], Some(0x11)).unwrap();
        assert_eq!((both.kind, both.first_wpa), (Kind::Wpa2Personal, true));
        assert_eq!(both.pairwise, [WifiCipher::Ccmp128, WifiCipher::Tkip]);
        assert_eq!(both.key_management, ["PSK", "WPA-PSK"]);
    }

    #[test]
    fn an_element_for_those_that_know_makes_a_transition() {
        // WPA3-Personal compatibility mode: WPA2 for all, SAE in an element of the Wi-Fi Alliance.
        let mut newer = vec![0x50, 0x6f, 0x9a, 0x29];
        newer.extend(rsn(&[8], 0xc0));
        let found = of(&[(48, rsn(&[2], 0)), (221, newer)], Some(0x11)).unwrap();
        assert_eq!(found.kind, Kind::Wpa2Wpa3Personal);
        assert_eq!(found.management_frames, ManagementFrames::Capable);
    }

    #[test]
    fn wep_as_a_cipher_of_rsn_is_wep() {
        let value = vec![1, 0, 0, 15, 172, 5, 1, 0, 0, 15, 172, 0, 1, 0, 0, 15, 172, 1, 0, 0];
        let found = of(&[(48, value)], Some(0x11)).unwrap();
        assert_eq!((found.kind, found.pairwise), (Kind::Wep, vec![WifiCipher::Wep104]));
    }

    #[test]
    fn a_broken_element_is_not_passed_over() {
        let mut broken = rsn(&[8], 0xc0);
        broken.truncate(10);
        assert!(of(&[(48, broken)], Some(0x11)).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes: Vec<u8>, capability: Option<u16>) {
            let elements = Elements::read(&bytes);
            let _ = (protection(&elements, capability), elements.shown_name());
            let _ = elements.owe.map(super::super::OweTransition::read);
        }

        #[test]
        fn what_was_cut_off_is_never_open(kinds in proptest::collection::vec(any::<u8>(), 1..8), cut in 1_usize..20) {
            let value = rsn(&kinds, 0xc0);
            let mut bytes = vec![0, 1, b'x', 48, u8::try_from(value.len()).unwrap()];
            bytes.extend(&value);
            bytes.truncate(bytes.len() - cut.min(value.len()));
            let kind = protection(&Elements::read(&bytes), Some(0x01)).map(|found| found.kind);
            prop_assert_ne!(kind, Ok(Kind::Open));
        }
    }
}
