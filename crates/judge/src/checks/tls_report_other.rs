//! Senders report failures that say little.

use std::collections::BTreeMap;

use midwatch_model::{AttackId::*, Confidence, Severity, Station, TlsFailureKind as Kind};

use super::tls_report_support::{BENIGN, By, DECIDED, groups, sessions, told_by};
use crate::Check;
use crate::words;

pub(crate) static CHECK: Check = Check {
    id: "tls-report-other",
    title: "Senders report that TLS failed, and not why",
    severity: Severity::Low,
    says: "senders report that TLS failed with {place}, and not why",
    about: "Some failures have no word of their own (validation-failure), or one that RFC 8460 does not have, and some reports \
            count failures without a reason for any. What the sender's software said is told where the report has it.",
    gain: "Perhaps nothing. What breaks TLS on the way is among the causes.",
    from: &[Station::Network],
    attacks: &[EmailHijacking],
    decided: DECIDED,
    benign: BENIGN,
    fix: "Look at the server's log at that time, from that address. Where there is no trace, the connection did not come that \
          far; ask the sender what its software said.",
    settings: &[],
    source: "RFC 8460 sections 4.3.3 and 4.4",
    find: |view, found| {
        for group in groups(view, By::Server, |kind| matches!(kind, Kind::ValidationFailure | Kind::Other(_)))
        {
            let title = match &group.kind {
                Kind::ValidationFailure => {
                    format!("Senders report that TLS failed with {}, and not why", group.place)
                }
                kind => format!("Senders report for {}: {}", group.place, kind.word()),
            };
            group.tell(view, found, CHECK.severity, title, "a session", CHECK.fix);
        }
        // Counted, with fewer reasons than failures.
        let mut without: BTreeMap<String, Vec<(&str, String, String)>> = BTreeMap::new();
        for seen in &view.tls_reports {
            for policy in &seen.fact.policies {
                let untold = policy.failed().saturating_sub(policy.told());
                // Where a reason has no number of its own, or was left out, the rest may be its.
                let may_be_told =
                    policy.more > 0 || policy.failures.iter().any(|failure| failure.sessions.is_none());
                if untold == 0 || may_be_told {
                    continue;
                }
                let place = policy.domain.clone().unwrap_or_else(|| "a domain that is not named".into());
                let detail = format!(
                    "{}: expected a reason for each failure, observed {} without one",
                    told_by(seen.fact),
                    sessions(untold)
                );
                without.entry(place).or_default().push((seen.id, seen.fact.sender().to_owned(), detail));
            }
        }
        for (place, all) in without.into_iter().take(50) {
            let mut senders: Vec<&str> = all.iter().map(|(_, sender, _)| sender.as_str()).collect();
            senders.sort_unstable();
            senders.dedup();
            let mut draft = found
                .at(&place)
                .severity(Severity::Info)
                .confidence(Confidence::Tentative)
                .title(format!("Reports count failures for {place} without a reason"))
                .fix(format!(
                    "Ask {} at the address under contact-info why sessions failed.",
                    words::some(&senders, 3)
                ));
            for (id, _, detail) in &all {
                draft = draft.see(id, detail.as_str());
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn what_says_little_weighs_little() {
        let report = tls_report("Alpha", 1, 10, &[("validation-failure", 3), ("new-thing", 2)]);
        let findings = Scene::empty().tls_reports(vec![report]).find(CHECK.id);
        let titles: Vec<_> = findings.iter().map(|finding| finding.title.as_str()).collect();
        assert_eq!(
            titles,
            [
                "Senders report that TLS failed with mx1.example.org, and not why",
                "Senders report for mx1.example.org: new-thing"
            ]
        );
        assert!(findings.iter().all(|finding| finding.severity == Severity::Low));
        assert!(findings[0].evidence[0].detail.contains("the sender's words: X509"), "{findings:?}");
    }

    #[test]
    fn failures_without_a_reason_are_told_and_those_with_one_are_not() {
        let of = |change: fn(&mut midwatch_model::TlsReportPolicy)| {
            let mut report = tls_report("Alpha", 1, 10, &[("certificate-expired", 3)]);
            change(&mut report.policies[0]);
            Scene::empty().tls_reports(vec![report]).severities(CHECK.id)
        };
        assert_eq!(of(|policy| policy.failed = Some(8)), [Severity::Info]);
        assert!(of(|_| {}).is_empty());
        assert!(of(|policy| policy.failed = None).is_empty());
        assert!(of(|policy| (policy.failed, policy.failures[0].sessions) = (Some(8), None)).is_empty());
        assert!(of(|policy| (policy.failed, policy.more) = (Some(8), 1)).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
