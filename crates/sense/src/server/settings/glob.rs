//! Patterns of file names, as configuration files use them in their includes (glob(7)).

use midwatch_model::{Reason, ReasonKind};

use crate::System;
use crate::system::Place;

/// Files that one pattern may name.
const MAX_FOUND: usize = 2000;

/// Directories that are listed for one pattern.
const MAX_LISTED: usize = 2000;

/// The places that an absolute pattern names, by name in each directory; empty where there are none.
///
/// # Errors
/// Where a directory on the way cannot be listed, or there are too many.
pub(super) fn expand(system: &System, pattern: &str) -> Result<Vec<Place>, Reason> {
    let mut found = vec![system.at("/")];
    let mut listed = 0_usize;
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        let mut next = Vec::new();
        for place in found {
            if !part.contains(['*', '?', '[', '\\']) {
                next.push(place.join(part));
                continue;
            }
            listed += 1;
            if listed > MAX_LISTED {
                return Err(too_many(pattern));
            }
            // Names are compared as they are, and not as a report would show them.
            for entry in system.list(&place)? {
                let is_named = entry.raw_name().is_some_and(|name| matches(part, name));
                if is_named {
                    next.push(entry);
                }
            }
        }
        if next.len() > MAX_FOUND {
            return Err(too_many(pattern));
        }
        found = next;
    }
    Ok(found.into_iter().filter(|place| system.exists(place)).collect())
}

fn too_many(pattern: &str) -> Reason {
    Reason::new(ReasonKind::Limit, format!("{pattern} names more than {MAX_FOUND} files"))
}

/// True where a name is meant by a part of a pattern. A dot at its beginning has to be written.
fn matches(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    // The star that was met last, and what of the name it has taken: one is enough to go back to (greedily), so that
    // no pattern takes more than the product of both lengths.
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        let one =
            pattern.get(p..).and_then(one).filter(|(set, _)| name.get(n).is_some_and(|c| set.holds(*c)));
        if pattern.get(p) == Some(&'*') {
            star = Some((p + 1, n));
            p += 1;
        } else if let Some((_, length)) = one {
            (p, n) = (p + length, n + 1);
        } else if let Some((after, taken)) = star {
            star = Some((after, taken + 1));
            (p, n) = (after, taken + 1);
        } else {
            return false;
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|c| *c == '*'))
}

/// What one character of a name may be.
enum Set {
    Any,
    One(char),
    Ranges(bool, Vec<(char, char)>),
}

impl Set {
    fn holds(&self, c: char) -> bool {
        match self {
            Set::Any => true,
            Set::One(one) => *one == c,
            Set::Ranges(not, ranges) => ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *not,
        }
    }
}

/// The set at the beginning of a pattern, and how many characters of the pattern it takes.
fn one(pattern: &[char]) -> Option<(Set, usize)> {
    match (pattern.first()?, pattern.get(1)) {
        ('?', _) => Some((Set::Any, 1)),
        ('\\', Some(next)) => Some((Set::One(*next), 2)),
        ('[', _) => Some(brackets(pattern).unwrap_or((Set::One('['), 1))),
        (c, _) => Some((Set::One(*c), 1)),
    }
}

fn brackets(pattern: &[char]) -> Option<(Set, usize)> {
    let not = matches!(pattern.get(1), Some('!' | '^'));
    let first = if not { 2 } else { 1 };
    let mut at = first;
    let mut ranges = Vec::new();
    loop {
        let c = *pattern.get(at)?;
        if c == ']' && at > first {
            return Some((Set::Ranges(not, ranges), at + 1));
        }
        match (pattern.get(at + 1), pattern.get(at + 2)) {
            (Some('-'), Some(to)) if *to != ']' => {
                ranges.push((c, *to));
                at += 3;
            }
            _ => {
                ranges.push((c, c));
                at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::system::testing::Tree;

    #[test]
    fn names_are_found_as_a_shell_finds_them() {
        for (pattern, name, is) in [
            ("*.conf", "a.conf", true),
            ("*.conf", ".a.conf", false),
            ("*.conf", "a.conf~", false),
            ("*", "", true),
            ("a*b*c", "axxbxbxc", true),
            ("a*b*c", "axxbxbx", false),
            ("[0-9][!a]*", "7bx", true),
            ("[0-9][!a]*", "7ax", false),
            ("[]x]", "]", true),
            ("[x", "[x", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("?", "é", true),
        ] {
            assert_eq!(matches(pattern, name), is, "{pattern} {name}");
        }
    }

    #[test]
    fn directories_are_walked_in_order() {
        let tree = Tree::new(&[("/etc/x/b.conf", ""), ("/etc/x/a.conf", ""), ("/etc/y/c.conf", "")]);
        let found = expand(&tree.system, "/etc/*/*.conf").unwrap();
        let shown: Vec<&str> = found.iter().map(|place| place.shown.as_str()).collect();
        assert_eq!(shown, ["/etc/x/a.conf", "/etc/x/b.conf", "/etc/y/c.conf"]);
        assert_eq!(expand(&tree.system, "/etc/x/a.conf").unwrap().len(), 1);
        assert!(expand(&tree.system, "/none/*").unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn no_pattern_breaks_it(pattern in "[a*?\\[\\]!\\\\^-]{0,30}", name in "[a*?\\[\\]-]{0,30}") {
            matches(&pattern, &name);
        }
    }
}
