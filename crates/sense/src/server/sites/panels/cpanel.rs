//! cPanel & WHM: which account each domain belongs to.
//!
//! - `/etc/userdomains`: a line `domain: account` for each domain, subdomain, addon and parked domain, and `*: nobody` for what
//!   nobody has. cPanel writes it anew from `/var/cpanel/users`.
//! - `/etc/trueuserdomains`: the same for the main domain of each account alone.
//! - `/etc/userdatadomains`: `domain: account==owner==kind==main domain==document root==…`, where the kind is `main`, `sub`,
//!   `addon` or `parked`. It is read too, since it is another program that writes it.
//!
//! Names are lower-case and ASCII. What becomes of the lines of a suspended account was not found.
//!
//! Sources, looked up on 2026-11-30: WHM API 1, `updateuserdomains` (<https://api.docs.cpanel.net/openapi/whm/operation/updateuserdomains/>)
//! for what is written from what; cPanel's own firewall for the form of the lines (`lib/ConfigServer/CloudFlare.pm` in
//! <https://github.com/cpanel/cpanel-csf>, which splits `/etc/userdomains` at the colon). The fields of `/etc/userdatadomains` are
//! as several scripts of administrators split them; no documentation of them was found.

use super::Panels;

pub(super) fn look(panels: &mut Panels<'_>) {
    for file in ["/etc/userdomains", "/etc/trueuserdomains", "/etc/userdatadomains"] {
        if let Some(text) = panels.reading.text(file) {
            panels.owners("cPanel", file, &text);
        }
    }
}
