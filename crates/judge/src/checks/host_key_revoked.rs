//! A key that must not be taken.

use midwatch_model::{AttackId::*, HostKeyVerdict, HostKeyWord, Severity};

use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::view::host_keys;

pub(crate) static CHECK: Check = Check {
    id: "host-key-revoked",
    title: "The server shows a host key that is revoked",
    severity: Severity::Critical,
    says: "{place} shows a host key that is revoked",
    about: "Somebody who can know it has marked this key, or the authority of its certificate, as one that must not be taken: \
            mostly because others have the private key too.",
    gain: "Whoever has the private key is this server for everybody who still takes the key.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, Eavesdropping, DnsSpoofing, IpHijacking],
    decided: "An '@revoked' line for this host in a file of known hosts or in the organisation's file, or a line of \
              RevokedHostKeys, has the key or the authority of its certificate. It counts before every other word.",
    benign: &[
        "A server whose owner has not yet put the new key in place: it has to, before anybody connects.",
    ],
    fix: "Do not connect. Ask the server's owner for the new key.",
    settings: &[],
    source: "OpenSSH sshd(8), SSH_KNOWN_HOSTS FILE FORMAT; ssh_config(5), RevokedHostKeys",
    find: |view, found| {
        for seen in view.host_keys.iter().filter(|seen| seen.fact.verdict == HostKeyVerdict::Revoked) {
            let mut draft = found.at(&seen.fact.name);
            for answer in &seen.fact.answers {
                for said in answer.words().filter(|said| said.word == HostKeyWord::Revoked) {
                    let place = said.places.first().map_or(answer.from.as_str(), String::as_str);
                    draft = draft
                        .see(seen.id, format!("{} is revoked by {place}", host_keys::name(seen.fact, said)));
                }
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{HostKeySource::*, HostKeyWord::*};

    use super::*;
    use crate::testing::*;

    #[test]
    fn a_word_of_revocation_counts_before_all_others() {
        let scene = Scene::empty().host_keys(&[(KnownHosts, [Same, Same, Revoked]), (Published, [Same; 3])]);
        let found = scene.find(CHECK.id);
        assert_eq!((found.len(), found[0].severity), (1, Severity::Critical));
        assert!(found[0].evidence[0].detail.contains("SHA256:ed25519"), "{found:?}");
        let other =
            Scene::empty().host_keys(&[(KnownHosts, [Same; 3]), (TrustFile, [Unknown, Revoked, Unknown])]);
        assert_eq!(other.severities(CHECK.id), [Severity::Critical]);
    }

    #[test]
    fn no_word_of_it_is_no_finding() {
        assert!(Scene::empty().host_keys(&[(KnownHosts, [Other; 3])]).find(CHECK.id).is_empty());
        assert!(Scene::empty().ssh(|_| {}).find(CHECK.id).is_empty());
    }
}
