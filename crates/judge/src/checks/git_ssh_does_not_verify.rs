//! git's ssh is told not to verify the keys of hosts.

use midwatch_model::{AttackId::*, GitSettingKind as Kind, Severity};

use super::git_does_not_verify::concerned;
use super::git_support::{is_near_url, setting_place, unset};
use crate::Check;
use crate::check::ON_PATH_OR_DNS;

pub(crate) static CHECK: Check = Check {
    id: "git-ssh-does-not-verify",
    title: "git's ssh is told not to verify the keys of hosts",
    severity: Severity::High,
    says: "{place} tells git's ssh not to verify the keys of hosts",
    about: "ssh knows a server by its key alone. StrictHostKeyChecking=no takes any key, and one that changed as well; with \
            /dev/null for known_hosts every meeting is the first.",
    gain: "To be the server: to change what is cloned and fetched, which is then built and run, and to read what is pushed. \
           A private key does not come into their hands, but a password would.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, StrippingAndDowngrade, DnsSpoofing, IpHijacking],
    decided: "The command that git runs for ssh: GIT_SSH_COMMAND, else core.sshCommand, with options as ssh takes them, the \
              first of each. High for StrictHostKeyChecking no, off and false, and for accept-new where known_hosts is \
              /dev/null or none. Medium where known_hosts is /dev/null and ssh asks about the same key each time, which \
              teaches to say yes; and where no remote is asked over ssh yet. Info for accept-new with a known_hosts: \
              it trusts at the first meeting, without asking, and refuses a key that changed. A program other than ssh \
              cannot be judged, and is told as not measured.",
    benign: &[
        "Machines that are made anew each time, as in CI, with nowhere to keep keys: a known_hosts that comes with them \
         does what is wanted.",
    ],
    fix: "Take the options out, and put the server's key into known_hosts after comparing its fingerprint with the one that \
          its owner publishes: midwatch ssh HOST shows it.",
    settings: &[],
    source: "ssh_config(5), StrictHostKeyChecking and UserKnownHostsFile; git-config(1), core.sshCommand",
    find: |view, found| {
        for (seen, setting) in
            view.git.settings(&[Kind::SshNotVerified, Kind::SshForgets, Kind::SshAcceptNew])
        {
            let is_near = setting.more == 0 && setting.urls.iter().all(|url| is_near_url(url));
            let severity = match (setting.kind, setting.urls.is_empty()) {
                (Kind::SshAcceptNew, _) => Severity::Info,
                (_, false) if is_near => Severity::Low,
                (Kind::SshForgets, _) | (_, true) => Severity::Medium,
                _ => Severity::High,
            };
            let draft = found.at(setting_place(setting)).severity(severity);
            let draft = match setting.kind {
                Kind::SshAcceptNew => draft
                    .title("git's ssh trusts a server at the first meeting without asking")
                    .gain("To be the server at the first meeting; a change afterwards is refused.")
                    .fix(format!(
                        "Nothing need be done where the keys of servers are in known_hosts before the first meeting. To be \
                         asked: {}",
                        unset(setting)
                    )),
                Kind::SshForgets => draft
                    .title("git's ssh has nowhere to remember the keys of hosts")
                    .fix(format!("Let ssh remember keys: {}", unset(setting))),
                _ => draft.fix(format!(
                    "Put the server's key into known_hosts after comparing its fingerprint with the one that its owner \
                     publishes, and take the options out: {}",
                    unset(setting)
                )),
            };
            draft.see(
                seen.id,
                format!(
                    "expected verification, observed {}={}{}",
                    setting.key,
                    setting.value,
                    concerned(setting)
                ),
            );
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::GitLevel;

    use super::*;
    use crate::testing::*;

    fn of(kind: Kind, urls: &[&str]) -> Vec<Severity> {
        let setting = git_setting(kind, GitLevel::Repository, "core.sshCommand", "ssh -o …", urls);
        Scene::empty().git(&[], &[setting]).severities(CHECK.id)
    }

    #[test]
    fn by_what_ssh_is_told() {
        let urls = &["git@example.org:a"];
        assert_eq!(of(Kind::SshNotVerified, urls), [Severity::High]);
        assert_eq!(of(Kind::SshForgets, urls), [Severity::Medium]);
        assert_eq!(of(Kind::SshAcceptNew, urls), [Severity::Info]);
        assert_eq!(of(Kind::SshNotVerified, &[]), [Severity::Medium]);
        assert_eq!(of(Kind::SshNotVerified, &["git@localhost:a"]), [Severity::Low]);
    }

    #[test]
    fn other_commands_are_none() {
        for kind in [Kind::SshCommand, Kind::SshProgram] {
            assert!(of(kind, &["git@example.org:a"]).is_empty(), "{kind:?}");
        }
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
