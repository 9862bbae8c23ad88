//! DirectAdmin: which account each domain belongs to.
//!
//! - `/etc/virtual/domainowners`: a line `domain: account` for each domain, one space behind the colon.
//! - `/usr/local/directadmin/data/users/<account>/domains.list`: the account's domains, one a line.
//! - beside it, in `domains/`: `<domain>.pointers` with a line `name=alias` or `name=pointer` for each name that leads to the
//!   domain, and `<domain>.subdomains` with the label of each subdomain, one a line.
//!
//! Sources, looked up on 2026-11-30: DirectAdmin's `exim.pl`, version 14, in a copy of it (`get_domain_owner` splits domainowners at
//! `: `). Of the files below `data/users` no documentation was found: they are as scripts of administrators read them (for
//! `domains.list`, `letsencrypt/` in <https://github.com/poralix/directadmin-utils>).

use super::Panels;

/// Where DirectAdmin keeps what it knows of its accounts.
const USERS: &str = "/usr/local/directadmin/data/users";

pub(super) fn look(panels: &mut Panels<'_>) {
    let owners = "/etc/virtual/domainowners";
    if let Some(text) = panels.reading.text(owners) {
        panels.owners("DirectAdmin", owners, &text);
    }
    for path in panels.reading.glob(&format!("{USERS}/*/domains.list")) {
        let Some(text) = panels.reading.text(&path) else { continue };
        let directory = path.trim_end_matches("/domains.list");
        let account = Panels::name(directory).to_owned();
        for (_, domain) in crate::lines::numbered(&text, &['#']) {
            panels.add("DirectAdmin", domain, &account, &path);
            // A name with a slash would lead elsewhere.
            if !domain.contains('/') {
                names(panels, &format!("{directory}/domains/{domain}"), domain, &account);
            }
        }
    }
}

/// The other names of a domain.
fn names(panels: &mut Panels<'_>, file: &str, domain: &str, account: &str) {
    let pointers = format!("{file}.pointers");
    for (_, line) in crate::lines::numbered(&panels.reading.text(&pointers).unwrap_or_default(), &['#']) {
        let name = line.split_once('=').map_or(line, |(name, _)| name);
        panels.add("DirectAdmin", name, account, &pointers);
    }
    let subdomains = format!("{file}.subdomains");
    for (_, label) in crate::lines::numbered(&panels.reading.text(&subdomains).unwrap_or_default(), &['#']) {
        panels.add("DirectAdmin", &format!("{label}.{domain}"), account, &subdomains);
    }
}
