//! Senders report that a mail server offered no STARTTLS.

use midwatch_model::{AttackId::*, Severity, Station, TlsFailureKind as Kind};

use super::tls_report_support::{BENIGN, By, DECIDED, groups};
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "tls-report-starttls",
    title: "Senders report that a mail server offered no STARTTLS",
    severity: Severity::Medium,
    says: "senders report that {place} offered no STARTTLS",
    about: "STARTTLS is offered in plain text. Whoever sits on the way can take the offer out, and a sender without a policy \
            that binds it then sends the mail in plain text. A report of it is how a domain hears of that: from outside its \
            own network, and from senders that it cannot measure itself.",
    gain: "To read and change the mail of those senders, where no policy has them keep it back; else to delay it.",
    from: &[Station::Router, Station::Network],
    attacks: &[StrippingAndDowngrade, Eavesdropping, EmailHijacking],
    decided: DECIDED,
    benign: BENIGN,
    fix: "Look what it offers, from another provider's network too: midwatch tls --starttls smtp HOST:25. Have it offer STARTTLS \
          to everybody, take away what filters SMTP on the way, and publish DANE, or MTA-STS in mode enforce.",
    settings: &[],
    source: "RFC 8460 section 4.3.1, starttls-not-supported; RFC 3207 section 6",
    find: |view, found| {
        for group in groups(view, By::Server, |kind| *kind == Kind::StarttlsNotSupported) {
            let title = format!("Senders report that {} offered no STARTTLS", group.place);
            group.tell(view, found, CHECK.severity, title, "STARTTLS", CHECK.fix);
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{Confidence, TlsPolicyKind};

    use super::*;
    use crate::testing::*;

    const FAILS: &str = "starttls-not-supported";

    fn of(reports: Vec<midwatch_model::TlsReport>) -> Vec<midwatch_model::Finding> {
        Scene::empty().tls_reports(reports).find(CHECK.id)
    }

    #[test]
    fn one_of_several_senders_points_to_the_way() {
        let bad = tls_report("Alpha", 1, 5, &[(FAILS, 7)]);
        let findings = of(vec![bad.clone(), tls_report("Beta", 1, 100, &[])]);
        assert_eq!(findings.len(), 1);
        let finding = &findings[0];
        assert_eq!((finding.severity, finding.confidence), (Severity::Medium, Confidence::Tentative));
        assert_eq!(finding.place, "mx1.example.org");
        assert!(finding.fix.summary.contains("the way from Alpha"), "{}", finding.fix.summary);
        assert!(finding.evidence[0].detail.contains("Alpha on 1 November 2026"), "{:?}", finding.evidence);
        assert!(finding.evidence[1].detail.contains("Beta set up 100 sessions"), "{:?}", finding.evidence);

        // Others of another day, or with another domain, say nothing of it.
        let mut elsewhere = tls_report("Beta", 1, 100, &[]);
        elsewhere.policies[0].domain = Some("other.example".into());
        for other in [tls_report("Beta", 2, 100, &[]), elsewhere] {
            let findings = of(vec![bad.clone(), other]);
            assert!(findings[0].fix.summary.contains("Alpha alone"), "{}", findings[0].fix.summary);
        }
    }

    #[test]
    fn all_senders_point_to_the_server() {
        let findings =
            of(vec![tls_report("Alpha", 1, 0, &[(FAILS, 7)]), tls_report("Beta", 1, 0, &[(FAILS, 1)])]);
        assert_eq!(findings.len(), 1);
        assert_eq!((findings[0].severity, findings[0].confidence), (Severity::High, Confidence::Firm));
        assert!(findings[0].fix.summary.contains("2 senders met it"), "{}", findings[0].fix.summary);
    }

    #[test]
    fn it_weighs_less_where_mail_is_kept_back_and_where_it_has_stopped() {
        let mut kept = tls_report("Alpha", 1, 0, &[(FAILS, 7)]);
        kept.policies[0].lines = vec!["mode: enforce".into()];
        assert_eq!(of(vec![kept.clone()])[0].severity, Severity::Low);
        kept.policies[0].policy = TlsPolicyKind::Tlsa;
        assert_eq!(of(vec![kept])[0].severity, Severity::Low);

        let since = |good| {
            let again = tls_report("Alpha", 3, good, &[]);
            of(vec![tls_report("Alpha", 1, 0, &[(FAILS, 7)]), again])
        };
        assert_eq!(since(9)[0].severity, Severity::Low);
        assert!(since(9)[0].fix.summary.contains("It has stopped since"));
        // Silence is no success.
        assert_eq!(since(0)[0].severity, Severity::Medium);
    }

    #[test]
    fn successes_and_other_failures_are_no_finding() {
        assert_eq!(of(vec![]), []);
        assert_eq!(of(vec![tls_report("Alpha", 1, 10, &[])]), []);
        assert_eq!(of(vec![tls_report("Alpha", 1, 10, &[("certificate-expired", 1)])]), []);
    }

    #[test]
    fn made_up_names_do_not_flood_a_report() {
        let mut report = tls_report("Alpha", 1, 0, &[]);
        for number in 0..2000 {
            let mut one = tls_report("Alpha", 1, 0, &[(FAILS, number)]).policies[0].failures[0].clone();
            one.mx = Some(format!("mx{number}.example.org"));
            report.policies[0].failures.push(one);
        }
        let findings = of(vec![report]);
        assert_eq!(findings.len(), 51);
        assert!(findings.iter().any(|finding| finding.place == "other places"));
        assert!(findings.iter().any(|finding| finding.place == "mx1999.example.org"));
    }
}
