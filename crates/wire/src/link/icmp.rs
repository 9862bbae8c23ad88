//! Neighbour discovery (RFC 4861, RFC 8106, RFC 4191) and redirects of both families.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use super::Mac;
use super::dns::name_text;
use super::ip::Packet;
use crate::reader::{Reader, WireError};

/// Options of one message that are read at most; the rest is left.
const MAX_OPTIONS: usize = 64;

/// Entries of one kind that are kept of one message.
const MAX_LISTED: usize = 16;

/// A router advertisement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advertisement {
    /// For how long it is a default router; zero where it is none.
    pub lifetime: Duration,
    /// Its preference (RFC 4191): 1 high, 0 medium, -1 low.
    pub preference: i8,
    /// Addresses are to be had by DHCPv6.
    pub managed: bool,
    /// Other settings are to be had by DHCPv6.
    pub other: bool,
    /// The router's hardware address.
    pub mac: Option<Mac>,
    /// Prefixes and their lengths.
    pub prefixes: Vec<(Ipv6Addr, u8)>,
    /// Routes (RFC 4191): prefix and length.
    pub routes: Vec<(Ipv6Addr, u8)>,
    /// Resolvers (RFC 8106).
    pub resolvers: Vec<Ipv6Addr>,
    /// Search domains (RFC 8106).
    pub domains: Vec<String>,
    /// The MTU.
    pub mtu: Option<u32>,
}

/// A redirect: a better first hop for a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// For whom.
    pub destination: IpAddr,
    /// Through whom.
    pub via: IpAddr,
    /// The hardware address of that one, where it was said.
    pub mac: Option<Mac>,
}

/// What ICMP says of neighbours and routers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Icmp {
    /// Asks for routers.
    RouterSolicitation,
    /// A router says what it offers.
    RouterAdvertisement(Box<Advertisement>),
    /// Asks who has an address.
    NeighbourSolicitation {
        /// The address asked for.
        target: Ipv6Addr,
        /// The hardware address of who asks.
        mac: Option<Mac>,
    },
    /// Says who has an address.
    NeighbourAdvertisement {
        /// The address.
        target: Ipv6Addr,
        /// Its hardware address.
        mac: Option<Mac>,
        /// The sender is a router.
        router: bool,
        /// It was asked.
        solicited: bool,
        /// It replaces what is known.
        overrides: bool,
    },
    /// A redirect.
    Redirect(Redirect),
}

/// Reads ICMPv4: a redirect (RFC 792), or nothing of interest.
///
/// # Errors
/// [`WireError`] where it ends too early.
pub fn v4(packet: &Packet<'_>) -> Result<Option<Icmp>, WireError> {
    let mut reader = Reader::new(packet.payload, "ICMP message");
    if reader.u8()? != 5 {
        return Ok(None);
    }
    reader.bytes(3)?;
    let via = IpAddr::V4(Ipv4Addr::from(reader.array::<4>()?));
    // The header of the packet that gave rise to it.
    reader.bytes(16)?;
    let destination = IpAddr::V4(Ipv4Addr::from(reader.array::<4>()?));
    Ok(Some(Icmp::Redirect(Redirect { destination, via, mac: None })))
}

/// Reads ICMPv6. Messages that a receiver has to discard, because they come from beyond the link, are none.
///
/// # Errors
/// [`WireError`] where it ends too early.
pub fn v6(packet: &Packet<'_>) -> Result<Option<Icmp>, WireError> {
    let mut reader = Reader::new(packet.payload, "ICMPv6 message");
    let kind = reader.u8()?;
    // RFC 4861, 6.1 and 7.1: the hop limit is 255, and the code is 0.
    if !(133..=137).contains(&kind) || packet.hops != 255 || reader.u8()? != 0 {
        return Ok(None);
    }
    reader.u16()?;
    Ok(Some(match kind {
        133 => Icmp::RouterSolicitation,
        134 => Icmp::RouterAdvertisement(Box::new(advertisement(reader)?)),
        135 => {
            reader.u32()?;
            let target = reader.array::<16>()?.into();
            Icmp::NeighbourSolicitation { target, mac: link_layer(reader, 1)? }
        }
        136 => {
            let flags = reader.u32()? >> 29;
            let target = reader.array::<16>()?.into();
            Icmp::NeighbourAdvertisement {
                target,
                mac: link_layer(reader, 2)?,
                router: flags & 4 != 0,
                solicited: flags & 2 != 0,
                overrides: flags & 1 != 0,
            }
        }
        _ => {
            reader.u32()?;
            let via = IpAddr::V6(reader.array::<16>()?.into());
            let destination = IpAddr::V6(reader.array::<16>()?.into());
            Icmp::Redirect(Redirect { destination, via, mac: link_layer(reader, 2)? })
        }
    }))
}

/// Each option with its type and its content.
fn options<'a>(
    mut reader: Reader<'a>,
    mut take: impl FnMut(u8, Reader<'a>) -> Result<(), WireError>,
) -> Result<(), WireError> {
    for _ in 0..MAX_OPTIONS {
        if reader.is_empty() {
            break;
        }
        let kind = reader.u8()?;
        let length = usize::from(reader.u8()?) * 8;
        // RFC 4861, 4.6: an option of length 0 makes the packet void.
        let length =
            length.checked_sub(2).ok_or_else(|| WireError::Invalid("NDP option of length 0".into()))?;
        take(kind, Reader::new(reader.bytes(length)?, "NDP option"))?;
    }
    Ok(())
}

fn link_layer(reader: Reader<'_>, wanted: u8) -> Result<Option<Mac>, WireError> {
    let mut mac = None;
    options(reader, |kind, mut content| {
        if kind == wanted {
            mac = Some(Mac(content.array()?));
        }
        Ok(())
    })?;
    Ok(mac)
}

fn keep<T: PartialEq>(list: &mut Vec<T>, value: T) {
    if list.len() < MAX_LISTED && !list.contains(&value) {
        list.push(value);
    }
}

fn advertisement(mut reader: Reader<'_>) -> Result<Advertisement, WireError> {
    reader.u8()?;
    let flags = reader.u8()?;
    let lifetime = Duration::from_secs(reader.u16()?.into());
    reader.bytes(8)?;
    let preference = match flags >> 3 & 3 {
        1 => 1,
        3 => -1,
        _ => 0,
    };
    let mut said = Advertisement {
        lifetime,
        preference,
        managed: flags & 0x80 != 0,
        other: flags & 0x40 != 0,
        ..Advertisement::default()
    };
    options(reader, |kind, mut content| {
        match kind {
            1 => said.mac = Some(Mac(content.array()?)),
            3 => {
                let length = content.u8()?;
                content.bytes(13)?;
                keep(&mut said.prefixes, (content.array::<16>()?.into(), length));
            }
            5 => {
                content.u16()?;
                said.mtu = Some(content.u32()?);
            }
            24 => {
                let length = content.u8()?;
                content.bytes(5)?;
                // As many bytes of the prefix as its length needs (RFC 4191, 2.3).
                let mut prefix = [0; 16];
                prefix.iter_mut().zip(content.rest()).for_each(|(to, from)| *to = *from);
                keep(&mut said.routes, (prefix.into(), length));
            }
            25 => {
                content.bytes(6)?;
                while !content.is_empty() {
                    keep(&mut said.resolvers, content.array::<16>()?.into());
                }
            }
            31 => {
                content.bytes(6)?;
                // Padding of zeros ends the list.
                while content.rest().first().is_some_and(|&length| length != 0) {
                    let name = name_text(&mut content)?;
                    keep(&mut said.domains, name);
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(said)
}
