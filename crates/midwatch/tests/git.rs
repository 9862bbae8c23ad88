//! `midwatch git` as its users run it: remotes, repositories, and every repository below a directory.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{code, finding, ids, stderr, stdout, verdict};
use midwatch_model::{
    AttackId, Fact, HostKeyVerdict, Report, Severity, State, Target, TargetReport, Verdict,
};
use midwatch_testbed::nginx::Nginx;
use midwatch_testbed::pki::{Leaf, Pki};
use midwatch_testbed::sshd::{self, HostKeys};

/// A home with repositories.
struct Home {
    directory: tempfile::TempDir,
}

impl Home {
    fn new() -> Home {
        Home { directory: tempfile::tempdir().expect("a directory") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("HOME", self.directory.path()).env("NO_COLOR", "1").env("GIT_CONFIG_NOSYSTEM", "1");
        for name in ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSL_NO_VERIFY"] {
            command.env_remove(name);
        }
        command
    }

    fn git(&self, at: &Path, arguments: &[&str]) {
        std::fs::create_dir_all(at).expect("a directory");
        let output =
            self.command("git").arg("-C").arg(at).args(arguments).output().expect("git is installed");
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    }

    /// A repository with remotes, each a name and a URL.
    fn repository(&self, name: &str, remotes: &[(&str, &str)]) -> PathBuf {
        let path = self.path(name);
        self.git(&path, &["init", "-q", "-b", "main"]);
        for (name, url) in remotes {
            self.git(&path, &["remote", "add", name, url]);
        }
        path
    }

    fn run(&self, at: &Path, arguments: &[&str]) -> Output {
        let mut command = self.command(env!("CARGO_BIN_EXE_midwatch"));
        command.current_dir(at).args(arguments).output().expect("midwatch, built by cargo")
    }

    /// `midwatch git` in JSON, offline.
    fn report(&self, at: &Path, arguments: &[&str]) -> Report {
        let output = self.run(at, &[&["git", "--format", "json", "--offline"], arguments].concat());
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", stdout(&output), stderr(&output)))
    }
}

fn host_keys(target: &TargetReport) -> HostKeyVerdict {
    let known = target.observations.iter().find_map(|observation| match &observation.fact {
        Fact::HostKeys(known) => Some(known.verdict),
        _ => None,
    });
    known.unwrap_or_else(|| panic!("no key was met: {:?}", target.error))
}

#[test]
fn a_repository_and_every_server_that_it_asks() {
    let keys = HostKeys::new(&["ed25519"]);
    let server = sshd::openssh(&keys, "");
    let home = Home::new();
    let (key_type, blob) = keys.public("ed25519");
    let port = server.port();
    std::fs::create_dir_all(home.path(".ssh")).expect("a directory");
    let line = format!("[127.0.0.1]:{port} {key_type} {blob}\n");
    std::fs::write(home.path(".ssh/known_hosts"), line).expect("room for a file");
    // A name that is not this computer's own: settings for that weigh less.
    std::fs::write(home.path(".ssh/config"), "Host forge.test\n HostName 127.0.0.1\n")
        .expect("room for a file");
    let ssh = format!("ssh://git@forge.test:{port}/shop.git");
    let shop =
        home.repository("shop", &[("origin", &ssh), ("old", "git://git.test/shop.git"), ("near", "../near")]);
    home.git(&shop, &["remote", "set-url", "--push", "origin", &ssh.replace("git@", "elizabeth@")]);
    home.git(&shop, &["config", "http.https://git.test.sslVerify", "false"]);
    home.git(&shop, &["config", "core.sshCommand", "ssh -o StrictHostKeyChecking=no"]);

    let report = home.report(&shop, &["."]);
    let kinds: Vec<String> = report.targets.iter().map(|target| target.target.to_string()).collect();
    assert_eq!(report.targets.len(), 3, "the repository, and two servers: {kinds:?}");
    let repository = &report.targets[0];
    assert!(matches!(repository.target, Target::Repository { .. }));
    assert_eq!(finding(repository, "git-remote-plain").severity, Severity::High);
    assert_eq!(finding(repository, "git-ssh-does-not-verify").severity, Severity::High);
    assert!(ids(repository).contains_key("git-does-not-verify"), "{:?}", ids(repository));
    assert_eq!(verdict(repository, AttackId::Impersonation), Verdict::Exposed);
    let of = |wanted: &str| {
        report.targets.iter().find(|target| target.target.to_string().starts_with(wanted)).expect("a target")
    };
    let over_ssh = of("ssh://");
    assert_eq!(host_keys(over_ssh), HostKeyVerdict::Verified);
    // That the repository does not check is the repository's fault, and told there.
    assert_eq!(verdict(over_ssh, AttackId::Impersonation), Verdict::Protected);
    let plain = of("git://");
    assert_eq!(plain.state, State::Measured, "{:?}", plain.error);
    assert_eq!(verdict(plain, AttackId::Eavesdropping), Verdict::Exposed);
}

#[test]
fn one_remote_in_the_form_that_git_takes() {
    let keys = HostKeys::new(&["ed25519"]);
    let server = sshd::openssh(&keys, "");
    let home = Home::new();
    let config = format!("Host forge\n HostName 127.0.0.1\n Port {}\n", server.port());
    std::fs::create_dir_all(home.path(".ssh")).expect("a directory");
    std::fs::write(home.path(".ssh/config"), config).expect("room for a file");
    std::fs::write(home.path(".gitconfig"), "[url \"git@forge:\"]\n insteadOf = https://git.test/\n")
        .expect("room");
    for remote in ["git@forge:elizabeth/shop.git", "https://git.test/elizabeth/shop.git"] {
        let report = home.report(home.directory.path(), &[remote]);
        assert_eq!(report.targets.len(), 1, "{remote}");
        assert_eq!(host_keys(&report.targets[0]), HostKeyVerdict::Unknown, "{remote}");
    }
    let (_, fingerprint) = keys.fingerprint("ed25519");
    let saved = home.run(
        home.directory.path(),
        &["git", "-q", "--offline", "--save", "--accept", &fingerprint, "git@forge:elizabeth/shop.git"],
    );
    assert_eq!(code(&saved), 0, "{}", stderr(&saved));
    let report = home.report(home.directory.path(), &["git@forge:other.git"]);
    assert_eq!(host_keys(&report.targets[0]), HostKeyVerdict::Verified);
    assert_eq!(verdict(&report.targets[0], AttackId::Impersonation), Verdict::Protected);
    for wrong in ["nowhere", "-oProxyCommand=x:path", "ssh:///path"] {
        let refused = home.run(home.directory.path(), &["git", "--", wrong]);
        assert_eq!(code(&refused), 64, "{wrong}: {}{}", stdout(&refused), stderr(&refused));
    }
}

#[test]
fn https_goes_through_the_same_code_as_tls() {
    let pki = Pki::new();
    let identity = pki.self_signed(&Leaf::new(&["git.test"]));
    let tls = midwatch_testbed::free_port();
    let block = format!(
        "listen 127.0.0.1:{tls} ssl;\nserver_name git.test;\nssl_certificate {};\nssl_certificate_key {};",
        identity.chain.display(),
        identity.key.display()
    );
    let _server = Nginx::new().server(tls, &block).start();
    let home = Home::new();
    let report = home.report(
        home.directory.path(),
        &["--resolve", &format!("git.test:443:127.0.0.1:{tls}"), "https://elizabeth:token@git.test/shop.git"],
    );
    let target = &report.targets[0];
    assert!(ids(target).contains_key("cert-self-signed"), "{:?}", ids(target));
    assert_eq!(verdict(target, AttackId::Impersonation), Verdict::Exposed);
    let plain = home.report(home.directory.path(), &["http://elizabeth:token@git.test/shop.git"]);
    let found = finding(&plain.targets[0], "git-credentials-in-url");
    assert_eq!(found.severity, Severity::High, "it is sent to whoever is on the way");
    let text = serde_json::to_string(&report).expect("JSON");
    let text = text + &serde_json::to_string(&plain).expect("JSON");
    assert!(!text.contains("token@") && !text.contains(":token"), "no password is told");
}

#[test]
fn all_repositories_below_a_directory_ask_each_server_once() {
    let keys = HostKeys::new(&["ed25519"]);
    let server = sshd::openssh(&keys, "");
    let home = Home::new();
    let url = |name: &str| format!("ssh://git@127.0.0.1:{}/{name}.git", server.port());
    for name in ["a", "b/c", "b/d"] {
        home.repository(&format!("srv/{name}"), &[("origin", &url(name))]);
    }
    home.git(&home.path("srv/bare.git"), &["init", "-q", "--bare"]);
    home.git(&home.path("srv/bare.git"), &["remote", "add", "up", "http://git.test/bare.git"]);
    let report = home.report(home.directory.path(), &["--all", "srv"]);
    let repositories =
        report.targets.iter().filter(|target| matches!(target.target, Target::Repository { .. }));
    assert_eq!(repositories.count(), 4);
    let servers: Vec<&TargetReport> =
        report.targets.iter().filter(|target| matches!(target.target, Target::Git { .. })).collect();
    assert_eq!(servers.len(), 2, "one SSH server and one of plain http");
    let panel = home.run(home.directory.path(), &["git", "-q", "--offline", "--panel", "--all", "srv"]);
    let panel: serde_json::Value = serde_json::from_slice(&panel.stdout).expect("JSON");
    let hosts = panel["hosts"].as_array().expect("a list");
    assert_eq!(hosts.len(), 1, "the one server that has a host key: {hosts:?}");
    assert_eq!((&hosts[0]["verdict"], &hosts[0]["choices"][0]["id"]), (&"unknown".into(), &"trust".into()));
    let command: Vec<String> =
        serde_json::from_value(hosts[0]["choices"][0]["command"].clone()).expect("a command");
    let arguments: Vec<&str> = command[1..].iter().map(String::as_str).collect();
    let trusted = home.run(home.directory.path(), &arguments);
    assert_eq!(code(&trusted), 0, "{command:?}: {}", stderr(&trusted));
    assert!(home.path(".ssh/known_hosts").exists());
    let files = home.report(home.directory.path(), &["--all", "srv", "--files-only"]);
    assert_eq!(files.targets.len(), 4, "nobody is asked");
    let sound = files.targets.iter().find(|target| target.target.to_string().ends_with("/a")).expect("one");
    assert_eq!(verdict(sound, AttackId::Eavesdropping), Verdict::Protected, "{:?}", sound.attacks);
    assert_eq!(code(&home.run(home.directory.path(), &["git", "--all", "nowhere"])), 64);
}
