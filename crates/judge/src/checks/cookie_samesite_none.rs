//! A session cookie that goes along with requests of other sites.

use midwatch_fields::set_cookie::SameSite;
use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::{MAYBE_NO_SESSION, ON_PATH};

pub(crate) static CHECK: Check = Check {
    id: "cookie-samesite-none",
    title: "A session cookie goes along with requests of other sites",
    severity: Severity::Info,
    says: "the {place} looks like the key to a session and goes along with requests of other sites",
    about: "SameSite=None has browsers send the cookie with requests that any other site's page starts. Somebody \
           on the way can add such requests to a plain page that the visitor is on.",
    gain: "Requests in the visitor's name from any page that the attacker can change.",
    from: ON_PATH,
    attacks: &[SessionHijacking],
    decided: "A cookie that looks like the key to a session, and that a browser keeps, has SameSite=None and \
             Secure. Without Secure it is the finding cookie-rejected.",
    benign: &[
        MAYBE_NO_SESSION,
        "A site that is shown inside others, or that logs visitors in for others, needs it.",
        "The application may tell forged requests by a token of its own.",
    ],
    fix: "Set the session's cookie with SameSite=Lax, and keep None for a cookie of its own that other sites' \
         pages need.",
    settings: &[],
    source: "RFC 6265bis 4.1.2.7",
    find: |view, found| {
        for (cookie, stored, signs) in view.session_cookies() {
            if stored.cookie.same_site == SameSite::None {
                found
                    .at(cookie.place())
                    .confidence(signs.confidence)
                    .see(cookie.id, format!("{} set {}", cookie.fact.set_by, cookie.fact.line));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn a_session_for_all_sites_is_found() {
        let with = |field: &str| Scene::sound().cookie(field, "https://shop.example/").severities(CHECK.id);
        assert_eq!(with("sid=9f86d081884c7d659a2feaa0c55ad015; Secure; SameSite=none"), [Severity::Info]);
        assert_eq!(with("sid=9f86d081884c7d659a2feaa0c55ad015; SameSite=None"), [], "it is rejected");
        assert_eq!(with("sid=9f86d081884c7d659a2feaa0c55ad015; Secure; SameSite=Lax"), []);
        assert_eq!(with("_ga=9f86d081884c7d659a2feaa0c55ad015; Secure; SameSite=None"), []);
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
