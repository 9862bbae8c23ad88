//! An HTTPS record cannot be used.

use midwatch_model::{AttackId::*, Severity, Station};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "https-record-problem",
    title: "An HTTPS record cannot be used",
    severity: Severity::Low,
    says: "{place} has an HTTPS record that browsers have to ignore",
    about: "HTTPS records tell browsers to use https from the first visit on, and carry the keys that hide the site's name (Encrypted Client Hello). A record that breaks the rules is ignored as a whole.",
    gain: "The visit begins without what the record was to give.",
    from: &[Station::Wifi, Station::Network],
    attacks: &[StrippingAndDowngrade],
    decided: "A parameter cannot be read, is out of order, or is mandatory and not there; or the aliases lead in a circle or further than eight steps.",
    benign: &[],
    fix: "Write the record anew: named-checkzone or kzonecheck tell what is wrong with it.",
    settings: &[],
    source: "RFC 9460 2.2, 2.4.3, 3 and 8",
    find: |view, found| {
        let Some(seen) = view.dns.https else { return };
        if seen.fact.alias_loop {
            let what = format!("aliases without an end: {}", seen.fact.aliases.join(" -> "));
            found.at(&seen.fact.name).see(seen.id, what);
        }
        for record in seen.fact.records.value().into_iter().flatten() {
            for problem in &record.problems {
                found.at(&seen.fact.name).see(seen.id, format!("priority {}: {problem}", record.priority));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn problems_and_circles_are_found() {
        let broken = Scene::sound().https_record(|https| {
            if let midwatch_model::Outcome::Seen { value } = &mut https.records {
                value[0].problems.push("port is mandatory and not there".into());
            }
        });
        assert_eq!(broken.severities(CHECK.id), [Severity::Low]);
        assert_eq!(
            Scene::sound().https_record(|https| https.alias_loop = true).severities(CHECK.id),
            [Severity::Low]
        );
        assert!(Scene::sound().https_record(|_| {}).find(CHECK.id).is_empty());
        assert!(Scene::sound().https_record(|https| https.records = timeout()).find(CHECK.id).is_empty());
    }
}
