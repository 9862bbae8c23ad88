//! Redirects from http to https.

use super::{Context, Lines, apache, caddy, nginx};

/// To the same host first: only an answer over https can set HSTS for the name that was typed.
pub(super) fn to_https(context: &Context) -> Vec<Lines> {
    let port = context.url_port();
    vec![
        nginx(
            "in the server block that listens for http, before its first location (it may listen for https too)",
            format!("if ($scheme = http) {{\n    return 301 https://$host{port}$request_uri;\n}}"),
        ),
        apache(
            "in the VirtualHost for http (needs mod_rewrite: a2enmod rewrite)",
            format!(
                "RewriteEngine On\nRewriteCond %{{HTTPS}} !=on\n\
                 RewriteRule ^ https://%{{SERVER_NAME}}{port}%{{REQUEST_URI}} [R=301,L]"
            ),
        ),
        caddy(
            "in the Caddyfile, where a site block for http:// stands; without one, Caddy redirects by itself",
            format!("http://{} {{\n\tredir https://{{host}}{port}{{uri}} permanent\n}}", context.safe_host()),
        ),
    ]
}
