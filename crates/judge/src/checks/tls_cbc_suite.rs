//! Suites with CBC.

use midwatch_model::{AttackId::*, Outcome, Severity, TlsVersion};

use super::support;
use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "tls-cbc-suite",
    title: "Suites with CBC are accepted",
    severity: Severity::Info,
    says: "{place} accepts suites with CBC beside better ones",
    about: "CBC suites encrypt and protect in two steps, in the wrong order. They are sound where the library \
            takes care (Lucky Thirteen was mended in all of them), and have been broken wherever one did not.",
    gain: "Nothing by itself; cookies, where the server's library has a flaw of that kind.",
    from: ON_PATH,
    attacks: &[Eavesdropping, IpHijacking],
    decided: "The server chose suites with CBC in TLS 1.2 and accepts AEAD suites too. Older versions know nothing \
              else, and without AEAD it is the finding tls-no-aead. The evidence says whether the server agrees to \
              encrypt_then_mac (RFC 7366).",
    benign: &["Browsers of before 2014 may need them."],
    fix: "Allow TLS 1.2 and 1.3 alone, with the suites of Mozilla's guideline.",
    settings: &[Setting::ModernTls],
    source: "Mozilla, server-side TLS 6.0, intermediate; RFC 9325 4.2; CVE-2013-0169 (Lucky Thirteen)",
    find: |view, found| {
        for endpoint in &view.endpoints {
            let Some(facts) = endpoint.fact.version(TlsVersion::Tls12).and_then(Outcome::value) else {
                continue;
            };
            let names: Vec<&str> = facts
                .suites
                .iter()
                .filter(|suite| support::is_cbc(suite))
                .map(|suite| suite.name.as_str())
                .collect();
            if names.is_empty() || facts.suites.iter().all(|suite| !suite.aead) {
                continue;
            }
            let order = match endpoint.fact.encrypt_then_mac.value() {
                Some(true) => ", with encrypt_then_mac",
                Some(false) => ", without encrypt_then_mac",
                None => "",
            };
            let at = endpoint.fact.address;
            let what = format!("{at} accepts {} in TLS 1.2{order}", support::names(&names));
            found.at(view.endpoint_name()).see(endpoint.id, what);
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn cbc_beside_aead_is_worth_knowing() {
        let with = |suites: &[&str]| Scene::sound().change_tls(|tls| accept(tls, TlsVersion::Tls12, suites));
        let (aead, cbc) = ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA");
        assert_eq!(with(&[aead, cbc]).severities(CHECK.id), [Severity::Info]);
        assert!(with(&[cbc]).find(CHECK.id).is_empty());
        assert!(with(&[aead, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"]).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().change_tls(silence).find(CHECK.id).is_empty());
    }
}
