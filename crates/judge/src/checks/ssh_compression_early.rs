//! Compression before anybody has logged in.

use midwatch_model::{AttackId::*, Severity};

use super::ssh_names;
use crate::Check;
use crate::check::ON_PATH;

pub(crate) static CHECK: Check = Check {
    id: "ssh-compression-early",
    title: "Compression begins before the login",
    severity: Severity::Low,
    says: "{place} compresses before anybody has logged in",
    about: "With zlib, packets are compressed as soon as keys are there, the password among them: how long it gets \
            depends on what it is, and anybody on the way sees lengths. And whoever has not logged in can hand \
            compressed data to the server's zlib. zlib@openssh.com begins after the login instead.",
    gain: "A little of what is sent, from its length.",
    from: ON_PATH,
    attacks: &[Eavesdropping],
    decided: "zlib is in one of the server's lists of compression methods. zlib@openssh.com and none are no finding.",
    benign: &[
        "Few clients ask for compression: OpenSSH only with Compression yes, and then for zlib@openssh.com first.",
    ],
    fix: "Renew the server, or switch compression off: OpenSSH has had none before the login since 7.4, and Compression \
          delayed before that. Dropbear: it is decided where it is built.",
    settings: &[],
    source: "OpenSSH, PROTOCOL 1.2, and 7.4, release notes; RFC 4253 6.2",
    find: |view, found| {
        for offer in ssh_names::offers(view) {
            let lists = [&offer.algorithms.compression_to_server, &offer.algorithms.compression_to_client];
            if lists.iter().any(|list| list.iter().any(|name| name == "zlib")) {
                let what = format!("{} offers zlib", ssh_names::answered(offer.endpoint));
                found.at(ssh_names::place(offer.endpoint)).see(offer.id, what);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    #[test]
    fn zlib_is_found_and_the_later_one_is_not() {
        let scene = Scene::empty().ssh(|ssh| {
            if let Outcome::Seen { value } = &mut ssh.algorithms {
                value.compression_to_client.push("zlib".into());
            }
        });
        assert_eq!(scene.severities(CHECK.id), [Severity::Low]);
        assert!(Scene::empty().ssh(|_| {}).find(CHECK.id).is_empty());
        assert!(Scene::empty().ssh(|ssh| ssh.algorithms = timeout()).find(CHECK.id).is_empty());
    }
}
