//! IPv4, IPv6 and UDP, as far as what they carry has to be found.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::reader::{Reader, WireError};

/// Extension headers of IPv6 that are looked past at most.
const MAX_EXTENSIONS: usize = 8;

/// A packet that is not a fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// From whom.
    pub source: IpAddr,
    /// To whom.
    pub destination: IpAddr,
    /// TTL or hop limit.
    pub hops: u8,
    /// The protocol of the payload.
    pub protocol: u8,
    /// What it carries.
    pub payload: &'a [u8],
}

/// Reads a packet of IPv4. None for a fragment: what this crate looks for is never sent in fragments by honest hosts.
///
/// # Errors
/// [`WireError`] where a header does not fit.
pub fn v4(bytes: &[u8]) -> Result<Option<Packet<'_>>, WireError> {
    let mut reader = Reader::new(bytes, "IPv4 packet");
    let first = reader.u8()?;
    let header = usize::from(first & 0x0f) * 4;
    if first >> 4 != 4 || header < 20 {
        return Err(WireError::Invalid("no header of IPv4".into()));
    }
    reader.u8()?;
    let total = usize::from(reader.u16()?);
    reader.u16()?;
    let fragment = reader.u16()?;
    let hops = reader.u8()?;
    let protocol = reader.u8()?;
    reader.u16()?;
    let source = IpAddr::V4(Ipv4Addr::from(reader.array::<4>()?));
    let destination = IpAddr::V4(Ipv4Addr::from(reader.array::<4>()?));
    // Offset 0 and no more fragments.
    if fragment & 0x3fff != 0 {
        return Ok(None);
    }
    reader.bytes(header - 20)?;
    // Ethernet pads; a total of 0 is what segmentation offload leaves.
    let rest = reader.rest();
    let payload = match total.checked_sub(header) {
        Some(length) => rest.get(..length).unwrap_or(rest),
        None if total == 0 => rest,
        None => return Err(WireError::Short("IPv4 packet")),
    };
    Ok(Some(Packet { source, destination, hops, protocol, payload }))
}

/// Reads a packet of IPv6, past its extension headers. None for a fragment, which NDP must not come in (RFC 6980).
///
/// # Errors
/// [`WireError`] where a header does not fit.
pub fn v6(bytes: &[u8]) -> Result<Option<Packet<'_>>, WireError> {
    let mut reader = Reader::new(bytes, "IPv6 packet");
    if reader.u32()? >> 28 != 6 {
        return Err(WireError::Invalid("no header of IPv6".into()));
    }
    let length = usize::from(reader.u16()?);
    let mut protocol = reader.u8()?;
    let hops = reader.u8()?;
    let source = IpAddr::V6(Ipv6Addr::from(reader.array::<16>()?));
    let destination = IpAddr::V6(Ipv6Addr::from(reader.array::<16>()?));
    let rest = reader.rest();
    let rest = if length == 0 { rest } else { rest.get(..length).unwrap_or(rest) };
    let mut reader = Reader::new(rest, "IPv6 extension header");
    for _ in 0..MAX_EXTENSIONS {
        match protocol {
            // Hop-by-hop options, routing, destination options (RFC 8200, 4).
            0 | 43 | 60 => {
                protocol = reader.u8()?;
                let length = usize::from(reader.u8()?);
                reader.bytes(length * 8 + 6)?;
            }
            44 => return Ok(None),
            _ => return Ok(Some(Packet { source, destination, hops, protocol, payload: reader.rest() })),
        }
    }
    Ok(None)
}

/// A datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Udp<'a> {
    /// The sender's port.
    pub source: u16,
    /// The receiver's port.
    pub destination: u16,
    /// What it carries.
    pub payload: &'a [u8],
}

/// Reads a datagram (RFC 768).
///
/// # Errors
/// [`WireError::Short`].
pub fn udp(bytes: &[u8]) -> Result<Udp<'_>, WireError> {
    let mut reader = Reader::new(bytes, "UDP datagram");
    let (source, destination) = (reader.u16()?, reader.u16()?);
    let length = usize::from(reader.u16()?);
    reader.u16()?;
    let rest = reader.rest();
    let payload = length.checked_sub(8).and_then(|length| rest.get(..length)).unwrap_or(rest);
    Ok(Udp { source, destination, payload })
}
