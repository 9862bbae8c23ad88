//! Key exchange of 1024 bits, or over SHA-1.

use midwatch_model::{AttackId::*, Severity};

use super::ssh_names::{self, MethodFault, method_fault};
use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "ssh-kex-weak",
    title: "Weak key exchange is offered",
    severity: Severity::Medium,
    says: "{place} offers key exchange that is too weak",
    about: "Every key of a connection comes from its key exchange. One of 1024 bits (diffie-hellman-group1-sha1) is \
            within reach of a state, which has to do the work but once, since all the world uses the same prime \
            (Logjam): then recordings can be opened too. One over SHA-1 cannot be opened so. Its hash is what the \
            server signs, and what proves that nobody changed the lists of algorithms: whoever finds a collision \
            between two of its own choice while a connection waits could change them (SLOTH). That has been done for \
            certificates at leisure, and for no connection. Nobody can force a client to a method that it does not \
            offer, and it takes the first of its own that the server has too: what is offered besides better methods \
            serves only clients that have none of these.",
    gain: "The keys of each connection of 1024 bits, also of those that were recorded; with SHA-1, in theory, a weaker \
           choice of algorithms than both sides wanted.",
    from: ON_PATH,
    attacks: &[Eavesdropping, StrippingAndDowngrade],
    decided: "By the names in the server's list. 1024 bits (group1, rsa1024-sha1, gss-group1): medium, and high where \
              the server has nothing else. SHA-1 over 2048 bits or a group of the server's choice \
              (diffie-hellman-group14-sha1, which RFC 9142 still allows, diffie-hellman-group-exchange-sha1, and the \
              same of GSS): low, and medium where every method has one fault or the other. The curves of NIST are \
              no fault: nothing is known against them.",
    benign: &["The list may be kept long on purpose, for old clients."],
    fix: "Take these methods away. Clients that have nothing better have to be renewed: curve25519-sha256 and \
          diffie-hellman-group14-sha256 are in everything that has been kept since 2016.",
    settings: &[Setting::SshKeyExchange],
    source: "RFC 9142 1.1, 1.2 and 4; RFC 8732; CVE-2015-4000 (Logjam); SLOTH (2016); OpenSSH 8.2, release notes",
    find: |view, found| {
        for offer in ssh_names::offers(view) {
            let methods = &offer.algorithms.key_exchange;
            let with = |fault| ssh_names::of_both(methods, &[], |name| method_fault(name) == Some(fault));
            let (small, sha1) = (with(MethodFault::Small), with(MethodFault::Sha1));
            let (place, who) = (ssh_names::place(offer.endpoint), ssh_names::answered(offer.endpoint));
            if !small.is_empty() {
                let alone = small.len() == methods.len();
                let draft = match alone {
                    true => {
                        found.at(&place).severity(Severity::High).title("Every key exchange has 1024 bits")
                    }
                    false => found.at(&place).title("Key exchange with 1024 bits is offered"),
                };
                draft.see(offer.id, format!("{who} offers {}", ssh_names::told(&small)));
            }
            if !sha1.is_empty() {
                let alone = ssh_names::all(methods, |name| method_fault(name).is_some());
                let draft = match alone {
                    true => found.at(&place).title("Every key exchange rests on SHA-1"),
                    false => {
                        found.at(&place).severity(Severity::Low).title("Key exchange over SHA-1 is offered")
                    }
                };
                draft
                    .attacks(&[StrippingAndDowngrade])
                    .see(offer.id, format!("{who} offers {}", ssh_names::told(&sha1)));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::SshAlgorithms;

    use super::*;
    use crate::testing::*;

    fn with(methods: &[&str]) -> Vec<(Severity, String)> {
        let scene = Scene::empty().ssh(|ssh| {
            let mut algorithms: SshAlgorithms = ssh.algorithms.value().cloned().unwrap_or_default();
            algorithms.key_exchange = methods.iter().map(ToString::to_string).collect();
            ssh.algorithms = midwatch_model::Outcome::seen(algorithms);
        });
        scene.find(CHECK.id).into_iter().map(|found| (found.severity, found.title)).collect()
    }

    fn severities(methods: &[&str]) -> Vec<Severity> {
        with(methods).into_iter().map(|(severity, _)| severity).collect()
    }

    #[test]
    fn what_is_offered_besides_counts_less_than_what_is_alone() {
        let (group1, group14) = ("diffie-hellman-group1-sha1", "diffie-hellman-group14-sha1");
        assert_eq!(severities(&["curve25519-sha256", group1]), [Severity::Medium]);
        assert_eq!(severities(&[group1]), [Severity::High]);
        assert_eq!(severities(&["curve25519-sha256", group14]), [Severity::Low]);
        assert_eq!(severities(&[group14]), [Severity::Medium]);
        assert_eq!(severities(&[group14, group1]), [Severity::Medium, Severity::Medium]);
        assert_eq!(severities(&["curve25519-sha256", group14, group1]), [Severity::Medium, Severity::Low]);
    }

    #[test]
    fn curves_of_nist_and_2048_bits_are_none() {
        assert!(with(&["ecdh-sha2-nistp256", "diffie-hellman-group14-sha256"]).is_empty());
        assert!(with(&[]).is_empty());
        assert!(Scene::empty().ssh(|_| {}).find(CHECK.id).is_empty());
        assert!(Scene::empty().ssh(|ssh| ssh.algorithms = timeout()).find(CHECK.id).is_empty());
    }
}
