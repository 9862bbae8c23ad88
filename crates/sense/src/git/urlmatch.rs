//! Which of the settings of `[http "URL"]` holds for a URL: `git help config`, `http.<url>.*`.

/// Characters of a URL that have to be escaped; control characters and those beyond ASCII beside them.
const UNSAFE: &[u8] = b" <>\"%{}|\\^`";

/// Delimiters, which stay escaped where they were (RFC 3986, 2.2).
const RESERVED: &[u8] = b":/?#[]@!$&'()*+,;=";

/// A URL in the form in which git compares them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    scheme: Vec<u8>,
    user: Option<Vec<u8>>,
    host: Vec<u8>,
    /// Empty for the usual one.
    port: Vec<u8>,
    /// With what follows it.
    path: Vec<u8>,
}

/// How closely a setting is meant for a URL, the least first. Of those that are equal the last one counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Closeness {
    host: usize,
    path: usize,
    user: bool,
}

impl Url {
    /// A URL that is asked.
    pub(super) fn asked(text: &str) -> Option<Url> {
        Url::parse(text.as_bytes(), false)
    }

    /// The URL of a section, in whose host `*` may stand for a label.
    pub(super) fn pattern(text: &str) -> Option<Url> {
        Url::parse(text.as_bytes(), true)
    }

    /// How closely this pattern is meant for a URL; none where it is not.
    pub(super) fn fits(&self, url: &Url) -> Option<Closeness> {
        let user = match (&self.user, &url.user) {
            (None, _) => false,
            (Some(wanted), Some(user)) if wanted == user => true,
            (Some(_), _) => return None,
        };
        if self.scheme != url.scheme || self.port != url.port || !host_fits(&self.host, &url.host) {
            return None;
        }
        Some(Closeness { host: self.host.len(), path: path_fits(&self.path, &url.path)?, user })
    }

    /// The same without its path.
    pub(super) fn without_path(self) -> Url {
        Url { path: b"/".to_vec(), ..self }
    }

    fn parse(text: &[u8], globs: bool) -> Option<Url> {
        let is_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-');
        let end = text.iter().position(|byte| !is_scheme(byte))?;
        let (scheme, rest) = text.split_at_checked(end)?;
        let rest = rest.strip_prefix(b"://")?;
        if !scheme.first()?.is_ascii_alphabetic() {
            return None;
        }
        let scheme = scheme.to_ascii_lowercase();
        let slash = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(slash)?;
        let (user, at) = match authority.iter().position(|byte| *byte == b'@') {
            Some(at) => {
                let all = escaped(authority.get(..at)?)?;
                let user = all.split(|byte| *byte == b':').next().unwrap_or_default().to_vec();
                (Some(user), authority.get(at + 1..)?)
            }
            None => (None, authority),
        };
        // The port begins at the last colon, unless a bracket closes behind it.
        let colon =
            at.iter().rposition(|byte| matches!(byte, b':' | b']')).filter(|at_| at.get(*at_) == Some(&b':'));
        let (host, port) = match colon {
            Some(colon) => (at.get(..colon)?, at.get(colon + 1..)?),
            None => (at, &[][..]),
        };
        let is_host = |byte: &u8| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'.' | b'-' | b'_' | b'[' | b':' | b']')
                || globs && *byte == b'*'
        };
        if host.is_empty() || !host.iter().all(is_host) {
            return None;
        }
        Some(Url {
            port: port_of(&scheme, port)?,
            user,
            host: host.to_ascii_lowercase(),
            path: path_of(path)?,
            scheme,
        })
    }
}

/// A port without zeros before it, and none at all for the usual one.
fn port_of(scheme: &[u8], port: &[u8]) -> Option<Vec<u8>> {
    let digits: &[u8] = match port.iter().position(|byte| *byte != b'0') {
        Some(first) => port.get(first..)?,
        None if port.is_empty() => return Some(Vec::new()),
        None => return None,
    };
    if (scheme == b"http" && digits == b"80") || (scheme == b"https" && digits == b"443") {
        return Some(Vec::new());
    }
    let text = std::str::from_utf8(digits).ok()?;
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok();
    is_number.then(|| digits.to_vec())
}

/// A path without dots, and with what follows it.
fn path_of(text: &[u8]) -> Option<Vec<u8>> {
    let mut path = vec![b'/'];
    let mut rest = text.strip_prefix(b"/").unwrap_or(text);
    loop {
        let begin = path.len();
        let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
        let (part, after) = rest.split_at_checked(end)?;
        path.extend(escaped(part)?);
        let mut is_begun = false;
        match path.get(begin..)? {
            b"." => {
                // The slash before it goes too, but for the first.
                path.truncate(if begin == 1 { 1 } else { begin - 1 });
                is_begun = begin == 1;
            }
            b".." => {
                path.truncate(begin - 1);
                let above = path.iter().rposition(|byte| *byte == b'/')?;
                path.truncate(above.max(1));
                is_begun = above == 0;
            }
            _ => {}
        }
        rest = after;
        match rest.strip_prefix(b"/") {
            Some(more) => rest = more,
            None => break,
        }
        if !is_begun {
            path.push(b'/');
        }
    }
    path.extend(escaped(rest)?);
    Some(path)
}

/// With those escapes that have to be there, in capitals, and no others; none where one is broken.
fn escaped(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        let (byte, was_escaped) = match byte {
            b'%' => {
                let digit = |at: usize| char::from(*text.get(at)?).to_digit(16);
                let value = u8::try_from(digit(at)? * 16 + digit(at + 1)?).ok()?;
                at += 2;
                (value, true)
            }
            byte => (byte, false),
        };
        let has_to = byte <= 0x1f || byte >= 0x7f || UNSAFE.contains(&byte);
        if has_to || was_escaped && RESERVED.contains(&byte) {
            out.extend(format!("%{byte:02X}").into_bytes());
        } else {
            out.push(byte);
        }
    }
    Some(out)
}

fn host_fits(pattern: &[u8], host: &[u8]) -> bool {
    // A dot at the end is passed over.
    let (pattern, host) =
        (pattern.strip_suffix(b".").unwrap_or(pattern), host.strip_suffix(b".").unwrap_or(host));
    let (mut pattern, mut host) = (pattern.split(|byte| *byte == b'.'), host.split(|byte| *byte == b'.'));
    loop {
        match (pattern.next(), host.next()) {
            (None, None) => return true,
            (Some(wanted), Some(label)) if wanted == b"*" || wanted == label => {}
            _ => return false,
        }
    }
}

/// How much of a path another is the beginning of, up to a slash.
fn path_fits(prefix: &[u8], path: &[u8]) -> Option<usize> {
    let prefix = prefix.strip_suffix(b"/").unwrap_or(prefix);
    let rest = path.strip_prefix(prefix)?;
    matches!(rest.first(), None | Some(b'/')).then_some(prefix.len() + 1)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    /// The value that counts, by our rules: the closest, and of equals the last.
    fn ours(sections: &[String], url: &str) -> Option<usize> {
        let url = Url::asked(url)?;
        let mut best: Option<(Closeness, usize)> = None;
        for (at, section) in sections.iter().enumerate() {
            let Some(close) = Url::pattern(section).and_then(|pattern| pattern.fits(&url)) else { continue };
            if best.is_none_or(|(known, _)| close >= known) {
                best = Some((close, at));
            }
        }
        best.map(|(_, at)| at)
    }

    /// By git's.
    fn gits(sections: &[String], url: &str) -> Option<usize> {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("config");
        let text: String = sections
            .iter()
            .enumerate()
            .map(|(at, url)| {
                format!("[http \"{}\"]\nproxy = {at}\n", url.replace('\\', "\\\\").replace('"', "\\\""))
            })
            .collect();
        std::fs::write(&file, text).expect("a file");
        let output = Command::new("git")
            .arg("config")
            .arg("--file")
            .arg(&file)
            .args(["--get-urlmatch", "http.proxy", url])
            .output()
            .expect("git");
        String::from_utf8_lossy(&output.stdout).trim().parse().ok()
    }

    #[test]
    fn git_chooses_the_same() {
        let sections: Vec<String> = [
            "https://example.org",
            "https://EXAMPLE.org:443/a/../b",
            "https://*.example.org",
            "https://me@example.org",
            "https://example.org/b/c",
            "https://example.org:08443/",
            "https://example.org/b/./%63/",
            "https://[::1]/",
            "http://example.org",
            "https://example.org/../",
            "https://example.org/%zz",
            "https://example.org/b?x=1",
            "example.org",
            "https://*.*.org/",
            "https://exam_ple.org",
        ]
        .map(str::to_owned)
        .to_vec();
        for url in [
            "https://example.org",
            "https://example.org/",
            "https://example.org/b/c/d",
            "https://example.org/b/cd",
            "https://me@example.org/x",
            "https://me:pass@example.org/b/c",
            "https://a.example.org/b",
            "https://a.b.example.org/",
            "https://example.org:8443/x",
            "https://[::1]:443/x",
            "https://example.org/b?x=1",
            "http://example.org:80/",
            "https://exam_ple.org/a",
            "https://example.org./",
        ] {
            assert_eq!(ours(&sections, url), gits(&sections, url), "{url}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 80, ..ProptestConfig::default() })]

        #[test]
        fn git_chooses_the_same_of_many(
            sections in prop::collection::vec(
                "https?://(u@|u:p@)?(a|b|\\*)\\.(a|\\*)(:443|:80|:0443|:8)?(/[ab.]{0,2}){0,3}(%6[1-3]|%2f)?",
                1..8,
            ),
            url in "https?://(u@|u:p@|v@)?[ab]\\.[ab](:443|:8)?(/[ab.]{0,2}){0,4}",
        ) {
            prop_assert_eq!(ours(&sections, &url), gits(&sections, &url), "{:?} {}", sections, url);
        }

        #[test]
        fn no_url_breaks_it(text in "(https?|x)?:?/?/?.{0,60}") {
            let _ = (Url::asked(&text), Url::pattern(&text));
        }
    }
}
