//! Routers that stand in for one another: HSRP (RFC 2281), VRRP (RFC 9568, RFC 3768) and CARP.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::VirtualProtocol;
use crate::reader::{Reader, WireError};

/// A router says which address it shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standby {
    /// By which protocol.
    pub protocol: VirtualProtocol,
    /// The group.
    pub group: u16,
    /// The first address that is shared, where it is said. CARP does not say it.
    pub address: Option<IpAddr>,
}

/// Reads a VRRP or a CARP advertisement; both are IP protocol 112.
///
/// # Errors
/// [`WireError`] where it ends too early.
pub fn vrrp(bytes: &[u8], v6: bool) -> Result<Option<Standby>, WireError> {
    let mut reader = Reader::new(bytes, "VRRP advertisement");
    let first = reader.u8()?;
    let group = u16::from(reader.u8()?);
    reader.u8()?;
    let count = reader.u8()?;
    if first & 0x0f != 1 {
        return Ok(None);
    }
    // CARP writes VRRP's version 2, and 7 words of authentication where VRRP counts addresses, which 8 bytes of
    // authentication would have to follow.
    if first >> 4 == 2 && count == 7 && bytes.len() == 36 {
        return Ok(Some(Standby { protocol: VirtualProtocol::Carp, group, address: None }));
    }
    if !matches!(first >> 4, 2 | 3) {
        return Ok(None);
    }
    reader.u32()?;
    let address = match (count, v6) {
        (0, _) => None,
        (_, false) => Some(IpAddr::V4(Ipv4Addr::from(reader.array::<4>()?))),
        (_, true) => Some(IpAddr::V6(Ipv6Addr::from(reader.array::<16>()?))),
    };
    Ok(Some(Standby { protocol: VirtualProtocol::Vrrp, group, address }))
}

/// Reads an HSRP message, version 1 or 2 (UDP port 1985).
///
/// # Errors
/// [`WireError`] where it ends too early.
pub fn hsrp(bytes: &[u8]) -> Result<Option<Standby>, WireError> {
    let mut reader = Reader::new(bytes, "HSRP message");
    let (first, second) = (reader.u8()?, reader.u8()?);
    if first == 1 && second >= 40 {
        // Version 2: a TLV of the group's state.
        reader.bytes(3)?;
        let family = reader.u8()?;
        let group = reader.u16()?;
        reader.bytes(18)?;
        let address = match family {
            4 => IpAddr::V4(Ipv4Addr::from(reader.array::<4>()?)),
            _ => IpAddr::V6(Ipv6Addr::from(reader.array::<16>()?)),
        };
        return Ok(Some(Standby { protocol: VirtualProtocol::Hsrp, group, address: Some(address) }));
    }
    if first != 0 || second > 2 {
        return Ok(None);
    }
    reader.bytes(4)?;
    let group = u16::from(reader.u8()?);
    reader.bytes(9)?;
    let address = Ipv4Addr::from(reader.array::<4>()?);
    let address = (!address.is_unspecified()).then_some(IpAddr::V4(address));
    Ok(Some(Standby { protocol: VirtualProtocol::Hsrp, group, address }))
}
