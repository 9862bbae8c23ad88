//! Who may connect, by their address.

use std::net::{IpAddr, Ipv6Addr};

use midwatch_model::AddressRange;

/// Who may connect. None listed: everybody who reaches the listening address.
#[derive(Clone, Debug, Default)]
pub struct Allowed(pub Vec<AddressRange>);

impl Allowed {
    /// Whether this address may.
    pub fn has(&self, address: IpAddr) -> bool {
        self.0.is_empty() || self.0.iter().any(|range| range.contains(address))
    }
}

/// What one customer of a provider has: an address of IPv4, or 64 bits of IPv6. Limits count by it.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from(u128::from(address) & !u128::from(u64::MAX))),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn nothing_listed_lets_everybody_in() {
        assert!(Allowed::default().has(address("192.0.2.1")));
        let allowed = Allowed(vec!["127.0.0.0/8".parse().expect("a range")]);
        assert!(allowed.has(address("127.0.0.1")) && !allowed.has(address("192.0.2.1")));
        assert_eq!(network(address("2001:db8:1:2:3::4")), address("2001:db8:1:2::"));
        assert_eq!(network(address("::ffff:192.0.2.1")), address("192.0.2.1"));
    }
}
