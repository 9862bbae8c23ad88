//! TLS 1.2 and nothing newer.

use midwatch_model::{AttackId::*, Outcome, Severity, TlsVersion};

use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "tls-no-tls13",
    title: "TLS 1.3 is not accepted",
    severity: Severity::Info,
    says: "{place} does not accept TLS 1.3",
    about: "TLS 1.3 leaves out everything that has been attacked in older versions, encrypts the certificate, and \
            takes one round trip less. It is also the only version with key exchange that resists quantum \
            computers.",
    gain: "Nothing by itself: TLS 1.2 with sound suites is sound.",
    from: ON_PATH,
    attacks: &[Eavesdropping, IpHijacking],
    decided: "An address accepts TLS 1.2, and answered a hello of TLS 1.3 with a refusal.",
    benign: &[],
    fix: "Allow TLS 1.3; OpenSSL has it since 1.1.1.",
    settings: &[Setting::ModernTls],
    source: "RFC 9325 3.1.1; RFC 8446",
    find: |view, found| {
        for endpoint in &view.endpoints {
            let tls12 = endpoint.fact.version(TlsVersion::Tls12).is_some_and(Outcome::is_seen);
            let refusal = endpoint.fact.version(TlsVersion::Tls13);
            if let (true, Some(Outcome::Refused { how })) = (tls12, refusal) {
                let what = format!("{} accepts TLS 1.2 and refuses TLS 1.3: {how}", endpoint.fact.address);
                found.at(view.endpoint_name()).see(endpoint.id, what);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn a_refusal_is_needed() {
        let with = |support: Outcome<_>| {
            Scene::sound().change_tls(|tls| set_version(tls, TlsVersion::Tls13, support.clone()))
        };
        assert_eq!(with(Outcome::refused("alert protocol_version")).severities(CHECK.id), [Severity::Info]);
        assert!(with(timeout()).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().change_tls(silence).find(CHECK.id).is_empty());
    }
}
