//! A browser's setting, policy or switch takes a protection away.

use midwatch_model::{AttackId::*, BrowserSettingKind, Severity, Station};

use crate::Check;

/// Settings by which whoever is on the path needs nothing else.
const WORST: &[&str] =
    &["--ignore-certificate-errors", "--ssl-key-log-file", "xpinstall.signatures.required"];

/// Settings that hold for some hosts or some moments alone, or take a second line of defence away.
const LIGHTER: &[&str] = &[
    "EncryptedClientHelloEnabled",
    "PostQuantumKeyAgreementEnabled",
    "RSAKeyUsageForLocalAnchorsEnabled",
    "SitePerProcess",
    "BrowserLegacyExtensionPointsBlockingEnabled",
    "HttpsOnlyMode",
    "HttpAllowlist",
    "security.ssl.enable_ocsp_stapling",
    "--ignore-certificate-errors-spki-list",
    "--host-resolver-rules",
];

pub(crate) static CHECK: Check = Check {
    id: "browser-policy-weakens",
    title: "A browser's setting, policy or switch takes a protection away",
    severity: Severity::Medium,
    says: "{place} takes a protection of the browser away",
    about: "Browsers have settings for companies and testers that switch off what protects everybody else: certificate \
            transparency, HSTS, pinning, the least version of TLS, or the look at certificates at all.",
    gain: "What the protection kept from them: to show a certificate that nobody logged, to strip https, to force an old \
           version.",
    from: &[Station::You, Station::Wifi, Station::Network],
    attacks: &[Impersonation, StrippingAndDowngrade, ManInTheBrowser],
    decided: "A list of settings of Firefox, of policies of both, and of switches on the command line of a browser that \
              runs. High for those that leave nothing to overcome, such as --ignore-certificate-errors. Low for those that \
              take a second line away, or hold for some hosts alone.",
    benign: &[
        "A company's policy for servers of its own that are not in public logs.",
        "A developer's test with a profile of its own.",
    ],
    fix: "Take the setting out where nobody needs it; else limit it to the hosts that it is for.",
    settings: &[],
    source: "https://chromeenterprise.google/policies; https://mozilla.github.io/policy-templates",
    find: |view, found| {
        for (seen, setting) in view.here.local.browser_settings(BrowserSettingKind::PolicyWeakens) {
            // Switches stand after the program's name.
            let name = setting.name.rsplit(' ').next().unwrap_or_default();
            let severity = match name {
                name if WORST.contains(&name) => Severity::High,
                name if LIGHTER.contains(&name) => Severity::Low,
                _ => Severity::Medium,
            };
            let value = if setting.value.is_empty() { String::new() } else { format!("={}", setting.value) };
            found.at(format!("{} ({})", setting.name, setting.file)).severity(severity).see(
                seen.id,
                format!("expected {} as browsers have it, observed {name}{value}", seen.fact.browser),
            );
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn with(name: &str) -> Vec<Severity> {
        let kind = BrowserSettingKind::PolicyWeakens;
        Scene::here_local().browser_setting(kind, name, "x").severities(CHECK.id)
    }

    #[test]
    fn settings_are_weighed() {
        assert_eq!(with("chromium --ignore-certificate-errors"), [Severity::High]);
        assert_eq!(with("CertificateTransparencyEnforcementDisabledForUrls"), [Severity::Medium]);
        assert_eq!(with("security.tls.version.min"), [Severity::Medium]);
        assert_eq!(with("PostQuantumKeyAgreementEnabled"), [Severity::Low]);
    }

    #[test]
    fn none_is_none() {
        assert!(Scene::here_local().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
