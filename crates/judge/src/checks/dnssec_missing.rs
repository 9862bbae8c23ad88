//! The name's zone is not signed.

use midwatch_model::{AttackId::*, Security, Severity, Station};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "dnssec-missing",
    title: "The name's zone is not signed",
    severity: Severity::Info,
    says: "the answers for {place} cannot be proved, since its zone is not signed",
    about: "DNSSEC signs the answers of a zone, so that a resolver that checks tells a forged answer from a true one. Without it, whoever answers first is believed, by visitors' resolvers and by the resolvers of authorities that issue certificates.",
    gain: "An answer of their own for the site's address, its mail or its CAA records, where nothing else stops it.",
    from: &[Station::Dns, Station::Network],
    attacks: &[DnsSpoofing, IpHijacking],
    decided: "Our own validation, from the root's keys down, proves that a zone on the way to the name is not signed. Info, since a trusted certificate and HSTS protect visitors on https without it.",
    benign: &["Many zones of sound sites are not signed; the certificate is what protects their visitors."],
    fix: "Sign the zone and have the registrar publish its DS record. Where the provider signs zones, it is one switch.",
    settings: &[],
    source: "RFC 4033 3.1 and 5; RFC 9364",
    find: |view, found| {
        if let (Some((id, Security::Insecure { why })), Some(seen)) = (view.dns.security(), view.dns.dnssec) {
            found.at(&seen.fact.name).see(id, format!("proved to be unsigned: {why}"));
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    #[test]
    fn only_a_proof_that_it_is_unsigned_counts() {
        let with = |security: Security| Scene::sound().dnssec(|fact| fact.security = Outcome::seen(security));
        assert_eq!(with(Security::Insecure { why: "no DS".into() }).severities(CHECK.id), [Severity::Info]);
        assert!(with(Security::Secure).find(CHECK.id).is_empty());
        assert!(with(Security::Indeterminate { why: "stripped".into() }).find(CHECK.id).is_empty());
        assert!(Scene::sound().dnssec(|fact| fact.security = timeout()).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }
}
