//! Renegotiation that is not tied to the connection.

use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::ON_PATH;

pub(crate) static CHECK: Check = Check {
    id: "tls-insecure-renegotiation",
    title: "Renegotiation is not tied to the connection",
    severity: Severity::Medium,
    says: "{place} does not answer the indication of secure renegotiation",
    about: "Up to TLS 1.2 both sides may agree on new keys within a connection. Without the indication of RFC 5746 \
            the server cannot tell whether it is still the same client: somebody in the middle begins a \
            connection, sends the start of a request, and lets the visitor's own handshake continue it.",
    gain: "To put a request of their own before the visitor's, in the visitor's name.",
    from: ON_PATH,
    attacks: &[IpHijacking],
    decided: "Below TLS 1.3, no ServerHello had the extension renegotiation_info, though every hello offered it. \
              Renegotiation itself was not tried.",
    benign: &[
        "A server that refuses every renegotiation is not open to this, though it should still say so.",
    ],
    fix: "Renew the TLS library of the server: all of them have the indication since 2010.",
    settings: &[],
    source: "RFC 5746; RFC 9325 3.5; CVE-2009-3555",
    find: |view, found| {
        for endpoint in &view.endpoints {
            if endpoint.fact.secure_renegotiation.value() == Some(&false) {
                let what = format!("{} does not answer renegotiation_info", endpoint.fact.address);
                found.at(view.endpoint_name()).see(endpoint.id, what);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{Outcome, ReasonKind};

    use super::*;
    use crate::testing::*;

    #[test]
    fn only_what_was_seen_counts() {
        let with =
            |seen: Outcome<bool>| Scene::sound().change_tls(|tls| tls.secure_renegotiation = seen.clone());
        assert_eq!(with(Outcome::seen(false)).severities(CHECK.id), [Severity::Medium]);
        let tls13_alone = Outcome::unmeasured(ReasonKind::NotAsked, "TLS 1.3 alone is accepted");
        assert!(with(tls13_alone).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().change_tls(silence).find(CHECK.id).is_empty());
    }
}
