//! Frames of a link, and those messages in them that say who has an address, who routes and who answers for names.
//!
//! Everything else is [`Message::Other`], and is told apart by a look at three fields at most: most frames of a capture
//! are such. Nothing is put together from fragments.

pub mod arp;
pub mod dhcp;
pub mod dns;
pub mod icmp;
pub mod ip;
mod mac;
pub mod standby;

use std::net::IpAddr;

pub use mac::{Mac, VirtualProtocol};

use crate::reader::{Reader, WireError};
use dns::NameProtocol;

/// Tags of virtual LANs before the type that are looked past at most.
const MAX_TAGS: usize = 4;

/// How frames of an interface begin: the LINKTYPE_ values of capture files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkType {
    /// Ethernet II.
    Ethernet,
    /// A packet of IPv4 or IPv6, with nothing before it.
    Ip,
    /// Linux's cooked form, version 1.
    Cooked,
    /// Linux's cooked form, version 2, which names the interface.
    Cooked2,
    /// Anything else, by its number.
    Other(u32),
}

impl From<u32> for LinkType {
    fn from(number: u32) -> Self {
        // The upper bits may hold the length of a frame check sequence.
        match number & 0xffff {
            1 => LinkType::Ethernet,
            // LINKTYPE_RAW, the values that DLT_RAW has on some systems, LINKTYPE_IPV4 and LINKTYPE_IPV6.
            101 | 12 | 14 | 228 | 229 => LinkType::Ip,
            113 => LinkType::Cooked,
            276 => LinkType::Cooked2,
            other => LinkType::Other(other),
        }
    }
}

/// A frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The sender's hardware address, where the link type has one.
    pub source: Option<Mac>,
    /// The innermost virtual LAN.
    pub vlan: Option<u16>,
    /// The number of the interface, where the frame says it.
    pub interface: Option<u32>,
    /// The sender's IP address, where it is a packet.
    pub from: Option<IpAddr>,
    /// What it says.
    pub message: Message<'a>,
}

/// What a frame says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// Who has an address of IPv4.
    Arp(arp::Arp),
    /// Neighbours and routers of IPv6, and redirects of both families.
    Icmp(icmp::Icmp),
    /// What a DHCP server hands out.
    Dhcp4(Box<dhcp::Dhcp4>),
    /// The same for IPv6.
    Dhcp6(dhcp::Dhcp6<'a>),
    /// Names that somebody answered for.
    Names(NameProtocol, Vec<dns::Answered>),
    /// Routers that stand in for one another.
    Standby(standby::Standby),
    /// Nothing that this module looks for.
    Other,
}

/// Reads a frame.
///
/// # Errors
/// [`WireError`] where a message that this module looks for is cut or wrong.
pub fn read(link: LinkType, bytes: &[u8]) -> Result<Frame<'_>, WireError> {
    let mut frame = Frame { source: None, vlan: None, interface: None, from: None, message: Message::Other };
    let mut reader = Reader::new(bytes, "frame");
    let mut kind = match link {
        LinkType::Ethernet => {
            reader.bytes(6)?;
            frame.source = Some(Mac(reader.array()?));
            reader.u16()?
        }
        LinkType::Ip => match bytes.first().map(|first| first >> 4) {
            Some(4) => 0x0800,
            Some(6) => 0x86dd,
            _ => return Ok(frame),
        },
        LinkType::Cooked => {
            reader.bytes(4)?;
            let length = reader.u16()?;
            let mac = reader.array::<8>()?;
            frame.source = cooked(length.into(), mac);
            reader.u16()?
        }
        LinkType::Cooked2 => {
            let kind = reader.u16()?;
            reader.u16()?;
            frame.interface = Some(reader.u32()?);
            reader.bytes(3)?;
            let length = reader.u8()?;
            let mac = reader.array::<8>()?;
            frame.source = cooked(length.into(), mac);
            kind
        }
        LinkType::Other(_) => return Ok(frame),
    };
    for _ in 0..MAX_TAGS {
        // IEEE 802.1Q, 802.1ad, and an older number for the outer tag.
        if !matches!(kind, 0x8100 | 0x88a8 | 0x9100) {
            break;
        }
        frame.vlan = Some(reader.u16()? & 0x0fff);
        kind = reader.u16()?;
    }
    let packet = match kind {
        0x0806 => {
            if let Some(arp) = arp::read(reader.rest())? {
                frame.message = Message::Arp(arp);
            }
            return Ok(frame);
        }
        0x0800 => ip::v4(reader.rest())?,
        0x86dd => ip::v6(reader.rest())?,
        _ => return Ok(frame),
    };
    if let Some(packet) = packet {
        frame.from = Some(packet.source);
        frame.message = message(&packet)?;
    }
    Ok(frame)
}

fn cooked(length: usize, [a, b, c, d, e, f, ..]: [u8; 8]) -> Option<Mac> {
    (length == 6).then_some(Mac([a, b, c, d, e, f]))
}

fn message<'a>(packet: &ip::Packet<'a>) -> Result<Message<'a>, WireError> {
    let v6 = packet.source.is_ipv6();
    let icmp = |icmp: Option<icmp::Icmp>| icmp.map_or(Message::Other, Message::Icmp);
    match packet.protocol {
        1 if !v6 => Ok(icmp(icmp::v4(packet)?)),
        58 if v6 => Ok(icmp(icmp::v6(packet)?)),
        112 => Ok(standby::vrrp(packet.payload, v6)?.map_or(Message::Other, Message::Standby)),
        17 => {
            let udp = ip::udp(packet.payload)?;
            let names = |protocol| {
                let answers = dns::answers(protocol, udp.payload)?;
                Ok(if answers.is_empty() { Message::Other } else { Message::Names(protocol, answers) })
            };
            match (udp.source, udp.destination) {
                (67, 67 | 68) if !v6 => {
                    Ok(dhcp::v4(udp.payload)?.map_or(Message::Other, |said| Message::Dhcp4(Box::new(said))))
                }
                (547, 546) if v6 => Ok(dhcp::v6(udp.payload)?.map_or(Message::Other, Message::Dhcp6)),
                (5355, _) => names(NameProtocol::Llmnr),
                (5353, _) => names(NameProtocol::Mdns),
                (137, _) if !v6 => names(NameProtocol::NetBios),
                (_, 1985) => Ok(standby::hsrp(udp.payload)?.map_or(Message::Other, Message::Standby)),
                _ => Ok(Message::Other),
            }
        }
        _ => Ok(Message::Other),
    }
}

#[cfg(test)]
mod tests;
