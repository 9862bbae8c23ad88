//! What the tables have to be beside their forms: bounds, and what goes together.

use std::net::IpAddr;
use std::ops::Range;

use url::Url;

use super::Config;
use super::fault::Faults;
use super::reader::{self, Node};
use super::sections::{Metrics, Oidc, Policy, Retention, Tls, TlsMode, Watch, Web};

/// Tells faults of a table, at its keys.
struct Table<'a, 't, 'i> {
    node: &'a Node<'i>,
    path: &'a [&'a str],
    faults: &'a mut Faults<'t>,
}

impl Table<'_, '_, '_> {
    fn place(&self, key: &str) -> Option<Range<usize>> {
        let whole = [self.path, &[key]].concat();
        reader::span(self.node, &whole).or_else(|| reader::span(self.node, self.path))
    }

    fn tell(&mut self, key: &str, what: &str) {
        let place = self.place(key);
        let name = self.path.join(".");
        self.faults.add(place, format!("[{name}] {key}: {what}"));
    }

    fn within(&mut self, key: &str, value: u64, least: u64, most: u64) {
        if !(least..=most).contains(&value) {
            self.tell(key, &format!("from {least} to {most}"));
        }
    }
}

/// Looks at everything.
pub(super) fn all(config: &Config, root: &Node<'_>, faults: &mut Faults<'_>) {
    watch(&config.watch, &mut Table { node: root, path: &["watch"], faults });
    let alerts = &mut Table { node: root, path: &["alerts"], faults };
    if let Some(Err(what)) = config.alerts.dashboard.as_deref().map(|text| web_address(text, true)) {
        alerts.tell("dashboard", what);
    }
    if config.web.on {
        web(&config.web, &mut Table { node: root, path: &["web"], faults });
        tls(&config.web, &mut Table { node: root, path: &["web", "tls"], faults });
        if let Some(oidc) = &config.web.oidc {
            self::oidc(oidc, &mut Table { node: root, path: &["web", "oidc"], faults });
        }
    }
    let password = &mut Table { node: root, path: &["web", "password"], faults };
    password.within("length", config.web.password.length.into(), 8, 256);
    policy(&config.policy, &mut Table { node: root, path: &["policy"], faults });
    retention(&config.retention, &mut Table { node: root, path: &["retention"], faults });
    metrics(&config.metrics, &config.web, &mut Table { node: root, path: &["metrics"], faults });
}

fn watch(watch: &Watch, table: &mut Table<'_, '_, '_>) {
    table.within("jitter", watch.jitter.into(), 0, 50);
    table.within("at_once", watch.at_once.into(), 1, 1000);
    table.within("per_host", watch.per_host.into(), 1, 100);
}

fn web(web: &Web, table: &mut Table<'_, '_, '_>) {
    if web.idle.seconds() > web.session.seconds() {
        table.tell("idle", "it is longer than 'session', which ends first");
    }
    if web.names.iter().any(|name| !is_name(name)) {
        table.tell("names", "a name is wanted as it stands in a browser's address, without port and path");
    }
    if web.behind.iter().any(|range| range.0.length() == 0) {
        table.tell("behind", "that is everybody; write the addresses of the proxy, such as 127.0.0.1/32");
    }
    if !web.behind.is_empty() && web.names.is_empty() {
        table.tell("behind", "the names that people ask the proxy for are missing: names = [\"…\"]");
    }
    if !web.behind.is_empty() && web.tls_mode() == TlsMode::Acme {
        table.tell(
            "behind",
            "a proxy that takes TLS off has the certificate; write mode off, private or files in [web.tls]",
        );
    }
}

fn tls(web: &Web, table: &mut Table<'_, '_, '_>) {
    let (tls, mode) = (&web.tls, web.tls_mode());
    let loopback = web.listen.ip().to_canonical().is_loopback();
    if mode == TlsMode::Off && !loopback {
        table.tell(
            "mode",
            "beyond loopback the dashboard is served with TLS alone; write private, files or acme",
        );
    }
    let belongs: [(&str, bool, TlsMode); 5] = [
        ("certificate", tls.certificate.is_some(), TlsMode::Files),
        ("key", tls.key.is_some(), TlsMode::Files),
        ("directory", tls.directory.is_some(), TlsMode::Acme),
        ("contact", !tls.contact.is_empty(), TlsMode::Acme),
        ("challenge_listen", tls.challenge_listen.is_some(), TlsMode::Acme),
    ];
    for (key, is_there, of) in belongs {
        if is_there && mode != of {
            table.tell(key, &format!("it is for mode = \"{}\" alone", of.name()));
        }
    }
    match mode {
        TlsMode::Files => {
            for (key, is_there) in [("certificate", tls.certificate.is_some()), ("key", tls.key.is_some())] {
                if !is_there {
                    table.tell(key, "mode files needs it");
                }
            }
        }
        TlsMode::Acme => acme(tls, web, table),
        TlsMode::Off | TlsMode::Private => {}
    }
}

fn acme(tls: &Tls, web: &Web, table: &mut Table<'_, '_, '_>) {
    match tls.directory.as_deref().map(|text| web_address(text, false)) {
        None => table.tell("directory", "mode acme needs the URL of the authority's directory"),
        Some(Err(what)) => table.tell("directory", what),
        Some(Ok(())) => {}
    }
    if !tls.accept_terms {
        table.tell(
            "accept_terms",
            "mode acme needs accept_terms = true, once you have read the authority's terms of service",
        );
    }
    if tls.contact.iter().any(|contact| !contact.starts_with("mailto:")) {
        table.tell("contact", "write for example mailto:somebody@shop.example");
    }
    if web.names.iter().all(|name| name.parse::<IpAddr>().is_ok()) {
        table.tell("mode", "mode acme needs the names that the certificate is for: names = [\"…\"] in [web]");
    }
}

fn oidc(oidc: &Oidc, table: &mut Table<'_, '_, '_>) {
    if let Err(what) = web_address(&oidc.issuer, false) {
        table.tell("issuer", what);
    }
    if oidc.roles.is_empty() {
        table.tell(
            "roles",
            "nobody could log in; write for example roles = [{ group = \"admins\", role = \"admin\" }]",
        );
    }
    if oidc.roles.iter().any(|role| role.group.is_some() == role.account.is_some()) {
        table.tell("roles", "each has either a group or an account");
    }
}

fn policy(policy: &Policy, table: &mut Table<'_, '_, '_>) {
    table.within("most", policy.most.into(), 0, 100_000);
}

fn retention(retention: &Retention, table: &mut Table<'_, '_, '_>) {
    if retention.count == Some(0) {
        table.tell("count", "at least 1, since the last of each subject is kept anyhow");
    }
}

fn metrics(metrics: &Metrics, web: &Web, table: &mut Table<'_, '_, '_>) {
    table.within("targets", metrics.targets.into(), 0, 100_000);
    if !metrics.on {
        return;
    }
    match metrics.listen {
        Some(listen) if web.on && listen == web.listen => {
            table.tell(
                "listen",
                "the dashboard listens there; leave 'listen' out to have the figures on the dashboard",
            );
        }
        Some(listen) if !listen.ip().to_canonical().is_loopback() && metrics.token.is_none() => {
            table.tell("token", "beyond loopback the figures need one; write token = { file = \"…\" }");
        }
        None if !web.on => {
            table.tell("listen", "there is no dashboard for the figures to be on; write where to listen")
        }
        _ => {}
    }
}

/// A name of the DNS, or an address.
fn is_name(name: &str) -> bool {
    let labels = |name: &str| name.split('.').all(|label| (1..=63).contains(&label.len()));
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    name.parse::<IpAddr>().is_ok() || (name.len() <= 253 && name.chars().all(plain) && labels(name))
}

/// An https URL without a password in it; `plain`: http is taken too. On loopback it always is.
fn web_address(text: &str, plain: bool) -> Result<(), &'static str> {
    let wrong = "an https URL is wanted";
    let url = Url::parse(text).map_err(|_| wrong)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a user name or password stands in the URL; leave it out");
    }
    let loopback = match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => return Err(wrong),
    };
    match url.scheme() {
        "https" => Ok(()),
        "http" if plain || loopback => Ok(()),
        _ => Err(wrong),
    }
}
