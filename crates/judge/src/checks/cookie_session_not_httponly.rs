//! A session cookie that scripts can read.

use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::{MAYBE_NO_SESSION, ON_PATH};
use crate::fixes::Setting;
use crate::words;

pub(crate) static CHECK: Check = Check {
    id: "cookie-session-not-httponly",
    title: "A session cookie lacks HttpOnly",
    severity: Severity::Low,
    says: "the {place} looks like the key to a session and can be read by scripts",
    about: "Every script in a page can read a cookie without HttpOnly. A script that was added on the way, or on a \
           page over plain http, can send the session's key elsewhere. With HttpOnly it can act while the page is \
           open, and takes nothing away.",
    gain: "The key to the session, where a script gets into a page.",
    from: ON_PATH,
    attacks: &[HttpInjection, SessionHijacking],
    decided: "A cookie that looks like the key to a session, and that a browser keeps, has no HttpOnly attribute.",
    benign: &[MAYBE_NO_SESSION, "A script of the site itself may have to read the cookie."],
    fix: "Set the cookie with HttpOnly.",
    settings: &[Setting::CookieFlags],
    source: "RFC 6265 4.1.2.6; Mozilla Observatory, cookies",
    find: |view, found| {
        for (cookie, stored, signs) in view.session_cookies() {
            if !stored.cookie.http_only {
                found
                    .at(cookie.place())
                    .confidence(signs.confidence)
                    .cookie(&cookie.fact.name)
                    .see(cookie.id, format!("{} set {}", cookie.fact.set_by, cookie.fact.line))
                    .see(cookie.id, format!("why it looks like a session: {}", words::and(&signs.why)));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn a_session_within_reach_of_scripts_is_found() {
        assert_eq!(Scene::weak().severities(CHECK.id), [Severity::Low]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
        for field in [
            "sid=9f86d081884c7d659a2feaa0c55ad015; Path=/; httponly",
            "theme=light; Path=/",
            "sid=; Max-Age=0",
            "csrftoken=9f86d081884c7d659a2feaa0c55ad015; Path=/",
        ] {
            assert!(
                Scene::sound().cookie(field, "https://shop.example/").find(CHECK.id).is_empty(),
                "{field}"
            );
        }
    }
}
