//! Plesk for Linux: each domain and subdomain has its configuration in `/var/www/vhosts/system/<domain>/conf`, generated as
//! `httpd.conf` (or `last_httpd.conf`, which its documentation names) and `nginx.conf`. Which customer it is of stands in Plesk's
//! database, which is not read; the system account of its subscription is what Apache is told to run its programs as:
//! `SuexecUserGroup "account" "psacln"`.
//!
//! What is served is read where Plesk has the programs include it: `zz010_psa_httpd.conf` in Apache's `conf.d`,
//! which leads to `plesk.conf.d` and from there by links to the files above.
//!
//! Sources, looked up on 2026-11-30: "Apache and Nginx Configuration Files" of Plesk's administrator's guide
//! (<https://docs.plesk.com/en-US/onyx/administrator-guide/web-servers/apache-and-nginx-web-servers-linux/apache-and-nginx-configuration-files.68678>)
//! for the paths. `SuexecUserGroup` is as generated files show it that people have published; no documentation names it. How a
//! directory of a wildcard subdomain is called was not found: Plesk has it in a list of its own (`plesk.conf.d/wildcards`).

use super::Panels;

/// The generated files of Apache, the one in use first.
const GENERATED: [&str; 2] = ["last_httpd.conf", "httpd.conf"];

pub(super) fn look(panels: &mut Panels<'_>) {
    for path in panels.reading.glob("/var/www/vhosts/system/*/conf") {
        let system = panels.reading.system;
        if !system.exists(&system.at(&path)) {
            continue;
        }
        let mut account = None;
        for name in GENERATED {
            if account.is_none()
                && let Some(text) = panels.reading.text(&format!("{path}/{name}"))
            {
                account = runs_as(&text);
            }
        }
        let domain = path.trim_end_matches("/conf").to_owned();
        panels.add("Plesk", Panels::name(&domain), &account.unwrap_or_default(), &path);
    }
}

/// The account of Apache's directive SuexecUserGroup, which may stand in quotes.
pub(super) fn runs_as(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (name, rest) = line.trim().split_once(char::is_whitespace)?;
        let is_it = name.eq_ignore_ascii_case("SuexecUserGroup");
        let account = rest.split_whitespace().next().filter(|_| is_it)?;
        Some(crate::lines::unquote(account).to_owned()).filter(|account| !account.is_empty())
    })
}
