//! A session cookie without SameSite.

use midwatch_fields::set_cookie::SameSite;
use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::{MAYBE_NO_SESSION, ON_PATH};
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "cookie-no-samesite",
    title: "A session cookie leaves SameSite to the browser",
    severity: Severity::Info,
    says: "the {place} looks like the key to a session and has no SameSite",
    about: "SameSite says whether a cookie goes along with requests that another site's page starts. Without it \
           the browser decides: Chromium and its kin act nearly as for Lax, others send it. Somebody on the way \
           can add such requests to any plain page that the visitor is on.",
    gain: "Requests in the visitor's name from any page that the attacker can change, in browsers that send the \
          cookie.",
    from: ON_PATH,
    attacks: &[SessionHijacking],
    decided: "A cookie that looks like the key to a session, and that a browser keeps, has no SameSite, or one \
             that is neither Strict, Lax nor None.",
    benign: &[MAYBE_NO_SESSION, "The application may tell forged requests by a token of its own."],
    fix: "Set the cookie with SameSite=Lax, or Strict where no link from elsewhere has to lead into the session.",
    settings: &[Setting::CookieFlags],
    source: "RFC 6265bis 4.1.2.7; Mozilla Observatory, cookies",
    find: |view, found| {
        for (cookie, stored, signs) in view.session_cookies() {
            if stored.cookie.same_site == SameSite::Default {
                found
                    .at(cookie.place())
                    .confidence(signs.confidence)
                    .cookie(&cookie.fact.name)
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
    fn a_session_without_it_is_found() {
        let with = |field: &str| Scene::sound().cookie(field, "https://shop.example/").severities(CHECK.id);
        assert_eq!(Scene::weak().severities(CHECK.id), [Severity::Info]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
        assert_eq!(with("sid=9f86d081884c7d659a2feaa0c55ad015; Secure; SameSite=odd"), [Severity::Info]);
        assert_eq!(with("sid=9f86d081884c7d659a2feaa0c55ad015; Secure; samesite=strict"), []);
        assert_eq!(with("sid=9f86d081884c7d659a2feaa0c55ad015; Secure; SameSite=None"), []);
        assert_eq!(with("theme=light; Secure"), []);
    }
}
