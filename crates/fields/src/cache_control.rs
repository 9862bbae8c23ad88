//! `Cache-Control` of responses (RFC 9111, 5.2.2).

use crate::syntax::{split_outside_quotes, token_or_quoted, trim};

/// The directives that decide who may keep a response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CacheControl {
    /// Nobody may keep it.
    pub no_store: bool,
    /// It may be kept and has to be asked about before each use.
    pub no_cache: bool,
    /// Only the visitor's own browser may keep it.
    pub private: bool,
    /// Shared caches may keep it, whatever else says no.
    pub public: bool,
    /// It may not be used once stale.
    pub must_revalidate: bool,
    /// Seconds that it is fresh.
    pub max_age: Option<u64>,
    /// Seconds that it is fresh in shared caches.
    pub s_maxage: Option<u64>,
}

impl CacheControl {
    /// True where a shared cache (a proxy on the way) may keep the response without an explicit word of the
    /// server against it (RFC 9111, 3).
    pub fn shared_cache_may_keep(&self) -> bool {
        !self.no_store && !self.private
    }
}

/// Reads all `Cache-Control` fields as one list. Names are compared without regard to case, `private` and
/// `no-cache` with field names (`private="set-cookie"`) limit only those fields and so do not count.
pub fn parse<'a>(values: impl IntoIterator<Item = &'a str>) -> CacheControl {
    let mut read = CacheControl::default();
    for part in values.into_iter().flat_map(|value| split_outside_quotes(value, b',')) {
        let (name, argument) = match part.split_once('=') {
            Some((name, argument)) => (trim(name), token_or_quoted(trim(argument))),
            None => (trim(part), None),
        };
        let plain = !part.contains('=');
        let seconds = || argument.as_deref().and_then(delta_seconds);
        match name.to_ascii_lowercase().as_str() {
            "no-store" => read.no_store = true,
            "no-cache" => read.no_cache |= plain,
            "private" => read.private |= plain,
            "public" => read.public = true,
            "must-revalidate" => read.must_revalidate = true,
            "max-age" => read.max_age = read.max_age.or_else(seconds),
            "s-maxage" => read.s_maxage = read.s_maxage.or_else(seconds),
            _ => {}
        }
    }
    read
}

/// Digits alone; what is too large counts as the largest (RFC 9111, 1.2.2).
fn delta_seconds(text: &str) -> Option<u64> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn directives_are_read_over_all_fields() {
        let read = parse(["No-Store, max-age=\"60\"", "private"]);
        assert!(read.no_store && read.private && !read.public);
        assert_eq!(read.max_age, Some(60));
        assert!(!read.shared_cache_may_keep());
        assert!(parse(["max-age=0, must-revalidate"]).shared_cache_may_keep());
    }

    #[test]
    fn names_have_boundaries() {
        let read =
            parse(["x-no-store, private=\"set-cookie, x\", max-age=-1, max-age=99999999999999999999999"]);
        assert!(!read.no_store && !read.private);
        assert_eq!(read.max_age, Some(u64::MAX));
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in ".*") {
            let _ = parse([text.as_str()]).shared_cache_may_keep();
        }
    }
}
