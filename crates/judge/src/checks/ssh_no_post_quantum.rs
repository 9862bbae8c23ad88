//! No key exchange that resists quantum computers.

use midwatch_model::{AttackId::*, Severity};

use super::ssh_names;
use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "ssh-no-post-quantum",
    title: "No key exchange that resists quantum computers",
    severity: Severity::Info,
    says: "{place} has no key exchange that resists quantum computers",
    about: "Nobody is known to have a quantum computer that breaks X25519 or P-256. What is recorded today can be opened \
            by whoever has one later. OpenSSH therefore prefers a hybrid, which holds as long as either half does: \
            sntrup761x25519-sha512 since 9.0, mlkem768x25519-sha256 since 10.0; and since 10.1 its client warns of servers \
            that have neither.",
    gain: "What is recorded today, in some years, perhaps.",
    from: ON_PATH,
    attacks: &[Eavesdropping],
    decided: "The server's list of key exchange methods has no hybrid with ML-KEM or Streamlined NTRU Prime. SSH sends the \
              whole list, so that nothing can be missing from it.",
    benign: &["A rule (FIPS 140) may leave out methods that are not yet approved."],
    fix: "Renew the server, and take KexAlgorithms out of its configuration: OpenSSH 9.0, Dropbear 2025.87 and TinySSH \
          have such a method by themselves. OpenSSH 8.5 to 8.9 have one that has to be switched on.",
    settings: &[Setting::SshPostQuantum],
    source: "OpenSSH 8.5, 9.0, 10.0 and 10.1, release notes; FIPS 203",
    find: |view, found| {
        for offer in ssh_names::offers(view) {
            let methods = &offer.algorithms.key_exchange;
            if methods.is_empty() || !offer.algorithms.post_quantum.is_empty() {
                continue;
            }
            let who = ssh_names::answered(offer.endpoint);
            let what = format!("{who} offers {} alone", ssh_names::told(methods));
            found.at(ssh_names::place(offer.endpoint)).see(offer.id, what);
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    #[test]
    fn a_list_without_a_hybrid_is_found() {
        let scene = Scene::empty().ssh(|ssh| {
            if let Outcome::Seen { value } = &mut ssh.algorithms {
                value.post_quantum.clear();
            }
        });
        assert_eq!(scene.severities(CHECK.id), [Severity::Info]);
        assert!(Scene::empty().ssh(|_| {}).find(CHECK.id).is_empty());
        assert!(Scene::empty().ssh(|ssh| ssh.algorithms = timeout()).find(CHECK.id).is_empty());
    }
}
