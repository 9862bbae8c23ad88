//! Private pages that caches between may keep.

use midwatch_fields::cache_control;
use midwatch_model::{AttackId::*, Severity, Station};

use crate::Check;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "cache-private-page",
    title: "Caches between may keep a private page",
    severity: Severity::Low,
    says: "caches between may keep {place}",
    about: "The page asks for a password, or begins a session, and nothing forbids a shared cache to keep it. Over \
           https only those who open the encryption see it: a content delivery network, a proxy of a company or a \
           virus scanner. What they keep they may give to others, with the session's cookie in it.",
    gain: "What a cache keeps: pages meant for one visitor, and in the worst case the key to a session.",
    from: &[Station::Network, Station::Server],
    attacks: &[SessionHijacking],
    decided: "A page over https with a password field has neither no-store nor private in Cache-Control (info \
             where no-cache or max-age=0 has caches ask before each use), or a page that sets a cookie that looks \
             like the key to a session says by public, s-maxage or max-age that it may be kept. For a page that \
             sets a cookie, silence is no finding: shared caches rarely keep such answers unasked.",
    benign: &["A content delivery network may be told by other means not to keep the page."],
    fix: "Send Cache-Control: no-store with every page that is meant for one visitor.",
    settings: &[Setting::NoStore],
    source: "RFC 9111 3, 5.2.2 and 7.3",
    find: |view, found| {
        for page in view.secure_pages().filter(|page| page.is_html()) {
            let cache = cache_control::parse(page.response.header("cache-control"));
            if !cache.shared_cache_may_keep() {
                continue;
            }
            let fields: Vec<&str> = page.response.header("cache-control").collect();
            let says = match fields.as_slice() {
                [] => "there is no Cache-Control".to_owned(),
                some => format!("Cache-Control is {}", some.join(", ")),
            };
            let fresh = cache.s_maxage.or(cache.max_age);
            let session = view.session_cookies().find(|(cookie, ..)| {
                cookie.set_by.as_ref() == Some(&page.url)
                    || page.response.header("set-cookie").any(|line| line == cookie.fact.line)
            });
            if let Some((cookie, ..)) = session
                && !cache.no_cache
                && (cache.public || fresh.is_some_and(|seconds| seconds > 0))
            {
                found
                    .at(page.url.as_str())
                    .see(page.id, format!("{says}, and the page sets the cookie {}", cookie.fact.name))
                    .see(cookie.id, cookie.fact.line.clone());
            } else if page.fact.has_password {
                let asks = cache.no_cache || fresh == Some(0);
                let severity = if asks { Severity::Info } else { Severity::Low };
                found
                    .at(page.url.as_str())
                    .severity(severity)
                    .see(page.id, format!("{says}, and the page holds a password field"));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn login(headers: &[(&str, &str)]) -> Vec<Severity> {
        let scene = Scene::empty()
            .page("https://shop.example/in", reply(200, headers), |page| page.has_password = true);
        scene.severities(CHECK.id)
    }

    fn session(headers: &[(&str, &str)]) -> Vec<Severity> {
        let url = "https://shop.example/start";
        let field = "sid=9f86d081884c7d659a2feaa0c55ad015; Path=/";
        Scene::empty().page(url, reply(200, headers), |_| {}).cookie(field, url).severities(CHECK.id)
    }

    #[test]
    fn a_login_that_may_be_kept_is_found() {
        assert_eq!(Scene::weak().severities(CHECK.id), [Severity::Low]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert_eq!(login(&[]), [Severity::Low]);
        assert_eq!(login(&[("cache-control", "public, max-age=60")]), [Severity::Low]);
        assert_eq!(login(&[("cache-control", "no-cache, must-revalidate")]), [Severity::Info]);
        assert_eq!(login(&[("cache-control", "no-store")]), []);
        assert_eq!(login(&[("cache-control", "max-age=60"), ("cache-control", "Private")]), []);
        assert!(Scene::empty().page("https://shop.example/in", timeout(), |_| {}).find(CHECK.id).is_empty());
    }

    #[test]
    fn a_session_that_is_offered_to_caches_is_found() {
        assert_eq!(session(&[("cache-control", "public")]), [Severity::Low]);
        assert_eq!(session(&[("cache-control", "s-maxage=60")]), [Severity::Low]);
        assert_eq!(session(&[("cache-control", "max-age=0")]), []);
        assert_eq!(session(&[("cache-control", "private, max-age=60")]), []);
        assert_eq!(session(&[]), [], "silence");
    }
}
