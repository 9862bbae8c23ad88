//! Ciphers that are none, broken, or of another age.

use midwatch_model::{AttackId::*, Severity};

use super::ssh_names::{self, CipherFault, cipher_fault};
use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "ssh-cipher-weak",
    title: "Weak ciphers are offered",
    severity: Severity::Medium,
    says: "{place} offers weak ciphers",
    about: "RC4 (arcfour) lets what is sent often be worked out from many connections, and DES has keys of 56 bits that \
            are tried in a day. Blocks of 64 bits (3DES, Blowfish, CAST, IDEA) repeat after some thirty gigabytes under \
            one key, and tell what two of them have in common; SSH changes keys before that where both sides do as RFC \
            4344 says. In CBC mode the length of a packet has to be deciphered before it can be trusted: from errors, \
            somebody in the middle could learn up to 32 bits of text in one of 262,144 tries, each of which ended the \
            connection, until servers stopped telling. Nobody can force a client to a cipher that it does not offer: the \
            lists are signed. What is offered besides better ciphers serves only clients that have none of these.",
    gain: "With no cipher, everything, as it is. With RC4 and DES, what is sent, at some cost. With small blocks and \
           CBC, a few bytes, where much else helps.",
    from: ON_PATH,
    attacks: &[Eavesdropping, StrippingAndDowngrade],
    decided: "By the names in the server's lists, the worst fault of each. No encryption (none): medium where other \
              ciphers are offered, critical where there is nothing else in one direction. RC4 and DES: medium, and high \
              where all ciphers of a direction are such or none. Blocks of 64 bits: low, and medium where there is \
              nothing better. CBC with blocks of 128 bits: low, always: servers have not told \
              the errors apart since 2009, and what remains is Terrapin, which has a check of its own.",
    benign: &[
        "3des-cbc is the cipher that RFC 4253 demands, and the list may be kept long on purpose, for old clients.",
        "Patched servers (HPN-SSH) take none only once somebody has logged in.",
    ],
    fix: "Take these ciphers away. AES in CTR mode, AES-GCM and ChaCha20-Poly1305 are in everything that has been kept \
          since 2014.",
    settings: &[Setting::SshCiphers],
    source: "RFC 8758 (RC4); RFC 4344 3.1 and 3.2; NIST SP 800-131A rev. 2, 2 (DES, TDEA); CVE-2016-2183 (Sweet32); \
             CVE-2008-5161 (CBC)",
    find: |view, found| {
        for offer in ssh_names::offers(view) {
            let (up, down) = (&offer.algorithms.ciphers_to_server, &offer.algorithms.ciphers_to_client);
            let (place, who) = (ssh_names::place(offer.endpoint), ssh_names::answered(offer.endpoint));
            for (fault, title, besides, alone) in GRADES {
                let names = ssh_names::of_both(up, down, |name| cipher_fault(name) == Some(*fault));
                if names.is_empty() {
                    continue;
                }
                let is = |name: &str| cipher_fault(name) >= Some(*fault);
                let nothing_better = ssh_names::all(up, is) || ssh_names::all(down, is);
                found
                    .at(&place)
                    .severity(if nothing_better { *alone } else { *besides })
                    .title(if nothing_better {
                        format!("{title}, and nothing better")
                    } else {
                        (*title).to_owned()
                    })
                    .see(offer.id, format!("{who} offers {}", ssh_names::told(&names)));
            }
        }
    },
};

/// Each fault with its title, how bad it is beside better ciphers, and how bad where there is nothing better.
const GRADES: &[(CipherFault, &str, Severity, Severity)] = &[
    (
        CipherFault::Nothing,
        "Connections without encryption are offered",
        Severity::Medium,
        Severity::Critical,
    ),
    (CipherFault::Broken, "Broken ciphers are offered", Severity::Medium, Severity::High),
    (CipherFault::SmallBlock, "Ciphers with blocks of 64 bits are offered", Severity::Low, Severity::Medium),
    (CipherFault::Cbc, "Ciphers in CBC mode are offered", Severity::Low, Severity::Low),
];

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    fn two(up: &[&str], down: &[&str]) -> Vec<Severity> {
        let list = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let scene = Scene::empty().ssh(|ssh| {
            if let Outcome::Seen { value } = &mut ssh.algorithms {
                (value.ciphers_to_server, value.ciphers_to_client) = (list(up), list(down));
            }
        });
        scene.severities(CHECK.id)
    }

    fn one(ciphers: &[&str]) -> Vec<Severity> {
        two(ciphers, ciphers)
    }

    #[test]
    fn what_is_offered_besides_counts_less_than_what_is_alone() {
        for (weak, besides, alone) in [
            ("none", Severity::Medium, Severity::Critical),
            ("arcfour128", Severity::Medium, Severity::High),
            ("3des-cbc", Severity::Low, Severity::Medium),
            ("aes256-cbc", Severity::Low, Severity::Low),
        ] {
            assert_eq!(one(&["aes128-ctr", weak]), [besides], "{weak}");
            assert_eq!(one(&[weak]), [alone], "{weak}");
        }
        // Nothing better than RC4, but 3DES is better than RC4.
        assert_eq!(one(&["arcfour", "3des-cbc"]), [Severity::Medium, Severity::Medium]);
    }

    #[test]
    fn one_direction_is_enough() {
        assert_eq!(two(&["aes128-ctr"], &["none"]), [Severity::Critical]);
        assert_eq!(two(&["aes128-ctr", "arcfour"], &["aes128-ctr"]), [Severity::Medium]);
    }

    #[test]
    fn sound_and_unknown_ciphers_are_none() {
        assert!(one(&["aes128-ctr", "aes256-gcm@openssh.com", "new@example.com"]).is_empty());
        assert!(one(&[]).is_empty());
        assert!(Scene::empty().ssh(|_| {}).find(CHECK.id).is_empty());
        assert!(Scene::empty().ssh(|ssh| ssh.algorithms = timeout()).find(CHECK.id).is_empty());
    }
}
