//! Links from https pages to plain http on the same site.

use std::collections::{BTreeMap, BTreeSet};

use midwatch_fields::mixed::Mixed;
use midwatch_model::{AttackId::*, ReferenceKind, Severity};

use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "link-to-http",
    title: "Pages over https link to the site's own plain http",
    severity: Severity::Low,
    says: "pages over https link to plain http at {place}",
    about: "A visitor who is on https, and follows such a link, asks in the clear once more. Where the answer is a \
           redirect to https, somebody on the way can answer in its stead. A canonical address with http: sends \
           visitors who come from a search engine there.",
    gain: "One more request in the clear to answer, from a visitor who was safe before.",
    from: ON_PATH_OR_DNS,
    attacks: &[StrippingAndDowngrade],
    decided: "Pages over https hold a link, a canonical or alternate address, or a refresh to http: on the same \
             site; one finding for each host that they lead to. Links to the page's own host do not count where \
             the page has upgrade-insecure-requests. A refresh leads there without a click, and is medium. Info \
             where HSTS covers the host, low for a refresh.",
    benign: &[],
    fix: "Write links without scheme and host, or with https:. The base URL in the settings of the site's software \
         is often all there is to change.",
    settings: &[Setting::CspUpgrade],
    source: "RFC 6797 2.3.1.1 and 14.6; W3C Upgrade Insecure Requests",
    find: |view, found| {
        let mut hosts: BTreeMap<(String, bool), Vec<(&str, String)>> = BTreeMap::new();
        let mut known = BTreeSet::new();
        for link in view.plain_references() {
            let refresh = link.reference.role == ReferenceKind::Refresh;
            let leads_there =
                refresh || matches!(link.reference.role, ReferenceKind::Link | ReferenceKind::Canonical);
            if link.mixed != Mixed::Navigation || !leads_there || !view.is_own_site(link.host()) {
                continue;
            }
            let detail = format!("{} has {}", link.page, link.words());
            if known.insert((link.id, detail.clone())) {
                hosts.entry((link.host().to_owned(), refresh)).or_default().push((link.id, detail));
            }
        }
        for ((host, refresh), evidence) in hosts {
            let severity = match (refresh, view.hsts_covers(&host)) {
                (true, false) => Severity::Medium,
                (true, true) | (false, false) => Severity::Low,
                (false, true) => Severity::Info,
            };
            let mut draft = found.at(format!("http://{host}")).severity(severity);
            if refresh {
                draft = draft.title("A page over https sends its visitors to the site's own plain http");
            }
            for (id, detail) in evidence {
                draft = draft.see(id, detail);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn with(role: ReferenceKind, by: &str, url: &str, headers: &[(&str, &str)]) -> Scene {
        Scene::sound().page("https://shop.example/p", reply(200, headers), |page| {
            page.references = vec![reference(role, by, url), reference(role, by, url)];
        })
    }

    #[test]
    fn links_into_the_clear_are_found() {
        use ReferenceKind::*;
        assert_eq!(Scene::weak().severities(CHECK.id), [Severity::Low]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().page("https://shop.example/p", timeout(), |_| {}).find(CHECK.id).is_empty());
        let own = "http://shop.example/x";
        for (role, by, covered, bare) in [
            (Link, "a href", Severity::Info, Severity::Low),
            (Canonical, "link rel=canonical", Severity::Info, Severity::Low),
            (Refresh, "meta refresh", Severity::Low, Severity::Medium),
        ] {
            let scene = with(role, by, own, &[]);
            assert_eq!(scene.severities(CHECK.id), [covered]);
            assert_eq!(scene.find(CHECK.id)[0].evidence.len(), 1, "the same twice is one");
            assert_eq!(scene.hsts(None).severities(CHECK.id), [bare]);
        }
    }

    #[test]
    fn other_sites_and_upgraded_links_are_none() {
        use ReferenceKind::*;
        assert!(with(Link, "a href", "http://other.example/", &[]).find(CHECK.id).is_empty());
        assert!(with(Image, "img src", "http://shop.example/a.png", &[]).find(CHECK.id).is_empty());
        let upgrade = [("content-security-policy", "upgrade-insecure-requests")];
        assert!(with(Link, "a href", "http://shop.example/", &upgrade).find(CHECK.id).is_empty());
        assert!(with(Refresh, "meta refresh", "http://shop.example/", &upgrade).find(CHECK.id).is_empty());
        assert_eq!(with(Link, "a href", "http://www.shop.example/", &upgrade).find(CHECK.id).len(), 1);
    }
}
