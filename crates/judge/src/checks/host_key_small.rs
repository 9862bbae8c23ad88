//! Host keys, or keys of their authorities, that are too small.

use midwatch_model::{AttackId::*, Severity, SshHostKey, SshPublicKey};

use super::ssh_names;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "host-key-small",
    title: "A host key is too small",
    severity: Severity::High,
    says: "{place} has a host key that is too small",
    about: "Whoever can work out the private key from the public one is the server, for everybody who knows it by that \
            key. RSA of 829 bits has been factored in public, and 1024 bits are within reach of a state. It does not \
            help that the server has better keys: somebody in the middle offers the small one alone, and clients \
            that have learnt it (OpenSSH learns all of a server's keys) take it without a word. Keys of DSA have \
            1024 bits.",
    gain: "To be the server, with a key that clients know.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "Each key that was sent, and the key of the authority of each certificate: RSA of fewer than 2048 bits is \
              high. DSA is medium, since clients of today do not take it, and high where the server has nothing else. RSA of \
              2048 bits is no finding, and neither are Ed25519 and ECDSA with 256 bits, which are as good as RSA of 3072. \
              A key of a type that is not known is not judged.",
    benign: &[],
    fix: "Make a key of Ed25519, or of RSA with 3072 bits, and take the small one out of the configuration. Tell its \
          fingerprint to those who connect, on a way that nobody on the path can change: keep both for a while, \
          and OpenSSH's clients learn the new one by themselves (UpdateHostKeys).",
    settings: &[Setting::SshHostKey],
    source: "RFC 8332 5.1; NIST SP 800-57 part 1 rev. 5, 5.6.1; NIST SP 800-131A rev. 2, 3; OpenSSH 7.0 and 10.0, release \
             notes (DSA)",
    find: |view, found| {
        for seen in &view.ssh {
            let (place, who) = (ssh_names::place(seen.fact), ssh_names::answered(seen.fact));
            let nothing_else = seen.fact.sent_keys().all(|sent| is_dsa(&sent.key));
            for (severity, what) in seen.fact.sent_keys().flat_map(|sent| small(sent, nothing_else)) {
                found.at(&place).severity(severity).see(seen.id, format!("{who} has {what}"));
            }
        }
    },
};

/// What is small of a key that was sent, with how bad that is.
fn small(sent: &SshHostKey, nothing_else: bool) -> Vec<(Severity, String)> {
    let of = |key: &SshPublicKey, whose: &str| {
        let bits = key.bits?;
        let severity = match key.key_type.as_str() {
            "ssh-rsa" if bits < 2048 => Severity::High,
            "ssh-dss" if nothing_else => Severity::High,
            "ssh-dss" => Severity::Medium,
            _ => return None,
        };
        let name = if is_dsa(key) { "DSA" } else { "RSA" };
        Some((severity, format!("{whose} of {name} with {bits} bits, {}", key.fingerprint)))
    };
    let authority = sent.certificate.as_ref().map(|certificate| &certificate.authority);
    let authority = authority.and_then(|key| of(key, "a certificate by an authority's key"));
    of(&sent.key, "a host key").into_iter().chain(authority).collect()
}

fn is_dsa(key: &SshPublicKey) -> bool {
    key.key_type == "ssh-dss"
}

#[cfg(test)]
mod tests {
    use midwatch_model::{Outcome, SshOfferedKey};

    use super::*;
    use crate::testing::*;

    fn with(key_type: &str, bits: u32, alone: bool) -> Vec<Severity> {
        let scene = Scene::empty().ssh(|ssh| {
            if alone {
                ssh.host_keys.clear();
            }
            ssh.host_keys.push(SshOfferedKey {
                algorithm: key_type.into(),
                others: Vec::new(),
                key: Outcome::seen(host_key(key_type, bits, "small")),
            });
        });
        scene.severities(CHECK.id)
    }

    #[test]
    fn the_threshold_for_rsa_is_2048() {
        for (bits, severity) in [(1024, Some(Severity::High)), (2047, Some(Severity::High)), (2048, None)] {
            assert_eq!(with("ssh-rsa", bits, false).first().copied(), severity, "{bits}");
        }
    }

    #[test]
    fn dsa_counts_more_where_it_is_alone() {
        assert_eq!(with("ssh-dss", 1024, false), [Severity::Medium]);
        assert_eq!(with("ssh-dss", 1024, true), [Severity::High]);
    }

    #[test]
    fn curves_are_not_taken_for_rsa() {
        assert!(with("ecdsa-sha2-nistp256", 256, true).is_empty());
        assert!(with("new@example.com", 100, true).is_empty());
        assert!(Scene::empty().ssh(|_| {}).find(CHECK.id).is_empty());
        let silent = Scene::empty().ssh(|ssh| ssh.host_keys.iter_mut().for_each(|one| one.key = timeout()));
        assert!(silent.find(CHECK.id).is_empty());
    }

    #[test]
    fn the_key_of_an_authority_counts() {
        let scene = |key_type: &str, bits| {
            Scene::empty().ssh(|ssh| {
                let mut sent = host_key("ssh-ed25519", 256, "certified");
                let mut certificate = host_certificate();
                (certificate.authority.key_type, certificate.authority.bits) = (key_type.into(), Some(bits));
                sent.certificate = Some(certificate);
                ssh.host_keys.push(SshOfferedKey {
                    algorithm: "ssh-ed25519-cert-v01@openssh.com".into(),
                    others: Vec::new(),
                    key: Outcome::seen(sent),
                });
            })
        };
        assert_eq!(scene("ssh-rsa", 1024).severities(CHECK.id), [Severity::High]);
        assert!(scene("ecdsa-sha2-nistp256", 256).find(CHECK.id).is_empty());
    }
}
