//! apt's files made up, and those of this Debian laid beside what apt itself says.

use std::process::Command;

use super::*;
use crate::system::testing::Tree;

const STATUS_TEXT: &str = "\
Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.21\n\n\
Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3.0.17-1~deb12u1\nDescription: x\n Version: 9\n\n\
Package: tzdata\nStatus: install ok installed\nArchitecture: all\nVersion: 2025b-0\n\n\
Package: kept\nStatus: hold ok installed\nArchitecture: amd64\nVersion: 1\n\n\
Package: ported\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2~bpo12+1\n\n\
Package: local\nStatus: install ok installed\nArchitecture: amd64\nVersion: 9\n\n\
Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n";

const SECURITY: &str = "/var/lib/apt/lists/deb.example_debian-security_dists_bookworm-security_InRelease";
const SECURITY_LIST: &str =
    "/var/lib/apt/lists/deb.example_debian-security_dists_bookworm-security_main_binary-amd64_Packages";

fn tree() -> Tree {
    Tree::new(&[
        (STATUS, STATUS_TEXT),
        (
            SECURITY,
            "Label: Debian-Security\nCodename: bookworm-security\nValid-Until: Tue, 01 Dec 2026 00:34:33 UTC\n",
        ),
        (
            SECURITY_LIST,
            "Package: libssl3\nArchitecture: amd64\nVersion: 3.0.18-1~deb12u1\n\n\
                         Package: gone\nArchitecture: amd64\nVersion: 5\n",
        ),
        (
            "/var/lib/apt/lists/deb.example_debian_dists_bookworm_InRelease",
            "Label: Debian\nCodename: bookworm\n",
        ),
        (
            "/var/lib/apt/lists/deb.example_debian_dists_bookworm_main_binary-amd64_Packages",
            "Package: libssl3\nArchitecture: amd64\nVersion: 3.0.17-1~deb12u1\n\n\
          Package: tzdata\nArchitecture: all\nVersion: 2026a-0\n\nPackage: kept\nArchitecture: amd64\nVersion: 2\n\n\
          Package: ported\nArchitecture: amd64\nVersion: 1\n\nPackage: local\nArchitecture: i386\nVersion: 10\n",
        ),
        (
            "/var/lib/apt/lists/deb.example_debian_dists_bookworm-backports_InRelease",
            "Label: Debian Backports\nCodename: bookworm-backports\nNotAutomatic: yes\nButAutomaticUpgrades: yes\n",
        ),
        (
            "/var/lib/apt/lists/deb.example_debian_dists_bookworm-backports_main_binary-amd64_Packages",
            "Package: ported\nArchitecture: amd64\nVersion: 2~bpo12+2\n\nPackage: tzdata\nArchitecture: all\nVersion: 2030\n",
        ),
    ])
}

fn of(tree: &Tree) -> PackageUpkeep {
    look(&tree.system, &mut Vec::new()).expect("apt")
}

#[test]
fn updates_are_told_by_where_they_come_from() {
    let pending = of(&tree()).pending.value().cloned().expect("pending");
    assert_eq!((pending.all, pending.security, pending.held, pending.pinned), (3, 1, 1, false));
    assert!(pending.security_known);
    let one = &pending.listed[0];
    assert_eq!(
        (one.package.as_str(), one.installed.as_str(), one.available.as_str(), one.archive.as_str()),
        ("libssl3", "3.0.17-1~deb12u1", "3.0.18-1~deb12u1", "bookworm-security")
    );
}

#[test]
fn an_update_that_is_rolled_out_step_by_step_waits() {
    let tree = tree();
    let text =
        "Package: libssl3\nArchitecture: amd64\nVersion: 3.0.18-1~deb12u1\nPhased-Update-Percentage: 10\n";
    tree.write(SECURITY_LIST, text.as_bytes());
    assert_eq!(of(&tree).pending.value().map(|pending| (pending.all, pending.security)), Some((2, 0)));
}

#[test]
fn pins_are_named_and_lists_that_cannot_be_read_are_no_silence() {
    let tree = tree();
    tree.write("/etc/apt/preferences.d/x", b"Package: *\nPin: release a=y\nPin-Priority: 900\n");
    assert_eq!(of(&tree).pending.value().map(|pending| pending.pinned), Some(true));
    tree.write(&format!("{SECURITY_LIST}.xz"), b"x");
    let why = of(&tree).pending.why_not().cloned().expect("a reason");
    assert!(why.detail.contains("xz") && why.detail.contains("apt list --upgradable"), "{why}");
    let empty = Tree::new(&[(STATUS, STATUS_TEXT)]);
    std::fs::create_dir_all(empty.path(LISTS)).unwrap();
    let upkeep = of(&empty);
    assert!(upkeep.pending.is_unmeasured() && upkeep.lists.is_unmeasured(), "{upkeep:?}");
    assert!(look(&Tree::new(&[]).system, &mut Vec::new()).is_none());
}

#[test]
fn the_age_of_lists_is_that_of_the_stamp_or_directory() {
    let tree = tree();
    let lists = of(&tree).lists.value().cloned().expect("lists");
    assert_eq!(lists.by, LISTS);
    assert_eq!(lists.valid_until.len(), 1);
    assert_eq!(lists.valid_until[0].file, SECURITY);
    tree.write(STAMP, b"");
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
    std::fs::File::open(tree.path(STAMP)).unwrap().set_modified(later).unwrap();
    assert_eq!(of(&tree).lists.value().map(|lists| lists.by.clone()).as_deref(), Some(STAMP));
}

#[test]
fn unattended_upgrades_need_program_setting_and_timer() {
    let tree = tree();
    let automatic = || of(&tree).automatic.value().copied();
    assert_eq!(automatic(), Some(false));
    tree.write("/etc/apt/apt.conf.d/20auto-upgrades", b"APT::Periodic::Unattended-Upgrade \"1\";\n");
    tree.write("/usr/bin/unattended-upgrade", b"");
    assert_eq!(automatic(), Some(false), "nothing starts it");
    tree.link("/etc/systemd/system/timers.target.wants/apt-daily-upgrade.timer", "/lib/systemd/system/x");
    assert_eq!(automatic(), Some(true));
    tree.write("/etc/apt/apt.conf.d/99off", b"APT { Periodic { Enable \"0\"; }; };\n");
    assert_eq!(automatic(), Some(false));
}

#[test]
fn a_restart_is_known_only_where_somebody_notes_it() {
    let tree = tree();
    assert!(restart(&tree.system).is_unmeasured());
    tree.write("/usr/bin/unattended-upgrade", b"");
    assert_eq!(restart(&tree.system), Outcome::seen(vec![]));
    tree.write("/run/reboot-required", b"*** System restart required ***\n");
    assert_eq!(restart(&tree.system).value().map(Vec::len), Some(1));
    tree.write("/run/reboot-required.pkgs", b"linux-image-x\nlibc6\nlibc6\n");
    assert_eq!(restart(&tree.system), Outcome::seen(vec!["libc6".into(), "linux-image-x".into()]));
}

/// This Debian: what apt itself would do, without any network, is what the files say.
#[test]
fn this_computer_is_read_as_apt_reads_it() {
    let system = System { root: "/".into(), home: None, env: vec![] };
    let upkeep = look(&system, &mut Vec::new()).expect("a Debian");
    let Some(pending) = upkeep.pending.value() else {
        // Lists that were cleaned away, as in containers, are no updates that are known of.
        assert!(upkeep.pending.why_not().is_some_and(|why| why.detail.contains("lists")), "{upkeep:?}");
        return;
    };
    let output = Command::new("apt")
        .args(["list", "--upgradable"])
        .env("LC_ALL", "C")
        .output()
        .expect("apt of Debian");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    // `name/suite,suite version architecture [upgradable from: version]`
    let upgrades: Vec<(&str, &str, &str)> = text
        .lines()
        .filter(|line| line.contains("[upgradable from: "))
        .filter_map(|line| {
            let (name, rest) = line.split_once('/')?;
            let mut words = rest.split(' ');
            Some((name, words.next()?, words.next()?))
        })
        .collect();
    assert_eq!((pending.all + pending.held) as usize, upgrades.len(), "{upgrades:#?}");
    // apt names where the newest version is from. One that is newer still than what mends security has that in it.
    for (name, suites, _) in upgrades.iter().filter(|(_, suites, _)| suites.contains("-security")) {
        assert!(pending.held > 0 || pending.listed.iter().any(|one| one.package == *name), "{name}/{suites}");
    }
    for one in &pending.listed {
        let apt = upgrades.iter().find(|(name, ..)| *name == one.package).expect("an upgrade of apt's");
        assert!(apt.1.contains("-security") || apt.2 != one.available, "{one:?}: {apt:?}");
    }
}

/// A computer whose sources lack the archive of security: that none of its updates mends security is not said.
#[test]
fn without_an_archive_of_security_it_is_not_known() {
    let tree = tree();
    for path in [SECURITY, SECURITY_LIST] {
        std::fs::remove_file(tree.path(path)).unwrap();
    }
    let pending = of(&tree).pending.value().cloned().expect("pending");
    assert_eq!((pending.all, pending.security, pending.security_known), (2, 0, false));
}
