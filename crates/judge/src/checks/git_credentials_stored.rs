//! git keeps passwords in a file as they are.

use midwatch_model::{AttackId::*, GitSettingKind as Kind, Severity, Station};

use super::git_does_not_verify::concerned;
use super::git_support::setting_place;
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "git-credentials-stored",
    title: "git keeps passwords in a file as they are",
    severity: Severity::Info,
    says: "{place} has git keep passwords in a file as they are",
    about: "The helper 'store' writes names and passwords into a file, usually ~/.git-credentials, which its owner alone can \
            read. Every program of that user can, and so can backups.",
    gain: "Malware and whoever gets the disk or a backup fetch and push in the owner's name.",
    from: &[Station::You],
    attacks: &[SessionHijacking],
    decided: "credential.helper and credential.URL.helper with 'store', where a remote over http or https is concerned. The \
              file itself is not read.",
    benign: &["A server without anybody to type a password, or a disk that is encrypted."],
    fix: "Use a helper that keeps them encrypted (libsecret, osxkeychain, manager), or for a short time in memory (cache): git \
          config credential.helper cache. Then delete the file.",
    settings: &[],
    source: "git-credential-store(1): passwords are stored unencrypted on disk",
    find: |view, found| {
        for (seen, setting) in view.git.settings(&[Kind::CredentialStore]) {
            if setting.urls.is_empty() {
                continue;
            }
            found.at(setting_place(setting)).see(
                seen.id,
                format!(
                    "expected a helper that encrypts, observed {}={}{}",
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

    #[test]
    fn the_helper_is_found_where_it_is_used() {
        let of = |urls: &[&str]| {
            let setting =
                git_setting(Kind::CredentialStore, GitLevel::User, "credential.helper", "store", urls);
            Scene::empty().git(&[], &[setting]).severities(CHECK.id)
        };
        assert_eq!(of(&["https://example.org/a"]), [Severity::Info]);
        assert!(of(&[]).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
