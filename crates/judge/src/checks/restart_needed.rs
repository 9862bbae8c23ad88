//! Updates are installed and not in use yet.

use midwatch_model::{AttackId::*, Severity, Station};

use crate::{Check, words};

pub(crate) static CHECK: Check = Check {
    id: "restart-needed",
    title: "Updates are installed that a restart puts to use",
    severity: Severity::Low,
    says: "{place} waits for a restart to use what was updated",
    about: "The kernel, and programs that were started before an update, go on with what they have loaded.",
    gain: "Flaws that look mended and are not: the old kernel and the old libraries still read what comes from the network.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    attacks: &[Eavesdropping, HttpInjection, Impersonation],
    decided: "The file /run/reboot-required, which packages write that need a restart, with their names in \
              /run/reboot-required.pkgs. Where nothing is installed that writes it, it is not known.",
    benign: &["A computer on which flaws are mended without a restart (livepatch)."],
    fix: "Restart the computer.",
    settings: &[],
    source: "update-notifier and unattended-upgrades of Debian and Ubuntu, which write the file",
    find: |view, found| {
        let Some(seen) = view.here.upkeep else { return };
        if let Some(names) = seen.fact.restart.value().filter(|names| !names.is_empty()) {
            found
                .at("this computer")
                .see(seen.id, format!("/run/reboot-required is there, for {}", words::some(names, 6)));
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    #[test]
    fn what_waits_is_named() {
        let scene =
            Scene::empty().upkeep(|upkeep| upkeep.restart = Outcome::seen(vec!["linux-image-x".into()]));
        let found = scene.find(CHECK.id);
        assert!(found[0].evidence[0].detail.contains("linux-image-x"), "{found:?}");
    }

    #[test]
    fn nothing_and_silence_are_no_finding() {
        assert!(Scene::here_local().find(CHECK.id).is_empty());
        assert!(Scene::empty().upkeep(|upkeep| upkeep.restart = timeout()).find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
