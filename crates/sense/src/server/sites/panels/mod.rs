//! Whose sites they are, by the files of hosting panels. A module for each panel, which says where its files' form was looked up.
//!
//! A panel's own database is not read: what its programs serve stands in the programs' files, and files of text say whose
//! it is.

mod cloudpanel;
mod cpanel;
mod cyberpanel;
mod directadmin;
mod hestia;
mod ispconfig;
mod plesk;
mod virtualmin;

use midwatch_model::PanelDomain;

use super::Inventory;
use super::reading::Reading;

/// Domains that are read of all panels.
const MAX_DOMAINS: usize = 200_000;

/// Adds the domains of every panel that is set up here.
pub(super) fn look(inventory: &mut Inventory<'_>) {
    let mut panels = Panels { reading: Reading::new(inventory.system), domains: Vec::new() };
    cpanel::look(&mut panels);
    plesk::look(&mut panels);
    directadmin::look(&mut panels);
    ispconfig::look(&mut panels);
    hestia::look(&mut panels);
    virtualmin::look(&mut panels);
    cloudpanel::look(&mut panels);
    cyberpanel::look(&mut panels);
    let Panels { reading, domains } = panels;
    inventory.domains.extend(domains);
    inventory.unread.extend(reading.unread);
}

/// Reads one text in the form of each panel, for the fuzzer.
pub(super) fn parse_alone(inventory: &mut Inventory<'_>, text: &str) {
    let mut panels = Panels { reading: Reading::new(inventory.system), domains: Vec::new() };
    panels.owners("cPanel", "/etc/userdomains", text);
    hestia::users(&mut panels, "HestiaCP", "/web.conf", "admin", text);
    virtualmin::domain(&mut panels, "/1", text);
    inventory.domains.extend(panels.domains);
}

struct Panels<'a> {
    reading: Reading<'a>,
    domains: Vec<PanelDomain>,
}

impl Panels<'_> {
    /// A domain, where that is what it is.
    fn add(&mut self, panel: &str, domain: &str, account: &str, file: &str) {
        let domain = ascii(domain.trim().trim_end_matches('.'));
        if !is_domain(&domain) {
            return;
        }
        if self.domains.len() >= MAX_DOMAINS {
            self.reading.limit(file, "panels know more domains than are read");
            return;
        }
        let account: String = account.trim().chars().filter(|c| !c.is_control()).take(64).collect();
        self.domains.push(PanelDomain { domain, account, panel: panel.into(), file: file.into() });
    }

    /// Lines of the form `domain: account`, or `domain: account==more==…`.
    fn owners(&mut self, panel: &str, file: &str, text: &str) {
        for (_, line) in crate::lines::numbered(text, &['#']) {
            if let Some((domain, more)) = line.split_once(':') {
                let account = more.split_once("==").map_or(more, |(account, _)| account);
                self.add(panel, domain, account, file);
            }
        }
    }

    /// The last part of a path.
    fn name(path: &str) -> &str {
        path.rsplit('/').next().unwrap_or_default()
    }
}

/// A name as servers have it in their configuration: small letters, and those beyond ASCII in the form of IDNA (RFC 5890). One
/// that has no such form stays as it is, and is no domain.
fn ascii(name: &str) -> String {
    if name.is_ascii() {
        name.to_ascii_lowercase()
    } else {
        idna::domain_to_ascii(name).unwrap_or_else(|_| name.to_owned())
    }
}

/// True for what may be a domain: labels of letters, digits and hyphens, two or more of them.
fn is_domain(text: &str) -> bool {
    let fits = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'*'))
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(fits)
}
