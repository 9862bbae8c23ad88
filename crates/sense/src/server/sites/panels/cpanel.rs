//! cPanel: `/etc/userdomains` has a line `domain: account` for every domain, subdomains too, and `/etc/trueuserdomains`
//! one for the main domain of each account (cPanel's documentation, "The userdata and userdomains files").

use super::Panels;

pub(super) fn look(panels: &mut Panels<'_>) {
    for file in ["/etc/userdomains", "/etc/trueuserdomains"] {
        if let Some(text) = panels.reading.text(file) {
            panels.owners("cPanel", file, &text);
        }
    }
}
