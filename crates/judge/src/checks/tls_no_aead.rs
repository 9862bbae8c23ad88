//! No authenticated encryption.

use midwatch_model::{AttackId::*, Outcome, Severity, TlsVersion};

use super::support;
use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "tls-no-aead",
    title: "TLS 1.2 has no authenticated encryption",
    severity: Severity::Medium,
    says: "{place} accepts no suite with authenticated encryption in TLS 1.2",
    about: "Up to TLS 1.2 the older suites encrypt and protect in two steps, in the wrong order. Servers that take \
            a moment longer for one kind of wrong padding than for another give away what was encrypted (Lucky \
            Thirteen, POODLE over TLS). Authenticated encryption (GCM, CCM, ChaCha20-Poly1305) does both in one.",
    gain: "Cookies and the like, byte by byte, where the server's library has such a flaw.",
    from: ON_PATH,
    attacks: &[Eavesdropping, IpHijacking],
    decided: "An address accepts TLS 1.2, all its suites were measured, and none is AEAD. Medium as a rule; low \
              where TLS 1.3, which knows nothing else, is accepted too, or where the server agrees to \
              encrypt_then_mac (RFC 7366), which mends the order.",
    benign: &[],
    fix: "Allow TLS 1.2 and 1.3 alone, with the suites of Mozilla's guideline.",
    settings: &[Setting::ModernTls],
    source: "RFC 9325 4.2; RFC 7366; CVE-2013-0169 (Lucky Thirteen)",
    find: |view, found| {
        for endpoint in &view.endpoints {
            let Some(facts) = endpoint.fact.version(TlsVersion::Tls12).and_then(Outcome::value) else {
                continue;
            };
            let none = facts.suites_incomplete.is_none() && facts.suites.iter().all(|suite| !suite.aead);
            if !none || facts.suites.is_empty() {
                continue;
            }
            let tls13 = endpoint.fact.version(TlsVersion::Tls13).is_some_and(Outcome::is_seen);
            let in_order = endpoint.fact.encrypt_then_mac.value() == Some(&true);
            let severity = if tls13 || in_order { Severity::Low } else { Severity::Medium };
            let names: Vec<&str> = facts.suites.iter().map(|suite| suite.name.as_str()).collect();
            let what =
                format!("{} accepts {} alone in TLS 1.2", endpoint.fact.address, support::names(&names));
            found.at(view.endpoint_name()).severity(severity).see(endpoint.id, what);
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn what_stands_beside_it_decides() {
        let cbc = Scene::sound().change_tls(|tls| {
            accept(tls, TlsVersion::Tls12, &["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"]);
        });
        assert_eq!(cbc.severities(CHECK.id), [Severity::Low]);
        let alone = cbc.change_tls(|tls| {
            set_version(tls, TlsVersion::Tls13, Outcome::refused("alert protocol_version"))
        });
        assert_eq!(alone.severities(CHECK.id), [Severity::Medium]);
        let in_order = alone.clone().change_tls(|tls| tls.encrypt_then_mac = Outcome::seen(true));
        assert_eq!(in_order.severities(CHECK.id), [Severity::Low]);
        let short = alone.change_tls(|tls| {
            for result in &mut tls.versions {
                if let Outcome::Seen { value } = &mut result.support {
                    value.suites_incomplete = Some("no answer in 10 s".into());
                }
            }
        });
        assert!(short.find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().change_tls(silence).find(CHECK.id).is_empty());
    }
}
