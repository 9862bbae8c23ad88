//! Packets without protection against changes, or with MD5.

use midwatch_model::{AttackId::*, Severity, SshAlgorithms};

use super::ssh_names;
use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "ssh-mac-weak",
    title: "Weak message authentication is offered",
    severity: Severity::Low,
    says: "{place} offers weak message authentication",
    about: "A message authentication code (MAC) tells each side that nobody changed a packet. Ciphers that do so \
            themselves (AES-GCM, ChaCha20-Poly1305) need none. Without any, somebody in the middle can change what is \
            encrypted in CTR mode bit by bit. HMAC with MD5 has not been broken: collisions of the hash do not carry \
            over. It is not to be chosen anew.",
    gain: "Without a MAC, to change commands and answers on the way. With MD5, nothing that is known today.",
    from: ON_PATH,
    attacks: &[StrippingAndDowngrade],
    decided: "By the names in the server's lists, in a direction in which some cipher needs a MAC. No MAC (none): medium, and \
              high where there is nothing else. HMAC-MD5: low. HMAC-SHA-1 is no finding: nothing is known against it, \
              and the hash's collisions do not matter to it. Tags of 64 and 96 bits (umac-64, hmac-sha1-96) are \
              none either: NIST SP 800-107 wants 32 at least and 64 better, and each wrong guess ends the connection. \
              Nor is a MAC over the text instead of the ciphertext: it matters with CBC mode alone, which has a check of its own.",
    benign: &["The list may be kept long on purpose, for old clients."],
    fix: "Take these away. HMAC-SHA-2 is in everything that has been kept since 2012.",
    settings: &[Setting::SshMacs],
    source: "RFC 4253 6.4; RFC 6151 2.3; RFC 6194 3.3; RFC 6668; NIST SP 800-107 rev. 1, 5.3",
    find: |view, found| {
        for offer in ssh_names::offers(view) {
            let directions = used(offer.algorithms);
            let (place, who) = (ssh_names::place(offer.endpoint), ssh_names::answered(offer.endpoint));
            let lists: Vec<String> = directions.iter().flat_map(|list| list.iter().cloned()).collect();
            if lists.iter().any(|name| name == "none") {
                let alone = directions.iter().any(|list| ssh_names::all(list, |name| name == "none"));
                let (severity, title) = match alone {
                    true => (Severity::High, "No packet is protected against changes"),
                    false => (Severity::Medium, "Packets without protection against changes are offered"),
                };
                found.at(&place).severity(severity).title(title).see(offer.id, format!("{who} offers none"));
            }
            let md5 = ssh_names::of_both(&lists, &[], |name| name.starts_with("hmac-md5"));
            if !md5.is_empty() {
                let what = format!("{who} offers {}", ssh_names::told(&md5));
                found.at(&place).title("Message authentication with MD5 is offered").see(offer.id, what);
            }
        }
    },
};

/// The lists of the directions in which some cipher needs a MAC.
fn used(algorithms: &SshAlgorithms) -> Vec<&[String]> {
    [
        (&algorithms.ciphers_to_server, &algorithms.macs_to_server),
        (&algorithms.ciphers_to_client, &algorithms.macs_to_client),
    ]
    .into_iter()
    .filter(|(ciphers, _)| !ssh_names::all(ciphers, ssh_names::is_aead))
    .map(|(_, macs)| macs.as_slice())
    .collect()
}

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    fn with(ciphers: &[&str], macs: &[&str]) -> Vec<Severity> {
        let list = |names: &[&str]| -> Vec<String> { names.iter().map(ToString::to_string).collect() };
        let scene = Scene::empty().ssh(|ssh| {
            if let Outcome::Seen { value } = &mut ssh.algorithms {
                (value.ciphers_to_server, value.ciphers_to_client) = (list(ciphers), list(ciphers));
                (value.macs_to_server, value.macs_to_client) = (list(macs), list(macs));
            }
        });
        scene.severities(CHECK.id)
    }

    #[test]
    fn no_mac_and_md5_are_found() {
        assert_eq!(with(&["aes128-ctr"], &["hmac-sha2-256", "none"]), [Severity::Medium]);
        assert_eq!(with(&["aes128-ctr"], &["none"]), [Severity::High]);
        assert_eq!(with(&["aes128-ctr"], &["hmac-md5-96-etm@openssh.com", "hmac-sha1"]), [Severity::Low]);
        assert_eq!(with(&["aes128-ctr"], &["hmac-md5"]), [Severity::Low]);
    }

    #[test]
    fn what_is_not_broken_is_not_cried_over() {
        let fine = ["hmac-sha1", "hmac-sha1-96", "umac-64@openssh.com", "hmac-ripemd160", "hmac-sha2-256"];
        assert!(with(&["aes128-ctr"], &fine).is_empty());
        assert!(Scene::empty().ssh(|_| {}).find(CHECK.id).is_empty());
        assert!(Scene::empty().ssh(|ssh| ssh.algorithms = timeout()).find(CHECK.id).is_empty());
    }

    #[test]
    fn beside_ciphers_that_authenticate_no_mac_is_used() {
        assert!(with(&["aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com"], &["none"]).is_empty());
        assert!(with(&["AEAD_AES_128_GCM"], &["hmac-md5"]).is_empty());
    }
}
