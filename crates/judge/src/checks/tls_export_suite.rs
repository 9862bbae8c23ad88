//! Suites of the export rules.

use midwatch_model::{AttackId::*, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "tls-export-suite",
    title: "Suites weakened by the export rules of the 1990s are accepted",
    severity: Severity::High,
    says: "{place} accepts suites that were weakened on purpose",
    about: "Export suites have keys of 40 or 56 bits and key exchange of 512 or 1024 bits, which can be broken at \
            home. FREAK and Logjam used them to open connections of clients that never offered them.",
    gain: "The keys of such a connection, within hours and often at once.",
    from: ON_PATH,
    attacks: &[Eavesdropping, StrippingAndDowngrade, IpHijacking],
    decided: "The server chose an export suite when it was offered, in any version.",
    benign: &[],
    fix: "Allow TLS 1.2 and 1.3 alone, with the suites of Mozilla's guideline.",
    settings: &[Setting::ModernTls],
    source: "RFC 9325 4.1 (MUST NOT); CVE-2015-0204 (FREAK); CVE-2015-4000 (Logjam)",
    find: |view, found| {
        support::find_suites(view, found, |_, suite| suite.export);
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::TlsVersion;

    use super::*;
    use crate::testing::*;

    fn with(suites: &[&str]) -> Scene {
        Scene::sound().change_tls(|tls| accept(tls, TlsVersion::Tls12, suites))
    }

    #[test]
    fn the_suite_is_found_whatever_stands_beside_it() {
        let scene = with(&["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_EXPORT_WITH_RC4_40_MD5"]);
        assert_eq!(scene.severities(CHECK.id), [Severity::High]);
        assert!(with(&["TLS_RSA_WITH_RC4_128_SHA"]).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().change_tls(silence).find(CHECK.id).is_empty());
    }
}
