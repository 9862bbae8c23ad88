//! A cookie that browsers refuse.

use midwatch_fields::set_cookie::{Ignored, MAX_PAIR, Rejected};
use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::{MAYBE_NO_SESSION, ON_PATH_OR_DNS};
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "cookie-rejected",
    title: "Browsers refuse a cookie",
    severity: Severity::Info,
    says: "browsers refuse the {place}",
    about: "The site sets a cookie that browsers do not keep. What it is for does not work, and whatever protects \
           the site by it does not either.",
    gain: "Nothing, where every browser keeps to the rule.",
    from: ON_PATH_OR_DNS,
    attacks: &[SessionHijacking],
    decided: "The cookie's Domain is a public suffix or another host's; it is Secure and set over plain http; it \
             has SameSite=None without Secure; it holds control characters; it is longer than 4096 octets, or \
             empty. The rules of prefixes are the finding cookie-prefix-broken. SameSite=None without Secure on a \
             cookie that looks like the key to a session is medium, low where HSTS covers the host: not every \
             browser refuses it, and those that keep it send it over plain http.",
    benign: &["The line may be left over, and another one set the cookie rightly."],
    fix: "Set the cookie so that browsers keep it, or set it no more.",
    settings: &[Setting::CookieSecure],
    source: "RFC 6265bis 5.6 and 5.7",
    find: |view, found| {
        for cookie in &view.cookies {
            let why = match (&cookie.parsed, &cookie.stored) {
                (Err(Ignored::ControlCharacter), _) => "it holds a control character".to_owned(),
                (Err(Ignored::TooLarge), _) => {
                    format!("name and value are longer than {MAX_PAIR} octets")
                }
                (Err(Ignored::Empty), _) => "name and value are empty".to_owned(),
                (_, Some(Err(Rejected::PublicSuffix))) => "its Domain is a public suffix".to_owned(),
                (_, Some(Err(Rejected::ForeignDomain))) => {
                    "its Domain is neither the host that sets it nor a parent of it".to_owned()
                }
                (_, Some(Err(Rejected::SecureOverPlain))) => {
                    "it is Secure, and set over plain http".to_owned()
                }
                (_, Some(Err(Rejected::NoneWithoutSecure))) => "SameSite=None asks for Secure".to_owned(),
                _ => continue,
            };
            let draft = found
                .at(cookie.place())
                .see(cookie.id, format!("{} set {}: {why}", cookie.fact.set_by, cookie.fact.line));
            if let (Some(Err(Rejected::NoneWithoutSecure)), Ok(signs), false) =
                (&cookie.stored, &cookie.session, cookie.deletes)
            {
                let domain = cookie.parsed.as_ref().ok().and_then(|parsed| parsed.domain.clone());
                let covered = match domain {
                    Some(domain) => view.hsts_covers_below(&domain),
                    None => view.hsts_covers(&cookie.set_by_host().unwrap_or_default()),
                };
                draft
                    .severity(if covered { Severity::Low } else { Severity::Medium })
                    .confidence(signs.confidence)
                    .title("A session cookie with SameSite=None lacks Secure")
                    .gain("The key to the session, from browsers that keep the cookie all the same.")
                    .fix("Set the cookie with Secure; and with SameSite=Lax where no other site's page needs it.")
                    .benign(MAYBE_NO_SESSION)
                    .cookie(&cookie.fact.name);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Verdict;

    use super::*;
    use crate::testing::*;

    const URL: &str = "https://shop.example/";

    #[test]
    fn every_reason_is_told() {
        for (field, url, why) in [
            ("a=b; Domain=example", URL, "public suffix"),
            ("a=b; Domain=other.example", URL, "neither the host"),
            ("a=b; Secure", "http://shop.example/", "set over plain http"),
            ("a=b; SameSite=None", URL, "asks for Secure"),
            ("=; Path=/", URL, "empty"),
        ] {
            let found = Scene::sound().cookie(field, url).find(CHECK.id);
            let details: Vec<&str> =
                found.iter().flat_map(|finding| &finding.evidence).map(|seen| seen.detail.as_str()).collect();
            assert!(details.len() == 1 && details[0].contains(why), "{field}: {details:?}");
            assert_eq!(found[0].severity, Severity::Info, "{field}");
        }
        let long = format!("a={}", "b".repeat(5000));
        assert_eq!(Scene::sound().cookie(&long, URL).severities(CHECK.id), [Severity::Info]);
    }

    #[test]
    fn a_session_that_some_browsers_keep_counts() {
        let scene = Scene::sound().cookie("sid=9f86d081884c7d659a2feaa0c55ad015; SameSite=None", URL);
        assert_eq!(scene.severities(CHECK.id), [Severity::Low]);
        assert_eq!(scene.verdict(SessionHijacking), Verdict::Protected);
        let bare = scene.hsts(None);
        assert_eq!(bare.severities(CHECK.id), [Severity::Medium]);
    }

    #[test]
    fn what_is_kept_is_none() {
        for field in ["a=b", "a=b; Secure; SameSite=None", "a=; Max-Age=0", "__Host-a=b"] {
            assert!(Scene::sound().cookie(field, URL).find(CHECK.id).is_empty(), "{field}");
        }
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
