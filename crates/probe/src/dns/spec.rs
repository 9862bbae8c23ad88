//! Which resolver to ask.

use std::net::{IpAddr, SocketAddr};

use url::Url;

/// A resolver that the user chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResolverSpec {
    /// Plain DNS over UDP and TCP.
    Plain(SocketAddr),
    /// DNS over TLS (RFC 7858); the certificate has to hold `name`, or the address where there is none.
    Tls {
        /// Where.
        address: SocketAddr,
        /// The name in the certificate.
        name: Option<String>,
    },
    /// DNS over HTTPS (RFC 8484).
    Https(Url),
}

impl std::fmt::Display for ResolverSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ResolverSpec::Plain(address) => write!(f, "{address}"),
            ResolverSpec::Tls { address, name: None } => write!(f, "tls://{address}"),
            ResolverSpec::Tls { address, name: Some(name) } => write!(f, "tls://{address}#{name}"),
            ResolverSpec::Https(url) => write!(f, "{url}"),
        }
    }
}

impl std::str::FromStr for ResolverSpec {
    type Err = String;

    /// `ADDRESS[:PORT]`, `tls://ADDRESS[:PORT][#NAME]` or `https://HOST[:PORT]/PATH`.
    fn from_str(text: &str) -> Result<Self, String> {
        let form = || {
            format!(
                "'{text}': ADDRESS[:PORT], tls://ADDRESS[:PORT][#NAME] or https://HOST/dns-query is wanted, for \
                 example 127.0.0.1:5353"
            )
        };
        if text.starts_with("https://") {
            let url = Url::parse(text).map_err(|_| form())?;
            if !url.username().is_empty() || url.password().is_some() || url.host().is_none() {
                return Err("a user name or password is never sent; leave it out of --resolver".into());
            }
            return Ok(ResolverSpec::Https(url));
        }
        if let Some(rest) = text.strip_prefix("tls://") {
            let (at, name) = match rest.split_once('#') {
                Some((at, name)) if !name.is_empty() => (at, Some(name.to_ascii_lowercase())),
                Some(_) => return Err(form()),
                None => (rest, None),
            };
            return Ok(ResolverSpec::Tls { address: address(at, 853).ok_or_else(form)?, name });
        }
        address(text, 53).map(ResolverSpec::Plain).ok_or_else(form)
    }
}

fn address(text: &str, port: u16) -> Option<SocketAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        for (text, same) in [
            ("127.0.0.1", "127.0.0.1:53"),
            ("127.0.0.1:5353", "127.0.0.1:5353"),
            ("::1", "[::1]:53"),
            ("[::1]", "[::1]:53"),
            ("tls://192.0.2.1", "tls://192.0.2.1:853"),
            ("tls://192.0.2.1:8853#Dns.Example", "tls://192.0.2.1:8853#dns.example"),
            ("https://dns.example/dns-query", "https://dns.example/dns-query"),
        ] {
            assert_eq!(text.parse::<ResolverSpec>().map(|spec| spec.to_string()), Ok(same.to_owned()));
        }
        for wrong in
            ["", "dns.example", "tls://dns.example", "tls://192.0.2.1#", "http://a/", "https://a:b@c/"]
        {
            assert!(wrong.parse::<ResolverSpec>().is_err(), "{wrong}");
        }
    }
}
