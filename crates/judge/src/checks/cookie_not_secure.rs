//! Another cookie without Secure.

use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "cookie-not-secure",
    title: "A cookie lacks Secure",
    severity: Severity::Low,
    says: "the {place} lacks Secure",
    about: "The cookie does not look like the key to a session, and goes out in the clear with every plain http \
           request to its host: it tells one visitor from others, and may hold a choice or a token. Whoever \
           answers in the site's stead can also change it.",
    gain: "What the cookie holds, and a mark to know the visitor by, wherever they are.",
    from: ON_PATH_OR_DNS,
    attacks: &[Eavesdropping],
    decided: "An answer over https sets a cookie without the Secure attribute that does not look like the key to a \
             session, and a browser keeps it. Info where HSTS covers every host that it goes to.",
    benign: &["A cookie that holds a choice, such as a language, tells little."],
    fix: "Set the cookie with Secure.",
    settings: &[Setting::CookieSecure],
    source: "RFC 6265 8.3; RFC 6265bis 4.1.2.5; Mozilla Observatory, cookies (-20, -5 with HSTS)",
    find: |view, found| {
        for (cookie, stored) in view.kept_cookies() {
            let over_https = cookie.set_by.as_ref().is_some_and(|url| url.scheme() == "https");
            if stored.cookie.secure || cookie.session.is_ok() || !over_https {
                continue;
            }
            let severity = if view.hsts_covers_cookie(stored) { Severity::Info } else { Severity::Low };
            found
                .at(cookie.place())
                .severity(severity)
                .cookie(&cookie.fact.name)
                .see(cookie.id, format!("{} set {}", cookie.fact.set_by, cookie.fact.line));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    const URL: &str = "https://shop.example/";

    #[test]
    fn a_cookie_that_is_named_secure_is_not() {
        let found = Scene::weak().find(CHECK.id);
        assert_eq!((found.len(), found[0].severity), (1, Severity::Low));
        assert_eq!(found[0].place, "cookie secure of shop.example");
        assert!(
            found[0].fix.servers.iter().any(|fix| fix.lines.contains("proxy_cookie_flags secure secure;"))
        );
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
        assert_eq!(Scene::sound().cookie("theme=light", URL).severities(CHECK.id), [Severity::Info]);
    }

    #[test]
    fn sessions_secure_deleted_and_plain_ones_are_none() {
        for (field, url) in [
            ("sid=9f86d081884c7d659a2feaa0c55ad015", URL),
            ("theme=light; secure", URL),
            ("theme=; Max-Age=0", URL),
            ("theme=light; SameSite=None", URL),
            ("theme=light", "http://shop.example/"),
        ] {
            assert!(Scene::sound().cookie(field, url).find(CHECK.id).is_empty(), "{field}");
        }
    }
}
