//! Remotes, with the rules that make other URLs of theirs.

use midwatch_model::{Remote, Unread, lossless};

use super::config::entries;
use super::repository::{Repository, Set};
use super::{GitRemote, GitRole};
use crate::System;
use crate::lines;

/// Remotes of one repository that are listed.
const MAX_REMOTES: usize = 1000;

/// `url.BASE.insteadOf`: what begins with the one begins with the other.
struct Rule<'a> {
    base: &'a str,
    instead_of: &'a str,
}

/// A URL, what rules made of it, and where it is written.
struct Url<'a> {
    name: &'a str,
    written: &'a str,
    file: &'a str,
    line: u32,
}

impl Url<'_> {
    fn remote(&self, role: GitRole, asked: &str) -> GitRemote {
        GitRemote {
            name: lines::value(self.name),
            role,
            written: (asked != self.written).then(|| told(self.written)),
            remote: asked.parse(),
            url: told(asked),
            file: self.file.to_owned(),
            line: self.line,
        }
    }
}

/// A URL for a report. The name of an ssh user is no secret, and a name before a host of https may be a token.
fn told(url: &str) -> String {
    let authority = url.split_once("://").map_or("", |(_, rest)| rest.split('/').next().unwrap_or_default());
    let has_password = authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
    match url.parse() {
        Ok(Remote::Ssh { .. }) if !has_password => lossless(url.as_bytes()),
        _ => lines::value(url),
    }
}

/// All remotes of a repository, and its submodules.
pub(super) fn of(
    system: &System,
    repository: &Repository,
    settings: &[Set],
    unread: &mut Vec<Unread>,
) -> Vec<GitRemote> {
    let (rules, push_rules) = (rules(settings, "insteadof"), rules(settings, "pushinsteadof"));
    let mut names: Vec<&str> = Vec::new();
    for set in settings.iter().filter(|set| set.entry.section == "remote") {
        let name = set.entry.subsection.as_deref().unwrap_or_default();
        if !name.is_empty() && !names.contains(&name) && names.len() < MAX_REMOTES {
            names.push(name);
        }
    }
    let mut found = Vec::new();
    for name in names {
        let (urls, pushes) = (urls(settings, name, "url"), urls(settings, name, "pushurl"));
        for url in &urls {
            found.push(url.remote(GitRole::Fetch, &asked(url.written, &rules)));
        }
        for url in &pushes {
            found.push(url.remote(GitRole::Push, &asked(url.written, &rules)));
        }
        // Without a URL of its own for pushing, it pushes where it fetches from: after the rules for pushing, where one
        // fits, which then stand in the place of the others.
        for url in urls.iter().filter(|_| pushes.is_empty()) {
            let pushed = rewritten(url.written, &push_rules).unwrap_or_else(|| asked(url.written, &rules));
            found.push(url.remote(GitRole::Push, &pushed));
        }
    }
    found.extend(submodules(system, repository, settings, &rules, unread));
    found
}

fn rules<'a>(settings: &'a [Set], name: &str) -> Vec<Rule<'a>> {
    let of = settings.iter().filter(|set| set.entry.section == "url" && set.entry.name == name);
    of.filter_map(|set| Some(Rule { base: set.entry.subsection.as_deref()?, instead_of: &set.entry.value }))
        .collect()
}

/// The values of `remote.NAME.KEY`. An empty one takes back those before it, as git has it since 2.46.
fn urls<'a>(settings: &'a [Set], name: &'a str, key: &str) -> Vec<Url<'a>> {
    let mut all = Vec::new();
    for set in settings {
        let entry = &set.entry;
        if entry.section != "remote" || entry.subsection.as_deref() != Some(name) || entry.name != key {
            continue;
        }
        if entry.value.is_empty() {
            all.clear();
        } else {
            all.push(Url { name, written: &entry.value, file: &set.file, line: entry.line });
        }
    }
    all
}

/// The URL after the rule that fits with the longest beginning; none where none fits.
fn rewritten(url: &str, rules: &[Rule<'_>]) -> Option<String> {
    let fits = rules.iter().filter(|rule| url.starts_with(rule.instead_of));
    // Of rules with the same beginning, git takes the first.
    let mut best: Option<&Rule<'_>> = None;
    for rule in fits {
        if best.is_none_or(|best| rule.instead_of.len() > best.instead_of.len()) {
            best = Some(rule);
        }
    }
    let rule = best?;
    Some(format!("{}{}", rule.base, url.get(rule.instead_of.len()..)?))
}

fn asked(url: &str, rules: &[Rule<'_>]) -> String {
    rewritten(url, rules).unwrap_or_else(|| url.to_owned())
}

/// What `.gitmodules` names. A URL that begins with dots is relative to that of `origin`.
fn submodules(
    system: &System,
    repository: &Repository,
    settings: &[Set],
    rules: &[Rule<'_>],
    unread: &mut Vec<Unread>,
) -> Vec<GitRemote> {
    let file = repository.work.join(".gitmodules");
    let Some(text) = system.text_or(&file, unread) else { return Vec::new() };
    let origin = urls(settings, "origin", "url").first().map(|url| url.written.to_owned());
    let mut found = Vec::new();
    for entry in entries(&text) {
        let (Some(name), "submodule.url") = (&entry.subsection, entry.key().as_str()) else { continue };
        let written = entry.value.as_str();
        let absolute = match (is_relative(written), &origin) {
            (false, _) => Some(written.to_owned()),
            (true, Some(origin)) => relative(origin, written),
            // Without one, git takes it from the repository's own directory.
            (true, None) => Some(".".into()),
        };
        let Some(absolute) = absolute.filter(|_| found.len() < MAX_REMOTES) else { continue };
        let url = Url { name, written, file: &file.shown, line: entry.line };
        found.push(url.remote(GitRole::Submodule, &asked(&absolute, rules)));
    }
    found
}

fn is_relative(url: &str) -> bool {
    url.starts_with("./") || url.starts_with("../")
}

/// A URL relative to another: each `../` takes one part away, up to the host.
fn relative(base: &str, url: &str) -> Option<String> {
    let (mut base, mut rest) = (base.trim_end_matches('/').to_owned(), url);
    // Behind the colon of `host:path` there is no slash to cut at.
    let mut separator = '/';
    loop {
        if let Some(after) = rest.strip_prefix("../") {
            rest = after;
            match (base.rfind('/'), base.rfind(':')) {
                (Some(slash), _) => base.truncate(slash),
                (None, Some(colon)) => {
                    base.truncate(colon);
                    separator = ':';
                }
                (None, None) => return None,
            }
        } else if let Some(after) = rest.strip_prefix("./") {
            rest = after;
        } else {
            return Some(format!("{base}{separator}{}", rest.trim_end_matches('/')));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use super::*;
    use crate::git::repository;

    fn git(home: &Path, work: &Path, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(arguments)
            .current_dir(work)
            .env("HOME", home)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env_remove("XDG_CONFIG_HOME")
            .output()
            .expect("git");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// A home and a repository in it.
    fn made() -> (tempfile::TempDir, System) {
        let home = tempfile::tempdir().expect("a directory");
        let work = home.path().join("work");
        std::fs::create_dir(&work).expect("a directory");
        git(home.path(), &work, &["init", "-q"]);
        let system = System { root: "/".into(), home: Some(home.path().into()), env: vec![] };
        (home, system)
    }

    fn seen(system: &System, work: &Path) -> Vec<GitRemote> {
        let place = system.at(work.to_str().expect("a path"));
        let found = repository(system, &place).expect("a repository");
        assert_eq!(found.unread, []);
        // The system's own file may say something too.
        found.remotes
    }

    fn of(remotes: &[GitRemote], name: &str, role: GitRole) -> Vec<String> {
        let own = remotes.iter().filter(|one| one.name == name && one.role == role);
        own.map(|one| one.url.clone()).collect()
    }

    #[test]
    fn git_fetches_and_pushes_where_we_say() {
        let (home, system) = made();
        let work = home.path().join("work");
        for (key, value) in [
            ("remote.origin.url", "https://example.org/a.git"),
            ("remote.both.url", "gh:user/repo"),
            ("remote.both.pushurl", "git@example.org:user/repo"),
            ("remote.two.url", "ssh://one.example/a"),
            ("remote.two.url", "http://two.example/a"),
            ("remote.plain.url", "git://example.net/a"),
            ("url.ssh://git@example.org/.pushInsteadOf", "https://example.org/"),
        ] {
            git(home.path(), &work, &["config", "--add", key, value]);
        }
        let user = "[url \"https://github.example/\"]\n\tinsteadOf = gh:\n[url \"https://longer.example/\"]\n\t\
                    insteadOf = gh:user/\n[include]\n\tpath = more\n[includeIf \"gitdir:~/work/\"]\n\tpath = here\n\
                    [includeIf \"gitdir:~/elsewhere/\"]\n\tpath = elsewhere\n";
        std::fs::write(home.path().join(".gitconfig"), user).expect("a file");
        std::fs::write(home.path().join("more"), "[remote \"more\"]\nurl = more.example:a\n")
            .expect("a file");
        std::fs::write(home.path().join("here"), "[remote \"here\"]\nurl = here.example:a\n")
            .expect("a file");
        std::fs::write(home.path().join("elsewhere"), "[remote \"not\"]\nurl = not.example:a\n")
            .expect("a file");
        let remotes = seen(&system, &work);
        let names = git(home.path(), &work, &["remote"]);
        assert!(
            names.lines().any(|name| name == "here") && !names.lines().any(|name| name == "not"),
            "{names}"
        );
        // `get-url` knows the repository's own alone.
        for name in ["here", "more"] {
            let theirs = git(home.path(), &work, &["ls-remote", "--get-url", name]);
            assert_eq!(of(&remotes, name, GitRole::Fetch), [theirs.trim()], "{name}");
        }
        for name in names.lines().filter(|name| !["here", "more"].contains(name)) {
            for (role, push) in [(GitRole::Fetch, None), (GitRole::Push, Some("--push"))] {
                let mut arguments = vec!["remote", "get-url", "--all"];
                arguments.extend(push);
                arguments.push(name);
                let theirs: Vec<String> =
                    git(home.path(), &work, &arguments).lines().map(str::to_owned).collect();
                assert_eq!(of(&remotes, name, role), theirs, "{name} {role:?}");
            }
        }
        assert!(of(&remotes, "not", GitRole::Fetch).is_empty());
        let plain = remotes.iter().find(|one| one.name == "plain").expect("it");
        assert_eq!(plain.remote, Ok(Remote::Git { host: "example.net".into(), port: 9418 }));
        let both = remotes.iter().find(|one| one.name == "both").expect("it");
        assert_eq!(both.written.as_deref(), Some("gh:user/repo"));
    }

    #[test]
    fn work_trees_and_bare_repositories_are_repositories() {
        let (home, system) = made();
        let work = home.path().join("work");
        git(home.path(), &work, &["config", "remote.origin.url", "host.example:a"]);
        let as_me = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
        git(home.path(), &work, &[&as_me[..], &["commit", "-q", "--allow-empty", "-m", "a"]].concat());
        git(home.path(), &work, &["worktree", "add", "-q", "../tree"]);
        git(home.path(), &work, &["clone", "-q", "--bare", ".", "../bare.git"]);
        git(home.path(), &home.path().join("bare.git"), &["remote", "set-url", "origin", "bare.example:a"]);
        let fetches = |at: &str| of(&seen(&system, &home.path().join(at)), "origin", GitRole::Fetch);
        assert_eq!(fetches("tree"), ["host.example:a"]);
        assert_eq!(fetches("bare.git"), ["bare.example:a"]);
        assert!(repository(&system, &system.at(home.path().to_str().expect("a path"))).is_none());
    }

    #[test]
    fn submodules_are_asked_where_git_would() {
        for (origin, written) in [
            ("https://host.example/group/a.git", "../b.git"),
            ("https://host.example/group/a.git", "../../other/b.git"),
            ("git@host.example:group/a.git", "../b.git"),
            ("git@host.example:a.git", "../b.git"),
            ("ssh://git@host.example/a.git", "./b.git"),
            ("https://host.example/a.git", "http://plain.example/b.git"),
        ] {
            let (home, system) = made();
            let work = home.path().join("work");
            git(home.path(), &work, &["config", "remote.origin.url", origin]);
            std::fs::write(
                work.join(".gitmodules"),
                format!("[submodule \"b\"]\n\tpath = b\n\turl = {written}\n"),
            )
            .expect("a file");
            // A commit for git to register it with.
            let id = "0123456789012345678901234567890123456789";
            git(home.path(), &work, &["update-index", "--add", "--cacheinfo", &format!("160000,{id},b")]);
            git(home.path(), &work, &["submodule", "-q", "init"]);
            let theirs = git(home.path(), &work, &["config", "submodule.b.url"]);
            assert_eq!(
                of(&seen(&system, &work), "b", GitRole::Submodule),
                [theirs.trim()],
                "{origin} {written}"
            );
        }
    }

    #[test]
    fn passwords_in_urls_are_not_told() {
        let (home, system) = made();
        let work = home.path().join("work");
        for (name, url) in [
            ("origin", "https://joe:secret@example.org/a"),
            ("token", "https://ghp_abc@example.org/a"),
            ("ssh", "ssh://joe:secret@example.org/a"),
            ("user", "ssh://git@example.org/a"),
        ] {
            git(home.path(), &work, &["config", &format!("remote.{name}.url"), url]);
        }
        let remotes = seen(&system, &work);
        for (name, url) in [
            ("origin", "https://…@example.org/a"),
            ("token", "https://…@example.org/a"),
            ("ssh", "ssh://…@example.org/a"),
            ("user", "ssh://git@example.org/a"),
        ] {
            assert_eq!(of(&remotes, name, GitRole::Fetch), [url]);
        }
        let secret = Remote::Https { host: "example.org".into(), port: 443, secret: true };
        assert_eq!(remotes[0].remote, Ok(secret));
    }
}
