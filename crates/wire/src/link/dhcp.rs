//! DHCP: what servers hand out, to IPv4 (RFC 2131, RFC 2132) and to IPv6 (RFC 8415).

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::reader::{Reader, WireError};

/// Options of one message that are read at most.
const MAX_OPTIONS: usize = 128;

/// Addresses of one kind that are kept of one message.
const MAX_ADDRESSES: usize = 8;

/// Characters of a WPAD address that are kept.
const MAX_URL: usize = 512;

/// An offer or an acknowledgement to IPv4.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dhcp4 {
    /// The message type (RFC 2132, 9.6): 2 an offer, 5 an acknowledgement.
    pub kind: u8,
    /// The address handed out.
    pub yours: Option<Ipv4Addr>,
    /// Who says so (RFC 2132, 9.7).
    pub server: Option<Ipv4Addr>,
    /// The relay that it came through.
    pub relay: Option<Ipv4Addr>,
    /// Routers.
    pub routers: Vec<Ipv4Addr>,
    /// Resolvers.
    pub resolvers: Vec<Ipv4Addr>,
    /// The lease in seconds.
    pub lease: Option<u32>,
    /// Where to fetch a proxy configuration (option 252).
    pub wpad: Option<String>,
}

/// Reads a message of a server to IPv4. None for what clients say, for refusals and for BOOTP.
///
/// # Errors
/// [`WireError`] where it ends too early.
pub fn v4(bytes: &[u8]) -> Result<Option<Dhcp4>, WireError> {
    let mut reader = Reader::new(bytes, "DHCP message");
    if reader.u8()? != 2 {
        return Ok(None);
    }
    reader.bytes(15)?;
    let given = |bytes: [u8; 4]| Some(Ipv4Addr::from(bytes)).filter(|address| !address.is_unspecified());
    let mut said = Dhcp4 { yours: given(reader.array()?), ..Dhcp4::default() };
    reader.bytes(4)?;
    said.relay = given(reader.array()?);
    // The client's hardware address, the server's name and a file's.
    reader.bytes(16 + 64 + 128)?;
    if reader.u32()? != 0x6382_5363 {
        return Ok(None);
    }
    let addresses = |mut content: Reader<'_>| -> Result<Vec<Ipv4Addr>, WireError> {
        let mut list = Vec::new();
        while !content.is_empty() && list.len() < MAX_ADDRESSES {
            list.push(Ipv4Addr::from(content.array::<4>()?));
        }
        Ok(list)
    };
    for _ in 0..MAX_OPTIONS {
        if reader.is_empty() {
            break;
        }
        match reader.u8()? {
            0 => continue,
            255 => break,
            code => {
                let mut content = reader.vector(1, "DHCP option")?;
                match code {
                    3 => said.routers = addresses(content)?,
                    6 => said.resolvers = addresses(content)?,
                    51 => said.lease = Some(content.u32()?),
                    53 => said.kind = content.u8()?,
                    54 => said.server = given(content.array()?),
                    252 => said.wpad = Some(text(content.rest())),
                    _ => {}
                }
            }
        }
    }
    Ok(matches!(said.kind, 2 | 5).then_some(said))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches(['\0', '\n', '\r', ' ']).chars().take(MAX_URL).collect()
}

/// An advertisement or a reply to IPv6.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dhcp6<'a> {
    /// The server's DUID.
    pub server: &'a [u8],
    /// Resolvers (RFC 3646).
    pub resolvers: Vec<Ipv6Addr>,
}

/// Reads a message of a server to IPv6. None for everything but an advertisement and a reply that name a server.
///
/// # Errors
/// [`WireError`] where it ends too early.
pub fn v6(bytes: &[u8]) -> Result<Option<Dhcp6<'_>>, WireError> {
    let mut reader = Reader::new(bytes, "DHCPv6 message");
    if !matches!(reader.u8()?, 2 | 7) {
        return Ok(None);
    }
    reader.u24()?;
    let mut said = Dhcp6::default();
    for _ in 0..MAX_OPTIONS {
        if reader.is_empty() {
            break;
        }
        let code = reader.u16()?;
        let mut content = reader.vector(2, "DHCPv6 option")?;
        match code {
            // RFC 8415, 11.1: a DUID has at most 128 bytes beside its type.
            2 => said.server = content.rest().get(..130).unwrap_or(content.rest()),
            23 => {
                while !content.is_empty() && said.resolvers.len() < MAX_ADDRESSES {
                    said.resolvers.push(content.array::<16>()?.into());
                }
            }
            _ => {}
        }
    }
    Ok((!said.server.is_empty()).then_some(said))
}
