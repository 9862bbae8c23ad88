//! The lists of packages are old.

use midwatch_model::{AttackId::*, Severity, Station};

use crate::{Check, words};

/// Debian's archive of security signs its lists for seven days.
const DAYS: i64 = 7;

pub(crate) static CHECK: Check = Check {
    id: "package-lists-old",
    title: "The lists of packages are old",
    severity: Severity::Low,
    says: "{place} goes by lists of packages that are old",
    about: "A computer learns from its lists that there is something to update. Where they are old, nothing waits for it, \
            however much there is. Lists are signed, so nobody between can change them; but whoever holds the new ones \
            back keeps a computer at what is known to be broken.",
    gain: "Time: flaws that are mended elsewhere stay open here, and nothing on this computer says so.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    attacks: &[Eavesdropping, HttpInjection, Impersonation],
    decided: "The lists were renewed more than seven days ago, which is how long Debian's archive of security signs its \
              lists for; or a list is past its own Valid-Until. The time is that of apt's stamp or of the directory of \
              lists, of dnf's cache, of pacman's databases.",
    benign: &[
        "A computer that was switched off, or had no network.",
        "An update that brought nothing new may leave the directory of lists as it was.",
        "A mirror that lags behind, and a clock that is wrong.",
    ],
    fix: "Renew them: sudo apt update, sudo dnf makecache, sudo pacman -Sy together with -u. Where that fails with an \
          error about Valid-Until, look at the clock, then at the mirror, and then who is between.",
    settings: &[],
    source: "Valid-Until in the Release file of Debian's archive of security; apt.conf(5), Acquire::Max-ValidTime",
    find: |view, found| {
        let Some(seen) = view.here.upkeep else { return };
        for manager in &seen.fact.packages {
            let Some(lists) = manager.lists.value() else { continue };
            let age = days(view.now, lists.renewed);
            if age > DAYS {
                let title =
                    format!("The lists of packages were renewed {} ago", words::count(as_count(age), "day"));
                let detail = format!(
                    "expected at most {DAYS} days, observed {}: {}",
                    lists.by,
                    words::day(lists.renewed)
                );
                found.at(manager.manager.clone()).title(title).see(seen.id, detail);
                continue;
            }
            let expired: Vec<_> = lists.valid_until.iter().filter(|list| list.until < view.now).collect();
            if !expired.is_empty() {
                let mut draft = found
                    .at(manager.manager.clone())
                    .title("Lists of packages are past their own Valid-Until");
                for list in expired {
                    let detail = format!("{} holds until {}", list.file, words::day(list.until));
                    draft = draft.see(seen.id, detail);
                }
            }
        }
    },
};

fn days(now: midwatch_model::Time, then: midwatch_model::Time) -> i64 {
    now.as_second().saturating_sub(then.as_second()) / 86_400
}

fn as_count(days: i64) -> usize {
    usize::try_from(days).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use midwatch_model::{Outcome, PackageLists};

    use super::*;
    use crate::testing::*;

    fn with(change: impl FnOnce(&mut PackageLists)) -> Scene {
        Scene::empty().upkeep(|upkeep| {
            let mut lists = upkeep.packages[0].lists.value().cloned().expect("lists");
            change(&mut lists);
            upkeep.packages[0].lists = Outcome::seen(lists);
        })
    }

    #[test]
    fn old_lists_and_expired_ones_are_told_apart() {
        let old = with(|lists| lists.renewed = time("2026-11-01T00:00:00Z")).find(CHECK.id);
        assert_eq!(old[0].title, "The lists of packages were renewed 23 days ago");
        assert_eq!(old[0].severity, Severity::Low);
        let expired = with(|lists| lists.valid_until[0].until = time("2026-11-20T00:00:00Z")).find(CHECK.id);
        assert_eq!(expired[0].title, "Lists of packages are past their own Valid-Until");
    }

    #[test]
    fn fresh_lists_and_silence_are_no_finding() {
        assert!(with(|lists| lists.renewed = time("2026-11-17T15:00:00Z")).find(CHECK.id).is_empty());
        assert!(with(|lists| lists.valid_until.clear()).find(CHECK.id).is_empty());
        // A clock that is behind.
        assert!(with(|lists| lists.renewed = time("2027-11-17T15:00:00Z")).find(CHECK.id).is_empty());
        assert!(Scene::here_local().find(CHECK.id).is_empty());
        let unknown = Scene::empty().upkeep(|upkeep| upkeep.packages[0].lists = timeout());
        assert!(unknown.find(CHECK.id).is_empty());
    }
}
