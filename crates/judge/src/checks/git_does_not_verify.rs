//! git is told not to verify certificates.

use midwatch_model::{AttackId::*, GitSetting, GitSettingKind as Kind, Severity};

use super::git_support::{is_near_url, setting_place, unset};
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::words;

pub(crate) static CHECK: Check = Check {
    id: "git-does-not-verify",
    title: "git is told not to verify certificates",
    severity: Severity::High,
    says: "{place} tells git not to verify certificates",
    about: "http.sslVerify=false takes the proof of who answers away from https. It is set once to get around an error, and \
            stays.",
    gain: "To answer in the server's stead with any certificate: to change what is cloned and fetched, which is then built \
           and run, and to read what is pushed, with the name and password for it.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, HttpInjection, StrippingAndDowngrade, DnsSpoofing, IpHijacking],
    decided: "http.sslVerify and http.URL.sslVerify, of which for each remote the one counts that git chooses (git config \
              --get-urlmatch), and GIT_SSL_NO_VERIFY, for which it is enough to be set, whatever to. Where a repository's own \
              file says so and no remote is concerned yet, medium for all URLs and low for one. Low where every remote that \
              is concerned is on this computer or of Tor.",
    benign: &["A server with a certificate of a private authority, for which http.sslCAInfo is the setting."],
    fix: "Take the setting out. Where the server has a certificate of a private authority, name that authority: git config \
          http.https://HOST/.sslCAInfo FILE.",
    settings: &[],
    source: "git-config(1), http.sslVerify and http.<url>.*; git(1), GIT_SSL_NO_VERIFY",
    find: |view, found| {
        for (seen, setting) in view.git.settings(&[Kind::NotVerified]) {
            let value = format!("{}={}", setting.key, setting.value);
            found
                .at(setting_place(setting))
                .severity(severity(setting))
                .fix(format!(
                    "Take the setting out: {}. Where the server has a certificate of a private authority, name that \
                     authority with http.sslCAInfo.",
                    unset(setting)
                ))
                .see(seen.id, format!("expected verification, observed {value}{}", concerned(setting)));
        }
    },
};

/// The remotes for which a setting counts, in words.
pub(super) fn concerned(setting: &GitSetting) -> String {
    match (setting.urls.is_empty(), setting.more) {
        (true, _) => ", which concerns no remote yet".into(),
        (false, 0) => format!(" for {}", words::some(&setting.urls, 3)),
        (false, more) => format!(" for {}", words::count(setting.urls.len() + more, "remote")),
    }
}

fn severity(setting: &GitSetting) -> Severity {
    match (setting.urls.is_empty(), &setting.scope) {
        (false, _) if setting.more == 0 && setting.urls.iter().all(|url| is_near_url(url)) => Severity::Low,
        (false, _) => Severity::High,
        (true, None) => Severity::Medium,
        (true, Some(_)) => Severity::Low,
    }
}

#[cfg(test)]
mod tests {
    use midwatch_model::GitLevel;

    use super::*;
    use crate::testing::*;

    fn of(scope: Option<&str>, urls: &[&str]) -> Vec<Severity> {
        let mut setting =
            git_setting(Kind::NotVerified, GitLevel::Repository, "http.sslVerify", "false", urls);
        setting.scope = scope.map(str::to_owned);
        Scene::empty().git(&[], &[setting]).severities(CHECK.id)
    }

    #[test]
    fn a_remote_that_is_concerned_weighs_most() {
        assert_eq!(of(None, &["https://example.org/a"]), [Severity::High]);
        assert_eq!(of(Some("https://example.org/"), &["https://example.org/a"]), [Severity::High]);
        assert_eq!(of(None, &["https://localhost/a", "https://example.org/a"]), [Severity::High]);
        assert_eq!(of(None, &["https://localhost:8443/a"]), [Severity::Low]);
        assert_eq!(of(None, &[]), [Severity::Medium]);
        assert_eq!(of(Some("https://example.org/"), &[]), [Severity::Low]);
    }

    #[test]
    fn the_fix_is_for_the_place_that_says_it() {
        let fix = |level, key: &str| {
            let setting = git_setting(Kind::NotVerified, level, key, "false", &["https://example.org/a"]);
            Scene::empty().git(&[], &[setting]).find(CHECK.id).remove(0).fix.summary
        };
        let own = fix(GitLevel::Repository, "http.https://example.org/*.sslVerify");
        assert!(own.contains(
            "git config --file /srv/a/.git/config --unset-all 'http.https://example.org/*.sslVerify'."
        ));
        assert!(fix(GitLevel::Environment, "GIT_SSL_NO_VERIFY").contains(": unset GIT_SSL_NO_VERIFY."));
        assert!(fix(GitLevel::Environment, "http.sslVerify").contains("GIT_CONFIG_KEY_"));
        assert!(
            fix(GitLevel::User, "http.https://…@h/.sslVerify").contains("take line 3 out of ~/.gitconfig")
        );
    }

    #[test]
    fn other_settings_are_none() {
        let setting =
            git_setting(Kind::CaBundle, GitLevel::User, "http.sslCAInfo", "/x", &["https://example.org/a"]);
        assert!(Scene::empty().git(&[], &[setting]).find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
