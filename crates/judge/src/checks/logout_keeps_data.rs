//! A logout that leaves data in the browser.

use std::collections::BTreeSet;

use midwatch_fields::clear_site_data;
use midwatch_model::{AttackId::*, Severity};
use url::Url;

use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;

/// What the last part of a path is called where it ends a session, without `-`, `_` and what follows a dot.
const NAMES: [&str; 4] = ["logout", "logoff", "signout", "signoff"];

pub(crate) static CHECK: Check = Check {
    id: "logout-keeps-data",
    title: "Logging out leaves data in the browser",
    severity: Severity::Info,
    says: "{place} logs out and leaves data in the browser",
    about: "With Clear-Site-Data an answer has the browser forget everything of a site, also what the application \
           has lost track of: other cookies, and what somebody on the way had planted. Here the answer that logs \
           out does not ask for it.",
    gain: "Cookies that still work after the visitor has left, and a planted one that stays for the next visit.",
    from: ON_PATH,
    attacks: &[SessionHijacking],
    decided: "An answer over https with a status below 400 whose path ends in logout, logoff, signout or signoff \
             (also log-out and so on), or that deletes a cookie that looks like the key to a session, has no \
             Clear-Site-Data with \"cookies\" or \"*\" in quotes.",
    benign: &["The application may end the session on its own side, which is what counts most."],
    fix: "End the session on the server, and send Clear-Site-Data: \"cookies\", \"storage\" with the answer.",
    settings: &[Setting::ClearSiteData],
    source: "W3C Clear Site Data, 3.1",
    find: |view, found| {
        let sessions: BTreeSet<&str> =
            view.session_cookies().map(|(cookie, ..)| cookie.fact.name.as_str()).collect();
        for answer in &view.answers {
            let own = answer.url.host_str().is_some_and(|host| view.is_own_site(host));
            if !own || answer.url.scheme() != "https" || answer.response.status >= 400 {
                continue;
            }
            let kinds = clear_site_data::parse(answer.response.header("clear-site-data"));
            if clear_site_data::clears_cookies(&kinds) {
                continue;
            }
            let deletes = view.cookies.iter().find(|cookie| {
                cookie.deletes
                    && cookie.set_by.as_ref() == Some(&answer.url)
                    && sessions.contains(cookie.fact.name.as_str())
            });
            let mut place = answer.url.clone();
            place.set_query(None);
            if let Some(cookie) = deletes {
                let detail = format!("deletes the cookie {} and sends no Clear-Site-Data", cookie.fact.name);
                found.at(place.as_str()).see(answer.id, detail).see(cookie.id, cookie.fact.line.clone());
            } else if is_logout(&answer.url) {
                found.at(place.as_str()).see(answer.id, "no Clear-Site-Data that clears cookies");
            }
        }
    },
};

fn is_logout(url: &Url) -> bool {
    let path = url.path().trim_end_matches('/');
    let last = path.rsplit('/').next().unwrap_or_default();
    let stem = last.split('.').next().unwrap_or_default();
    let name: String = stem.chars().filter(|c| !"-_".contains(*c)).collect();
    NAMES.contains(&name.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn at(path: &str, headers: &[(&str, &str)]) -> Scene {
        Scene::sound().page(&format!("https://shop.example{path}"), reply(200, headers), |_| {})
    }

    #[test]
    fn a_path_that_logs_out_is_known() {
        for path in ["/logout", "/account/Sign-Out/", "/log_off.php?next=1", "/signout.aspx"] {
            assert_eq!(at(path, &[]).severities(CHECK.id), [Severity::Info], "{path}");
            let clears = [("clear-site-data", "\"Cookies\"")];
            assert!(at(path, &clears).find(CHECK.id).is_empty(), "{path}");
            let unquoted = [("clear-site-data", "cookies")];
            assert_eq!(at(path, &unquoted).find(CHECK.id).len(), 1, "{path}");
        }
        for path in ["/", "/blog/how-to-logout", "/logout/help", "/logouts"] {
            assert!(at(path, &[]).find(CHECK.id).is_empty(), "{path}");
        }
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }

    #[test]
    fn errors_silence_and_plain_http_are_none() {
        for (url, answer) in [
            ("https://shop.example/logout", reply(404, &[])),
            ("https://shop.example/logout", timeout()),
            ("http://shop.example/logout", reply(200, &[])),
            ("https://other.example/logout", reply(200, &[])),
        ] {
            assert!(Scene::sound().page(url, answer, |_| {}).find(CHECK.id).is_empty(), "{url}");
        }
    }

    #[test]
    fn an_answer_that_deletes_the_session_logs_out() {
        let url = "https://shop.example/bye";
        let delete = |name: &str| {
            at("/bye", &[]).cookie(&format!("{name}=; Path=/; Secure; Max-Age=0"), url).find(CHECK.id).len()
        };
        assert_eq!(delete("__Host-sid"), 1);
        assert_eq!(delete("theme"), 0);
    }
}
