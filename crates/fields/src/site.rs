//! Which hosts belong together.

use std::net::IpAddr;

/// The registrable domain of a host by the public suffix list: `shop.example` for `www.shop.example`. `None`
/// for an address, for a public suffix itself and for a name of one label.
pub fn registrable_domain(host: &str) -> Option<&str> {
    if is_address(host) {
        return None;
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    psl::domain_str(host)
}

/// True where both hosts have the same registrable domain, or are the same host ("same site" of the HTML
/// standard, without regard to the scheme).
pub fn same_site(a: &str, b: &str) -> bool {
    let (a, b) = (normal(a), normal(b));
    a == b || registrable_domain(&a).is_some_and(|domain| registrable_domain(&b) == Some(domain))
}

/// True for a name under which anybody can register: cookies for it are refused.
pub fn is_public_suffix(host: &str) -> bool {
    let host = normal(host);
    !is_address(&host) && psl::suffix_str(&host) == Some(host.as_str())
}

/// True for a name that a registry runs, such as `com` and `co.uk`: the ICANN part of the public suffix list, without
/// the suffixes of companies, whose subdomains have one owner after all.
pub fn is_registry_suffix(host: &str) -> bool {
    let host = normal(host);
    psl::suffix(host.as_bytes())
        .is_some_and(|suffix| suffix.typ() == Some(psl::Type::Icann) && suffix.as_bytes() == host.as_bytes())
}

/// The name with `www.` taken away, or added where it is not there. `None` for an address, for a name of one
/// label, and where nothing but a public suffix would be left.
pub fn sibling(name: &str) -> Option<String> {
    if is_address(name) || !name.contains('.') {
        return None;
    }
    match name.strip_prefix("www.") {
        Some(bare) => registrable_domain(bare).map(|_| bare.to_owned()),
        None => registrable_domain(name).map(|_| format!("www.{name}")),
    }
}

/// True for an IPv4 or IPv6 address, with or without the brackets of a URL.
pub fn is_address(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    bare.parse::<IpAddr>().is_ok()
}

/// Lower case, without the dot of the root.
pub(crate) fn normal(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn registries_are_told_from_companies() {
        assert!(is_registry_suffix("com") && is_registry_suffix("co.uk") && is_registry_suffix("CO.UK."));
        for other in ["github.io", "shop.co.uk", "no-such-tld", "192.0.2.7", ""] {
            assert!(!is_registry_suffix(other), "{other}");
        }
    }

    #[test]
    fn the_suffix_list_draws_the_line() {
        assert_eq!(registrable_domain("www.shop.example"), Some("shop.example"));
        assert_eq!(registrable_domain("a.b.shop.co.uk"), Some("shop.co.uk"));
        assert_eq!(registrable_domain("co.uk"), None);
        assert_eq!(registrable_domain("localhost"), None);
        assert_eq!(registrable_domain("192.0.2.1"), None);
        assert_eq!(registrable_domain("[2001:db8::1]"), None);
        assert!(same_site("a.shop.example", "b.SHOP.example."));
        assert!(same_site("127.0.0.1", "127.0.0.1"));
        assert!(!same_site("a.github.io", "b.github.io"));
        assert!(!same_site("192.0.2.1", "198.51.100.1"));
        assert!(is_public_suffix("co.uk") && !is_public_suffix("shop.co.uk"));
    }

    #[test]
    fn siblings_have_www_or_not() {
        assert_eq!(sibling("shop.example").as_deref(), Some("www.shop.example"));
        assert_eq!(sibling("www.shop.example").as_deref(), Some("shop.example"));
        assert_eq!(sibling("localhost"), None);
        assert_eq!(sibling("127.0.0.1"), None);
        assert_eq!(sibling("www.co.uk"), None);
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(a in ".*", b in ".*") {
            prop_assert_eq!(same_site(&a, &b), same_site(&b, &a));
            prop_assert!(same_site(&a, &a));
            let _ = (is_public_suffix(&a), sibling(&a), registrable_domain(&b));
        }

        #[test]
        fn the_sibling_of_the_sibling_is_the_name(name in "[a-v]{1,8}\\.[a-z]{1,8}\\.example") {
            let sibling_name = sibling(&name).expect("a name with a registrable domain");
            prop_assert_eq!(sibling(&sibling_name), Some(name));
        }
    }
}
