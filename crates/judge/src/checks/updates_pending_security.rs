//! Updates that mend security wait to be installed.

use midwatch_model::{AttackId::*, Severity, Station};

use crate::{Check, words};

/// What packages are called that speak with others over a network, or bring the roots that are trusted; those that
/// only begin so are meant too.
const ON_THE_NETWORK: [&str; 28] = [
    "apt",
    "bind9",
    "ca-certificates",
    "chromium",
    "curl",
    "dnsmasq",
    "evolution",
    "firefox",
    "git",
    "google-chrome",
    "iwd",
    "libcurl",
    "libgnutls",
    "libnss",
    "libssl",
    "network-manager",
    "openssh",
    "openssl",
    "openvpn",
    "strongswan",
    "systemd-resolved",
    "thunderbird",
    "unbound",
    "webkit",
    "libwebkit",
    "wget",
    "wireguard",
    "wpasupplicant",
];

pub(crate) static CHECK: Check = Check {
    id: "updates-pending-security",
    title: "Updates that mend security wait to be installed",
    severity: Severity::Low,
    says: "{place} has updates that mend security and are not installed",
    about: "Once an update is out, everybody can read what it mends. A computer without it is open to those who do.",
    gain: "Flaws that are known: whoever is in the middle can send what makes an old library for TLS, an old browser or \
           an old resolver fail.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    attacks: &[Eavesdropping, HttpInjection, Impersonation],
    decided: "The versions that dpkg has installed are held against those in apt's lists, as apt does it. An update mends \
              security where a list of the archive's security has it: a Release file with the label Debian-Security, or a \
              suite or codename that ends in -security. Information where none of those that wait speaks with others over \
              a network. Pins and the default release are not heeded, packages on hold are not counted, and of updates \
              that Ubuntu hands out step by step only those that are out for everybody.",
    benign: &[
        "Where updates are installed by themselves, those of today may be in by tomorrow.",
        "An archive of somebody else's may hold no flaw in the version that is installed.",
    ],
    fix: "sudo apt update && sudo apt upgrade, and let it be done by itself: sudo apt install unattended-upgrades.",
    settings: &[],
    source: "deb-version(7); apt_preferences(5); Debian's and Ubuntu's security archives",
    find: |view, found| {
        let Some(seen) = view.here.upkeep else { return };
        for manager in &seen.fact.packages {
            let Some(pending) = manager.pending.value().filter(|pending| pending.security > 0) else {
                continue;
            };
            let exposed: Vec<&str> =
                pending.listed.iter().map(|one| one.package.as_str()).filter(|name| speaks(name)).collect();
            let severity = if exposed.is_empty() { Severity::Info } else { Severity::Low };
            let count = words::count(pending.security as usize, "update");
            let title = match exposed.is_empty() {
                true => format!("{count} that mend security wait to be installed"),
                false => format!("{count} that mend security wait, among them {}", words::some(&exposed, 4)),
            };
            let mut draft = found.at(manager.manager.clone()).severity(severity).title(title);
            for one in &pending.listed {
                let detail = format!(
                    "{} {} is installed, {} has {}",
                    one.package, one.installed, one.archive, one.available
                );
                draft = draft.see(seen.id, detail);
            }
            if manager.automatic.value() == Some(&false) {
                draft.see(seen.id, "updates are not installed by themselves");
            }
        }
    },
};

fn speaks(package: &str) -> bool {
    ON_THE_NETWORK.iter().any(|known| {
        // "git" is not "gitk", and "apt" is not "aptitude".
        package.strip_prefix(known).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic()))
    })
}

#[cfg(test)]
mod tests {
    use midwatch_model::{Outcome, PendingUpdate, PendingUpdates};

    use super::*;
    use crate::testing::*;

    fn scene(packages: &[&str], all: u32) -> Scene {
        let update = |name: &&str| PendingUpdate {
            package: (*name).into(),
            installed: "1".into(),
            available: "2".into(),
            archive: "bookworm-security".into(),
        };
        let listed: Vec<PendingUpdate> = packages.iter().map(update).collect();
        let security = u32::try_from(listed.len()).expect("a few");
        Scene::empty().upkeep(|upkeep| {
            let pending = PendingUpdates { all, security, listed, ..PendingUpdates::default() };
            upkeep.packages[0].pending = Outcome::seen(pending);
        })
    }

    #[test]
    fn what_speaks_over_a_network_weighs_more() {
        assert_eq!(scene(&["libssl3", "vim"], 5).severities(CHECK.id), [Severity::Low]);
        assert_eq!(scene(&["vim", "gitk", "aptitude"], 5).severities(CHECK.id), [Severity::Info]);
        let found = scene(&["libssl3", "vim"], 5).find(CHECK.id);
        assert_eq!(found[0].title, "2 updates that mend security wait, among them libssl3");
    }

    #[test]
    fn other_updates_and_none_are_no_finding() {
        assert!(scene(&[], 7).find(CHECK.id).is_empty());
        assert!(Scene::here_local().find(CHECK.id).is_empty());
        let unknown = Scene::empty().upkeep(|upkeep| upkeep.packages[0].pending = timeout());
        assert!(unknown.find(CHECK.id).is_empty());
    }
}
