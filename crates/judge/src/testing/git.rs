//! What git's own files say, changed one thing at a time.

use midwatch_model::*;

use super::{About, Scene};

/// The repository that a scene is about.
pub fn git_repository() -> Target {
    Target::Repository { path: "/srv/a".into() }
}

/// A remote of that repository, by its URL as it is asked.
pub fn git_remote(name: &str, role: GitRole, url: &str) -> GitRemote {
    let (level, file, key) = match role {
        GitRole::Submodule => (GitLevel::Modules, "/srv/a/.gitmodules", format!("submodule.{name}.url")),
        GitRole::Fetch | GitRole::Push => {
            (GitLevel::Repository, "/srv/a/.git/config", format!("remote.{name}.url"))
        }
    };
    let remote = url.parse::<Remote>();
    GitRemote {
        name: name.into(),
        role,
        key: Some(key),
        url: url.into(),
        written: None,
        refused: remote.as_ref().err().map(ToString::to_string),
        remote: remote.ok(),
        secret: None,
        readable_by_others: None,
        file: file.into(),
        line: Some(7),
        level,
    }
}

/// A setting, with the URLs for which it counts.
pub fn git_setting(
    kind: GitSettingKind,
    level: GitLevel,
    key: &str,
    value: &str,
    urls: &[&str],
) -> GitSetting {
    let (file, line) = match level {
        GitLevel::Environment => ("environment", None),
        level if level.is_own() => ("/srv/a/.git/config", Some(3)),
        _ => ("~/.gitconfig", Some(3)),
    };
    GitSetting {
        kind,
        key: key.into(),
        value: value.into(),
        file: file.into(),
        line,
        level,
        scope: None,
        urls: urls.iter().map(|url| (*url).to_owned()).collect(),
        more: 0,
        secret: None,
        readable_by_others: None,
    }
}

impl Scene {
    /// A repository with these remotes and settings.
    pub fn git(self, remotes: &[GitRemote], settings: &[GitSetting]) -> Self {
        Scene { about: About::Repository, ..self }.fact(Fact::GitSource(Box::new(GitSource {
            path: Some("/srv/a".into()),
            remotes: remotes.to_vec(),
            settings: settings.to_vec(),
            unread: vec![],
        })))
    }
}
