//! apt and dpkg: the age of the lists, the updates that wait, and whether they are installed by themselves.

mod lz4;
mod pending;
mod release;
mod stanza;
mod version;

use std::collections::BTreeMap;

use midwatch_model::{
    Outcome, PackageLists, PackageUpkeep, PendingUpdates, Reason, ReasonKind, Unread, ValidUntil,
};

use super::units;
use crate::System;
use crate::lines::{is_no, numbered};
use crate::settings::apt::options;
use crate::system::Place;

pub(super) use pending::Installed;
use release::Archive;

/// What dpkg knows of every package.
const STATUS: &str = "/var/lib/dpkg/status";

/// Where apt keeps its lists.
const LISTS: &str = "/var/lib/apt/lists";

/// Written where the lists were renewed without a fault.
const STAMP: &str = "/var/lib/apt/periodic/update-success-stamp";

/// Packages that wait for a restart which are named.
const MAX_NAMED: usize = 100;

/// What apt says; none where dpkg or apt is not there.
pub(super) fn look(system: &System, unread: &mut Vec<Unread>) -> Option<PackageUpkeep> {
    if !is_there(system) {
        return None;
    }
    let lists = system.list_or(&system.at(LISTS), unread);
    let archives = archives(system, &lists, unread);
    Some(PackageUpkeep {
        manager: "apt".into(),
        lists: age(system, &archives),
        pending: pending(system, &lists, &archives).map_or_else(Outcome::from, Outcome::seen),
        automatic: automatic(system, unread),
    })
}

/// True where apt and dpkg are there.
pub(super) fn is_there(system: &System) -> bool {
    system.exists(&system.at(STATUS)) && system.exists(&system.at(LISTS))
}

/// What is installed, by dpkg.
///
/// # Errors
/// Where its status cannot be read.
pub(super) fn installed(system: &System) -> Result<Option<Installed>, Reason> {
    pending::installed(system)
}

fn archives(system: &System, lists: &[Place], unread: &mut Vec<Unread>) -> Vec<Archive> {
    let read = lists.iter().filter_map(|place| {
        release::read(system, place).unwrap_or_else(|why| {
            unread.push(Unread { file: place.shown.clone(), why });
            None
        })
    });
    read.collect()
}

/// When the lists were renewed. The lists themselves have the times of the archive, so that those of the stamp and of
/// the directory tell.
fn age(system: &System, archives: &[Archive]) -> Outcome<PackageLists> {
    if archives.is_empty() {
        let detail =
            format!("{LISTS} holds no lists: 'apt update' has not been run, or they were cleaned away");
        return Outcome::unmeasured(ReasonKind::Other, detail);
    }
    let renewed = |path: &str| Some((system.changed(&system.at(path))?, path.to_owned()));
    let Some((renewed, by)) = [STAMP, LISTS].into_iter().filter_map(renewed).max() else {
        return Outcome::unmeasured(ReasonKind::Other, format!("{LISTS} has no time"));
    };
    let valid =
        |archive: &Archive| Some(ValidUntil { file: archive.file.clone(), until: archive.valid_until? });
    Outcome::seen(PackageLists { renewed, by, valid_until: archives.iter().filter_map(valid).collect() })
}

fn pending(system: &System, lists: &[Place], archives: &[Archive]) -> Result<PendingUpdates, Reason> {
    let absent = || Reason::new(ReasonKind::Other, format!("{STATUS} is gone"));
    let mut installed = pending::installed(system)?.ok_or_else(absent)?;
    let (mut any, mut security) = (false, false);
    for place in lists {
        let name = place.name();
        // Components have their directories; flat repositories have none.
        let list = name.strip_suffix("_Packages").or_else(|| Some(name.rsplit_once("_Packages.")?.0));
        if list.is_none() {
            continue;
        }
        let archive = archives.iter().filter(|archive| name.starts_with(&archive.prefix));
        // An archive of which no Release file is kept is used as any other.
        let unsigned = Archive {
            prefix: String::new(),
            name: name.clone(),
            security: false,
            priority: 500,
            valid_until: None,
            file: place.shown.clone(),
        };
        let archive = archive.max_by_key(|archive| archive.prefix.len()).unwrap_or(&unsigned);
        installed.list(system, place, archive)?;
        (any, security) = (true, security || archive.security);
    }
    if !any {
        let detail = format!("{LISTS} holds no lists of packages; 'apt update' fetches them");
        return Err(Reason::new(ReasonKind::Other, detail));
    }
    Ok(installed.pending(security, is_pinned(system)))
}

/// True where apt is told to prefer some versions (apt_preferences(5)).
fn is_pinned(system: &System) -> bool {
    let mut files = system.list(&system.at("/etc/apt/preferences.d")).unwrap_or_default();
    files.push(system.at("/etc/apt/preferences"));
    let pins = |place: &Place| {
        let text = system.text(place).ok().flatten().unwrap_or_default();
        numbered(&text, &['#']).any(|(_, line)| line.to_ascii_lowercase().starts_with("pin-priority"))
    };
    files.iter().any(pins) || configuration(system, &mut Vec::new()).contains_key("apt::default-release")
}

/// apt's options by name in lower case; the last one of a name counts (apt.conf(5)).
fn configuration(system: &System, unread: &mut Vec<Unread>) -> BTreeMap<String, String> {
    let mut files = system.list_or(&system.at("/etc/apt/apt.conf.d"), unread);
    files.push(system.at("/etc/apt/apt.conf"));
    let texts = files.iter().filter_map(|place| system.text_or(place, unread));
    let all = texts.flat_map(|text| options(&text));
    all.map(|(name, value, _)| (name.to_ascii_lowercase(), value)).collect()
}

/// Whether unattended-upgrades is installed, switched on, and started by a timer.
pub(super) fn automatic(system: &System, unread: &mut Vec<Unread>) -> Outcome<bool> {
    let before = unread.len();
    let configuration = configuration(system, unread);
    if let Some(gap) = unread.get(before..).and_then(|new| new.first()) {
        return gap.why.clone().into();
    }
    let on = |name: &str| configuration.get(name).is_some_and(|value| !is_no(value) && !value.is_empty());
    let off = |name: &str| configuration.get(name).is_some_and(|value| is_no(value));
    let program = system.exists(&system.at("/usr/bin/unattended-upgrade"));
    let timer = units::is_enabled(system, "apt-daily-upgrade.timer")
        || !system.exists(&system.at("/usr/lib/systemd/systemd"))
            && system.exists(&system.at("/etc/cron.daily/apt-compat"));
    Outcome::seen(
        program && timer && on("apt::periodic::unattended-upgrade") && !off("apt::periodic::enable"),
    )
}

/// What waits for a restart, by the file that packages write.
pub(super) fn restart(system: &System) -> Outcome<Vec<String>> {
    let mark = ["/run/reboot-required", "/var/run/reboot-required"].map(|path| system.at(path));
    if let Some(mark) = mark.iter().find(|place| system.exists(place)) {
        let named = system.at(&format!("{}.pkgs", mark.shown));
        let text = system.text(&named).ok().flatten().unwrap_or_default();
        let mut names: Vec<String> =
            numbered(&text, &[]).map(|(_, line)| crate::lines::value(line)).take(MAX_NAMED).collect();
        names.sort();
        names.dedup();
        if names.is_empty() {
            names.push("a package that is not named".into());
        }
        return Outcome::seen(names);
    }
    let writers = [
        "/usr/share/update-notifier/notify-reboot-required",
        "/etc/kernel/postinst.d/unattended-upgrades",
        "/usr/bin/unattended-upgrade",
    ];
    if writers.iter().any(|path| system.exists(&system.at(path))) {
        return Outcome::seen(Vec::new());
    }
    let detail =
        "no program here notes in /run/reboot-required that a restart is needed; 'needrestart -r l' tells";
    Outcome::unmeasured(ReasonKind::Other, detail)
}

#[cfg(test)]
mod tests;
