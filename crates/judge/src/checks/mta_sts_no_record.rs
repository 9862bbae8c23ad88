//! A policy of MTA-STS that no record tells of.

use midwatch_model::{AttackId::*, Severity, Station};

use super::mail_support::policy_id;
use crate::Check;
use crate::fixes::zone;

pub(crate) static CHECK: Check = Check {
    id: "mta-sts-no-record",
    title: "There is a policy of MTA-STS, and no record that tells of it",
    severity: Severity::Low,
    says: "senders never ask for the policy of {place}",
    about: "Senders fetch the policy only where a TXT record tells them to. Without the record the policy is a file that nobody reads.",
    gain: "Nothing; the protection that the policy was meant to give is not there.",
    from: &[Station::Network],
    attacks: &[StrippingAndDowngrade, EmailHijacking],
    decided: "A policy without fault is served at mta-sts.DOMAIN, and no record at _mta-sts.DOMAIN begins with v=STSv1;.",
    benign: &[
        "A policy that is being introduced or withdrawn is served before and after its record is there (RFC 8461 8.3).",
    ],
    fix: "Publish the record.",
    settings: &[],
    source: "RFC 8461 3.1 and 8.3",
    find: |view, found| {
        let Some(seen) = view.mail.mta_sts.filter(|seen| seen.fact.txt.texts.is_seen()) else { return };
        if seen.fact.record.is_none() && seen.fact.record_faults.is_empty() && seen.fact.policy().is_some() {
            let line = zone::mta_sts(&seen.fact.domain, &policy_id(view.now));
            found
                .at(&seen.fact.domain)
                .fix(format!("{} In the zone's file: {line}", CHECK.fix))
                .see(seen.id, format!("no record at {}", seen.fact.txt.name));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn a_policy_without_a_record() {
        assert!(Scene::mail().find(CHECK.id).is_empty());
        let lost = Scene::mail().change_sts(|sts| sts.record = None);
        assert_eq!(lost.severities(CHECK.id), [Severity::Low]);
        assert!(Scene::mail().change_sts(no_sts).find(CHECK.id).is_empty());
        assert!(lost.change_sts(|sts| sts.txt.texts = timeout()).find(CHECK.id).is_empty());
    }
}
