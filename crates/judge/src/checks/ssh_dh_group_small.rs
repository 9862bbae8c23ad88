//! A small prime in group exchange.

use midwatch_model::{AttackId::*, Severity};

use super::ssh_names;
use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "ssh-dh-group-small",
    title: "Group exchange serves a prime that is too small",
    severity: Severity::Medium,
    says: "{place} serves a prime that is too small",
    about: "In diffie-hellman-group-exchange the client says how many bits it wants, and the server chooses the prime. \
            For 768 bits logarithms have been taken, and 1024 bits are within reach of a state, once for all \
            connections with the same prime. What the client asked for is signed: nobody in the middle can ask for \
            less in its name. It concerns clients that ask for so little, or take it where they asked for more.",
    gain: "The keys of each connection with such a prime, also of those that were recorded.",
    from: ON_PATH,
    attacks: &[Eavesdropping],
    decided: "Midwatch asks for 1024 bits and takes what comes: fewer than 1024 are high, fewer than 2048 medium, and \
              high where the server has no other method than group exchange. 2048 bits are no finding: they are what RFC \
              8270 and RFC 9142 want at least, a client of today asks for 3072 or more, and sshd of OpenSSH before 10.0 falls \
              back to 2048 whatever its file of primes holds.",
    benign: &[],
    fix: "Leave group exchange out, as clients of today prefer curves; or take every prime below 3072 bits out of \
          the server's file of primes, which is /etc/ssh/moduli for OpenSSH (the fifth column, plus one).",
    settings: &[Setting::SshGroupExchange],
    source: "RFC 8270 2; RFC 9142 1.2 and 3; RFC 4419 3; CVE-2015-4000 (Logjam)",
    find: |view, found| {
        for seen in &view.ssh {
            let Some(group) = seen.fact.group_exchange.value().filter(|group| group.bits < 2048) else {
                continue;
            };
            let methods = seen.fact.algorithms.value().map(|algorithms| algorithms.key_exchange.as_slice());
            let alone = ssh_names::all(methods.unwrap_or_default(), |name| name.contains("group-exchange"));
            let severity = if alone || group.bits < 1024 { Severity::High } else { Severity::Medium };
            let name = group.known_as.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
            let who = ssh_names::answered(seen.fact);
            found
                .at(ssh_names::place(seen.fact))
                .severity(severity)
                .see(seen.id, format!("{who} serves a prime of {} bits{name}", group.bits));
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{DhParameters, Outcome};

    use super::*;
    use crate::testing::*;

    fn with(bits: u16, alone: bool) -> Vec<Severity> {
        let scene = Scene::empty().ssh(|ssh| {
            ssh.group_exchange =
                Outcome::seen(DhParameters { bits, prime_sha256: "aa".into(), known_as: None });
            if let (true, Outcome::Seen { value }) = (alone, &mut ssh.algorithms) {
                value.key_exchange = vec!["diffie-hellman-group-exchange-sha256".into()];
            }
        });
        scene.severities(CHECK.id)
    }

    #[test]
    fn the_thresholds_are_1024_and_2048() {
        assert_eq!(with(1023, false), [Severity::High]);
        assert_eq!(with(1024, false), [Severity::Medium]);
        assert_eq!(with(2047, false), [Severity::Medium]);
        assert_eq!(with(1536, true), [Severity::High]);
        assert!(with(2048, true).is_empty());
        assert!(Scene::empty().ssh(|_| {}).find(CHECK.id).is_empty());
        assert!(Scene::empty().ssh(|ssh| ssh.group_exchange = timeout()).find(CHECK.id).is_empty());
    }
}
