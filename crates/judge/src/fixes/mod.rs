//! The exact lines for each server, one file for each group of settings.
//!
//! Written for nginx 1.19.3 or later, Apache 2.4 and Caddy 2, OpenSSH 8.5 or later, and Dropbear; Postfix 3.6, Exim
//! 4.94 and Dovecot 2.3 or later. Three things that go wrong when lines are pasted
//! stand in the `place` of each: nginx inherits no `add_header` into a block that has one of its own, Apache
//! keeps two tables of headers (`always` and not), and TLS settings count in the default server of an address.

mod cookies;
mod headers;
pub(crate) mod listening;
mod mail;
mod mta_sts;
mod redirect;
mod ssh;
mod tls;
pub(crate) mod zone;

use midwatch_model::{ServerFix, ServerSoftware};

/// A setting of a server that some finding asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Setting {
    /// Plain http answers nothing but a redirect to https on the same host.
    HttpsRedirect,
    /// Strict-Transport-Security for two years.
    Hsts,
    /// TLS 1.2 and 1.3 with the six suites of Mozilla's guideline 6.0, intermediate.
    ModernTls,
    /// No compression in TLS.
    NoTlsCompression,
    /// The file with the server's certificate and every intermediate.
    ChainFile,
    /// Secure, HttpOnly and SameSite=Lax on one cookie.
    CookieFlags,
    /// Secure on one cookie.
    CookieSecure,
    /// Content-Security-Policy: upgrade-insecure-requests.
    CspUpgrade,
    /// Referrer-Policy: strict-origin-when-cross-origin.
    ReferrerPolicy,
    /// Cache-Control: no-store.
    NoStore,
    /// Clear-Site-Data at logout.
    ClearSiteData,
    /// SSH without key exchange that rests on SHA-1 or 1024 bits.
    SshKeyExchange,
    /// SSH without groups that the server chooses.
    SshGroupExchange,
    /// SSH with a key exchange that resists quantum computers.
    SshPostQuantum,
    /// SSH without old ciphers.
    SshCiphers,
    /// SSH without what Terrapin works on.
    SshTerrapin,
    /// SSH without MACs of MD5.
    SshMacs,
    /// SSH without signatures of SHA-1.
    SshSignatures,
    /// A host key that is large enough.
    SshHostKey,
    /// A mail server offers STARTTLS, with a certificate.
    MailStarttls,
    /// Nobody logs in to a mail server before TLS.
    MailLoginEncrypted,
    /// A mail server takes TLS from the first octet, on a port of its own.
    MailImplicitTls,
    /// Mail that goes out goes to the servers alone that DANE or MTA-STS vouch for.
    MailSendVerified,
    /// The policy of MTA-STS, served as senders want it.
    MtaStsPolicy,
}

impl Setting {
    /// All of them.
    pub const ALL: [Setting; 24] = [
        Setting::HttpsRedirect,
        Setting::Hsts,
        Setting::ModernTls,
        Setting::NoTlsCompression,
        Setting::ChainFile,
        Setting::CookieFlags,
        Setting::CookieSecure,
        Setting::CspUpgrade,
        Setting::ReferrerPolicy,
        Setting::NoStore,
        Setting::ClearSiteData,
        Setting::SshKeyExchange,
        Setting::SshGroupExchange,
        Setting::SshPostQuantum,
        Setting::SshCiphers,
        Setting::SshTerrapin,
        Setting::SshMacs,
        Setting::SshSignatures,
        Setting::SshHostKey,
        Setting::MailStarttls,
        Setting::MailLoginEncrypted,
        Setting::MailImplicitTls,
        Setting::MailSendVerified,
        Setting::MtaStsPolicy,
    ];
}

/// What kind of service lines are for, where one setting has lines for several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Any: for pages that explain.
    Any,
    /// Web sites, and whatever is not known to be something else.
    Web,
    /// Mail, whether it is taken, sent or read.
    Mail,
    /// What neither lines for web servers nor those for mail servers are for: files, directories, messages, databases.
    Other,
}

/// What the lines are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The kind of service.
    pub service: Service,
    /// The host.
    pub host: String,
    /// The port of its https service.
    pub https_port: u16,
    /// The cookie's name, where the lines are for one.
    pub cookie: Option<String>,
    /// The servers that take the domain's mail, where the lines are for a domain.
    pub exchanges: Vec<String>,
}

impl Default for Context {
    /// The host and the cookie of the pages that `explain` shows.
    fn default() -> Self {
        Context {
            service: Service::Any,
            host: "shop.example".into(),
            https_port: 443,
            cookie: Some("sid".into()),
            exchanges: vec!["mx1.shop.example".into(), "mx2.shop.example".into()],
        }
    }
}

impl Context {
    /// The port as it stands in a URL: empty for 443.
    fn url_port(&self) -> String {
        if self.https_port == 443 { String::new() } else { format!(":{}", self.https_port) }
    }

    /// The cookie's name where it can stand in a configuration file as it is. A name that a server sent is not
    /// to be trusted with quotes, spaces or expressions.
    fn safe_cookie(&self) -> Option<&str> {
        self.cookie.as_deref().filter(|name| {
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        })
    }

    /// The servers that take mail, where they can stand in a configuration file as they are.
    fn safe_exchanges(&self) -> Vec<&str> {
        let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        self.exchanges.iter().map(String::as_str).filter(|name| name.bytes().all(safe)).take(20).collect()
    }

    /// The host where it can stand in a configuration file as it is.
    fn safe_host(&self) -> &str {
        let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
        if self.host.bytes().all(safe) { &self.host } else { "shop.example" }
    }
}

/// The lines of one setting for every server software that has it, the software that was seen first.
pub fn lines(setting: Setting, context: &Context, seen: Option<ServerSoftware>) -> Vec<ServerFix> {
    let written = match setting {
        Setting::HttpsRedirect => redirect::to_https(context),
        Setting::Hsts => headers::hsts(),
        Setting::ModernTls => of_service(context, tls::modern(), mail::modern()),
        Setting::NoTlsCompression => of_service(context, tls::no_compression(), mail::no_compression()),
        Setting::ChainFile => of_service(context, tls::chain_file(context), mail::chain_file(context)),
        Setting::CookieFlags => cookies::flags(context),
        Setting::CookieSecure => cookies::secure(context),
        Setting::CspUpgrade => headers::csp_upgrade(),
        Setting::ReferrerPolicy => headers::referrer_policy(),
        Setting::NoStore => headers::no_store(),
        Setting::ClearSiteData => headers::clear_site_data(),
        Setting::SshKeyExchange => ssh::key_exchange(),
        Setting::SshGroupExchange => ssh::group_exchange(),
        Setting::SshPostQuantum => ssh::post_quantum(),
        Setting::SshCiphers => ssh::ciphers(),
        Setting::SshTerrapin => ssh::terrapin(),
        Setting::SshMacs => ssh::macs(),
        Setting::SshSignatures => ssh::signatures(),
        Setting::SshHostKey => ssh::host_key(),
        Setting::MailStarttls => of_service(context, Vec::new(), mail::starttls(context)),
        Setting::MailLoginEncrypted => of_service(context, Vec::new(), mail::login_encrypted()),
        Setting::MailImplicitTls => of_service(context, Vec::new(), mail::implicit_tls()),
        Setting::MailSendVerified => mail::send_verified(),
        Setting::MtaStsPolicy => mta_sts::policy(context),
    };
    let mut fixes: Vec<ServerFix> = written
        .into_iter()
        .map(|Lines { server, place, lines }| ServerFix { server, place, lines, seen: Some(server) == seen })
        .collect();
    fixes.sort_by_key(|fix| (!fix.seen, fix.server));
    fixes
}

/// Of the lines for web servers and those for mail servers, those that the service can use.
fn of_service(context: &Context, web: Vec<Lines>, mail: Vec<Lines>) -> Vec<Lines> {
    match context.service {
        Service::Web => web,
        Service::Mail => mail,
        Service::Other => Vec::new(),
        Service::Any => web.into_iter().chain(mail).collect(),
    }
}

/// Lines for one server software.
struct Lines {
    server: ServerSoftware,
    place: String,
    lines: String,
}

fn nginx(place: &str, lines: impl Into<String>) -> Lines {
    Lines { server: ServerSoftware::Nginx, place: place.into(), lines: lines.into() }
}

fn apache(place: &str, lines: impl Into<String>) -> Lines {
    Lines { server: ServerSoftware::Apache, place: place.into(), lines: lines.into() }
}

fn caddy(place: &str, lines: impl Into<String>) -> Lines {
    Lines { server: ServerSoftware::Caddy, place: place.into(), lines: lines.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_that_was_seen_comes_first() {
        for setting in Setting::ALL {
            let all = lines(setting, &Context::default(), None);
            assert!(!all.is_empty() && all.iter().all(|fix| !fix.seen), "{setting:?}");
            for server in all.iter().map(|fix| fix.server) {
                let first = lines(setting, &Context::default(), Some(server)).remove(0);
                assert!(first.seen && first.server == server, "{setting:?}");
            }
        }
    }

    #[test]
    fn names_from_outside_cannot_write_configuration() {
        let hostile = Context {
            service: Service::Any,
            host: "x.example; } http { include /etc/passwd".into(),
            https_port: 443,
            cookie: Some("a\"; return 299; #".into()),
            exchanges: vec!["mx.example\\n\"; include /etc/passwd".into()],
        };
        for setting in Setting::ALL {
            for fix in lines(setting, &hostile, None) {
                assert!(!fix.lines.contains("passwd") && !fix.lines.contains("return 299"), "{fix:?}");
            }
        }
    }

    #[test]
    fn another_port_stands_in_the_redirect() {
        let context = Context { https_port: 8443, ..Context::default() };
        for fix in lines(Setting::HttpsRedirect, &context, None) {
            assert!(fix.lines.contains(":8443"), "{}", fix.lines);
        }
    }
}
