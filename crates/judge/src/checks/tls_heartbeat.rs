//! The heartbeat extension.

use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::ON_PATH;

pub(crate) static CHECK: Check = Check {
    id: "tls-heartbeat",
    title: "The server offers TLS heartbeats",
    severity: Severity::Info,
    says: "{place} offers TLS heartbeats",
    about: "Heartbeats keep a connection open. No browser uses them, and they were the way in for Heartbleed: \
            servers with OpenSSL 1.0.1 to 1.0.1f gave away what stood in their memory, keys too. Whether this \
            server has that flaw was not tried.",
    gain: "Nothing by itself; keys, passwords and cookies where the library is that old.",
    from: ON_PATH,
    attacks: &[Eavesdropping, IpHijacking],
    decided: "The server echoed the heartbeat extension.",
    benign: &[],
    fix: "Renew the TLS library of the server; OpenSSL has left heartbeats out since 1.1.1.",
    settings: &[],
    source: "RFC 6520; CVE-2014-0160 (Heartbleed)",
    find: |view, found| {
        for endpoint in &view.endpoints {
            if endpoint.fact.heartbeat.value() == Some(&true) {
                let what = format!("{} echoes the heartbeat extension", endpoint.fact.address);
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
        let with = |seen: Outcome<bool>| Scene::sound().change_tls(|tls| tls.heartbeat = seen.clone());
        assert_eq!(with(Outcome::seen(true)).severities(CHECK.id), [Severity::Info]);
        let tls13_alone = Outcome::unmeasured(ReasonKind::NotAsked, "TLS 1.3 alone is accepted");
        assert!(with(tls13_alone).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().change_tls(silence).find(CHECK.id).is_empty());
    }
}
