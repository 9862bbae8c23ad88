//! SSHFP records stand in a zone that is not signed.

use midwatch_model::{AttackId::*, Security, Severity, Station};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "sshfp-insecure",
    title: "SSHFP records stand in a zone that is not signed",
    severity: Severity::Low,
    says: "{place} has SSHFP records that prove nothing, since they are not signed",
    about: "SSHFP records say which host keys a server has, and count only where DNSSEC proves them. With \
            VerifyHostKeyDNS, ssh still asks for such records, tells that a matching fingerprint was found, and asks \
            the user; where the resolver sets the AD bit and resolv.conf trusts it, ssh connects without a question.",
    gain: "Whoever can answer for the DNS can publish the fingerprint of their own key, and ssh tells the user that it \
           matches.",
    from: &[Station::Dns, Station::Network],
    attacks: &[DnsSpoofing],
    decided: "There are SSHFP records, and our own validation proves their zone unsigned, or finds that their \
              signatures do not hold. They weigh nothing in the verdict on the host keys.",
    benign: &["A company's resolver may answer for an inner zone that nobody outside is meant to validate."],
    fix: "Sign the zone, or take the records away.",
    settings: &[],
    source: "RFC 4255 2.4 and 5; ssh_config(5), VerifyHostKeyDNS",
    find: |view, found| {
        for (seen, _) in view.dns.sshfp() {
            if let Some(Security::Insecure { why } | Security::Bogus { why, .. }) = seen.fact.security.value()
            {
                found
                    .at(&seen.fact.name)
                    .see(seen.id, format!("expected records that are signed, observed: {why}"));
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
    fn records_that_prove_nothing_are_found() {
        let with = |security: Security| {
            Scene::sound().sshfp(&[(4, 2)], |sshfp| sshfp.security = Outcome::seen(security))
        };
        let unsigned = with(Security::Insecure { why: "no DS".into() });
        assert_eq!(unsigned.severities(CHECK.id), [Severity::Low]);
        let bogus = with(Security::Bogus { why: "the signature ended".into(), extended: None });
        assert_eq!(bogus.severities(CHECK.id), [Severity::Low]);
        assert!(with(Security::Secure).find(CHECK.id).is_empty());
        assert!(with(Security::Indeterminate { why: "no anchor".into() }).find(CHECK.id).is_empty());
    }

    #[test]
    fn no_records_and_no_answer_are_no_fault() {
        let insecure = || Outcome::seen(Security::Insecure { why: "no DS".into() });
        assert!(Scene::sound().sshfp(&[], |sshfp| sshfp.security = insecure()).find(CHECK.id).is_empty());
        assert!(
            Scene::sound().sshfp(&[(4, 2)], |sshfp| sshfp.security = timeout()).find(CHECK.id).is_empty()
        );
        let silent = Scene::sound().sshfp(&[], |sshfp| {
            (sshfp.records, sshfp.security) = (timeout(), timeout());
        });
        assert!(silent.find(CHECK.id).is_empty());
    }
}
