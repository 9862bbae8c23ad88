//! A first meeting: nobody vouches for the server's keys.

use midwatch_model::{AttackId::*, HostKeyVerdict, Severity};

use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::view::host_keys;

pub(crate) static CHECK: Check = Check {
    id: "host-key-unknown",
    title: "Nobody vouches for the server's host key",
    severity: Severity::Medium,
    says: "the host key of {place} is one that nobody vouches for",
    about: "SSH proves that a server holds a key, and not whose key it is. At a first meeting whoever answers is taken for the \
            server, unless somebody who can know it says which key is the server's.",
    gain: "Whoever is in the middle at this moment shows a key of their own, and is the server from then on: they read and \
           change what is cloned, pushed, typed and copied.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, DnsSpoofing, IpHijacking],
    decided: "No file of known hosts, no forge's published list, no SSHFP record that DNSSEC proves and no file of the \
              organisation has a key of this server that it proved to hold. That earlier runs met the same key is told, \
              and is no proof: they may have met the same somebody.",
    benign: &[
        "A first meeting is what every connection begins with: this says that the key is not known, not that it is wrong.",
    ],
    fix: "Compare a fingerprint with what the server's owner publishes or reads out, and save the key: 'midwatch ssh HOST \
          --save'.",
    settings: &[],
    source: "RFC 4251 4.1; OpenSSH ssh(1), VERIFYING HOST KEYS",
    find: |view, found| {
        for seen in view.host_keys.iter().filter(|seen| seen.fact.verdict == HostKeyVerdict::Unknown) {
            let mut draft = found.at(&seen.fact.name);
            for met in &seen.fact.keys {
                draft = draft.see(seen.id, host_keys::met(met));
            }
            for note in host_keys::notes(seen.fact) {
                draft = draft.see(seen.id, note);
            }
            draft.fix(format!(
                "Compare a fingerprint {}. Where it is the same, save it: 'midwatch ssh {} --save --accept FINGERPRINT'.",
                host_keys::compare_at(seen.fact),
                host_keys::argument(seen.fact),
            ));
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{HostKeySource::*, HostKeyWord::*, Outcome};

    use super::*;
    use crate::testing::*;

    #[test]
    fn a_server_that_nobody_knows_is_unknown_and_its_keys_are_shown() {
        let found = Scene::empty().host_keys(&[(KnownHosts, [Unknown; 3])]).find(CHECK.id);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, Severity::Medium);
        assert!(found[0].evidence.iter().any(|seen| seen.detail.contains("SHA256:ed25519")), "{found:?}");
        assert!(found[0].fix.summary.contains("midwatch ssh git.example --save"), "{}", found[0].fix.summary);
    }

    #[test]
    fn earlier_runs_are_no_proof_and_others_are() {
        let memory = Scene::empty().host_keys(&[(KnownHosts, [Unknown; 3]), (Memory, [Same; 3])]);
        assert_eq!(memory.severities(CHECK.id), [Severity::Medium]);
        for source in [KnownHosts, Published, Sshfp, TrustFile] {
            let scene = Scene::empty().host_keys(&[(source, [Unknown, Unknown, Same])]);
            assert!(scene.find(CHECK.id).is_empty(), "{source:?}");
        }
    }

    #[test]
    fn a_key_that_is_merely_shown_is_not_known_by_it() {
        let scene = Scene::empty().host_keys_changed(&[(KnownHosts, [Same; 3])], |known| {
            known.keys.iter_mut().for_each(|met| met.proof = Outcome::seen(false));
        });
        assert_eq!(scene.severities(CHECK.id), [Severity::Medium]);
    }

    #[test]
    fn no_key_is_no_finding() {
        assert!(Scene::empty().ssh(|_| {}).find(CHECK.id).is_empty());
    }
}
