//! TLSA records do not match the certificate that is sent.

use midwatch_model::{AttackId::*, Severity, Station};

use crate::Check;
use crate::fixes::zone;
use crate::view::dns::is_secure;

pub(crate) static CHECK: Check = Check {
    id: "tlsa-mismatch",
    title: "TLSA records do not match the certificate that is sent",
    severity: Severity::Low,
    says: "the TLSA records of {place} match no certificate that the server sends",
    about: "TLSA records in a signed zone say which certificate or key a service has. Browsers do not ask for them, other clients do, and refuse a server that does not match.",
    gain: "Nothing by itself: if the certificate is not yours, it is somebody else's.",
    from: &[Station::Dns, Station::Network],
    attacks: &[Impersonation],
    decided: "The records are signed, at least one can be used, and for some chain that was met none of them matches a certificate in the place that its usage asks for. For the web this is advice: browsers rest on their roots.",
    benign: &["The certificate was renewed with a new key, and the record was not."],
    fix: "Publish a record for the key in use, and before each change of keys one for the next, at least two TTLs ahead.",
    settings: &[],
    source: "RFC 6698 2.1; RFC 7671 5 and 8.1",
    find: |view, found| {
        let Some((seen, records)) = view.dns.tlsa() else { return };
        if !is_secure(&seen.fact.security) || !records.iter().any(|record| record.usable) {
            return;
        }
        for wanted in &seen.fact.matches {
            let same = |other: &&midwatch_model::TlsaMatch| {
                (&other.leaf, other.address) == (&wanted.leaf, wanted.address)
            };
            if seen.fact.matches.iter().filter(same).any(|one| one.certificate.is_some()) || wanted.record > 0
            {
                continue;
            }
            let key = view.chains.iter().find_map(|chain| {
                let leaf = chain.fact.certificates.first().filter(|leaf| leaf.sha256 == wanted.leaf)?;
                leaf.parsed.as_ref().map(|parsed| parsed.spki_sha256.clone())
            });
            let line = zone::tlsa(&seen.fact.name, &key.unwrap_or_default());
            found.at(&seen.fact.name).fix(format!("{} In the zone's file: {line}", CHECK.fix)).see(
                seen.id,
                format!(
                    "{} sends a certificate that none of {} records matches",
                    wanted.address,
                    records.len()
                ),
            );
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn only_signed_records_that_can_match_count() {
        assert_eq!(Scene::sound().tlsa(false, |_| {}).severities(CHECK.id), [Severity::Low]);
        assert!(Scene::sound().tlsa(true, |_| {}).find(CHECK.id).is_empty());
        let unsigned = Scene::sound().tlsa(false, |tlsa| tlsa.security = timeout());
        assert!(unsigned.find(CHECK.id).is_empty());
        let unusable = Scene::sound().tlsa(false, |tlsa| {
            if let midwatch_model::Outcome::Seen { value } = &mut tlsa.records {
                value[0].usable = false;
            }
        });
        assert!(unusable.find(CHECK.id).is_empty());
    }
}
