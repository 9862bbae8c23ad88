//! Diffie-Hellman parameters that are no good.

use midwatch_model::{AttackId::*, QuirkKind, Severity};

use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "tls-dh-bad",
    title: "The Diffie-Hellman parameters are no good",
    severity: Severity::Medium,
    says: "{place} sends Diffie-Hellman parameters that no client may use",
    about: "With a modulus that is no prime, or a generator or a public value of 0 or 1, the key that both sides \
            agree on can be told by everybody who reads along. Clients that look refuse the connection; others do \
            not look.",
    gain: "The keys of connections with clients that do not look.",
    from: ON_PATH,
    attacks: &[Eavesdropping, StrippingAndDowngrade, IpHijacking],
    decided: "The parameters that the server sent with a DHE suite cannot be read, or have a modulus that is even \
              or shorter than 256 bits, a generator or public value of 0 or 1, or a public value that is not below \
              the modulus.",
    benign: &[],
    fix: "Take the DHE suites out, or use a named group (ffdhe2048, RFC 7919).",
    settings: &[Setting::ModernTls],
    source: "RFC 7919 5.1; NIST SP 800-56A rev. 3, 5.6.2.3.1",
    find: |view, found| {
        for endpoint in &view.endpoints {
            for quirk in &endpoint.fact.quirks {
                if quirk.kind == QuirkKind::BadDhParameters {
                    let what = format!("{}: {}", endpoint.fact.address, quirk.detail);
                    found.at(view.endpoint_name()).see(endpoint.id, what);
                }
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Quirk;

    use super::*;
    use crate::testing::*;

    fn with(kind: QuirkKind) -> Vec<Severity> {
        let quirk = Quirk { kind, detail: "seen in a test".into() };
        Scene::sound().change_tls(|tls| tls.quirks.push(quirk.clone())).severities(CHECK.id)
    }

    #[test]
    fn only_this_quirk_counts() {
        assert_eq!(with(QuirkKind::BadDhParameters), [Severity::Medium]);
        assert!(with(QuirkKind::Inconsistent).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().change_tls(silence).find(CHECK.id).is_empty());
    }
}
