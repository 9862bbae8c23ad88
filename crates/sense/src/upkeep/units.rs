//! Whether systemd starts a unit when the computer starts, by the links that `systemctl enable` makes
//! (systemd.unit(5)).

use crate::System;

/// Where units are, those of the administrator first.
const DIRECTORIES: [&str; 3] = ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

/// True where a target wants or requires the unit and it is not masked.
pub(crate) fn is_enabled(system: &System, unit: &str) -> bool {
    let [own, ..] = DIRECTORIES;
    let masked = system.link(&system.at(own).join(unit)).is_some_and(|target| target == "/dev/null");
    !masked
        && DIRECTORIES.iter().any(|directory| {
            let entries = system.list(&system.at(directory)).unwrap_or_default();
            let mut wants =
                entries.iter().filter(|entry| entry.ends_with(".wants") || entry.ends_with(".requires"));
            wants.any(|wants| {
                let link = wants.join(unit);
                system.link(&link).is_some() || system.exists(&link)
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::testing::Tree;

    #[test]
    fn links_of_targets_count_and_masks_win() {
        let tree = Tree::new(&[]);
        tree.link("/etc/systemd/system/multi-user.target.wants/a.service", "/lib/systemd/system/a.service");
        tree.link("/etc/systemd/system/timers.target.wants/b.timer", "/lib/systemd/system/b.timer");
        tree.link("/etc/systemd/system/b.timer", "/dev/null");
        tree.link("/usr/lib/systemd/system/sysinit.target.wants/c.service", "../c.service");
        let enabled = |unit: &str| is_enabled(&tree.system, unit);
        assert!(enabled("a.service") && enabled("c.service"));
        assert!(!enabled("b.timer"), "it is masked");
        assert!(!enabled("d.service"));
    }
}
