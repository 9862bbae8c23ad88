//! A policy that ends soon.

use midwatch_fields::hsts::PRELOAD_MIN_AGE;
use midwatch_model::{AttackId::*, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::view::HstsState;
use crate::words;

/// 180 days.
const HALF_YEAR: u64 = 15_552_000;

pub(crate) static CHECK: Check = Check {
    id: "hsts-short",
    title: "The HSTS policy ends soon after a visit",
    severity: Severity::Medium,
    says: "the HSTS policy of {place} lasts less than a year",
    about: "The policy holds for max-age seconds from the last visit. Whoever comes back later than that is as \
            unprotected as on a first visit.",
    gain: "Visitors who come back after the policy has ended can be kept on plain http.",
    from: ON_PATH_OR_DNS,
    attacks: &[StrippingAndDowngrade, DnsSpoofing, IpHijacking],
    decided: "max-age is above 0 and below 31,536,000 s (a year; hstspreload.org and internet.nl). Medium below \
              15,552,000 s (180 days; Mozilla Observatory and testssl.sh), low from there on; the sibling counts \
              one step less. No finding where the policy of a name above covers the host for a year.",
    benign: &[
        "A site that is new to https often begins with a short time, and makes it longer when all goes well.",
    ],
    fix: "Send max-age=63072000 (two years).",
    settings: &[Setting::Hsts],
    source: "RFC 6797 11.2; hstspreload.org (31,536,000 s); Mozilla Observatory and testssl.sh (15,552,000 s)",
    find: |view, found| {
        for seen in support::hsts_hosts(view) {
            let HstsState::Valid { id, url, hsts, .. } = &seen.state else { continue };
            let short = hsts.max_age > 0 && hsts.max_age < PRELOAD_MIN_AGE;
            if !short || support::covered_from_above(view, &seen.host, PRELOAD_MIN_AGE) {
                continue;
            }
            let severity = if hsts.max_age < HALF_YEAR { Severity::Medium } else { Severity::Low };
            let lasts = words::duration(hsts.max_age);
            found
                .at(&seen.host)
                .severity(support::at_host(view, &seen.host, severity))
                .see(id, format!("{url} sends max-age={} ({lasts})", hsts.max_age));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn the_thresholds_are_180_days_and_a_year() {
        for (seconds, severity) in [
            (1, Some(Severity::Medium)),
            (15_551_999, Some(Severity::Medium)),
            (15_552_000, Some(Severity::Low)),
            (31_535_999, Some(Severity::Low)),
            (31_536_000, None),
            (0, None),
        ] {
            let scene = Scene::sound().hsts(Some(&format!("max-age={seconds}; includeSubDomains")));
            assert_eq!(scene.severities(CHECK.id).first().copied(), severity, "{seconds}");
        }
        assert!(Scene::sound().find(CHECK.id).is_empty());
        let silent = Scene::empty().page("https://shop.example/", timeout(), |_| {});
        assert!(silent.find(CHECK.id).is_empty());
    }

    #[test]
    fn a_policy_from_above_is_enough() {
        let www = reply(200, &[("strict-transport-security", "max-age=300")]);
        let scene = Scene::empty().page("https://www.shop.example/", www, |_| {}).page(
            "https://shop.example/",
            reply(200, &[("strict-transport-security", HSTS)]),
            |_| {},
        );
        assert!(scene.find(CHECK.id).is_empty());
    }
}
