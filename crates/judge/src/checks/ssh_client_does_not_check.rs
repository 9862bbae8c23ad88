//! This computer's ssh takes any key for this server.

use midwatch_model::{AttackId::*, Severity, SshSetting};

use crate::Check;
use crate::check::ON_PATH_OR_DNS;

pub(crate) static CHECK: Check = Check {
    id: "ssh-client-does-not-check",
    title: "ssh on this computer does not check the server's host key",
    severity: Severity::High,
    says: "ssh on this computer takes any host key for {place}",
    about: "Settings that are meant to spare scripts a question take away the one thing that tells the server from somebody in \
            the middle.",
    gain: "Whoever is in the middle shows any key, and ssh goes on without a question.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, Eavesdropping, DnsSpoofing, IpHijacking],
    decided: "High where StrictHostKeyChecking is 'no' or 'off' for this host, by which changed keys are taken too, and where \
              UserKnownHostsFile is /dev/null, by which every meeting is the first; with both it is the same. Low where \
              StrictHostKeyChecking is 'accept-new': changed keys are refused, and the first meeting is not asked about.",
    benign: &[
        "A host that is made anew each time and is reached over a path that nobody else is on: a virtual machine on this \
         computer.",
    ],
    fix: "Take the setting out, and pin the key instead: 'midwatch ssh pin HOST >> ~/.ssh/known_hosts'.",
    settings: &[],
    source: "OpenSSH ssh_config(5), StrictHostKeyChecking and UserKnownHostsFile",
    find: |view, found| {
        for seen in &view.host_keys {
            let client = &seen.fact.client;
            let set =
                |setting: &SshSetting, name: &str| format!("{name} {} ({})", setting.value, setting.place);
            let first =
                |setting: &SshSetting| setting.value.split_whitespace().next().map(str::to_ascii_lowercase);
            let mut worst: Option<(Severity, Vec<String>)> = None;
            let mut add = |severity: Severity, detail: String| match &mut worst {
                Some((known, all)) => {
                    *known = (*known).max(severity);
                    all.push(detail);
                }
                None => worst = Some((severity, vec![detail])),
            };
            if let Some(strict) = &client.strict {
                match first(strict).as_deref() {
                    Some("no" | "off" | "false") => add(Severity::High, set(strict, "StrictHostKeyChecking")),
                    Some("accept-new") => add(Severity::Low, set(strict, "StrictHostKeyChecking")),
                    _ => {}
                }
            }
            if let Some(files) =
                client.user_known_hosts.as_ref().filter(|files| first(files).as_deref() == Some("/dev/null"))
            {
                add(Severity::High, set(files, "UserKnownHostsFile"));
            }
            let Some((severity, details)) = worst else { continue };
            let mut draft = found.at(&seen.fact.name).severity(severity);
            if severity == Severity::Low {
                draft = draft.title("ssh on this computer takes new host keys without a question");
            }
            for detail in details {
                draft = draft.see(seen.id, detail);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{HostKeySource::*, HostKeyWord::*};

    use super::*;
    use crate::testing::*;

    fn with(strict: Option<&str>, files: Option<&str>) -> Vec<Severity> {
        let set = |value: &str| SshSetting { value: value.into(), place: "~/.ssh/config:2".into() };
        let scene = Scene::empty().host_keys_changed(&[(KnownHosts, [Same; 3])], |known| {
            known.client.strict = strict.map(set);
            known.client.user_known_hosts = files.map(set);
        });
        scene.severities(CHECK.id)
    }

    #[test]
    fn what_takes_any_key_is_high_and_what_takes_new_ones_low() {
        for value in ["no", "off", "No", "false"] {
            assert_eq!(with(Some(value), None), [Severity::High], "{value}");
        }
        assert_eq!(with(Some("accept-new"), None), [Severity::Low]);
        assert_eq!(with(Some("accept-new"), Some("/dev/null")), [Severity::High]);
        assert_eq!(with(None, Some("/dev/null ~/.ssh/known_hosts")), [Severity::High]);
    }

    #[test]
    fn what_checks_is_no_finding() {
        for value in [None, Some("yes"), Some("ask")] {
            assert!(with(value, Some("~/.ssh/known_hosts")).is_empty(), "{value:?}");
        }
    }
}
