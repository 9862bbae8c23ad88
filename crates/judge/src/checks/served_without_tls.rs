//! A site that this server serves over plain http alone.

use midwatch_model::{AttackId::*, PlainSays, ServedSite, Severity};

use super::served_support::{Fault, is_among, is_public, secure_names, tell};
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::view::server::{outward, stands};
use crate::words;

pub(crate) static CHECK: Check = Check {
    id: "served-without-tls",
    title: "Sites of this server have no https",
    severity: Severity::High,
    says: "{place} is served over plain http alone",
    about: "No program of this server is told to serve the site over TLS, and plain http shows it. Everything that its \
            visitors read, type and receive goes in the clear.",
    gain: "To read and change every page of the site, and to take its passwords and cookies.",
    from: ON_PATH_OR_DNS,
    attacks: &[Eavesdropping, SessionHijacking, HttpInjection, StrippingAndDowngrade, Impersonation],
    decided: "A site listens for plain http at an address that is not loopback, its configuration neither sends everything \
              to https nor refuses it, and no site with TLS has its name, by itself or by a pattern. Low for a site without \
              a name of its own, which people come to by an address at most. Names that nobody outside can look up (without \
              a dot, .local, .internal) are none, and neither is what the configuration alone does not tell.",
    benign: &[
        "TLS may end at another computer in front of this one, or at a program that is not known here.",
        "A firewall may keep others out, or the program may be set up and not run.",
        "The program may redirect by what its files alone do not tell.",
    ],
    fix: "Get a certificate for the name (certbot --nginx, certbot --apache, or Caddy, which does so by itself), and send \
          plain http to it.",
    settings: &[Setting::ChainFile, Setting::HttpsRedirect],
    source: "RFC 9110 4.2.2; W3C TAG, Securing the Web",
    find: |view, found| {
        let Some(seen) = view.inside.sites else { return };
        let secure = secure_names(seen.fact);
        let mut faults = Vec::new();
        for site in seen.fact.sites.iter().filter(|site| is_plain(site)) {
            let at: Vec<String> = outward(site).map(ToString::to_string).collect();
            let where_it_is = format!("listens at {} ({})", words::some(&at, 2), stands(site));
            let left: Vec<&str> = site
                .names
                .iter()
                .map(String::as_str)
                .filter(|name| !name.starts_with('~') && is_public(name) && !is_among(&secure, name))
                .collect();
            if let Some(first) = left.first() {
                let fault =
                    Fault::of(site, Severity::High, format!("{} {where_it_is}", words::some(&left, 3)));
                faults.push(Fault { place: (*first).to_owned(), ..fault });
            } else if site.names.is_empty() {
                faults.push(Fault::of(site, Severity::Low, where_it_is));
            }
        }
        tell(view, found, "site", faults);
    },
};

/// A site that others reach over plain http, which shows something.
pub(super) fn is_plain(site: &ServedSite) -> bool {
    site.plain == PlainSays::Serves && outward(site).any(|listen| !listen.tls)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn a_site_without_tls_under_any_of_its_names_is_found() {
        let alone = Scene::served(&[served_site(&["a.example"], false)]);
        let found = alone.find(CHECK.id);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].severity, found[0].place.as_str()), (Severity::High, "a.example"));
        for secure in ["a.example", "*.example"] {
            let both = Scene::served(&[served_site(&["a.example"], false), served_site(&[secure], true)]);
            assert!(both.find(CHECK.id).is_empty(), "{secure}");
        }
    }

    #[test]
    fn many_sites_are_one_finding() {
        let names = ["a.example", "b.example", "c.example", "d.example"];
        let sites: Vec<_> = names.iter().map(|name| served_site(&[name], false)).collect();
        let found = Scene::served(&sites).find(CHECK.id);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].place, "4 sites: a.example, b.example, c.example and 1 more");
        assert_eq!(found[0].evidence.len(), 4);
    }

    #[test]
    fn what_is_closed_unclear_or_for_nobody_outside_is_none() {
        for says in [PlainSays::None, PlainSays::Redirects, PlainSays::Refuses, PlainSays::Unknown] {
            let site = ServedSite { plain: says, ..served_site(&["a.example"], false) };
            assert!(Scene::served(&[site]).find(CHECK.id).is_empty(), "{says:?}");
        }
        let mut inner = served_site(&["a.example"], false);
        inner.listens[0].address = std::net::Ipv4Addr::LOCALHOST.into();
        assert!(Scene::served(&[inner]).find(CHECK.id).is_empty());
        for name in ["nas", "nas.local", "localhost", "192.0.2.7"] {
            assert!(Scene::served(&[served_site(&[name], false)]).find(CHECK.id).is_empty(), "{name}");
        }
        let default = Scene::served(&[served_site(&[], false)]);
        assert_eq!(default.severities(CHECK.id), [Severity::Low]);
    }
}
