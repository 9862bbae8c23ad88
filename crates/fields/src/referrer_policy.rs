//! `Referrer-Policy` (W3C Referrer Policy): how much of a page's address goes with its requests.

/// A policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ReferrerPolicy {
    /// Nothing is sent.
    NoReferrer,
    /// The whole URL, but nothing from https to http.
    NoReferrerWhenDowngrade,
    /// The whole URL to the same origin alone.
    SameOrigin,
    /// The origin, also from https to http.
    Origin,
    /// The origin, but nothing from https to http.
    StrictOrigin,
    /// The whole URL to the same origin, the origin elsewhere, also from https to http.
    OriginWhenCrossOrigin,
    /// The whole URL to the same origin, the origin elsewhere, nothing from https to http. The default.
    #[default]
    StrictOriginWhenCrossOrigin,
    /// The whole URL always.
    UnsafeUrl,
}

/// What a request from an https page to an http URL tells everybody on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlainLeak {
    /// Nothing of where it comes from.
    Nothing,
    /// The site's name.
    Origin,
    /// The whole address of the page, with what its query holds.
    WholeUrl,
}

impl ReferrerPolicy {
    /// The policy with this name, without regard to case.
    pub fn from_token(token: &str) -> Option<Self> {
        Some(match token.to_ascii_lowercase().as_str() {
            "no-referrer" => Self::NoReferrer,
            "no-referrer-when-downgrade" => Self::NoReferrerWhenDowngrade,
            "same-origin" => Self::SameOrigin,
            "origin" => Self::Origin,
            "strict-origin" => Self::StrictOrigin,
            "origin-when-cross-origin" => Self::OriginWhenCrossOrigin,
            "strict-origin-when-cross-origin" => Self::StrictOriginWhenCrossOrigin,
            "unsafe-url" => Self::UnsafeUrl,
            _ => return None,
        })
    }

    /// What goes along from an https page to an http URL.
    pub fn leak_to_plain(self) -> PlainLeak {
        match self {
            Self::UnsafeUrl => PlainLeak::WholeUrl,
            Self::Origin | Self::OriginWhenCrossOrigin => PlainLeak::Origin,
            _ => PlainLeak::Nothing,
        }
    }
}

/// The policy that header fields set: the last token that is known, over all fields in order (8.1).
pub fn from_header<'a>(values: impl IntoIterator<Item = &'a str>) -> Option<ReferrerPolicy> {
    values
        .into_iter()
        .flat_map(|value| value.split(','))
        .filter_map(|token| ReferrerPolicy::from_token(token.trim()))
        .last()
}

/// The policy that `meta name=referrer` sets; the HTML standard keeps four old spellings alive there.
pub fn from_meta(content: &str) -> Option<ReferrerPolicy> {
    let content = content.trim().to_ascii_lowercase();
    match content.as_str() {
        "never" => Some(ReferrerPolicy::NoReferrer),
        "default" => Some(ReferrerPolicy::default()),
        "always" => Some(ReferrerPolicy::UnsafeUrl),
        "origin-when-crossorigin" => Some(ReferrerPolicy::OriginWhenCrossOrigin),
        other => ReferrerPolicy::from_token(other),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_last_known_token_wins() {
        assert_eq!(from_header(["no-referrer, unsafe-url", "new-thing"]), Some(ReferrerPolicy::UnsafeUrl));
        assert_eq!(from_header(["unsafe-url", "Same-Origin"]), Some(ReferrerPolicy::SameOrigin));
        assert_eq!(from_header(["new-thing"]), None);
        assert_eq!(from_header([]), None);
        assert_eq!(from_meta(" Always "), Some(ReferrerPolicy::UnsafeUrl));
    }

    #[test]
    fn three_policies_leak_to_plain_http() {
        assert_eq!(ReferrerPolicy::UnsafeUrl.leak_to_plain(), PlainLeak::WholeUrl);
        assert_eq!(ReferrerPolicy::Origin.leak_to_plain(), PlainLeak::Origin);
        assert_eq!(ReferrerPolicy::NoReferrerWhenDowngrade.leak_to_plain(), PlainLeak::Nothing);
        assert_eq!(ReferrerPolicy::default().leak_to_plain(), PlainLeak::Nothing);
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in ".*") {
            let _ = (from_header([text.as_str()]), from_meta(&text));
        }
    }
}
