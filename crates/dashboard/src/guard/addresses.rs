//! Ranges of addresses, and who may connect from them.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// A range of addresses: `10.0.0.0/8`, `fd00::/8`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    first: IpAddr,
    length: u8,
}

/// Why a range cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\u{201c}{0}\u{201d} is no range of addresses: write it like 192.0.2.0/24, 2001:db8::/32 or 192.0.2.7"
)]
pub struct BadRange(pub String);

impl FromStr for Range {
    type Err = BadRange;

    fn from_str(text: &str) -> Result<Range, BadRange> {
        let bad = || BadRange(text.to_owned());
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let first: IpAddr = address.trim().parse().map_err(|_| bad())?;
        let longest = if first.is_ipv4() { 32 } else { 128 };
        let length = length.map_or(Ok(longest), |length| length.trim().parse().map_err(|_| bad()))?;
        // A mapped address would never be met: what is met is written as IPv4 first.
        let is_mapped = matches!(first, IpAddr::V6(first) if first.to_ipv4_mapped().is_some());
        if length > longest || is_mapped {
            return Err(bad());
        }
        Ok(Range { first, length })
    }
}

impl Range {
    /// Whether an address is in it. IPv4 in IPv6 (`::ffff:192.0.2.7`) counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        let same = |one: u128, other: u128, bits: u32| {
            let shift = bits.saturating_sub(u32::from(self.length));
            one.checked_shr(shift).unwrap_or(0) == other.checked_shr(shift).unwrap_or(0)
        };
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                same(u128::from(u32::from(first)), u128::from(u32::from(address)), 32)
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => same(u128::from(first), u128::from(address), 128),
            _ => false,
        }
    }
}

/// Who may connect. None listed: everybody who reaches the listening address.
#[derive(Clone, Debug, Default)]
pub struct Allowed(pub Vec<Range>);

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
    fn a_range_holds_what_it_says() {
        let rows = [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "2001:db9::1", true),
        ];
        for (range, met, expected) in rows {
            let range: Range = range.parse().expect("a range");
            assert_eq!(range.contains(address(met)), expected, "{range:?} {met}");
        }
        for wrong in
            ["", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/-1", "::ffff:10.0.0.0/104", "example.org"]
        {
            assert!(wrong.parse::<Range>().is_err(), "{wrong}");
        }
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
