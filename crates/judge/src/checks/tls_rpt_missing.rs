//! No reports on TLS are asked for.

use midwatch_model::{AttackId::*, Severity, Station};

use super::mail_support::takes_mail;
use crate::Check;
use crate::fixes::zone;
use crate::view::mail::{Dane, Sts};

pub(crate) static CHECK: Check = Check {
    id: "tls-rpt-missing",
    title: "Senders are not asked to report failures of TLS",
    severity: Severity::Info,
    says: "nobody tells {place} when TLS to its mail servers fails",
    about: "Large senders count how their deliveries over TLS went, and mail the domain a summary once a day where a record asks for it. It is \
            how an attack, and a certificate that expired, come to light.",
    gain: "To go unnoticed: mail that was held back or sent in plain text is counted by nobody.",
    from: &[Station::Network],
    attacks: &[StrippingAndDowngrade, EmailHijacking],
    decided: "The domain takes mail, and no record at _smtp._tls.DOMAIN begins with v=TLSRPTv1;. Low where MTA-STS or DANE is there \
              to be reported on, else info.",
    benign: &[],
    fix: "Publish the record, and read what comes with midwatch mail --reports.",
    settings: &[],
    source: "RFC 8460 3",
    find: |view, found| {
        let Some(seen) = view.mail.tls_rpt.filter(|seen| seen.fact.txt.texts.is_seen()) else { return };
        if seen.fact.record.is_some() || !seen.fact.faults.is_empty() || takes_mail(view) != Some(true) {
            return;
        }
        let promised = matches!(view.mail.sts(), Sts::Policy { .. } | Sts::Broken)
            || view
                .mail
                .takers()
                .any(|one| matches!(view.mail.dane(one), Dane::Verified { .. } | Dane::Mismatch { .. }));
        let severity = if promised { Severity::Low } else { Severity::Info };
        let fix = format!("{} In the zone's file: {}", CHECK.fix, zone::tls_rpt(&seen.fact.domain));
        found
            .at(&seen.fact.domain)
            .severity(severity)
            .fix(fix)
            .see(seen.id, format!("no record at {}", seen.fact.txt.name));
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn it_matters_more_where_there_is_something_to_report_on() {
        assert!(Scene::mail().find(CHECK.id).is_empty());
        let none = || Scene::mail().change_rpt(|rpt| rpt.record = None);
        assert_eq!(none().severities(CHECK.id), [Severity::Low]);
        assert_eq!(none().no_tlsa().change_sts(no_sts).severities(CHECK.id), [Severity::Info]);
        assert!(none().change_rpt(|rpt| rpt.txt.texts = timeout()).find(CHECK.id).is_empty());
        assert!(Scene::mail_null().find(CHECK.id).is_empty());
    }
}
