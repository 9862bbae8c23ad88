//! Virtualmin: a file below `virtual-server/domains` of Webmin's directory for each virtual server, called by its number, with lines
//! of `name=value` as Webmin writes all of its files: the name begins the line, the value ends it, a line that begins with `#` is
//! none. `dom` is the domain, in its ASCII form; `user` the account. Sub-servers and aliases are virtual servers of their own
//! (`parent=`, `alias=`), with the account of the one that they belong to. A disabled one keeps its file (`disabled=`).
//!
//! Sources, looked up on 2026-11-30: `list_domains`, `get_domain` and `save_domain` in `virtual-server-lib-funcs.pl`, `parse_domain_name`
//! in `domainname-lib.pl` and `create-domain.pl` of <https://github.com/virtualmin/virtualmin-gpl>, and `read_file` in
//! `web-lib-funcs.pl` of <https://github.com/webmin/webmin> (both August 2026).

use super::Panels;

/// Webmin's directory: as its packages have it, and as FreeBSD's port does.
const WEBMIN: [&str; 2] = ["/etc/webmin", "/usr/local/etc/webmin"];

/// Endings of files that are none of a virtual server, in lower case.
const ASIDE: [&str; 8] = [".lock", ".bak", ".back", ".backup", ".rpmsave", ".sav", ".swp", ".~"];

pub(super) fn look(panels: &mut Panels<'_>) {
    for webmin in WEBMIN {
        for path in panels.reading.glob(&format!("{webmin}/virtual-server/domains/*")) {
            let name = Panels::name(&path).to_ascii_lowercase();
            if ASIDE.iter().any(|end| name.ends_with(end)) || name.contains(".webmintmp.") {
                continue;
            }
            let Some(text) = panels.reading.text(&path) else { continue };
            domain(panels, &path, &text);
        }
    }
}

/// One virtual server.
pub(super) fn domain(panels: &mut Panels<'_>, file: &str, text: &str) {
    // The last line of a name counts.
    let value = |wanted: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once('='));
        lines.rfind(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned())
    };
    if let Some(domain) = value("dom") {
        panels.add("Virtualmin", &domain, &value("user").unwrap_or_default(), file);
    }
}
