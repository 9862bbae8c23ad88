//! A redirect leads from https back to http.

use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::ON_PATH_OR_DNS;

pub(crate) static CHECK: Check = Check {
    id: "redirect-back-to-http",
    title: "A redirect leads from https back to plain http",
    severity: Severity::High,
    says: "{place} leads from https back to plain http",
    about: "A visitor who came over https is sent to plain http. Whatever protection there was ends at that hop.",
    gain: "The rest of the visit in the clear, with no attack needed before.",
    from: ON_PATH_OR_DNS,
    attacks: &[Eavesdropping, SessionHijacking, HttpInjection, StrippingAndDowngrade],
    decided: "On a way in, or at a page of the crawl, an https answer redirects to an http address of the same site. Medium \
              where HSTS covers the host that it leads to: browsers then go to https instead.",
    benign: &[],
    fix: "Find the redirect (often a base URL that is configured with http://, or a proxy that does not tell the \
          application of https by X-Forwarded-Proto) and make it lead to https.",
    settings: &[],
    source: "RFC 6797 2.3.1.1; RFC 9110 17.11",
    find: |view, found| {
        for answer in &view.answers {
            if answer.url.scheme() != "https" || !answer.response.is_redirect() {
                continue;
            }
            let Some(location) = answer.response.header("location").next() else { continue };
            let Ok(to) = answer.url.join(location) else { continue };
            let host = to.host_str().unwrap_or_default();
            if to.scheme() != "http" || !view.is_own_site(host) {
                continue;
            }
            let severity = if view.hsts_covers(host) { Severity::Medium } else { Severity::High };
            found
                .at(answer.url.as_str())
                .severity(severity)
                .see(answer.id, format!("{} redirects to {to}", answer.url));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn a_way_back_is_found() {
        let scene =
            Scene::sound().page("https://shop.example/old", redirect("http://shop.example/new"), |_| {});
        assert_eq!(scene.severities(CHECK.id), [Severity::Medium]);
        assert_eq!(scene.hsts(None).severities(CHECK.id), [Severity::High]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
        let other =
            Scene::sound().page("https://shop.example/out", redirect("http://other.example/"), |_| {});
        assert!(other.find(CHECK.id).is_empty());
        assert!(Scene::sound().page("https://shop.example/x", timeout(), |_| {}).find(CHECK.id).is_empty());
    }
}
