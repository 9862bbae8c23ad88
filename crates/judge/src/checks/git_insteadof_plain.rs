//! A rule of git makes a plain URL of a safe one.

use midwatch_model::{AttackId::*, GitSettingKind as Kind, Severity};

use super::git_support::{is_safe, plain_url, setting_place, unset};
use crate::Check;
use crate::check::ON_PATH_OR_DNS;

pub(crate) static CHECK: Check = Check {
    id: "git-insteadof-plain",
    title: "A rule makes git ask without encryption what is written with it",
    severity: Severity::High,
    says: "{place} makes a plain URL of one over https or ssh",
    about: "url.BASE.insteadOf and pushInsteadOf give URLs another beginning before git asks them. Such a rule holds \
            for everything that begins so, and the URL that one reads in the repository is not the one that is asked.",
    gain: "What a plain remote gives: to change what is cloned and fetched, and to read what is pushed.",
    from: ON_PATH_OR_DNS,
    attacks: &[StrippingAndDowngrade, Eavesdropping, HttpInjection, Impersonation],
    decided: "Rules whose base is http://, git:// or ftp:// and that stand in the place of https://, ssh:// or user@host:. \
              High where one makes the URL of a remote; medium where no remote begins so yet. Bases on this computer and of \
              Tor are none.",
    benign: &[
        "A mirror on a network of one's own, which its administrators chose.",
        "Commits or tags that are signed, with signatures that are verified before anything is used.",
    ],
    fix: "Take the rule out (git config --unset-all url.BASE.insteadOf), or give it a base with https or ssh.",
    settings: &[],
    source: "git-config(1), url.<base>.insteadOf",
    find: |view, found| {
        for (seen, setting) in view.git.settings(&[Kind::Rewrite, Kind::RewritePush]) {
            let base = setting.key.strip_prefix("url.").and_then(|rest| rest.rsplit_once('.'));
            let Some((base, name)) = base.filter(|(base, _)| plain_url(base).is_some() || is_bare(base))
            else {
                continue;
            };
            if !is_safe(&setting.value) {
                continue;
            }
            let severity = if setting.urls.is_empty() { Severity::Medium } else { Severity::High };
            let urls = match setting.urls.first() {
                Some(url) => format!(", so that git asks {url}"),
                None => String::new(),
            };
            found
                .at(setting_place(setting))
                .severity(severity)
                .fix(format!("Take the rule out, or give it a base with https or ssh: {}", unset(setting)))
                .see(
                    seen.id,
                    format!("expected a safe base, observed {base} {name} {}{urls}", setting.value),
                );
        }
    },
};

/// True for the beginning of a plain URL without a host.
fn is_bare(base: &str) -> bool {
    matches!(base.to_ascii_lowercase().as_str(), "http://" | "git://" | "ftp://")
}

#[cfg(test)]
mod tests {
    use midwatch_model::GitLevel;

    use super::*;
    use crate::testing::*;

    fn of(key: &str, value: &str, urls: &[&str]) -> Vec<Severity> {
        let setting = git_setting(Kind::Rewrite, GitLevel::User, key, value, urls);
        Scene::empty().git(&[], &[setting]).severities(CHECK.id)
    }

    #[test]
    fn rules_that_take_encryption_away_are_found() {
        let key = "url.http://mirror.example/.insteadOf";
        assert_eq!(of(key, "https://example.org/", &["http://mirror.example/a"]), [Severity::High]);
        assert_eq!(of(key, "https://example.org/", &[]), [Severity::Medium]);
        assert_eq!(of("url.git://example.org/.insteadOf", "git@example.org:", &[]), [Severity::Medium]);
        assert_eq!(of("url.http://.insteadOf", "https://", &[]), [Severity::Medium]);
    }

    #[test]
    fn others_are_none() {
        for (key, value) in [
            ("url.https://mirror.example/.insteadOf", "https://example.org/"),
            ("url.https://example.org/.insteadOf", "git://example.org/"),
            ("url.http://mirror.example/.insteadOf", "http://example.org/"),
            ("url.http://mirror.example/.insteadOf", "gh:"),
            ("url.http://localhost:8080/.insteadOf", "https://example.org/"),
        ] {
            assert!(of(key, value, &[]).is_empty(), "{key} {value}");
        }
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }

    #[test]
    fn the_fix_names_the_file() {
        let setting = git_setting(Kind::Rewrite, GitLevel::User, "url.git://h/.insteadOf", "ssh://h/", &[]);
        let found = Scene::empty().git(&[], &[setting]).find(CHECK.id);
        let fix = &found[0].fix.summary;
        assert!(fix.ends_with("git config --file ~/.gitconfig --unset-all url.git://h/.insteadOf"), "{fix}");
    }
}
