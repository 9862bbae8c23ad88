//! One server block: where it listens, its names, its certificates.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use midwatch_model::{PlainSays, ServedSite, SiteListen, SiteSoftware};

use super::lex::Directive;
use super::plain::Plain;
use crate::server::sites::reading::Reading;
use crate::server::sites::{MAX_NAMES, digest};

/// Directives on which the answer to a hello depends, beside the certificate.
const TLS: [&str; 12] = [
    "ssl_protocols",
    "ssl_ciphers",
    "ssl_prefer_server_ciphers",
    "ssl_ecdh_curve",
    "ssl_dhparam",
    "ssl_conf_command",
    "ssl_session_tickets",
    "ssl_session_cache",
    "ssl_stapling",
    "ssl_early_data",
    "ssl_verify_client",
    "http2",
];

/// Places of one block. nginx itself has no limit.
const MAX_LISTENS: usize = 256;

/// What a block is told, in the order of its lines.
#[derive(Debug)]
pub(super) struct Block {
    listens: Vec<Vec<String>>,
    names: Vec<String>,
    certificates: Vec<String>,
    rejects: Option<bool>,
    ssl: bool,
    tls: Vec<(String, String)>,
    plain: Plain,
    /// All that it includes was read.
    pub(super) is_whole: bool,
}

impl Default for Block {
    fn default() -> Self {
        Block {
            listens: Vec::new(),
            names: Vec::new(),
            certificates: Vec::new(),
            rejects: None,
            ssl: false,
            tls: Vec::new(),
            plain: Plain::default(),
            is_whole: true,
        }
    }
}

impl Block {
    pub(super) fn take(&mut self, directive: &Directive) {
        let first = directive.first();
        match directive.name.as_str() {
            "listen" => self.listens.push(directive.args.clone()),
            "server_name" => self.names.extend(directive.args.iter().cloned()),
            "ssl_certificate" => self.certificates.push(first.to_owned()),
            "ssl_reject_handshake" => self.rejects = Some(first == "on"),
            // Until nginx 1.25.1 it made all places of a block speak TLS.
            "ssl" => self.ssl |= first == "on",
            name if TLS.contains(&name) => self.tls.push((name.to_owned(), directive.args.join(" "))),
            _ => self.plain.take(directive),
        }
    }

    /// The site, with what the block around it hands down, and which of its places it asks to be the default of.
    pub(super) fn site(
        self,
        outer: &Block,
        is_stream: bool,
        file: &str,
        line: u32,
        reading: &mut Reading<'_>,
        mut certificate: impl FnMut(&str) -> Option<u32>,
    ) -> (ServedSite, Vec<bool>) {
        let mut listens: Vec<(SiteListen, bool)> = Vec::new();
        for args in self.listens.iter().take(MAX_LISTENS) {
            listen(args, self.ssl || outer.ssl && !is_stream, file, reading, &mut listens);
        }
        if self.listens.is_empty() && !is_stream {
            // As root, which nginx is started as to take this port.
            let all = Ipv4Addr::UNSPECIFIED.into();
            listens.push((
                SiteListen { address: all, port: 80, tls: self.ssl || outer.ssl, default: false },
                false,
            ));
        }
        listens.truncate(MAX_LISTENS);
        let (listens, asked) = listens.into_iter().unzip();
        let paths = if self.certificates.is_empty() { &outer.certificates } else { &self.certificates };
        let mut certificates = Vec::new();
        for path in paths {
            if path.contains('$') || path.starts_with("data:") || path.starts_with("engine:") {
                reading.unclear(
                    file,
                    format!("line {line}: which certificate {path} is can only be told by asking"),
                );
            } else {
                certificates.extend(certificate(path));
            }
        }
        let plain = if is_stream {
            PlainSays::None
        } else if !self.is_whole {
            PlainSays::Unknown
        } else {
            self.plain.says()
        };
        let mut tls: Vec<(String, String)> = outer.tls.clone();
        tls.retain(|(name, _)| !self.tls.iter().any(|(own, _)| own == name));
        tls.extend(self.tls);
        let site = ServedSite {
            software: SiteSoftware::Nginx,
            names: names(&self.names),
            listens,
            certificates,
            rejects: self.rejects.or(outer.rejects).unwrap_or_default(),
            automatic: false,
            stream: is_stream,
            plain,
            user_directories: None,
            tls_settings: Some(digest(tls)),
            account: None,
            file: file.to_owned(),
            line,
        };
        (site, asked)
    }
}

/// Names as they are matched: a leading dot stands for the name and for all below it. `_` and the empty name are nobody's.
fn names(written: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in written.iter().take(MAX_NAMES) {
        let name = if name.starts_with('~') { name.clone() } else { name.to_ascii_lowercase() };
        let name = name.trim_end_matches('.');
        match name.strip_prefix('.') {
            Some(below) if !below.is_empty() => names.extend([below.to_owned(), format!("*.{below}")]),
            _ if name.is_empty() || name == "_" || name == "*" => {}
            _ => names.push(name.to_owned()),
        }
    }
    let mut known = std::collections::HashSet::new();
    names.retain(|name| known.insert(name.clone()));
    names
}

/// One listen directive.
fn listen(
    args: &[String],
    ssl: bool,
    file: &str,
    reading: &mut Reading<'_>,
    into: &mut Vec<(SiteListen, bool)>,
) {
    let Some((at, options)) = args.split_first() else { return };
    let has = |wanted: &str| options.iter().any(|option| option == wanted);
    // A socket of this computer is reached by none but its programs; QUIC is not TCP.
    if at.starts_with("unix:") || has("quic") || has("http3") || has("udp") {
        return;
    }
    let (host, ports) = split(at);
    let Some((low, high)) = ports else {
        reading.unclear(file, format!("listen {at}: that is no port"));
        return;
    };
    let addresses: Vec<IpAddr> = match host {
        None => vec![Ipv4Addr::UNSPECIFIED.into()],
        Some("localhost") => vec![Ipv4Addr::LOCALHOST.into()],
        Some(host) => match host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            Ok(IpAddr::V6(address)) if address.is_unspecified() && has("ipv6only=off") => {
                vec![Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()]
            }
            Ok(address) => vec![address],
            Err(_) => {
                reading.unclear(file, format!("listen {at}: which address the name has is not looked up"));
                return;
            }
        },
    };
    for port in low..=high {
        for &address in &addresses {
            if into.len() >= MAX_LISTENS {
                return;
            }
            let listen = SiteListen { address, port, tls: ssl || has("ssl"), default: false };
            into.push((listen, has("default_server") || has("default")));
        }
    }
}

/// The address and the ports of `8080`, `*:80`, `192.0.2.7`, `[::]:80`, `host:80` or `80-90`.
fn split(at: &str) -> (Option<&str>, Option<(u16, u16)>) {
    if let Some(range) = ports(at) {
        return (None, Some(range));
    }
    let (host, port) = match at.rsplit_once(':') {
        // An address of IPv6 without brackets has no port, whatever stands behind its last colon.
        Some((host, port)) if !port.ends_with(']') && (!host.contains(':') || host.ends_with(']')) => {
            (host, ports(port))
        }
        _ => (at, Some((80, 80))),
    };
    (Some(host).filter(|host| *host != "*" && !host.is_empty()), port)
}

fn ports(text: &str) -> Option<(u16, u16)> {
    let (low, high) = text.split_once('-').unwrap_or((text, text));
    let (low, high) = (low.parse().ok()?, high.parse().ok()?);
    (low > 0 && low <= high).then_some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        for (text, host, ports) in [
            ("8080", None, Some((8080, 8080))),
            ("*:80", None, Some((80, 80))),
            ("192.0.2.7", Some("192.0.2.7"), Some((80, 80))),
            ("192.0.2.7:81", Some("192.0.2.7"), Some((81, 81))),
            ("[::]:443", Some("[::]"), Some((443, 443))),
            ("[::1]", Some("[::1]"), Some((80, 80))),
            ("localhost:80", Some("localhost"), Some((80, 80))),
            ("80-82", None, Some((80, 82))),
            ("a:b", Some("a"), None),
        ] {
            assert_eq!(split(text), (host, ports), "{text}");
        }
    }

    #[test]
    fn a_leading_dot_is_two_names_and_an_underscore_none() {
        let of = |all: &[&str]| names(&all.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&[".Shop.example", "_", "", "~^A"]), ["shop.example", "*.shop.example", "~^A"]);
    }
}
