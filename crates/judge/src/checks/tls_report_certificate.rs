//! Senders report that a mail server's certificate does not hold.

use midwatch_model::{AttackId::*, Severity, Station, TlsFailureKind as Kind};

use super::tls_report_support::{BENIGN, By, DECIDED, groups};
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "tls-report-certificate",
    title: "Senders report that a mail server's certificate does not hold",
    severity: Severity::Medium,
    says: "senders report that the certificate of {place} does not hold",
    about: "The certificate that senders met does not name the mail server, has expired, or is vouched for by nobody whom they \
            trust. As a rule the server's own is at fault, and then every sender meets it. Where one sender alone does, the \
            certificate may have been another's.",
    gain: "Where another's certificate was met: to read and change the mail of those senders, unless a policy has them keep it \
           back. Where it is the server's own: senders that must not verify it any more, or mail that is delayed.",
    from: &[Station::Router, Station::Dns, Station::Network],
    attacks: &[Impersonation, EmailHijacking, DnsSpoofing],
    decided: DECIDED,
    benign: BENIGN,
    fix: "Look at it, from another provider's network too: midwatch tls --starttls smtp HOST:25. Send the whole chain of a \
          certificate that names the host of the MX record, renew it by itself, and reload the server then.",
    settings: &[],
    source: "RFC 8460 section 4.3.1; RFC 8461 section 4.1; RFC 6125",
    find: |view, found| {
        let is_wanted = |kind: &Kind| {
            matches!(
                kind,
                Kind::CertificateHostMismatch | Kind::CertificateExpired | Kind::CertificateNotTrusted
            )
        };
        for group in groups(view, By::Server, is_wanted) {
            let (what, expected) = match group.kind {
                Kind::CertificateHostMismatch => ("does not name it", "a certificate that names the server"),
                Kind::CertificateExpired => ("has expired", "a certificate that is valid"),
                _ => ("is not trusted", "a certificate that a public authority vouches for"),
            };
            let title = format!("Senders report that the certificate of {} {what}", group.place);
            group.tell(view, found, CHECK.severity, title, expected, CHECK.fix);
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn each_kind_is_told_by_itself() {
        let report = tls_report(
            "Alpha",
            1,
            10,
            &[
                ("certificate-expired", 1),
                ("certificate-not-trusted", 2),
                ("certificate-host-mismatch", 3),
                ("tlsa-invalid", 4),
            ],
        );
        let findings = Scene::empty().tls_reports(vec![report]).find(CHECK.id);
        let titles: Vec<_> = findings.iter().map(|finding| finding.title.as_str()).collect();
        let start = "Senders report that the certificate of mx1.example.org";
        assert_eq!(titles.len(), 3);
        for what in ["does not name it", "has expired", "is not trusted"] {
            assert!(titles.contains(&format!("{start} {what}").as_str()), "{titles:?}");
        }
        assert!(findings.iter().all(|finding| finding.severity == Severity::Medium));
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
