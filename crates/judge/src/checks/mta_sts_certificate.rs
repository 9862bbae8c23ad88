//! A policy of MTA-STS behind a certificate that senders refuse.

use midwatch_model::{AttackId::*, Severity, Station};

use crate::Check;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "mta-sts-certificate",
    title: "The policy of MTA-STS is behind a certificate that senders refuse",
    severity: Severity::Medium,
    says: "senders cannot tell the policy at {place} from a forged one, and take neither",
    about: "What makes a policy worth more than the DNS is the certificate of mta-sts.DOMAIN. Where it is not trusted, has expired or names \
            another host, senders do not take the policy.",
    gain: "Somebody between two servers can take STARTTLS away from senders that would have heeded the policy.",
    from: &[Station::Network],
    attacks: &[StrippingAndDowngrade, EmailHijacking],
    decided: "There is a record, and the certificate that an address of mta-sts.DOMAIN sends is trusted by no root that was asked, \
              or does not name it. Low where another address serves the policy with one that is.",
    benign: &[
        "The hosts that serve the policy for many domains get their certificates one by one, and this one's may be on its way.",
    ],
    fix: "Get a certificate for mta-sts.DOMAIN from a public authority, renewed by itself (ACME).",
    settings: &[Setting::MtaStsPolicy],
    source: "RFC 8461 3.3",
    find: |view, found| {
        let Some(seen) = view.mail.mta_sts.filter(|seen| seen.fact.record.is_some()) else { return };
        let severity = if seen.fact.policy().is_some() { Severity::Low } else { Severity::Medium };
        for fetch in &seen.fact.fetches {
            if fetch.certificate.value() == Some(&false) {
                let detail = format!(
                    "{} sends a certificate that is not trusted, or names another host",
                    fetch.address
                );
                found.at(&fetch.url).severity(severity).see(seen.id, detail);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn a_certificate_that_was_refused_is_found() {
        assert!(Scene::mail().find(CHECK.id).is_empty());
        let refused =
            Scene::mail().change_fetches(|fetch| fetch.certificate = midwatch_model::Outcome::seen(false));
        assert_eq!(refused.severities(CHECK.id), [Severity::Medium]);
        assert_eq!(refused.no_tlsa().severities("mail-not-authenticated"), [Severity::High; 2]);
        assert!(
            Scene::mail().change_fetches(|fetch| fetch.certificate = timeout()).find(CHECK.id).is_empty()
        );
    }
}
