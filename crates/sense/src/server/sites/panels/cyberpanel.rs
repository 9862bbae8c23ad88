//! CyberPanel: each site of its web server has `/usr/local/lsws/conf/vhosts/<domain>/vhost.conf`.
//!
//! - With OpenLiteSpeed `extUser` in it is the account (that of the main site for its child domains), and
//!   `/usr/local/lsws/conf/httpd_config.conf` has, in each listener, a line `map <domain> <domain>, <alias>, …`.
//! - With LiteSpeed Enterprise the file has Apache's form: `SuexecUserGroup account account`, `ServerAlias www.<domain> <alias> …`.
//!
//! While a site is suspended its directory is called `<domain>-suspended`.
//!
//! What OpenLiteSpeed serves is not read: sites are read of the Apache that CyberPanel may put behind it (`/etc/httpd/conf.d`, or
//! `/etc/apache2/sites-enabled`).
//!
//! Sources, looked up on 2026-11-30: `plogical/vhostConfs.py` (both forms), `createNONSSLMapEntry` in `plogical/vhost.py`, `createAlias` in
//! `plogical/virtualHostUtilities.py`, `submitWebsiteStatus` in `websiteFunctions/website.py` and
//! `ApachController/ApacheVhosts.py` of <https://github.com/usmannasir/cyberpanel> (October 2024).

use std::collections::HashMap;

use super::Panels;
use super::plesk::runs_as;

/// OpenLiteSpeed's main file.
const MAIN: &str = "/usr/local/lsws/conf/httpd_config.conf";

pub(super) fn look(panels: &mut Panels<'_>) {
    let system = panels.reading.system;
    if !system.exists(&system.at("/usr/local/CyberCP")) {
        return;
    }
    let mut accounts: HashMap<String, String> = HashMap::new();
    for path in panels.reading.glob("/usr/local/lsws/conf/vhosts/*/vhost.conf") {
        let Some(text) = panels.reading.text(&path) else { continue };
        let account =
            value(&text, "extUser").map(str::to_owned).or_else(|| runs_as(&text)).unwrap_or_default();
        let directory = Panels::name(path.trim_end_matches("/vhost.conf"));
        let domain = directory.strip_suffix("-suspended").unwrap_or(directory).to_owned();
        panels.add("CyberPanel", &domain, &account, &path);
        for line in text.lines() {
            if let Some(aliases) = rest(line, "ServerAlias") {
                aliases.split_whitespace().for_each(|alias| panels.add("CyberPanel", alias, &account, &path));
            }
        }
        accounts.insert(domain, account);
    }
    let main = panels.reading.text(MAIN).unwrap_or_default();
    for line in main.lines() {
        let Some((host, names)) = rest(line, "map").and_then(|rest| rest.split_once(char::is_whitespace))
        else {
            continue;
        };
        // The host that OpenLiteSpeed brings along is nobody's.
        let Some(account) = accounts.get(host) else { continue };
        names.split(',').for_each(|name| panels.add("CyberPanel", name, account, MAIN));
    }
}

/// The value of the first line of a name.
fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| rest(line, name)).filter(|value| !value.is_empty())
}

/// What stands behind a name and white space.
fn rest<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (first, rest) = line.trim().split_once(char::is_whitespace)?;
    (first == name).then(|| rest.trim())
}
