//! What belongs to the site, and where the same page is over the other scheme.

use midwatch_fields::site::same_site;
use midwatch_model::Host;
use url::Url;

/// The site that is looked at.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    host: String,
    https_port: u16,
    http_port: u16,
}

impl Scope {
    pub(super) fn new(host: &Host, https_port: u16, http_port: u16) -> Self {
        Scope { host: host.to_string(), https_port, http_port }
    }

    /// True where the URL's host belongs to the same site, on a port where the site is.
    pub(super) fn holds(&self, url: &Url) -> bool {
        let port = url.port_or_known_default();
        let known_port = match url.scheme() {
            "https" => port == Some(self.https_port) || port == Some(443),
            "http" => port == Some(self.http_port) || port == Some(80),
            _ => false,
        };
        known_port && url.host_str().is_some_and(|host| same_site(host, &self.host))
    }

    /// The same page over https.
    pub(super) fn secure(&self, url: &Url) -> Option<Url> {
        self.other(url, "https", self.http_port, self.https_port)
    }

    /// The same page over plain http.
    pub(super) fn plain(&self, url: &Url) -> Option<Url> {
        self.other(url, "http", self.https_port, self.http_port)
    }

    fn other(&self, url: &Url, scheme: &str, from: u16, to: u16) -> Option<Url> {
        if url.scheme() == scheme {
            return Some(url.clone());
        }
        let on_site_port = url.port_or_known_default() == Some(from);
        let mut other = url.clone();
        other.set_scheme(scheme).ok()?;
        other.set_port(if on_site_port { Some(to) } else { None }).ok()?;
        Some(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().expect("a URL")
    }

    #[test]
    fn ports_follow_the_scheme() {
        let scope = Scope::new(&Host::Name("shop.example".into()), 8443, 8080);
        let there = |text: &str| scope.secure(&url(text)).map(String::from);
        assert_eq!(there("http://shop.example:8080/a?b"), Some("https://shop.example:8443/a?b".into()));
        assert_eq!(there("http://shop.example/a"), Some("https://shop.example/a".into()));
        let back = |text: &str| scope.plain(&url(text)).map(String::from);
        assert_eq!(back("https://shop.example:8443/a"), Some("http://shop.example:8080/a".into()));
        assert_eq!(back("https://shop.example/a"), Some("http://shop.example/a".into()));
    }

    #[test]
    fn the_site_is_the_registrable_domain() {
        let scope = Scope::new(&Host::Name("www.shop.example".into()), 443, 80);
        for (inside, text) in [
            (true, "https://shop.example/"),
            (true, "http://blog.shop.example/"),
            (false, "https://shop.example:8443/"),
            (false, "https://cdn.example/"),
            (false, "ftp://shop.example/"),
        ] {
            assert_eq!(scope.holds(&url(text)), inside, "{text}");
        }
    }
}
