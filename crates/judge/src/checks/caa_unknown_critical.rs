//! A CAA record asks for something that authorities do not know.

use midwatch_model::{AttackId::*, Severity, Station};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "caa-unknown-critical",
    title: "A CAA record asks for something that authorities do not know",
    severity: Severity::Low,
    says: "{place} has a critical CAA record that no authority understands",
    about: "A record with the critical flag and a tag that an authority does not know forbids it to issue at all. The next renewal fails, and the site is left with a certificate that expires.",
    gain: "Nothing at once. An expired certificate teaches visitors to click warnings away.",
    from: &[Station::Dns, Station::Network],
    attacks: &[Impersonation],
    decided: "The critical flag is set on a tag other than issue, issuewild, iodef, issuemail, issuevmc, contactemail and contactphone (the registry of RFC 8659 7.2); or the value of issue or issuewild does not follow the grammar, so that it names nobody.",
    benign: &[],
    fix: "Take the record away, or correct its tag or value.",
    settings: &[],
    source: "RFC 8659 4.1, 4.2 and 4.5",
    find: |view, found| {
        const KNOWN: [&str; 7] =
            ["issue", "issuewild", "iodef", "issuemail", "issuevmc", "contactemail", "contactphone"];
        let Some((seen, records)) = view.dns.caa() else { return };
        for record in records {
            let what = if record.malformed {
                "the value does not follow the grammar, and so allows nobody"
            } else if record.critical && !KNOWN.contains(&record.tag.as_str()) {
                "the tag is critical and unknown"
            } else {
                continue;
            };
            found.at(&seen.fact.name).see(seen.id, format!("{} \"{}\": {what}", record.tag, record.value));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn unknown_and_malformed_records_are_found() {
        let with = |change: fn(&mut midwatch_model::CaaRecord)| {
            let mut scene = Scene::sound().caa(&[("tbs", "unknown"), ("issue", "ca.example")]);
            if let Some(midwatch_model::Fact::Caa(caa)) = scene.facts.last_mut()
                && let midwatch_model::Outcome::Seen { value } = &mut caa.records
            {
                change(&mut value[0]);
            }
            scene.severities(CHECK.id)
        };
        assert_eq!(with(|record| record.critical = true), [Severity::Low]);
        assert_eq!(with(|record| record.malformed = true), [Severity::Low]);
        assert!(with(|_| {}).is_empty(), "an unknown tag that is not critical is ignored");
    }
}
