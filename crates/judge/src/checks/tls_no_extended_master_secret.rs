//! Keys that are not tied to the handshake.

use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::ON_PATH;

pub(crate) static CHECK: Check = Check {
    id: "tls-no-extended-master-secret",
    title: "Keys are not tied to the whole handshake",
    severity: Severity::Low,
    says: "{place} does not agree to extended_master_secret",
    about: "Without the extended master secret, somebody in the middle who holds a connection to each side can \
            make both have the same keys, and then carry one side's proof of identity over to the other (triple \
            handshake). It matters where clients show certificates, or where something else is tied to the \
            connection.",
    gain: "To pass for a client that has shown its certificate to the attacker's own server.",
    from: ON_PATH,
    attacks: &[Impersonation, IpHijacking],
    decided: "Below TLS 1.3, no ServerHello had the extension extended_master_secret, though every hello offered \
              it.",
    benign: &[],
    fix: "Renew the TLS library of the server: OpenSSL has it since 1.1.0.",
    settings: &[],
    source: "RFC 7627; RFC 9325",
    find: |view, found| {
        for endpoint in &view.endpoints {
            if endpoint.fact.extended_master_secret.value() == Some(&false) {
                let what = format!("{} does not answer extended_master_secret", endpoint.fact.address);
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
            |seen: Outcome<bool>| Scene::sound().change_tls(|tls| tls.extended_master_secret = seen.clone());
        assert_eq!(with(Outcome::seen(false)).severities(CHECK.id), [Severity::Low]);
        let tls13_alone = Outcome::unmeasured(ReasonKind::NotAsked, "TLS 1.3 alone is accepted");
        assert!(with(tls13_alone).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().change_tls(silence).find(CHECK.id).is_empty());
    }
}
