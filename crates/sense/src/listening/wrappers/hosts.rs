//! For which addresses a pattern of hosts holds.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::glob;
use super::text::{atoi, is_number, split_at};
use crate::listening::sources::{Family, Flow, Sources, number, prefix};

/// Bits of a mask below its first ones whose addresses are counted out.
const MAX_HOLES: u32 = 8;

/// What a pattern rests on that is not known here.
pub(super) type Unknown = BTreeSet<String>;

/// Lists of patterns in files of their own, as they are named.
pub(super) trait Lists {
    /// For whom one of the patterns of a file holds.
    fn list(&mut self, path: &str, family: Family, unknown: &mut Unknown) -> Flow;
}

/// For which addresses a pattern holds.
pub(super) fn host(pattern: &str, family: Family, lists: &mut impl Lists, unknown: &mut Unknown) -> Flow {
    let mut unsure = |what: String| {
        unknown.insert(what);
        Flow::unknown(family)
    };
    if pattern.starts_with('@') {
        return unsure(format!("the members of a netgroup ({pattern})"));
    }
    if pattern.starts_with('/') {
        return lists.list(pattern, family, unknown);
    }
    if ["KNOWN", "LOCAL"].iter().any(|name| name.eq_ignore_ascii_case(pattern)) {
        return unsure(format!("the names of hosts ({pattern})"));
    }
    if let Some((net, mask)) = split_at(pattern, '/') {
        return masked(net, mask, family, unknown);
    }
    let by_text = text(pattern, family);
    // Whoever rules over the names of an address has it match, and whoever has none may match UNKNOWN.
    if can_be_name(pattern) && by_text != Flow::all(family) {
        return by_text.or(&unsure(format!("the names of hosts ({pattern})")));
    }
    by_text
}

/// True where a pattern is held against the name of a host too, and may be that of one.
fn can_be_name(pattern: &str) -> bool {
    let is_bracketed = pattern.starts_with('[') && pattern.ends_with(']') && !pattern.contains(['*', '?']);
    // A name that reads as an address is taken for none.
    !is_number(pattern) && !is_bracketed && pattern.parse::<IpAddr>().is_err()
}

/// For which addresses their text is as the pattern says.
fn text(pattern: &str, family: Family) -> Flow {
    let set = |found: Option<Sources>| match found {
        Some(found) => Flow::exactly(found),
        None => Flow::unknown(family),
    };
    if glob::is_everything(pattern) || pattern.eq_ignore_ascii_case("ALL") {
        return Flow::all(family);
    }
    let is_v4 = family == Family::V4;
    if pattern.contains(['*', '?']) {
        return set(is_v4.then(|| glob::addresses(pattern)).flatten());
    }
    if pattern.starts_with('.') {
        return match (is_number(pattern), is_v4) {
            (false, _) => Flow::none(),
            (true, true) => set(glob::addresses(&format!("*{pattern}"))),
            // Those whose text ends in an address of IPv4.
            (true, false) => Flow { sure: Sources::none(), maybe: compatible() },
        };
    }
    if pattern.ends_with('.') {
        return match is_v4 {
            true => Flow::exactly(Sources::of(glob::beginning(pattern))),
            false => Flow::none(),
        };
    }
    if let Some(inner) = pattern.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return bracketed(inner, 128, family);
    }
    match (pattern.parse(), is_v4) {
        (Ok(IpAddr::V4(address)), true) => Flow::exactly(Sources::of(prefix(address.into(), 32))),
        // In a list of its own an address needs no brackets, and is compared as text.
        (Ok(IpAddr::V6(address)), false) => {
            let at = Sources::of(prefix(address.into(), 128));
            let is_plain = at.and(&compatible()).is_none() && !address.is_unicast_link_local();
            match (address.to_string().eq_ignore_ascii_case(pattern), is_plain) {
                (true, true) => Flow::exactly(at),
                (_, false) => Flow { sure: Sources::none(), maybe: at },
                (false, true) => Flow::none(),
            }
        }
        _ => Flow::none(),
    }
}

/// `::/96`, which the C library writes with an address of IPv4 at the end.
fn compatible() -> Sources {
    Sources::of(prefix(Ipv6Addr::UNSPECIFIED.into(), 96))
}

/// An address of IPv6 in brackets, with what stands behind the slash.
fn bracketed(inner: &str, length: u32, family: Family) -> Flow {
    if family == Family::V4 {
        return Flow::none();
    }
    let (address, has_zone) = match inner.split_once('%') {
        Some((address, _)) => (address, true),
        None => (inner, false),
    };
    let Ok(address) = address.parse::<Ipv6Addr>() else { return Flow::none() };
    let range = Sources::of(prefix(address.into(), length));
    match has_zone {
        true => Flow { sure: Sources::none(), maybe: range },
        false => Flow::exactly(range),
    }
}

/// A network and its mask.
fn masked(net: &str, mask: &str, family: Family, unknown: &mut Unknown) -> Flow {
    let Some(length) = atoi(mask) else {
        unknown.insert(format!("a number that is too long ({mask})"));
        return Flow::unknown(family);
    };
    match (family, net.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'))) {
        (Family::V6, Some(inner)) => match u32::try_from(length) {
            Ok(length @ 0..=128) => bracketed(inner, length, family),
            _ => Flow::none(),
        },
        (Family::V4, None) => {
            let Some(net) = quad(net) else { return Flow::none() };
            let mask = quad(mask).or_else(|| {
                let length = u32::try_from(length).ok().filter(|length| (1..=32).contains(length))?;
                u32::MAX.checked_shl(32 - length)
            });
            match mask {
                Some(mask) => net_and_mask(net, mask, unknown),
                None => Flow::none(),
            }
        }
        _ => Flow::none(),
    }
}

/// The addresses that are a network where a mask is laid over them.
fn net_and_mask(net: u32, mask: u32, unknown: &mut Unknown) -> Flow {
    // Nothing takes away the bits of the network that the mask does not cover: no address can have them.
    if net & !mask != 0 {
        return Flow::none();
    }
    // The broadcast address is none to libwrap.
    let without_last = |sources: Sources| {
        let last = Family::V4.last();
        sources.without(&Sources::of([(last, last)]))
    };
    let low = mask.trailing_zeros();
    let range = |first: u32| {
        let below = u32::MAX.checked_shr(32 - low).unwrap_or(0);
        (u128::from(first), u128::from(first | below))
    };
    // Bits of zero above the lowest one of the mask, which any address may have.
    let holes: Vec<u32> = (low..32).filter(|bit| mask >> bit & 1 == 0).collect();
    let count = u32::try_from(holes.len()).unwrap_or(u32::MAX);
    if count > MAX_HOLES {
        unknown.insert("a mask with many holes".into());
        let ones = mask.leading_ones();
        let maybe = Sources::of(prefix(Ipv4Addr::from(net).into(), ones));
        return Flow { sure: Sources::none(), maybe };
    }
    let ranges = (0..1_u32 << count).map(|chosen| {
        let bits = (0_u32..).zip(&holes).filter(|(index, _)| chosen >> index & 1 == 1);
        range(bits.fold(net, |first, (_, bit)| first | 1 << bit))
    });
    Flow::exactly(without_last(Sources::of(ranges)))
}

/// Four numbers as inet_addr(3) takes them: octal behind a 0, hexadecimal behind 0x. The broadcast address is none.
fn quad(text: &str) -> Option<u32> {
    let mut all = 0_u32;
    let mut count = 0;
    for part in text.split('.') {
        let lower = part.to_ascii_lowercase();
        let (digits, radix) = match lower.strip_prefix("0x") {
            Some(digits) => (digits, 16),
            None if lower.len() > 1 && lower.starts_with('0') => (lower.as_str(), 8),
            None => (lower.as_str(), 10),
        };
        if !digits.chars().all(|digit| digit.is_digit(radix)) {
            return None;
        }
        let octet = u32::from_str_radix(digits, radix).ok().filter(|octet| *octet < 256)?;
        all = all << 8 | octet;
        count += 1;
    }
    (count == 4 && all != u32::MAX).then_some(all)
}

/// Whether a pattern of hosts holds for an address of this computer; none where that is not known.
pub(super) fn own(
    pattern: &str,
    address: IpAddr,
    lists: &mut impl Lists,
    unknown: &mut Unknown,
) -> Option<bool> {
    let flow = host(pattern, Family::of(address), lists, unknown);
    let at = number(address);
    match (flow.sure.has(at), flow.maybe.has(at)) {
        (true, _) => Some(true),
        (false, false) => Some(false),
        (false, true) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct NoLists;

    impl Lists for NoLists {
        fn list(&mut self, _: &str, _: Family, _: &mut Unknown) -> Flow {
            Flow::none()
        }
    }

    /// Those that surely match, and those that may.
    fn of(pattern: &str, family: Family) -> (Vec<String>, Vec<String>) {
        let flow = host(pattern, family, &mut NoLists, &mut Unknown::new());
        (flow.sure.named(family).0, flow.maybe.named(family).0)
    }

    #[test]
    fn addresses_and_networks_of_ipv4() {
        for (pattern, expected) in [
            ("10.0.0.1", vec!["10.0.0.1"]),
            ("10.0.", vec!["10.0.0.0/16"]),
            ("10.0.0.0/255.0.0.0", vec!["10.0.0.0/8"]),
            ("10.0.0.0/8", vec!["10.0.0.0/8"]),
            ("0x0a.0.0.010/32", vec!["10.0.0.8"]),
            ("10.0.0.1/8", vec![]),
            ("10.0.0.0/0", vec![]),
            ("0.0.0.0/0.0.0.0", vec!["0.0.0.0-255.255.255.254"]),
            ("10.0.0.1/255.0.0.255", vec!["10.0.0.1"]),
            ("10/8", vec![]),
            ("10.0.0", vec![]),
            ("10.0.0.256/8", vec![]),
            ("[10.0.0.1]", vec![]),
            ("[::ffff:10.0.0.1]", vec![]),
            ("aLL", vec!["0.0.0.0/0"]),
            ("*", vec!["0.0.0.0/0"]),
            ("", vec![]),
        ] {
            let (sure, maybe) = of(pattern, Family::V4);
            if pattern == "10.0.0.1/255.0.0.255" {
                assert_eq!(maybe, ["10.0.0.0/8"], "many holes");
                continue;
            }
            assert_eq!(
                (sure.clone(), maybe),
                (expected.iter().map(|one| (*one).to_owned()).collect(), sure),
                "{pattern}"
            );
        }
    }

    #[test]
    fn masks_with_holes() {
        let (sure, maybe) = of("10.1.0.0/255.255.0.255", Family::V4);
        assert_eq!(sure, maybe);
        assert_eq!(sure[..2], ["10.1.0.0", "10.1.1.0"]);
    }

    #[test]
    fn addresses_and_networks_of_ipv6() {
        for (pattern, expected) in [
            ("[2001:db8::]/32", vec!["2001:db8::/32"]),
            ("[2001:db8::1]/32", vec!["2001:db8::/32"]),
            ("[2001:db8::1]", vec!["2001:db8::1"]),
            ("[::]/0", vec!["::/0"]),
            ("[2001:db8::]/129", vec![]),
            ("[2001:db8::]/x", vec!["::/0"]),
            ("2001:db8::1", vec!["2001:db8::1"]),
            ("2001:db8:0::1", vec![]),
            ("2001:db8::/32", vec![]),
            ("10.0.0.0/8", vec![]),
            ("10.", vec![]),
            ("ALL", vec!["::/0"]),
        ] {
            let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(of(pattern, Family::V6), (expected.clone(), expected), "{pattern}");
        }
        let zone = of("[fe80::1%eth0]", Family::V6);
        assert_eq!(zone, (vec![], vec!["fe80::1".into()]));
    }

    #[test]
    fn names_are_not_known() {
        for pattern in [
            "host.example",
            ".example",
            "LOCAL",
            "KNOWN",
            "UNKNOWN",
            "PARANOID",
            "@group",
            "10.0.*",
            "f*",
            "a.",
            "localhost",
        ] {
            for family in [Family::V4, Family::V6] {
                let mut unknown = Unknown::new();
                let flow = host(pattern, family, &mut NoLists, &mut unknown);
                assert_eq!(flow.maybe, Sources::all(family), "{pattern}");
                assert!(unknown.len() == 1 && flow.sure != flow.maybe, "{pattern}");
            }
        }
        // The part that their addresses tell is sure.
        assert_eq!(of("10.0.*", Family::V4).0, ["10.0.0.0/16"]);
        // Digits and dots are no name, and the end of a text alone is too much to be worked out.
        assert_eq!(of(".2.3.4", Family::V4), (vec![], vec!["0.0.0.0/0".into()]));
        assert_eq!(of(".2.3.4", Family::V6), (vec![], vec!["::/96".into()]));
    }
}
