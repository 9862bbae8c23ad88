//! A browser was built long ago.

use midwatch_model::{AttackId::*, BrowserFamily, Confidence, Severity, Station};

use crate::{Check, words};

/// Two releases of four weeks, and a few days for them to come in.
const DAYS: i64 = 60;

/// Chromium takes what is built in for timely for ten weeks.
const CHROMIUM_DAYS: i64 = 70;

pub(crate) static CHECK: Check = Check {
    id: "browser-old",
    title: "A browser was built long ago",
    severity: Severity::Low,
    says: "{place} was built long ago",
    about: "Each release of a browser mends flaws that pages can use, and brings new lists: of roots, of certificates that \
            were revoked, of sites that are never met over plain http, of logs of certificates.",
    gain: "Flaws that are known, for whoever can put something into a page; and in a Chromium past ten weeks, a \
           certificate that no log has seen, or another key than the pinned one, is taken.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    attacks: &[ManInTheBrowser, Impersonation, StrippingAndDowngrade],
    decided: "Built more than 60 days ago: Firefox, its ESR and Chrome have a release every four weeks, Chrome's Extended \
              Stable every eight, with mends of security in between, so that at least one was missed. Medium for Chromium \
              and its kin from 70 days on: they then stop to heed what was built in on Certificate Transparency, pins and \
              preloaded HSTS. Firefox says when it was built (BuildID); for the others it is the time of the program, \
              which packages keep.",
    benign: &[
        "A distribution that builds a browser with its mends later than the release; the date is that of its build.",
        "A second browser that nobody starts.",
    ],
    fix: "Update the browser, or take out one that is not used. A snap and a Flatpak are updated by 'snap refresh' and \
          'flatpak update'.",
    settings: &[],
    source: "the release calendars of Firefox and of Chrome; Chromium, TransportSecurityState::IsBuildTimely and \
             ChromeCTPolicyEnforcer::IsLogDataTimely (10 weeks)",
    find: |view, found| {
        let Some(seen) = view.here.upkeep else { return };
        for browser in seen.fact.browsers.value().into_iter().flatten() {
            let Some(built) = browser.built.value() else { continue };
            let age = view.now.as_second().saturating_sub(built.as_second()) / 86_400;
            if age <= DAYS {
                continue;
            }
            let (severity, confidence) = match browser.family {
                BrowserFamily::Chromium if age >= CHROMIUM_DAYS => (Severity::Medium, Confidence::Firm),
                BrowserFamily::Chromium => (Severity::Low, Confidence::Firm),
                BrowserFamily::Firefox => (Severity::Low, Confidence::Certain),
            };
            let version = browser.version.value().map(|version| format!(" {version}")).unwrap_or_default();
            let days = words::count(usize::try_from(age).unwrap_or_default(), "day");
            found
                .at(format!("{}{version}", browser.name))
                .severity(severity)
                .confidence(confidence)
                .title(format!("{} was built {days} ago", browser.name))
                .see(
                    seen.id,
                    format!("expected at most {DAYS} days, observed {}: {}", browser.by, words::day(*built)),
                );
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    fn with(family: BrowserFamily, built: &str) -> Vec<Severity> {
        let browsers = Outcome::seen(vec![local_installed(family, built)]);
        Scene::empty().upkeep(|upkeep| upkeep.browsers = browsers).severities(CHECK.id)
    }

    #[test]
    fn age_is_judged_by_family() {
        use BrowserFamily::{Chromium, Firefox};
        // It is 24 November 2026.
        assert!(with(Firefox, "2026-09-26T00:00:00Z").is_empty());
        assert_eq!(with(Firefox, "2026-09-20T00:00:00Z"), [Severity::Low]);
        assert_eq!(with(Firefox, "2025-01-01T00:00:00Z"), [Severity::Low]);
        assert_eq!(with(Chromium, "2026-09-20T00:00:00Z"), [Severity::Low]);
        assert_eq!(with(Chromium, "2026-09-14T00:00:00Z"), [Severity::Medium]);
    }

    #[test]
    fn what_is_new_or_not_known_is_no_finding() {
        assert!(Scene::here_local().find(CHECK.id).is_empty());
        assert!(Scene::empty().upkeep(|upkeep| upkeep.browsers = timeout()).find(CHECK.id).is_empty());
        assert!(with(BrowserFamily::Chromium, "2027-01-01T00:00:00Z").is_empty(), "a clock that is behind");
        let mut browser = local_installed(BrowserFamily::Chromium, "2020-01-01T00:00:00Z");
        browser.built = timeout();
        let scene = Scene::empty().upkeep(|upkeep| upkeep.browsers = Outcome::seen(vec![browser]));
        assert!(scene.find(CHECK.id).is_empty());
    }
}
