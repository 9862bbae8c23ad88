//! A session cookie that others can overwrite.

use midwatch_fields::set_cookie::Prefix;
use midwatch_fields::site;
use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::{MAYBE_NO_SESSION, ON_PATH_OR_DNS};

pub(crate) static CHECK: Check = Check {
    id: "cookie-not-pinned",
    title: "A session cookie can be set by others than its host",
    severity: Severity::Low,
    says: "the {place} looks like the key to a session, and others can set one of the same name",
    about: "Cookies do not say who set them. Whoever answers for plain http, for the host itself or for any name \
           below the site's domain, real or made up, can set a cookie of the same name with another Path or a \
           Domain, and the site cannot tell it from its own. Secure alone does not stop that. A name that begins \
           with __Host- does: browsers take it from the host itself over https alone.",
    gain: "The visitor in a session that the attacker began: what is typed there, the attacker reads.",
    from: ON_PATH_OR_DNS,
    attacks: &[SessionHijacking],
    decided: "The name of a cookie that looks like the key to a session, and that a browser keeps, does not begin \
             with __Host-. Info where it begins with __Secure-, which no plain answer can set, and where HSTS \
             with includeSubDomains covers the site's registrable domain.",
    benign: &[MAYBE_NO_SESSION],
    fix: "Rename the cookie to __Host-name, with Secure, Path=/ and no Domain.",
    settings: &[],
    source: "RFC 6265 8.6 (weak integrity); RFC 6265bis 4.1.3.2",
    find: |view, found| {
        for (cookie, stored, signs) in view.session_cookies() {
            let prefix = stored.cookie.prefix();
            if prefix == Some(Prefix::Host) {
                continue;
            }
            let domain = site::registrable_domain(&stored.domain).unwrap_or(&stored.domain);
            let closed = prefix == Some(Prefix::Secure) || view.hsts_covers_below(domain);
            found
                .at(cookie.place())
                .severity(if closed { Severity::Info } else { Severity::Low })
                .confidence(signs.confidence)
                .see(cookie.id, format!("{} set {}", cookie.fact.set_by, cookie.fact.line));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn with(name: &str) -> Scene {
        let field = format!("{name}=9f86d081884c7d659a2feaa0c55ad015; Path=/; Secure; HttpOnly");
        Scene::sound().cookie(&field, "https://shop.example/")
    }

    #[test]
    fn a_name_without_the_prefix_is_found() {
        assert_eq!(Scene::weak().severities(CHECK.id), [Severity::Low]);
        assert_eq!(with("sid").severities(CHECK.id), [Severity::Info]);
        assert_eq!(with("sid").hsts(Some("max-age=63072000")).severities(CHECK.id), [Severity::Low]);
        assert_eq!(with("__Secure-sid").hsts(None).severities(CHECK.id), [Severity::Info]);
    }

    #[test]
    fn a_pinned_one_is_none() {
        assert!(with("__Host-session").find(CHECK.id).is_empty());
        assert!(with("csrftoken").find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
