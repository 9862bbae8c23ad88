//! Hardware addresses, and the ranges that several routers share on purpose.

use std::fmt;

/// A 48-bit hardware address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac(pub [u8; 6]);

/// Protocols by which several routers stand in for one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VirtualProtocol {
    /// Hot Standby Router Protocol (RFC 2281; version 2 is Cisco's).
    Hsrp,
    /// Virtual Router Redundancy Protocol (RFC 9568).
    Vrrp,
    /// Common Address Redundancy Protocol of the BSDs, which uses VRRP's addresses.
    Carp,
    /// Gateway Load Balancing Protocol, Cisco's.
    Glbp,
}

impl Mac {
    /// True for broadcast and multicast addresses, which no single host has.
    pub fn is_group(self) -> bool {
        let [first, ..] = self.0;
        first & 1 == 1
    }

    /// True where no address stands there.
    pub fn is_zero(self) -> bool {
        self.0 == [0; 6]
    }

    /// The protocol whose range of virtual addresses it is from, and the group. CARP shares VRRP's range, so that
    /// [`VirtualProtocol::Vrrp`] stands for both.
    pub fn virtual_router(self) -> Option<(VirtualProtocol, u16)> {
        match self.0 {
            // RFC 9568, 7.3: IPv4, and IPv6.
            [0x00, 0x00, 0x5e, 0x00, 0x01 | 0x02, group] => Some((VirtualProtocol::Vrrp, group.into())),
            // RFC 2281, 3.
            [0x00, 0x00, 0x0c, 0x07, 0xac, group] => Some((VirtualProtocol::Hsrp, group.into())),
            // HSRP version 2 for IPv4, with 12 bits of group.
            [0x00, 0x00, 0x0c, 0x9f, high @ 0xf0..=0xff, low] => {
                Some((VirtualProtocol::Hsrp, u16::from_be_bytes([high & 0x0f, low])))
            }
            // HSRP version 2 for IPv6.
            [0x00, 0x05, 0x73, 0xa0, high @ 0x00..=0x0f, low] => {
                Some((VirtualProtocol::Hsrp, u16::from_be_bytes([high, low])))
            }
            // 10 bits of group, and then which of its routers forwards.
            [0x00, 0x07, 0xb4, high @ 0x00..=0x03, low, _] => {
                Some((VirtualProtocol::Glbp, u16::from_be_bytes([high, low])))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn virtual_ranges_are_told() {
        for (mac, expected) in [
            ([0, 0, 0x5e, 0, 1, 7], Some((VirtualProtocol::Vrrp, 7))),
            ([0, 0, 0x5e, 0, 2, 7], Some((VirtualProtocol::Vrrp, 7))),
            ([0, 0, 0x5e, 0, 3, 7], None),
            ([0, 0, 0x0c, 7, 0xac, 1], Some((VirtualProtocol::Hsrp, 1))),
            ([0, 0, 0x0c, 0x9f, 0xf1, 2], Some((VirtualProtocol::Hsrp, 0x102))),
            ([0, 0, 0x0c, 0x9f, 0xe1, 2], None),
            ([0, 7, 0xb4, 0, 1, 1], Some((VirtualProtocol::Glbp, 1))),
            ([2, 0, 0, 0, 0, 1], None),
        ] {
            assert_eq!(Mac(mac).virtual_router(), expected, "{}", Mac(mac));
        }
    }

    #[test]
    fn it_is_written_as_everybody_does() {
        assert_eq!(Mac([0, 0xab, 1, 2, 3, 0xff]).to_string(), "00:ab:01:02:03:ff");
        assert!(Mac([0xff; 6]).is_group() && !Mac([2, 0, 0, 0, 0, 1]).is_group());
    }
}
