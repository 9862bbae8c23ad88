//! A session that lasts for months.

use midwatch_fields::set_cookie::{Lifetime, MAX_AGE_LIMIT};
use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::{MAYBE_NO_SESSION, ON_PATH_OR_DNS};
use crate::words;

/// 30 days in seconds.
const LONG: i64 = 30 * 24 * 60 * 60;

pub(crate) static CHECK: Check = Check {
    id: "cookie-long-lived",
    title: "A session cookie lives for more than 30 days",
    severity: Severity::Info,
    says: "the {place} looks like the key to a session and lives for more than 30 days",
    about: "A key that was taken once opens the session for as long as it is valid, and a browser that keeps it \
           for months can be made to send it on any day of them.",
    gain: "More time: to wait for the moment when the cookie can be read, and to use it afterwards.",
    from: ON_PATH_OR_DNS,
    attacks: &[SessionHijacking],
    decided: "Max-Age, or else Expires, of a cookie that looks like the key to a session, and that a browser \
             keeps, is more than 30 days away. Browsers cut at 400 days what is longer.",
    benign: &[MAYBE_NO_SESSION, "The session may end on the server long before the cookie does."],
    fix: "Let the session end on the server after days, and the cookie with it; ask for the password again before \
         what matters.",
    settings: &[],
    source: "NIST SP 800-63B (reauthentication at AAL1, 30 days); RFC 6265bis 5.5 (400 days)",
    find: |view, found| {
        for (cookie, stored, signs) in view.session_cookies() {
            let Lifetime::Persistent { seconds } = stored.cookie.lifetime(view.now) else { continue };
            if seconds <= LONG {
                continue;
            }
            let lives = words::duration(u64::try_from(seconds).unwrap_or_default());
            let cut = if seconds > MAX_AGE_LIMIT { ", of which browsers keep 400" } else { "" };
            found
                .at(cookie.place())
                .confidence(signs.confidence)
                .see(cookie.id, format!("{} set {}: {lives}{cut}", cookie.fact.set_by, cookie.fact.line));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn with(attributes: &str) -> Scene {
        let field = format!("sid=9f86d081884c7d659a2feaa0c55ad015; Path=/; Secure; {attributes}");
        Scene::sound().cookie(&field, "https://shop.example/")
    }

    #[test]
    fn thirty_days_are_the_line() {
        assert!(with("Max-Age=2592000").find(CHECK.id).is_empty());
        assert_eq!(with("Max-Age=2592001").severities(CHECK.id), [Severity::Info]);
        assert_eq!(with("Expires=Thu, 24 Nov 2033 14:00:00 GMT").severities(CHECK.id), [Severity::Info]);
        let capped = with("Max-Age=63072000").find(CHECK.id);
        assert!(capped[0].evidence[0].detail.ends_with("730 days, of which browsers keep 400"));
    }

    #[test]
    fn short_lives_and_others_are_none() {
        for attributes in ["HttpOnly", "Max-Age=0", "Max-Age=60; Expires=Thu, 24 Nov 2033 14:00:00 GMT"] {
            assert!(with(attributes).find(CHECK.id).is_empty(), "{attributes}");
        }
        let consent = Scene::sound().cookie("consent=yes; Max-Age=63072000", "https://shop.example/");
        assert!(consent.find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
