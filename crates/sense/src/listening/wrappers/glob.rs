//! Patterns with `*` and `?`, of text and of the texts of all addresses of IPv4 at once.

use std::net::Ipv4Addr;

use crate::listening::sources::Sources;

/// The longest pattern whose addresses are worked out.
const MAX_PATTERN: usize = 100;

/// Beginnings of addresses that are looked at.
const MAX_STEPS: usize = 5000;

/// Ranges that one pattern may come to.
const MAX_RANGES: usize = 1024;

/// Whether a text matches, without regard to case. As in libwrap, a star before another one takes a character at least
/// where the text ends.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().map(|one| one.to_ascii_uppercase()).collect();
    let mut at = vec![false; pattern.len() + 1];
    set(&mut at, 0);
    for character in text.chars() {
        let mut next = vec![false; pattern.len() + 1];
        let mut before_is_star = false;
        for (index, wanted) in pattern.iter().enumerate() {
            let is_here = at.get(index).is_some_and(|here| *here) || before_is_star;
            before_is_star = is_here && *wanted == '*';
            if !is_here {
                continue;
            }
            if *wanted == '*' {
                set(&mut next, index);
            } else if *wanted == '?' || *wanted == character.to_ascii_uppercase() {
                set(&mut next, index + 1);
            }
        }
        at = next;
    }
    let is_at = |index: usize| at.get(index).is_some_and(|here| *here);
    is_at(pattern.len()) || pattern.last() == Some(&'*') && is_at(pattern.len() - 1)
}

fn set(states: &mut [bool], index: usize) {
    if let Some(state) = states.get_mut(index) {
        *state = true;
    }
}

/// The addresses whose text matches; none where they are too many ranges.
pub(super) fn addresses(pattern: &str) -> Option<Sources> {
    if pattern.len() > MAX_PATTERN || !pattern.is_ascii() {
        return None;
    }
    let mut search = Search { pattern: pattern.as_bytes(), left: MAX_STEPS, found: Vec::new() };
    search.octets(0, 0, 1)?;
    Some(Sources::of(search.found))
}

struct Search<'a> {
    pattern: &'a [u8],
    left: usize,
    found: Vec<(u128, u128)>,
}

impl Search<'_> {
    /// Everything that begins with these octets, where the pattern is at the places of a set, one bit each.
    fn octets(&mut self, count: u32, first: u32, at: u128) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        if at == 0 {
            return Some(());
        }
        let last = self.pattern.len().checked_sub(1)?;
        let has = |index: usize| at >> index & 1 == 1;
        // Behind the first octets a dot follows in any case.
        let next = if (1..4).contains(&count) { self.step(at, b'.') } else { 0 };
        let ends_in_star = self.pattern.last() == Some(&b'*') && (has(last) || next >> last & 1 == 1);
        if ends_in_star || count == 4 && has(self.pattern.len()) {
            let below = u32::MAX.checked_shr(8 * count).unwrap_or(0);
            self.found.push((first.into(), (first | below).into()));
            return (self.found.len() <= MAX_RANGES).then_some(());
        }
        if count == 4 {
            return Some(());
        }
        for octet in 0..=255_u32 {
            let mut next = if count > 0 { next } else { at };
            for digit in octet.to_string().bytes() {
                next = self.step(next, digit);
            }
            self.octets(count + 1, first | octet << (24 - 8 * count), next)?;
        }
        Some(())
    }

    fn step(&self, at: u128, octet: u8) -> u128 {
        let mut next = 0;
        let mut before_is_star = false;
        for (index, wanted) in self.pattern.iter().enumerate() {
            let is_here = at >> index & 1 == 1 || before_is_star;
            before_is_star = is_here && *wanted == b'*';
            if !is_here {
                continue;
            }
            if *wanted == b'*' {
                next |= 1 << index;
            } else if *wanted == b'?' || *wanted == octet {
                next |= 1 << (index + 1);
            }
        }
        next
    }
}

/// True for a pattern that every text matches.
pub(super) fn is_everything(pattern: &str) -> bool {
    matches!(pattern, "*" | "**")
}

/// The addresses that begin with these octets, written as `10.1.`; none where no address does.
pub(super) fn beginning(pattern: &str) -> Option<(u128, u128)> {
    let parts: Vec<&str> = pattern.strip_suffix('.')?.split('.').collect();
    let length = u32::try_from(parts.len()).ok().filter(|length| *length < 4)?;
    let mut text = parts.join(".");
    for _ in length..4 {
        text.push_str(".0");
    }
    // What is no number as an address has it, such as 010, is refused there.
    let address: Ipv4Addr = text.parse().ok()?;
    crate::listening::sources::prefix(address.into(), 8 * length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::listening::sources::number;

    #[test]
    fn patterns_match_as_in_libwrap() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*", "sshd", true),
            ("**", "", false),
            ("**", "s", true),
            ("s*d", "SSHD", true),
            ("s*d", "sshdx", false),
            ("???d", "sshd", true),
            ("??d", "sshd", false),
            ("s**", "s", false),
            ("s*?", "s", false),
            ("", "", true),
            ("*s*h*", "sshd", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn addresses_of_a_pattern() {
        let named = |pattern: &str| {
            addresses(pattern).map(|found| found.named(crate::listening::sources::Family::V4).0)
        };
        assert_eq!(named("10.*"), Some(vec!["10.0.0.0/8".into()]));
        assert_eq!(named("10.1.2.?"), Some(vec!["10.1.2.0-10.1.2.9".into()]));
        assert_eq!(named("10.1?.*"), Some(vec!["10.10.0.0-10.19.255.255".into()]));
        assert_eq!(named("10.1.2.*7").map(|all| all.len()), Some(8));
        for pattern in ["*.2.3.4", "*.example.org", "10.1.*.5"] {
            assert_eq!(named(pattern), None, "every beginning would have to be tried: {pattern}");
        }
        assert_eq!(named("fe80*"), Some(vec![]));
    }

    proptest! {
        /// The set is that of the addresses whose text matches.
        #[test]
        fn sets_and_texts_agree(pattern in "[12*?.]{1,9}", address in any::<[u8; 4]>(), small in any::<[bool; 4]>()) {
            let mut octets = address;
            for (octet, is_small) in octets.iter_mut().zip(small) {
                if is_small { *octet %= 23 }
            }
            let address = Ipv4Addr::from(octets);
            if let Some(found) = addresses(&pattern) {
                prop_assert_eq!(found.has(number(address.into())), matches(&pattern, &address.to_string()));
            }
        }
    }

    #[test]
    fn beginnings_are_whole_numbers() {
        let is = |pattern: &str| beginning(pattern).map(|(first, last)| (first, last - first));
        assert_eq!(is("10."), Some((10 << 24, (1 << 24) - 1)));
        assert_eq!(is("10.1.2."), Some((10 << 24 | 1 << 16 | 2 << 8, 255)));
        for text in ["10.1.2.3.", "010.", "256.", ".", "a.", "10..", "10"] {
            assert_eq!(is(text), None, "{text}");
        }
    }
}
