//! A browser trusts anchors beyond its own.

use midwatch_model::{AttackId::*, BrowserSettingKind, Severity, Station};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "browser-enterprise-roots",
    title: "A browser trusts anchors beyond its own",
    severity: Severity::Info,
    says: "{place} has a browser trust anchors that are not its own",
    about: "Browsers bring their own list of public roots. A setting or a policy can have them trust those of the system, or \
            others that it names, as well.",
    gain: "With the key of such an anchor and a place on the way: to read and change what the browser sends over https.",
    from: &[Station::You, Station::Network],
    attacks: &[Impersonation, ManInTheBrowser],
    decided: "Firefox's security.enterprise_roots.enabled and its policies Certificates and SecurityDevices (p11-kit), and \
              policies of Chromium that bring certificates. On Linux the first of these does nothing; the others do.",
    benign: &["A company's policy, so that its inner servers are trusted."],
    fix: "Where there is no company, find out who wrote the setting, and take it out.",
    settings: &[],
    source: "https://mozilla.github.io/policy-templates; https://chromeenterprise.google/policies",
    find: |view, found| {
        for (seen, setting) in view.here.local.browser_settings(BrowserSettingKind::EnterpriseRoots) {
            let detail = format!(
                "expected the browser's own roots alone, observed {}={}",
                setting.name, setting.value
            );
            found.at(format!("{} ({})", seen.fact.browser, setting.file)).see(seen.id, detail);
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn a_setting_is_named() {
        let kind = BrowserSettingKind::EnterpriseRoots;
        let scene = Scene::empty().browser_setting(kind, "security.enterprise_roots.enabled", "true");
        assert_eq!(scene.severities(CHECK.id), [Severity::Info]);
    }

    #[test]
    fn none_is_none() {
        assert!(Scene::here_local().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
