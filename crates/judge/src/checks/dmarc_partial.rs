//! A policy of DMARC that leaves some mail out.

use midwatch_model::{AttackId::*, DmarcPolicy, Severity, Station};

use super::mail_support::dmarc_policy;
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "dmarc-partial",
    title: "DMARC leaves part of the mail out",
    severity: Severity::Low,
    says: "some mail that claims to be from {place} or below it is taken, whoever wrote it",
    about: "A policy may hold for a part of the mail (pct), or not for subdomains (sp). What it leaves out is delivered as if there were none.",
    gain: "Mail in the name of a subdomain, of one that does not exist as well; or a share of all that is sent.",
    from: &[Station::Network],
    attacks: &[Impersonation],
    decided: "The policy is quarantine or reject, and pct is below 100, or sp is none.",
    benign: &["A policy is raised step by step, with pct as the step."],
    fix: "Take pct and sp out of the record.",
    settings: &[],
    source: "RFC 7489 6.3 and 6.6.4",
    find: |view, found| {
        let Some(seen) = view.mail.dmarc else { return };
        let Some(record) = seen.fact.record.value() else { return };
        if !matches!(dmarc_policy(seen.fact), Some(DmarcPolicy::Quarantine | DmarcPolicy::Reject)) {
            return;
        }
        if record.percent < 100 {
            found.at(&seen.fact.domain).see(seen.id, format!("pct={}", record.percent));
        }
        if record.subdomains == Some(DmarcPolicy::None) {
            let title = "DMARC leaves the mail of subdomains out";
            found.at(&seen.fact.domain).title(title).see(seen.id, "sp=none");
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{DmarcRecord, Outcome};

    use super::*;
    use crate::testing::*;

    #[test]
    fn a_share_and_subdomains() {
        let with = |change: fn(&mut DmarcRecord)| {
            Scene::mail().change_dmarc(move |dmarc| {
                if let Outcome::Seen { value } = &mut dmarc.record {
                    change(value);
                }
            })
        };
        assert!(Scene::mail().find(CHECK.id).is_empty());
        assert_eq!(with(|record| record.percent = 20).severities(CHECK.id), [Severity::Low]);
        assert_eq!(
            with(|record| record.subdomains = Some(DmarcPolicy::None)).severities(CHECK.id),
            [Severity::Low]
        );
        assert!(
            with(|record| (record.percent, record.policy) = (20, DmarcPolicy::None))
                .find(CHECK.id)
                .is_empty()
        );
    }
}
