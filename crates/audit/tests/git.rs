//! Repositories that git makes, from what there is to audit to the findings, and fixes that are run.

use std::path::Path;
use std::process::Command;

use midwatch_audit::git;
use midwatch_model::{Fact, Finding, Host, Remote, State, Target};
use midwatch_sense::System;

/// A home with nothing in it, which no other configuration holds for.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Home {
        Home(tempfile::tempdir().expect("a directory"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn system(&self) -> System {
        let env = vec![("GIT_CONFIG_NOSYSTEM".to_owned(), "1".to_owned())];
        System { root: "/".into(), home: Some(self.path().into()), env }
    }

    /// Runs a command of a shell, with this home.
    fn run(&self, at: &str, command: &str) {
        let output = Command::new("sh")
            .args(["-c", command])
            .current_dir(self.path().join(at))
            .env("HOME", self.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env_remove("XDG_CONFIG_HOME")
            .output()
            .expect("sh");
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// The findings of one check on the repository `work`.
    fn find(&self, id: &str) -> Vec<Finding> {
        let path = self.path().join("work").to_str().expect("a path").to_owned();
        let report = git::repository(Some(&self.system()), &Target::Repository { path });
        assert_eq!(report.state, State::Measured, "{:?}", report.error);
        report.findings.into_iter().filter(|finding| finding.id == id).collect()
    }
}

/// The command at the end of a fix.
fn command(finding: &Finding) -> &str {
    let fix = &finding.fix.summary;
    let from = fix.find("git config --file").unwrap_or_else(|| panic!("{fix}"));
    let command = &fix[from..];
    command.split(". Where").next().unwrap_or(command)
}

#[test]
fn every_command_of_a_fix_mends_what_it_was_given_for() {
    for (id, set) in [
        ("git-remote-plain", "git config remote.origin.url git://example.org/a.git"),
        (
            "git-remote-plain",
            "git config remote.origin.url http://example.org:80/a.git; git config --add remote.origin.url \
             https://example.com/a",
        ),
        ("git-remote-plain", "git config --global \"remote.it's mine.url\" http://example.org/a"),
        ("git-remote-plain", "git config branch.topic.remote git://example.org/a"),
        ("git-remote-plain", "git config remote.a.url x; git config remote.a.pushurl http://example.org/a"),
        ("git-remote-plain", "git config --file .gitmodules submodule.b.url git://example.org/b"),
        ("git-credentials-in-url", "git config remote.origin.url https://joe:hunter2@example.org/a"),
        ("git-credentials-in-url", "git config http.extraHeader 'Authorization: Basic hunter2'"),
        (
            "git-does-not-verify",
            "git config remote.a.url https://example.org/a; git config http.sslVerify false",
        ),
        (
            "git-does-not-verify",
            "git config remote.a.url https://example.org/a; git config --global 'http.https://*.org/.sslVerify' 0",
        ),
        (
            "git-ssh-does-not-verify",
            "git config remote.a.url git@example.org:a; git config --global core.sshCommand 'ssh -o \
             StrictHostKeyChecking=no'",
        ),
        (
            "git-insteadof-plain",
            "git config remote.a.url https://example.org/a; git config url.http://mirror.example/.insteadOf \
             https://example.org/",
        ),
        ("git-ext-allowed", "git config protocol.ext.allow always"),
    ] {
        let home = Home::new();
        home.run("", "git init -q work");
        assert!(home.find(id).is_empty(), "{id}");
        home.run("work", set);
        let found = home.find(id);
        assert_eq!(found.len(), 1, "{id} {set}: {found:?}");
        assert!(!format!("{found:?}").contains("hunter2"));
        home.run("work", command(&found[0]));
        assert_eq!(home.find(id), [], "{id} {set}");
    }
}

#[test]
fn the_environment_is_told_what_to_unset() {
    let home = Home::new();
    home.run("", "git init -q work && git -C work config remote.origin.url https://example.org/a");
    let mut system = home.system();
    system.env.push(("GIT_SSL_NO_VERIFY".into(), String::new()));
    let target = Target::Repository { path: home.path().join("work").to_str().expect("a path").into() };
    let report = git::repository(Some(&system), &target);
    let [finding] = &report.findings[..] else { panic!("{:?}", report.findings) };
    assert_eq!(finding.id, "git-does-not-verify");
    assert!(finding.fix.summary.contains("unset GIT_SSL_NO_VERIFY"));
}

#[test]
fn a_directory_is_its_repository_and_the_servers_that_it_asks() {
    let home = Home::new();
    home.run(
        "",
        "git init -q work && cd work && mkdir -p a/b && git config remote.one.url git@Example.org:a && git config \
         remote.two.url ssh://other@example.org/b && git config remote.three.url ssh://git@example.org:2222/b && git config \
         remote.web.url https://joe:hunter2@example.org/a && git config remote.plain.url git://192.0.2.7/a && git config \
         remote.local.url ../x && git config remote.ext.url ext::false",
    );
    for (here, request) in [("work", "."), ("work/a/b", "."), ("", "work"), ("work/a", "../a/b/..")] {
        let expanded = git::expand(&home.system(), &home.path().join(here), request).expect("targets");
        let told: Vec<String> = expanded.targets.iter().map(ToString::to_string).collect();
        let work = home.path().join("work").to_str().expect("a path").to_owned();
        assert_eq!(
            told,
            [
                work.as_str(),
                "git://192.0.2.7/",
                "https://example.org/",
                "ssh://Example.org/",
                "ssh://example.org:2222/"
            ],
            "{here} {request}"
        );
        let hosts: Vec<Option<Host>> =
            expanded.targets[1..].iter().map(|target| target.host().cloned()).collect();
        let name = Some(Host::Name("example.org".into()));
        assert_eq!(
            hosts,
            [Some(Host::Address("192.0.2.7".parse().expect("an address"))), name.clone(), name.clone(), name]
        );
        assert!(!format!("{expanded:?}").contains("hunter2"));
        assert!(matches!(
            &expanded.targets[2],
            Target::Git { remote: Remote::Https { secret: false, .. }, .. }
        ));
        for target in &expanded.targets[1..] {
            assert!(git::source(&home.system(), target).is_some(), "{target}");
        }
    }
    let error = git::expand(&home.system(), home.path(), ".").expect_err("no repository").to_string();
    assert!(error.contains("--all"), "{error}");
}

#[test]
fn a_remote_is_asked_where_the_users_rules_say() {
    let home = Home::new();
    home.run("", "git config --global url.git://plain.example/.insteadOf gh:");
    let one = |request: &str| {
        git::expand(&home.system(), home.path(), request).map(|mut all| all.targets.remove(0))
    };
    let target = one("gh:joe/a").expect("a target");
    let remote = Remote::Git { host: "plain.example".into(), port: 9418 };
    let host = Some(Host::Name("plain.example".into()));
    assert_eq!(target, Target::Git { input: "gh:joe/a".into(), remote, host });
    let (subject, Fact::GitSource(source)) = git::source(&home.system(), &target).expect("a fact") else {
        panic!()
    };
    assert_eq!((subject.as_str(), source.remotes[0].url.as_str()), ("gh:joe/a", "git://plain.example/joe/a"));
    // What a repository has was rewritten already.
    let other = Target::Git { input: "gh:joe/a".into(), remote: Remote::Local, host: None };
    assert!(git::source(&home.system(), &other).is_none());
    assert_eq!(
        one("https://joe:hunter2@example.org/a").expect("a target").input(),
        "https://…@example.org/a"
    );
    for wrong in ["", "nowhere/at/all", "git@host:a\nb", "ssh://-oProxyCommand=x/a"] {
        let error = one(wrong).expect_err(wrong).to_string();
        assert!(error.contains("git@HOST:PATH"), "{error}");
    }
}

#[test]
fn all_below_a_directory_are_found_and_each_server_once() {
    let home = Home::new();
    home.run(
        "",
        "for n in 1 2 3; do git init -q --bare srv/$n.git && git -C srv/$n.git config remote.origin.url \
         https://example.org/$n; done; git init -q srv/work && git -C srv/work config remote.origin.url \
         git@example.org:w",
    );
    let all = git::all(&home.system(), home.path(), "srv").expect("targets");
    assert_eq!(all.unread, []);
    let names: Vec<&str> =
        all.targets.iter().map(|target| target.input().rsplit("/srv/").next().unwrap_or_default()).collect();
    assert_eq!(names, ["1.git", "2.git", "3.git", "work", "https://example.org/", "ssh://example.org/"]);
    assert!(git::all(&home.system(), home.path(), "nowhere").is_err());
    // What could not be looked into is a report in which something is missing.
    let why = midwatch_model::Reason::new(midwatch_model::ReasonKind::Limit, "a limit");
    let report = git::unread("/srv", vec![midwatch_model::Unread { file: "/srv".into(), why }]);
    assert_eq!((report.state, report.error.as_deref()), (State::Partly, Some("a limit")));
}

#[test]
fn what_is_no_repository_is_not_measured() {
    let home = Home::new();
    let path = home.path().to_str().expect("a path").to_owned();
    let report = git::repository(Some(&home.system()), &Target::Repository { path });
    assert_eq!(report.state, State::NotMeasured);
    assert!(report.error.is_some_and(|why| why.contains("is no repository of git")));
    assert_eq!(report.findings, []);
}
