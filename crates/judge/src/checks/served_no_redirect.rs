//! A site with TLS that plain http shows as well.

use midwatch_model::{AttackId::*, Severity};

use super::served_support::{Fault, is_among, is_public, secure_names, tell};
use super::served_without_tls::is_plain;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::view::server::stands;
use crate::words;

pub(crate) static CHECK: Check = Check {
    id: "served-no-redirect",
    title: "Plain http shows sites that have https",
    severity: Severity::Medium,
    says: "{place} is shown over plain http beside https",
    about: "The site has TLS, and plain http shows it all the same. Whoever types the name without https, or follows an old \
            link, stays on plain http.",
    gain: "To read and change what visitors see who come over plain http, and to keep them there.",
    from: ON_PATH_OR_DNS,
    attacks: &[Eavesdropping, SessionHijacking, HttpInjection, StrippingAndDowngrade],
    decided: "A site listens for plain http at an address that is not loopback, its configuration neither sends everything \
              to https nor refuses it, and a site with TLS has the same name. What an ACME client needs under \
              /.well-known/ may stay.",
    benign: &[
        "The program behind the site may redirect by itself, which the server's files do not tell.",
        "Strict-Transport-Security keeps browsers on https that have been there before; --sites asks for it.",
    ],
    fix: "Answer plain http with nothing but a redirect to https on the same host.",
    settings: &[Setting::HttpsRedirect],
    source: "RFC 6797 7.2; Mozilla Web Security Guidelines, HTTP Redirections",
    find: |view, found| {
        let Some(seen) = view.inside.sites else { return };
        let secure = secure_names(seen.fact);
        let mut faults = Vec::new();
        for site in seen.fact.sites.iter().filter(|site| is_plain(site)) {
            let both: Vec<&str> = site
                .names
                .iter()
                .map(String::as_str)
                .filter(|name| is_public(name))
                .filter(|name| is_among(&secure, name))
                .collect();
            if let Some(first) = both.first() {
                let detail =
                    format!("{} has content over plain http ({})", words::some(&both, 3), stands(site));
                let fault = Fault::of(site, Severity::Medium, detail);
                faults.push(Fault { place: (*first).to_owned(), ..fault });
            }
        }
        tell(view, found, "site", faults);
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{PlainSays, ServedSite};

    use super::*;
    use crate::testing::*;

    #[test]
    fn content_beside_https_is_found_and_a_redirect_is_not() {
        let of = |says| {
            let plain = ServedSite { plain: says, ..served_site(&["a.example"], false) };
            Scene::served(&[plain, served_site(&["a.example"], true)]).severities(CHECK.id)
        };
        assert_eq!(of(PlainSays::Serves), [Severity::Medium]);
        assert!(of(PlainSays::Redirects).is_empty() && of(PlainSays::Unknown).is_empty());
        assert!(Scene::served(&[served_site(&["a.example"], false)]).find(CHECK.id).is_empty());
    }

    #[test]
    fn the_lines_are_those_of_the_program() {
        let sites = [served_site(&["a.example"], false), served_site(&["a.example"], true)];
        let found = Scene::served(&sites).find(CHECK.id);
        let first = found[0].fix.servers.first().expect("lines");
        assert!(first.seen && first.server == midwatch_model::ServerSoftware::Nginx);
    }
}
