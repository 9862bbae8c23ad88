//! What a browser keeps, and to which URLs it sends it (RFC 6265bis, 5.1.3, 5.1.4, 5.7 and 5.8).

use url::Url;

use super::{PrefixFault, SameSite, SetCookie};
use crate::site;

/// A cookie as a browser would keep it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCookie {
    /// The cookie as it was set.
    pub cookie: SetCookie,
    /// The host or domain that it belongs to.
    pub domain: String,
    /// It belongs to that host alone; else to every name below it too.
    pub host_only: bool,
    /// The path that it belongs to.
    pub path: String,
}

/// Why a browser does not keep a cookie that it could read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// Its Domain is a public suffix, under which anybody can register.
    PublicSuffix,
    /// Its Domain is not the host that sets it, nor a parent of it.
    ForeignDomain,
    /// It is Secure, and was set over plain http.
    SecureOverPlain,
    /// SameSite=None without Secure.
    NoneWithoutSecure,
    /// It breaks the rules of its prefix.
    Prefix(Vec<PrefixFault>),
    /// The URL has no host.
    NoHost,
}

impl SetCookie {
    /// What a browser keeps of it when an answer from `url` sets it.
    pub fn store(&self, url: &Url) -> Result<StoredCookie, Rejected> {
        let host = site::normal(url.host_str().ok_or(Rejected::NoHost)?);
        let (domain, host_only) = match &self.domain {
            None => (host, true),
            // A name that is itself a public suffix may set cookies for itself alone.
            Some(domain) if site::is_public_suffix(domain) && *domain == host => (host, true),
            Some(domain) if site::is_public_suffix(domain) => return Err(Rejected::PublicSuffix),
            Some(domain) if domain_match(&host, domain) => (domain.clone(), false),
            Some(_) => return Err(Rejected::ForeignDomain),
        };
        if self.secure && !is_secure(url) {
            return Err(Rejected::SecureOverPlain);
        }
        if self.same_site == SameSite::None && !self.secure {
            return Err(Rejected::NoneWithoutSecure);
        }
        let faults = self.prefix_faults();
        if !faults.is_empty() {
            return Err(Rejected::Prefix(faults));
        }
        let path = self.path.clone().unwrap_or_else(|| default_path(url.path()).to_owned());
        Ok(StoredCookie { cookie: self.clone(), domain, host_only, path })
    }
}

impl StoredCookie {
    /// Whether a browser would send it with a visit to `url` (5.8.3), SameSite and age aside. Ports make no
    /// difference: cookies know none.
    pub fn goes_to(&self, url: &Url) -> bool {
        let Some(host) = url.host_str().map(site::normal) else { return false };
        let host_fits = if self.host_only { host == self.domain } else { domain_match(&host, &self.domain) };
        host_fits
            && matches!(url.scheme(), "http" | "https" | "ws" | "wss")
            && path_match(url.path(), &self.path)
            && (!self.cookie.secure || is_secure(url))
    }
}

fn is_secure(url: &Url) -> bool {
    matches!(url.scheme(), "https" | "wss")
}

/// True where `host` is `domain` or a name below it (5.1.3). Both in lower case.
pub fn domain_match(host: &str, domain: &str) -> bool {
    host == domain
        || (!site::is_address(host)
            && host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.') && !domain.is_empty()))
}

/// The path that a cookie without a Path belongs to (5.1.4): up to the last slash, which is left out.
pub fn default_path(path: &str) -> &str {
    match path.rfind('/') {
        Some(last) if last > 0 && path.starts_with('/') => path.get(..last).unwrap_or("/"),
        _ => "/",
    }
}

/// True where a cookie of `cookie_path` is sent with a request for `path` (5.1.4).
pub fn path_match(path: &str, cookie_path: &str) -> bool {
    let path = if path.is_empty() { "/" } else { path };
    path.strip_prefix(cookie_path)
        .is_some_and(|rest| rest.is_empty() || cookie_path.ends_with('/') || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::parse;
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a test's own URL")
    }

    fn store(field: &str, from: &str) -> Result<StoredCookie, Rejected> {
        parse(field).expect("a cookie").store(&url(from))
    }

    #[test]
    fn a_bare_cookie_goes_to_plain_http() {
        let cookie = store("sid=1; Path=/", "https://shop.example/login").expect("kept");
        assert!(cookie.goes_to(&url("http://shop.example/cart")));
        assert!(cookie.goes_to(&url("http://shop.example:8080/")));
        assert!(!cookie.goes_to(&url("http://www.shop.example/")));
        assert!(!cookie.goes_to(&url("http://notshop.example/")));
    }

    #[test]
    fn a_secure_cookie_does_not() {
        let cookie = store("sid=1; Path=/; Secure", "https://shop.example/").expect("kept");
        assert!(!cookie.goes_to(&url("http://shop.example/")));
        assert!(cookie.goes_to(&url("https://shop.example/x")));
    }

    #[test]
    fn a_domain_opens_it_to_the_names_below() {
        let cookie = store("sid=1; Domain=shop.example", "https://www.shop.example/a/b").expect("kept");
        assert!(cookie.goes_to(&url("http://other.shop.example/a")));
        assert!(!cookie.goes_to(&url("http://other.shop.example/b")), "the default path is /a");
        assert_eq!(store("a=b; Domain=co.uk", "https://shop.co.uk/"), Err(Rejected::PublicSuffix));
        assert_eq!(store("a=b; Domain=other.example", "https://shop.example/"), Err(Rejected::ForeignDomain));
        assert_eq!(
            store("a=b; Domain=www.shop.example", "https://shop.example/"),
            Err(Rejected::ForeignDomain)
        );
    }

    #[test]
    fn what_browsers_refuse_is_refused() {
        assert_eq!(store("a=b; Secure", "http://shop.example/"), Err(Rejected::SecureOverPlain));
        assert_eq!(store("a=b; SameSite=None", "https://shop.example/"), Err(Rejected::NoneWithoutSecure));
        assert_eq!(
            store("__Host-a=b; Secure", "https://shop.example/"),
            Err(Rejected::Prefix(vec![PrefixFault::PathNotRoot]))
        );
    }

    #[test]
    fn paths_match_at_slashes() {
        for (path, cookie_path, matches) in [
            ("/a/b", "/a", true),
            ("/a/b", "/a/", true),
            ("/ab", "/a", false),
            ("/a", "/a/", false),
            ("/a", "/a", true),
            ("/", "/", true),
            ("", "/", true),
        ] {
            assert_eq!(path_match(path, cookie_path), matches, "{path} {cookie_path}");
        }
        for (path, default) in
            [("/", "/"), ("/a", "/"), ("/a/", "/a"), ("/a/b", "/a"), ("", "/"), ("x/y", "/")]
        {
            assert_eq!(default_path(path), default, "{path}");
        }
    }

    proptest! {
        #[test]
        fn a_cookie_goes_back_to_where_it_came_from(path in "(/[a-z]{0,3}){1,4}") {
            let from = url(&format!("https://www.shop.example{path}"));
            let cookie = parse("a=b").expect("a cookie").store(&from).expect("kept");
            prop_assert!(cookie.goes_to(&from));
        }

        #[test]
        fn no_text_breaks_it(host in ".*", domain in ".*", path in ".*", cookie_path in ".*") {
            let _ = domain_match(&host, &domain);
            let _ = path_match(&path, &cookie_path);
            let _ = default_path(&path);
        }
    }
}
