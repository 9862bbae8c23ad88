//! Apache httpd: its virtual hosts, by its own files.

mod expand;
mod host;
mod lex;
mod plain;

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
    let strict = read.main.strict;
    let first = inventory.sites.len();
    let has_userdir = read.has_userdir;
    let mut taken: Vec<SiteListen> = Vec::new();
    for host in &read.hosts {
        let site = site(inventory, &mut reading, &read, host, has_userdir);
        taken.extend(site.listens.iter().cloned());
        inventory.sites.push(site);
    }
    // The main server answers where no virtual host does.
    let is_free = |listen: &SiteListen| {
        !taken.iter().any(|one| {
            one.port == listen.port
                && (one.address == listen.address
                    || one.address.is_unspecified() && one.address.is_ipv4() == listen.address.is_ipv4())
        })
    };
    let rest: Vec<(IpAddr, u16)> = read
        .listens
        .iter()
        .filter(|(address, port)| {
            is_free(&SiteListen { address: *address, port: *port, tls: false, default: false })
        })
        .copied()
        .collect();
    if !rest.is_empty() {
        let mut main_site = site(inventory, &mut reading, &read, &read.main, has_userdir);
        main_site.listens = rest
            .iter()
            .map(|(address, port)| SiteListen {
                address: *address,
                port: *port,
                tls: read.main.tls(None),
                default: true,
            })
            .collect();
        main_site.file = main.to_owned();
        main_site.line = 1;
        host::tidy(&mut main_site);
        inventory.sites.push(main_site);
    }
    defaults(inventory.sites.get_mut(first..).unwrap_or_default());
    inventory.programs.push(SiteProgram {
        software: SiteSoftware::Apache,
        file: main.to_owned(),
        files: reading.files,
        strict_sni: strict,
    });
    inventory.unread.extend(reading.unread);
}

/// The first virtual host of each place is its default.
fn defaults(sites: &mut [ServedSite]) {
    let mut known = std::collections::HashSet::new();
    for listen in sites.iter_mut().flat_map(|site| &mut site.listens) {
        listen.default = known.insert((listen.address, listen.port));
    }
}

fn site(
    inventory: &mut Inventory<'_>,
    reading: &mut Reading<'_>,
    read: &Read,
    host: &Host,
    has_userdir: bool,
) -> ServedSite {
    let listens = read.listens_of(host, reading);
    let mut site =
        host.site(&read.main, listens, &read.root, has_userdir, reading, |path| inventory.certificate(path));
    site.automatic = site.names.iter().any(|name| read.managed.contains(name));
    site
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
    managed: std::collections::HashSet<String>,
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
    fn listens_of(&self, host: &Host, reading: &mut Reading<'_>) -> Vec<SiteListen> {
        let mut found: Vec<SiteListen> = Vec::new();
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
                if !found.iter().any(|one| (one.address, one.port) == (place, open)) {
                    found.push(listen);
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
