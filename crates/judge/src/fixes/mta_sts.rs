//! The policy of MTA-STS as a web server serves it (RFC 8461 3.2 and 3.3): as text/plain, with status 200, at one name alone.

use super::{Context, Lines, apache, caddy, nginx};

/// Four weeks. RFC 8461 3.2 expects weeks or more.
const MAX_AGE: u32 = 2_419_200;

pub(super) fn policy(context: &Context) -> Vec<Lines> {
    let domain = context.safe_host();
    let path = format!("/etc/letsencrypt/live/mta-sts.{domain}");
    let mut terms = vec!["version: STSv1".to_owned(), "mode: enforce".to_owned()];
    let exchanges = context.safe_exchanges();
    terms.extend(exchanges.iter().map(|name| format!("mx: {name}")));
    if exchanges.is_empty() {
        terms.push("mx: NAME-OF-THE-MAIL-SERVER".into());
    }
    terms.push(format!("max_age: {MAX_AGE}"));
    let quoted = terms.iter().map(|term| format!("{term}\\n")).collect::<String>();
    let lines = terms.join("\n");
    let file = format!("/var/www/mta-sts/.well-known/mta-sts.txt with these lines:\n{lines}");
    let first = "mode: testing in place of enforce until the reports (TLS-RPT) show no failures";
    vec![
        nginx(
            &format!("in the http block, with a certificate for mta-sts.{domain}; {first}"),
            format!(
                "server {{\n    listen 443 ssl;\n    server_name mta-sts.{domain};\n    ssl_certificate {path}/fullchain.pem;\n    \
                 ssl_certificate_key {path}/privkey.pem;\n    location = /.well-known/mta-sts.txt {{\n        \
                 default_type text/plain;\n        return 200 \"{quoted}\";\n    }}\n}}"
            ),
        ),
        apache(
            &format!(
                "beside the other VirtualHosts, with a certificate for mta-sts.{domain}, and the file {file}\n{first}"
            ),
            format!(
                "<VirtualHost *:443>\n    ServerName mta-sts.{domain}\n    SSLEngine on\n    \
                 SSLCertificateFile {path}/fullchain.pem\n    SSLCertificateKeyFile {path}/privkey.pem\n    \
                 DocumentRoot /var/www/mta-sts\n    <Directory /var/www/mta-sts>\n        Require all granted\n    \
                 </Directory>\n</VirtualHost>"
            ),
        ),
        caddy(
            &format!("as a site of its own; Caddy fetches the certificate; {first}"),
            format!(
                "mta-sts.{domain} {{\n\theader Content-Type text/plain\n\trespond /.well-known/mta-sts.txt \"{lines}\n\"\n}}"
            ),
        ),
    ]
}
