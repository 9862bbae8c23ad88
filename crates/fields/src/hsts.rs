//! `Strict-Transport-Security` (RFC 6797).

use crate::syntax::{is_token, split_outside_quotes, token_or_quoted, trim};

/// Seconds of the max-age that hstspreload.org asks for at least: a year.
pub const PRELOAD_MIN_AGE: u64 = 31_536_000;

/// A policy that a browser takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hsts {
    /// Seconds that it holds from the last answer that carried it; 0 takes an earlier policy back. What is
    /// too large for the type counts as the largest.
    pub max_age: u64,
    /// It holds for every name below the host too.
    pub include_sub_domains: bool,
    /// The site agrees to be put on the browsers' preload list (hstspreload.org; unknown to the RFC).
    pub preload: bool,
}

/// Why a browser ignores the field (6.1: whatever does not conform is ignored as a whole).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HstsFault {
    /// `max-age` is missing.
    NoMaxAge,
    /// The value of `max-age` is no number of seconds.
    BadMaxAge(String),
    /// A directive stands more than once.
    Duplicate(String),
    /// `includeSubDomains` takes no value.
    ValueNotAllowed(String),
    /// A part that is no directive.
    Syntax(String),
}

impl std::fmt::Display for HstsFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            HstsFault::NoMaxAge => write!(f, "max-age is missing"),
            HstsFault::BadMaxAge(value) => write!(f, "max-age={value} is no number of seconds"),
            HstsFault::Duplicate(name) => write!(f, "{name} stands more than once"),
            HstsFault::ValueNotAllowed(name) => write!(f, "{name} takes no value"),
            HstsFault::Syntax(part) => write!(f, "{part:?} is no directive"),
        }
    }
}

/// Parses one field value. Directive names are known without regard to case, values may be quoted, unknown
/// directives are passed over, and all faults are listed in the order met.
pub fn parse(value: &str) -> Result<Hsts, Vec<HstsFault>> {
    let mut policy = Hsts::default();
    let mut max_age = None;
    let mut met: Vec<String> = Vec::new();
    let mut faults = Vec::new();
    for part in split_outside_quotes(value, b';') {
        let part = trim(part);
        if part.is_empty() {
            continue;
        }
        let (name, argument) = match part.split_once('=') {
            Some((name, argument)) => (trim(name), Some(trim(argument))),
            None => (part, None),
        };
        let argument_value = argument.map(token_or_quoted);
        if !is_token(name) {
            faults.push(HstsFault::Syntax(part.to_owned()));
            continue;
        }
        let lower = name.to_ascii_lowercase();
        if met.contains(&lower) {
            faults.push(HstsFault::Duplicate(name.to_owned()));
            continue;
        }
        match (lower.as_str(), argument_value) {
            ("max-age", Some(Some(seconds))) if is_digits(&seconds) => {
                max_age = Some(seconds.parse().unwrap_or(u64::MAX));
            }
            ("max-age", _) => {
                faults.push(HstsFault::BadMaxAge(argument.unwrap_or_default().to_owned()));
            }
            ("includesubdomains", None) => policy.include_sub_domains = true,
            ("includesubdomains", Some(_)) => faults.push(HstsFault::ValueNotAllowed(name.to_owned())),
            ("preload", _) => policy.preload = true,
            (_, Some(None)) => faults.push(HstsFault::Syntax(part.to_owned())),
            _ => {}
        }
        met.push(lower);
    }
    match max_age {
        Some(seconds) => policy.max_age = seconds,
        None if met.iter().any(|name| name == "max-age") => {}
        None => faults.push(HstsFault::NoMaxAge),
    }
    if faults.is_empty() { Ok(policy) } else { Err(faults) }
}

/// What a browser takes from the fields of one answer: the first alone counts (8.1). `None` where there is
/// no such field.
pub fn from_header<'a>(values: impl IntoIterator<Item = &'a str>) -> Option<Result<Hsts, Vec<HstsFault>>> {
    values.into_iter().next().map(parse)
}

/// What hstspreload.org asks for and the header does not give. The redirects and the names below the host
/// are for others to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreloadGap {
    /// max-age is below [`PRELOAD_MIN_AGE`].
    ShortMaxAge,
    /// includeSubDomains is missing.
    NoIncludeSubDomains,
    /// preload is missing.
    NoPreload,
}

impl Hsts {
    /// What is missing for the preload list.
    pub fn preload_gaps(&self) -> Vec<PreloadGap> {
        [
            (self.max_age < PRELOAD_MIN_AGE, PreloadGap::ShortMaxAge),
            (!self.include_sub_domains, PreloadGap::NoIncludeSubDomains),
            (!self.preload, PreloadGap::NoPreload),
        ]
        .into_iter()
        .filter_map(|(missing, gap)| missing.then_some(gap))
        .collect()
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_forms_of_the_rfc_are_read() {
        for value in [
            "max-age=31536000; includeSubDomains",
            "MAX-AGE=\"31536000\" ; includesubdomains",
            ";; includeSubDomains ;max-age = 31536000;;unknown; other=\"a;b\"",
        ] {
            let read = parse(value).expect(value);
            assert_eq!((read.max_age, read.include_sub_domains, read.preload), (31_536_000, true, false));
        }
        assert_eq!(parse("max-age=99999999999999999999999").map(|read| read.max_age), Ok(u64::MAX));
        assert_eq!(parse("max-age=0").map(|read| read.max_age), Ok(0));
    }

    #[test]
    fn faults_are_named() {
        let duplicate = |name: &str| vec![HstsFault::Duplicate(name.to_owned())];
        assert_eq!(parse("max-age=1; max-age=2"), Err(duplicate("max-age")));
        assert_eq!(parse("max-age=1; x; X"), Err(duplicate("X")));
        assert_eq!(parse("includeSubDomains"), Err(vec![HstsFault::NoMaxAge]));
        assert_eq!(parse(""), Err(vec![HstsFault::NoMaxAge]));
        assert_eq!(parse("max-age=-1"), Err(vec![HstsFault::BadMaxAge("-1".into())]));
        assert_eq!(parse("max-age"), Err(vec![HstsFault::BadMaxAge(String::new())]));
        assert_eq!(
            parse("max-age=1; includeSubDomains=yes"),
            Err(vec![HstsFault::ValueNotAllowed("includeSubDomains".into())])
        );
        // A comma where a semicolon belongs: a mistake that is often met.
        assert!(parse("max-age=31536000, includeSubDomains").is_err());
    }

    #[test]
    fn the_first_field_counts() {
        assert_eq!(from_header([]), None);
        assert_eq!(
            from_header(["max-age=1", "max-age=2"]).map(|read| read.map(|hsts| hsts.max_age)),
            Some(Ok(1))
        );
        assert!(from_header(["bad", "max-age=2"]).is_some_and(|read| read.is_err()));
    }

    #[test]
    fn the_preload_list_asks_for_three_things() {
        let gaps = |value| parse(value).expect(value).preload_gaps();
        assert_eq!(gaps("max-age=31536000; includeSubDomains; preload"), []);
        assert_eq!(
            gaps("max-age=31535999"),
            [PreloadGap::ShortMaxAge, PreloadGap::NoIncludeSubDomains, PreloadGap::NoPreload]
        );
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in ".*") {
            let _ = parse(&text);
        }

        #[test]
        fn what_is_written_is_read(max_age: u64, subs: bool, preload: bool) {
            let mut value = format!("max-age={max_age}");
            if subs { value.push_str("; includeSubDomains") }
            if preload { value.push_str("; preload") }
            prop_assert_eq!(parse(&value), Ok(Hsts { max_age, include_sub_domains: subs, preload }));
        }
    }
}
