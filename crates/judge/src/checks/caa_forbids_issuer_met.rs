//! The certificate comes from an authority that CAA does not allow.

use midwatch_model::{AttackId::*, Confidence, Severity, Station};

use crate::Check;
use crate::caa;

pub(crate) static CHECK: Check = Check {
    id: "caa-forbids-issuer-met",
    title: "The certificate comes from an authority that CAA does not allow",
    severity: Severity::Low,
    says: "the certificate of {place} was issued by an authority that its CAA records do not allow",
    about: "An authority looks at CAA when it issues. A certificate from one that the records do not allow is either older than the records, or was issued where other records were seen.",
    gain: "If somebody else had it issued: a certificate that every browser takes.",
    from: &[Station::Dns, Station::Network],
    attacks: &[Impersonation],
    decided: "The organisation of the issuer is one whose CAA domains are known, and no record that decides for the name allows any of them. Low and tentative: CAA says what holds today, and a certificate lives longer; and an authority may go by further domains than are known here.",
    benign: &[
        "The records were changed after the certificate was issued, for example on the way to another authority.",
        "A content delivery network in front of the site had the certificate issued before the records were there.",
    ],
    fix: "Look in the authority's account whether the certificate is yours. If so, allow the authority or replace the certificate; if not, have it revoked.",
    settings: &[],
    source: "RFC 8659 3 and 4.2",
    find: |view, found| {
        let Some((seen, records)) = view.dns.caa() else { return };
        for chain in view.chains.iter().filter(|chain| chain.fact.host.to_string() == view.host) {
            let Some(leaf) = chain.fact.certificates.first().and_then(|leaf| leaf.parsed.as_ref()) else {
                continue;
            };
            let Some(domains) = caa::domains(&leaf.issuer) else { continue };
            let wildcard = !leaf.names.contains(&view.host);
            let deciding = caa::deciding(records, wildcard);
            let allowed = deciding
                .iter()
                .filter_map(|record| record.issuer.as_deref())
                .any(|issuer| domains.contains(&issuer));
            if deciding.is_empty() || allowed {
                continue;
            }
            let values: Vec<&str> = deciding.iter().map(|record| record.value.as_str()).collect();
            found
                .at(view.endpoint_name())
                .confidence(Confidence::Tentative)
                .see(seen.id, format!("allowed today: {}", crate::words::some(&values, 5)))
                .see(chain.id, format!("observed: issued by {} on {}", leaf.issuer, leaf.not_before));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn issued_by(issuer: &str, records: &[(&str, &str)]) -> Vec<Severity> {
        Scene::sound()
            .change_chain(|chain| {
                if let Some(leaf) = chain.certificates[0].parsed.as_mut() {
                    leaf.issuer = issuer.into();
                    leaf.names = vec!["shop.example".into()];
                }
            })
            .caa(records)
            .severities(CHECK.id)
    }

    #[test]
    fn another_authority_is_found_and_an_unknown_one_is_not_guessed() {
        let known = "C=US, O=Let's Encrypt, CN=E7";
        assert_eq!(issued_by(known, &[("issue", "digicert.com")]), [Severity::Low]);
        assert_eq!(issued_by(known, &[("issue", "")]), [Severity::Low]);
        assert!(issued_by(known, &[("issue", "digicert.com"), ("issue", "letsencrypt.org")]).is_empty());
        assert!(
            issued_by(known, &[("issuewild", "digicert.com")]).is_empty(),
            "the certificate is no wildcard"
        );
        assert!(issued_by(known, &[]).is_empty());
        assert!(issued_by("O=Small CA, CN=1", &[("issue", "digicert.com")]).is_empty());
    }
}
