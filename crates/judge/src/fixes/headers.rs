//! Response headers.

use super::{Lines, apache, caddy, nginx};

const NGINX: &str = "in the server block that listens for https, and again in every location inside it that has \
                     an add_header of its own";
const APACHE: &str = "in the VirtualHost for https (needs mod_headers: a2enmod headers)";
const CADDY: &str = "in the site's block";

/// Two years, as Mozilla's guideline has it, and more than the year of the preload list.
pub(super) fn hsts() -> Vec<Lines> {
    const VALUE: &str = "max-age=63072000; includeSubDomains";
    vec![
        nginx(
            &format!("{NGINX}; take away any other line that sets this header"),
            format!("add_header Strict-Transport-Security \"{VALUE}\" always;"),
        ),
        apache(
            APACHE,
            format!(
                "Header unset Strict-Transport-Security\n\
                 Header always set Strict-Transport-Security \"{VALUE}\""
            ),
        ),
        caddy(CADDY, format!("header Strict-Transport-Security \"{VALUE}\"")),
    ]
}

/// Browsers enforce every policy that they get, so that this one can stand beside another.
pub(super) fn csp_upgrade() -> Vec<Lines> {
    vec![
        nginx(NGINX, "add_header Content-Security-Policy \"upgrade-insecure-requests\" always;"),
        apache(APACHE, "Header always add Content-Security-Policy \"upgrade-insecure-requests\""),
        caddy(CADDY, "header +Content-Security-Policy \"upgrade-insecure-requests\""),
    ]
}

/// The last known policy counts, so that nginx's line, which comes after the application's, wins.
pub(super) fn referrer_policy() -> Vec<Lines> {
    vec![
        nginx(NGINX, "add_header Referrer-Policy \"strict-origin-when-cross-origin\" always;"),
        apache(
            APACHE,
            "Header unset Referrer-Policy\n\
             Header always set Referrer-Policy \"strict-origin-when-cross-origin\"",
        ),
        caddy(CADDY, "header Referrer-Policy \"strict-origin-when-cross-origin\""),
    ]
}

/// `no-store` counts whatever else the application says.
pub(super) fn no_store() -> Vec<Lines> {
    vec![
        nginx("in the location that serves the page", "add_header Cache-Control \"no-store\" always;"),
        apache(
            "in a Location or Directory section that covers the page (needs mod_headers: a2enmod headers)",
            "Header unset Cache-Control\nHeader always set Cache-Control \"no-store\"",
        ),
        caddy("in a handle block that covers the page", "header Cache-Control \"no-store\""),
    ]
}

pub(super) fn clear_site_data() -> Vec<Lines> {
    vec![
        nginx(
            "in the location that serves the page after logout",
            "add_header Clear-Site-Data '\"cookies\", \"storage\"' always;",
        ),
        apache(
            "in a Location section that covers the page after logout (needs mod_headers: a2enmod headers)",
            "Header always set Clear-Site-Data '\"cookies\", \"storage\"'",
        ),
        caddy(
            "in a handle block that covers the page after logout",
            "header Clear-Site-Data `\"cookies\", \"storage\"`",
        ),
    ]
}
