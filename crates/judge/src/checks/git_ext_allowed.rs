//! URLs that run programs are allowed to git.

use midwatch_model::{AttackId::*, GitSettingKind as Kind, Severity};

use super::git_support::{setting_place, unset};
use crate::Check;
use crate::check::ON_PATH_OR_DNS;

pub(crate) static CHECK: Check = Check {
    id: "git-ext-allowed",
    title: "URLs that run programs are allowed to git",
    severity: Severity::Low,
    says: "{place} lets URLs run programs",
    about: "A URL that begins with ext:: names a command, which git runs. git forbids it, since a submodule's URL is written \
            by whoever wrote the repository.",
    gain: "Who can change what is cloned has a command run as soon as submodules are cloned, before anything is built.",
    from: ON_PATH_OR_DNS,
    attacks: &[HttpInjection],
    decided: "protocol.ext.allow=always, or protocol.allow=always without a rule for ext, in a repository's own file, or where \
              one of its remotes begins so.",
    benign: &[
        "A remote that is reached through a program, for which 'user' is enough: then submodules cannot name any.",
    ],
    fix: "Allow it to the user alone: git config protocol.ext.allow user.",
    settings: &[],
    source: "git-config(1), protocol.<name>.allow; git-remote-ext(1)",
    find: |view, found| {
        for (seen, setting) in view.git.settings(&[Kind::ExtAllowed]) {
            found
                .at(setting_place(setting))
                .fix(format!(
                    "Allow it to the user alone (git config protocol.ext.allow user), or to nobody: {}",
                    unset(setting)
                ))
                .see(seen.id, format!("expected never or user, observed {}={}", setting.key, setting.value));
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::GitLevel;

    use super::*;
    use crate::testing::*;

    #[test]
    fn it_is_found_where_it_is_allowed() {
        let setting =
            git_setting(Kind::ExtAllowed, GitLevel::Repository, "protocol.ext.allow", "always", &[]);
        assert_eq!(Scene::empty().git(&[], &[setting]).severities(CHECK.id), [Severity::Low]);
        assert!(Scene::empty().git(&[], &[]).find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
