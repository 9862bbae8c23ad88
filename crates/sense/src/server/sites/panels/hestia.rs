//! HestiaCP, and VestaCP before it: `data/users/<account>/web.conf` below the panel's directory has a line for each domain, of
//! `NAME='value'` with a space between, beginning with DOMAIN. Its other names stand under ALIAS, with commas between; `*.` may
//! begin one. No value holds a single quote. Names may be kept as people write them, beyond ASCII too: in what is served they
//! stand in their ASCII form. A suspended domain (`SUSPENDED='yes'`) keeps its line, and answers with a page of the panel.
//!
//! What is served is read where the programs include it: HestiaCP's `nginx.conf` and `apache2.conf` have
//! `conf.d/domains/*.conf`, VestaCP's `conf.d/vesta.conf`, which names a file of each domain below `/home/<account>/conf/web`.
//!
//! Sources, looked up on 2026-11-30: `bin/v-add-web-domain` (the line), `bin/v-add-web-domain-alias`, `bin/v-suspend-web-domain`,
//! `func/main.sh` (`is_domain_format_valid`, `is_alias_format_valid`, `format_domain_idn`), `func/domain.sh` (`add_web_config`) and
//! `install/deb/nginx/nginx.conf` in <https://github.com/hestiacp/hestiacp> (August 2026) and, by the same names, in
//! <https://github.com/serghey-rodin/vesta> (December 2020).

use super::Panels;

pub(super) fn look(panels: &mut Panels<'_>) {
    for (panel, home) in [("HestiaCP", "/usr/local/hestia"), ("VestaCP", "/usr/local/vesta")] {
        for path in panels.reading.glob(&format!("{home}/data/users/*/web.conf")) {
            let Some(text) = panels.reading.text(&path) else { continue };
            let account = Panels::name(path.trim_end_matches("/web.conf")).to_owned();
            users(panels, panel, &path, &account, &text);
        }
    }
}

/// The lines of one account.
pub(super) fn users(panels: &mut Panels<'_>, panel: &str, file: &str, account: &str, text: &str) {
    for (_, line) in crate::lines::numbered(text, &['#']) {
        for name in ["DOMAIN", "ALIAS"] {
            for domain in value(line, name).unwrap_or_default().split(',') {
                panels.add(panel, domain, account, file);
            }
        }
    }
}

/// The value of one name in a line of `NAME='value'`.
fn value<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("='") {
        let (value, behind) = after.split_once('\'')?;
        if before.trim() == name {
            return Some(value);
        }
        rest = behind;
    }
    None
}
