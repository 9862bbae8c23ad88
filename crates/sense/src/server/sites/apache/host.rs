//! One virtual host: its addresses, its names, its certificates.

use std::net::IpAddr;

use midwatch_model::{PlainSays, ServedSite, SiteListen, SiteSoftware, UserDirectories};

use super::lex::Line;
use super::plain::Plain;
use crate::server::sites::reading::{Reading, below};
use crate::server::sites::{MAX_NAMES, digest};

/// Directives on which the answer to a hello depends, beside the certificate.
const TLS: [&str; 10] = [
    "sslprotocol",
    "sslciphersuite",
    "sslhonorcipherorder",
    "sslopensslconfcmd",
    "sslsessiontickets",
    "sslcompression",
    "sslusestapling",
    "sslinsecurerenegotiation",
    "sslverifyclient",
    "protocols",
];

/// Addresses of one virtual host.
const MAX_ADDRESSES: usize = 256;

/// What a virtual host, or the main server, is told.
#[derive(Debug, Default)]
pub(super) struct Host {
    at: Vec<String>,
    names: Vec<String>,
    certificates: Vec<String>,
    engine: Option<bool>,
    pub(super) strict: Option<bool>,
    tls: Vec<(String, String)>,
    plain: Plain,
    user_directory: Option<(String, String, u32)>,
    /// Users without one, and those with one although all have none.
    disabled: Vec<String>,
    enabled: Vec<String>,
    all_disabled: bool,
    document_root: Option<String>,
    file: String,
    line: u32,
}

impl Host {
    pub(super) fn at(line: &Line) -> Host {
        Host { at: line.args.clone(), file: line.file.to_string(), line: line.number, ..Host::default() }
    }

    /// A section begins in it.
    pub(super) fn section(&mut self, line: &Line) {
        self.plain.section(line);
    }

    /// A line in it; `inner` is the section around it, where it holds for a part of the host alone.
    pub(super) fn take(&mut self, line: &Line, inner: Option<&str>) {
        let first = line.args.first().map_or("", String::as_str);
        if inner.is_some() {
            self.plain.take(line, inner);
            return;
        }
        match line.name.as_str() {
            "servername" => self.names.insert(0, bare(first)),
            "serveralias" => self.names.extend(line.args.iter().take(MAX_NAMES).map(|name| bare(name))),
            "sslcertificatefile" => self.certificates.push(first.to_owned()),
            "sslengine" => self.engine = Some(!first.eq_ignore_ascii_case("off")),
            "sslstrictsnivhostcheck" => self.strict = Some(first.eq_ignore_ascii_case("on")),
            "documentroot" => self.document_root = Some(first.to_owned()),
            "userdir" => self.userdir(line),
            name if TLS.contains(&name) => {
                self.tls.retain(|(known, _)| known != name);
                self.tls.push((name.to_owned(), line.args.join(" ")));
            }
            _ => self.plain.take(line, None),
        }
    }

    fn userdir(&mut self, line: &Line) {
        match line.args.split_first() {
            Some((word, users)) if word.eq_ignore_ascii_case("disabled") => {
                self.all_disabled |= users.is_empty();
                self.disabled.extend(users.iter().take(MAX_NAMES).cloned());
            }
            Some((word, users)) if word.eq_ignore_ascii_case("enabled") => {
                self.enabled.extend(users.iter().take(MAX_NAMES).cloned());
            }
            Some(_) => self.user_directory = Some((line.rest.clone(), line.file.to_string(), line.number)),
            None => {}
        }
    }

    /// True where it speaks TLS, by its own line or the main server's.
    pub(super) fn tls(&self, main: Option<&Host>) -> bool {
        self.engine.or(main.and_then(|main| main.engine)).unwrap_or_default()
    }

    /// The addresses of its section: `*`, `_default_`, `192.0.2.7:80`, `[::1]:*`. None stands for all.
    pub(super) fn addresses(&self, reading: &mut Reading<'_>) -> Vec<(Option<IpAddr>, Option<u16>)> {
        let mut found = Vec::new();
        for at in self.at.iter().take(MAX_ADDRESSES) {
            let (host, port) = match at.rsplit_once(':') {
                Some((host, port))
                    if !port.ends_with(']') && (host.ends_with(']') || !host.contains(':')) =>
                {
                    (host, Some(port))
                }
                _ => (at.as_str(), None),
            };
            let port = match port {
                None | Some("*") => None,
                Some(port) => match port.parse::<u16>() {
                    Ok(port) => Some(port),
                    Err(_) => {
                        reading.unclear(&self.file, format!("line {}: {at} has no port", self.line));
                        continue;
                    }
                },
            };
            let host = host.trim_start_matches('[').trim_end_matches(']');
            match host {
                "*" | "_default_" => found.push((None, port)),
                host => match host.parse() {
                    Ok(IpAddr::V4(address)) if address.is_unspecified() => found.push((None, port)),
                    Ok(address) => found.push((Some(address), port)),
                    Err(_) => {
                        let what = format!("line {}: which address {host} has is not looked up", self.line);
                        reading.unclear(&self.file, what);
                    }
                },
            }
        }
        found
    }

    /// The site, with what the main server hands down.
    pub(super) fn site(
        &self,
        main: &Host,
        listens: Vec<SiteListen>,
        root: &str,
        has_userdir: bool,
        reading: &mut Reading<'_>,
        mut certificate: impl FnMut(&str) -> Option<u32>,
    ) -> ServedSite {
        let paths = if self.certificates.is_empty() { &main.certificates } else { &self.certificates };
        let certificates = paths.iter().filter_map(|path| certificate(&below(root, path))).collect();
        let mut tls: Vec<(String, String)> = main.tls.clone();
        tls.retain(|(name, _)| !self.tls.iter().any(|(own, _)| own == name));
        tls.extend(self.tls.iter().cloned());
        let mut names: Vec<String> = Vec::new();
        for name in self.names.iter().filter(|name| !name.is_empty()) {
            if names.len() < MAX_NAMES && !names.contains(name) {
                names.push(name.clone());
            }
        }
        ServedSite {
            software: SiteSoftware::Apache,
            names,
            listens,
            certificates,
            rejects: false,
            automatic: false,
            stream: false,
            plain: self.says(reading, root),
            user_directories: has_userdir.then(|| self.users(main)).flatten(),
            tls_settings: Some(digest(tls)),
            account: None,
            file: self.file.clone(),
            line: self.line,
        }
    }

    /// A file .htaccess may answer in the stead of what serves: it is not read.
    fn says(&self, reading: &mut Reading<'_>, root: &str) -> PlainSays {
        let says = self.plain.says();
        let directory = self.document_root.as_ref().map(|path| below(root, path));
        let has_own = directory
            .is_some_and(|path| reading.system.exists(&reading.system.at(&format!("{path}/.htaccess"))));
        if says == PlainSays::Serves && has_own { PlainSays::Unknown } else { says }
    }

    /// Directories of users, by its own lines or the main server's.
    fn users(&self, main: &Host) -> Option<UserDirectories> {
        let (directory, file, line) = self.user_directory.clone().or_else(|| main.user_directory.clone())?;
        let own = self.all_disabled || !self.disabled.is_empty() || !self.enabled.is_empty();
        let from = if own { self } else { main };
        if from.all_disabled && from.enabled.is_empty() {
            return None;
        }
        let disabled = if from.all_disabled {
            vec![format!("all but {}", from.enabled.join(" "))]
        } else {
            from.disabled.clone()
        };
        Some(UserDirectories { directory, disabled, file, line })
    }
}

/// What does not apply to a site that speaks TLS everywhere, or nowhere.
pub(super) fn tidy(site: &mut ServedSite) {
    if !site.speaks_tls() {
        site.tls_settings = None;
        site.certificates.clear();
    } else if site.listens.iter().all(|listen| listen.tls) {
        site.plain = PlainSays::None;
    }
}

/// A name without scheme and port, in lower case.
fn bare(name: &str) -> String {
    let name = name.rsplit("://").next().unwrap_or_default();
    let name = match name.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => name,
    };
    name.trim_end_matches('.').to_ascii_lowercase()
}
