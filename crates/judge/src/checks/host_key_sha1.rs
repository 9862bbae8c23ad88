//! Signatures of the host key over SHA-1.

use midwatch_model::{AttackId::*, Severity, SshAlgorithms};

use super::ssh_names::{self, is_sha1_signature};
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "host-key-sha1",
    title: "Host keys sign with SHA-1",
    severity: Severity::Low,
    says: "{place} signs with SHA-1",
    about: "The host key signs a hash of the key exchange, which both sides have a part in. With ssh-rsa and ssh-dss the \
            signature is made over SHA-1. A collision of two texts of one's own choice has cost some tens of thousands \
            of dollars and two months; to use it here it would have to be found while a connection waits, which nobody has \
            done. The same key signs with SHA-2 as rsa-sha2-256 and rsa-sha2-512. OpenSSH has taken no signature over \
            SHA-1 since 8.8: whoever has to connect to a server with nothing else switches them on again, often for \
            all servers.",
    gain: "In theory, to pass an exchange of the attacker's own off as the server's.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, StrippingAndDowngrade],
    decided: "By the server's list of host key algorithms. All of them over SHA-1: medium. RSA over SHA-1 alone, beside \
              keys of other kinds: low. ssh-rsa beside rsa-sha2-256 or rsa-sha2-512: info, since a client that knows these \
              takes them. A signature over SHA-1 where SHA-2 was agreed on: low.",
    benign: &["The list may be kept long on purpose, for old clients."],
    fix: "Take ssh-rsa and ssh-dss out of the list; the key of RSA stays as it is. What knows no others has to be \
          renewed: OpenSSH has had rsa-sha2-256 since 7.2, Dropbear since 2020.79.",
    settings: &[Setting::SshSignatures],
    source: "RFC 8332 1 and 5.2; RFC 9142 1.1; OpenSSH 8.8, release notes",
    find: |view, found| {
        for offer in ssh_names::offers(view) {
            let (place, who) = (ssh_names::place(offer.endpoint), ssh_names::answered(offer.endpoint));
            if let Some((severity, title)) = grade(offer.algorithms) {
                let names = ssh_names::of_both(&offer.algorithms.host_key, &[], is_sha1_signature);
                let what = format!("{who} offers {}", ssh_names::told(&names));
                found.at(&place).severity(severity).title(title).see(offer.id, what);
            }
            for offered in &offer.endpoint.host_keys {
                let Some(sent) = offered.key.value() else { continue };
                if !is_sha1_signature(&offered.algorithm) && is_sha1_signature(&sent.signature_algorithm) {
                    let (agreed, made) = (&offered.algorithm, &sent.signature_algorithm);
                    found
                        .at(&place)
                        .title("A host key signs with SHA-1 where SHA-2 was agreed on")
                        .see(offer.id, format!("{who} signs with {made} where {agreed} was agreed on"));
                }
            }
        }
    },
};

/// How bad it is what a server offers, with the title for it.
fn grade(algorithms: &SshAlgorithms) -> Option<(Severity, &'static str)> {
    let list = &algorithms.host_key;
    if !list.iter().any(|name| is_sha1_signature(name)) {
        return None;
    }
    if ssh_names::all(list, is_sha1_signature) {
        return Some((Severity::Medium, "Host keys sign with nothing but SHA-1"));
    }
    let has = |part: &str| list.iter().any(|name| name.starts_with(part));
    match has("ssh-rsa") && !has("rsa-sha2-") {
        true => Some((Severity::Low, "The host key of RSA signs with nothing but SHA-1")),
        false => Some((Severity::Info, "Host keys sign with SHA-1 for clients that want it")),
    }
}

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    fn with(list: &[&str]) -> Vec<Severity> {
        let scene = Scene::empty().ssh(|ssh| {
            if let Outcome::Seen { value } = &mut ssh.algorithms {
                value.host_key = list.iter().map(ToString::to_string).collect();
            }
        });
        scene.severities(CHECK.id)
    }

    #[test]
    fn alone_and_as_well_differ() {
        assert_eq!(with(&["ssh-rsa"]), [Severity::Medium]);
        assert_eq!(with(&["ssh-rsa", "ssh-dss"]), [Severity::Medium]);
        assert_eq!(with(&["ssh-ed25519", "ssh-rsa"]), [Severity::Low]);
        assert_eq!(with(&["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"]), [Severity::Info]);
        assert_eq!(with(&["ssh-ed25519", "ssh-dss"]), [Severity::Info]);
        assert!(with(&["rsa-sha2-512", "ssh-ed25519"]).is_empty());
        assert!(with(&[]).is_empty());
        assert!(Scene::empty().ssh(|_| {}).find(CHECK.id).is_empty());
        assert!(Scene::empty().ssh(|ssh| ssh.algorithms = timeout()).find(CHECK.id).is_empty());
    }

    #[test]
    fn a_signature_that_was_not_agreed_on_is_found() {
        let scene = |made: &str| {
            Scene::empty().ssh(|ssh| {
                if let Outcome::Seen { value } = &mut ssh.host_keys[0].key {
                    value.signature_algorithm = made.into();
                }
            })
        };
        assert_eq!(scene("ssh-rsa").severities(CHECK.id), [Severity::Low]);
        assert!(scene("rsa-sha2-512").find(CHECK.id).is_empty());
    }
}
