//! A cookie that an answer over plain http sets.

use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::{MAYBE_NO_SESSION, ON_PATH_OR_DNS};
use crate::fixes::Setting;
use crate::words;

pub(crate) static CHECK: Check = Check {
    id: "cookie-over-http",
    title: "A session cookie is set over plain http",
    severity: Severity::High,
    says: "the {place} is set over plain http",
    about: "The answer that sets the cookie comes in the clear, so that everybody on the way reads it as the \
           visitor gets it, and can put another in its place. It stays the key when the visit goes on over https, \
           unless the site changes it there.",
    gain: "The key to the session before the visitor has used it; or the visitor in a session that the attacker \
          began.",
    from: ON_PATH_OR_DNS,
    attacks: &[SessionHijacking, IpHijacking],
    decided: "An answer over plain http, also a redirect, sets a cookie that a browser keeps. High where it looks \
             like the key to a session, medium where HSTS covers the host that sets it; info for any other \
             cookie.",
    benign: &["The site may begin a new session over https and forget this one."],
    fix: "Set no cookies over plain http: answer there with a redirect alone, and begin the session over https.",
    settings: &[Setting::HttpsRedirect],
    source: "RFC 6265 8.3 and 8.6; RFC 6265bis 4.1.2.5",
    find: |view, found| {
        for (cookie, stored) in view.kept_cookies() {
            if cookie.set_by.as_ref().is_none_or(|url| url.scheme() != "http") {
                continue;
            }
            let host = cookie.set_by_host().unwrap_or_default();
            let line = format!("{} set {}", cookie.fact.set_by, cookie.fact.line);
            let draft = found.at(cookie.place()).see(cookie.id, line);
            match &cookie.session {
                Ok(signs) => draft
                    .severity(if view.hsts_covers(&host) { Severity::Medium } else { Severity::High })
                    .confidence(signs.confidence)
                    .benign(MAYBE_NO_SESSION)
                    .see(cookie.id, format!("why it looks like a session: {}", words::and(&signs.why))),
                Err(_) => draft
                    .severity(Severity::Info)
                    .title("A cookie is set over plain http")
                    .gain(format!("What the cookie {} holds.", stored.cookie.name)),
            };
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    const SID: &str = "sid=9f86d081884c7d659a2feaa0c55ad015; Path=/";

    #[test]
    fn a_session_in_the_clear_is_found() {
        let scene = Scene::sound().cookie(SID, "http://shop.example/");
        assert_eq!(scene.severities(CHECK.id), [Severity::Medium]);
        assert_eq!(scene.hsts(None).severities(CHECK.id), [Severity::High]);
        let other = Scene::sound().cookie("theme=light", "http://shop.example/");
        assert_eq!(other.severities(CHECK.id), [Severity::Info]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }

    #[test]
    fn over_https_deleted_and_rejected_ones_are_none() {
        for (field, url) in [
            (SID, "https://shop.example/"),
            ("sid=; Max-Age=0", "http://shop.example/"),
            ("sid=9f86d081884c7d659a2feaa0c55ad015; Secure", "http://shop.example/"),
        ] {
            assert!(Scene::sound().cookie(field, url).find(CHECK.id).is_empty(), "{field}");
        }
    }
}
