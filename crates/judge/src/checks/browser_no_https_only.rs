//! A browser goes to sites over plain http without a question.

use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::ON_PATH;

pub(crate) static CHECK: Check = Check {
    id: "browser-no-https-only",
    title: "A browser goes to sites over plain http without a question",
    severity: Severity::Info,
    says: "{place} does not insist on https",
    about: "With HTTPS-Only a browser asks before it goes anywhere over plain http. Without it, somebody on the path who \
            keeps https from working gets the http version, and only the address bar shows it.",
    gain: "To read and change what is sent to every site that is not on the HSTS preload list and was never visited.",
    from: ON_PATH,
    attacks: &[StrippingAndDowngrade, Eavesdropping, HttpInjection],
    decided: "Firefox's dom.security.https_only_mode, which is off unless somebody switched it on, and Chromium's \
              https_only_mode_enabled where it says no. Newer versions try https first by themselves, and fall back to \
              http where that fails, which somebody on the path can bring about.",
    benign: &["It is how Firefox comes, and some sites and devices at home have no https."],
    fix: "Firefox: Settings, Privacy & Security, HTTPS-Only Mode. Chromium: chrome://settings/security, Always use secure \
          connections.",
    settings: &[],
    source: "RFC 6797 2.3; https://support.mozilla.org/kb/https-only-prefs",
    find: |view, found| {
        for seen in &view.here.local.browsers {
            if seen.fact.https_only.value() == Some(&false) {
                found
                    .at(format!("{} ({})", seen.fact.browser, seen.fact.profile))
                    .see(seen.id, "expected HTTPS-Only to be on, observed that it is not");
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    #[test]
    fn off_is_named() {
        let scene = Scene::here_local().browser(|browser| browser.https_only = Outcome::seen(false));
        assert_eq!(scene.severities(CHECK.id), [Severity::Info]);
    }

    #[test]
    fn on_and_not_measured_are_not() {
        assert!(Scene::here_local().find(CHECK.id).is_empty());
        let scene = Scene::empty().browser(|browser| browser.https_only = timeout());
        assert!(scene.find(CHECK.id).is_empty());
    }
}
