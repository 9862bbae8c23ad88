//! Patterns of ssh_config(5), PATTERNS: `*` is any run of characters, `?` any one, and a list may negate with `!`.
//!
//! Names are bytes: nothing says that a line of known_hosts is UTF-8.

/// The longest pattern in a list that OpenSSH looks at (`match_pattern_list`): a longer one makes the whole list match
/// nothing.
const LONGEST: usize = 1022;

/// What a list of patterns says of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// A pattern matches, and none that is negated.
    Yes,
    /// No pattern matches.
    No,
    /// A negated pattern matches, which wins over all others.
    Negated,
}

/// Whether one pattern matches the whole of a text. The time is at most the product of the lengths.
pub fn matches(text: &[u8], pattern: &[u8]) -> bool {
    let (mut at, mut of) = (0, 0);
    // Where the last star stands, and how much of the text it has taken so far: going back to the last one is enough,
    // since what stands before it is matched as early as can be.
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match (pattern.get(of), text.get(at)) {
            (Some(b'*'), _) => {
                star = Some((of, at));
                of += 1;
            }
            (Some(b'?'), _) => {
                at += 1;
                of += 1;
            }
            (Some(wanted), Some(is)) if wanted == is => {
                at += 1;
                of += 1;
            }
            _ => match star {
                Some((place, taken)) => {
                    star = Some((place, taken + 1));
                    at = taken + 1;
                    of = place + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(of..).unwrap_or_default().iter().all(|byte| *byte == b'*')
}

/// What a list with commas says of a text, upper and lower case apart.
pub fn list(text: &[u8], patterns: &[u8]) -> Listed {
    let mut found = Listed::No;
    if patterns.is_empty() {
        return found;
    }
    for item in items(patterns) {
        let (negated, pattern) = match item.strip_prefix(b"!") {
            Some(rest) => (true, rest),
            None => (false, item),
        };
        if pattern.len() > LONGEST {
            return Listed::No;
        }
        if matches(text, pattern) {
            if negated {
                return Listed::Negated;
            }
            found = Listed::Yes;
        }
    }
    found
}

/// What a list says of the name of a host, which is the same in upper and lower case.
pub fn host(name: &[u8], patterns: &[u8]) -> Listed {
    list(&name.to_ascii_lowercase(), &patterns.to_ascii_lowercase())
}

/// The patterns of a list. A comma at its end begins none.
pub(crate) fn items(patterns: &[u8]) -> impl Iterator<Item = &[u8]> {
    patterns.strip_suffix(b",").unwrap_or(patterns).split(|byte| *byte == b',')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stars_and_question_marks() {
        for (text, pattern, answer) in [
            ("", "", true),
            ("a", "", false),
            ("", "*", true),
            ("", "?", false),
            ("host", "host", true),
            ("host", "hos", false),
            ("host", "host?", false),
            ("host", "h??t", true),
            ("host", "*t", true),
            ("host", "*s", false),
            ("a.b.c", "*.*.c", true),
            ("a.b.c", "a*b*d", false),
            ("aaab", "*a*b", true),
            ("abcabd", "*abd", true),
            ("host", "HOST", false),
        ] {
            assert_eq!(matches(text.as_bytes(), pattern.as_bytes()), answer, "{text} against {pattern}");
        }
    }

    #[test]
    fn a_negated_pattern_wins_and_alone_matches_nothing() {
        assert_eq!(host(b"a.example.org", b"*.example.org"), Listed::Yes);
        assert_eq!(host(b"A.Example.ORG", b"*.eXample.org"), Listed::Yes);
        assert_eq!(host(b"a.example.org", b"*.example.org,!a.*"), Listed::Negated);
        assert_eq!(host(b"a.example.org", b"!a.*,*.example.org"), Listed::Negated);
        assert_eq!(host(b"b.example.org", b"!a.*"), Listed::No);
        assert_eq!(host(b"b.example.org", b""), Listed::No);
        assert_eq!(list(b"A", b"a"), Listed::No);
        let long = [b"*,".to_vec(), vec![b'a'; 2000]].concat();
        assert_eq!(host(b"b", &long), Listed::No);
    }

    #[test]
    fn hostile_patterns_end() {
        assert!(!matches(&[b'a'; 4096], &[b"*a".repeat(500), b"b".to_vec()].concat()));
    }

    /// The definition, slowly.
    fn slow(text: &[u8], pattern: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', rest)) => (0..=text.len()).any(|taken| slow(&text[taken..], rest)),
            Some((b'?', rest)) => !text.is_empty() && slow(&text[1..], rest),
            Some((byte, rest)) => text.first() == Some(byte) && slow(&text[1..], rest),
        }
    }

    proptest! {
        #[test]
        fn as_the_slow_definition(text in "[ab]{0,8}", pattern in "[ab*?]{0,8}") {
            prop_assert_eq!(matches(text.as_bytes(), pattern.as_bytes()), slow(text.as_bytes(), pattern.as_bytes()));
        }
    }
}
