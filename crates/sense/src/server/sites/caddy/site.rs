//! One site of a Caddyfile: its addresses, and what its TLS is told.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use midwatch_model::{PlainSays, ServedSite, SiteListen, SiteSoftware};

use super::lex::Node;
use crate::server::sites::reading::{Reading, below};
use crate::server::sites::{Inventory, MAX_NAMES, digest};

/// The options in front of the sites.
#[derive(Debug)]
pub(super) struct Options {
    http_port: u16,
    https_port: u16,
    /// No certificate is got by itself.
    off: bool,
    /// Plain http is not led to https by itself.
    no_redirects: bool,
    bind: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options { http_port: 80, https_port: 443, off: false, no_redirects: false, bind: Vec::new() }
    }
}

impl Options {
    pub(super) fn take(&mut self, list: &[Node]) {
        for node in list {
            let value = node.args().first().map_or("", String::as_str);
            match node.first() {
                "http_port" => self.http_port = value.parse().unwrap_or(self.http_port),
                "https_port" => self.https_port = value.parse().unwrap_or(self.https_port),
                "auto_https" => {
                    self.off |= matches!(value, "off" | "disable_certs");
                    self.no_redirects |= matches!(value, "off" | "disable_redirects");
                }
                "default_bind" => self.bind = node.args().to_vec(),
                _ => {}
            }
        }
    }
}

/// One address of a site.
#[derive(Debug, PartialEq, Eq)]
struct Address {
    host: Option<String>,
    port: u16,
    tls: bool,
}

/// Adds a site: one for its addresses with TLS, and one for those without, since they answer differently.
pub(super) fn add(inventory: &mut Inventory<'_>, reading: &mut Reading<'_>, node: &Node, options: &Options) {
    let told = |name: &str| node.inner().iter().find(|one| one.first() == name);
    let tls = told("tls");
    let words = node.words.iter().flat_map(|word| word.split(',')).map(str::trim);
    let addresses: Vec<Address> = words
        .filter(|word| !word.is_empty())
        .take(MAX_NAMES)
        .filter_map(|word| address(word, tls.is_some(), options))
        .collect();
    let bind = told("bind").map_or(options.bind.as_slice(), Node::args);
    let places = binds(bind, node, reading);
    for is_tls in [true, false] {
        let own: Vec<&Address> = addresses.iter().filter(|one| one.tls == is_tls).collect();
        if own.is_empty() {
            continue;
        }
        let mut names: Vec<String> = Vec::new();
        let mut listens: Vec<SiteListen> = Vec::new();
        let is_default = own.iter().any(|one| one.host.is_none());
        for one in &own {
            names.extend(one.host.clone().filter(|name| !names.contains(name)));
            listens.extend(at(&places, one.port, is_tls, is_default));
        }
        let redirects = is_tls && !options.no_redirects && !names.is_empty();
        if redirects {
            listens.extend(at(&places, options.http_port, false, false));
        }
        listens.sort();
        listens.dedup();
        let plain = match (is_tls, redirects) {
            (true, true) => PlainSays::Redirects,
            (true, false) => PlainSays::None,
            (false, _) => says(node.inner()),
        };
        let certificates = tls.filter(|_| is_tls).map(|tls| files(inventory, tls)).unwrap_or_default();
        let automatic = is_tls && certificates.is_empty() && !options.off;
        inventory.sites.push(ServedSite {
            software: SiteSoftware::Caddy,
            names,
            listens,
            certificates,
            rejects: false,
            automatic,
            stream: false,
            plain,
            user_directories: None,
            tls_settings: is_tls.then(|| digest(settings(tls))),
            account: None,
            file: node.file.to_string(),
            line: node.line,
        });
    }
}

/// `https://shop.example:8443/path`, `shop.example`, `:8080`, `http://`, `[::1]`. None where it is none.
fn address(text: &str, has_tls: bool, options: &Options) -> Option<Address> {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, text),
    };
    let rest = rest.split('/').next().unwrap_or_default();
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') && (host.ends_with(']') || !host.contains(':')) => {
            (host, Some(port))
        }
        _ => (rest, None),
    };
    let port = match (port, scheme) {
        (Some(port), _) => port.parse::<u16>().ok()?,
        (None, Some("http")) => options.http_port,
        (None, _) => options.https_port,
    };
    let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_ascii_lowercase();
    let host = Some(host).filter(|host| !host.is_empty() && host != "*");
    let is_plain = scheme == Some("http") || port == options.http_port;
    let tls = !is_plain
        && (has_tls
            || port == options.https_port
            || scheme == Some("https")
            || host.is_some() && !options.off);
    Some(Address { host, port, tls })
}

fn binds(bind: &[String], node: &Node, reading: &mut Reading<'_>) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for name in bind.iter().take(64) {
        let bare = name.rsplit('/').next().unwrap_or_default();
        match bare.trim_start_matches('[').trim_end_matches(']').parse() {
            Ok(address) => found.push(address),
            Err(_) if bare == "localhost" => found.push(Ipv4Addr::LOCALHOST.into()),
            Err(_) => {
                let what = format!("line {}: which address {name} has is not looked up", node.line);
                reading.unclear(&node.file, what);
            }
        }
    }
    if bind.is_empty() {
        found = vec![Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()];
    }
    found
}

fn at(places: &[IpAddr], port: u16, tls: bool, default: bool) -> impl Iterator<Item = SiteListen> {
    places.iter().map(move |address| SiteListen { address: *address, port, tls, default })
}

/// The files that a tls line names: certificate and key.
fn files(inventory: &mut Inventory<'_>, tls: &Node) -> Vec<u32> {
    match tls.args() {
        [certificate, _key] => {
            // Caddy's unit runs in the directory of its data; paths are as good as always absolute.
            inventory.certificate(&below("/var/lib/caddy", certificate)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// What TLS is told beside the certificate.
fn settings(tls: Option<&Node>) -> Vec<(String, String)> {
    let lines = tls.map(Node::inner).unwrap_or_default();
    let wanted = ["protocols", "ciphers", "curves", "alpn", "client_auth", "key_type"];
    lines
        .iter()
        .filter(|line| wanted.contains(&line.first()))
        .map(|line| (line.first().to_owned(), line.args().join(" ")))
        .collect()
}

/// What a site without TLS answers.
fn says(list: &[Node]) -> PlainSays {
    for node in list {
        let args = node.args();
        // What is for some requests alone comes with a matcher in front.
        let is_matched = args.first().is_some_and(|arg| arg.starts_with(['/', '@']));
        match node.first() {
            "redir" if !is_matched => {
                let to = args.iter().find(|arg| *arg != "*").map_or("", String::as_str);
                return if to.starts_with("https://") { PlainSays::Redirects } else { PlainSays::Serves };
            }
            "abort" if !is_matched => return PlainSays::Refuses,
            "respond" | "error" if !is_matched => {
                let refuses = args.iter().filter_map(|arg| arg.parse::<u16>().ok()).any(|code| code >= 400);
                return if refuses { PlainSays::Refuses } else { PlainSays::Serves };
            }
            _ => {}
        }
    }
    PlainSays::Serves
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let of = |text: &str| {
            address(text, false, &Options::default())
                .map(|one| (one.host.unwrap_or_default(), one.port, one.tls))
        };
        for (text, host, port, tls) in [
            ("Shop.example", "shop.example", 443, true),
            ("shop.example:8443", "shop.example", 8443, true),
            ("http://shop.example", "shop.example", 80, false),
            ("shop.example:80", "shop.example", 80, false),
            (":8080", "", 8080, false),
            (":443", "", 443, true),
            ("https://", "", 443, true),
            ("[::1]:8443", "::1", 8443, true),
            ("*.shop.example/path", "*.shop.example", 443, true),
        ] {
            assert_eq!(of(text), Some((host.to_owned(), port, tls)), "{text}");
        }
    }
}
