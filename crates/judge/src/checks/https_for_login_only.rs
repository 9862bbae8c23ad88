//! Only the login is protected.

use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::words;

pub(crate) static CHECK: Check = Check {
    id: "https-for-login-only",
    title: "The login is on https, and the pages that lead to it are not",
    severity: Severity::High,
    says: "the login of {place} is on https, and the pages that lead to it are shown over plain http",
    about: "The page with the password goes to https, other pages are shown over plain http. The link to the login is on \
            those pages: whoever changes them sends the visitor to a login over http that looks the same.",
    gain: "The password of everybody who comes to the login from a plain page.",
    from: ON_PATH_OR_DNS,
    attacks: &[StrippingAndDowngrade, SessionHijacking],
    decided: "There is a page with a password field over https that plain http does not show, and another page of the site \
              that it does. Medium where HSTS covers the host.",
    benign: &[],
    fix: "Serve the whole site over https alone; a login cannot be safer than the page that leads to it.",
    settings: &[Setting::HttpsRedirect, Setting::Hsts],
    source: "RFC 6797 2.3.1.1 and 2.4",
    find: |view, found| {
        let plain = view.plain_pages();
        let open: Vec<String> =
            plain.iter().filter(|page| !page.has_password).map(|page| page.url.to_string()).collect();
        let login = view.own_pages().find(|(page, url)| {
            page.fact.has_password && url.scheme() == "https" && page.fact.exchange.response.is_seen()
        });
        let (Some((login, url)), Some(first)) = (login, plain.iter().find(|page| !page.has_password)) else {
            return;
        };
        if plain.iter().any(|page| page.has_password) {
            return;
        }
        let covered = view.hsts_covers(&view.host);
        let severity = if covered { Severity::Medium } else { Severity::High };
        found
            .at(&view.host)
            .severity(severity)
            .see(login.id, format!("{url} holds a password field and is on https alone"))
            .see(
                first.id,
                format!(
                    "{} shown over plain http: {}",
                    words::count(open.len(), "page"),
                    words::some(&open, 3)
                ),
            );
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn a_lone_login_is_found() {
        assert_eq!(Scene::weak().severities(CHECK.id), [Severity::High]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
        let unmeasured = Scene::sound().plain("https://shop.example/cart", timeout());
        assert!(unmeasured.find(CHECK.id).is_empty());
    }
}
