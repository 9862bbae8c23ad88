//! Versions, suites, and the files of certificates.

use super::{Context, Lines, apache, caddy, nginx};

/// The six suites of Mozilla's server-side TLS guideline 6.0, intermediate, by OpenSSL's names.
const SUITES: &str = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:\
                      ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:\
                      ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

const NGINX: &str = "in the default server of the address that listens for https, in place of the lines of these \
                     names (in the http block it holds for all)";
const APACHE: &str = "in mods-available/ssl.conf, in place of the lines of these names; take them away in every \
                      VirtualHost";

pub(super) fn modern() -> Vec<Lines> {
    vec![
        nginx(
            NGINX,
            format!("ssl_protocols TLSv1.2 TLSv1.3;\nssl_ciphers {SUITES};\nssl_prefer_server_ciphers off;"),
        ),
        apache(
            APACHE,
            format!("SSLProtocol -all +TLSv1.2 +TLSv1.3\nSSLCipherSuite {SUITES}\nSSLHonorCipherOrder off"),
        ),
        caddy(
            "in the site's block, in place of its tls block; without one these versions are Caddy's own",
            "tls {\n\tprotocols tls1.2 tls1.3\n}",
        ),
    ]
}

/// nginx and Caddy have no such setting: neither compresses in TLS.
pub(super) fn no_compression() -> Vec<Lines> {
    vec![apache(APACHE, "SSLCompression off")]
}

pub(super) fn chain_file(context: &Context) -> Vec<Lines> {
    let host = context.safe_host();
    let path = format!("/etc/letsencrypt/live/{host}");
    vec![
        nginx(
            "in the server block that listens for https; the file holds the server's certificate first, then each \
             issuer up to the root, the root left out",
            format!("ssl_certificate {path}/fullchain.pem;\nssl_certificate_key {path}/privkey.pem;"),
        ),
        apache(
            "in the VirtualHost for https; the file holds the server's certificate first, then each issuer up to \
             the root, the root left out",
            format!("SSLCertificateFile {path}/fullchain.pem\nSSLCertificateKeyFile {path}/privkey.pem"),
        ),
        caddy(
            "in the site's block; without it Caddy fetches a certificate and its chain by itself",
            format!("tls {path}/fullchain.pem {path}/privkey.pem"),
        ),
    ]
}
