//! Ranges of addresses and of ports, as settings name them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A range of addresses: `10.0.0.0/8`, `2001:db8::/32`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressRange {
    network: IpAddr,
    length: u8,
}

impl AddressRange {
    /// Whether an address lies in it. IPv6 forms of an IPv4 address (RFC 4291 2.5.5.2) count as that address.
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.network, ip.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(ip)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.length)).unwrap_or(0);
                network.to_bits() == ip.to_bits() & mask
            }
            (IpAddr::V6(network), IpAddr::V6(ip)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.length)).unwrap_or(0);
                network.to_bits() == ip.to_bits() & mask
            }
            _ => false,
        }
    }

    /// The first address.
    pub fn network(&self) -> IpAddr {
        self.network
    }

    /// The length of the prefix in bits.
    pub fn length(&self) -> u8 {
        self.length
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = if self.network.is_ipv4() { 32 } else { 128 };
        if self.length == whole {
            write!(f, "{}", self.network)
        } else {
            write!(f, "{}/{}", self.network, self.length)
        }
    }
}

impl FromStr for AddressRange {
    type Err = String;

    /// `ADDRESS` or `ADDRESS/LENGTH`; bits behind the prefix have to be zero, since a slip of the length would open
    /// more than was meant.
    fn from_str(text: &str) -> Result<Self, String> {
        let form = || {
            format!(
                "'{text}' is no range of addresses; write for example 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7"
            )
        };
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let ip: IpAddr = address.trim().parse().map_err(|_| form())?;
        let whole = if ip.is_ipv4() { 32 } else { 128 };
        let length: u8 = match length {
            None => whole,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().map_err(|_| form())?
            }
            Some(_) => return Err(form()),
        };
        if length > whole {
            return Err(format!("'{text}': a prefix of {ip} has at most {whole} bits"));
        }
        let network = match ip {
            IpAddr::V4(ip) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(ip.to_bits() & mask))
            }
            IpAddr::V6(ip) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & mask))
            }
        };
        if network != ip {
            return Err(format!("'{text}' has bits behind its prefix; the range is {network}/{length}"));
        }
        if let IpAddr::V6(v6) = network
            && v6.to_ipv4_mapped().is_some()
        {
            return Err(format!("'{text}' is an IPv4 range in the form of IPv6; write it as IPv4"));
        }
        Ok(AddressRange { network, length })
    }
}

/// A range of ports: `443` or `8000-8999`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortRange {
    first: u16,
    last: u16,
}

impl PortRange {
    /// Whether a port lies in it.
    pub fn contains(&self, port: u16) -> bool {
        (self.first..=self.last).contains(&port)
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.first == self.last {
            true => write!(f, "{}", self.first),
            false => write!(f, "{}-{}", self.first, self.last),
        }
    }
}

impl FromStr for PortRange {
    type Err = String;

    /// `PORT` or `FIRST-LAST`, from 1 to 65535.
    fn from_str(text: &str) -> Result<Self, String> {
        let form = || format!("'{text}' is no port; write for example 443 or 8000-8999");
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let port = |digits: &str| {
            let digits = digits.trim();
            let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| digits.parse::<u16>().ok()).flatten().filter(|port| *port > 0).ok_or_else(form)
        };
        let (first, last) = (port(first)?, port(last)?);
        if first > last {
            return Err(format!("'{text}' ends before it begins; write {last}-{first}"));
        }
        Ok(PortRange { first, last })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> AddressRange {
        text.parse().unwrap()
    }

    #[test]
    fn ranges_hold_what_lies_in_them() {
        let holds = |text: &str, ip: &str| range(text).contains(ip.parse().unwrap());
        assert!(holds("10.0.0.0/8", "10.255.0.1") && !holds("10.0.0.0/8", "11.0.0.0"));
        assert!(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
        assert!(holds("0.0.0.0/0", "255.255.255.255") && !holds("0.0.0.0/0", "::1"));
        assert!(holds("::/0", "2001:db8::1") && holds("2001:db8::/33", "2001:db8:7fff::1"));
        assert!(!holds("2001:db8::/33", "2001:db8:8000::1"));
        assert!(holds("192.0.2.7", "192.0.2.7") && !holds("192.0.2.7", "192.0.2.8"));
        for text in ["10.0.0.0/8", "192.0.2.7", "::/0", "fd00::/8"] {
            assert_eq!(range(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_no_range_says_what_to_write() {
        for (wrong, says) in [
            ("", "10.0.0.0/8"),
            ("10.0.0.1/8", "10.0.0.0/8"),
            ("10.0.0.0/33", "32 bits"),
            ("10.0.0.0/+8", "10.0.0.0/8"),
            ("::ffff:10.0.0.0/104", "IPv4"),
            ("10/8", "10.0.0.0/8"),
        ] {
            let error = wrong.parse::<AddressRange>().unwrap_err();
            assert!(error.contains(says), "{wrong}: {error}");
        }
        for wrong in ["", "0", "65536", "9-8", "+1", "a", "1-"] {
            assert!(wrong.parse::<PortRange>().is_err(), "{wrong}");
        }
        let ports: PortRange = "8000-8999".parse().unwrap();
        assert!(ports.contains(8000) && ports.contains(8999) && !ports.contains(9000));
        assert_eq!(
            (ports.to_string(), "443".parse::<PortRange>().unwrap().to_string()),
            ("8000-8999".into(), "443".into())
        );
    }
}
