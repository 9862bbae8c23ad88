//! ISPConfig 3: the website that a domain has lies in `/var/www/clients/client<n>/web<n>`, where the client is the account (0 for the
//! administrator's own), and two links lead there: `/var/www/<domain>` and `/var/www/clients/client<n>/<domain>`. They are
//! absolute with a slash at the end, or relative where the server is told so (`website_symlinks_rel`). Domains with characters
//! beyond ASCII are kept in their ASCII form. Aliases and subdomains of a website have no link: their names stand beside the
//! domain's in its virtual host.
//!
//! What is served is read where ISPConfig puts it: `<domain>.vhost` in Apache's or nginx's `sites-available`, with a link from
//! `sites-enabled` whose name begins with `100-` (`900-` for wildcards), which is taken away while a website is switched off.
//!
//! Source, looked up on 2026-11-30: ISPConfig's own source in a mirror of 2023 (<https://github.com/cyberkathosting/ispconfig3>):
//! `website_path` and `website_symlinks` in `install/dist/conf/*.conf.php`, `update` in
//! `server/plugins-available/apache2_plugin.inc.php` and `nginx_plugin.inc.php`, `create_relative_link` in
//! `server/lib/classes/system.inc.php`. Both paths can be set otherwise for a server; such servers are not recognised.

use super::Panels;

/// Where the clients' websites lie.
const CLIENTS: &str = "/var/www/clients";

pub(super) fn look(panels: &mut Panels<'_>) {
    let system = panels.reading.system;
    if !system.exists(&system.at(CLIENTS)) {
        return;
    }
    for path in panels.reading.directory("/var/www") {
        let Some(target) = system.link(&system.at(&path)) else { continue };
        if let Some(client) = client(&target) {
            panels.add("ISPConfig", Panels::name(&path), client, &path);
        }
    }
    for path in panels.reading.glob(&format!("{CLIENTS}/client*/*")) {
        let Some(target) = system.link(&system.at(&path)) else { continue };
        let Some(client) = path.split('/').rev().nth(1).filter(|_| is_website(&target)) else { continue };
        panels.add("ISPConfig", Panels::name(&path), client, &path);
    }
}

/// The client that a link from `/var/www` leads to.
fn client(target: &str) -> Option<&str> {
    let below = target.strip_prefix("/var/www/").unwrap_or(target);
    let client = below.strip_prefix("clients/")?.split('/').next()?;
    client.starts_with("client").then_some(client)
}

/// True where a link leads to a website: `…/client7/web9/`, or `web9` beside it.
fn is_website(target: &str) -> bool {
    let last = target.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    last.strip_prefix("web").is_some_and(|number| number.parse::<u32>().is_ok())
}
