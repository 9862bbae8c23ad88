//! Scripts, styles and the like over plain http on pages over https.

use midwatch_fields::mixed::Mixed;
use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::view::by_first_page;

pub(crate) static CHECK: Check = Check {
    id: "mixed-content-blockable",
    title: "A page over https loads scripts, styles or frames over plain http",
    severity: Severity::High,
    says: "{place} loads scripts, styles or frames over plain http",
    about: "The page comes over https, and parts that decide what it does or shows are asked for over plain http. \
           Browsers of today refuse such parts, so that the page is broken there; old browsers, embedded ones and \
           programs fetch them. A page is no safer than the scripts in it.",
    gain: "A script, style sheet or frame of the attacker's in the page: with a script, everything that the \
          visitor reads, types and may do there.",
    from: ON_PATH_OR_DNS,
    attacks: &[HttpInjection],
    decided: "A page over https refers to http: by a script, style sheet, font, frame, srcset, object, manifest or \
             another request that Mixed Content calls blockable, in the page itself or in one of its style \
             sheets. Not where upgrade-insecure-requests sends it to https, or where the page's policy stops it \
             (block-all-mixed-content; script sources that let no http: address in), and not for the visitor's \
             own computer (localhost). What many pages share is one finding, at the page where it was met first. \
             Medium where HSTS covers the host that is asked: a browser that knows it goes to https.",
    benign: &[],
    fix: "Load everything over https. Where the other host has no https, copy the file to your own.",
    settings: &[Setting::CspUpgrade],
    source: "W3C Mixed Content, 3.2; W3C Upgrade Insecure Requests; Mozilla Observatory, subresource integrity \
            (-50 for a script over http)",
    find: |view, found| {
        let mut references = view.plain_references();
        references.retain(|reference| reference.mixed == Mixed::Blockable);
        for (page, members) in by_first_page(references) {
            for (covered, severity) in [(false, Severity::High), (true, Severity::Medium)] {
                let mut here =
                    members.iter().filter(|member| view.hsts_covers(member.host()) == covered).peekable();
                if here.peek().is_none() {
                    continue;
                }
                let mut draft = found.at(page.as_str()).severity(severity);
                for member in here {
                    draft = draft.see(member.id, format!("{} loads {}", member.page, member.words()));
                }
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{AttackId, Reference, ReferenceKind, Verdict};

    use super::*;
    use crate::testing::*;

    const PAGE: &str = "https://shop.example/p";

    fn with(reference: Reference, headers: &[(&str, &str)]) -> Scene {
        Scene::sound().page(PAGE, reply(200, headers), |page| page.references = vec![reference])
    }

    fn script(url: &str) -> Reference {
        reference(ReferenceKind::Script, "script src", url)
    }

    #[test]
    fn a_script_over_http_is_found() {
        let weak = Scene::weak().find(CHECK.id);
        assert_eq!((weak.len(), weak[0].severity), (1, Severity::High));
        assert_eq!(weak[0].evidence.len(), 1, "the image is no blockable content");
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().page(PAGE, timeout(), |_| {}).find(CHECK.id).is_empty());
    }

    #[test]
    fn hsts_of_the_host_that_is_asked_makes_it_medium() {
        assert_eq!(with(script("http://shop.example/a.js"), &[]).severities(CHECK.id), [Severity::Medium]);
        let other = with(script("http://cdn.example/a.js"), &[]);
        assert_eq!(other.severities(CHECK.id), [Severity::High]);
        assert_eq!(other.verdict(AttackId::HttpInjection), Verdict::Partly);
    }

    #[test]
    fn what_a_policy_upgrades_or_stops_is_none() {
        for policy in ["upgrade-insecure-requests", "block-all-mixed-content", "script-src 'self'"] {
            let headers = [("content-security-policy", policy)];
            assert!(with(script("http://cdn.example/a.js"), &headers).find(CHECK.id).is_empty(), "{policy}");
        }
        let report = [("content-security-policy-report-only", "script-src 'self'")];
        assert_eq!(with(script("http://cdn.example/a.js"), &report).find(CHECK.id).len(), 1);
        let meta = Scene::sound().page(PAGE, reply(200, &[]), |page| {
            page.references = vec![script("http://cdn.example/a.js")];
            page.meta_csp = vec!["upgrade-insecure-requests".into()];
        });
        assert!(meta.find(CHECK.id).is_empty());
        assert!(with(script("http://localhost/a.js"), &[]).find(CHECK.id).is_empty());
    }

    #[test]
    fn a_style_sheet_that_holds_it_is_named() {
        let within = Reference {
            within: Some("https://shop.example/shop.css".into()),
            ..reference(ReferenceKind::Style, "style @import", "http://shop.example/type.css")
        };
        let found = with(within, &[]).find(CHECK.id);
        assert!(found[0].evidence[0].detail.contains("in the style sheet https://shop.example/shop.css"));
    }

    #[test]
    fn many_references_are_few_findings() {
        let mut scene = Scene::sound();
        for number in 0..30 {
            scene = scene.page(&format!("https://shop.example/p{number}"), reply(200, &[]), |page| {
                page.references = (0..50).map(|n| script(&format!("http://cdn.example/{n}.js"))).collect();
            });
        }
        let found = scene.find(CHECK.id);
        assert_eq!((found.len(), found[0].place.as_str()), (1, "https://shop.example/p0"));
        assert_eq!(found[0].evidence.len(), 20);
        assert!(found[0].evidence[19].detail.ends_with("(and 1480 more)"));
    }
}
