//! No Content-Security-Policy.

use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::ON_PATH;
use crate::words;

pub(crate) static CHECK: Check = Check {
    id: "csp-missing",
    title: "Pages have no Content-Security-Policy",
    severity: Severity::Info,
    says: "pages of {place} have no Content-Security-Policy",
    about: "A policy is a second line of defence: it tells browsers where scripts may come from, and can send \
           every request of a page to https. Without one, whatever gets into a page is run.",
    gain: "Nothing by itself. What gets into a page in another way meets no second obstacle.",
    from: ON_PATH,
    attacks: &[HttpInjection],
    decided: "A page over https has no Content-Security-Policy, neither as a header nor as a meta element. A \
             policy that only reports does not count.",
    benign: &[],
    fix: "Send a Content-Security-Policy. Begin with Content-Security-Policy-Report-Only to see what it would \
         stop, for example default-src 'self'; upgrade-insecure-requests.",
    settings: &[],
    source: "W3C Content Security Policy Level 3; Mozilla Observatory, content security policy",
    find: |view, found| {
        let pages: Vec<_> = view.secure_pages().filter(|page| page.is_html()).collect();
        let without: Vec<_> = pages.iter().filter(|page| page.policies().is_empty()).collect();
        if let Some(first) = without.first() {
            let urls: Vec<&str> = without.iter().map(|page| page.url.as_str()).collect();
            let verb = if urls.len() == 1 { "has" } else { "have" };
            let of = format!("{} of {}", urls.len(), words::count(pages.len(), "page"));
            found.at(&view.host).see(first.id, format!("{of} {verb} none: {}", words::some(&urls, 5)));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn with(headers: &[(&str, &str)]) -> Scene {
        Scene::empty().page("https://shop.example/", reply(200, headers), |_| {})
    }

    #[test]
    fn only_a_policy_counts() {
        // The sound scene has no policy, and is told so as a matter of information.
        assert_eq!(Scene::sound().severities(CHECK.id), [Severity::Info]);
        assert!(with(&[("content-security-policy", "default-src 'self'")]).find(CHECK.id).is_empty());
        for nothing in [
            ("content-security-policy-report-only", "default-src 'self'"),
            ("content-security-policy", " ; "),
        ] {
            assert_eq!(with(&[nothing]).find(CHECK.id).len(), 1);
        }
        let meta = Scene::empty().page("https://shop.example/", reply(200, &[]), |page| {
            page.meta_csp = vec!["default-src 'self'".into()];
        });
        assert!(meta.find(CHECK.id).is_empty());
    }

    #[test]
    fn what_is_no_page_needs_none() {
        assert!(with(&[("content-type", "text/plain; charset=utf-8")]).find(CHECK.id).is_empty());
        for answer in [timeout(), redirect("https://shop.example/x"), reply(404, &[])] {
            let scene = Scene::empty().page("https://shop.example/", answer, |_| {});
            assert!(scene.find(CHECK.id).is_empty());
        }
    }
}
