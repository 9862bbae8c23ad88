//! Sockets as the kernel lists them (sock_diag(7)).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{attribute, u32_at};

/// SOCK_DIAG_BY_FAMILY.
pub const BY_FAMILY: u16 = 20;

/// AF_INET.
pub const V4: u8 = 2;
/// AF_INET6.
pub const V6: u8 = 10;

/// TCP, and the state of a socket that listens.
pub const TCP: (u8, u8) = (6, 10);
/// UDP, and the state of a socket that is connected to nobody, which is that of a closed one.
pub const UDP: (u8, u8) = (17, 7);

/// INET_DIAG_SKV6ONLY.
const V6_ONLY: u16 = 11;

/// inet_diag_msg.
const LENGTH: usize = 72;

/// The question for all sockets of a family, a protocol and a state (inet_diag_req_v2).
pub fn question(family: u8, (protocol, state): (u8, u8)) -> Vec<u8> {
    let mut body = vec![family, protocol, 0, 0];
    body.extend((1_u32 << state).to_ne_bytes());
    // Any addresses and ports.
    body.resize(56, 0);
    body
}

/// A socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Socket {
    /// Its own address and port.
    pub address: SocketAddr,
    /// The number of the interface that it is bound to; 0 for none.
    pub interface: u32,
    /// The number of its file; 0 where no program has it open.
    pub inode: u32,
    /// True where one of IPv6 takes no IPv4; none where the kernel does not say.
    pub v6_only: Option<bool>,
}

/// Reads one answer (inet_diag_msg); none where it is none.
pub fn socket(body: &[u8]) -> Option<Socket> {
    let attributes = body.get(LENGTH..)?;
    // Ports and addresses are in the order of the network.
    let port = u16::from_be_bytes(*body.get(4..)?.first_chunk()?);
    let ip = match *body.first()? {
        V4 => IpAddr::V4(Ipv4Addr::from(*body.get(8..)?.first_chunk::<4>()?)),
        V6 => IpAddr::V6(Ipv6Addr::from(*body.get(8..)?.first_chunk::<16>()?)),
        _ => return None,
    };
    Some(Socket {
        address: SocketAddr::new(ip, port),
        interface: u32_at(body, 40)?,
        inode: u32_at(body, 68)?,
        v6_only: attribute(attributes, V6_ONLY).and_then(<[u8]>::first).map(|only| *only != 0),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Attributes;
    use super::*;

    #[test]
    fn an_answer() {
        let mut body = vec![V6, 10, 0, 0, 0x18, 0xeb];
        body.resize(8 + 16, 0);
        body.resize(40, 0);
        body.extend(3_u32.to_ne_bytes());
        body.resize(68, 0);
        body.extend(4711_u32.to_ne_bytes());
        Attributes::put(&mut body, V6_ONLY, &[1]);
        let expected =
            Socket { address: "[::]:6379".parse().unwrap(), interface: 3, inode: 4711, v6_only: Some(true) };
        assert_eq!(socket(&body), Some(expected));
        assert_eq!(socket(&body[..40]), None);
        assert_eq!(question(V4, TCP).len(), 56);
    }

    proptest! {
        #[test]
        fn no_answer_breaks_it(body in prop::collection::vec(any::<u8>(), 0..120)) {
            socket(&body);
        }
    }
}
