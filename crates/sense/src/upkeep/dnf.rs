//! dnf: the age of its cache, and whether updates are installed by themselves (dnf.conf(5), dnf-automatic(8), dnf5-automatic(8)).
//!
//! dnf up to 4 has a timer for each way, of which `dnf-automatic-install.timer` installs whatever the file says, and
//! `dnf-automatic.timer` as `/etc/dnf/automatic.conf` says. dnf5 has one timer (`dnf-automatic.timer` is a link to it) and reads
//! three files, of which a later one wins. In both `apply_updates` is off by default, and a boolean is `1`, `yes`, `true`, `on` or one
//! of their contraries, in letters of any size.
//!
//! Sources, looked up on 2026-11-30: `etc/systemd/`, `doc/automatic.rst` and `dnf/automatic/main.py` in
//! <https://github.com/rpm-software-management/dnf> (July 2026); `dnf5-plugins/automatic_plugin/` (`pre_configure` in `automatic.cpp`, the
//! units and the file in `config/`), `doc/dnf5_plugins/automatic.8.rst`, `libdnf5/conf/option_bool.cpp`, `config_parser.cpp` and
//! `dnf5.spec` in <https://github.com/rpm-software-management/dnf5> (August 2026).

use midwatch_model::{Outcome, PackageLists, PackageUpkeep, Reason, ReasonKind, Unread};

use super::units;
use crate::System;
use crate::lines::{is_no, is_yes, sections};

/// The caches of dnf5, of dnf, and of PackageKit's dnf.
const CACHES: [&str; 2] = ["/var/cache/libdnf5", "/var/cache/dnf"];

/// Files in a cache that name the time of their repository's lists.
const MARK: &str = "repodata/repomd.xml";

/// What dnf says; none where it is not there.
pub(super) fn look(system: &System, unread: &mut Vec<Unread>) -> Option<PackageUpkeep> {
    if !is_there(system) {
        return None;
    }
    let not_told = || {
        let detail =
            "dnf's lists are in a form that is not read here; 'dnf updateinfo list --security' tells";
        Outcome::unmeasured(ReasonKind::Other, detail)
    };
    Some(PackageUpkeep {
        manager: "dnf".into(),
        lists: age(system, unread),
        pending: not_told(),
        automatic: automatic(system, unread),
    })
}

/// True where the command `dnf` is dnf5, which has other timers and files than its forerunner.
pub(super) fn is_five(system: &System) -> bool {
    let is = |path: &str| system.exists(&system.at(path));
    match system.link(&system.at("/usr/bin/dnf")) {
        Some(target) => target.ends_with("dnf5"),
        None => is("/usr/bin/dnf5") && !is("/usr/bin/dnf") && !is("/usr/bin/dnf-3"),
    }
}

/// True where dnf is there.
pub(super) fn is_there(system: &System) -> bool {
    ["/usr/bin/dnf5", "/usr/bin/dnf", "/usr/bin/dnf-3"].iter().any(|path| system.exists(&system.at(path)))
}

/// A repository's directory is written anew when its lists are renewed; where they are found to be current, the file
/// beside them is.
fn age(system: &System, unread: &mut Vec<Unread>) -> Outcome<PackageLists> {
    let mut newest = None;
    for cache in CACHES {
        for place in system.list_or(&system.at(cache), unread) {
            let marks = [place.join(MARK), place.clone()];
            let is_list = place.ends_with(".solv") || system.exists(&place.join(MARK));
            for mark in marks.iter().filter(|_| is_list) {
                newest = newest.max(system.changed(mark).map(|time| (time, mark.shown.clone())));
            }
        }
    }
    match newest {
        Some((renewed, by)) => Outcome::seen(PackageLists { renewed, by, valid_until: Vec::new() }),
        None => {
            let detail = "dnf's cache for the whole computer is empty; 'sudo dnf makecache' fills it";
            Reason::new(ReasonKind::Other, detail).into()
        }
    }
}

/// The file of dnf's own configuration of updates, which its forerunner reads alone.
const FILE: &str = "/etc/dnf/automatic.conf";

/// The files that dnf5 reads, a later one over those before it. The second is an older place of the third.
const FILES: [&str; 3] =
    ["/usr/share/dnf5/dnf5-plugins/automatic.conf", "/etc/dnf/dnf5-plugins/automatic.conf", FILE];

/// The timer is enabled, and the configuration applies updates rather than to download them alone.
pub(super) fn automatic(system: &System, unread: &mut Vec<Unread>) -> Outcome<bool> {
    let on = |unit: &str| units::is_enabled(system, unit);
    let is_five = is_five(system);
    if !is_five && on("dnf-automatic-install.timer") {
        return Outcome::seen(true);
    }
    let files: &[&str] = match (on("dnf5-automatic.timer"), on("dnf-automatic.timer")) {
        (true, _) => &FILES,
        (false, true) if is_five => &FILES,
        (false, true) => &[FILE],
        (false, false) => return Outcome::seen(false),
    };
    let mut applies = None;
    for path in files {
        let before = unread.len();
        let text = system.text_or(&system.at(path), unread);
        if let Some(gap) = unread.get(before..).and_then(|new| new.first()) {
            return gap.why.clone().into();
        }
        let text = text.unwrap_or_default();
        for (_, _, value, _) in sections(&text)
            .iter()
            .filter(|(section, name, ..)| section == "commands" && name == "apply_updates")
        {
            applies = match (is_yes(value), is_no(value)) {
                (true, _) => Some(true),
                (_, true) => Some(false),
                _ => applies,
            };
        }
    }
    Outcome::seen(applies.unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::system::testing::Tree;

    fn of(tree: &Tree) -> PackageUpkeep {
        look(&tree.system, &mut Vec::new()).expect("dnf")
    }

    /// A Fedora with dnf5, made after dnf5-conf(5) and dnf5-automatic(8).
    #[test]
    fn the_age_of_the_cache_and_what_applies_updates() {
        let repository = "/var/cache/libdnf5/fedora-0123456789abcdef/repodata/repomd.xml";
        let tree = Tree::new(&[("/usr/bin/dnf5", ""), (repository, "<repomd/>")]);
        let found = of(&tree);
        assert!(found.lists.is_seen() && found.pending.is_unmeasured(), "{found:?}");
        assert_eq!(found.automatic, Outcome::seen(false));
        tree.link(
            "/etc/systemd/system/timers.target.wants/dnf5-automatic.timer",
            "/usr/lib/systemd/system/x",
        );
        assert_eq!(of(&tree).automatic, Outcome::seen(false), "it downloads alone");
        tree.write("/etc/dnf/dnf5-plugins/automatic.conf", b"[commands]\napply_updates = yes\n");
        assert_eq!(of(&tree).automatic, Outcome::seen(true));
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        for path in [repository, "/var/cache/libdnf5/fedora-0123456789abcdef"] {
            std::fs::File::open(tree.path(path)).unwrap().set_modified(old).unwrap();
        }
        assert_eq!(of(&tree).lists.value().map(|lists| lists.renewed), Some(old.try_into().unwrap()));
    }

    /// What each program reads, and which of its timers are its own.
    #[test]
    fn each_dnf_by_its_timers_and_files() {
        let timer = |name: &str| format!("/etc/systemd/system/timers.target.wants/{name}");
        let yes = b"[commands]\napply_updates = TRUE\n";
        let four = Tree::new(&[("/usr/bin/dnf-3", "")]);
        four.link("/usr/bin/dnf", "dnf-3");
        four.link(&timer("dnf-automatic.timer"), "/usr/lib/systemd/system/x");
        four.write("/etc/dnf/dnf5-plugins/automatic.conf", yes);
        assert_eq!(of(&four).automatic, Outcome::seen(false), "not its file");
        four.write("/etc/dnf/automatic.conf", yes);
        assert_eq!(of(&four).automatic, Outcome::seen(true));
        four.write("/etc/dnf/automatic.conf", b"[commands]\napply_updates = no\n");
        assert_eq!(of(&four).automatic, Outcome::seen(false));
        four.link(&timer("dnf-automatic-install.timer"), "/usr/lib/systemd/system/x");
        assert_eq!(of(&four).automatic, Outcome::seen(true), "whatever the file says");
        let five = Tree::new(&[("/usr/bin/dnf5", "")]);
        five.link("/usr/bin/dnf", "dnf5");
        five.link(&timer("dnf-automatic-install.timer"), "/usr/lib/systemd/system/x");
        assert_eq!(of(&five).automatic, Outcome::seen(false), "a timer that was left behind");
        five.link(&timer("dnf-automatic.timer"), "/usr/lib/systemd/system/x");
        five.write("/usr/share/dnf5/dnf5-plugins/automatic.conf", yes);
        assert_eq!(of(&five).automatic, Outcome::seen(true));
        five.write("/etc/dnf/automatic.conf", b"[commands]\napply_updates = 0\n");
        assert_eq!(of(&five).automatic, Outcome::seen(false), "the last file wins");
    }

    #[test]
    fn an_empty_cache_is_not_known() {
        let tree = Tree::new(&[("/usr/bin/dnf", "")]);
        assert!(of(&tree).lists.is_unmeasured());
        assert!(look(&Tree::new(&[]).system, &mut Vec::new()).is_none());
    }
}
