//! A policy that tells plain http where visitors come from.

use midwatch_fields::referrer_policy::{self, PlainLeak, ReferrerPolicy};
use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;
use crate::words;

pub(crate) static CHECK: Check = Check {
    id: "referrer-policy-leaks",
    title: "Whole addresses of pages go out to plain http",
    severity: Severity::Low,
    says: "the Referrer-Policy of {place} sends addresses of its pages to plain http",
    about: "Browsers tell the next site where a visitor comes from. By themselves they tell nothing to plain http \
           from a page over https. A Referrer-Policy of unsafe-url has them send the whole address of the page, \
           with all that its query holds (searches, numbers, tokens of a password reset), in the clear.",
    gain: "The addresses of the pages that a visitor was on, read off a request to some other site.",
    from: ON_PATH,
    attacks: &[Eavesdropping],
    decided: "The policy of a page over https is unsafe-url. With origin and origin-when-cross-origin only the \
             site's name goes out, which the connection shows anyway: info. A meta element counts before the \
             header, and of several values the last one that is known. Without any, browsers act by \
             strict-origin-when-cross-origin, which is sound.",
    benign: &[],
    fix: "Send strict-origin-when-cross-origin, or leave the policy away.",
    settings: &[Setting::ReferrerPolicy],
    source: "W3C Referrer Policy, 3 and 8.1",
    find: |view, found| {
        for (policy, name) in [
            (ReferrerPolicy::UnsafeUrl, "unsafe-url"),
            (ReferrerPolicy::Origin, "origin"),
            (ReferrerPolicy::OriginWhenCrossOrigin, "origin-when-cross-origin"),
        ] {
            let mut pages = view.secure_pages().filter(|page| {
                let header = || referrer_policy::from_header(page.response.header("referrer-policy"));
                let meta = page.fact.meta_referrer.as_deref().and_then(referrer_policy::from_meta);
                page.is_html() && meta.or_else(header) == Some(policy)
            });
            let Some(first) = pages.next() else { continue };
            let mut urls = vec![first.url.to_string()];
            urls.extend(pages.map(|page| page.url.to_string()));
            let detail = format!("{name} on {}: {}", words::count(urls.len(), "page"), words::some(&urls, 3));
            let draft = found.at(&view.host).see(first.id, detail);
            if policy.leak_to_plain() == PlainLeak::Origin {
                draft
                    .severity(Severity::Info)
                    .title("The site's name goes out to plain http")
                    .gain("That a visitor comes from this site, read off a request to some other site.");
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn with(header: &str, meta: Option<&str>) -> Vec<Severity> {
        let headers = [("referrer-policy", header)];
        let scene = Scene::sound().page("https://shop.example/p", reply(200, &headers), |page| {
            page.meta_referrer = meta.map(str::to_owned);
        });
        scene.severities(CHECK.id)
    }

    #[test]
    fn what_goes_out_decides() {
        assert_eq!(Scene::weak().severities(CHECK.id), [Severity::Low]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().page("https://shop.example/p", timeout(), |_| {}).find(CHECK.id).is_empty());
        assert_eq!(with("unsafe-url", None), [Severity::Low]);
        assert_eq!(with("origin", None), [Severity::Info]);
        assert_eq!(with("no-referrer, origin-when-cross-origin", None), [Severity::Info]);
        for sound in ["no-referrer-when-downgrade", "same-origin", "unsafe-url, no-referrer", "unknown", ""] {
            assert_eq!(with(sound, None), [], "{sound}");
        }
    }

    #[test]
    fn a_meta_element_counts_before_the_header() {
        assert_eq!(with("unsafe-url", Some("no-referrer")), []);
        assert_eq!(with("no-referrer", Some("always")), [Severity::Low]);
        assert_eq!(with("unsafe-url", Some("unknown")), [Severity::Low]);
    }
}
