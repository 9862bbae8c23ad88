//! The patterns of git's conditional includes: those of gitignore(5), in time that grows with pattern times text.

/// Bytes of a pattern that are looked at: what is longer fits nothing.
const MAX_PATTERN: usize = 4096;

/// One part of a pattern.
enum Part {
    Byte(u8),
    /// `?`: one byte that is no slash.
    One,
    /// `[…]`: the bytes that fit, of which a slash is never one.
    Class(Box<[bool; 256]>),
    /// `*`: anything without a slash.
    Star,
    /// `**` as a whole part of a path, at its end: anything.
    Anything,
    /// `**/` as a whole part of a path: directories, or none.
    Directories,
}

/// True where a pattern fits a whole path or URL.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    if pattern.len() > MAX_PATTERN || text.len() > MAX_PATTERN {
        return false;
    }
    let Some(parts) = parts(pattern.as_bytes()) else { return false };
    let text = text.as_bytes();
    // Where in the text a match of the parts so far may end.
    let mut ends = vec![false; text.len() + 1];
    if let Some(first) = ends.first_mut() {
        *first = true;
    }
    for part in &parts {
        ends = step(part, text, &ends);
    }
    ends.last().copied().unwrap_or_default()
}

fn step(part: &Part, text: &[u8], before: &[bool]) -> Vec<bool> {
    let mut after = vec![false; before.len()];
    // An end at or before this place, from which a star reaches on.
    let mut reach = false;
    for (at, from) in before.iter().enumerate() {
        let byte = text.get(at).copied();
        reach |= *from;
        let mut set = |at: usize| {
            if let Some(end) = after.get_mut(at) {
                *end = true;
            }
        };
        match part {
            Part::Byte(wanted) if *from && byte == Some(*wanted) => set(at + 1),
            Part::One if *from && byte.is_some_and(|byte| byte != b'/') => set(at + 1),
            Part::Class(class) if *from => {
                let fits = |byte: u8| byte != b'/' && class.get(usize::from(byte)).copied() == Some(true);
                if byte.is_some_and(fits) {
                    set(at + 1);
                }
            }
            Part::Star => {
                if reach {
                    set(at);
                }
                reach &= byte != Some(b'/');
            }
            Part::Anything if reach => set(at),
            Part::Directories => {
                if *from {
                    set(at);
                }
                if reach && byte == Some(b'/') {
                    set(at + 1);
                }
            }
            _ => {}
        }
    }
    after
}

/// The parts of a pattern; none where it can fit nothing.
fn parts(pattern: &[u8]) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(&byte) = pattern.get(at) {
        match byte {
            b'\\' => {
                parts.push(Part::Byte(*pattern.get(at + 1)?));
                at += 2;
            }
            b'?' => {
                parts.push(Part::One);
                at += 1;
            }
            b'[' => {
                let (class, next) = class(pattern, at + 1)?;
                parts.push(Part::Class(class));
                at = next;
            }
            b'*' => {
                let stars = pattern.get(at..)?.iter().take_while(|byte| **byte == b'*').count();
                let begins =
                    at.checked_sub(1).and_then(|before| pattern.get(before)).is_none_or(|b| *b == b'/');
                let next = pattern.get(at + stars).copied();
                let is_escaped = next == Some(b'\\') && pattern.get(at + stars + 1) == Some(&b'/');
                match next {
                    Some(b'/') if stars > 1 && begins => {
                        parts.push(Part::Directories);
                        at += stars + 1;
                        continue;
                    }
                    None if stars > 1 && begins => parts.push(Part::Anything),
                    _ if stars > 1 && begins && is_escaped => parts.push(Part::Anything),
                    _ => parts.push(Part::Star),
                }
                at += stars;
            }
            byte => {
                parts.push(Part::Byte(byte));
                at += 1;
            }
        }
    }
    Some(parts)
}

/// What stands in brackets, from behind the first, and the place behind the last.
fn class(pattern: &[u8], from: usize) -> Option<(Box<[bool; 256]>, usize)> {
    let mut class = Box::new([false; 256]);
    let mut at = from;
    let is_negated = matches!(pattern.get(at), Some(b'!' | b'^'));
    at += usize::from(is_negated);
    let mut last: Option<u8> = None;
    let mut is_first = true;
    loop {
        let byte = *pattern.get(at)?;
        at += 1;
        match byte {
            b']' if !is_first => break,
            b'[' if pattern.get(at) == Some(&b':') => {
                let name_at = at + 1;
                let rest = pattern.get(name_at..)?;
                let close = rest.iter().position(|byte| *byte == b']')?;
                match rest.get(..close).and_then(|inside| inside.strip_suffix(b":")) {
                    Some(name) => {
                        for byte in 0..=255_u8 {
                            if is_of(name, byte)? {
                                set(&mut class, byte);
                            }
                        }
                        at = name_at + close + 1;
                        last = None;
                    }
                    // No class after all: the bracket stands for itself.
                    None => {
                        set(&mut class, byte);
                        last = Some(byte);
                    }
                }
            }
            b'-' if last.is_some() && pattern.get(at).is_some_and(|next| *next != b']') => {
                let mut end = *pattern.get(at)?;
                at += 1;
                if end == b'\\' {
                    end = *pattern.get(at)?;
                    at += 1;
                }
                for byte in last.unwrap_or(end)..=end {
                    set(&mut class, byte);
                }
                last = None;
            }
            b'\\' => {
                let byte = *pattern.get(at)?;
                at += 1;
                set(&mut class, byte);
                last = Some(byte);
            }
            byte => {
                set(&mut class, byte);
                last = Some(byte);
            }
        }
        is_first = false;
    }
    if is_negated {
        class.iter_mut().for_each(|fits| *fits = !*fits);
    }
    Some((class, at))
}

fn set(class: &mut [bool; 256], byte: u8) {
    if let Some(fits) = class.get_mut(usize::from(byte)) {
        *fits = true;
    }
}

/// The classes of POSIX; none for a name that is none.
fn is_of(name: &[u8], byte: u8) -> Option<bool> {
    Some(match name {
        b"alnum" => byte.is_ascii_alphanumeric(),
        b"alpha" => byte.is_ascii_alphabetic(),
        b"blank" => matches!(byte, b' ' | b'\t'),
        b"cntrl" => byte.is_ascii_control(),
        b"digit" => byte.is_ascii_digit(),
        b"graph" => byte.is_ascii_graphic(),
        b"lower" => byte.is_ascii_lowercase(),
        b"print" => byte.is_ascii_graphic() || byte == b' ',
        b"punct" => byte.is_ascii_punctuation(),
        b"space" => byte.is_ascii_whitespace() || byte == 0x0b,
        b"upper" => byte.is_ascii_uppercase(),
        b"xdigit" => byte.is_ascii_hexdigit(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patterns_of_places() {
        for (pattern, text, expected) in [
            ("/home/joe/work/**", "/home/joe/work/a/.git", true),
            ("/home/joe/work/**", "/home/joe/workbench/.git", false),
            ("/home/joe/work/**", "/home/joe/work", false),
            ("**/work/**", "/srv/work/a/.git", true),
            ("**/work/**", "work/a", true),
            ("/srv/*/a/.git", "/srv/x/a/.git", true),
            ("/srv/*/a/.git", "/srv/x/y/a/.git", false),
            ("/srv/**/a", "/srv/a", true),
            ("/srv/**/a", "/srv/x/y/a", true),
            ("/srv/x**/a", "/srv/xy/z/a", false),
            ("/srv/?/.git", "/srv/x/.git", true),
            ("/srv/[a-c]x", "/srv/bx", true),
            ("/srv/[!a-c]x", "/srv/bx", false),
            ("/srv/[[:digit:]]", "/srv/7", true),
            ("/srv/[^a]x", "/srv//x", false),
            ("/srv/\\*", "/srv/*", true),
            ("/srv/\\*", "/srv/x", false),
            ("a[", "a[", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn no_pattern_takes_long() {
        let pattern = "**/*a".repeat(800);
        assert!(!matches(&pattern, &"a/".repeat(2000)));
    }

    /// What git makes of it: the variable is there where the pattern fits the URL of a remote.
    fn gits(pattern: &str, url: &str) -> bool {
        let directory = tempfile::tempdir().expect("a directory");
        let quoted = pattern.replace('\\', "\\\\").replace('"', "\\\"");
        let main = directory.path().join("main");
        let text = format!(
            "[remote \"a\"]\nurl = {url}\n[includeIf \"hasconfig:remote.*.url:{quoted}\"]\npath = more\n"
        );
        std::fs::write(&main, text).expect("a file");
        std::fs::write(directory.path().join("more"), "[x]\ny = z\n").expect("a file");
        let output = Command::new("git")
            .args(["config", "--includes", "--get", "x.y"])
            .current_dir(directory.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", &main)
            .output();
        output.expect("git").status.success()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

        #[test]
        fn git_finds_the_same(pattern in "[ab/*?]{1,8}|[ab]?\\[[!^]?[ab\\-c]{1,3}\\][ab/*]{0,3}", url in "[abc/]{1,6}") {
            prop_assert_eq!(matches(&pattern, &url), gits(&pattern, &url), "{} {}", pattern, url);
        }

        #[test]
        fn no_pattern_breaks_it(pattern in "[\\[\\]!^*?/a:\\\\-]{0,40}", text in ".{0,40}") {
            matches(&pattern, &text);
        }
    }
}
