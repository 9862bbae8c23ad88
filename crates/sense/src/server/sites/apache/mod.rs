//! Apache httpd: its virtual hosts, by its own files.

mod expand;
mod host;
mod lex;
mod plain;

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use midwatch_model::{ServedSite, SiteListen, SiteProgram, SiteSoftware};

use super::reading::Reading;
use super::{Inventory, MAX_SITES};
use expand::Expand;
use host::Host;
use lex::Line;

/// Where builds of Apache have their configuration, with the directory that relative paths begin at: Debian's, Fedora's,
/// its own default, SUSE's, cPanel's.
const MAIN: [(&str, &str); 6] = [
    ("/etc/apache2/apache2.conf", "/etc/apache2"),
    ("/etc/httpd/conf/httpd.conf", "/etc/httpd"),
    ("/usr/local/apache2/conf/httpd.conf", "/usr/local/apache2"),
    ("/etc/apache2/httpd.conf", "/etc/apache2"),
    ("/etc/apache2/conf/httpd.conf", "/etc/apache2"),
    ("/usr/local/apache/conf/httpd.conf", "/usr/local/apache"),
];

/// Places to listen at. Apache itself has no limit.
const MAX_LISTENS: usize = 1024;

/// Adds every virtual host of every Apache that is set up here.
pub(super) fn look(inventory: &mut Inventory<'_>) {
    for (main, root) in MAIN {
        of(inventory, main, root);
    }
}

/// Adds the virtual hosts of the Apache whose configuration begins at a file.
fn of(inventory: &mut Inventory<'_>, main: &str, root: &str) {
    let mut reading = Reading::new(inventory.system);
    if reading.text(main).is_none() {
        inventory.unread.append(&mut reading.unread);
        return;
    }
    let mut read = Read::default();
    let mut expand = Expand::new(&mut reading, root);
    expand.environment(&format!("{root}/envvars"));
    expand.file(main, 0, &mut |expand, line| read.line(expand, line));
    read.end();
    finish(inventory, reading, read, main);
}

fn finish(inventory: &mut Inventory<'_>, mut reading: Reading<'_>, read: Read, main: &str) {
    let first = inventory.sites.len();
    let mut exact: HashSet<(IpAddr, u16)> = HashSet::new();
    let mut places: Vec<Vec<(SiteListen, bool)>> = Vec::new();
    for host in &read.hosts {
        let all = read.listens_of(host, &mut reading);
        exact.extend(all.iter().filter(|(_, is_exact)| *is_exact).map(|(one, _)| (one.address, one.port)));
        places.push(all);
    }
    // Where a virtual host names an address, those for all addresses are not asked there.
    let mut taken: HashSet<(IpAddr, u16)> = HashSet::new();
    for (host, all) in read.hosts.iter().zip(places) {
        let counts =
            |(one, is_exact): &(SiteListen, bool)| *is_exact || !exact.contains(&(one.address, one.port));
        let listens: Vec<SiteListen> = all.into_iter().filter(counts).map(|(one, _)| one).collect();
        taken.extend(listens.iter().map(|one| (one.address, one.port)));
        inventory.push_apache(&read, host, listens, &mut reading);
    }
    // The main server answers where no virtual host does.
    let rest: Vec<SiteListen> = read
        .listens
        .iter()
        .filter(|(address, port)| {
            let all =
                if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
            !taken.contains(&(*address, *port)) && !taken.contains(&(all, *port))
        })
        .map(|&(address, port)| SiteListen { address, port, tls: read.main.tls(None), default: true })
        .collect();
    if !rest.is_empty() {
        inventory.push_apache(&read, &read.main, rest, &mut reading);
        if let Some(site) = inventory.sites.last_mut() {
            (site.file, site.line) = (main.to_owned(), 1);
        }
    }
    settle(inventory.sites.get_mut(first..).unwrap_or_default());
    inventory.programs.push(SiteProgram {
        software: SiteSoftware::Apache,
        file: main.to_owned(),
        files: reading.files,
        strict_sni: read.main.strict,
    });
    inventory.unread.extend(reading.unread);
}

/// The first virtual host of each place is its default, and decides whether TLS is spoken there: the handshake comes
/// before the name.
fn settle(sites: &mut [ServedSite]) {
    let mut known: HashMap<(IpAddr, u16), bool> = HashMap::new();
    for site in sites.iter_mut() {
        for listen in &mut site.listens {
            let place = (listen.address, listen.port);
            listen.default = !known.contains_key(&place);
            listen.tls = *known.entry(place).or_insert(listen.tls);
        }
        host::tidy(site);
    }
}

impl Inventory<'_> {
    fn push_apache(&mut self, read: &Read, host: &Host, listens: Vec<SiteListen>, reading: &mut Reading<'_>) {
        let users = read.has_userdir;
        let mut site =
            host.site(&read.main, listens, &read.root, users, reading, |path| self.certificate(path));
        site.automatic = site.names.iter().any(|name| read.managed.contains(name));
        self.sites.push(site);
    }
}

/// What was read so far.
#[derive(Debug, Default)]
struct Read {
    main: Host,
    hosts: Vec<Host>,
    current: Option<Host>,
    /// Sections around a line that hold for some files or requests alone, and not for the host as a whole.
    inner: Vec<String>,
    listens: Vec<(IpAddr, u16)>,
    /// Names whose certificates Apache gets by itself (mod_md).
    managed: HashSet<String>,
    has_userdir: bool,
    root: String,
    is_full: bool,
}

impl Read {
    fn line(&mut self, expand: &mut Expand<'_, '_>, line: Line) {
        self.root.clone_from(&expand.root);
        self.has_userdir |= expand.modules.contains("userdir_module");
        if line.name == "<virtualhost" {
            if self.hosts.len() >= MAX_SITES {
                expand.reading.limit(&line.file, "there are more sites than are read");
                self.is_full = true;
            }
            self.end();
            self.inner.clear();
            self.current = Some(Host::at(&line));
            return;
        }
        if line.name == "</virtualhost" {
            self.end();
            self.inner.clear();
            return;
        }
        if let Some(section) = line.name.strip_prefix("</") {
            if self.inner.last().is_some_and(|last| last == section) {
                self.inner.pop();
            }
            return;
        }
        if let Some(section) = line.name.strip_prefix('<') {
            if self.inner.len() < 64 {
                self.inner.push(section.to_owned());
            }
            self.host().section(&line);
            return;
        }
        match line.name.as_str() {
            "listen" if self.inner.is_empty() => self.listen(expand, &line),
            "mdomain" | "managedomain" => {
                let names = line.args.iter().map(|name| name.to_ascii_lowercase());
                self.managed.extend(names.filter(|name| name != "auto" && name != "manual").take(1000));
            }
            _ => {
                let inner = self.inner.last().cloned();
                self.host().take(&line, inner.as_deref());
            }
        }
    }

    fn host(&mut self) -> &mut Host {
        self.current.as_mut().unwrap_or(&mut self.main)
    }

    fn end(&mut self) {
        if let Some(host) = self.current.take()
            && !self.is_full
        {
            self.hosts.push(host);
        }
    }

    /// `80`, `192.0.2.7:80` or `[::1]:80`. A port alone is one of both families.
    fn listen(&mut self, expand: &mut Expand<'_, '_>, line: &Line) {
        let at = line.args.first().map_or("", String::as_str);
        let (host, port) = at.rsplit_once(':').map_or((None, at), |(host, port)| (Some(host), port));
        let Ok(port) = port.parse::<u16>() else {
            expand.reading.unclear(&line.file, format!("line {}: Listen {at}: that is no port", line.number));
            return;
        };
        let both = [IpAddr::from(Ipv4Addr::UNSPECIFIED), IpAddr::from(Ipv6Addr::UNSPECIFIED)];
        let bare = host.map(|host| host.trim_start_matches('[').trim_end_matches(']'));
        let addresses = match bare {
            None | Some("*" | "") => both.to_vec(),
            Some(host) => match host.parse() {
                Ok(address) => vec![address],
                Err(_) => {
                    let what = format!(
                        "line {}: Listen {at}: which address the name has is not looked up",
                        line.number
                    );
                    expand.reading.unclear(&line.file, what);
                    return;
                }
            },
        };
        for address in addresses {
            if self.listens.len() < MAX_LISTENS && !self.listens.contains(&(address, port)) {
                self.listens.push((address, port));
            }
        }
    }

    /// The places of a virtual host: of those that are listened at, the ones that its addresses cover.
    /// Each with whether the host names its address.
    fn listens_of(&self, host: &Host, reading: &mut Reading<'_>) -> Vec<(SiteListen, bool)> {
        let mut found: Vec<(SiteListen, bool)> = Vec::new();
        for (address, port) in host.addresses(reading) {
            for &(at, open) in &self.listens {
                if port.is_some_and(|port| port != open) {
                    continue;
                }
                let place = match address {
                    None => at,
                    Some(address) if at == address => at,
                    Some(address) if at.is_unspecified() && at.is_ipv4() == address.is_ipv4() => address,
                    Some(_) => continue,
                };
                let listen = SiteListen {
                    address: place,
                    port: open,
                    tls: host.tls(Some(&self.main)),
                    default: false,
                };
                if !found.iter().any(|(one, _)| (one.address, one.port) == (place, open)) {
                    found.push((listen, address.is_some()));
                }
            }
        }
        found
    }
}

/// Reads one text as Apache's whole configuration, for the fuzzer.
pub(super) fn parse_alone(inventory: &mut Inventory<'_>, text: &str) {
    let mut reading = Reading::new(inventory.system);
    let mut read = Read::default();
    let mut expand = Expand::new(&mut reading, "/");
    expand.text(text, &mut |expand, line| read.line(expand, line));
    read.end();
    finish(inventory, reading, read, "/apache2.conf");
}
