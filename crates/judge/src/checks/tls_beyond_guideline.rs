//! What Mozilla's guideline leaves out.

use midwatch_model::{AttackId::*, Severity, TlsVersion};

use super::support;
use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;

/// Suites of the guideline: six of TLS 1.2, three of TLS 1.3.
const SUITES: [&str; 9] = [
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
];

/// Its groups.
const GROUPS: [&str; 4] = ["X25519MLKEM768", "x25519", "secp256r1", "secp384r1"];

pub(crate) static CHECK: Check = Check {
    id: "tls-beyond-guideline",
    title: "Suites or groups are accepted that Mozilla's guideline leaves out",
    severity: Severity::Info,
    says: "{place} accepts suites or groups that Mozilla's guideline leaves out",
    about: "Nothing is known against these suites and groups. Each one more is code that few look at, and that \
            nobody needs: browsers do not ask for it, or have something better.",
    gain: "Nothing by itself.",
    from: ON_PATH,
    attacks: &[StrippingAndDowngrade],
    decided: "In TLS 1.2 or 1.3, suites other than the six and three of Mozilla's server-side TLS guideline 6.0 \
              (intermediate), and groups other than X25519MLKEM768, X25519, P-256 and P-384. Post-quantum groups \
              are not counted, and neither is whatever another check finds fault with.",
    benign: &[],
    fix: "Allow TLS 1.2 and 1.3 alone, with the suites of Mozilla's guideline.",
    settings: &[Setting::ModernTls],
    source: "Mozilla, server-side TLS 6.0, intermediate",
    find: |view, found| {
        for accepted in support::accepted(view) {
            let (at, version, facts) = (accepted.at, accepted.version, accepted.facts);
            if version < TlsVersion::Tls12 {
                continue;
            }
            let suites: Vec<&str> = facts
                .suites
                .iter()
                .filter(|suite| suite.forward_secret && suite.aead && !support::is_broken(suite))
                .map(|suite| suite.name.as_str())
                .filter(|name| !SUITES.contains(name))
                .collect();
            let groups: Vec<&str> = facts
                .groups
                .iter()
                .map(String::as_str)
                .filter(|name| !GROUPS.contains(name) && !support::is_weak_group(name))
                .filter(|name| !name.contains("MLKEM") && !name.contains("Kyber"))
                .collect();
            for (kind, names) in [("suites", suites), ("groups", groups)] {
                if !names.is_empty() {
                    let what = format!("{kind} at {at} in {version}: {}", support::names(&names));
                    found.at(view.endpoint_name()).see(accepted.id, what);
                }
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    #[test]
    fn more_than_the_guideline_is_named() {
        let dhe = Scene::sound()
            .change_tls(|tls| accept(tls, TlsVersion::Tls12, &["TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"]));
        assert_eq!(dhe.severities(CHECK.id), [Severity::Info]);
        let with_group = |name: &str| {
            Scene::sound().change_tls(|tls| {
                for result in &mut tls.versions {
                    if let Outcome::Seen { value } = &mut result.support {
                        value.groups.push(name.into());
                    }
                }
            })
        };
        assert_eq!(with_group("secp521r1").severities(CHECK.id), [Severity::Info]);
        for known in ["secp384r1", "X25519MLKEM768", "SecP256r1MLKEM768", "secp160r1"] {
            assert!(with_group(known).find(CHECK.id).is_empty(), "{known}");
        }
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().change_tls(silence).find(CHECK.id).is_empty());
    }
}
