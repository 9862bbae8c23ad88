//! Mixed content: what an https page asks for over plain http, and what browsers do about it (W3C Mixed
//! Content, Level 2, with Upgrade Insecure Requests).

use midwatch_model::ReferenceKind;
use url::{Host, Url};

use crate::csp::{self, Policy};

/// What browsers do with a reference of an https page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mixed {
    /// It is no mixed content: the page or the reference is not plain http, or stays on the visitor's own
    /// computer.
    No,
    /// It leads to plain http, but fetches nothing into the page: a link, a canonical address, a refresh.
    Navigation,
    /// The page's policy sends it to https instead.
    Upgraded,
    /// The page's policy forbids it.
    Stopped,
    /// Browsers try https instead and show nothing if that fails (images, audio, video); older ones fetch it
    /// over plain http.
    Upgradeable,
    /// Browsers refuse it; old ones, and programs that are no browsers, fetch it over plain http.
    Blockable,
}

/// What browsers do with a reference from `page` to `to`. `by` is the element and attribute as
/// [`midwatch_model::Reference::by`] has it; `policies` are those of the page, from header and meta.
pub fn classify(kind: ReferenceKind, by: &str, page: &Url, to: &Url, policies: &[Policy]) -> Mixed {
    if page.scheme() != "https" || !matches!(to.scheme(), "http" | "ws") || is_on_this_computer(to) {
        return Mixed::No;
    }
    let upgrade = csp::upgrades_insecure_requests(policies);
    let element = by.split([' ', '[']).next().unwrap_or_default();
    match kind {
        // Links are upgraded to the page's own host alone.
        ReferenceKind::Link if upgrade && page.host() == to.host() => return Mixed::Upgraded,
        ReferenceKind::Link | ReferenceKind::Canonical | ReferenceKind::Refresh => return Mixed::Navigation,
        ReferenceKind::Other if by.contains("preconnect") || by.contains("dns-prefetch") => {
            return Mixed::Navigation;
        }
        _ => {}
    }
    if upgrade {
        return Mixed::Upgraded;
    }
    let may_upgrade = match kind {
        ReferenceKind::Image | ReferenceKind::Icon => true,
        // A text track's destination is `track`, which is not among those that are upgraded.
        ReferenceKind::Media => element != "track",
        _ => false,
    };
    // An address has no https of its own to go to (4.1), and so is blocked.
    if may_upgrade && matches!(to.host(), Some(Host::Domain(_))) {
        if csp::blocks_all_mixed_content(policies) { Mixed::Stopped } else { Mixed::Upgradeable }
    } else if csp::blocks_all_mixed_content(policies)
        || (kind == ReferenceKind::Script && csp::stops_plain_scripts(policies))
    {
        Mixed::Stopped
    } else {
        Mixed::Blockable
    }
}

/// True for `localhost`, the names below it, 127.0.0.0/8 and ::1, which are potentially trustworthy whatever
/// the scheme (W3C Secure Contexts, 3.1).
pub fn is_on_this_computer(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = crate::site::normal(name);
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a test's own URL")
    }

    fn with_policy(kind: ReferenceKind, by: &str, to: &str, policy: &str) -> Mixed {
        classify(kind, by, &url("https://shop.example/"), &url(to), &csp::from_header([policy]))
    }

    const HTTP: &str = "http://shop.example/x";

    #[test]
    fn kinds_are_told_apart() {
        use ReferenceKind::*;
        for (kind, by, expected) in [
            (Script, "script src", Mixed::Blockable),
            (Style, "link rel=stylesheet", Mixed::Blockable),
            (Font, "style url()", Mixed::Blockable),
            (Frame, "iframe src", Mixed::Blockable),
            (Image, "img src", Mixed::Upgradeable),
            (ImageSet, "img srcset", Mixed::Blockable),
            (Media, "video src", Mixed::Upgradeable),
            (Media, "track src", Mixed::Blockable),
            (Object, "embed src", Mixed::Blockable),
            (Link, "a href", Mixed::Navigation),
            (Canonical, "link rel=canonical", Mixed::Navigation),
            (Other, "link rel=preconnect", Mixed::Navigation),
            (Other, "a ping", Mixed::Blockable),
        ] {
            assert_eq!(with_policy(kind, by, HTTP, ""), expected, "{by}");
        }
        assert_eq!(with_policy(Image, "img src", "http://192.0.2.1/x", ""), Mixed::Blockable);
    }

    #[test]
    fn what_is_not_plain_is_not_mixed() {
        for to in
            ["https://shop.example/x", "http://localhost/x", "http://127.9.9.9/", "http://[::1]/", "data:,x"]
        {
            assert_eq!(with_policy(ReferenceKind::Script, "script src", to, ""), Mixed::No, "{to}");
        }
        let plain_page = classify(ReferenceKind::Script, "script src", &url(HTTP), &url(HTTP), &[]);
        assert_eq!(plain_page, Mixed::No);
    }

    #[test]
    fn policies_are_honoured() {
        use ReferenceKind::*;
        let upgrade = "upgrade-insecure-requests";
        assert_eq!(with_policy(Script, "script src", "http://cdn.example/x", upgrade), Mixed::Upgraded);
        assert_eq!(with_policy(Link, "a href", HTTP, upgrade), Mixed::Upgraded);
        assert_eq!(with_policy(Link, "a href", "http://other.example/", upgrade), Mixed::Navigation);
        assert_eq!(with_policy(Image, "img src", HTTP, "block-all-mixed-content"), Mixed::Stopped);
        assert_eq!(with_policy(Script, "script src", HTTP, "script-src 'self'"), Mixed::Stopped);
        assert_eq!(with_policy(Script, "script src", HTTP, "script-src http:"), Mixed::Blockable);
    }
}
