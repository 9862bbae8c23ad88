//! Pages that plain http shows too.

use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "plain-http-page",
    title: "The page answers over plain http too",
    severity: Severity::High,
    says: "{place} answers over plain http with a page",
    about: "The page is there over https, and the same address over http shows it as well. One link, bookmark or \
            mistyped address is enough to be there in the clear.",
    gain: "Whoever is on the way reads and changes the page, and reads the cookies that go with it.",
    from: ON_PATH_OR_DNS,
    attacks: &[
        Eavesdropping,
        SessionHijacking,
        HttpInjection,
        StrippingAndDowngrade,
        DnsSpoofing,
        IpHijacking,
    ],
    decided: "For every page that the crawl met over https, the same path and query is asked for over http; a status of \
              2xx is a finding. Medium where HSTS covers the host and its way in over http redirects: a browser that \
              has been here does not ask. A page with a password field is the finding login-over-http. Not for addresses \
              of this computer, to which nothing travels.",
    benign: &[],
    fix: "Answer every request over plain http, whatever its path, with a permanent redirect to https.",
    settings: &[Setting::HttpsRedirect],
    source: "RFC 9110 4.2.2; RFC 6797 7.2",
    find: |view, found| {
        let pages = view.plain_pages();
        for page in pages.iter().filter(|page| !page.has_password) {
            let entry = view.entries.iter().any(|entry| entry.fact.start == page.url.as_str());
            let host = page.url.host_str().unwrap_or_default();
            let entry_redirects =
                !pages.iter().any(|other| other.url.path() == "/" && other.url.host_str() == Some(host));
            if entry {
                continue;
            }
            let covered = entry_redirects && view.hsts_covers(host);
            let severity = if covered { Severity::Medium } else { Severity::High };
            found.at(page.url.as_str()).severity(severity).see(page.id, format!("{} answers 2xx", page.url));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn each_page_is_found_and_the_entry_is_left_to_its_own_check() {
        let places: Vec<String> =
            Scene::weak().find(CHECK.id).into_iter().map(|finding| finding.place).collect();
        assert_eq!(places, ["http://shop.example/cart"]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }

    #[test]
    fn hsts_makes_it_medium() {
        let cart = "https://shop.example/cart";
        let scene = Scene::sound().plain(cart, reply(200, &[]));
        assert_eq!(scene.severities(CHECK.id), [Severity::Medium]);
        assert_eq!(scene.hsts(None).severities(CHECK.id), [Severity::High]);
        assert!(Scene::sound().plain(cart, timeout()).find(CHECK.id).is_empty());
    }
}
