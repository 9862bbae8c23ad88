//! A default site that shows one customer's certificate to whoever asks for any other name.

use std::collections::BTreeMap;
use std::net::IpAddr;

use midwatch_model::{AttackId::*, ServedSite, Severity};

use super::served_support::{Fault, tell};
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::view::server::{called, stands};

pub(crate) static CHECK: Check = Check {
    id: "served-default-certificate",
    title: "Names that no site has are answered with one site's certificate and pages",
    severity: Severity::Low,
    says: "{place} answers for every name that no site has",
    about: "Where several sites share an address, one of them answers for the names that none has. Whoever comes by a name \
            that leads here and is not set up (yet, or any more) gets the certificate and the pages of a site that is \
            somebody else's.",
    gain: "A name that leads here shows another's pages, and teaches its visitors to click a warning away.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "At an address and port with TLS and several sites, the default one (nginx's default_server, else the first; \
              Apache's first virtual host) has a name of its own, and does not refuse handshakes. Places on loopback do not \
              count.",
    benign: &[
        "All names that lead here may be set up.",
        "All sites may be of one owner, to whom it does not matter.",
    ],
    fix: "Make a default site that is nobody's. nginx 1.19.4 and later: server { listen 443 ssl default_server; \
          ssl_reject_handshake on; }. Apache: a first virtual host with a certificate of no name and Require all denied.",
    settings: &[],
    source: "nginx documentation, ssl_reject_handshake; Apache documentation, Name-based Virtual Host Support; RFC 6066 3",
    find: |view, found| {
        let Some(seen) = view.inside.sites else { return };
        let mut places: BTreeMap<(IpAddr, u16), (usize, Option<&ServedSite>)> = BTreeMap::new();
        for site in seen.fact.sites.iter().filter(|site| !site.stream) {
            for listen in site.listens.iter().filter(|listen| listen.tls && !listen.is_own()) {
                let place = places.entry((listen.address, listen.port)).or_default();
                place.0 += 1;
                if listen.default {
                    place.1 = Some(site);
                }
            }
        }
        let mut faults = Vec::new();
        for ((address, port), (count, default)) in places {
            let Some(site) = default.filter(|site| !site.rejects && !site.names.is_empty()) else { continue };
            if count > 1 {
                let at = std::net::SocketAddr::new(address, port);
                let detail =
                    format!("{} is the default of {count} sites at {at} ({})", called(site), stands(site));
                faults.push(Fault::of(site, Severity::Low, detail));
            }
        }
        tell(view, found, "site", faults);
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn a_default_with_a_name_among_several_is_found() {
        let other = || served_site(&["b.example"], true);
        let with = |change: fn(&mut ServedSite)| {
            let mut first = served_site(&["a.example"], true);
            first.listens[0].default = true;
            change(&mut first);
            Scene::served(&[first, other()]).severities(CHECK.id)
        };
        assert_eq!(with(|_| {}), [Severity::Low]);
        assert!(with(|site| site.rejects = true).is_empty());
        assert!(with(|site| site.names.clear()).is_empty());
        let mut alone = served_site(&["a.example"], true);
        alone.listens[0].default = true;
        assert!(Scene::served(&[alone]).find(CHECK.id).is_empty());
    }
}
