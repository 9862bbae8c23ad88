//! A certificate that was issued for longer than its time allowed.

use midwatch_model::{AttackId::*, ParsedCertificate, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::view::trust::public_store;

pub(crate) static CHECK: Check = Check {
    id: "cert-validity-long",
    title: "The certificate is valid for longer than public authorities may issue",
    severity: Severity::Low,
    says: "the certificate of {place} is valid for longer than was allowed when it was issued",
    about: "Public authorities have agreed on how long a certificate may be valid. A certificate that is valid \
            for longer was issued against that rule. Apple's and Google's clients refuse most of these, and a \
            stolen key works until the end.",
    gain: "More time to use a stolen key or a name that has changed hands.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "A chain that a public root programme trusts; the days from the leaf's notBefore to its notAfter, \
              both included, are more than the schedule has for the day of notBefore: 47 from 2029-03-15, 100 \
              from 2027-03-15, 200 from 2026-03-15, 398 from 2020-09-01, 825 from 2018-03-01, and 39 months \
              (taken as 1,188 days) from 2015-04-01. Certificates from before are not looked at.",
    benign: &[],
    fix: "Get a new certificate from an authority that keeps to the rules, best by ACME, which renews by itself.",
    settings: &[Setting::ChainFile],
    source: "CA/Browser Forum Baseline Requirements 6.3.2 (ballots SC-081v3, SC-031, 193)",
    find: |view, found| {
        for chain in &view.chains {
            let leaf = chain.fact.certificates.first().and_then(|leaf| leaf.parsed.as_ref());
            let (Some(leaf), Some(_)) = (leaf, public_store(chain.fact)) else { continue };
            let seconds = leaf.not_after.as_second().saturating_sub(leaf.not_before.as_second());
            let Some(limit) = limit(leaf).filter(|limit| seconds.saturating_add(1) > limit * DAY) else {
                continue;
            };
            let days = seconds / DAY;
            let issued = leaf.not_before.strftime("%Y-%m-%d");
            found.at(support::place(chain.fact)).see(
                chain.id,
                format!(
                    "{} is valid for {days} days; issued on {issued}, it may be for {limit}",
                    support::which(chain.fact, 0)
                ),
            );
        }
    },
};

/// Seconds of a day, as the Baseline Requirements count days.
const DAY: i64 = 86_400;

/// From when (seconds since 1970) how many days are allowed, newest first.
const SCHEDULE: [(i64, i64); 6] = [
    (1_868_227_200, 47),   // 2029-03-15
    (1_805_068_800, 100),  // 2027-03-15
    (1_773_532_800, 200),  // 2026-03-15
    (1_598_918_400, 398),  // 2020-09-01
    (1_519_862_400, 825),  // 2018-03-01
    (1_427_846_400, 1188), // 2015-04-01: 39 months
];

fn limit(leaf: &ParsedCertificate) -> Option<i64> {
    let issued = leaf.not_before.as_second();
    SCHEDULE.iter().find(|(from, _)| issued >= *from).map(|(_, days)| *days)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn valid(from: &str, to: &str) -> Scene {
        Scene::sound().change_chain(|chain| {
            change_leaf(chain, |leaf| (leaf.not_before, leaf.not_after) = (time(from), time(to)));
        })
    }

    #[test]
    fn the_day_of_issue_decides() {
        for (from, to, found) in [
            ("2026-03-14T23:59:59Z", "2027-04-16T23:59:58Z", false),
            ("2026-03-14T00:00:00Z", "2027-04-16T00:00:00Z", true),
            ("2026-03-15T00:00:00Z", "2026-09-30T23:59:59Z", false),
            ("2026-03-15T00:00:00Z", "2026-10-01T00:00:00Z", true),
            ("2027-03-15T00:00:00Z", "2027-06-22T23:59:59Z", false),
            ("2027-03-15T00:00:00Z", "2027-06-23T00:00:00Z", true),
            ("2029-03-15T00:00:00Z", "2029-05-01T00:00:00Z", true),
            ("2018-03-01T00:00:00Z", "2020-06-02T23:59:59Z", false),
            ("2018-03-01T00:00:00Z", "2020-06-03T00:00:00Z", true),
            ("2014-01-01T00:00:00Z", "2034-01-01T00:00:00Z", false),
        ] {
            assert_eq!(!valid(from, to).find(CHECK.id).is_empty(), found, "{from} to {to}");
        }
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }

    #[test]
    fn private_authorities_do_as_they_like() {
        let private = valid("2026-04-01T00:00:00Z", "2036-04-01T00:00:00Z")
            .change_chain(|chain| chain.trust.iter_mut().for_each(|one| one.store = "given".into()));
        assert!(private.find(CHECK.id).is_empty());
    }
}
