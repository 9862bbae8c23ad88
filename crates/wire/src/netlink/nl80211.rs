//! What the kernel says of Wi-Fi (`linux/nl80211.h`): interfaces, access points that were heard, and the one that this
//! computer is associated with. Only questions that anybody may ask; nothing here starts a scan.

use super::generic;
use super::{attribute, mac, u16_at, u32_at, until_zero};

/// The family's name.
pub const FAMILY: &str = "nl80211";

/// NL80211_CMD_GET_INTERFACE: every wireless interface.
pub const GET_INTERFACE: u8 = 5;
/// NL80211_CMD_GET_STATION: those that an interface is associated with.
pub const GET_STATION: u8 = 17;
/// NL80211_CMD_GET_SCAN: what the kernel remembers of what an interface heard.
pub const GET_SCAN: u8 = 32;

const IFINDEX: u16 = 3;
const IFNAME: u16 = 4;
const IFTYPE: u16 = 5;
const MAC: u16 = 6;
const STA_INFO: u16 = 21;
const BSS: u16 = 47;
const SSID: u16 = 52;

/// The body of a question about every interface, or about one of them by its number.
pub fn question(command: u8, interface: Option<u32>) -> Vec<u8> {
    match interface {
        Some(index) => generic::body(command, &[(IFINDEX, &index.to_ne_bytes())]),
        None => generic::body(command, &[]),
    }
}

/// A wireless interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its number.
    pub index: u32,
    /// Its name.
    pub name: Vec<u8>,
    /// NL80211_IFTYPE_*.
    pub kind: u32,
    /// The name of the network that it is on or offers, where it is on one.
    pub ssid: Option<Vec<u8>>,
}

/// [`Interface::kind`] of one that joins networks of others (NL80211_IFTYPE_STATION).
pub const STATION: u32 = 2;
/// [`Interface::kind`] of one that offers a network (NL80211_IFTYPE_AP).
pub const ACCESS_POINT: u32 = 3;
/// [`Interface::kind`] of one that takes every frame it hears (NL80211_IFTYPE_MONITOR).
pub const MONITOR: u32 = 6;
/// [`Interface::kind`] of one that joins a device of its user's (NL80211_IFTYPE_P2P_CLIENT).
pub const P2P_CLIENT: u32 = 8;

/// An answer to [`GET_INTERFACE`]; none for what has no number or no name, as P2P devices.
pub fn interface(body: &[u8]) -> Option<Interface> {
    let attributes = generic::attributes(body)?;
    Some(Interface {
        index: u32_at(attribute(attributes, IFINDEX)?, 0)?,
        name: until_zero(attribute(attributes, IFNAME)?).to_vec(),
        kind: u32_at(attribute(attributes, IFTYPE)?, 0)?,
        ssid: attribute(attributes, SSID).filter(|name| !name.is_empty()).map(<[u8]>::to_vec),
    })
}

/// An access point as it was heard (a BSS).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bss {
    /// Its link-layer address.
    pub bssid: String,
    /// In MHz.
    pub frequency: Option<u32>,
    /// In hundredths of dBm.
    pub signal: Option<i32>,
    /// How long ago it was heard last, in milliseconds.
    pub age: Option<u32>,
    /// The capability field of IEEE 802.11.
    pub capability: Option<u16>,
    /// Its information elements, of a probe response where there was one and else of a beacon.
    pub elements: Vec<u8>,
    /// This computer is associated with it.
    pub is_associated: bool,
    /// The link of a multi-link association.
    pub link: Option<u8>,
    /// The address of the whole device that the link belongs to.
    pub device: Option<String>,
}

/// An answer to [`GET_SCAN`]; none for what has no address.
pub fn bss(body: &[u8]) -> Option<Bss> {
    let all = attribute(generic::attributes(body)?, BSS)?;
    let number = |kind| attribute(all, kind).and_then(|value| u32_at(value, 0));
    let elements = attribute(all, 6).or_else(|| attribute(all, 11));
    Some(Bss {
        bssid: mac(attribute(all, 1)?)?,
        frequency: number(2),
        capability: attribute(all, 5).and_then(|value| u16_at(value, 0)),
        elements: elements.unwrap_or_default().to_vec(),
        signal: number(7).map(u32::cast_signed),
        // NL80211_BSS_STATUS_ASSOCIATED.
        is_associated: number(9) == Some(1),
        age: number(10),
        link: attribute(all, 21).and_then(|value| value.first().copied()),
        device: attribute(all, 22).and_then(mac),
    })
}

/// A station that an interface is associated with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Station {
    /// Its link-layer address.
    pub mac: String,
    /// Management frames are protected on this association, where the kernel tells.
    pub frames_protected: Option<bool>,
    /// A direct link to another client, beside the access point (TDLS).
    pub is_peer: bool,
}

/// An answer to [`GET_STATION`].
pub fn station(body: &[u8]) -> Option<Station> {
    const PROTECTED: u32 = 1 << 4;
    const PEER: u32 = 1 << 6;
    let attributes = generic::attributes(body)?;
    // nl80211_sta_flag_update: which flags are told, and which of them are set.
    let flags = attribute(attributes, STA_INFO).and_then(|info| attribute(info, 17));
    let flags = flags.and_then(|value| Some((u32_at(value, 0)?, u32_at(value, 4)?)));
    let flag = |bit: u32| flags.filter(|(told, _)| told & bit != 0).map(|(_, set)| set & bit != 0);
    Some(Station {
        mac: mac(attribute(attributes, MAC)?)?,
        frames_protected: flag(PROTECTED),
        is_peer: flag(PEER) == Some(true),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::netlink::Attributes;

    fn with(attributes: &[(u16, &[u8])]) -> Vec<u8> {
        generic::body(7, attributes)
    }

    #[test]
    fn interfaces_have_a_number_a_name_and_perhaps_a_network() {
        let mut all: Vec<(u16, &[u8])> = vec![(IFINDEX, &[3, 0, 0, 0]), (IFNAME, b"wlan0\0")];
        assert_eq!(interface(&with(&all)), None, "without a type");
        let kind = STATION.to_ne_bytes();
        all.push((IFTYPE, &kind));
        let read = interface(&with(&all)).unwrap();
        assert_eq!((read.name.as_slice(), read.kind, read.ssid), (&b"wlan0"[..], STATION, None));
        all.push((SSID, b"caf\xe9\0"));
        assert_eq!(interface(&with(&all)).unwrap().ssid.as_deref(), Some(&b"caf\xe9\0"[..]));
    }

    #[test]
    fn an_access_point_without_an_address_is_none() {
        let nested = |attributes: &[(u16, &[u8])]| {
            let mut bss = Vec::new();
            for (kind, value) in attributes {
                Attributes::put(&mut bss, *kind, value);
            }
            with(&[(BSS | 0x8000, &bss)])
        };
        assert_eq!(bss(&nested(&[(2, &2412_u32.to_ne_bytes())])), None);
        let address: &[u8] = &[2, 0, 0, 0, 0, 9];
        let read =
            bss(&nested(&[(1, address), (11, &[0, 1, b'x']), (7, &(-5550_i32).to_ne_bytes())])).unwrap();
        assert_eq!((read.elements.as_slice(), read.signal), (&[0, 1, b'x'][..], Some(-5550)));
        assert!(!read.is_associated && read.age.is_none());
        // A beacon and a probe response: the response is what the elements are of.
        let read = bss(&nested(&[(1, address), (11, &[0, 1, b'x']), (6, &[0, 1, b'y'])])).unwrap();
        assert_eq!(read.elements, [0, 1, b'y']);
    }

    #[test]
    fn a_flag_that_is_not_told_is_not_false() {
        let told = |mask: u32, set: u32| {
            let mut flags = mask.to_ne_bytes().to_vec();
            flags.extend(set.to_ne_bytes());
            let mut info = Vec::new();
            Attributes::put(&mut info, 17, &flags);
            station(&with(&[(MAC, &[2, 0, 0, 0, 0, 1]), (STA_INFO, &info)])).unwrap()
        };
        assert_eq!(told(0, 0).frames_protected, None);
        assert_eq!(told(1 << 4, 0).frames_protected, Some(false));
        assert_eq!(told(1 << 4, 1 << 4).frames_protected, Some(true));
        assert!(told(1 << 6, 1 << 6).is_peer && !told(1 << 6, 0).is_peer);
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes: Vec<u8>) {
            interface(&bytes);
            station(&bytes);
            bss(&bytes);
            bss(&with(&[(BSS, &bytes)]));
            station(&with(&[(MAC, &[2, 0, 0, 0, 0, 1]), (STA_INFO, &bytes)]));
        }
    }
}
