//! SSHFP records have fingerprints by SHA-1 alone.

use std::collections::BTreeSet;

use midwatch_model::{AttackId::*, Severity, SshfpRecord, Station};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "sshfp-sha1-only",
    title: "SSHFP records have fingerprints by SHA-1 alone",
    severity: Severity::Info,
    says: "{place} publishes fingerprints of host keys by SHA-1 alone",
    about: "An SSHFP record names a key by its fingerprint, by SHA-1 or by SHA-256. Two inputs of one SHA-1 can be made \
            on purpose, but nobody can make a second key for the fingerprint of a key that is there already, which is \
            what an attacker would need. So the record still proves the key; systems whose policy turns SHA-1 off \
            cannot check it at all.",
    gain: "Nothing today. Whoever finds a second preimage of SHA-1 could show a key of their own.",
    from: &[Station::Network],
    attacks: &[Impersonation],
    decided: "Of some algorithm, all usable SSHFP records have SHA-1 (fingerprint type 1). Records that are not proved \
              by DNSSEC are left to sshfp-insecure.",
    benign: &["ssh-keygen wrote SHA-1 alone before OpenSSH 6.1 (2012), and records live on."],
    fix: "Publish SHA-256 beside or instead: `ssh-keygen -r NAME -Ohashalg=sha256` on the server prints the records.",
    settings: &[],
    source: "RFC 6594 (SHA-256 for SSHFP); RFC 4255 5",
    find: |view, found| {
        for (seen, records) in view.dns.sshfp() {
            if !seen.fact.security.value().is_some_and(midwatch_model::Security::is_secure) {
                continue;
            }
            let with = |hash: u8| -> BTreeSet<u8> {
                let usable = |record: &&SshfpRecord| record.usable && record.hash == hash;
                records.iter().filter(usable).map(|record| record.algorithm).collect()
            };
            let alone: Vec<&str> = with(1).difference(&with(2)).map(|algorithm| name(*algorithm)).collect();
            if !alone.is_empty() {
                let what = format!("expected SHA-256, observed SHA-1 alone for {}", alone.join(", "));
                found.at(&seen.fact.name).see(seen.id, what);
            }
        }
    },
};

/// The algorithm's name in the registry.
fn name(algorithm: u8) -> &'static str {
    match algorithm {
        1 => "RSA",
        2 => "DSA",
        3 => "ECDSA",
        4 => "Ed25519",
        6 => "Ed448",
        _ => "an unknown algorithm",
    }
}

#[cfg(test)]
mod tests {
    use midwatch_model::{Outcome, Security};

    use super::*;
    use crate::testing::*;

    #[test]
    fn sha1_alone_is_found_for_each_algorithm() {
        let scene = |records: &[(u8, u8)]| Scene::sound().sshfp(records, |_| {});
        assert_eq!(scene(&[(4, 1)]).severities(CHECK.id), [Severity::Info]);
        assert!(scene(&[(4, 1), (4, 2)]).find(CHECK.id).is_empty());
        assert!(scene(&[(4, 2)]).find(CHECK.id).is_empty());
        let found = scene(&[(4, 1), (4, 2), (1, 1)]).find(CHECK.id);
        assert!(found[0].evidence[0].detail.ends_with("alone for RSA"), "{found:?}");
    }

    #[test]
    fn what_proves_nothing_is_left_alone() {
        let unsigned = Outcome::seen(Security::Insecure { why: "no DS".into() });
        for security in [unsigned, timeout()] {
            let scene = Scene::sound().sshfp(&[(4, 1)], |sshfp| sshfp.security = security);
            assert!(scene.find(CHECK.id).is_empty());
        }
        let unusable = Scene::sound().sshfp(&[(4, 1)], |sshfp| {
            if let Outcome::Seen { value } = &mut sshfp.records {
                value[0].usable = false;
            }
        });
        assert!(unusable.find(CHECK.id).is_empty());
        let silent = Scene::sound().sshfp(&[], |sshfp| {
            (sshfp.records, sshfp.security) = (timeout(), timeout());
        });
        assert!(silent.find(CHECK.id).is_empty());
    }
}
