//! Nothing that is not deprecated.

use midwatch_model::{AttackId::*, Outcome, Severity, TlsVersion};

use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;
use crate::words;

pub(crate) static CHECK: Check = Check {
    id: "tls-no-modern-version",
    title: "No version of TLS that is in use today is accepted",
    severity: Severity::High,
    says: "{place} accepts neither TLS 1.2 nor TLS 1.3",
    about: "Browsers of today offer TLS 1.2 and 1.3 alone, and cannot reach the service. Whoever does reach it \
            speaks a version that is deprecated, without authenticated encryption.",
    gain: "Every connection there is uses encryption that may be opened; visitors who cannot connect look for the \
           site over plain http.",
    from: ON_PATH,
    attacks: &[Eavesdropping, StrippingAndDowngrade, IpHijacking],
    decided: "An address accepts some version, and answered hellos of TLS 1.2 and of TLS 1.3 with a refusal. Where \
              either could not be measured there is no finding.",
    benign: &[],
    fix: "Renew the TLS library of the server, and allow TLS 1.2 and 1.3.",
    settings: &[Setting::ModernTls],
    source: "RFC 9325 3.1.1; RFC 8996",
    find: |view, found| {
        for endpoint in &view.endpoints {
            let met: Vec<String> = endpoint.fact.accepted().map(|(version, _)| version.to_string()).collect();
            let refused = [TlsVersion::Tls12, TlsVersion::Tls13]
                .iter()
                .all(|version| endpoint.fact.version(*version).is_some_and(Outcome::is_refused));
            if refused && !met.is_empty() {
                let at = endpoint.fact.address;
                let what = format!("{at} accepts {}, and refuses TLS 1.2 and TLS 1.3", words::and(&met));
                found.at(view.endpoint_name()).see(endpoint.id, what);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::VersionFacts;

    use super::*;
    use crate::testing::*;

    fn old(tls12: Outcome<VersionFacts>) -> Scene {
        Scene::sound().change_tls(|tls| {
            accept(tls, TlsVersion::Tls10, &["TLS_RSA_WITH_AES_128_CBC_SHA"]);
            set_version(tls, TlsVersion::Tls12, tls12.clone());
            set_version(tls, TlsVersion::Tls13, Outcome::refused("alert protocol_version"));
        })
    }

    #[test]
    fn both_have_to_be_refused() {
        assert_eq!(old(Outcome::refused("alert protocol_version")).severities(CHECK.id), [Severity::High]);
        assert!(old(timeout()).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().change_tls(silence).find(CHECK.id).is_empty());
    }
}
