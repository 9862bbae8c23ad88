//! CyberPanel: each site of its OpenLiteSpeed has `/usr/local/lsws/conf/vhosts/<domain>/vhost.conf`, where `extUser` is
//! the account (CyberPanel's documentation, "Website directory structure").

use super::Panels;

pub(super) fn look(panels: &mut Panels<'_>) {
    let system = panels.reading.system;
    if !system.exists(&system.at("/usr/local/CyberCP")) {
        return;
    }
    for path in panels.reading.glob("/usr/local/lsws/conf/vhosts/*/vhost.conf") {
        let Some(text) = panels.reading.text(&path) else { continue };
        let account = text.lines().find_map(|line| line.trim().strip_prefix("extUser")).unwrap_or_default();
        let domain = Panels::name(path.trim_end_matches("/vhost.conf")).to_owned();
        panels.add("CyberPanel", &domain, account, &path);
    }
}
