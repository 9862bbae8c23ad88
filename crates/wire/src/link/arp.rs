//! ARP for IPv4 over Ethernet (RFC 826, RFC 5227).

use std::net::Ipv4Addr;

use super::Mac;
use crate::reader::{Reader, WireError};

/// What an ARP message does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArpKind {
    /// Asks who has an address, and says who asks.
    Request,
    /// Says who has an address.
    Reply,
    /// Asks whether anybody has an address, without claiming it (RFC 5227, 1.1).
    Probe,
    /// Claims an address unasked (RFC 5227, 1.1; RFC 5944, 4.6).
    Announcement,
}

/// An ARP message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arp {
    /// What it does.
    pub kind: ArpKind,
    /// The sender's hardware address.
    pub sender_mac: Mac,
    /// The sender's address; unspecified in a probe.
    pub sender: Ipv4Addr,
    /// The address that it is about.
    pub target: Ipv4Addr,
}

/// Reads an ARP message. None for other protocols and other operations than request and reply.
///
/// # Errors
/// [`WireError`] where it ends too early.
pub fn read(bytes: &[u8]) -> Result<Option<Arp>, WireError> {
    let mut reader = Reader::new(bytes, "ARP message");
    // Ethernet (or IEEE 802, which some drivers write), IPv4, and their lengths.
    let (hardware, protocol) = (reader.u16()?, reader.u16()?);
    let lengths = reader.u16()?;
    let operation = reader.u16()?;
    if !matches!(hardware, 1 | 6) || protocol != 0x0800 || lengths != 0x0604 {
        return Ok(None);
    }
    let sender_mac = Mac(reader.array()?);
    let sender = Ipv4Addr::from(reader.array::<4>()?);
    reader.bytes(6)?;
    let target = Ipv4Addr::from(reader.array::<4>()?);
    let kind = match operation {
        1 if sender.is_unspecified() => ArpKind::Probe,
        1 | 2 if sender == target => ArpKind::Announcement,
        1 => ArpKind::Request,
        2 => ArpKind::Reply,
        _ => return Ok(None),
    };
    Ok(Some(Arp { kind, sender_mac, sender, target }))
}
