//! Suites without encryption.

use midwatch_model::{AttackId::*, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "tls-null-cipher",
    title: "Suites without encryption are accepted",
    severity: Severity::High,
    says: "{place} accepts suites that do not encrypt",
    about: "NULL suites protect what is sent against changes at most, and do not encrypt it. Everybody on the way \
            reads it as over plain http.",
    gain: "Everything that such a connection carries.",
    from: ON_PATH,
    attacks: &[Eavesdropping, StrippingAndDowngrade, IpHijacking],
    decided: "The server chose such a suite when it was offered: NULL, or one of the two of TLS 1.3 that only \
              protect against changes (RFC 9150).",
    benign: &["Browsers never offer such a suite; other programs may."],
    fix: "Allow TLS 1.2 and 1.3 alone, with the suites of Mozilla's guideline.",
    settings: &[Setting::ModernTls],
    source: "RFC 9325 4.1 (MUST NOT)",
    find: |view, found| {
        support::find_suites(view, found, |_, suite| support::is_null(suite));
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
        let scene = with(&["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_NULL_SHA"]);
        assert_eq!(scene.severities(CHECK.id), [Severity::High]);
        assert!(with(&["TLS_RSA_WITH_AES_128_CBC_SHA"]).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().change_tls(silence).find(CHECK.id).is_empty());
    }
}
