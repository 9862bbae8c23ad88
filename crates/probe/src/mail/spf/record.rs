//! The terms of a record (RFC 7208 4.6 and 12).

use std::net::{Ipv4Addr, Ipv6Addr};

use midwatch_model::SpfQualifier;

use crate::mail::tags::short;

/// Terms of one record that are read.
const MAX_TERMS: usize = 500;

/// A record, term by term.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The mechanisms in order.
    pub mechanisms: Vec<(SpfQualifier, Mechanism)>,
    /// Where `redirect` leads.
    pub redirect: Option<Spec>,
}

/// What a mechanism compares a sender with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// Everybody.
    All,
    /// Those of another record.
    Include(Spec),
    /// The addresses of a name; none for the domain's own.
    A(Option<Spec>),
    /// The addresses of those who take mail for a name.
    Mx(Option<Spec>),
    /// The name of the sender's address.
    Ptr,
    /// A range of IPv4, by the length of its prefix.
    Ip4(u8),
    /// A range of IPv6.
    Ip6(u8),
    /// Whether a name exists.
    Exists(Spec),
}

impl Mechanism {
    /// It asks the DNS (RFC 7208 4.6.4).
    pub fn asks(&self) -> bool {
        !matches!(self, Mechanism::All | Mechanism::Ip4(_) | Mechanism::Ip6(_))
    }
}

/// A `domain-spec`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spec {
    /// A name, in lower case.
    Name(String),
    /// It has macros, so that it depends on the sender.
    Macro(String),
}

/// True for a TXT record of this kind (RFC 7208 4.5).
pub fn is_ours(text: &str) -> bool {
    text.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("v=spf1"))
        && matches!(text.as_bytes().get(6), None | Some(b' '))
}

/// Reads a record.
///
/// # Errors
/// The term that keeps no grammar, in a sentence. Receivers take the whole for an error then (4.6).
pub fn read(text: &str) -> Result<Record, String> {
    let mut record = Record::default();
    let mut has_exp = false;
    for term in text.get(6..).unwrap_or_default().split(' ').filter(|term| !term.is_empty()).take(MAX_TERMS) {
        let wrong = |why: &str| format!("'{}' {why}", short(term));
        // A modifier has its `=` before any `:` or `/` (12: name "=" ...).
        if let Some((name, value)) = term.split_once('=').filter(|(name, _)| is_name(name)) {
            match name.to_ascii_lowercase().as_str() {
                "redirect" if record.redirect.is_some() => return Err(wrong("stands again")),
                "redirect" => record.redirect = Some(spec(value).ok_or_else(|| wrong("names no domain"))?),
                "exp" if has_exp => return Err(wrong("stands again")),
                "exp" => {
                    spec(value).ok_or_else(|| wrong("names no domain"))?;
                    has_exp = true;
                }
                // Others are ignored (6).
                _ => {}
            }
            continue;
        }
        let (qualifier, rest) = match term.as_bytes().first() {
            Some(b'+') => (SpfQualifier::Pass, term.get(1..)),
            Some(b'-') => (SpfQualifier::Fail, term.get(1..)),
            Some(b'~') => (SpfQualifier::SoftFail, term.get(1..)),
            Some(b'?') => (SpfQualifier::Neutral, term.get(1..)),
            _ => (SpfQualifier::Pass, Some(term)),
        };
        let mechanism = mechanism(rest.unwrap_or_default()).map_err(wrong)?;
        record.mechanisms.push((qualifier, mechanism));
    }
    Ok(record)
}

fn mechanism(term: &str) -> Result<Mechanism, &'static str> {
    let end = term.find([':', '/']).unwrap_or(term.len());
    let (name, rest) = term.split_at_checked(end).unwrap_or((term, ""));
    let value = rest.strip_prefix(':');
    let needs_domain = "names no domain";
    match name.to_ascii_lowercase().as_str() {
        "all" if rest.is_empty() => Ok(Mechanism::All),
        "include" => Ok(Mechanism::Include(value.and_then(spec).ok_or(needs_domain)?)),
        "exists" => Ok(Mechanism::Exists(value.and_then(spec).ok_or(needs_domain)?)),
        "a" => Ok(Mechanism::A(domain_and_range(rest)?)),
        "mx" => Ok(Mechanism::Mx(domain_and_range(rest)?)),
        "ptr" if rest.is_empty() || value.and_then(spec).is_some() => Ok(Mechanism::Ptr),
        "ip4" => {
            let (address, length) = range(value.unwrap_or_default(), 32).ok_or("is no range of IPv4")?;
            address.parse::<Ipv4Addr>().map_err(|_| "is no range of IPv4")?;
            Ok(Mechanism::Ip4(length))
        }
        "ip6" => {
            let (address, length) = range(value.unwrap_or_default(), 128).ok_or("is no range of IPv6")?;
            address.parse::<Ipv6Addr>().map_err(|_| "is no range of IPv6")?;
            Ok(Mechanism::Ip6(length))
        }
        _ => Err("is no term of SPF"),
    }
}

/// `ADDRESS` or `ADDRESS/LENGTH`.
fn range(text: &str, most: u8) -> Option<(&str, u8)> {
    match text.split_once('/') {
        None => Some((text, most)),
        Some((address, length)) => Some((address, prefix(length, most)?)),
    }
}

/// Digits without a zero before them.
fn prefix(text: &str, most: u8) -> Option<u8> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|length| digits && *length <= most)
}

/// `[":" domain-spec] ["/" LENGTH] ["//" LENGTH]`.
fn domain_and_range(rest: &str) -> Result<Option<Spec>, &'static str> {
    let (domain, lengths) = match rest.strip_prefix(':') {
        None => (None, rest),
        Some(after) => {
            // A macro may hold a slash between its braces; names do not.
            let end = after.rfind('}').unwrap_or(0);
            let slash = after.get(end..).and_then(|tail| tail.find('/')).map(|at| at + end);
            let (domain, lengths) =
                after.split_at_checked(slash.unwrap_or(after.len())).unwrap_or((after, ""));
            (Some(spec(domain).ok_or("names no domain")?), lengths)
        }
    };
    let (four, six) = match lengths.split_once("//") {
        Some((four, six)) => (four, Some(six)),
        None => (lengths, None),
    };
    let four = match four {
        "" => true,
        four => four.strip_prefix('/').and_then(|length| prefix(length, 32)).is_some(),
    };
    let six = six.is_none_or(|length| prefix(length, 128).is_some());
    if four && six { Ok(domain) } else { Err("has no length of a range from 0 to 32, or to 128 for IPv6") }
}

fn spec(text: &str) -> Option<Spec> {
    if text.contains('%') {
        let graphic = text.bytes().all(|byte| byte.is_ascii_graphic());
        return graphic.then(|| Spec::Macro(short(text)));
    }
    let name = text.strip_suffix('.').unwrap_or(text);
    let labels = name.split('.').all(|label| (1..=63).contains(&label.len()));
    // A toplabel has a letter, or is an A-label: it is no number (7.1).
    let top = name.rsplit('.').next().unwrap_or_default();
    let fits = labels
        && name.len() <= 253
        && name.contains('.')
        && name.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'/' | b':' | b'=' | b'@'))
        && !top.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| Spec::Name(name.to_ascii_lowercase()))
}

/// `name` of a modifier (12): a letter, then letters, digits, `-`, `_` and `.`.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn terms_of_the_rfc() {
        let name = |name: &str| Spec::Name(name.into());
        let all = read(
            "v=spf1 a mx:deferrals.domain.example/24 include:Example.com. ip4:192.0.2.0/24 ip6:2001:db8::/32 exists:%{ir}.sbl.example.org ptr a//64 a:x.example/24//64 ~all",
        );
        use Mechanism::*;
        let all: Vec<_> = all.expect("a record").mechanisms.into_iter().map(|(_, one)| one).collect();
        assert_eq!(
            all,
            [
                A(None),
                Mx(Some(name("deferrals.domain.example"))),
                Include(name("example.com")),
                Ip4(24),
                Ip6(32),
                Exists(Spec::Macro("%{ir}.sbl.example.org".into())),
                Ptr,
                A(None),
                A(Some(name("x.example"))),
                All,
            ]
        );
        let redirect =
            read("v=spf1 redirect=_spf.example.com exp=explain._spf.%{d} unknown=x").expect("a record");
        assert_eq!((redirect.mechanisms.len(), redirect.redirect), (0, Some(name("_spf.example.com"))));
        assert_eq!(read("v=spf1").expect("a record"), Record::default());
        assert_eq!(read("V=SPF1 -ALL").expect("a record").mechanisms, [(SpfQualifier::Fail, All)]);
    }

    #[test]
    fn what_keeps_no_grammar() {
        for wrong in [
            "ip4:192.0.2",
            "ip4:192.0.2.0/33",
            "ip4:192.0.2.0/024",
            "ip6:1.2.3.4",
            "ip4",
            "include",
            "include:",
            "include:localhost",
            "exists:",
            "a:",
            "a/33",
            "mx//129",
            "all:x",
            "-",
            "al",
            "a:x.example/",
            "+ all",
            "redirect=",
            "redirect=a.example redirect=a.example",
            "include:192.0.2.1",
            "spf2.0",
        ] {
            assert!(read(&format!("v=spf1 {wrong}")).is_err(), "{wrong}");
        }
    }

    #[test]
    fn other_records_are_none() {
        assert!(is_ours("v=spf1") && is_ours("V=spf1 a"));
        for other in ["v=spf10", "v=spf1a", " v=spf1", "spf1", "v=spf", "v=spf1\ta", "vüspf1 a"] {
            assert!(!is_ours(other), "{other}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "(v=spf1 )?([-+~?]?(a|mx|ip4|ip6|include|exists|ptr|all|redirect)[:=/]?.{0,12} ){0,4}.{0,40}") {
            let _ = (is_ours(&text), read(&text));
        }
    }
}
