//! DirectAdmin: `/etc/virtual/domainowners` has a line `domain: account` for each domain, and
//! `/usr/local/directadmin/data/users/<account>/domains.list` one domain a line (DirectAdmin's documentation, "System
//! files").

use super::Panels;

pub(super) fn look(panels: &mut Panels<'_>) {
    let owners = "/etc/virtual/domainowners";
    if let Some(text) = panels.reading.text(owners) {
        panels.owners("DirectAdmin", owners, &text);
    }
    for path in panels.reading.glob("/usr/local/directadmin/data/users/*/domains.list") {
        let Some(text) = panels.reading.text(&path) else { continue };
        let account = Panels::name(path.trim_end_matches("/domains.list")).to_owned();
        for (_, domain) in crate::lines::numbered(&text, &['#']) {
            panels.add("DirectAdmin", domain, &account, &path);
        }
    }
}
