//! From where a request comes, as browsers say it (Fetch Metadata; the `Origin` header).

use http::{HeaderMap, Method};

/// Whether a method changes nothing: RFC 9110, section 9.2.1.
pub fn is_safe(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS].contains(method)
}

/// Whether a request of a browser may come from where it does.
///
/// - What changes something comes from a page of this origin. Browsers say so by `Sec-Fetch-Site`, and older ones by
///   `Origin`; a request that says neither is refused.
/// - What reads may come from everywhere when somebody follows a link; else (pictures, scripts, frames, `fetch`) from this
///   origin alone.
pub fn may_come(method: &Method, headers: &HeaderMap, origin: &str) -> bool {
    let text = |name: &str| {
        let mut values = headers.get_all(name).iter();
        let first = values.next().map(|value| value.to_str().unwrap_or("?"));
        // Twice is no browser's.
        if values.next().is_some() { Some("?") } else { first }
    };
    let (site, sent) = (text("sec-fetch-site"), text("origin"));
    // Under `Referrer-Policy: no-referrer`, which our pages have, browsers write `null` for forms of our own too (Fetch,
    // "append a request Origin header"); then `Sec-Fetch-Site` alone tells.
    let is_hidden = sent == Some("null") && site == Some("same-origin");
    if sent.is_some_and(|sent| sent != origin) && !is_hidden {
        return false;
    }
    match site {
        Some("same-origin") => true,
        // Typed, or from a bookmark.
        Some("none") => is_safe(method),
        Some(_) => {
            is_safe(method)
                && text("sec-fetch-mode") == Some("navigate")
                && text("sec-fetch-dest").is_none_or(|dest| dest == "document")
        }
        None => is_safe(method) || sent.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(method: Method, lines: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().expect("a value"));
        }
        may_come(&method, &headers, "https://watch.example")
    }

    #[test]
    fn changes_come_from_our_own_pages() {
        let (site, origin) = ("sec-fetch-site", "origin");
        assert!(may(Method::POST, &[(site, "same-origin")]));
        assert!(may(Method::POST, &[(site, "same-origin"), (origin, "https://watch.example")]));
        assert!(may(Method::POST, &[(origin, "https://watch.example")]), "an old browser");
        assert!(may(Method::POST, &[(site, "same-origin"), (origin, "null")]), "without a referrer");
        for refused in [
            &[][..],
            &[(site, "cross-site")],
            &[(site, "same-site")],
            &[(site, "none")],
            &[(origin, "null")],
            &[(site, "cross-site"), (origin, "null")],
            &[(origin, "https://evil.example")],
            &[(origin, "http://watch.example")],
            &[(origin, "https://watch.example:8443")],
            &[(site, "same-origin"), (origin, "https://evil.example")],
            &[(site, "same-origin"), (site, "cross-site")],
        ] {
            assert!(!may(Method::POST, refused), "{refused:?}");
            assert!(!may(Method::DELETE, refused), "{refused:?}");
        }
    }

    #[test]
    fn links_lead_here_and_nothing_else_does() {
        let (site, mode, dest) = ("sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest");
        assert!(may(Method::GET, &[]), "no browser, or an old one");
        assert!(may(Method::GET, &[(site, "none"), (mode, "navigate")]));
        assert!(may(Method::GET, &[(site, "cross-site"), (mode, "navigate"), (dest, "document")]));
        assert!(!may(Method::GET, &[(site, "cross-site"), (mode, "navigate"), (dest, "iframe")]));
        assert!(!may(Method::GET, &[(site, "cross-site"), (mode, "no-cors"), (dest, "image")]));
        assert!(!may(Method::GET, &[(site, "same-site"), (mode, "cors")]));
    }
}
