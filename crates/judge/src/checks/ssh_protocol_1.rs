//! The first version of the protocol.

use midwatch_model::{AttackId::*, Severity};

use super::{ssh_names, support};
use crate::Check;
use crate::check::ON_PATH_OR_DNS;

pub(crate) static CHECK: Check = Check {
    id: "ssh-protocol-1",
    title: "SSH 1 is spoken",
    severity: Severity::High,
    says: "{place} speaks SSH 1",
    about: "The first protocol of SSH guards what it carries with a CRC, so that somebody in the middle can change and \
            add to it, and its key exchange is signed by nobody. It was replaced in 2006, and OpenSSH took it out in \
            2017. A server that speaks both says so with the version 1.99. The version is told before any key is \
            there: somebody in the middle can change it, and a client that still takes SSH 1 is led there.",
    gain: "What is typed and answered, with passwords, and commands of the attacker's own among them.",
    from: ON_PATH_OR_DNS,
    attacks: &[Eavesdropping, StrippingAndDowngrade, Impersonation],
    decided: "The version in the server's identification: 1.99 is high, since SSH 2 is there too and clients of today \
              take nothing else; any other version of 1 is critical, since there is nothing better.",
    benign: &["A server may say 1.99 although SSH 1 is switched off in it; no SSH 1 was spoken to try."],
    fix: "Switch SSH 1 off. OpenSSH from 7.6 on has none; before that, write Protocol 2 in sshd_config. Cisco IOS: ip ssh \
          version 2. What speaks nothing else has to be renewed, or kept where nobody else comes.",
    settings: &[],
    source: "RFC 4253 4.2 and 5.1; CVE-2001-0361, CVE-1999-1085; OpenSSH 7.6, release notes",
    find: |view, found| {
        for seen in &view.ssh {
            let Some(said) = seen.fact.identification.value() else { continue };
            if !said.protocol.starts_with("1.") {
                continue;
            }
            let severity = if said.protocol == "1.99" { Severity::High } else { Severity::Critical };
            let who = ssh_names::answered(seen.fact);
            let what = format!("{who} says {}", support::quoted(&said.line));
            found.at(ssh_names::place(seen.fact)).severity(severity).see(seen.id, what);
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{Outcome, SshIdentification};

    use super::*;
    use crate::testing::*;

    fn says(protocol: &str) -> Scene {
        Scene::empty().ssh(|ssh| {
            ssh.identification = Outcome::seen(SshIdentification {
                line: format!("SSH-{protocol}-Cisco-1.25"),
                protocol: protocol.into(),
                software: "Cisco-1.25".into(),
                comments: None,
                before: Vec::new(),
            });
        })
    }

    #[test]
    fn both_is_high_and_the_first_alone_critical() {
        assert_eq!(says("1.99").severities(CHECK.id), [Severity::High]);
        assert_eq!(says("1.5").severities(CHECK.id), [Severity::Critical]);
        assert!(says("2.0").find(CHECK.id).is_empty());
        assert!(Scene::empty().ssh(|_| {}).find(CHECK.id).is_empty());
        assert!(Scene::empty().ssh(|ssh| ssh.identification = timeout()).find(CHECK.id).is_empty());
    }
}
