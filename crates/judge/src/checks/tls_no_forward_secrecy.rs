//! Keys that a later theft opens.

use midwatch_model::{AttackId::*, Severity, Suite, TlsVersion};

use super::support;
use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "tls-no-forward-secrecy",
    title: "Connections have no forward secrecy",
    severity: Severity::Medium,
    says: "{place} accepts suites without forward secrecy",
    about: "Without forward secrecy the key of each connection can be had from the key of the certificate. Whoever \
            records what goes past, and gets the key years later by theft, by law or by breaking it, reads all of \
            it. RSA key exchange has also been opened again and again without the key (Bleichenbacher, ROBOT).",
    gain: "Everything that was ever recorded, once the key of the certificate is had.",
    from: ON_PATH,
    attacks: &[Eavesdropping, IpHijacking],
    decided: "Medium where an address accepts TLS 1.2 and no suite of TLS 1.2 with ECDHE or DHE, all suites having \
              been measured. Low where suites without forward secrecy are accepted beside others, or in older \
              versions. TLS 1.3 always has it.",
    benign: &[],
    fix: "Allow suites with ECDHE alone.",
    settings: &[Setting::ModernTls],
    source: "RFC 9325 4.1 and 7.3; CVE-2017-13099 (ROBOT)",
    find: |view, found| {
        let is_static = |suite: &Suite| !suite.forward_secret && !support::is_broken(suite);
        for accepted in support::accepted(view) {
            let (facts, at, version) = (accepted.facts, accepted.at, accepted.version);
            let names: Vec<&str> = facts
                .suites
                .iter()
                .filter(|suite| is_static(suite))
                .map(|suite| suite.name.as_str())
                .collect();
            if version < TlsVersion::Ssl3 || names.is_empty() {
                continue;
            }
            let none = version == TlsVersion::Tls12
                && facts.suites_incomplete.is_none()
                && facts.suites.iter().all(|suite| !suite.forward_secret);
            let (severity, title) = match none {
                true => (Severity::Medium, "TLS 1.2 never has forward secrecy"),
                false => (Severity::Low, "Some suites have no forward secrecy"),
            };
            found
                .at(view.endpoint_name())
                .severity(severity)
                .title(title)
                .see(accepted.id, format!("{at} accepts {} in {version}", support::names(&names)));
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    fn with(suites: &[&str]) -> Scene {
        Scene::sound().change_tls(|tls| accept(tls, TlsVersion::Tls12, suites))
    }

    #[test]
    fn static_suites_alone_are_medium_and_beside_others_low() {
        let alone = with(&["TLS_RSA_WITH_AES_128_GCM_SHA256"]);
        assert_eq!(alone.severities(CHECK.id), [Severity::Medium]);
        let beside = with(&["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256"]);
        assert_eq!(beside.severities(CHECK.id), [Severity::Low]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().change_tls(silence).find(CHECK.id).is_empty());
    }

    #[test]
    fn a_list_that_may_be_short_proves_no_absence() {
        let scene = with(&["TLS_RSA_WITH_AES_128_GCM_SHA256"]).change_tls(|tls| {
            for result in &mut tls.versions {
                if let Outcome::Seen { value } = &mut result.support {
                    value.suites_incomplete = Some("no answer in 10 s".into());
                }
            }
        });
        assert_eq!(scene.severities(CHECK.id), [Severity::Low]);
    }
}
