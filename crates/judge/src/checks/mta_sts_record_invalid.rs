//! A record of MTA-STS that senders take for none.

use midwatch_model::{AttackId::*, Severity, Station};

use super::mail_support::policy_id;
use crate::Check;
use crate::fixes::zone;

pub(crate) static CHECK: Check = Check {
    id: "mta-sts-record-invalid",
    title: "Senders take the record of MTA-STS for none",
    severity: Severity::Medium,
    says: "the record at {place} counts for nothing, so that its policy is not asked for",
    about: "A TXT record tells senders that the domain has a policy. Where there are several, or one that does not keep the form, senders \
            act as if there were none.",
    gain: "Somebody between two servers can take STARTTLS away from senders that would have heeded the policy.",
    from: &[Station::Network],
    attacks: &[StrippingAndDowngrade, EmailHijacking],
    decided: "More than one record begins with v=STSv1; or the one that does has a fault by the grammar of RFC 8461 3.1: no id, or \
              an id that is not 1 to 32 letters and digits, or what is no field.",
    benign: &[],
    fix: "Publish exactly one record.",
    settings: &[],
    source: "RFC 8461 3.1",
    find: |view, found| {
        let Some(seen) = view.mail.mta_sts else { return };
        for fault in &seen.fact.record_faults {
            let line = zone::mta_sts(&seen.fact.domain, &policy_id(view.now));
            found
                .at(&seen.fact.txt.name)
                .fix(format!("{} In the zone's file: {line}", CHECK.fix))
                .see(seen.id, &fault.detail);
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{MtaStsFault, MtaStsFaultKind};

    use super::*;
    use crate::testing::*;

    #[test]
    fn a_fault_of_the_record_is_found() {
        assert!(Scene::mail().find(CHECK.id).is_empty());
        for kind in
            [MtaStsFaultKind::SeveralRecords, MtaStsFaultKind::RecordSyntax, MtaStsFaultKind::RecordId]
        {
            let scene = Scene::mail().change_sts(|sts| {
                sts.record = None;
                sts.record_faults = vec![MtaStsFault { kind, detail: "in words".into() }];
            });
            assert_eq!(scene.severities(CHECK.id), [Severity::Medium], "{kind:?}");
            assert_eq!(scene.no_tlsa().severities("mail-not-authenticated"), [Severity::High; 2]);
        }
    }
}
