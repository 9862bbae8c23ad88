//! By which names the dashboard is asked. A page of somebody else, whose name comes to lead here (DNS rebinding), is
//! of another name, and gets nothing.

use std::net::{IpAddr, Ipv6Addr};

use http::Request;
use http::header::HOST;

/// Names and addresses by which the dashboard may be asked, in lower case, IPv6 without brackets.
#[derive(Clone, Debug)]
pub struct Names(Vec<String>);

impl Names {
    /// These, and no others.
    pub fn new(names: impl IntoIterator<Item = impl Into<String>>) -> Names {
        let bare = |name: String| match name.parse::<IpAddr>() {
            Ok(address) => address.to_string(),
            Err(_) => name.trim_end_matches('.').to_ascii_lowercase(),
        };
        Names(names.into_iter().map(|name| bare(name.into())).collect())
    }

    /// The names.
    pub fn all(&self) -> &[String] {
        &self.0
    }

    /// The host and, where one is named, the port, by which a request asks. Nothing where it names none or several, or
    /// one that is not listed.
    pub fn asked<B>(&self, request: &Request<B>) -> Option<Asked> {
        let mut fields = request.headers().get_all(HOST).iter();
        let field =
            fields.next().map(|value| value.to_str().ok()).map_or(Some(None), |text| text.map(Some))?;
        if fields.next().is_some() {
            return None;
        }
        // HTTP/2 has it in the target, and HTTP/1.1 may (RFC 9112, section 3.2.2). Where both are there they agree.
        let target = request.uri().authority().map(|authority| authority.as_str());
        let text = match (target, field) {
            (Some(target), Some(field)) if !target.eq_ignore_ascii_case(field) => return None,
            (Some(target), _) => target,
            (None, Some(field)) => field,
            (None, None) => return None,
        };
        Asked::read(text).filter(|asked| self.0.contains(&asked.name))
    }
}

/// A host, as a request names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// In lower case; IPv6 without brackets.
    pub name: String,
    /// Where one is named.
    pub port: Option<u16>,
}

impl Asked {
    fn read(text: &str) -> Option<Asked> {
        let (name, port) = if let Some(rest) = text.strip_prefix('[') {
            let (address, port) = rest.split_once(']')?;
            (
                address.parse::<Ipv6Addr>().ok()?.to_string(),
                port.strip_prefix(':').or(port.is_empty().then_some("")),
            )
        } else {
            let (name, port) =
                text.split_once(':').map_or((text, Some("")), |(name, port)| (name, Some(port)));
            (name.trim_end_matches('.').to_ascii_lowercase(), port)
        };
        let port = match port? {
            "" => None,
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(digits.parse().ok()?),
            _ => return None,
        };
        Some(Asked { name, port })
    }

    /// The origin of pages that were asked for in this way.
    pub fn origin(&self, is_tls: bool) -> String {
        let (scheme, usual) = if is_tls { ("https", 443) } else { ("http", 80) };
        let name = if self.name.contains(':') { format!("[{}]", self.name) } else { self.name.clone() };
        match self.port.filter(|port| *port != usual) {
            Some(port) => format!("{scheme}://{name}:{port}"),
            None => format!("{scheme}://{name}"),
        }
    }

    /// Whether it is an address, or this computer by name: HSTS has no meaning for the first (RFC 6797, section 8.1.1),
    /// and would lock out whatever else is developed under the second.
    pub fn is_bare(&self) -> bool {
        self.name.parse::<IpAddr>().is_ok() || self.name == "localhost" || self.name.ends_with(".localhost")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(target: &str, hosts: &[&str]) -> Option<Asked> {
        let mut request = Request::builder().uri(target);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        Names::new(["Watch.Example", "127.0.0.1", "::1"]).asked(&request.body(()).expect("a request"))
    }

    #[test]
    fn only_listed_names_are_answered() {
        let name = |text: &str, port| Some(Asked { name: text.into(), port });
        assert_eq!(asked("/", &["watch.example"]), name("watch.example", None));
        assert_eq!(asked("/", &["WATCH.example.:8443"]), name("watch.example", Some(8443)));
        assert_eq!(asked("/", &["127.0.0.1:1"]), name("127.0.0.1", Some(1)));
        assert_eq!(asked("/", &["[::1]:443"]), name("::1", Some(443)));
        assert_eq!(asked("/", &["[0:0:0:0:0:0:0:1]"]), name("::1", None));
        assert_eq!(asked("https://watch.example/", &[]), name("watch.example", None));
        assert_eq!(asked("https://watch.example/", &["watch.example"]), name("watch.example", None));
        let refused: [(&str, &[&str]); 9] = [
            ("/", &[]),
            ("/", &["evil.example"]),
            ("/", &["watch.example.evil.example"]),
            ("/", &["watch.example", "watch.example"]),
            ("/", &["watch.example:80:80"]),
            ("/", &["watch.example:99999"]),
            ("/", &["[::1"]),
            ("https://watch.example/", &["evil.example"]),
            ("https://evil.example/", &["watch.example"]),
        ];
        for (target, hosts) in refused {
            assert_eq!(asked(target, hosts), None, "{target} {hosts:?}");
        }
    }

    #[test]
    fn origins_are_written_as_browsers_do() {
        let origin = |name: &str, port, tls| Asked { name: name.into(), port }.origin(tls);
        assert_eq!(origin("watch.example", None, true), "https://watch.example");
        assert_eq!(origin("watch.example", Some(443), true), "https://watch.example");
        assert_eq!(origin("::1", Some(8443), true), "https://[::1]:8443");
        assert_eq!(origin("localhost", Some(443), false), "http://localhost:443");
    }
}
