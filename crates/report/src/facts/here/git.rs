//! Remotes and settings of git.

use midwatch_model::{GitRemote, GitRole, GitSecret, GitSetting, GitSettingKind, GitSource};

use super::{Sheet, Table, each, unread};
use crate::words;

pub(super) fn sheet(source: &GitSource) -> Sheet {
    // What is pushed to where it is fetched from is told once.
    let pushes_elsewhere = |remote: &&GitRemote| {
        remote.role != GitRole::Push
            || !source.remotes.iter().any(|other| {
                other.role == GitRole::Fetch && (&other.name, &other.url) == (&remote.name, &remote.url)
            })
    };
    let remotes: Vec<String> = source.remotes.iter().filter(pushes_elsewhere).map(remote).collect();
    let mut lines = each("remote", remotes);
    if source.remotes.is_empty() {
        lines.push(("remote", "none".into()));
    }
    if !source.settings.is_empty() {
        lines.extend(each("git setting", source.settings.iter().map(setting).collect()));
    }
    if !source.unread.is_empty() {
        lines.push(("git files", unread(source.unread.len()).trim_start_matches("; ").to_owned()));
    }
    Sheet {
        heading: "What git's own files say",
        about: source.path.clone().unwrap_or_default(),
        lines,
        tables: vec![
            Table::list(
                "Remotes",
                &["Name", "For", "URL", "Written as", "Secret", "Where"],
                &source.remotes,
                |one| {
                    vec![
                        one.name.clone(),
                        role(one.role).into(),
                        match &one.refused {
                            Some(why) => format!("{} (not asked: {why})", one.url),
                            None => one.url.clone(),
                        },
                        one.written.clone().unwrap_or_default(),
                        one.secret.map(secret).unwrap_or_default().into(),
                        place(&one.file, one.line),
                    ]
                },
            ),
            Table::list(
                "Settings of note",
                &["What it does", "Setting", "Value", "Counts for", "Where"],
                &source.settings,
                |one| {
                    vec![
                        what(one.kind).into(),
                        one.key.clone(),
                        one.value.clone(),
                        counts_for(one),
                        place(&one.file, one.line),
                    ]
                },
            ),
        ],
    }
}

fn remote(remote: &GitRemote) -> String {
    let name = if remote.name.is_empty() { String::new() } else { format!("{} ", remote.name) };
    let role = match remote.role {
        GitRole::Fetch => String::new(),
        other => format!(" ({})", role(other)),
    };
    let written = remote.written.as_ref().map(|url| format!(", written {url}")).unwrap_or_default();
    let refused = remote.refused.as_ref().map(|why| format!(", not asked: {why}")).unwrap_or_default();
    format!("{name}{}{role}{written}{refused}", remote.url)
}

fn setting(setting: &GitSetting) -> String {
    format!("{}={} in {}", setting.key, setting.value, place(&setting.file, setting.line))
}

fn counts_for(setting: &GitSetting) -> String {
    match (setting.urls.len(), setting.more) {
        (0, _) => "no remote yet".into(),
        (1..=3, 0) => setting.urls.join(", "),
        (count, more) => words::count(count + more, "URL"),
    }
}

fn place(file: &str, line: Option<u32>) -> String {
    match line {
        Some(line) => format!("{file}, line {line}"),
        None => file.to_owned(),
    }
}

fn role(role: GitRole) -> &'static str {
    match role {
        GitRole::Fetch => "fetch",
        GitRole::Push => "push",
        GitRole::Submodule => "submodule",
    }
}

fn secret(secret: GitSecret) -> &'static str {
    match secret {
        GitSecret::Password => "a password",
        GitSecret::Token => "a token",
    }
}

fn what(kind: GitSettingKind) -> &'static str {
    match kind {
        GitSettingKind::NotVerified => "certificates are not verified",
        GitSettingKind::SshNotVerified => "ssh takes any key of a host",
        GitSettingKind::SshForgets => "ssh has nowhere to remember keys",
        GitSettingKind::SshAcceptNew => "ssh takes new keys without asking",
        GitSettingKind::SshCommand => "another command for ssh",
        GitSettingKind::SshProgram => "a program in the place of ssh",
        GitSettingKind::Rewrite => "one URL in the place of another",
        GitSettingKind::RewritePush => "one URL in the place of another, for pushing",
        GitSettingKind::ExtraHeader => "a header line with every request",
        GitSettingKind::Proxy => "a proxy",
        GitSettingKind::CaBundle => "trust anchors from another place",
        GitSettingKind::CredentialStore => "passwords are kept as they are",
        GitSettingKind::ExtAllowed => "URLs may run programs",
    }
}

#[cfg(test)]
mod tests {
    use midwatch_model::{GitLevel, Reason, ReasonKind, Unread};

    use super::*;

    fn source() -> GitSource {
        let one = |role, url: &str| GitRemote {
            name: "origin".into(),
            role,
            key: Some("remote.origin.url".into()),
            url: url.into(),
            written: (role == GitRole::Submodule).then(|| "../b".into()),
            remote: url.parse().ok(),
            refused: (role == GitRole::Submodule).then(|| "protocol.git.allow is never".into()),
            secret: None,
            readable_by_others: None,
            file: "/srv/a/.git/config".into(),
            line: Some(7),
            level: GitLevel::Repository,
        };
        let setting = GitSetting {
            kind: GitSettingKind::NotVerified,
            key: "http.sslVerify".into(),
            value: "false".into(),
            file: "~/.gitconfig".into(),
            line: Some(3),
            level: GitLevel::User,
            scope: None,
            urls: vec!["https://example.org/a".into()],
            more: 0,
            secret: None,
            readable_by_others: None,
        };
        GitSource {
            path: Some("/srv/a".into()),
            remotes: vec![
                one(GitRole::Fetch, "https://example.org/a"),
                one(GitRole::Push, "https://example.org/a"),
                one(GitRole::Submodule, "git://example.org/b"),
            ],
            settings: vec![setting],
            unread: vec![Unread { file: "/x".into(), why: Reason::new(ReasonKind::Limit, "too large") }],
        }
    }

    #[test]
    fn what_is_fetched_and_pushed_is_told_once() {
        let lines = sheet(&source()).lines;
        let expected = [
            ("remote", "origin https://example.org/a"),
            (
                "remote",
                "origin git://example.org/b (submodule), written ../b, not asked: protocol.git.allow is never",
            ),
            ("git setting", "http.sslVerify=false in ~/.gitconfig, line 3"),
            ("git files", "1 file could not be read"),
        ];
        assert_eq!(lines, expected.map(|(label, text)| (label, text.to_owned())));
        assert!(lines.iter().all(|(label, _)| label.len() <= 11));
    }

    #[test]
    fn tables_have_everything() {
        let sheet = sheet(&source());
        for table in &sheet.tables {
            let rows = table.rows.as_ref().expect("rows");
            assert!(rows.iter().all(|row| row.len() == table.heads.len()));
        }
        assert_eq!(sheet.tables[0].rows.as_ref().map(Vec::len), Ok(3));
        assert_eq!(super::sheet(&GitSource::default()).lines, [("remote", "none".to_owned())]);
    }
}
