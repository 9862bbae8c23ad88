//! The cookies of one visit, as a browser keeps them, and the record of every one that was set.

use std::collections::HashMap;

use midwatch_fields::set_cookie::{self, Lifetime, StoredCookie, redact};
use midwatch_model::{Cookie, Time};
use url::Url;

/// Cookies that a jar holds at most. Browsers keep 180 of one site.
const MAX_KEPT: usize = 300;
/// The longest `Cookie` field that is sent, in bytes: servers refuse longer ones.
const MAX_FIELD: usize = 6 << 10;
/// Different cookies that a report lists at most.
const MAX_LISTED: usize = 1000;

/// A browser's memory. It holds the values of cookies and so never goes into a report.
#[derive(Debug, Default)]
pub(super) struct Jar {
    cookies: Vec<StoredCookie>,
}

impl Jar {
    /// Takes the cookies of an answer from `url`.
    pub(super) fn take(&mut self, url: &Url, fields: &[String], now: Time) {
        for field in fields {
            let Ok(parsed) = set_cookie::parse(field) else { continue };
            let Ok(stored) = parsed.store(url) else { continue };
            self.cookies.retain(|known| {
                (&known.cookie.name, &known.domain, &known.path)
                    != (&stored.cookie.name, &stored.domain, &stored.path)
            });
            if stored.cookie.lifetime(now) != Lifetime::Deleted && self.cookies.len() < MAX_KEPT {
                self.cookies.push(stored);
            }
        }
    }

    /// The `Cookie` field for a visit to `url`, longest paths first, then in the order set (RFC 6265, 5.4).
    pub(super) fn field(&self, url: &Url) -> Option<String> {
        let mut fitting: Vec<&StoredCookie> =
            self.cookies.iter().filter(|cookie| cookie.goes_to(url)).collect();
        fitting.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let mut field = String::new();
        for StoredCookie { cookie, .. } in fitting {
            let pair = match cookie.name.as_str() {
                "" => cookie.value.clone(),
                name => format!("{name}={}", cookie.value),
            };
            // What was made readable for a report cannot be sent back as it came.
            let sendable = pair.bytes().all(|byte| (0x20..0x7f).contains(&byte));
            if sendable && field.len() + pair.len() + 2 <= MAX_FIELD {
                if !field.is_empty() {
                    field.push_str("; ");
                }
                field.push_str(&pair);
            }
        }
        (!field.is_empty()).then_some(field)
    }
}

/// Every cookie that any answer set, each kind once.
#[derive(Debug, Default)]
pub(super) struct Record {
    cookies: Vec<Cookie>,
    places: HashMap<Kind, usize>,
}

/// What makes two lines the same cookie: name, host, scheme and attributes, moments aside, since those differ
/// with every answer.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Kind {
    name: String,
    host: String,
    secure: bool,
    attributes: Vec<(String, Option<String>)>,
}

impl Record {
    /// Notes the cookies of an answer from `url`.
    pub(super) fn take(&mut self, url: &Url, fields: &[String]) {
        for field in fields {
            let redacted = redact(field);
            let attributes = match set_cookie::parse(field) {
                Ok(cookie) => cookie
                    .attributes
                    .into_iter()
                    .map(|attribute| {
                        let is_moment = attribute.name.eq_ignore_ascii_case("expires");
                        (attribute.name.to_ascii_lowercase(), attribute.value.filter(|_| !is_moment))
                    })
                    .collect(),
                Err(_) => vec![(redacted.line.clone(), None)],
            };
            let kind = Kind {
                name: redacted.name.clone(),
                host: url.host_str().unwrap_or_default().to_owned(),
                secure: url.scheme() == "https",
                attributes,
            };
            let place = self.places.get(&kind).copied();
            if let Some(known) = place.and_then(|place| self.cookies.get_mut(place)) {
                known.count = known.count.saturating_add(1);
            } else if self.cookies.len() < MAX_LISTED {
                self.places.insert(kind, self.cookies.len());
                self.cookies.push(Cookie {
                    line: redacted.line,
                    name: redacted.name,
                    value_length: redacted.value_length,
                    value_random: redacted.value_random,
                    set_by: url.to_string(),
                    count: 1,
                });
            }
        }
    }

    /// The cookies in the order met.
    pub(super) fn into_cookies(self) -> Vec<Cookie> {
        self.cookies
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().expect("a URL")
    }

    fn jar(from: &str, fields: &[&str]) -> Jar {
        let mut jar = Jar::default();
        let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
        jar.take(&url(from), &fields, Time::UNIX_EPOCH);
        jar
    }

    #[test]
    fn a_jar_sends_what_a_browser_sends() {
        let jar = jar(
            "https://shop.example/a/b",
            &[
                "a=1; Path=/",
                "b=2; Secure; Path=/",
                "c=3; Path=/a",
                "d=4; Domain=other.example",
                "e=5; Path=/x",
            ],
        );
        assert_eq!(jar.field(&url("https://shop.example/a/")).as_deref(), Some("c=3; a=1; b=2"));
        assert_eq!(jar.field(&url("http://shop.example/")).as_deref(), Some("a=1"));
        assert_eq!(jar.field(&url("https://www.shop.example/")), None);
    }

    #[test]
    fn a_cookie_is_replaced_and_deleted() {
        let mut jar = jar("https://shop.example/", &["a=1", "a=2", "b=3"]);
        assert_eq!(jar.field(&url("https://shop.example/")).as_deref(), Some("a=2; b=3"));
        jar.take(&url("https://shop.example/"), &["a=; Max-Age=0".to_owned()], Time::UNIX_EPOCH);
        assert_eq!(jar.field(&url("https://shop.example/")).as_deref(), Some("b=3"));
    }

    #[test]
    fn a_flood_of_cookies_is_bounded() {
        let mut jar = Jar::default();
        let fields: Vec<String> = (0..5000).map(|n| format!("c{n}={}", "x".repeat(100))).collect();
        jar.take(&url("https://shop.example/"), &fields, Time::UNIX_EPOCH);
        assert!(jar.field(&url("https://shop.example/")).is_some_and(|field| field.len() <= MAX_FIELD));
        let mut record = Record::default();
        record.take(&url("https://shop.example/"), &fields);
        assert_eq!(record.into_cookies().len(), MAX_LISTED);
    }

    #[test]
    fn a_record_holds_each_kind_once_and_no_values() {
        let mut record = Record::default();
        for (from, field) in [
            (
                "https://shop.example/",
                "sid=9f86d081884c7d659a2feaa0c55ad015; Expires=Wed, 25 Nov 2026 08:00:00 GMT",
            ),
            (
                "https://shop.example/b",
                "sid=60303ae22b998861bce3b28f33eec1be; Expires=Wed, 25 Nov 2026 09:00:00 GMT",
            ),
            ("https://shop.example/", "sid=9f86d081884c7d659a2feaa0c55ad015; Secure"),
            ("http://shop.example/", "sid=9f86d081884c7d659a2feaa0c55ad015; Secure"),
        ] {
            record.take(&url(from), &[field.to_owned()]);
        }
        let cookies = record.into_cookies();
        let counts: Vec<u32> = cookies.iter().map(|cookie| cookie.count).collect();
        assert_eq!(counts, [2, 1, 1]);
        assert!(cookies.iter().all(|cookie| !format!("{cookie:?}").contains("9f86d")));
    }
}
