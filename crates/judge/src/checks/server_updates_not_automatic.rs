//! Updates are not installed on the server by themselves.

use midwatch_model::{AttackId::*, Edit, Edits, Severity, Station};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "server-updates-not-automatic",
    title: "Updates that mend security are not installed by themselves",
    severity: Severity::Low,
    says: "{place} does not install updates by itself",
    about: "Once an update is out, everybody can read what it mends, and servers are looked for that lack it. A server that waits for \
            somebody to log in is without it for days.",
    gain: "Flaws that are known, in the programs that speak with everybody.",
    from: &[Station::Network],
    attacks: &[Eavesdropping, Impersonation],
    decided: "apt: unattended-upgrades is not installed, not switched on (APT::Periodic::Unattended-Upgrade), or no timer starts it. \
              dnf: no timer of dnf-automatic, or one that downloads alone; dnf5: its timer is off, or the last of its files that says so \
              has apply_updates off.",
    benign: &[
        "Updates that another tool installs, such as one for many servers (Ansible, Puppet, Landscape), or an image that is made anew.",
    ],
    fix: "apt-get install unattended-upgrades, and APT::Periodic::Update-Package-Lists \"1\"; APT::Periodic::Unattended-Upgrade \"1\"; in \
          /etc/apt/apt.conf.d/20auto-upgrades. dnf: dnf install dnf-automatic; systemctl enable --now dnf-automatic-install.timer. dnf5 (Fedora 41 and later): dnf install \
          dnf5-plugin-automatic; apply_updates = yes below [commands] in /etc/dnf/automatic.conf; systemctl enable --now dnf5-automatic.timer.",
    settings: &[],
    source: "unattended-upgrade(8); apt.systemd.daily; dnf-automatic(8); dnf5-automatic(8); Debian Reference section 2.7.3",
    find: |view, found| {
        let Some(seen) = view.inside.settings else { return };
        for updates in &seen.fact.updates {
            if updates.on.value() != Some(&false) {
                continue;
            }
            let run = |words: &str| Edit::Run {
                command: words.split(' ').map(str::to_owned).collect(),
                changes: vec![],
            };
            let change = match updates.manager.as_str() {
                "apt" => vec![
                    run("apt-get install -y --no-upgrade unattended-upgrades"),
                    Edit::End {
                        file: "/etc/apt/apt.conf.d/20auto-upgrades".into(),
                        lines: vec![
                            "APT::Periodic::Enable \"1\";".into(),
                            "APT::Periodic::Update-Package-Lists \"1\";".into(),
                            "APT::Periodic::Unattended-Upgrade \"1\";".into(),
                        ],
                    },
                    run("systemctl enable apt-daily.timer apt-daily-upgrade.timer"),
                ],
                "dnf5" => vec![
                    run("dnf install -y dnf5-plugin-automatic"),
                    // A section may stand in a file twice, and the last line of a name counts.
                    Edit::End {
                        file: "/etc/dnf/automatic.conf".into(),
                        lines: vec!["[commands]".into(), "apply_updates = yes".into()],
                    },
                    run("systemctl enable dnf5-automatic.timer"),
                ],
                _ => vec![
                    run("dnf install -y dnf-automatic"),
                    run("systemctl enable dnf-automatic-install.timer"),
                ],
            };
            found
                .at(updates.manager.clone())
                .edits(Edits { program: None, edits: change })
                .see(seen.id, format!("{} installs nothing by itself", updates.manager));
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    #[test]
    fn on_off_and_not_known() {
        let of = |on: Outcome<bool>| {
            Scene::empty().server_settings(|server| server.updates[0].on = on).severities(CHECK.id)
        };
        assert_eq!(of(Outcome::seen(false)), [Severity::Low]);
        assert!(of(Outcome::seen(true)).is_empty());
        assert!(of(timeout()).is_empty());
        for (manager, timer) in [
            ("apt", "apt-daily-upgrade.timer"),
            ("dnf", "dnf-automatic-install.timer"),
            ("dnf5", "dnf5-automatic.timer"),
        ] {
            let scene = Scene::empty().server_settings(|server| {
                server.updates[0].manager = manager.into();
                server.updates[0].on = Outcome::seen(false);
            });
            let edits = &scene.find(CHECK.id)[0].fix.edits.edits;
            let Some(Edit::Run { command, .. }) = edits.last() else { panic!("{edits:?}") };
            assert!(command.iter().any(|word| word == timer), "{manager}: {command:?}");
        }
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
