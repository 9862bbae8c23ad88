//! A record of DMARC that asks receivers for nothing.

use midwatch_model::{AttackId::*, DmarcPolicy, Severity, Station};

use crate::Check;
use crate::fixes::zone;

pub(crate) static CHECK: Check = Check {
    id: "dmarc-none",
    title: "DMARC asks receivers to refuse nothing",
    severity: Severity::Medium,
    says: "mail that claims to be from {place} is taken and counted, whoever wrote it",
    about: "With p=none receivers report what they get in the domain's name, and deliver it all the same.",
    gain: "Mail with the domain's name as its sender, from anywhere, without a place on the path.",
    from: &[Station::Network],
    attacks: &[Impersonation],
    decided: "The policy that holds for the domain is none: p of its own record, or sp (else p) of the organisational domain's.",
    benign: &["Each policy begins so, until the reports name every server that sends for the domain."],
    fix: "Read the reports, have every server that sends for the domain signed or named, then ask for quarantine, and for reject.",
    settings: &[],
    source: "RFC 7489 6.3",
    find: |view, found| {
        let Some(seen) = view.mail.dmarc else { return };
        let Some(record) = seen.fact.record.value() else { return };
        if super::mail_support::dmarc_policy(seen.fact) == Some(DmarcPolicy::None) {
            let word =
                if seen.fact.found_at.as_ref() == Some(&seen.fact.domain) || record.subdomains.is_none() {
                    "p"
                } else {
                    "sp"
                };
            let fix =
                format!("{} In the zone's file, in the end: {}", CHECK.fix, zone::dmarc(&seen.fact.domain));
            let at = seen.fact.found_at.as_deref().unwrap_or(&seen.fact.domain);
            found.at(&seen.fact.domain).fix(fix).see(seen.id, format!("{word}=none at _dmarc.{at}"));
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{DmarcRecord, Outcome};

    use super::*;
    use crate::testing::*;

    fn with(change: impl Fn(&mut DmarcRecord)) -> Scene {
        Scene::mail().change_dmarc(|dmarc| {
            if let Outcome::Seen { value } = &mut dmarc.record {
                change(value);
            }
        })
    }

    #[test]
    fn none_is_none() {
        assert!(Scene::mail().find(CHECK.id).is_empty());
        assert_eq!(with(|record| record.policy = DmarcPolicy::None).severities(CHECK.id), [Severity::Medium]);
        assert!(with(|record| record.policy = DmarcPolicy::Quarantine).find(CHECK.id).is_empty());
        // For subdomains alone it is another check's.
        assert!(with(|record| record.subdomains = Some(DmarcPolicy::None)).find(CHECK.id).is_empty());
    }

    #[test]
    fn below_the_organisational_domain_its_sp_holds() {
        let below = with(|record| record.subdomains = Some(DmarcPolicy::None))
            .change_dmarc(|dmarc| dmarc.found_at = Some("example".into()));
        assert_eq!(below.severities(CHECK.id), [Severity::Medium]);
    }
}
