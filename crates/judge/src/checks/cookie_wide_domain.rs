//! A session cookie for every subdomain.

use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::{MAYBE_NO_SESSION, ON_PATH_OR_DNS};

pub(crate) static CHECK: Check = Check {
    id: "cookie-wide-domain",
    title: "A session cookie goes to every subdomain",
    severity: Severity::Low,
    says: "the {place} looks like the key to a session and goes to every name below",
    about: "A cookie with a Domain attribute goes to that name and to every name below it: to old servers, test \
           machines, and services that others run under the site's name. Each of them gets the session's key with \
           every request. Without Domain it goes back to the host that set it alone.",
    gain: "The key to the session, from the weakest host below the domain, or from whoever stands in for one.",
    from: ON_PATH_OR_DNS,
    attacks: &[SessionHijacking],
    decided: "A cookie that looks like the key to a session, and that a browser keeps, has a Domain attribute. \
             Info where it has Secure, or HSTS covers the domain and every name below it: then a host below has \
             to be taken over, and standing in for one is not enough.",
    benign: &[MAYBE_NO_SESSION, "Several hosts of the site may share the session on purpose."],
    fix: "Leave Domain away; best as __Host-name, which allows none.",
    settings: &[],
    source: "RFC 6265 4.1.2.3 and 8.6; RFC 6265bis 4.1.3.2",
    find: |view, found| {
        for (cookie, stored, signs) in view.session_cookies() {
            if stored.host_only {
                continue;
            }
            let encrypted = stored.cookie.secure || view.hsts_covers_cookie(stored);
            found
                .at(cookie.place())
                .severity(if encrypted { Severity::Info } else { Severity::Low })
                .confidence(signs.confidence)
                .see(cookie.id, format!("{} set {}", cookie.fact.set_by, cookie.fact.line));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn with(attributes: &str) -> Scene {
        let field = format!("sid=9f86d081884c7d659a2feaa0c55ad015; Path=/{attributes}");
        Scene::sound().cookie(&field, "https://www.shop.example/")
    }

    #[test]
    fn a_domain_is_found() {
        assert_eq!(with("; Domain=shop.example").severities(CHECK.id), [Severity::Info]);
        let bare = with("; Domain=.shop.example").hsts(None);
        assert_eq!(bare.severities(CHECK.id), [Severity::Low]);
        assert_eq!(bare.find(CHECK.id)[0].place, "cookie sid of shop.example");
        assert_eq!(with("; Domain=shop.example; Secure").hsts(None).severities(CHECK.id), [Severity::Info]);
    }

    #[test]
    fn the_host_alone_is_none() {
        assert!(with("").find(CHECK.id).is_empty());
        assert!(with("; Domain=").find(CHECK.id).is_empty());
        let theme = Scene::sound().cookie("theme=light; Domain=shop.example", "https://shop.example/");
        assert!(theme.find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
