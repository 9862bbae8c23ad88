//! A record of SPF that says nothing of everybody else.

use midwatch_model::{AttackId::*, Severity, SpfQualifier, Station};

use super::mail_support::dmarc_stops;
use crate::Check;
use crate::fixes::zone;

pub(crate) static CHECK: Check = Check {
    id: "spf-neutral",
    title: "The record of SPF says nothing of servers that it does not name",
    severity: Severity::Medium,
    says: "the record of SPF of {place} forbids nobody",
    about: "A record that ends with ?all, or without all, names the domain's servers and leaves open what others are. Receivers treat mail from others as if there \
            were no record.",
    gain: "To write mail in the domain's name, from anywhere.",
    from: &[Station::Network],
    attacks: &[Impersonation],
    decided: "The record is sound, and what nothing else names is neutral (?all, or no all and no redirect). Low where DMARC has receivers \
              refuse or set aside what nothing proves. ~all is no finding: with DMARC it is as good as -all, and without it dmarc-missing says so.",
    benign: &["A record that is being written ends so until every server is found."],
    fix: "End the record with -all, or with ~all where DMARC is in force.",
    settings: &[],
    source: "RFC 7208 4.7, 5.1 and 8.2",
    find: |view, found| {
        let Some(seen) = view.mail.spf else { return };
        let Some(evaluation) = seen.fact.evaluation.value() else { return };
        if !matches!(evaluation.all, None | Some(SpfQualifier::Neutral)) {
            return;
        }
        let severity = if dmarc_stops(view) { Severity::Low } else { Severity::Medium };
        let how =
            if evaluation.all.is_some() { "it ends with ?all" } else { "it has neither all nor redirect" };
        let line = zone::spf(&seen.fact.domain, true);
        found
            .at(&seen.fact.domain)
            .severity(severity)
            .fix(format!("{} For servers that take mail alone: {line}", CHECK.fix))
            .see(seen.id, how);
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    #[test]
    fn neutral_is_as_good_as_nothing() {
        assert!(Scene::mail().find(CHECK.id).is_empty());
        let all = |all| {
            Scene::mail().change_spf(move |spf| {
                if let Outcome::Seen { value } = &mut spf.evaluation {
                    value.all = all;
                }
            })
        };
        for neutral in [None, Some(SpfQualifier::Neutral)] {
            assert_eq!(all(neutral).severities(CHECK.id), [Severity::Low]);
            let bare = all(neutral).change_dmarc(|dmarc| dmarc.record = Outcome::refused("no record"));
            assert_eq!(bare.severities(CHECK.id), [Severity::Medium]);
        }
        assert!(all(Some(SpfQualifier::SoftFail)).find(CHECK.id).is_empty());
    }
}
