//! A password field on a page over plain http.

use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "login-over-http",
    title: "A page that asks for a password is shown over plain http",
    severity: Severity::Critical,
    says: "{place} asks for a password over plain http",
    about: "The form may well be sent to https, but the page that holds it comes in the clear: whoever changes the page \
            decides where the password goes.",
    gain: "The password, as it is typed.",
    from: ON_PATH_OR_DNS,
    attacks: &[
        Eavesdropping,
        SessionHijacking,
        HttpInjection,
        StrippingAndDowngrade,
        DnsSpoofing,
        IpHijacking,
    ],
    decided: "A page with a password field was met over plain http, or plain http answers 2xx for a page that has one over \
              https. High where HSTS covers the host. Not for addresses of this computer, to which nothing travels.",
    benign: &[],
    fix: "Answer every request over plain http with a redirect to https; never show a login there.",
    settings: &[Setting::HttpsRedirect],
    source: "RFC 6797 2.3.1.1; W3C Secure Contexts 1",
    find: |view, found| {
        for page in view.plain_pages().iter().filter(|page| page.has_password) {
            let covered = view.hsts_covers(page.url.host_str().unwrap_or_default());
            let severity = if covered { Severity::High } else { Severity::Critical };
            found
                .at(page.url.as_str())
                .severity(severity)
                .see(page.id, format!("{} answers 2xx, and the page holds a password field", page.url));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn a_login_in_the_clear_is_found() {
        let login = "https://shop.example/login";
        let scene = Scene::sound().plain(login, reply(200, &[]));
        assert_eq!(scene.severities(CHECK.id), [Severity::High]);
        assert_eq!(scene.hsts(None).severities(CHECK.id), [Severity::Critical]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().plain(login, timeout()).find(CHECK.id).is_empty());
    }
}
