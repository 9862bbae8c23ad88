//! Senders report that MTA-STS failed.

use midwatch_model::{AttackId::*, Severity, Station, TlsFailureKind as Kind};

use super::tls_report_support::{BENIGN, By, DECIDED, groups};
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "tls-report-mta-sts",
    title: "Senders report that they could not use the MTA-STS policy",
    severity: Severity::Medium,
    says: "senders report that they could not use the MTA-STS policy of {place}",
    about: "Senders saw that there is a policy and could not fetch it, could not read it, or did not trust the web server that \
            has it. One that knows no earlier policy then sends as if there were none. Whoever sits on the way has a reason to \
            keep the policy from a sender before taking STARTTLS away.",
    gain: "To have senders send without the policy: in plain text where STARTTLS is taken away, or to whoever answers.",
    from: &[Station::Dns, Station::Network],
    attacks: &[StrippingAndDowngrade, DnsSpoofing, EmailHijacking],
    decided: DECIDED,
    benign: BENIGN,
    fix: "Fetch it as senders do: midwatch mail DOMAIN. It lies at https://mta-sts.DOMAIN/.well-known/mta-sts.txt, without a \
          redirect, behind a certificate for mta-sts.DOMAIN, and for programs too.",
    settings: &[],
    source: "RFC 8460 section 4.3.2.2; RFC 8461 sections 3.2, 3.3 and 5.1",
    find: |view, found| {
        let is_wanted = |kind: &Kind| {
            matches!(kind, Kind::StsPolicyFetchError | Kind::StsPolicyInvalid | Kind::StsWebpkiInvalid)
        };
        for group in groups(view, By::Domain, is_wanted) {
            let (what, expected) = match group.kind {
                Kind::StsPolicyFetchError => ("they could not fetch the MTA-STS policy of", "an answer"),
                Kind::StsPolicyInvalid => {
                    ("they could not understand the MTA-STS policy of", "a policy that is valid")
                }
                _ => (
                    "they do not trust the web server with the MTA-STS policy of",
                    "a certificate that holds",
                ),
            };
            let title = format!("Senders report that {what} {}", group.place);
            group.tell(view, found, CHECK.severity, title, expected, CHECK.fix);
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn each_kind_is_told_for_the_domain() {
        let kinds = [("sts-policy-fetch-error", 1), ("sts-policy-invalid", 2), ("sts-webpki-invalid", 3)];
        let report = tls_report("Alpha", 1, 0, &kinds);
        let findings = Scene::empty().tls_reports(vec![report]).find(CHECK.id);
        assert_eq!(findings.len(), 3);
        assert!(findings.iter().all(|finding| finding.place == "example.org"));
        assert!(findings.iter().all(|finding| finding.severity == Severity::Medium));
        let both: Vec<_> = ["Alpha", "Beta"].map(|name| tls_report(name, 1, 0, &kinds[..1])).to_vec();
        assert_eq!(Scene::empty().tls_reports(both).severities(CHECK.id), [Severity::High]);
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
