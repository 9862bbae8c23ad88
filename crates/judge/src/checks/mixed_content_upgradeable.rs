//! Images, audio and video over plain http on pages over https.

use midwatch_fields::mixed::Mixed;
use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::view::by_first_page;

pub(crate) static CHECK: Check = Check {
    id: "mixed-content-upgradeable",
    title: "A page over https refers to images or media over plain http",
    severity: Severity::Low,
    says: "{place} refers to images or media over plain http",
    about: "The page comes over https, and images, audio or video in it stand with http:. Browsers of today ask \
           for them over https by themselves, and show nothing where that fails. Older browsers, mail programs \
           and apps ask over plain http.",
    gain: "From visitors with an older browser: which pictures they see, and so which pages they are on, and \
          pictures of the attacker's in place of them.",
    from: ON_PATH_OR_DNS,
    attacks: &[Eavesdropping, HttpInjection],
    decided: "A page over https refers to http: by an image, icon, audio or video that Mixed Content calls \
             upgradeable. Not where upgrade-insecure-requests sends it to https or block-all-mixed-content stops \
             it. A srcset, and an address in place of a name, are blockable, and so the finding \
             mixed-content-blockable. Info where HSTS covers the host that is asked.",
    benign: &[],
    fix: "Write https: in place of http: wherever the page names an image or media.",
    settings: &[Setting::CspUpgrade],
    source: "W3C Mixed Content, 3.1 and 4.1",
    find: |view, found| {
        let mut references = view.plain_references();
        references.retain(|reference| reference.mixed == Mixed::Upgradeable);
        for (page, members) in by_first_page(references) {
            for (covered, severity) in [(false, Severity::Low), (true, Severity::Info)] {
                let mut here =
                    members.iter().filter(|member| view.hsts_covers(member.host()) == covered).peekable();
                if here.peek().is_none() {
                    continue;
                }
                let mut draft = found.at(page.as_str()).severity(severity);
                for member in here {
                    draft = draft.see(member.id, format!("{} refers to {}", member.page, member.words()));
                }
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::ReferenceKind;

    use super::*;
    use crate::testing::*;

    fn with(by: &str, url: &str, headers: &[(&str, &str)]) -> Scene {
        Scene::sound().page("https://shop.example/p", reply(200, headers), |page| {
            page.references = vec![reference(ReferenceKind::Image, by, url)];
        })
    }

    #[test]
    fn an_image_is_found() {
        assert_eq!(Scene::weak().severities(CHECK.id), [Severity::Low]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().page("https://shop.example/p", timeout(), |_| {}).find(CHECK.id).is_empty());
        assert_eq!(with("img src", "http://shop.example/a.png", &[]).severities(CHECK.id), [Severity::Info]);
        assert_eq!(with("img src", "http://img.example/a.png", &[]).severities(CHECK.id), [Severity::Low]);
    }

    #[test]
    fn what_is_upgraded_or_blockable_is_none() {
        let upgrade = [("content-security-policy", "default-src *; upgrade-insecure-requests")];
        assert!(with("img src", "http://img.example/a.png", &upgrade).find(CHECK.id).is_empty());
        assert!(with("img src", "http://192.0.2.1/a.png", &[]).find(CHECK.id).is_empty());
        assert!(with("img src", "https://img.example/a.png", &[]).find(CHECK.id).is_empty());
    }
}
