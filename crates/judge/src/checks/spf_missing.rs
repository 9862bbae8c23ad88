//! Nothing says which servers send in the domain's name.

use midwatch_model::{AttackId::*, Outcome, Severity, Station};

use super::mail_support::{dmarc_stops, takes_mail};
use crate::Check;
use crate::fixes::zone;

pub(crate) static CHECK: Check = Check {
    id: "spf-missing",
    title: "Nothing says which servers send in the domain's name",
    severity: Severity::Medium,
    says: "any server may send mail in the name of {place}",
    about: "A record of SPF says which servers send a domain's mail. Without one, a receiver cannot tell mail of the domain from \
            mail that somebody else wrote in its name, unless it is signed (DKIM).",
    gain: "To write mail in the domain's name, to its own people as well; from anywhere, without a place on the path.",
    from: &[Station::Network],
    attacks: &[Impersonation],
    decided: "The domain's TXT records were had, and none begins with v=spf1. Low where DMARC has receivers refuse or set aside what \
              nothing proves.",
    benign: &["A domain whose mail is all signed by DKIM can do without, where DMARC asks for it."],
    fix: "Publish a record that names the servers and ends with -all; for a domain that sends no mail, -all alone.",
    settings: &[],
    source: "RFC 7208 3 and 4.5; RFC 7489 6.3",
    find: |view, found| {
        let Some(seen) = view.mail.spf.filter(|seen| seen.fact.txt.texts.is_seen()) else { return };
        if seen.fact.records.is_empty() && matches!(seen.fact.evaluation, Outcome::Refused { .. }) {
            let severity = if dmarc_stops(view) { Severity::Low } else { Severity::Medium };
            let line = zone::spf(&seen.fact.domain, takes_mail(view) != Some(false));
            found
                .at(&seen.fact.domain)
                .severity(severity)
                .fix(format!("{} In the zone's file: {line}", CHECK.fix))
                .see(seen.id, "no record begins with v=spf1");
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn dmarc_softens_it() {
        assert!(Scene::mail().find(CHECK.id).is_empty());
        let none = || {
            Scene::mail().change_spf(|spf| {
                spf.records.clear();
                spf.evaluation = Outcome::refused("no record");
            })
        };
        assert_eq!(none().severities(CHECK.id), [Severity::Low]);
        let bare = none().change_dmarc(|dmarc| dmarc.record = Outcome::refused("no record"));
        assert_eq!(bare.severities(CHECK.id), [Severity::Medium]);
        assert!(none().change_spf(|spf| spf.txt.texts = timeout()).find(CHECK.id).is_empty());
    }
}
