//! Caddy's own form of its configuration, JSON: from a file, or as it was kept when it was last told to the running program.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use midwatch_model::{PlainSays, ServedSite, SiteListen, SiteSoftware};
use serde_json::Value as Json;

use crate::server::sites::reading::{Reading, below};
use crate::server::sites::{Inventory, MAX_NAMES, MAX_SITES, digest};

/// Ports of one range that are listed.
const MAX_RANGE: u16 = 100;

/// How deep routes within routes are followed.
const MAX_DEPTH: usize = 32;

/// Adds every site of a configuration; false where the text is none.
pub(super) fn add(inventory: &mut Inventory<'_>, reading: &mut Reading<'_>, file: &str, text: &str) -> bool {
    let Ok(all) = serde_json::from_str::<Json>(text) else { return false };
    if !all.is_object() {
        return false;
    }
    let http = at(&all, "/apps/http");
    let port = |name: &str, otherwise: u16| {
        http.get(name)
            .unwrap_or(&Json::Null)
            .as_u64()
            .and_then(|port| u16::try_from(port).ok())
            .unwrap_or(otherwise)
    };
    let mut reader = Reader {
        file,
        lines: Lines::of(text),
        http_port: port("http_port", 80),
        https_port: port("https_port", 443),
        certificates: certificates(at(&all, "/apps/tls/certificates/load_files")),
        reading,
    };
    // In the order of their names, as the program has them too.
    for server in at(http, "/servers").as_object().into_iter().flat_map(|servers| servers.values()) {
        reader.server(inventory, server);
    }
    true
}

/// Files of certificates by the tags that policies choose them by.
fn certificates(list: &Json) -> HashMap<String, Vec<String>> {
    let mut out: HashMap<String, Vec<String>> = HashMap::new();
    for one in list.as_array().into_iter().flatten() {
        let Some(file) = at(one, "/certificate").as_str() else { continue };
        for tag in texts(at(one, "/tags")) {
            out.entry(tag.to_owned()).or_default().push(file.to_owned());
        }
    }
    out
}

struct Reader<'r, 'a> {
    file: &'r str,
    lines: Lines,
    http_port: u16,
    https_port: u16,
    certificates: HashMap<String, Vec<String>>,
    reading: &'r mut Reading<'a>,
}

/// What automatic https does for a server (Caddy's automaticHTTPSPhase1).
struct Automatic {
    /// All who listen at another port than that of plain http speak TLS.
    tls: bool,
    /// Certificates are got.
    certificates: bool,
    /// Who comes by plain http is led to https.
    redirects: bool,
}

impl Reader<'_, '_> {
    fn server(&mut self, inventory: &mut Inventory<'_>, server: &Json) {
        let places: Vec<(IpAddr, u16)> =
            texts(at(server, "/listen")).into_iter().flat_map(|text| self.places(text)).collect();
        let routes = at(server, "/routes").as_array().map_or(&[][..], Vec::as_slice);
        let automatic = self.automatic(server, &places, routes);
        for route in routes {
            if inventory.sites.len() >= MAX_SITES {
                self.reading.limit(self.file, "there are more sites than are read");
                return;
            }
            let names: Vec<String> = hosts(route).take(MAX_NAMES).map(str::to_ascii_lowercase).collect();
            self.route(inventory, server, route, &places, &automatic, names);
        }
    }

    fn automatic(&self, server: &Json, places: &[(IpAddr, u16)], routes: &[Json]) -> Automatic {
        let told = at(server, "/automatic_https");
        let is = |name: &str| told.get(name).unwrap_or(&Json::Null).as_bool().unwrap_or_default();
        let policies = at(server, "/tls_connection_policies").as_array().is_some_and(|all| !all.is_empty());
        let other_than = |port: u16| places.iter().any(|(_, own)| *own != port);
        if is("disable") || !other_than(self.http_port) {
            return Automatic { tls: policies, certificates: false, redirects: false };
        }
        let skipped = texts(at(told, "/skip"));
        let has_names = routes.iter().flat_map(hosts).any(|name| name != "*" && !skipped.contains(&name));
        let tls = policies || has_names || !other_than(self.https_port);
        Automatic {
            tls,
            certificates: tls && !is("disable_certificates"),
            redirects: tls && !is("disable_redirects"),
        }
    }

    fn route(
        &mut self,
        inventory: &mut Inventory<'_>,
        server: &Json,
        route: &Json,
        places: &[(IpAddr, u16)],
        automatic: &Automatic,
        names: Vec<String>,
    ) {
        let is_default = names.is_empty() || names.iter().any(|name| name == "*");
        let names: Vec<String> = names.into_iter().filter(|name| name != "*").collect();
        for is_tls in [true, false] {
            let speaks_tls = |port: u16| automatic.tls && port != self.http_port;
            let own = places.iter().filter(|(_, port)| speaks_tls(*port) == is_tls);
            let listen = |(address, port): &(IpAddr, u16)| SiteListen {
                address: *address,
                port: *port,
                tls: is_tls,
                default: is_default,
            };
            let mut listens: Vec<SiteListen> = own.map(listen).collect();
            if listens.is_empty() {
                continue;
            }
            let redirects = is_tls && automatic.redirects && !names.is_empty();
            if redirects {
                let plain = listens.clone().into_iter().map(|one| SiteListen {
                    port: self.http_port,
                    tls: false,
                    default: false,
                    ..one
                });
                listens.extend(plain.collect::<Vec<_>>());
            }
            listens.sort();
            listens.dedup();
            let policy = is_tls.then(|| policy(server, &names)).flatten();
            let tags = policy.map(|policy| texts(at(policy, "/certificate_selection/any_tag")));
            let files = tags.into_iter().flatten().filter_map(|tag| self.certificates.get(tag)).flatten();
            let certificates: Vec<u32> =
                files.filter_map(|file| inventory.certificate(&below("/var/lib/caddy", file))).collect();
            let plain = match (is_tls, redirects) {
                (true, true) => PlainSays::Redirects,
                (true, false) => PlainSays::None,
                (false, _) => says(at(route, "/handle"), 0).unwrap_or(PlainSays::Serves),
            };
            inventory.sites.push(ServedSite {
                software: SiteSoftware::Caddy,
                listens,
                automatic: is_tls && certificates.is_empty() && automatic.certificates,
                certificates,
                rejects: false,
                stream: false,
                plain,
                user_directories: None,
                tls_settings: is_tls.then(|| digest(settings(policy))),
                account: None,
                file: self.file.to_owned(),
                line: self.lines.of_name(names.first()),
                names: names.clone(),
            });
        }
    }

    /// `:443`, `tcp/127.0.0.1:80`, `[::1]:8000-8010`.
    fn places(&mut self, text: &str) -> Vec<(IpAddr, u16)> {
        let (network, rest) = text.split_once('/').unwrap_or(("tcp", text));
        let Some((host, ports)) = rest.rsplit_once(':').filter(|_| network.starts_with("tcp")) else {
            // Sockets of this computer alone, and HTTP/3, which goes beside the others.
            if !network.starts_with("unix") && !network.starts_with("udp") {
                self.reading.unclear(self.file, format!("where {text} is is not understood"));
            }
            return Vec::new();
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let addresses: Vec<IpAddr> = match (host, host.parse()) {
            ("", _) if network == "tcp4" => vec![Ipv4Addr::UNSPECIFIED.into()],
            ("", _) if network == "tcp6" => vec![Ipv6Addr::UNSPECIFIED.into()],
            ("", _) => vec![Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()],
            (_, Ok(address)) => vec![address],
            ("localhost", _) => vec![Ipv4Addr::LOCALHOST.into()],
            _ => {
                self.reading.unclear(self.file, format!("which address {host} has is not looked up"));
                Vec::new()
            }
        };
        let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
        let (Ok(first), Ok(last)) = (first.parse::<u16>(), last.parse::<u16>()) else {
            self.reading.unclear(self.file, format!("where {text} is is not understood"));
            return Vec::new();
        };
        let ports = first..=last.min(first.saturating_add(MAX_RANGE - 1));
        ports.flat_map(|port| addresses.iter().map(move |address| (*address, port))).collect()
    }
}

/// The names that a route is for; none where it is for all.
fn hosts(route: &Json) -> impl Iterator<Item = &str> {
    let sets = at(route, "/match").as_array().map_or(&[][..], Vec::as_slice);
    sets.iter().flat_map(|set| texts(at(set, "/host")))
}

/// The first policy for connections that is for one of these names.
fn policy<'a>(server: &'a Json, names: &[String]) -> Option<&'a Json> {
    let all = at(server, "/tls_connection_policies").as_array()?;
    all.iter().find(|policy| {
        let wanted = texts(at(policy, "/match/sni"));
        wanted.is_empty() || names.iter().any(|name| wanted.iter().any(|one| one.eq_ignore_ascii_case(name)))
    })
}

/// What TLS is told beside the certificate.
fn settings(policy: Option<&Json>) -> Vec<(String, String)> {
    let wanted = ["protocol_min", "protocol_max", "cipher_suites", "curves", "alpn", "client_authentication"];
    let told = wanted.into_iter().filter_map(|name| Some((name, policy?.get(name)?)));
    told.map(|(name, value)| (name.to_owned(), value.to_string())).collect()
}

/// What handlers answer to everything that comes by plain http; none where they leave it to those behind them.
fn says(handlers: &Json, depth: usize) -> Option<PlainSays> {
    if depth > MAX_DEPTH {
        return Some(PlainSays::Unknown);
    }
    for handler in handlers.as_array()? {
        match at(handler, "/handler").as_str().unwrap_or_default() {
            "static_response" => return Some(response(handler)),
            // What is for some requests alone has a matcher.
            "subroute" => {
                let routes = at(handler, "/routes").as_array().map_or(&[][..], Vec::as_slice);
                let all =
                    routes.iter().filter(|route| at(route, "/match").as_array().is_none_or(Vec::is_empty));
                let said = all.filter_map(|route| says(at(route, "/handle"), depth + 1)).next();
                if said.is_some() {
                    return said;
                }
            }
            "error" => return Some(PlainSays::Refuses),
            "file_server" | "reverse_proxy" | "php" | "acme_server" => return Some(PlainSays::Serves),
            // They change what others answer.
            _ => {}
        }
    }
    None
}

fn response(handler: &Json) -> PlainSays {
    let status = at(handler, "/status_code");
    let status = status.as_u64().or_else(|| status.as_str()?.parse().ok());
    let headers = at(handler, "/headers").as_object();
    let location = headers
        .and_then(|headers| headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location")))
        .and_then(|(_, value)| texts(value).first().copied());
    match (status, location) {
        _ if at(handler, "/abort").as_bool() == Some(true) => PlainSays::Refuses,
        (Some(300..=399), Some(to)) if to.starts_with("https://") => PlainSays::Redirects,
        (Some(400..), _) => PlainSays::Refuses,
        _ => PlainSays::Serves,
    }
}

/// What stands at a place (RFC 6901), or nothing.
fn at<'a>(of: &'a Json, place: &str) -> &'a Json {
    of.pointer(place).unwrap_or(&Json::Null)
}

/// The texts of a list.
fn texts(list: &Json) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Json::as_str).collect()
}

/// The first line on which each text in quotes stands: what reads JSON does not keep it.
struct Lines(HashMap<String, u32>);

impl Lines {
    fn of(text: &str) -> Lines {
        let mut out = HashMap::new();
        for (line, text) in (1_u32..).zip(text.lines()) {
            for word in text.split('"').skip(1).step_by(2) {
                out.entry(word.to_ascii_lowercase()).or_insert(line);
            }
        }
        Lines(out)
    }

    fn of_name(&self, name: Option<&String>) -> u32 {
        name.and_then(|name| self.0.get(name)).copied().unwrap_or(1)
    }
}
