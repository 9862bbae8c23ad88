//! Nothing says what to do with mail that only claims to be the domain's.

use midwatch_model::{AttackId::*, Outcome, Severity, Station};

use super::support;
use crate::Check;
use crate::fixes::zone;

pub(crate) static CHECK: Check = Check {
    id: "dmarc-missing",
    title: "Receivers are not told what to do with mail that only claims to be the domain's",
    severity: Severity::Medium,
    says: "mail that claims to be from {place} is taken, whoever wrote it",
    about: "SPF and DKIM say which mail is proved, and look at names that readers never see. DMARC ties them to the sender that is shown, and says what becomes of the rest.",
    gain: "Mail with the domain's name as its sender, from anywhere, without a place on the path: invoices with another account, passwords asked for.",
    from: &[Station::Network],
    attacks: &[Impersonation],
    decided: "There is no record at _dmarc.DOMAIN, nor at the organisational domain, or none that receivers take. Medium: it deceives readers, \
              and gives nobody the mail of others.",
    benign: &["Receivers judge mail by many other signs as well."],
    fix: "Publish a record. Begin with p=none and read the reports, then go on to quarantine and to reject.",
    settings: &[],
    source: "RFC 7489 6.3 and 6.6.3",
    find: |view, found| {
        let Some(seen) = view.mail.dmarc else { return };
        if let Outcome::Refused { how } = &seen.fact.record {
            let fix =
                format!("{} In the zone's file, in the end: {}", CHECK.fix, zone::dmarc(&seen.fact.domain));
            found.at(&seen.fact.domain).fix(fix).see(seen.id, support::short(how));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn no_record_is_found_and_silence_is_not() {
        assert!(Scene::mail().find(CHECK.id).is_empty());
        let none = Scene::mail().change_dmarc(|dmarc| dmarc.record = Outcome::refused("no record"));
        assert_eq!(none.severities(CHECK.id), [Severity::Medium]);
        assert!(none.change_dmarc(|dmarc| dmarc.record = timeout()).find(CHECK.id).is_empty());
    }
}
