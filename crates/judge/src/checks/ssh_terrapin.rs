//! Terrapin: packets before encryption can be cut out unseen.

use midwatch_model::{AttackId::*, Severity};

use super::ssh_names;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "ssh-terrapin",
    title: "Terrapin: the beginning of a connection can be cut unseen",
    severity: Severity::Medium,
    says: "{place} lets the beginning of a connection be cut unseen (Terrapin)",
    about: "Packets are counted from the first on, and the key exchange does not cover all that come before the keys. \
            Somebody in the middle can put a packet in there, and take one out that comes encrypted first, and with \
            ChaCha20-Poly1305, or CBC mode and a MAC over the ciphertext, neither side sees it. Nothing can be read so, \
            nor taken from later on. What comes first is the server's list of extensions: without it some clients sign \
            with SHA-1 again, and OpenSSH hides the timing of keys no more. Some implementations (AsyncSSH before 2.14.1) \
            could be led into the attacker's own session. Strict key exchange counts anew, where both sides have it.",
    gain: "To take extensions away: weaker signatures of users, and the timing of what is typed.",
    from: ON_PATH_OR_DNS,
    attacks: &[StrippingAndDowngrade],
    decided: "The server does not announce strict key exchange (kex-strict-s-v00@openssh.com), and offers a cipher, or a \
              cipher and a MAC, on which it works: medium with chacha20-poly1305@openssh.com, where it works each time; \
              low with CBC and MACs over the ciphertext (-etm) alone, where it works now and then and clients of today \
              prefer others. The version is not asked: distributions mend it without changing that. A server that is \
              found here protects no client, whatever the client has; one that is not found protects those that have \
              strict key exchange too.",
    benign: &[
        "A server that sends no extensions, as TinySSH, has little to lose.",
        "An implementation may guard against it in another way, which cannot be seen from outside.",
    ],
    fix: "Renew the server: OpenSSH 9.6, Dropbear 2024.84 (or 2022.83 of Debian 12), TinySSH 20240101, or what the \
          distribution has mended since December 2023. Until then take these ciphers away, if AES-GCM or AES in CTR mode is left.",
    settings: &[Setting::SshTerrapin],
    source: "CVE-2023-48795; Bäumer, Brinkmann and Schwenk, Terrapin Attack (2024) 4 and 5; OpenSSH, PROTOCOL 1.10",
    find: |view, found| {
        for offer in ssh_names::offers(view) {
            let works_on = &offer.algorithms.terrapin;
            if offer.algorithms.strict_key_exchange || works_on.is_empty() {
                continue;
            }
            let each_time = works_on.iter().any(|name| name.starts_with("chacha20-poly1305"));
            let who = ssh_names::answered(offer.endpoint);
            let what = format!("{who} has no strict key exchange, and offers {}", ssh_names::told(works_on));
            found
                .at(ssh_names::place(offer.endpoint))
                .severity(if each_time { Severity::Medium } else { Severity::Low })
                .see(offer.id, what);
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    fn with(strict: bool, works_on: &[&str]) -> Vec<Severity> {
        let scene = Scene::empty().ssh(|ssh| {
            if let Outcome::Seen { value } = &mut ssh.algorithms {
                value.strict_key_exchange = strict;
                value.terrapin = works_on.iter().map(ToString::to_string).collect();
            }
        });
        scene.severities(CHECK.id)
    }

    #[test]
    fn it_takes_both_the_lack_and_a_cipher() {
        let (chacha, pair) =
            ("chacha20-poly1305@openssh.com", "aes128-cbc with hmac-sha2-256-etm@openssh.com");
        assert_eq!(with(false, &[chacha]), [Severity::Medium]);
        assert_eq!(with(false, &[pair, chacha]), [Severity::Medium]);
        assert_eq!(with(false, &[pair]), [Severity::Low]);
        assert!(with(false, &[]).is_empty());
        assert!(with(true, &[chacha, pair]).is_empty());
    }

    #[test]
    fn an_old_version_that_was_mended_is_not_found() {
        let scene = Scene::empty().ssh(|ssh| {
            if let Outcome::Seen { value } = &mut ssh.identification {
                value.software = "OpenSSH_9.2p1".into();
            }
        });
        assert!(scene.find(CHECK.id).is_empty());
        assert!(Scene::empty().ssh(|ssh| ssh.algorithms = timeout()).find(CHECK.id).is_empty());
    }
}
