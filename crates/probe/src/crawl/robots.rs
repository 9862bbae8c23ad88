//! `robots.txt` (RFC 9309), for the product token `midwatch`.

/// Bytes of the file that are read; RFC 9309, 2.5 asks for 500 KiB at least.
const MAX_BYTES: usize = 1024 * 1024;

/// Rules that are kept, and `Sitemap` lines that are kept.
const MAX_RULES: usize = 10_000;
const MAX_SITEMAPS: usize = 1_000;

/// Our product token.
const PRODUCT: &str = "midwatch";

/// What a `robots.txt` says to us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Robots {
    /// The values of the `Sitemap` lines, as they stand, in order, at most 1,000.
    pub sitemaps: Vec<String>,
    /// The rules of the groups for `midwatch`, or where there are none of those for `*`: the longest first,
    /// and what allows before what disallows, so that the first that matches decides.
    rules: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    allow: bool,
    /// The pattern in the form that [`normal`] gives it.
    pattern: String,
}

/// Reads the first MiB of a `robots.txt`. Lines that are no rules are stepped over (2.2.4), bytes that are no
/// UTF-8 spoil their own line alone.
pub(super) fn parse(bytes: &[u8]) -> Robots {
    let text = String::from_utf8_lossy(bytes.get(..MAX_BYTES).unwrap_or(bytes));
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut sitemaps = Vec::new();
    let (mut ours, mut everybodys) = (None::<Vec<Rule>>, Vec::new());
    // Whom the group at hand is for, and whether it still names agents.
    let (mut for_us, mut for_all, mut naming) = (false, false, false);
    for line in text.split(['\r', '\n']) {
        let line = line.split('#').next().unwrap_or_default();
        let Some((key, value)) = line.split_once(':') else { continue };
        let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
        match key.as_str() {
            "user-agent" => {
                if !naming {
                    (for_us, for_all, naming) = (false, false, true);
                }
                if is_ours(value) {
                    for_us = true;
                    // A group without rules is one nevertheless: it allows everything.
                    ours.get_or_insert_with(Vec::new);
                }
                for_all |= value.split_ascii_whitespace().next() == Some("*");
            }
            "allow" | "disallow" => {
                naming = false;
                // A path begins with `/`; many write a wildcard first. An empty one says nothing.
                if !value.starts_with(['/', '*']) {
                    continue;
                }
                let rule = Rule { allow: key == "allow", pattern: normal(value) };
                if for_us {
                    push(ours.get_or_insert_with(Vec::new), rule.clone());
                }
                if for_all {
                    push(&mut everybodys, rule);
                }
            }
            "sitemap" if !value.is_empty() && sitemaps.len() < MAX_SITEMAPS => {
                sitemaps.push(value.to_owned());
            }
            _ => {}
        }
    }
    let mut rules = ours.unwrap_or(everybodys);
    rules.sort_by(|a, b| b.pattern.len().cmp(&a.pattern.len()).then(b.allow.cmp(&a.allow)));
    Robots { sitemaps, rules }
}

impl Robots {
    /// True where we may fetch `path`: the path of a URL with its query. The longest pattern that matches
    /// decides, and where two are as long the one that allows (2.2.2).
    pub(super) fn allows(&self, path: &str) -> bool {
        if path == "/robots.txt" {
            return true;
        }
        let path = normal(path);
        self.rules.iter().find(|rule| matches(&rule.pattern, &path)).is_none_or(|rule| rule.allow)
    }
}

fn push(rules: &mut Vec<Rule>, rule: Rule) {
    if rules.len() < MAX_RULES {
        rules.push(rule);
    }
}

/// True for our product token in any case, alone or with a version after it.
fn is_ours(value: &str) -> bool {
    let end =
        value.find(|c: char| !(c.is_ascii_alphabetic() || matches!(c, '-' | '_'))).unwrap_or(value.len());
    value.get(..end).is_some_and(|token| token.eq_ignore_ascii_case(PRODUCT))
}

/// The form in which paths and patterns are compared (2.2.2): what is not ASCII is percent-encoded, and what
/// need not be percent-encoded is not. The result is ASCII.
fn normal(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut bytes = path.as_bytes();
    while let [first, rest @ ..] = bytes {
        bytes = rest;
        let (byte, encoded) = match (first, rest) {
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    bytes = after;
                    (high << 4 | low, true)
                }
                _ => (b'%', false),
            },
            _ => (*first, false),
        };
        let unreserved = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        if !byte.is_ascii() || (encoded && !unreserved) {
            out.push_str(&format!("%{byte:02X}"));
        } else {
            out.push(char::from(byte));
        }
    }
    out
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// True where a pattern matches the beginning of a path, or all of it where the pattern ends in `$`. The
/// leftmost place for each part between wildcards is as good as any later one, so that nothing is tried
/// twice.
fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, anchored) = match pattern.strip_suffix('$') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| path.strip_prefix(first)) else { return false };
    let mut last = None;
    for part in parts {
        // The last part is looked for below, once it is known to be the last.
        if let Some(part) = last.replace(part) {
            match rest.split_once(part) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
    }
    match (last, anchored) {
        (None, true) => rest.is_empty(),
        (None, false) => true,
        (Some(last), true) => rest.ends_with(last),
        (Some(last), false) => rest.contains(last),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

    fn robots(text: &str) -> Robots {
        parse(text.as_bytes())
    }

    #[test]
    fn the_shops_file() {
        let robots =
            robots("User-agent: *\nDisallow: /account\n\nSitemap: http://shop.example/sitemap.xml\n");
        assert_eq!(robots.sitemaps, ["http://shop.example/sitemap.xml"]);
        assert!(!robots.allows("/account") && !robots.allows("/account/1") && !robots.allows("/accounts"));
        assert!(robots.allows("/") && robots.allows("/robots.txt") && robots.allows("/Account"));
    }

    #[test]
    fn the_group_for_us_goes_before_everybodys() {
        let text = "user-AGENT : *\nDisallow: /\n\nUser-agent: other\nUser-agent: MidWatch/1.0 # us\nDisallow: /a\n\
                    User-agent: midwatch\nDisallow: /b";
        let robots = robots(text);
        assert!(robots.allows("/") && !robots.allows("/a") && !robots.allows("/b"));
        assert!(!super::parse(b"User-agent: *\nDisallow: /\nUser-agent: midwatchbot\nAllow: /").allows("/"));
        assert!(super::parse(b"User-agent: *\nDisallow: /\nUser-agent: midwatch\n").allows("/"));
        assert!(super::parse(b"Disallow: /\nUser-agent: other\nDisallow: /").allows("/"));
    }

    #[test]
    fn lines_that_are_no_rules_do_not_end_a_group() {
        let robots =
            robots("User-agent: a\nCrawl-delay: 1\n\nUser-agent: *\r\rnonsense\r\nDisallow: /x # no\n");
        assert!(!robots.allows("/x"));
        let robots = self::robots("\u{feff}User-agent: *\nSitemap: /s.xml\nDisallow:\nDisallow: x\n");
        assert!(robots.allows("/x") && robots.sitemaps == ["/s.xml"]);
    }

    #[test]
    fn the_longest_match_decides() {
        let robots =
            robots("User-agent: *\nDisallow: /shop\nAllow: /shop/open\nDisallow: /same\nAllow: /same");
        assert!(!robots.allows("/shop/x") && robots.allows("/shop/open/x") && robots.allows("/same"));
    }

    #[test]
    fn wildcards() {
        for (pattern, path, expected) in [
            ("/fish", "/fish.html", true),
            ("/fish*", "/fish", true),
            ("/fish/", "/fish", false),
            ("/*.php", "/a/b.php?x", true),
            ("/*.php$", "/a/b.php?x", false),
            ("/*.php$", "/a.php/b.php", true),
            ("/fish*.php", "/fish/x.php", true),
            ("/$", "/", true),
            ("/$", "/a", false),
            ("*", "/", true),
            ("*$", "/a", true),
            ("/a*b*c$", "/abbc", true),
            ("/a*b*c$", "/abcb", false),
            ("/a**b", "/ab", true),
            ("/ab*ab$", "/ab", false),
            ("/a$b", "/a$b", true),
            ("/\u{e9}", "/%c3%A9", true),
            ("/%7Ea", "/~a", true),
            ("/a%2fb", "/a/b", false),
            ("/a%2fb", "/a%2Fb", true),
            ("/%zz%", "/%zz%", true),
        ] {
            assert_eq!(matches(&normal(pattern), &normal(path)), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn hostile_files_cost_little() {
        let begun = Instant::now();
        let path = format!("/{}", "a".repeat(8_000));
        let one = format!("User-agent: *\nDisallow: /{}b$\n", "*a".repeat(200_000));
        assert!(robots(&one).allows(&path));
        let many = format!("User-agent: *\n{}", "Disallow: /*a*a*a*a*a*a*b\n".repeat(40_000));
        assert!(robots(&many).rules.len() == MAX_RULES);
        assert!(robots(&many).allows(&path));
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    }

    proptest! {
        #[test]
        fn no_file_breaks_it(bytes in prop::collection::vec(any::<u8>(), 0..400), path in ".*") {
            parse(&bytes).allows(&path);
        }

        #[test]
        fn no_rule_breaks_it(value in ".*", path in ".*") {
            robots(&format!("User-agent: *\nDisallow: {value}")).allows(&path);
        }

        /// Against the definition: a wildcard stands for any run of characters.
        #[test]
        fn matching_is_as_defined(pattern in "/[ab*]{0,6}\\$?", path in "/[ab]{0,8}") {
            fn slow(pattern: &[u8], path: &[u8]) -> bool {
                match (pattern, path) {
                    ([], _) | ([b'$'], []) => true,
                    ([b'*', rest @ ..], _) => (0..=path.len()).any(|skip| slow(rest, &path[skip..])),
                    ([a, pattern @ ..], [b, path @ ..]) => a == b && slow(pattern, path),
                    _ => false,
                }
            }
            prop_assert_eq!(matches(&pattern, &path), slow(pattern.as_bytes(), path.as_bytes()));
        }
    }
}
