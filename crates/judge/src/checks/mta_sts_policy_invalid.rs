//! A policy of MTA-STS that does not keep the form.

use midwatch_model::{AttackId::*, MtaStsFaultKind, Severity, Station};

use super::support;
use crate::Check;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "mta-sts-policy-invalid",
    title: "The policy of MTA-STS does not keep the form",
    severity: Severity::Medium,
    says: "senders do not take the policy at {place}",
    about: "A policy is a few lines of a name, a colon and a value. What lacks a line that has to be there, or has a line that is none, is no policy for senders.",
    gain: "Somebody between two servers can take STARTTLS away from senders that would have heeded the policy.",
    from: &[Station::Network],
    attacks: &[StrippingAndDowngrade, EmailHijacking],
    decided: "There is a record, and the text that an address of mta-sts.DOMAIN answers with has a fault by the grammar of RFC 8461 3.2: a \
              line that is no field, no version STSv1, no mode or an unknown one, no max_age from 0 to 31,557,600, no mx although \
              the mode is not none, or a pattern that is no name. Info where a field stands twice, since the first one counts.",
    benign: &[],
    fix: "Serve the policy in this form.",
    settings: &[Setting::MtaStsPolicy],
    source: "RFC 8461 3.2",
    find: |view, found| {
        let Some(seen) = view.mail.mta_sts.filter(|seen| seen.fact.record.is_some()) else { return };
        for fetch in &seen.fact.fetches {
            for fault in &fetch.faults {
                let severity = match fault.kind {
                    MtaStsFaultKind::PolicySyntax
                    | MtaStsFaultKind::Version
                    | MtaStsFaultKind::Mode
                    | MtaStsFaultKind::MaxAge
                    | MtaStsFaultKind::NoMx
                    | MtaStsFaultKind::MxPattern => Severity::Medium,
                    MtaStsFaultKind::Repeated => Severity::Info,
                    _ => continue,
                };
                let title = match severity {
                    Severity::Info => "A field of MTA-STS's policy stands twice",
                    _ => CHECK.title,
                };
                let detail = format!("{}: {}", fetch.address, support::short(&fault.detail));
                found.at(&fetch.url).title(title).severity(severity).see(seen.id, detail);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::MtaStsFault;

    use super::*;
    use crate::testing::*;

    #[test]
    fn each_rule_of_the_form_counts() {
        use MtaStsFaultKind::*;
        assert!(Scene::mail().find(CHECK.id).is_empty());
        let with = |kind| {
            Scene::mail().change_fetches(move |fetch| {
                fetch.faults = vec![MtaStsFault { kind, detail: "in words".into() }];
            })
        };
        for kind in [PolicySyntax, Version, Mode, MaxAge, NoMx, MxPattern] {
            assert_eq!(with(kind).severities(CHECK.id), [Severity::Medium], "{kind:?}");
        }
        assert_eq!(with(Repeated).severities(CHECK.id), [Severity::Info]);
        assert!(with(MediaType).find(CHECK.id).is_empty(), "another check's");
    }
}
