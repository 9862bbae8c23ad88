//! A policy of MTA-STS that asks senders to refuse nothing.

use midwatch_model::{AttackId::*, MtaStsMode, Severity, Station};

use crate::Check;
use crate::fixes::Setting;
use crate::view::mail::Sts;

pub(crate) static CHECK: Check = Check {
    id: "mta-sts-not-enforced",
    title: "The policy of MTA-STS is not in mode enforce",
    severity: Severity::Low,
    says: "the policy of {place} has senders report, and deliver all the same",
    about: "In mode testing, senders that cannot verify a server report it and deliver. In mode none there is no policy any more.",
    gain: "Somebody between two servers takes STARTTLS away, and the mail comes all the same.",
    from: &[Station::Network],
    attacks: &[StrippingAndDowngrade, EmailHijacking],
    decided: "Senders take the policy, and its mode is testing (low) or none (info).",
    benign: &[
        "Each policy begins in mode testing, until reports say that nothing would be lost.",
        "A policy is withdrawn by mode none, until every copy has run out (RFC 8461 8.3).",
    ],
    fix: "Read the reports (TLS-RPT) of two weeks, then serve the policy with mode: enforce, and change the id of the record.",
    settings: &[Setting::MtaStsPolicy],
    source: "RFC 8461 5",
    find: |view, found| {
        let Sts::Policy { seen, mode, .. } = view.mail.sts() else { return };
        let (severity, word) = match mode {
            MtaStsMode::Enforce => return,
            MtaStsMode::Testing => (Severity::Low, "testing"),
            MtaStsMode::None => (Severity::Info, "none"),
        };
        found.at(&seen.fact.domain).severity(severity).see(seen.id, format!("mode: {word}"));
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn testing_and_none_are_told() {
        assert!(Scene::mail().find(CHECK.id).is_empty());
        let with = |mode| Scene::mail().change_policy(move |policy| policy.mode = Some(mode));
        assert_eq!(with(MtaStsMode::Testing).severities(CHECK.id), [Severity::Low]);
        assert_eq!(with(MtaStsMode::None).severities(CHECK.id), [Severity::Info]);
    }
}
