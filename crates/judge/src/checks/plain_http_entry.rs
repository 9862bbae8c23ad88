//! The way in over plain http shows a page.

use midwatch_model::{AttackId::*, EntryKind, Severity};

use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::view::{FirstHop, first_hop, is_here};

pub(crate) static CHECK: Check = Check {
    id: "plain-http-entry",
    title: "Plain http shows a page in place of a redirect",
    severity: Severity::High,
    says: "{place} shows a page over plain http",
    about: "A visitor who types the name without a scheme, or follows an old link, may begin with http. This way in \
            answers with a page, so that the visit stays in the clear and the browser never learns to use https.",
    gain: "Whoever is on the way reads and changes everything from the first page on.",
    from: ON_PATH_OR_DNS,
    attacks: &[
        Eavesdropping,
        SessionHijacking,
        HttpInjection,
        StrippingAndDowngrade,
        DnsSpoofing,
        IpHijacking,
    ],
    decided: "The first URL of a way in, http:// with the name as given or with www. added or taken away, answers with a \
              status of 2xx. A port that is closed and an error page are no finding, nor is an address of this \
              computer, to which nothing travels. The sibling name counts as medium, since fewer visitors begin there.",
    benign: &[],
    fix: "Answer every request over plain http with a permanent redirect to https on the same host.",
    settings: &[Setting::HttpsRedirect],
    source: "RFC 9110 4.2.2; RFC 6797 7.2; hstspreload.org, requirement 2",
    find: |view, found| {
        for entry in &view.entries {
            let severity = match entry.fact.entry {
                EntryKind::Http => Severity::High,
                EntryKind::SiblingHttp => Severity::Medium,
                _ => continue,
            };
            if is_here(&entry.fact.start) {
                continue;
            }
            if let Some(FirstHop::Content) = first_hop(entry.fact) {
                found
                    .at(&entry.fact.start)
                    .severity(severity)
                    .see(entry.id, format!("{} answers 2xx and no redirect", entry.fact.start));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn a_page_is_found_and_a_redirect_is_not() {
        assert_eq!(Scene::weak().severities(CHECK.id), [Severity::High]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
        let sibling = [("http://www.shop.example/", reply(200, &[]))];
        let scene = Scene::sound().entry_instead(EntryKind::SiblingHttp, &sibling);
        assert_eq!(scene.severities(CHECK.id), [Severity::Medium]);
    }

    #[test]
    fn nothing_travels_to_this_computer() {
        let answers = [("http://127.0.0.1:8080/", reply(200, &[]))];
        assert!(Scene::sound().entry_instead(EntryKind::Http, &answers).find(CHECK.id).is_empty());
    }

    #[test]
    fn silence_an_error_and_a_closed_port_are_no_page() {
        for answer in [timeout(), closed(), reply(403, &[]), reply(404, &[])] {
            let scene = Scene::sound().entry_instead(EntryKind::Http, &[("http://shop.example/", answer)]);
            assert!(scene.find(CHECK.id).is_empty());
        }
    }
}
