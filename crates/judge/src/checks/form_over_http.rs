//! Forms of https pages that are sent over plain http.

use midwatch_fields::csp::{self, Policy};
use midwatch_fields::mixed::is_on_this_computer;
use midwatch_model::{AttackId, AttackId::*, Severity};
use url::Url;

use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;

/// Without a password, no session begins with the form.
const WITHOUT_PASSWORD: &[AttackId] = &[Eavesdropping, DnsSpoofing, IpHijacking];

pub(crate) static CHECK: Check = Check {
    id: "form-over-http",
    title: "A form of a page over https is sent over plain http",
    severity: Severity::High,
    says: "a form is sent over plain http to {place}",
    about: "The visitor types on a page with a padlock, and what was typed leaves it in the clear. Some browsers \
           warn before they send such a form; others, and programs, do not. A redirect to https at that address \
           comes too late: the form is sent with the first request.",
    gain: "Everything that is typed into the form.",
    from: ON_PATH_OR_DNS,
    attacks: &[Eavesdropping, SessionHijacking, DnsSpoofing, IpHijacking],
    decided: "A page over https has a form whose action is http:. Critical with a password field, medium for GET \
             (a search) without one. Not where the page's policy has upgrade-insecure-requests, which sends forms \
             to https whatever their host, or a form-action that lets no http: address in. One step milder where \
             HSTS covers the host of the action.",
    benign: &[],
    fix: "Let the action begin with https:, or leave scheme and host away so that the form stays where the page \
         is.",
    settings: &[Setting::CspUpgrade],
    source: "W3C Upgrade Insecure Requests; W3C Mixed Content; RFC 9110 4.2.2",
    find: |view, found| {
        for page in view.secure_pages() {
            let policies = page.policies();
            if csp::upgrades_insecure_requests(&policies) || stops_plain_forms(&policies) {
                continue;
            }
            for form in &page.fact.forms {
                let Ok(mut action) = Url::parse(&form.action) else { continue };
                if action.scheme() != "http" || form.method == "DIALOG" || is_on_this_computer(&action) {
                    continue;
                }
                let worst = match (form.has_password, form.method.as_str()) {
                    (true, _) => Severity::Critical,
                    (false, "GET") => Severity::Medium,
                    (false, _) => Severity::High,
                };
                let covered = view.hsts_covers(action.host_str().unwrap_or_default());
                // What is in the query differs from page to page, and the form is the same.
                action.set_query(None);
                action.set_fragment(None);
                let what = if form.has_password { " with a password field" } else { "" };
                let draft = found
                    .at(action.as_str())
                    .severity(if covered { milder(worst) } else { worst })
                    .see(page.id, format!("{}: a form{what} ({}) goes to {action}", page.url, form.method));
                if form.has_password {
                    draft
                        .title("A password is sent over plain http")
                        .gain("The password, and with it the account.");
                } else {
                    draft.attacks(WITHOUT_PASSWORD);
                }
            }
        }
    },
};

/// True where one of the policies lets no form be sent to an `http:` address. `form-action` has no other
/// directive to fall back to, and a source without a scheme stands for the page's own or a safer one (CSP 3).
fn stops_plain_forms(policies: &[Policy]) -> bool {
    let lets_plain_in = |source: &String| {
        let source = source.to_ascii_lowercase();
        source == "*" || source == "http:" || source.starts_with("http://")
    };
    policies.iter().any(|policy| {
        policy.directive("form-action").is_some_and(|sources| !sources.iter().any(lets_plain_in))
    })
}

fn milder(severity: Severity) -> Severity {
    match severity {
        Severity::Critical => Severity::High,
        Severity::High => Severity::Medium,
        Severity::Medium => Severity::Low,
        Severity::Low | Severity::Info => Severity::Info,
    }
}

#[cfg(test)]
mod tests {
    use midwatch_model::{Form, Verdict};

    use super::*;
    use crate::testing::*;

    fn with(action: &str, method: &str, has_password: bool, policy: &str) -> Scene {
        let headers = [("content-security-policy", policy)];
        Scene::sound().page("https://shop.example/p", reply(200, &headers), |page| {
            page.forms = vec![Form { action: action.into(), method: method.into(), has_password }];
        })
    }

    #[test]
    fn what_is_sent_decides() {
        assert_eq!(Scene::weak().severities(CHECK.id), [Severity::Critical]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().page("https://shop.example/p", timeout(), |_| {}).find(CHECK.id).is_empty());
        for (method, has_password, severity) in [
            ("POST", true, Severity::Critical),
            ("GET", true, Severity::Critical),
            ("POST", false, Severity::High),
            ("GET", false, Severity::Medium),
        ] {
            let scene = with("http://other.example/x?page=1#top", method, has_password, "");
            assert_eq!(scene.severities(CHECK.id), [severity], "{method}");
            assert_eq!(scene.find(CHECK.id)[0].place, "http://other.example/x");
            let covered = with("http://shop.example/x", method, has_password, "");
            assert_eq!(covered.severities(CHECK.id), [milder(severity)], "{method}");
        }
        assert!(with("http://other.example/", "DIALOG", false, "").find(CHECK.id).is_empty());
        assert!(with("http://localhost/", "POST", true, "").find(CHECK.id).is_empty());
        assert!(with("https://other.example/", "POST", true, "").find(CHECK.id).is_empty());
    }

    #[test]
    fn a_policy_can_upgrade_or_stop_it() {
        for policy in ["upgrade-insecure-requests", "form-action 'self'", "form-action 'none'"] {
            assert!(
                with("http://other.example/x", "POST", true, policy).find(CHECK.id).is_empty(),
                "{policy}"
            );
        }
        for policy in ["default-src 'self'", "form-action 'self' http:", "form-action *"] {
            assert_eq!(
                with("http://other.example/x", "POST", true, policy).find(CHECK.id).len(),
                1,
                "{policy}"
            );
        }
    }

    #[test]
    fn a_password_is_needed_to_take_a_session() {
        let newsletter = with("http://other.example/x", "POST", false, "");
        assert_eq!(newsletter.verdict(SessionHijacking), Verdict::Protected);
        assert_eq!(newsletter.verdict(Eavesdropping), Verdict::Exposed);
        assert_eq!(
            with("http://other.example/x", "POST", true, "").verdict(SessionHijacking),
            Verdict::Exposed
        );
    }
}
