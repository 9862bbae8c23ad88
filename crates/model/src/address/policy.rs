//! Which addresses may be connected to. A target that somebody else names must not lead a daemon to services that trust
//! the network or the computer that it runs on (server-side request forgery).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::range::{AddressRange, PortRange};

/// Which addresses may be connected to. The default is everything, as it is for somebody at his own command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressPolicy {
    /// True: addresses that are not of the public internet only where `allowed` has them.
    pub public_only: bool,
    /// Ranges that are allowed although they are not public.
    pub allowed: Vec<AddressRange>,
    /// Ranges that are never allowed, public or not. They come before `allowed`.
    pub forbidden: Vec<AddressRange>,
    /// Ports that are allowed; all where none is named.
    pub ports: Vec<PortRange>,
}

impl AddressPolicy {
    /// The public internet, and nothing else.
    pub fn public() -> Self {
        AddressPolicy { public_only: true, ..AddressPolicy::default() }
    }

    /// Whether anything at all is not allowed: then programs and proxies, which choose addresses themselves, are not
    /// used either.
    pub fn is_restricted(&self) -> bool {
        *self != AddressPolicy::default()
    }

    /// Whether this address may be connected to. It has to be asked of the address that is then connected to, never of a
    /// name or of an earlier answer.
    ///
    /// # Errors
    /// What the address is, as half a sentence: "is a private address (RFC 1918)".
    pub fn check(&self, address: SocketAddr) -> Result<(), String> {
        self.check_ip(address.ip())?;
        if self.ports.is_empty() || self.ports.iter().any(|range| range.contains(address.port())) {
            return Ok(());
        }
        let ports: Vec<String> = self.ports.iter().map(ToString::to_string).collect();
        Err(format!("has a port that is not among those allowed ({})", ports.join(", ")))
    }

    /// The same without the port.
    ///
    /// # Errors
    /// As [`AddressPolicy::check`].
    pub fn check_ip(&self, ip: IpAddr) -> Result<(), String> {
        let forms: Vec<IpAddr> =
            [Some(ip.to_canonical()), embedded(ip).map(IpAddr::V4)].into_iter().flatten().collect();
        let within = |ranges: &[AddressRange]| {
            ranges.iter().find(|range| forms.iter().any(|form| range.contains(*form))).copied()
        };
        if let Some(range) = within(&self.forbidden) {
            return Err(format!("lies in {range}, which is forbidden"));
        }
        match special(ip) {
            Some(what) if self.public_only && within(&self.allowed).is_none() => Err(format!("is {what}")),
            _ => Ok(()),
        }
    }
}

/// What an address is that is not one of the public internet, by the special-purpose registries (RFC 6890 and its
/// updates); none for a public one. Forms of IPv6 that carry an IPv4 address are what that address is.
pub fn special(ip: IpAddr) -> Option<&'static str> {
    match (ip, embedded(ip)) {
        (IpAddr::V4(ip), _) | (_, Some(ip)) => special_v4(ip),
        (IpAddr::V6(ip), None) => special_v6(ip),
    }
}

/// Ranges of IPv4 that are not of the public internet, and what they are.
const V4: &[(u32, u32, &str)] = &[
    (0x0000_0000, 8, "an address of this network (RFC 791)"),
    (0x0a00_0000, 8, "a private address (RFC 1918)"),
    (0x6440_0000, 10, "an address of a provider's shared space (RFC 6598)"),
    (0x7f00_0000, 8, "this computer itself (loopback, RFC 1122)"),
    (0xa9fe_0000, 16, "a link-local address (RFC 3927), where clouds keep their metadata"),
    (0xac10_0000, 12, "a private address (RFC 1918)"),
    (0xc000_0000, 24, "an address for protocols (RFC 6890)"),
    (0xc000_0200, 24, "an address for documentation (RFC 5737)"),
    (0xc058_6300, 24, "an address of 6to4 relays (RFC 7526)"),
    (0xc0a8_0000, 16, "a private address (RFC 1918)"),
    (0xc612_0000, 15, "an address for benchmarks (RFC 2544)"),
    (0xc633_6400, 24, "an address for documentation (RFC 5737)"),
    (0xcb00_7100, 24, "an address for documentation (RFC 5737)"),
    // Public by its number, and answered by the machine that runs the virtual one.
    (0xa83f_8110, 32, "the metadata address of a cloud (168.63.129.16)"),
    (0xe000_0000, 4, "a multicast address (RFC 5771)"),
    (0xf000_0000, 4, "a reserved address (RFC 1112)"),
];

fn special_v4(ip: Ipv4Addr) -> Option<&'static str> {
    let bits = ip.to_bits();
    let within = |(network, length, _): &&(u32, u32, &str)| {
        bits.checked_shr(32 - length) == network.checked_shr(32 - length)
    };
    V4.iter().find(within).map(|(_, _, what)| *what)
}

/// The same of IPv6, the narrower first. What none of them holds is public within 2000::/3 alone (RFC 4291 2.4).
const V6: &[(Ipv6Addr, u32, &str)] = &[
    (Ipv6Addr::LOCALHOST, 128, "this computer itself (loopback, RFC 4291)"),
    (Ipv6Addr::UNSPECIFIED, 128, "no address (RFC 4291)"),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, "an address for documentation (RFC 3849)"),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, "an address for documentation (RFC 9637)"),
    // Teredo, ORCHID and benchmarks among them; what is public in it answers no visitors.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "an address for protocols (RFC 2928)"),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, "a unique local address (RFC 4193)"),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, "a link-local address (RFC 4291)"),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, "a site-local address (RFC 3879)"),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, "a multicast address (RFC 4291)"),
];

fn special_v6(ip: Ipv6Addr) -> Option<&'static str> {
    let bits = ip.to_bits();
    let within = |(network, length, _): &&(Ipv6Addr, u32, &str)| {
        bits.checked_shr(128 - length) == network.to_bits().checked_shr(128 - length)
    };
    match V6.iter().find(within) {
        Some((_, _, what)) => Some(what),
        None if bits >> 125 == 1 => None,
        None => Some("an address outside of global unicast (RFC 4291)"),
    }
}

/// The IPv4 address that an IPv6 address stands for or leads to: mapped (RFC 4291), NAT64 with the well-known prefix
/// (RFC 6052), 6to4 (RFC 3056), ISATAP (RFC 5214), and addresses compatible with IPv4, which are no longer in use.
fn embedded(ip: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(ip) = ip else { return None };
    if let Some(mapped) = ip.to_ipv4_mapped() {
        return Some(mapped);
    }
    let v4 = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match ip.segments() {
        // ::1 and :: are themselves.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(v4(high, low)),
        [0x2002, high, low, ..] => Some(v4(high, low)),
        [first, _, _, _, 0 | 0x200, 0x5efe, high, low] if first >> 13 == 1 => Some(v4(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SocketAddr {
        let ip: IpAddr = text.parse().unwrap();
        SocketAddr::new(ip, 443)
    }

    #[test]
    fn by_default_everything_is_allowed() {
        let everything = AddressPolicy::default();
        assert!(!everything.is_restricted());
        for text in ["127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "8.8.8.8"] {
            assert_eq!(everything.check(at(text)), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_is_not_public_is_refused_in_every_form() {
        let policy = AddressPolicy::public();
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::2",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2002:7f00:1::1",
            "2002:a00:1::",
            "2002:a9fe:a9fe::1",
            "2001::1",
            "2001:0:4136:e378::1",
            "2001:10::1",
            "2001:db8::1",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
            "5f00::1",
            "4000::1",
            "2606:4700::5efe:10.0.0.1",
            "2606:4700::200:5efe:127.0.0.1",
        ] {
            assert!(policy.check(at(text)).is_err(), "{text}");
        }
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "126.255.255.255",
            "128.0.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "192.31.196.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1",
            "2001:4860:4860::8888",
            "2a00:1450::1",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2002:808:808::1",
        ] {
            assert_eq!(policy.check(at(text)), Ok(()), "{text}");
        }
    }

    #[test]
    fn ranges_and_ports_open_and_close() {
        let ranges =
            |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<AddressRange>>();
        let policy = AddressPolicy {
            allowed: ranges(&["10.1.0.0/16", "fd00::/8"]),
            forbidden: ranges(&["10.1.9.0/24", "8.8.8.0/24", "2606:4700::/32"]),
            ports: vec!["443".parse().unwrap(), "8000-8999".parse().unwrap()],
            ..AddressPolicy::public()
        };
        for text in ["10.1.2.3", "fd00::1", "::ffff:10.1.2.3", "1.1.1.1"] {
            assert_eq!(policy.check(at(text)), Ok(()), "{text}");
        }
        for text in [
            "10.1.9.1",
            "10.2.0.1",
            "8.8.8.8",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2606:4700::1",
            "127.0.0.1",
        ] {
            assert!(policy.check(at(text)).is_err(), "{text}");
        }
        assert!(policy.check(SocketAddr::from(([1, 1, 1, 1], 22))).unwrap_err().contains("443, 8000-8999"));
        assert_eq!(policy.check(SocketAddr::from(([1, 1, 1, 1], 8080))), Ok(()));
        let only = AddressPolicy { forbidden: ranges(&["192.0.2.0/24"]), ..AddressPolicy::default() };
        assert!(
            only.is_restricted()
                && only.check(at("192.0.2.1")).is_err()
                && only.check(at("10.0.0.1")).is_ok()
        );
    }
}
