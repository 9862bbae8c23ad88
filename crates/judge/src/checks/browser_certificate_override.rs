//! A browser was told to accept a certificate that is at fault.

use midwatch_model::{AttackId::*, BrowserSettingKind, Severity, Station};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "browser-certificate-override",
    title: "A browser was told to accept a certificate that is at fault",
    severity: Severity::Low,
    says: "{place} is accepted in spite of its certificate",
    about: "An exception that was stored for good holds for one host and one certificate. If it was made while somebody sat \
            in the middle, theirs is the certificate that is accepted.",
    gain: "Somebody with the key of that certificate answers in the host's stead, and the browser says nothing.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    attacks: &[Impersonation],
    decided: "Each host in Firefox's cert_override.txt. Medium where the host has a public name. Whether the certificate is \
              the host's own is not asked.",
    benign: &["A router, printer or server at home with a certificate that it signed itself."],
    fix: "Look at the certificate at the host itself. Take the exception out in Firefox under Settings, Certificates, \
          Servers; give the host a certificate of an authority where it can have one.",
    settings: &[],
    source: "RFC 9525 6.6; nsCertOverrideService of Firefox",
    find: |view, found| {
        for (seen, setting) in view.here.local.browser_settings(BrowserSettingKind::CertificateOverride) {
            // host:port, and what tells containers apart.
            let host = setting.name.split(':').next().unwrap_or_default();
            let severity = match super::support::is_registered(host) {
                true => Severity::Medium,
                false => Severity::Low,
            };
            let detail = format!(
                "expected no exception, observed one for the certificate {} in {}",
                setting.value, setting.file
            );
            found.at(&setting.name).severity(severity).see(seen.id, detail);
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn with(host: &str) -> Vec<Severity> {
        let kind = BrowserSettingKind::CertificateOverride;
        Scene::here_local().browser_setting(kind, host, "AA:BB").severities(CHECK.id)
    }

    #[test]
    fn exceptions_are_weighed_by_the_host() {
        assert_eq!(with("nas.lan:8443"), [Severity::Low]);
        assert_eq!(with("192.168.1.1:443"), [Severity::Low]);
        assert_eq!(with("www.bank.com:443:^userContextId=1"), [Severity::Medium]);
    }

    #[test]
    fn none_is_none() {
        assert!(Scene::here_local().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
