//! The server was known by another key.

use midwatch_model::{AttackId::*, HostKeySource, HostKeyVerdict, HostKeyWord, Severity};

use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::view::host_keys;

pub(crate) static CHECK: Check = Check {
    id: "host-key-changed",
    title: "The server's host key is not the one that it is known by",
    severity: Severity::Critical,
    says: "{place} shows another host key than the one that it is known by",
    about: "Somebody who can know the server's key has another one than the server shows. Either the server has a new key, \
            or whoever answers is not the server.",
    gain: "Whoever holds the other key reads and changes what is cloned, pushed, typed and copied, and gets what is logged in \
           with where that can be used again (passwords, forwarded agents).",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, Eavesdropping, DnsSpoofing, IpHijacking],
    decided: "A file of known hosts, a forge's published list, an SSHFP record that DNSSEC proves, a file of the organisation \
              or the memory of earlier runs has a key of the same type for this server, and it is another one; or keys of \
              other types alone, and nobody vouches for one that was met, which OpenSSH takes for a change too. One key that \
              changed counts even where another is as it was: somebody in the middle sees which type a client asks for. High \
              where earlier runs alone say so, which verified nothing. Medium where another source that can know it vouches \
              for the new key: then the old entry is what is out of date.",
    benign: &[
        "The server was set up anew, or its keys were replaced on purpose; its owner can say so.",
        "Several servers behind one name or address, each with keys of its own.",
        "An address that was given to another machine.",
        "A published list that is bundled with midwatch and older than the forge's new key.",
    ],
    fix: "Do not connect, and ask the server's owner over another way than this one. Where the key was replaced, compare the \
          new fingerprint, and put it in the old one's place: 'midwatch ssh HOST --replace'.",
    settings: &[],
    source: "RFC 4251 4.1 and 9.3.4; OpenSSH sshconnect.c, check_host_key",
    find: |view, found| {
        for seen in view.host_keys.iter().filter(|seen| seen.fact.verdict == HostKeyVerdict::Changed) {
            let known = seen.fact;
            let says_so = |source: HostKeySource| {
                known.answers.iter().filter(|answer| answer.source == source).any(|answer| {
                    answer
                        .words()
                        .any(|said| matches!(said.word, HostKeyWord::Other | HostKeyWord::OtherType))
                })
            };
            let by_proof = [
                HostKeySource::KnownHosts,
                HostKeySource::Published,
                HostKeySource::Sshfp,
                HostKeySource::TrustFile,
            ]
            .into_iter()
            .any(says_so);
            let vouched = host_keys::vouched_all(known);
            let severity = match (&vouched, by_proof) {
                (Some(_), _) => Severity::Medium,
                (None, true) => Severity::Critical,
                (None, false) => Severity::High,
            };
            let mut draft = found.at(&known.name).severity(severity);
            for line in host_keys::changes(known) {
                draft = draft.see(seen.id, line);
            }
            if let Some(by) = vouched {
                draft = draft
                    .title("An entry for the server is out of date: its new host key is vouched for")
                    .see(seen.id, format!("{by} vouches for every key that was met and changed"))
                    .fix(format!(
                        "The new key is vouched for, so put it in the old one's place: 'midwatch ssh {} --replace'.",
                        host_keys::argument(known)
                    ));
            } else {
                draft = draft.fix(format!(
                    "Do not connect, and ask the server's owner over another way than this one. Where the key was replaced, \
                     compare the new fingerprint {}, and put it in the old one's place: 'midwatch ssh {} --replace'.",
                    host_keys::compare_at(known),
                    host_keys::argument(known)
                ));
            }
            for note in host_keys::notes(known) {
                draft = draft.see(seen.id, note);
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
    fn what_was_expected_stands_beside_what_was_met() {
        let found = Scene::empty().host_keys(&[(KnownHosts, [Same, Same, Other])]).find(CHECK.id);
        assert_eq!((found.len(), found[0].severity), (1, Severity::Critical));
        let detail = &found[0].evidence[0].detail;
        assert!(detail.contains("SHA256:old-ed25519") && detail.contains("SHA256:ed25519"), "{detail}");
        assert!(detail.contains("~/.ssh/known_hosts:3"), "{detail}");
        assert!(!found[0].benign.is_empty());
    }

    #[test]
    fn keys_of_other_types_alone_are_a_change() {
        let scene = Scene::empty().host_keys(&[(KnownHosts, [OtherType; 3])]);
        assert_eq!(scene.severities(CHECK.id), [Severity::Critical]);
        assert!(
            Scene::empty().host_keys(&[(KnownHosts, [OtherType, OtherType, Same])]).find(CHECK.id).is_empty()
        );
    }

    #[test]
    fn earlier_runs_alone_weigh_less_and_a_key_that_is_vouched_for_less_still() {
        let memory = Scene::empty().host_keys(&[(KnownHosts, [Unknown; 3]), (Memory, [Same, Same, Other])]);
        assert_eq!(memory.severities(CHECK.id), [Severity::High]);
        let old =
            Scene::empty().host_keys(&[(KnownHosts, [Other, Unknown, Unknown]), (Published, [Same; 3])]);
        assert_eq!(old.severities(CHECK.id), [Severity::Medium]);
        let another = Scene::empty()
            .host_keys(&[(KnownHosts, [Other, Unknown, Unknown]), (Published, [Unknown, Same, Same])]);
        assert_eq!(
            another.severities(CHECK.id),
            [Severity::Critical],
            "it vouches for other keys than the changed one"
        );
    }

    #[test]
    fn what_is_verified_or_unknown_is_no_change() {
        for words in [[Same; 3], [Unknown; 3]] {
            assert!(Scene::empty().host_keys(&[(KnownHosts, words)]).find(CHECK.id).is_empty());
        }
    }
}
