//! Patterns of glob(7): `*`, `?` and `[…]` in one part of a path.

/// True where a text holds any of the three.
pub(super) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// True where a name matches. A leading dot is matched by a dot alone.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut at, mut pos) = (0, 0);
    // Where the last star was, and the first character that it does not cover yet: a later star needs no earlier one.
    let mut star: Option<(usize, usize)> = None;
    loop {
        let step = match (pattern.get(at), name.get(pos)) {
            (None, None) => return true,
            (Some('*'), _) => {
                star = Some((at, pos));
                at += 1;
                continue;
            }
            (Some('?'), Some(_)) => Some(1),
            (Some('['), Some(c)) => class(pattern.get(at..).unwrap_or_default(), *c),
            (Some(p), Some(c)) if p == c => Some(1),
            _ => None,
        };
        match (step, star) {
            (Some(length), _) => {
                at += length;
                pos += 1;
            }
            (None, Some((before, covered))) if covered < name.len() => {
                star = Some((before, covered + 1));
                at = before + 1;
                pos = covered + 1;
            }
            (None, _) => return false,
        }
    }
}

/// The length of the class that begins here where the character is in it; a bracket that none closes is itself.
fn class(pattern: &[char], c: char) -> Option<usize> {
    let close = pattern.iter().skip(2).position(|one| *one == ']').map(|at| at + 2);
    let Some(close) = close else { return (c == '[').then_some(1) };
    let inner = pattern.get(1..close).unwrap_or_default();
    let (negated, inner) = match inner.split_first() {
        Some(('!' | '^', rest)) => (true, rest),
        _ => (false, inner),
    };
    let mut is_in = false;
    let mut at = 0;
    while let Some(first) = inner.get(at) {
        match (inner.get(at + 1), inner.get(at + 2)) {
            (Some('-'), Some(last)) => {
                is_in |= (*first..=*last).contains(&c);
                at += 3;
            }
            _ => {
                is_in |= *first == c;
                at += 1;
            }
        }
    }
    (is_in != negated).then_some(close + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_marks_and_classes() {
        for (pattern, name) in [
            ("*", "a.conf"),
            ("*.conf", "a.conf"),
            ("a*b*c", "aXbYbZc"),
            ("?.conf", "a.conf"),
            ("[0-9]*.conf", "10-a.conf"),
            ("[!a]*", "b"),
            (".*", ".hidden"),
            ("*[!~]", "site"),
            ("a[", "a["),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("*.conf", "a.conf~"),
            ("*", ".hidden"),
            ("?", "ab"),
            ("[a-c]", "d"),
            ("*[!~]", "site~"),
            ("", "a"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn many_stars_end_soon() {
        assert!(!matches(&"*a".repeat(50), &"a".repeat(49)));
        assert!(matches(&"*a".repeat(50), &"a".repeat(2000)));
    }
}
