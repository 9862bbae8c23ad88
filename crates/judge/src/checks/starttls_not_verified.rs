//! Mail from server to server, where nobody verifies whom they reached.

use midwatch_model::{AttackId::*, Outcome, Severity, Starttls, Station};

use super::starttls_support as shared;
use crate::view::dns::is_secure;
use crate::{Check, View};

pub(crate) static CHECK: Check = Check {
    id: "starttls-not-verified",
    title: "No TLSA records tell other mail servers whom to expect here",
    severity: Severity::Medium,
    says: "{place} has no TLSA records by which a server that sends mail could verify it",
    about: "From mail server to mail server TLS is used where it is offered, and the certificate is looked at by nobody (RFC 7435), \
            unless the receiving domain says by what it is to be verified: TLSA records (DANE), or a policy of MTA-STS.",
    gain: "To take the offer of TLS away, or to show any certificate, and so to read and change the mail that comes in. Neither side \
           notices.",
    from: &[Station::Dns, Station::Network],
    attacks: &[StrippingAndDowngrade, Impersonation, DnsSpoofing, IpHijacking],
    decided: "The service is SMTP from server to server, and there are no TLSA records of it that DNSSEC proves and that senders can \
              use (usage 2 or 3, RFC 7672 3.1.3). Medium: the domains whose mail this server takes may have a policy of MTA-STS, which \
              'midwatch mail DOMAIN' asks for. Records that could not be asked for are no finding.",
    benign: &[
        "The domains whose mail this server takes may have a policy of MTA-STS, by which senders that know it verify the server.",
    ],
    fix: "Sign the zone of the server's name and publish TLSA records for it, or let each domain publish a policy of MTA-STS; 'midwatch \
          mail DOMAIN' shows the lines for both.",
    settings: &[],
    source: "RFC 7672 1.3.1; RFC 7435 3; RFC 8461 2",
    find: |view, found| {
        if view.starttls_by() != Some(Starttls::Smtp) {
            return;
        }
        let Some(seen) = view.dns.tlsa else { return };
        if has_usable(view).is_none_or(|usable| usable) {
            return;
        }
        let what = match &seen.fact.records {
            Outcome::Seen { value } if value.is_empty() => format!("there are none at {}", seen.fact.name),
            _ if !is_secure(&seen.fact.security) => {
                format!("DNSSEC does not prove what stands at {}", seen.fact.name)
            }
            _ => format!("none of those at {} has a usage that is for SMTP", seen.fact.name),
        };
        for endpoint in &view.starttls {
            if endpoint.fact.accepted.is_seen() {
                found.at(shared::place(endpoint.fact)).see(seen.id, &what);
            }
        }
    },
};

/// Whether senders can verify the server by TLSA records; none where that could not be measured.
pub(crate) fn has_usable(view: &View<'_>) -> Option<bool> {
    let tlsa = view.dns.tlsa?.fact;
    if tlsa.records.is_unmeasured() || tlsa.security.is_unmeasured() {
        return None;
    }
    let usable = tlsa
        .records
        .value()
        .is_some_and(|records| records.iter().any(|record| record.usable && matches!(record.usage, 2 | 3)));
    Some(usable && is_secure(&tlsa.security))
}

#[cfg(test)]
mod tests {
    use midwatch_model::Security;

    use super::*;
    use crate::testing::*;

    #[test]
    fn only_proved_records_of_a_usage_for_smtp_count() {
        let with = |protocol: Starttls, usage: u8, security: Security| {
            Scene::starttls(protocol).tlsa(true, |tlsa| {
                tlsa.security = Outcome::seen(security.clone());
                tlsa.records = tlsa.records.clone().map(|mut records| {
                    records.iter_mut().for_each(|record| record.usage = usage);
                    records
                });
            })
        };
        let unsigned = || Security::Insecure { why: "no DS".into() };
        assert!(with(Starttls::Smtp, 3, Security::Secure).find(CHECK.id).is_empty());
        assert_eq!(with(Starttls::Smtp, 1, Security::Secure).severities(CHECK.id), [Severity::Medium]);
        assert_eq!(with(Starttls::Smtp, 3, unsigned()).severities(CHECK.id), [Severity::Medium]);
        // People's own programs verify by themselves.
        assert!(with(Starttls::Submission, 3, unsigned()).find(CHECK.id).is_empty());
        // What was not asked for is no finding.
        assert!(Scene::starttls(Starttls::Smtp).find(CHECK.id).is_empty());
        let silent = Scene::starttls(Starttls::Smtp).tlsa(true, |tlsa| tlsa.records = timeout());
        assert!(silent.find(CHECK.id).is_empty());
    }
}
