//! pacman: the age of its databases (pacman(8)).

use midwatch_model::{Outcome, PackageLists, PackageUpkeep, Reason, ReasonKind, Unread};

use crate::System;

/// The databases of the repositories.
const SYNC: &str = "/var/lib/pacman/sync";

/// What pacman says; none where it is not there.
pub(super) fn look(system: &System, unread: &mut Vec<Unread>) -> Option<PackageUpkeep> {
    if !system.exists(&system.at("/usr/bin/pacman")) {
        return None;
    }
    // A database has the time of its mirror's; the directory that of the last one that came.
    let directory = system.at(SYNC);
    let databases = system.list_or(&directory, unread);
    let any = databases.iter().any(|place| place.ends_with(".db"));
    let times = databases.iter().filter(|place| place.ends_with(".db")).chain([&directory]);
    let newest = times.filter_map(|place| Some((system.changed(place)?, place.shown.clone()))).max();
    let lists = match newest.filter(|_| any) {
        Some((renewed, by)) => Outcome::seen(PackageLists { renewed, by, valid_until: Vec::new() }),
        None => {
            let detail = format!("{SYNC} holds no databases; 'sudo pacman -Syu' fetches them");
            Reason::new(ReasonKind::Other, detail).into()
        }
    };
    let detail = "pacman's databases do not say what mends security; 'checkupdates' and 'arch-audit -u' tell";
    Some(PackageUpkeep {
        manager: "pacman".into(),
        lists,
        pending: Outcome::unmeasured(ReasonKind::Other, detail),
        // Nothing of pacman's installs updates by itself.
        automatic: Outcome::seen(false),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::testing::Tree;

    #[test]
    fn the_age_of_databases() {
        let tree = Tree::new(&[("/usr/bin/pacman", ""), ("/var/lib/pacman/sync/core.db", "")]);
        let found = look(&tree.system, &mut Vec::new()).unwrap();
        assert!(found.lists.is_seen() && found.pending.is_unmeasured(), "{found:?}");
        let fresh = Tree::new(&[("/usr/bin/pacman", "")]);
        assert!(look(&fresh.system, &mut Vec::new()).unwrap().lists.is_unmeasured());
        assert_eq!(look(&Tree::new(&[]).system, &mut Vec::new()), None);
    }
}
