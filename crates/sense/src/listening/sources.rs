//! Sets of source addresses of one family, and what is known of whether each of them meets a condition.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Ranges that one answer names at most.
const MAX_NAMED: usize = 8;

/// A set of addresses: ranges without overlap, in their order, both ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sources(Vec<(u128, u128)>);

/// The addresses of one family as numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The family of an address.
    pub(crate) fn of(address: IpAddr) -> Family {
        if address.is_ipv4() { Family::V4 } else { Family::V6 }
    }

    /// The highest address.
    pub(crate) fn last(self) -> u128 {
        match self {
            Family::V4 => u128::from(u32::MAX),
            Family::V6 => u128::MAX,
        }
    }

    fn bits(self) -> u32 {
        match self {
            Family::V4 => 32,
            Family::V6 => 128,
        }
    }

    fn address(self, number: u128) -> IpAddr {
        match self {
            Family::V4 => IpAddr::V4(Ipv4Addr::from(u32::try_from(number).unwrap_or(u32::MAX))),
            Family::V6 => IpAddr::V6(Ipv6Addr::from(number)),
        }
    }

    /// The addresses that somebody on the internet can have: of IPv4 what is not set aside for other use (RFC 6890), of
    /// IPv6 the part that is given out (RFC 4291 2.5.4).
    fn public(self) -> Sources {
        match self {
            Family::V4 => {
                let apart = [
                    ([0, 0, 0, 0], 8),
                    ([10, 0, 0, 0], 8),
                    ([100, 64, 0, 0], 10),
                    ([127, 0, 0, 0], 8),
                    ([169, 254, 0, 0], 16),
                    ([172, 16, 0, 0], 12),
                    ([192, 168, 0, 0], 16),
                    ([224, 0, 0, 0], 3),
                ];
                let apart = apart.map(|(address, length)| prefix(IpAddr::from(address), length));
                Sources::all(self).without(&Sources::of(apart.into_iter().flatten()))
            }
            Family::V6 => Sources::of(prefix(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0).into(), 3)),
        }
    }
}

/// An address as a number.
pub(crate) fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

/// The range of a prefix; none where it is longer than an address.
pub(crate) fn prefix(address: IpAddr, length: u32) -> Option<(u128, u128)> {
    let family = Family::of(address);
    let rest = family.bits().checked_sub(length)?;
    let below = match rest {
        128 => u128::MAX,
        rest => (1_u128 << rest) - 1,
    };
    let first = number(address) & !below;
    Some((first, first | below))
}

impl Sources {
    /// No address.
    pub(crate) fn none() -> Sources {
        Sources(Vec::new())
    }

    /// Every address of a family.
    pub(crate) fn all(family: Family) -> Sources {
        Sources(vec![(0, family.last())])
    }

    /// These ranges, in any order; those whose ends are the wrong way round are none.
    pub(crate) fn of(ranges: impl IntoIterator<Item = (u128, u128)>) -> Sources {
        let mut ranges: Vec<_> = ranges.into_iter().filter(|(first, last)| first <= last).collect();
        ranges.sort_unstable();
        let mut out: Vec<(u128, u128)> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            match out.last_mut() {
                Some(known) if known.1.checked_add(1).is_none_or(|next| first <= next) => {
                    known.1 = known.1.max(last);
                }
                _ => out.push((first, last)),
            }
        }
        Sources(out)
    }

    /// What is in any of many.
    pub(crate) fn union(sets: impl IntoIterator<Item = Sources>) -> Sources {
        Sources::of(sets.into_iter().flat_map(|set| set.0))
    }

    /// True where it holds no address.
    pub(crate) fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// True where it holds an address.
    pub(crate) fn has(&self, address: u128) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&address))
    }

    /// What is in either.
    pub(crate) fn or(&self, other: &Sources) -> Sources {
        if self.is_none() {
            return other.clone();
        }
        if other.is_none() {
            return self.clone();
        }
        Sources::of(self.0.iter().chain(&other.0).copied())
    }

    /// What is in both.
    pub(crate) fn and(&self, other: &Sources) -> Sources {
        let (mut at, mut beside) = (0, 0);
        let mut out = Vec::new();
        while let (Some(a), Some(b)) = (self.0.get(at), other.0.get(beside)) {
            let (first, last) = (a.0.max(b.0), a.1.min(b.1));
            if first <= last {
                out.push((first, last));
            }
            if a.1 <= b.1 { at += 1 } else { beside += 1 }
        }
        Sources(out)
    }

    /// What is in this and not in the other.
    pub(crate) fn without(&self, other: &Sources) -> Sources {
        let mut out = Vec::new();
        let mut holes = other.0.iter().peekable();
        for (first, last) in &self.0 {
            let mut from = Some(*first);
            while let Some(hole) = holes.peek() {
                let Some(begin) = from else { break };
                if hole.0 > *last {
                    break;
                }
                if hole.1 >= begin {
                    if hole.0 > begin {
                        out.push((begin, hole.0 - 1));
                    }
                    from = hole.1.checked_add(1).filter(|next| next <= last);
                }
                // A hole that goes on behind this range is for the next one too.
                if hole.1 >= *last {
                    break;
                }
                holes.next();
            }
            if let Some(begin) = from {
                out.push((begin, *last));
            }
        }
        Sources(out)
    }

    /// More than half of the addresses that somebody on the internet can have.
    pub(crate) fn is_most(&self, family: Family) -> bool {
        let public = family.public();
        self.and(&public).size() > public.size() / 2
    }

    /// How many ranges it is made of.
    pub(crate) fn ranges(&self) -> usize {
        self.0.len()
    }

    /// How many addresses; all of IPv6 count as one less, which a number of 128 bits can hold.
    fn size(&self) -> u128 {
        self.0.iter().fold(0, |sum: u128, (first, last)| sum.saturating_add((last - first).saturating_add(1)))
    }

    /// The first ranges as people write them, and how many more there are.
    pub(crate) fn named(&self, family: Family) -> (Vec<String>, usize) {
        let named: Vec<String> = self.0.iter().take(MAX_NAMED).map(|range| shown(family, *range)).collect();
        (named, self.0.len().saturating_sub(MAX_NAMED))
    }
}

/// A range as a prefix where it is one: `192.0.2.0/24`, `192.0.2.7`, `192.0.2.7-192.0.2.9`.
fn shown(family: Family, (first, last): (u128, u128)) -> String {
    let address = family.address(first);
    if first == last {
        return address.to_string();
    }
    let below = first ^ last;
    let length = family.bits().saturating_sub(128 - below.leading_zeros());
    match prefix(address, length) {
        Some(range) if range == (first, last) => format!("{address}/{length}"),
        _ => format!("{address}-{}", family.address(last)),
    }
}

/// For which sources a condition holds: surely, and possibly. What is in the first is in the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flow {
    /// Those for which it surely holds.
    pub(crate) sure: Sources,
    /// Those for which it may hold.
    pub(crate) maybe: Sources,
}

impl Flow {
    /// It holds for no source.
    pub(crate) fn none() -> Flow {
        Flow { sure: Sources::none(), maybe: Sources::none() }
    }

    /// It holds for every source.
    pub(crate) fn all(family: Family) -> Flow {
        Flow::exactly(Sources::all(family))
    }

    /// It holds for these sources.
    pub(crate) fn exactly(sources: Sources) -> Flow {
        Flow { sure: sources.clone(), maybe: sources }
    }

    /// It is not known for any source.
    pub(crate) fn unknown(family: Family) -> Flow {
        Flow { sure: Sources::none(), maybe: Sources::all(family) }
    }

    /// Both hold.
    pub(crate) fn and(&self, other: &Flow) -> Flow {
        Flow { sure: self.sure.and(&other.sure), maybe: self.maybe.and(&other.maybe) }
    }

    /// Either holds.
    pub(crate) fn or(&self, other: &Flow) -> Flow {
        Flow { sure: self.sure.or(&other.sure), maybe: self.maybe.or(&other.maybe) }
    }

    /// This holds and the other does not.
    pub(crate) fn without(&self, other: &Flow) -> Flow {
        Flow { sure: self.sure.without(&other.maybe), maybe: self.maybe.without(&other.sure) }
    }

    /// It holds for nobody, surely.
    pub(crate) fn is_none(&self) -> bool {
        self.maybe.is_none()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set() -> impl Strategy<Value = Vec<(u128, u128)>> {
        prop::collection::vec((0_u128..40, 0_u128..8), 0..6)
            .prop_map(|all| all.into_iter().map(|(first, length)| (first, first + length)).collect())
    }

    proptest! {
        /// The algebra of ranges equals that of their members.
        #[test]
        fn ranges_are_sets(a in set(), b in set()) {
            let holds = |ranges: &[(u128, u128)], at| ranges.iter().any(|(first, last)| (*first..=*last).contains(&at));
            let (one, two) = (Sources::of(a.clone()), Sources::of(b.clone()));
            let (or, and, without) = (one.or(&two), one.and(&two), one.without(&two));
            for at in 0..64 {
                let (in_one, in_two) = (holds(&a, at), holds(&b, at));
                prop_assert_eq!(or.has(at), in_one || in_two);
                prop_assert_eq!(and.has(at), in_one && in_two);
                prop_assert_eq!(without.has(at), in_one && !in_two, "{} {:?} {:?}", at, one, two);
            }
            for set in [one, two, or, and, without] {
                prop_assert_eq!(Sources::of(set.0.clone()), set);
            }
        }
    }

    #[test]
    fn ends_of_the_space_are_part_of_it() {
        for family in [Family::V4, Family::V6] {
            let all = Sources::all(family);
            assert!(all.without(&all).is_none());
            assert_eq!(all.without(&Sources::none()), all);
            assert_eq!(all.named(family).0, [if family == Family::V4 { "0.0.0.0/0" } else { "::/0" }]);
            assert!(all.is_most(family) && !Sources::none().is_most(family));
            let last = Sources::of([(family.last(), family.last())]);
            assert_eq!(all.without(&last).without(&Sources::of([(0, family.last() - 1)])), Sources::none());
        }
        assert_eq!(prefix("10.0.0.1".parse().unwrap(), 33), None);
    }

    #[test]
    fn ranges_read_as_people_write_them() {
        let of = |text: &str, length| prefix(text.parse().unwrap(), length).unwrap();
        let (named, more) =
            Sources::of([of("192.168.7.9", 16), of("10.0.0.1", 32), (7, 9)]).named(Family::V4);
        assert_eq!(
            (named, more),
            (vec!["0.0.0.7-0.0.0.9".into(), "10.0.0.1".into(), "192.168.0.0/16".into()], 0)
        );
        assert_eq!(Sources::of([of("2001:db8::", 32)]).named(Family::V6).0, ["2001:db8::/32"]);
        let private = Sources::of([of("10.0.0.0", 8), of("192.168.0.0", 16)]);
        assert!(
            !private.is_most(Family::V4) && Sources::all(Family::V4).without(&private).is_most(Family::V4)
        );
    }
}
