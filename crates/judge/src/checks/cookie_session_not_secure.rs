//! A session cookie without Secure.

use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::{MAYBE_NO_SESSION, ON_PATH_OR_DNS};
use crate::fixes::Setting;
use crate::words;

/// Plain requests that the evidence names at most.
const MAX_PLAIN: usize = 3;

pub(crate) static CHECK: Check = Check {
    id: "cookie-session-not-secure",
    title: "A session cookie lacks Secure",
    severity: Severity::High,
    says: "the {place} looks like the key to a session and lacks Secure",
    about: "A browser sends a cookie without Secure with every plain http request to its host, also with one that \
           is answered with a redirect. Somebody on the way needs no link for that: they add an image with an \
           http: address of the site to any plain page that the visitor is on, and read the cookie off the \
           request. That nothing listens for plain http is no help, since they answer in its stead.",
    gain: "The key to the visitor's session: everything that the visitor may read and do, without the password.",
    from: ON_PATH_OR_DNS,
    attacks: &[SessionHijacking, IpHijacking],
    decided: "An answer over https sets a cookie that looks like the key to a session (by its name, by a value \
             that looks random, by HttpOnly), a browser keeps it, and it has no Secure attribute. A cookie that \
             is only named secure has none. Medium where HSTS covers every host that the cookie goes to, so that \
             a browser that has been here sends it over https alone. What is set over plain http is the finding \
             cookie-over-http.",
    benign: &[MAYBE_NO_SESSION],
    fix: "Set the cookie with Secure; best as __Host-name with Secure, HttpOnly, SameSite=Lax and Path=/.",
    settings: &[Setting::CookieFlags],
    source: "RFC 6265 8.3; RFC 6265bis 4.1.2.5; Mozilla Observatory, cookies (-40, -5 with HSTS)",
    find: |view, found| {
        for (cookie, stored, signs) in view.session_cookies() {
            let over_https = cookie.set_by.as_ref().is_some_and(|url| url.scheme() == "https");
            if stored.cookie.secure || !over_https {
                continue;
            }
            let covered = view.hsts_covers_cookie(stored);
            let mut draft = found
                .at(cookie.place())
                .severity(if covered { Severity::Medium } else { Severity::High })
                .confidence(signs.confidence)
                .cookie(&cookie.fact.name)
                .see(cookie.id, format!("{} set {}", cookie.fact.set_by, cookie.fact.line))
                .see(cookie.id, format!("why it looks like a session: {}", words::and(&signs.why)));
            let mut known: Vec<&str> = Vec::new();
            for answer in view.answers.iter().filter(|answer| answer.url.scheme() == "http") {
                if known.len() < MAX_PLAIN
                    && stored.goes_to(&answer.url)
                    && !known.contains(&answer.url.as_str())
                {
                    known.push(answer.url.as_str());
                    let what = if answer.response.is_redirect() {
                        ", which redirects: the cookie is sent with the request"
                    } else {
                        ""
                    };
                    draft = draft
                        .see(answer.id, format!("a browser sends it in the clear to {}{what}", answer.url));
                }
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{Confidence, Verdict};

    use super::*;
    use crate::testing::*;

    const URL: &str = "https://shop.example/";
    const SID: &str = "sid=9f86d081884c7d659a2feaa0c55ad015; Path=/";

    #[test]
    fn a_bare_session_is_found() {
        let found = Scene::weak().find(CHECK.id);
        assert_eq!((found.len(), found[0].severity), (1, Severity::High));
        assert_eq!(found[0].place, "cookie sid of shop.example");
        assert_eq!(found[0].confidence, Confidence::Firm);
        assert!(found[0].evidence.iter().any(|seen| seen.detail.contains("to http://shop.example/cart")));
        assert!(found[0].fix.servers.iter().all(|fix| fix.lines.contains("sid")));
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }

    #[test]
    fn hsts_has_to_cover_every_host_that_it_goes_to() {
        let host_only = Scene::sound().cookie(SID, URL);
        assert_eq!(host_only.severities(CHECK.id), [Severity::Medium]);
        assert_eq!(host_only.verdict(SessionHijacking), Verdict::Partly);
        let details: Vec<String> =
            host_only.find(CHECK.id)[0].evidence.iter().map(|seen| seen.detail.clone()).collect();
        assert!(details.iter().any(|detail| detail.contains("which redirects")), "{details:?}");
        let wide = Scene::sound().cookie(&format!("{SID}; Domain=shop.example"), URL);
        assert_eq!(wide.severities(CHECK.id), [Severity::Medium]);
        let no_subdomains = Some("max-age=63072000");
        assert_eq!(wide.hsts(no_subdomains).severities(CHECK.id), [Severity::High]);
        assert_eq!(host_only.clone().hsts(no_subdomains).severities(CHECK.id), [Severity::Medium]);
        assert_eq!(host_only.hsts(None).severities(CHECK.id), [Severity::High]);
    }

    #[test]
    fn others_deleted_rejected_and_plain_ones_are_none() {
        for (field, url) in [
            ("theme=light; Path=/", URL),
            ("secure=1; Path=/", URL),
            ("csrftoken=9f86d081884c7d659a2feaa0c55ad015", URL),
            ("sid=9f86d081884c7d659a2feaa0c55ad015; Secure", URL),
            ("sid=9f86d081884c7d659a2feaa0c55ad015; Max-Age=0", URL),
            ("sid=9f86d081884c7d659a2feaa0c55ad015; SameSite=None", URL),
            (SID, "http://shop.example/"),
            (SID, "https://other.example/"),
        ] {
            assert!(Scene::sound().cookie(field, url).find(CHECK.id).is_empty(), "{field}");
        }
    }

    #[test]
    fn one_cookie_is_one_finding() {
        let scene =
            Scene::sound().cookie(SID, URL).cookie(&format!("{SID}; HttpOnly"), "https://shop.example/b");
        assert_eq!(scene.find(CHECK.id).len(), 1);
    }
}
