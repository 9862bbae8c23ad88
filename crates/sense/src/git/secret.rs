//! URLs and values as reports may show them, and what of a secret stands in them.

use midwatch_model::{GitSecret, lossless};

use crate::lines;

/// How tokens of forges begin, by their own documentation: GitHub, GitLab, Gitea's and Forgejo's are without a sign.
const TOKENS: [&str; 16] = [
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "gloas-",
    "gldt-",
    "glrt-",
    "glcbt-",
    "glptt-",
    "glft-",
    "ATATT3",
    "ATCTT3",
    "ATBB",
];

/// Characters from which on a name is taken for a token: the forty hexadecimal digits of Gitea and older GitHub, and those
/// of Azure DevOps, are longer; names of people are shorter.
const LONG: usize = 36;

/// A URL for a report. The name of an ssh user is no secret, and a name before a host of https may be a token.
pub(super) fn told(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return match url.rsplit_once('@') {
            // `user:password@host:path` is no form of a URL, and people write it.
            Some((before, after))
                if before.contains(':') && (!before.contains('/') || after.contains(':')) =>
            {
                lines::value(url)
            }
            _ => cut(&lossless(url.as_bytes())),
        };
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let is_ssh = matches!(scheme.to_ascii_lowercase().as_str(), "ssh" | "git+ssh" | "ssh+git");
    let authority = match authority.rsplit_once('@') {
        Some((user, _)) if is_ssh && !user.contains(':') => authority.to_owned(),
        Some((_, host)) => format!("…@{host}"),
        // A password may hold a slash that was not encoded: what stands before the slash is then no host.
        None if path.contains('@') && has_no_port(authority) => return lines::value(url),
        None => authority.to_owned(),
    };
    // Some forges take tokens behind a question mark.
    let path = match path.split_once('?') {
        Some((path, _)) => format!("{path}?…"),
        None => path.to_owned(),
    };
    cut(&lossless(format!("{scheme}://{authority}{path}").as_bytes()))
}

/// True where something that is no port follows a colon.
fn has_no_port(authority: &str) -> bool {
    let after = authority.rsplit_once(':').map(|(_, after)| after);
    after.is_some_and(|after| !after.bytes().all(|byte| byte.is_ascii_digit() || byte == b']'))
}

/// Characters of a URL that are kept.
const MAX_URL: usize = 1000;

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_URL) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// What of a secret stands in a URL.
pub(super) fn of_url(url: &str) -> Option<GitSecret> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (user, _) = authority.rsplit_once('@')?;
    match user.split_once(':') {
        Some((_, password)) if !password.is_empty() => Some(GitSecret::Password),
        Some((name, _)) if is_token(name) => Some(GitSecret::Token),
        None if is_token(user) => Some(GitSecret::Token),
        _ => None,
    }
}

/// The same of a proxy, which may go without a scheme.
pub(super) fn of_proxy(proxy: &str) -> Option<GitSecret> {
    if proxy.contains("://") { of_url(proxy) } else { of_url(&format!("http://{proxy}")) }
}

fn is_token(name: &str) -> bool {
    let is_long = name.len() >= LONG && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_long || TOKENS.iter().any(|start| name.starts_with(start))
}

/// A header line: its name, and whether its value is a secret.
pub(super) fn header(line: &str) -> (String, Option<GitSecret>) {
    let name = line.split(':').next().unwrap_or_default().trim();
    let lower = name.to_ascii_lowercase();
    let is_secret = ["authorization", "token", "cookie", "secret", "api-key", "apikey", "password"]
        .iter()
        .any(|word| lower.contains(word));
    match is_secret {
        true => (lines::value(&format!("{name}: …")), Some(GitSecret::Token)),
        false => (lines::value(line), None),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn urls_are_told_without_their_secrets() {
        for (url, expected) in [
            ("https://joe:secret@example.org/a", "https://…@example.org/a"),
            ("https://joe:se/cret@example.org/a", "https://…@example.org/a"),
            ("https://token@example.org/a", "https://…@example.org/a"),
            ("https://example.org:8443/@scope/a", "https://example.org:8443/@scope/a"),
            ("https://example.org/a?private_token=secret", "https://example.org/a?…"),
            ("ssh://joe:secret@example.org/a", "ssh://…@example.org/a"),
            ("ssh://git@example.org/a", "ssh://git@example.org/a"),
            ("git@example.org:a/b", "git@example.org:a/b"),
            ("joe:secret@example.org:a", "…@example.org:a"),
            ("/srv/a@b", "/srv/a@b"),
            ("git://example.org/\u{1b}[1m", "git://example.org/\\x1b[1m"),
        ] {
            assert_eq!(told(url), expected, "{url}");
        }
    }

    #[test]
    fn secrets_are_told_from_names() {
        use GitSecret::*;
        for (url, expected) in [
            ("https://joe:secret@example.org/a", Some(Password)),
            ("https://joe:@example.org/a", None),
            ("https://joe@example.org/a", None),
            ("https://ghp_0123456789@example.org/a", Some(Token)),
            ("https://0123456789abcdef0123456789abcdef01234567@example.org/a", Some(Token)),
            ("https://glpat-x:@example.org/a", Some(Token)),
            ("https://example.org:8443/@a:b", None),
            ("git@example.org:a", None),
            ("me@example.com@host:path", None),
            ("ssh://git@example.org/a", None),
            ("ssh://git:secret@example.org/a", Some(Password)),
            ("host:path@x", None),
            ("/srv/a", None),
        ] {
            assert_eq!(of_url(url), expected, "{url}");
        }
        assert_eq!(of_proxy("joe:secret@proxy.example:3128"), Some(Password));
        assert_eq!(of_proxy("socks5://joe:secret@proxy.example:3128"), Some(Password));
        assert_eq!(of_proxy("proxy.example:3128"), None);
        assert_eq!(header("AUTHORIZATION: basic c2VjcmV0"), ("AUTHORIZATION: …".into(), Some(Token)));
        assert_eq!(header("Accept-Language: de"), ("Accept-Language: de".into(), None));
        assert_eq!(header("Private-Token: x").0, "Private-Token: …");
    }

    proptest! {
        #[test]
        fn no_secret_gets_through(
            secret in "[a-zA-Z0-9]{8,12}(/[a-z]{3})?",
            scheme in "(https|http|ssh|git|ftp)",
        ) {
            for url in [
                format!("{scheme}://user:{secret}@example.org/path"),
                format!("user:{secret}@example.org:path"),
            ] {
                let told = told(&url);
                prop_assert!(!secret.split('/').any(|part| told.contains(part)), "{} {}", url, told);
            }
        }

        #[test]
        fn no_text_breaks_it(text in ".{0,200}") {
            let _ = (told(&text), of_url(&text), header(&text));
        }
    }
}
