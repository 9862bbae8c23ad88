//! Senders report that DANE failed.

use midwatch_model::{AttackId::*, Severity, Station, TlsFailureKind as Kind};

use super::tls_report_support::{BENIGN, By, DECIDED, groups};
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "tls-report-dane",
    title: "Senders report that DANE failed",
    severity: Severity::Medium,
    says: "senders report that DANE failed for {place}",
    about: "Senders that use DANE found TLSA records that no certificate of the server matches, or answers that DNSSEC does not \
            prove, or no records where they insist on some. They keep the mail back then. As a rule a key was changed before its \
            records, or signatures ran out; somebody who answers in the server's stead, or forges the DNS, looks the same.",
    gain: "Nothing more than delay from senders that use DANE; where the records are then taken away to have mail again, all \
           that they protected from.",
    from: &[Station::Dns, Station::Network],
    attacks: &[Impersonation, DnsSpoofing, EmailHijacking],
    decided: DECIDED,
    benign: BENIGN,
    fix: "Compare records and certificates: midwatch mail DOMAIN. Publish the record of a new key before the key is taken into \
          use, for longer than the old records' TTL, and watch that signatures of the zone are renewed in time.",
    settings: &[],
    source: "RFC 8460 section 4.3.2.1; RFC 7672 sections 2.2 and 8.2; RFC 7671 section 8.1",
    find: |view, found| {
        let of_servers = groups(view, By::Server, |kind| *kind == Kind::TlsaInvalid);
        let of_domains =
            groups(view, By::Domain, |kind| matches!(kind, Kind::DnssecInvalid | Kind::DaneRequired));
        for group in of_servers.into_iter().chain(of_domains) {
            let (what, expected) = match group.kind {
                Kind::TlsaInvalid => {
                    ("no certificate matches the TLSA records of", "a certificate that they match")
                }
                Kind::DnssecInvalid => ("DNSSEC does not prove the answers for", "answers that are proved"),
                _ => ("they insist on DANE and find no TLSA records for", "TLSA records"),
            };
            let title = format!("Senders report that {what} {}", group.place);
            group.tell(view, found, CHECK.severity, title, expected, CHECK.fix);
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::TlsPolicyKind;

    use super::*;
    use crate::testing::*;

    #[test]
    fn records_are_the_servers_and_dnssec_the_domains() {
        let mut report =
            tls_report("Alpha", 1, 0, &[("tlsa-invalid", 1), ("dnssec-invalid", 2), ("dane-required", 3)]);
        report.policies[0].policy = TlsPolicyKind::Tlsa;
        let findings = Scene::empty().tls_reports(vec![report]).find(CHECK.id);
        let places: Vec<_> = findings.iter().map(|finding| finding.place.as_str()).collect();
        assert_eq!(places, ["mx1.example.org", "example.org", "example.org"]);
        // Mail is kept back.
        assert!(findings.iter().all(|finding| finding.severity == Severity::Low));
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
