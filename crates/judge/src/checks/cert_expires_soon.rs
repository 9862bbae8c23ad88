//! A certificate whose time is nearly over.

use midwatch_model::{AttackId::*, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::words;

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;

pub(crate) static CHECK: Check = Check {
    id: "cert-expires-soon",
    title: "The certificate expires soon",
    severity: Severity::Low,
    says: "a certificate of {place} expires soon",
    about: "Once the validity has ended, every visitor meets a warning. Whoever waits for that day shows a \
            certificate of their own, and the warning looks the same.",
    gain: "From that day on, visitors who click the warning away.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, DnsSpoofing, IpHijacking],
    decided: "A certificate of the path, roots left out, has less than 14 days left (low), or less than 3 \
              (medium). Where its whole life is 10 days or less, less than a quarter of that is low, and less than \
              a day, or than a sixth of the life, medium. One that has expired is the finding cert-expired. The \
              sibling name (www. added or taken away) counts one step less.",
    benign: &[
        "An ACME client may renew it at any moment.",
        "A certificate may be on its way from machine to machine.",
    ],
    fix: "Renew it, and look at why it was not renewed by itself: most ACME clients do so when a third of the life \
          is left. Make the server load the new one.",
    settings: &[Setting::ChainFile],
    source: "CA/Browser Forum Baseline Requirements 6.3.2; RFC 5280 4.1.2.5",
    find: |view, found| {
        for chain in &view.chains {
            for (at, parsed) in support::of_path(chain.fact) {
                let left = parsed.not_after.as_second() - view.now.as_second();
                let life = parsed.not_after.as_second() - parsed.not_before.as_second();
                let Some(severity) = urgency(left, life).filter(|_| view.now >= parsed.not_before) else {
                    continue;
                };
                let what = format!(
                    "{} is valid until {} ({} left)",
                    support::which(chain.fact, at),
                    words::day(parsed.not_after),
                    words::duration(left.unsigned_abs())
                );
                found
                    .at(support::place(chain.fact))
                    .severity(support::of_trust(view, &chain.fact.host.to_string(), severity))
                    .see(chain.id, what);
            }
        }
    },
};

/// How pressing it is, by the seconds that are left and those of the whole life.
fn urgency(left: i64, life: i64) -> Option<Severity> {
    let (soon, now) = if life <= 10 * DAY { (life / 4, DAY.min(life / 6)) } else { (14 * DAY, 3 * DAY) };
    match left {
        _ if left < 0 => None,
        _ if left < now => Some(Severity::Medium),
        _ if left < soon => Some(Severity::Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn until(not_before: &str, not_after: &str) -> Vec<Severity> {
        let scene = Scene::sound().change_chain(|chain| {
            change_leaf(chain, |leaf| {
                leaf.not_before = time(not_before);
                leaf.not_after = time(not_after);
            });
        });
        scene.severities(CHECK.id)
    }

    #[test]
    fn the_thresholds_are_14_and_3_days() {
        // It is 24 November 2026, 14:00.
        let begun = "2026-09-08T14:00:00Z";
        assert!(until(begun, "2026-12-08T14:00:00Z").is_empty());
        assert_eq!(until(begun, "2026-12-08T13:59:59Z"), [Severity::Low]);
        assert_eq!(until(begun, "2026-11-27T14:00:00Z"), [Severity::Low]);
        assert_eq!(until(begun, "2026-11-27T13:59:59Z"), [Severity::Medium]);
        assert!(until(begun, "2026-11-24T13:59:59Z").is_empty());
        assert!(until("2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z").is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }

    #[test]
    fn certificates_of_a_few_days_are_measured_by_their_life() {
        assert!(until("2026-11-23T00:00:00Z", "2026-11-29T16:00:00Z").is_empty());
        assert_eq!(until("2026-11-19T14:00:00Z", "2026-11-26T02:00:00Z"), [Severity::Low]);
        assert_eq!(until("2026-11-19T14:00:00Z", "2026-11-25T13:00:00Z"), [Severity::Medium]);
        // A day in all, renewed with eight hours to go.
        assert!(until("2026-11-23T22:00:00Z", "2026-11-24T22:00:00Z").is_empty());
    }
}
