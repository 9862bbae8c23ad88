//! TLSA records stand in a zone that is not signed.

use midwatch_model::{AttackId::*, Security, Severity, Station};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "tlsa-insecure",
    title: "TLSA records stand in a zone that is not signed",
    severity: Severity::Info,
    says: "{place} has TLSA records that nobody may heed, since they are not signed",
    about: "TLSA records count only where DNSSEC proves them. In a zone that is not signed, clients ignore them.",
    gain: "Nothing; the protection that the records were meant to give is not there.",
    from: &[Station::Dns, Station::Network],
    attacks: &[DnsSpoofing],
    decided: "There are TLSA records, and our own validation proves their zone unsigned, or finds that their signatures do not hold.",
    benign: &[],
    fix: "Sign the zone, or take the records away.",
    settings: &[],
    source: "RFC 6698 4.1; RFC 7671 10.3",
    find: |view, found| {
        let Some((seen, _)) = view.dns.tlsa() else { return };
        if let Some(Security::Insecure { why } | Security::Bogus { why, .. }) = seen.fact.security.value() {
            found
                .at(&seen.fact.name)
                .see(seen.id, format!("expected records that are signed, observed: {why}"));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn unsigned_records_are_found() {
        let with = |security: Security| {
            Scene::sound().tlsa(true, |tlsa| tlsa.security = midwatch_model::Outcome::seen(security))
        };
        assert_eq!(with(Security::Insecure { why: "no DS".into() }).severities(CHECK.id), [Severity::Info]);
        assert!(with(Security::Secure).find(CHECK.id).is_empty());
        let none = Scene::sound().tlsa(true, |tlsa| tlsa.records = midwatch_model::Outcome::seen(vec![]));
        assert!(none.find(CHECK.id).is_empty());
    }
}
