//! A policy of MTA-STS that senders soon forget.

use midwatch_model::{AttackId::*, MtaStsMode, Severity, Station};

use crate::Check;
use crate::fixes::Setting;
use crate::view::mail::Sts;
use crate::words;

/// RFC 8461 3.2 expects weeks or more: less than one is none.
const WEEK: u32 = 604_800;

pub(crate) static CHECK: Check = Check {
    id: "mta-sts-short",
    title: "Senders soon forget the policy of MTA-STS",
    severity: Severity::Low,
    says: "senders forget the policy of {place} within a week",
    about: "A sender keeps a policy for max_age seconds. Whoever can hold the policy back at the moment when it has run out, by \
            forging the DNS or shutting the way to it, has a sender without one.",
    gain: "With a policy that lasts a day, one day of holding it back is enough to take STARTTLS away afterwards.",
    from: &[Station::Dns, Station::Network],
    attacks: &[StrippingAndDowngrade, DnsSpoofing, EmailHijacking],
    decided: "Senders take the policy, its mode is enforce or testing, and its max_age is below 604,800 s (a week): RFC 8461 3.2 \
              expects weeks or more. Low.",
    benign: &["While a policy is introduced, a short time makes mistakes short."],
    fix: "Serve the policy with max_age: 2419200 (four weeks) or more, and change the id of the record.",
    settings: &[Setting::MtaStsPolicy],
    source: "RFC 8461 3.2 and 10.2",
    find: |view, found| {
        let Sts::Policy { seen, mode, policy } = view.mail.sts() else { return };
        let Some(seconds) = policy.max_age else { return };
        if mode != MtaStsMode::None && seconds < WEEK {
            let lasts = words::duration(u64::from(seconds));
            found.at(&seen.fact.domain).see(seen.id, format!("max_age: {seconds} ({lasts})"));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn the_threshold_is_a_week() {
        for (seconds, expected) in [(0, 1), (86_400, 1), (604_799, 1), (604_800, 0), (31_557_600, 0)] {
            let scene = Scene::mail().change_policy(move |policy| policy.max_age = Some(seconds));
            assert_eq!(scene.find(CHECK.id).len(), expected, "{seconds}");
        }
    }
}
