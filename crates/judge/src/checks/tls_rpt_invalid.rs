//! A record for reports on TLS that senders take for none.

use midwatch_model::{AttackId::*, Severity, Station};

use crate::Check;
use crate::fixes::zone;

pub(crate) static CHECK: Check = Check {
    id: "tls-rpt-invalid",
    title: "Senders take the record for reports on TLS for none",
    severity: Severity::Low,
    says: "the record at {place} counts for nothing, so that no reports come",
    about: "A TXT record says where reports go. Where there are several, or one that does not keep the form, senders report nothing.",
    gain: "To go unnoticed: mail that was held back or sent in plain text is counted by nobody.",
    from: &[Station::Network],
    attacks: &[StrippingAndDowngrade, EmailHijacking],
    decided: "More than one record begins with v=TLSRPTv1;, or the one that does has no rua, or one that is neither mailto: nor \
              https:, or what is no field.",
    benign: &[],
    fix: "Publish exactly one record.",
    settings: &[],
    source: "RFC 8460 3",
    find: |view, found| {
        let Some(seen) = view.mail.tls_rpt else { return };
        for fault in &seen.fact.faults {
            let fix = format!("{} In the zone's file: {}", CHECK.fix, zone::tls_rpt(&seen.fact.domain));
            found.at(&seen.fact.txt.name).fix(fix).see(seen.id, super::support::short(&fault.detail));
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{TlsRptFault, TlsRptFaultKind};

    use super::*;
    use crate::testing::*;

    #[test]
    fn a_fault_is_found() {
        assert!(Scene::mail().find(CHECK.id).is_empty());
        let fault = Scene::mail().change_rpt(|rpt| {
            rpt.record = None;
            rpt.faults = vec![TlsRptFault { kind: TlsRptFaultKind::NoRua, detail: "in words".into() }];
        });
        assert_eq!(fault.severities(CHECK.id), [Severity::Low]);
        assert!(fault.find("tls-rpt-missing").is_empty());
    }
}
