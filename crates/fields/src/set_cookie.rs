//! `Set-Cookie` as browsers read it (RFC 6265bis, draft 22: 5.6 to 5.8).

mod prefix;
mod redact;
mod store;

use midwatch_model::Time;

use crate::cookie_date;
use crate::syntax::trim;

pub use prefix::{Prefix, PrefixFault};
pub use redact::{Redacted, looks_random, redact};
pub use store::{Rejected, StoredCookie, default_path, domain_match, path_match};

/// Octets of name and value together that a browser still takes (5.6).
pub const MAX_PAIR: usize = 4096;

/// Octets of an attribute's value that a browser still takes (5.6).
pub const MAX_ATTRIBUTE: usize = 1024;

/// The longest that a browser keeps a cookie, in seconds: 400 days (5.5).
pub const MAX_AGE_LIMIT: i64 = 400 * 24 * 60 * 60;

/// A parsed `Set-Cookie` value. Where an attribute stands more than once, the last one counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetCookie {
    /// The name; empty where the pair has no `=`.
    pub name: String,
    /// The value, as it stands (quotes belong to it).
    pub value: String,
    /// Every attribute in order, as it stands, unknown ones too.
    pub attributes: Vec<Attribute>,
    /// `Secure`: never sent over plain http.
    pub secure: bool,
    /// `HttpOnly`: out of reach of scripts.
    pub http_only: bool,
    /// `SameSite`.
    pub same_site: SameSite,
    /// `Partitioned` (CHIPS): a jar of its own for each embedding site.
    pub partitioned: bool,
    /// `Domain` in lower case without a leading dot; `None` where it is missing or empty.
    pub domain: Option<String>,
    /// `Path`, where it begins with `/`.
    pub path: Option<String>,
    /// `Max-Age` in seconds; zero or less deletes the cookie.
    pub max_age: Option<i64>,
    /// `Expires`, where it can be read.
    pub expires: Option<Time>,
}

/// An attribute as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its value, `None` where there is no `=`.
    pub value: Option<String>,
}

/// `SameSite`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SameSite {
    /// Sent with requests from the same site alone.
    Strict,
    /// Sent with requests from the same site, and when a visitor follows a link from elsewhere.
    Lax,
    /// Sent with every request.
    None,
    /// Missing or unknown. Chromium then acts as for `Lax` (with two minutes' grace for `POST`), other
    /// browsers as for `None`.
    #[default]
    Default,
}

/// Why a browser ignores a whole `Set-Cookie` field before it looks at the attributes' meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// It holds a control character other than tab.
    ControlCharacter,
    /// Name and value are longer than [`MAX_PAIR`] octets together.
    TooLarge,
    /// Name and value are both empty.
    Empty,
}

/// How long a cookie lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// Until the browser is closed; a browser that restores its session keeps it longer.
    Session,
    /// This many seconds from now, as asked for. Browsers cut it at [`MAX_AGE_LIMIT`].
    Persistent {
        /// Seconds, more than 0.
        seconds: i64,
    },
    /// It is already over: the field deletes the cookie.
    Deleted,
}

/// Parses a `Set-Cookie` value (5.6). Attributes have exact boundaries and are known without regard to case:
/// a cookie *named* `secure` carries no Secure flag.
///
/// ```
/// let cookie = midwatch_fields::set_cookie::parse("secure=1; Path=/; samesite=LAX").unwrap();
/// assert!(!cookie.secure);
/// assert_eq!(cookie.name, "secure");
/// ```
pub fn parse(field: &str) -> Result<SetCookie, Ignored> {
    if field.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
        return Err(Ignored::ControlCharacter);
    }
    let mut parts = field.split(';');
    let pair = parts.next().unwrap_or_default();
    let (name, value) = split_pair(pair);
    if name.len() + value.len() > MAX_PAIR {
        return Err(Ignored::TooLarge);
    }
    if name.is_empty() && value.is_empty() {
        return Err(Ignored::Empty);
    }
    let mut cookie = SetCookie { name: name.to_owned(), value: value.to_owned(), ..SetCookie::default() };
    for part in parts {
        let (name, value) = match part.split_once('=') {
            Some((name, value)) => (trim(name), Some(trim(value))),
            None => (trim(part), None),
        };
        if name.is_empty() && value.is_none() {
            continue;
        }
        cookie.attributes.push(Attribute { name: name.to_owned(), value: value.map(str::to_owned) });
        let value = value.unwrap_or_default();
        if value.len() <= MAX_ATTRIBUTE {
            cookie.apply(name, value);
        }
    }
    Ok(cookie)
}

/// Name and value of the part before the first `;`. Without `=`, all of it is the value.
fn split_pair(pair: &str) -> (&str, &str) {
    match pair.split_once('=') {
        Some((name, value)) => (trim(name), trim(value)),
        None => ("", trim(pair)),
    }
}

impl SetCookie {
    fn apply(&mut self, name: &str, value: &str) {
        match name.to_ascii_lowercase().as_str() {
            "secure" => self.secure = true,
            "httponly" => self.http_only = true,
            "partitioned" => self.partitioned = true,
            "samesite" => {
                self.same_site = match value.to_ascii_lowercase().as_str() {
                    "strict" => SameSite::Strict,
                    "lax" => SameSite::Lax,
                    "none" => SameSite::None,
                    _ => SameSite::Default,
                }
            }
            "domain" => {
                let domain = value.strip_prefix('.').unwrap_or(value).to_ascii_lowercase();
                self.domain = (!domain.is_empty()).then_some(domain);
            }
            // Anything that does not begin with a slash means the default path.
            "path" => self.path = value.starts_with('/').then(|| value.to_owned()),
            "max-age" => self.max_age = max_age(value).or(self.max_age),
            "expires" => self.expires = cookie_date::parse(value).or(self.expires),
            _ => {}
        }
    }

    /// How long it lives, seen from `now`. `Max-Age` counts before `Expires` (5.7, step 3).
    pub fn lifetime(&self, now: Time) -> Lifetime {
        let seconds = match (self.max_age, self.expires) {
            (Some(seconds), _) => seconds,
            (None, Some(expires)) => expires.as_second().saturating_sub(now.as_second()),
            (None, None) => return Lifetime::Session,
        };
        if seconds > 0 { Lifetime::Persistent { seconds } } else { Lifetime::Deleted }
    }
}

/// An optional minus sign and digits; what is too large counts as the largest.
fn max_age(value: &str) -> Option<i64> {
    let (negative, digits) = match value.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, value),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = digits.parse().unwrap_or(i64::MAX);
    Some(if negative { -number } else { number })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(field: &str) -> SetCookie {
        parse(field).expect("a cookie")
    }

    #[test]
    fn a_name_is_no_attribute() {
        let cookie =
            read("secure=httponly; x-secure; Path=/secure; notsecure=1; HttpOnlyX; domain=secure.example");
        assert!(!cookie.secure && !cookie.http_only);
        assert_eq!((cookie.name.as_str(), cookie.value.as_str()), ("secure", "httponly"));
        assert_eq!(cookie.attributes.len(), 5);
        assert!(!read("secure").secure);
    }

    #[test]
    fn attributes_are_known_whatever_their_case_and_space() {
        let cookie = read(
            " sid =\tx\t;\tSECURE=anything ;hTTpOnly; sameSite = sTRICT;Partitioned; path = /a ; Domain=.Shop.Example",
        );
        assert_eq!((cookie.name.as_str(), cookie.value.as_str()), ("sid", "x"));
        assert!(cookie.secure && cookie.http_only && cookie.partitioned);
        assert_eq!(cookie.same_site, SameSite::Strict);
        assert_eq!(cookie.path.as_deref(), Some("/a"));
        assert_eq!(cookie.domain.as_deref(), Some("shop.example"));
    }

    #[test]
    fn the_last_one_wins() {
        let cookie = read("a=b; Path=/x; Path=y; SameSite=Lax; SameSite=odd; Domain=x.example; Domain=");
        assert_eq!((cookie.path, cookie.same_site, cookie.domain), (None, SameSite::Default, None));
        assert_eq!(read("a=b; Max-Age=1; Max-Age=2").max_age, Some(2));
        // An attribute that cannot be read is not there at all.
        assert_eq!(read("a=b; Max-Age=1; Max-Age=x").max_age, Some(1));
    }

    #[test]
    fn max_age_counts_before_expires() {
        let now: Time = "2026-11-24T12:00:00Z".parse().expect("a time");
        let life = |field: &str| read(field).lifetime(now);
        assert_eq!(life("a=b"), Lifetime::Session);
        assert_eq!(
            life("a=b; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),
            Lifetime::Persistent { seconds: 60 }
        );
        assert_eq!(life("a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT"), Lifetime::Deleted);
        assert_eq!(
            life("a=b; Expires=Wed, 25 Nov 2026 12:00:00 GMT"),
            Lifetime::Persistent { seconds: 86400 }
        );
        assert_eq!(life("a=b; Expires=never"), Lifetime::Session);
        assert_eq!(life("a=b; max-age=0"), Lifetime::Deleted);
        assert_eq!(life("a=b; max-age=-99999999999999999999"), Lifetime::Deleted);
        assert_eq!(life("a=b; max-age=+5"), Lifetime::Session);
    }

    #[test]
    fn what_browsers_ignore_is_ignored() {
        assert_eq!(parse("a=b\0; Secure"), Err(Ignored::ControlCharacter));
        assert_eq!(parse("a=b; Path=/\u{7f}"), Err(Ignored::ControlCharacter));
        assert_eq!(parse("=; Secure"), Err(Ignored::Empty));
        assert_eq!(parse(""), Err(Ignored::Empty));
        assert_eq!(parse(&format!("a={}", "b".repeat(4096))), Err(Ignored::TooLarge));
        assert!(parse(&format!("a={}", "b".repeat(4095))).is_ok());
        let long = read(&format!("a=b; Path=/{}; Path=/{}", "x".repeat(1023), "y".repeat(1024)));
        assert!(long.path.is_some_and(|path| path.starts_with("/x")));
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in ".*") {
            if let Ok(cookie) = parse(&text) {
                let _ = cookie.lifetime(Time::UNIX_EPOCH);
                let _ = cookie.prefix_faults();
            }
            let _ = redact(&text);
        }

        #[test]
        fn what_is_written_is_read(
            name in "[!#-'*-+.0-9A-Z^-z|~-]{1,20}", value in "[!#-+.-:<-~-]{0,40}", secure: bool, max_age: Option<i64>
        ) {
            let mut field = format!("{name}={value}");
            if secure { field.push_str("; Secure") }
            if let Some(seconds) = max_age { field.push_str(&format!("; Max-Age={seconds}")) }
            let cookie = read(&field);
            prop_assert_eq!(cookie.name, name);
            prop_assert_eq!(cookie.value, value);
            prop_assert_eq!(cookie.secure, secure);
            prop_assert_eq!(cookie.max_age, max_age.map(|seconds| seconds.max(-i64::MAX)));
        }
    }
}
