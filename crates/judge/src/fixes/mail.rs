//! Postfix, Exim and Dovecot.
//!
//! Exim comes with GnuTLS or with OpenSSL, whose settings differ: the lines ask it which (`_HAVE_GNUTLS`), and hold for
//! both. Postfix's lists of suites are for what comes in alone (`smtpd_`): who sends to others must not ask more of them
//! than they have, since the next thing that it tries is plain text.

use midwatch_model::ServerSoftware;

use super::{Context, Lines};

const MAIN_CF: &str = "in /etc/postfix/main.cf, in place of the lines of these names; see that no -o in master.cf says otherwise, \
                       then postfix reload";
const MASTER_CF: &str = "in /etc/postfix/master.cf, then postfix reload";
const EXIM: &str = "in the main part of Exim's configuration, above the first begin, in place of the lines of these names \
                    (Debian: /etc/exim4/conf.d/main, or exim4.conf.template); then restart Exim";
const DOVECOT: &str = "in /etc/dovecot/conf.d/10-ssl.conf, in place of the lines of these names (2.4: ssl_server_prefer_ciphers = \
                       client for the last); then doveadm reload";
const DOVECOT_CHAIN: &str = "in /etc/dovecot/conf.d/10-ssl.conf, in place of the lines of these names (2.4: \
                             ssl_server_cert_file and ssl_server_key_file, without the <); then doveadm reload";

/// The suites of Mozilla's guideline 6.0, intermediate, by OpenSSL's names.
const OPENSSL: &str = "ECDHE+AESGCM:ECDHE+CHACHA20";

/// The same, and TLS 1.2 and 1.3 alone, by GnuTLS's names.
const GNUTLS: &str = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:-CIPHER-ALL:\
                      +AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305";

fn postfix(place: &str, lines: impl Into<String>) -> Lines {
    Lines { server: ServerSoftware::Postfix, place: place.into(), lines: lines.into() }
}

fn exim(lines: impl Into<String>) -> Lines {
    Lines { server: ServerSoftware::Exim, place: EXIM.into(), lines: lines.into() }
}

fn dovecot(place: &str, lines: impl Into<String>) -> Lines {
    Lines { server: ServerSoftware::Dovecot, place: place.into(), lines: lines.into() }
}

/// TLS 1.2 and 1.3, with fresh keys and authenticated encryption. The exclusions are OpenSSL's words for suites whose
/// MAC stands by itself (CBC), and for those without forward secrecy or a certificate.
pub(super) fn modern() -> Vec<Lines> {
    vec![
        postfix(
            MAIN_CF,
            "smtpd_tls_protocols = >=TLSv1.2\nsmtpd_tls_mandatory_protocols = >=TLSv1.2\n\
             smtpd_tls_exclude_ciphers = aNULL, kRSA, DHE, 3DES, RC4, SHA1, SHA256, SHA384\n\
             smtpd_tls_eecdh_grade = auto",
        ),
        exim(format!(
            ".ifdef _HAVE_GNUTLS\ntls_require_ciphers = {GNUTLS}\n.else\n\
             openssl_options = +no_sslv2 +no_sslv3 +no_tlsv1 +no_tlsv1_1\ntls_require_ciphers = {OPENSSL}\n.endif"
        )),
        dovecot(
            DOVECOT,
            format!(
                "ssl_min_protocol = TLSv1.2\nssl_cipher_list = {OPENSSL}\nssl_prefer_server_ciphers = no"
            ),
        ),
    ]
}

/// Exim with GnuTLS and Dovecot have no such setting: neither compresses in TLS.
pub(super) fn no_compression() -> Vec<Lines> {
    vec![postfix(MAIN_CF, "tls_ssl_options = NO_COMPRESSION")]
}

/// The certificate with every intermediate. Dovecot 2.4 calls the two settings otherwise.
pub(super) fn chain_file(context: &Context) -> Vec<Lines> {
    let path = format!("/etc/letsencrypt/live/{}", context.safe_host());
    vec![
        postfix(MAIN_CF, format!("smtpd_tls_chain_files = {path}/privkey.pem, {path}/fullchain.pem")),
        exim(format!("tls_certificate = {path}/fullchain.pem\ntls_privatekey = {path}/privkey.pem")),
        dovecot(DOVECOT_CHAIN, format!("ssl_cert = <{path}/fullchain.pem\nssl_key = <{path}/privkey.pem")),
    ]
}

/// STARTTLS for whoever wants it. On port 25 it cannot be asked of everybody (RFC 3207 4).
pub(super) fn starttls(context: &Context) -> Vec<Lines> {
    let switch = |server| match server {
        ServerSoftware::Postfix => "smtpd_tls_security_level = may\n",
        ServerSoftware::Exim => "tls_advertise_hosts = *\n",
        _ => "ssl = required\ndisable_plaintext_auth = yes\n",
    };
    let mut all = chain_file(context);
    for one in &mut all {
        one.lines.insert_str(0, switch(one.server));
        if one.server == ServerSoftware::Dovecot {
            one.place = "in /etc/dovecot/conf.d/10-ssl.conf and 10-auth.conf, in place of the lines of these names (2.4: \
                         auth_allow_cleartext = no for the second, and ssl_server_cert_file and ssl_server_key_file, without the <, for \
                         the others); then doveadm reload"
                .into();
        }
    }
    all
}

/// Passwords go through TLS alone. Dovecot's `ssl = required` refuses them before it, and POP3 still asks for them there
/// without the second line.
pub(super) fn login_encrypted() -> Vec<Lines> {
    vec![
        postfix(MAIN_CF, "smtpd_tls_auth_only = yes"),
        exim("auth_advertise_hosts = ${if eq{$tls_in_cipher}{}{}{*}}"),
        dovecot(
            "in /etc/dovecot/conf.d/10-ssl.conf and 10-auth.conf, in place of the lines of these names (2.4: \
             auth_allow_cleartext = no for the second); then doveadm reload",
            "ssl = required\ndisable_plaintext_auth = yes",
        ),
    ]
}

/// RFC 8314 3.3: TLS before anything is said, so that there is nothing to take away.
pub(super) fn implicit_tls() -> Vec<Lines> {
    vec![
        postfix(
            MASTER_CF,
            "submissions inet n - y - - smtpd\n  -o smtpd_tls_wrappermode=yes\n  -o smtpd_sasl_auth_enable=yes\n  \
             -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject",
        ),
        exim("daemon_smtp_ports = 25 : 465 : 587\ntls_on_connect_ports = 465"),
        dovecot(
            "in /etc/dovecot/conf.d/10-master.conf, in place of the inet_listener blocks of these names (the same in 2.4, which \
             has both by itself); then restart Dovecot",
            "service imap-login {\n  inet_listener imaps {\n    port = 993\n    ssl = yes\n  }\n}\n\
             service pop3-login {\n  inet_listener pop3s {\n    port = 995\n    ssl = yes\n  }\n}",
        ),
    ]
}

/// DANE for what goes out (RFC 7672 2.2): the resolver that is asked has to validate, and be on this computer. Dovecot
/// sends no mail to others.
pub(super) fn send_verified() -> Vec<Lines> {
    vec![
        postfix(
            "in /etc/postfix/main.cf, with a resolver on this computer that validates (/etc/resolv.conf names 127.0.0.1 or ::1 \
             alone), then postfix reload; for MTA-STS beside it, postfix-mta-sts-resolver and its smtp_tls_policy_maps line",
            "smtp_dns_support_level = dnssec\nsmtp_tls_security_level = dane",
        ),
        Lines {
            server: ServerSoftware::Exim,
            place: "in the remote_smtp transport, and dns_dnssec_ok = 1 above the first begin, with a resolver on this computer \
                    that validates; the router that leads there needs dnssec_request_domains = * too; then restart Exim"
                .into(),
            lines: "dnssec_request_domains = *\nhosts_try_dane = *".into(),
        },
    ]
}
