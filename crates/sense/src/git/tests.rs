//! Against git itself: repositories that it makes, and what it says of them.

use std::path::Path;

use midwatch_model::{
    GitLevel, GitRemote, GitRole, GitSecret, GitSetting, GitSettingKind as Kind, GitSource, Remote,
};
use proptest::prelude::*;

use super::testing::{git, made};
use super::{remote, repository};
use crate::System;

fn seen(system: &System, work: &Path) -> Vec<GitRemote> {
    let place = system.at(work.to_str().expect("a path"));
    let found = repository(system, &place).0.expect("a repository");
    assert_eq!(found.unread, []);
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
    std::fs::write(home.path().join("more"), "[remote \"more\"]\nurl = more.example:a\n").expect("a file");
    std::fs::write(home.path().join("here"), "[remote \"here\"]\nurl = here.example:a\n").expect("a file");
    std::fs::write(home.path().join("elsewhere"), "[remote \"not\"]\nurl = not.example:a\n").expect("a file");
    let remotes = seen(&system, &work);
    let names = git(home.path(), &work, &["remote"]);
    assert!(names.lines().any(|name| name == "here") && !names.lines().any(|name| name == "not"), "{names}");
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
    assert_eq!(plain.remote, Some(Remote::Git { host: "example.net".into(), port: 9418 }));
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
    assert!(repository(&system, &system.at(home.path().to_str().expect("a path"))).0.is_none());
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
        assert_eq!(of(&seen(&system, &work), "b", GitRole::Submodule), [theirs.trim()], "{origin} {written}");
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
    assert_eq!(remotes[0].remote, Some(secret));
    assert_eq!(remotes[0].secret, Some(GitSecret::Password));
}

/// The whole of what is said of the repository in a home.
fn source(home: &Path, system: &System) -> GitSource {
    let place = system.at(home.join("work").to_str().expect("a path"));
    repository(system, &place).0.expect("a repository")
}

fn of_kind(source: &GitSource, kind: Kind) -> Vec<&GitSetting> {
    source.settings.iter().filter(|setting| setting.kind == kind).collect()
}

fn with(home: &tempfile::TempDir, env: &[(&str, &str)]) -> System {
    let mut all = vec![("GIT_CONFIG_NOSYSTEM".to_owned(), "1".to_owned())];
    all.extend(env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    System { root: "/".into(), home: Some(home.path().into()), env: all }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn git_asks_the_same_urls(
        urls in prop::collection::vec(("[ab]", "(url|pushurl)", "(x|x:|https://x/|http://y/)[a-c]{0,2}"), 1..6),
        rules in prop::collection::vec(
            ("(https://z/|ssh://w/|git://v/)", "(insteadOf|pushInsteadOf)", "(x|x:|https://x/|https://x/a|http://y/)"),
            0..5,
        ),
        in_home in any::<bool>(),
    ) {
        let (home, system) = made();
        let work = home.path().join("work");
        for (name, key, url) in &urls {
            git(home.path(), &work, &["config", "--add", &format!("remote.{name}.{key}"), url]);
        }
        for (base, key, value) in &rules {
            let mut arguments = vec!["config"];
            arguments.extend(in_home.then_some("--global"));
            let key = format!("url.{base}.{key}");
            arguments.extend(["--add", &key, value]);
            git(home.path(), &work, &arguments);
        }
        let remotes = seen(&system, &work);
        // A remote without a URL to fetch from is one of that name to git.
        for name in ["a", "b"].iter().filter(|name| urls.iter().any(|(of, key, _)| of == *name && key == "url")) {
            for (role, push) in [(GitRole::Fetch, None), (GitRole::Push, Some("--push"))] {
                let mut arguments = vec!["remote", "get-url", "--all"];
                arguments.extend(push);
                arguments.push(name);
                let theirs = git(home.path(), &work, &arguments);
                let theirs: Vec<&str> = theirs.lines().collect();
                prop_assert_eq!(of(&remotes, name, role), theirs, "{:?} {:?} {} {:?}", urls, rules, name, role);
            }
        }
    }

    #[test]
    fn the_settings_that_count_are_gits(
        settings in prop::collection::vec(
            (
                any::<bool>(),
                prop::option::of("https://(a|b|\\*)(\\.(a|\\*))?(/[xy]){0,2}"),
                "(sslVerify|proxy|sslCAInfo)",
                "(false|true|no|0|on||/x)",
            ),
            0..8,
        ),
        urls in prop::collection::btree_set("https://(a|b)(\\.a)?(/[xy]){0,3}", 1..4),
    ) {
        let (home, system) = made();
        let work = home.path().join("work");
        for (at, url) in urls.iter().enumerate() {
            git(home.path(), &work, &["config", &format!("remote.r{at}.url"), url]);
        }
        for (in_home, scope, name, value) in &settings {
            let value = if name == "sslVerify" && value == "/x" { "true" } else { value.as_str() };
            let scope = scope.as_ref().map(|scope| format!("{scope}.")).unwrap_or_default();
            let key = format!("http.{scope}{name}");
            let mut arguments = vec!["config"];
            arguments.extend(in_home.then_some("--global"));
            arguments.extend(["--add", &key, value]);
            git(home.path(), &work, &arguments);
        }
        let source = source(home.path(), &system);
        for url in &urls {
            for (name, kind) in
                [("sslVerify", Kind::NotVerified), ("proxy", Kind::Proxy), ("sslCAInfo", Kind::CaBundle)]
            {
                let name = format!("http.{name}");
                let output = std::process::Command::new("git")
                    .args(["config", "--get-urlmatch", &name, url])
                    .current_dir(&work)
                    .env("HOME", home.path())
                    .env("GIT_CONFIG_NOSYSTEM", "1")
                    .output()
                    .expect("git");
                let theirs = String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned();
                let theirs = match kind {
                    _ if !output.status.success() => None,
                    Kind::NotVerified => Some(theirs).filter(|value| matches!(value.as_str(), "false" | "no" | "0" | "")),
                    _ => Some(theirs).filter(|value| !value.is_empty()),
                };
                let ours: Vec<&str> = of_kind(&source, kind)
                    .into_iter()
                    .filter(|setting| setting.urls.contains(url))
                    .map(|setting| setting.value.as_str())
                    .collect();
                let theirs: Vec<&str> = theirs.as_deref().into_iter().collect();
                prop_assert_eq!(ours, theirs, "{} {} {:?}", name, url, settings);
            }
        }
    }

    #[test]
    fn no_file_breaks_it(
        config in "(\\[(http|url|remote|core|include|protocol|submodule|branch) \"?[a-z:/.*~@]{0,9}\"?\\]\n?(url|path|sslverify|insteadof|sshcommand)? ?=? ?.{0,20}\n){0,6}",
        modules in ".{0,60}",
        git_file in "(gitdir: )?[./a-z]{0,12}",
    ) {
        let home = tempfile::tempdir().expect("a directory");
        let (a, b) = (home.path().join("a/.git"), home.path().join("b"));
        std::fs::create_dir_all(&a).expect("a directory");
        std::fs::create_dir_all(&b).expect("a directory");
        std::fs::write(a.join("HEAD"), &modules).expect("a file");
        std::fs::write(a.join("config"), &config).expect("a file");
        std::fs::write(home.path().join("a/.gitmodules"), &config).expect("a file");
        std::fs::write(b.join(".git"), &git_file).expect("a file");
        let system = with(&home, &[("GIT_SSH_COMMAND", &modules), ("GIT_ALLOW_PROTOCOL", &git_file)]);
        for name in ["a", "b"] {
            repository(&system, &system.at(home.path().join(name).to_str().expect("a path")));
        }
        remote(&system, &modules);
    }
}

#[test]
fn what_is_included_is_what_git_includes() {
    let (home, system) = made();
    let work = home.path().join("work");
    git(home.path(), &work, &["symbolic-ref", "HEAD", "refs/heads/feature/one"]);
    git(home.path(), &work, &["config", "remote.origin.url", "git@example.org:group/a"]);
    std::fs::create_dir(home.path().join("sub")).expect("a directory");
    let real = home.path().canonicalize().expect("a path");
    let conditions = [
        "gitdir:~/work/".to_owned(),
        "gitdir:~/work".to_owned(),
        "gitdir:~/work/.git".to_owned(),
        "gitdir:~/wo*/.git".to_owned(),
        "gitdir:work/".to_owned(),
        "gitdir:ork/".to_owned(),
        "gitdir:./work/".to_owned(),
        "gitdir:./".to_owned(),
        "gitdir/i:~/WORK/".to_owned(),
        "gitdir:~/WORK/".to_owned(),
        format!("gitdir:{}/**/.git", real.display()),
        format!("gitdir:{}/*", real.display()),
        "onbranch:feature/one".to_owned(),
        "onbranch:feature/".to_owned(),
        "onbranch:feature/*".to_owned(),
        "onbranch:*".to_owned(),
        "onbranch:main".to_owned(),
        "hasconfig:remote.*.url:git@example.org:group/*".to_owned(),
        "hasconfig:remote.*.url:git@example.org:**".to_owned(),
        "hasconfig:remote.*.url:https://**".to_owned(),
        "hasconfig:remote.origin.url:**".to_owned(),
        "unknown:x".to_owned(),
    ];
    let mut text = String::new();
    for (at, condition) in conditions.iter().enumerate() {
        text.push_str(&format!("[includeIf \"{condition}\"]\n\tpath = sub/f{at}\n"));
        let key = format!("[url \"https://f{at}/\"]\n\tinsteadOf = git@example.org:{}\n", "");
        std::fs::write(home.path().join(format!("sub/f{at}")), key).expect("a file");
    }
    std::fs::write(home.path().join(".gitconfig"), text).expect("a file");
    let mut unread = Vec::new();
    let place = system.at(work.to_str().expect("a path"));
    let found = super::Repository::at(&system, &place, &mut unread).expect("a repository");
    let all = super::settings::all(&system, Some(&found), &mut unread);
    assert_eq!(unread, []);
    let theirs = git(home.path(), &work, &["config", "--includes", "--get-regexp", "^url\\."]);
    for (at, condition) in conditions.iter().enumerate() {
        let key = format!("https://f{at}/");
        let ours = all.iter().any(|set| set.entry.subsection.as_ref() == Some(&key));
        assert_eq!(ours, theirs.contains(&key), "{condition}");
    }
    assert!(theirs.lines().count() >= 8, "{theirs}");
}

#[test]
fn what_is_set_elsewhere_and_in_the_environment_counts() {
    let (home, _) = made();
    let work = home.path().join("work");
    git(home.path(), &work, &["config", "remote.origin.url", "https://example.org/a"]);
    git(home.path(), &work, &["config", "remote.ssh.url", "git@example.org:a"]);
    std::fs::write(home.path().join("other"), "[http]\nsslVerify = off\n[core]\nsshCommand = ssh -v\n")
        .expect("a file");
    let other = home.path().join("other");
    let other = other.to_str().expect("a path");
    let kinds = |env: &[(&str, &str)]| -> Vec<(Kind, GitLevel, String)> {
        let all = source(home.path(), &with(&home, env)).settings.into_iter();
        all.map(|setting| (setting.kind, setting.level, setting.key)).collect()
    };
    assert_eq!(kinds(&[]), []);
    let of_user = [
        (Kind::NotVerified, GitLevel::User, "http.sslVerify".to_owned()),
        (Kind::SshCommand, GitLevel::User, "core.sshCommand".to_owned()),
    ];
    assert_eq!(kinds(&[("GIT_CONFIG_GLOBAL", other)]), of_user);
    let counted = [
        ("GIT_CONFIG_COUNT", "2"),
        ("GIT_CONFIG_KEY_0", "http.https://example.org.sslverify"),
        ("GIT_CONFIG_VALUE_0", "0"),
        ("GIT_CONFIG_KEY_1", "Core.SSHCommand"),
        ("GIT_CONFIG_VALUE_1", "ssh -o StrictHostKeyChecking=no"),
    ];
    let of_environment = [
        (Kind::NotVerified, GitLevel::Environment, "http.https://example.org.sslVerify".to_owned()),
        (Kind::SshNotVerified, GitLevel::Environment, "core.sshCommand".to_owned()),
    ];
    assert_eq!(kinds(&counted), of_environment);
    let of_variables = [
        (Kind::NotVerified, GitLevel::Environment, "GIT_SSL_NO_VERIFY".to_owned()),
        (Kind::SshAcceptNew, GitLevel::Environment, "GIT_SSH_COMMAND".to_owned()),
    ];
    let variables = [
        ("GIT_SSL_NO_VERIFY", ""),
        ("GIT_SSH_COMMAND", "ssh -o StrictHostKeyChecking=accept-new"),
        ("GIT_SSH", "x"),
    ];
    assert_eq!(kinds(&variables), of_variables);
    assert_eq!(
        kinds(&[("GIT_SSH", "/opt/plink")]),
        [(Kind::SshProgram, GitLevel::Environment, "GIT_SSH".to_owned())]
    );
}

/// Whose command is run is told by a command that says so.
#[test]
fn the_ssh_command_that_counts_is_gits() {
    use std::os::unix::fs::PermissionsExt as _;
    let (home, _) = made();
    let work = home.path().join("work");
    git(home.path(), &work, &["config", "remote.origin.url", "git@host.invalid:a"]);
    for name in ["one", "two", "three", "four"] {
        let script = home.path().join(name);
        std::fs::write(&script, format!("#!/bin/sh\necho {name} > {}/ran\n", home.path().display()))
            .expect("a file");
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).expect("permissions");
    }
    let at = |name: &str| home.path().join(name).to_str().expect("a path").to_owned();
    let variable = |name: &'static str, script: &str| (name, at(script));
    let configured = |level: &str, script: &str| {
        git(home.path(), &work, &["config", level, "core.sshCommand", &at(script)])
    };
    let check = |env: &[(&'static str, String)], expected: &str| {
        let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
        std::process::Command::new("git")
            .args(["ls-remote", "origin"])
            .current_dir(&work)
            .env("HOME", home.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .envs(env.iter().copied())
            .output()
            .expect("git");
        let ran = std::fs::read_to_string(home.path().join("ran")).expect("it ran");
        assert_eq!(ran.trim(), expected);
        std::fs::remove_file(home.path().join("ran")).expect("it ran");
        let source = source(home.path(), &with(&home, &env));
        let [setting] = &source.settings[..] else { panic!("{:?}", source.settings) };
        assert!(setting.value.ends_with(expected), "{setting:?}");
        assert!(!home.path().join("ran").exists(), "reading runs nothing");
    };
    check(&[variable("GIT_SSH", "one")], "one");
    configured("--global", "two");
    check(&[variable("GIT_SSH", "one")], "two");
    configured("--local", "three");
    check(&[variable("GIT_SSH", "one")], "three");
    check(&[variable("GIT_SSH", "one"), variable("GIT_SSH_COMMAND", "four")], "four");
}

#[test]
fn protocols_are_forbidden_where_git_forbids_them() {
    let (home, system) = made();
    let work = home.path().join("work");
    let urls = [
        ("git", "git://localhost:1/a"),
        ("http", "http://localhost:1/a"),
        ("ext", "ext::false"),
        ("file", "/none"),
    ];
    for (name, url) in urls {
        git(home.path(), &work, &["config", &format!("remote.{name}.url"), url]);
    }
    for rules in [
        &[][..],
        &[("protocol.allow", "never")],
        &[("protocol.git.allow", "never")],
        &[("protocol.allow", "never"), ("protocol.http.allow", "always")],
        &[("protocol.ext.allow", "always")],
        &[("protocol.allow", "user")],
        &[("protocol.git.allow", "Never")],
    ] {
        for (key, value) in rules {
            git(home.path(), &work, &["config", key, value]);
        }
        let source = source(home.path(), &system);
        for (name, _) in urls {
            let output = std::process::Command::new("git")
                .args(["ls-remote", name])
                .current_dir(&work)
                .env("HOME", home.path())
                .env("GIT_CONFIG_NOSYSTEM", "1")
                .output()
                .expect("git");
            let theirs = String::from_utf8_lossy(&output.stderr).contains("not allowed");
            let fetch =
                source.remotes.iter().find(|one| one.name == name && one.role == GitRole::Fetch).expect("it");
            assert_eq!(fetch.refused.is_some(), theirs, "{name} {rules:?} {fetch:?}");
        }
        for (key, _) in rules {
            git(home.path(), &work, &["config", "--unset", key]);
        }
    }
}

#[test]
fn branches_and_old_files_name_urls_too() {
    let (home, system) = made();
    let work = home.path().join("work");
    git(home.path(), &work, &["config", "remote.origin.url", "git@example.org:a"]);
    git(home.path(), &work, &["config", "branch.main.remote", "origin"]);
    git(home.path(), &work, &["config", "branch.topic.remote", "git://example.net/fork"]);
    git(home.path(), &work, &["config", "remote.pushDefault", "http://example.com/push"]);
    for (path, text) in [
        ("branches/old", "git://example.com/old#main\n"),
        ("remotes/older", "URL: http://example.com/older\nPull: refs/heads/main\n"),
        ("branches/origin", "git://not.example/\n"),
    ] {
        let path = work.join(".git").join(path);
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }
    let remotes = seen(&system, &work);
    let all: Vec<(String, GitRole, &str)> =
        remotes.iter().map(|one| (one.name.clone(), one.role, one.url.as_str())).collect();
    let expected = [
        ("origin", GitRole::Fetch, "git@example.org:a"),
        ("origin", GitRole::Push, "git@example.org:a"),
        ("older", GitRole::Fetch, "http://example.com/older"),
        ("older", GitRole::Push, "http://example.com/older"),
        ("old", GitRole::Fetch, "git://example.com/old"),
        ("old", GitRole::Push, "git://example.com/old"),
        ("branch.topic.remote", GitRole::Fetch, "git://example.net/fork"),
        ("branch.topic.remote", GitRole::Push, "git://example.net/fork"),
        ("remote.pushDefault", GitRole::Push, "http://example.com/push"),
    ];
    assert_eq!(all, expected.map(|(name, role, url)| (name.to_owned(), role, url)));
    // git asks what the old files say, where it still reads them.
    for (name, url) in [("older", "http://example.com/older"), ("old", "git://example.com/old")] {
        let theirs = git(home.path(), &work, &["ls-remote", "--get-url", name]);
        assert_eq!(theirs.trim(), url, "{name}");
    }
}

#[test]
fn a_submodule_is_asked_where_the_configuration_says() {
    let (home, system) = made();
    let work = home.path().join("work");
    let text = "[submodule \"a\"]\n\tpath = a\n\turl = git://example.org/a\n[submodule \"b\"]\n\tpath = b\n\turl = git://example.org/b\n";
    std::fs::write(work.join(".gitmodules"), text).expect("a file");
    let id = "0123456789012345678901234567890123456789";
    for name in ["a", "b"] {
        git(home.path(), &work, &["update-index", "--add", "--cacheinfo", &format!("160000,{id},{name}")]);
    }
    git(home.path(), &work, &["submodule", "-q", "init"]);
    git(home.path(), &work, &["config", "submodule.a.url", "https://example.org/a"]);
    let remotes = seen(&system, &work);
    assert_eq!(of(&remotes, "a", GitRole::Submodule), ["https://example.org/a"]);
    assert_eq!(of(&remotes, "b", GitRole::Submodule), ["git://example.org/b"]);
    assert_eq!(remotes.iter().find(|one| one.name == "a").map(|one| one.level), Some(GitLevel::Repository));
}

#[test]
fn devices_and_pipes_are_not_included() {
    let (home, system) = made();
    let work = home.path().join("work");
    let pipe = home.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    std::os::unix::fs::symlink("/dev/zero", home.path().join("zero")).expect("a link");
    let mut text = std::fs::read_to_string(work.join(".git/config")).expect("a file");
    for path in [
        "/dev/zero",
        "/proc/kmsg",
        "/proc/self/environ",
        "../../zero",
        "../../pipe",
        "/sys/kernel/tracing/trace_pipe",
    ] {
        text.push_str(&format!("[include]\n\tpath = {path}\n"));
    }
    text.push_str("[remote \"origin\"]\n\turl = git@example.org:a\n[include]\n\tpath = config\n");
    std::fs::write(work.join(".git/config"), text).expect("a file");
    let found = source(home.path(), &system);
    assert!(found.remotes.iter().any(|one| one.url == "git@example.org:a"));
    let files: Vec<&str> = found.unread.iter().map(|one| one.file.as_str()).collect();
    for wanted in ["/dev/zero", "/proc/kmsg", "/proc/self/environ"] {
        assert!(files.contains(&wanted), "{files:?}");
    }
    assert!(files.iter().any(|file| file.ends_with("zero") && !file.starts_with("/dev")), "{files:?}");
    assert!(
        found.unread.iter().any(|one| one.why.detail.contains("include each other")),
        "{:?}",
        found.unread
    );
}

#[test]
fn what_is_of_note_is_told_without_its_secrets() {
    let (home, system) = made();
    let work = home.path().join("work");
    for (key, value) in [
        ("remote.origin.url", "https://example.org/a"),
        ("remote.plain.url", "http://joe:hunter2@example.org/a"),
        ("remote.origin.proxy", "joe:hunter2@proxy.example:3128"),
        ("http.extraHeader", "Authorization: Basic hunter2"),
        ("http.https://example.org/.extraHeader", "X-Api-Token: hunter2"),
        ("url.https://joe:hunter2@example.com/.insteadOf", "gh:"),
        ("remote.gh.url", "gh:a"),
        ("credential.helper", "store --file=/tmp/x"),
        ("credential.https://example.org.helper", "!echo password=hunter2"),
        ("core.sshCommand", "sshpass -p hunter2 ssh"),
        ("protocol.ext.allow", "always"),
    ] {
        git(home.path(), &work, &["config", key, value]);
    }
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(home.path(), private).expect("permissions");
    let found = source(home.path(), &system);
    let json = format!("{found:?}");
    assert!(!json.contains("hunter2"), "{json}");
    let urls = |kind| {
        of_kind(&found, kind)
            .iter()
            .map(|one| (one.value.as_str(), one.urls.clone(), one.secret))
            .collect::<Vec<_>>()
    };
    let (https, plain, gh) = ("https://example.org/a", "http://…@example.org/a", "https://…@example.com/a");
    assert_eq!(
        urls(Kind::Proxy),
        [("…@proxy.example:3128", vec![https.to_owned()], Some(GitSecret::Password))]
    );
    let all = vec![https.to_owned(), plain.to_owned(), gh.to_owned()];
    assert_eq!(
        urls(Kind::ExtraHeader),
        [
            ("Authorization: …", all.clone(), Some(GitSecret::Token)),
            ("X-Api-Token: …", vec![https.to_owned()], Some(GitSecret::Token))
        ]
    );
    assert_eq!(urls(Kind::Rewrite), [("gh:", vec![gh.to_owned()], Some(GitSecret::Password))]);
    assert_eq!(of_kind(&found, Kind::Rewrite)[0].key, "url.https://…@example.com/.insteadOf");
    assert_eq!(urls(Kind::CredentialStore), [("store --file=/tmp/x", all, None)]);
    assert_eq!(urls(Kind::ExtAllowed).len(), 1);
    assert!(urls(Kind::SshCommand).iter().all(|(value, ..)| *value == "… ssh"));
    let gh = found.remotes.iter().find(|one| one.name == "gh").expect("it");
    assert_eq!((gh.secret, gh.readable_by_others), (Some(GitSecret::Password), Some(false)));
}

#[test]
fn a_url_by_hand_has_the_users_rules() {
    let (home, system) = made();
    let work = home.path().join("work");
    for (key, value) in [
        ("url.git://plain.example/.insteadOf", "gh:"),
        ("url.ssh://git@push.example/.pushInsteadOf", "gh:"),
        ("http.https://example.org/.sslVerify", "false"),
    ] {
        git(home.path(), &work, &["config", "--global", key, value]);
    }
    let found = remote(&system, "gh:a");
    let urls: Vec<(GitRole, &str)> = found.remotes.iter().map(|one| (one.role, one.url.as_str())).collect();
    assert_eq!(
        urls,
        [(GitRole::Fetch, "git://plain.example/a"), (GitRole::Push, "ssh://git@push.example/a")]
    );
    assert_eq!(git(home.path(), home.path(), &["ls-remote", "--get-url", "gh:a"]).trim(), urls[0].1);
    assert_eq!(of_kind(&found, Kind::Rewrite).len(), 1);
    assert_eq!(found.path, None);
    let found = remote(&system, "https://example.org/a");
    assert_eq!(found.remotes.len(), 1, "to push, it is the same");
    assert_eq!(of_kind(&found, Kind::NotVerified).len(), 1);
    assert_eq!(remote(&system, "https://example.com/a").settings, []);
    assert_eq!(
        remote(&system, "").remotes[0].refused.as_deref(),
        Some("it is empty, or has a control character in it")
    );
}

/// Whatever git would run for a repository, reading it runs nothing.
#[test]
fn no_program_is_run() {
    let (home, system) = made();
    let work = home.path().join("work");
    let trace = home.path().join("trace");
    let program = format!("touch {}", trace.display());
    for key in [
        "core.sshCommand",
        "core.fsmonitor",
        "core.gitProxy",
        "core.pager",
        "core.editor",
        "core.hooksPath",
        "credential.helper",
        "alias.remote",
        "remote.origin.uploadpack",
        "remote.origin.receivepack",
        "uploadpack.packObjectsHook",
        "diff.external",
        "filter.x.clean",
        "gpg.program",
    ] {
        git(home.path(), &work, &["config", key, &program]);
    }
    git(home.path(), &work, &["config", "credential.https://example.org.helper", &format!("!{program}")]);
    git(home.path(), &work, &["config", "remote.origin.url", &format!("ext::{program}")]);
    git(home.path(), &work, &["config", "remote.ssh.url", "git@host.invalid:a"]);
    git(home.path(), &work, &["config", "remote.helper.url", "helper::x"]);
    git(home.path(), &work, &["config", "protocol.ext.allow", "always"]);
    let _ = std::fs::remove_file(&trace);
    let found = source(home.path(), &system);
    super::find(&system, &system.at(home.path().to_str().expect("a path")), super::Limits::default());
    remote(&system, "ext::x");
    assert_eq!(found.remotes.iter().filter(|one| one.role == GitRole::Fetch).count(), 3);
    assert!(!trace.exists());
    // The trap is a real one.
    let _ = std::process::Command::new("git")
        .args(["ls-remote", "ssh"])
        .current_dir(&work)
        .env("HOME", home.path())
        .output();
    assert!(trace.exists());
}
