//! Answers for the name are not what its zone signed.

use midwatch_model::{AttackId::*, Security, Severity, Station};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "dnssec-bogus",
    title: "Answers for the name are not what its zone signed",
    severity: Severity::Medium,
    says: "the answers for {place} do not hold against the signatures of its zone",
    about: "The zone is signed, and what was answered does not fit its signatures. Resolvers that check refuse such answers, so that the site is gone for their users; the others believe them.",
    gain: "If the answers are forged: visitors at another address. If they are a mistake: nothing, but the site cannot be reached by many.",
    from: &[Station::Dns, Station::Network],
    attacks: &[DnsSpoofing, IpHijacking],
    decided: "Our own validation fails at a link that has to be signed, while the resolver passes the signatures of the root on. A resolver's SERVFAIL alone never counts. It weighs nothing in the verdicts, which rest on the certificate.",
    benign: &[
        "Signatures that were not renewed, and a DS record that was left after a change of keys, look the same as forged answers.",
        "The clock of this computer may be wrong.",
    ],
    fix: "Renew the signatures (or repair the signer), and compare the DS record at the registrar with the zone's DNSKEY.",
    settings: &[],
    source: "RFC 4033 5; RFC 4035 5.5; RFC 8914",
    find: |view, found| {
        if let (Some((id, Security::Bogus { why, .. })), Some(seen)) = (view.dns.security(), view.dns.dnssec)
        {
            let own = match &seen.fact.resolver_fails {
                Some(code) => format!("; {} itself answers {code}", seen.fact.resolver),
                None => format!("; {} itself does not refuse it", seen.fact.resolver),
            };
            found.at(&seen.fact.name).see(id, format!("expected signatures that hold, observed: {why}{own}"));
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    #[test]
    fn only_failed_signatures_count() {
        let with = |security: Security| Scene::sound().dnssec(|fact| fact.security = Outcome::seen(security));
        let bogus = with(Security::Bogus { why: "Signature Expired".into(), extended: None });
        assert_eq!(bogus.severities(CHECK.id), [Severity::Medium]);
        assert!(with(Security::Indeterminate { why: "stripped".into() }).find(CHECK.id).is_empty());
        let silent = Scene::sound().dnssec(|fact| {
            fact.security = timeout();
            fact.resolver_fails = Some("SERVFAIL".into());
        });
        assert!(silent.find(CHECK.id).is_empty(), "a SERVFAIL alone");
    }
}
