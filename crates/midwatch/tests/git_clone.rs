//! A real `git clone` over a real ssh, with midwatch as its KnownHostsCommand and as GIT_SSH_COMMAND: right, unknown,
//! changed and revoked keys.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{at_a_terminal, stderr, stdout};
use midwatch_testbed::sshd::{self, HostKeys, Login};

/// A server with a repository to clone, and a home of whoever clones it.
struct Scene {
    keys: HostKeys,
    login: Login,
    home: tempfile::TempDir,
}

impl Scene {
    fn new() -> Scene {
        let keys = HostKeys::new(&["ed25519"]);
        let login = sshd::login(&keys, "");
        let scene = Scene { keys, login, home: tempfile::tempdir().expect("a directory") };
        let source = scene.path("source");
        scene.git(&["init", "-q", "-b", "main", source.to_str().expect("text")]);
        std::fs::write(source.join("letter.txt"), "Dear David").expect("room for a file");
        scene.commit("the letter");
        scene
    }

    fn commit(&self, message: &str) {
        let source = self.path("source");
        for arguments in [
            ["add", "."].as_slice(),
            &["-c", "user.name=Elizabeth", "-c", "user.email=e@example.org", "commit", "-q", "-m", message],
        ] {
            self.git(&[&["-C", source.to_str().expect("text")], arguments].concat());
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Git itself, with nobody's configuration.
    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).env("HOME", self.home.path()).env("NO_COLOR", "1");
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("LC_ALL", "C").stdin(std::process::Stdio::null());
        for name in ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "SSH_AUTH_SOCK", "SSH_ASKPASS", "GIT_SSH", "DISPLAY"]
        {
            command.env_remove(name);
        }
        command
    }

    fn git(&self, arguments: &[&str]) -> Output {
        let output = self.command("git", arguments).output().expect("git is installed");
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        output
    }

    fn url(&self) -> String {
        format!(
            "ssh://{}@127.0.0.1:{}{}",
            self.login.user,
            self.login.server.port(),
            self.path("source").display()
        )
    }

    fn known_hosts(&self) -> PathBuf {
        self.path("known_hosts")
    }

    /// What ssh is told besides: whom to log in as, and which file knows hosts.
    fn options(&self) -> String {
        format!(
            "-F none -o IdentitiesOnly=yes -o UserKnownHostsFile={} -o GlobalKnownHostsFile=/dev/null -i {}",
            self.known_hosts().display(),
            self.login.identity.display()
        )
    }

    /// `GIT_SSH_COMMAND` with midwatch in it.
    fn ssh_command(&self, with: &str, options: &str) -> String {
        format!("'{}' ssh exec {with} -- {} {options}", env!("CARGO_BIN_EXE_midwatch"), self.options())
    }

    /// Clones into `name`, and nobody is there to be asked.
    fn clone_alone(&self, name: &str, with: &str) -> Output {
        self.command("git", &["clone", "-q", &self.url(), self.path(name).to_str().expect("text")])
            .env("GIT_SSH_COMMAND", self.ssh_command(with, "-o BatchMode=yes"))
            .output()
            .expect("git")
    }

    fn knows(&self, keys: &HostKeys, marker: &str) {
        let (key_type, blob) = keys.public("ed25519");
        let line = format!("{marker}[127.0.0.1]:{} {key_type} {blob}\n", self.login.server.port());
        std::fs::write(self.known_hosts(), line).expect("room for a file");
    }
}

fn is_cloned(path: &Path) -> bool {
    std::fs::read_to_string(path.join("letter.txt")).is_ok_and(|text| text == "Dear David")
}

#[test]
fn the_right_key_is_cloned_from_and_fetched_from_without_a_word() {
    let scene = Scene::new();
    scene.knows(&scene.keys, "");
    let output = scene.clone_alone("clone", "");
    assert!(output.status.success() && is_cloned(&scene.path("clone")), "{}", stderr(&output));
    assert!(!stderr(&output).contains("midwatch"), "{}", stderr(&output));
    std::fs::write(scene.path("source/answer.txt"), "Dear Elizabeth").expect("room");
    scene.commit("the answer");
    let fetched = scene
        .command("git", &["-C", scene.path("clone").to_str().expect("text"), "pull", "-q"])
        .env("GIT_SSH_COMMAND", scene.ssh_command("", "-o BatchMode=yes"))
        .output()
        .expect("git");
    assert!(fetched.status.success() && scene.path("clone/answer.txt").exists(), "{}", stderr(&fetched));
}

#[test]
fn an_unknown_key_is_shown_and_asked_about() {
    let scene = Scene::new();
    let refused = scene.clone_alone("alone", "");
    let said = stderr(&refused);
    let (_, fingerprint) = scene.keys.fingerprint("ed25519");
    assert!(!refused.status.success() && !scene.path("alone").exists(), "{said}");
    assert!(said.contains("is unknown") && said.contains(&fingerprint), "{said}");

    let ask = |name: &str, answer: &str| {
        // ssh asks at the terminal that it belongs to, so it gets one of its own.
        let clone = format!("git clone -q {} {}", scene.url(), scene.path(name).display());
        let mut command = scene.command("setsid", &["--ctty", "--wait", "sh", "-c", &clone]);
        command.env("GIT_SSH_COMMAND", scene.ssh_command("", ""));
        at_a_terminal(command, "(yes/no/[fingerprint])?", answer)
    };
    let no = ask("no", "no\n");
    assert!(no.contains("in words") && !scene.path("no").exists(), "{no}");
    assert!(!scene.known_hosts().exists(), "{no}");
    let yes = ask("yes", "yes\n");
    assert!(is_cloned(&scene.path("yes")), "{yes}");
    // ssh saved it, and nobody is asked again.
    let again = scene.clone_alone("again", "");
    assert!(again.status.success() && is_cloned(&scene.path("again")), "{}", stderr(&again));
}

#[test]
fn a_changed_key_stops_with_a_clear_warning() {
    let scene = Scene::new();
    let old = HostKeys::new(&["ed25519"]);
    scene.knows(&old, "");
    let output = scene.clone_alone("clone", "");
    let said = stderr(&output);
    assert!(!output.status.success() && !scene.path("clone").exists(), "{said}");
    assert!(said.contains("has CHANGED"), "{said}");
    for fingerprint in [old.fingerprint("ed25519").1, scene.keys.fingerprint("ed25519").1] {
        assert!(said.contains(&fingerprint), "{said}");
    }
    assert!(said.contains("known_hosts:1") && said.contains("--replace"), "{said}");
    assert!(said.contains("REMOTE HOST IDENTIFICATION HAS CHANGED"), "ssh says so too: {said}");
}

#[test]
fn a_revoked_key_stops() {
    let scene = Scene::new();
    scene.knows(&scene.keys, "@revoked ");
    let output = scene.clone_alone("clone", "");
    let said = stderr(&output);
    assert!(!output.status.success() && !scene.path("clone").exists(), "{said}");
    assert!(said.contains("is REVOKED"), "{said}");
}

#[test]
fn sshs_own_configuration_can_name_it() {
    let scene = Scene::new();
    scene.knows(&scene.keys, "");
    let config = scene.path("config");
    let text = format!(
        "Host forge\n HostName 127.0.0.1\n Port {}\n User {}\n IdentityFile {}\n IdentitiesOnly yes\n UserKnownHostsFile {}\n \
         KnownHostsCommand {} ssh known-hosts %H --key %K --type %t --reason %I --named %n -F {}\n",
        scene.login.server.port(),
        scene.login.user,
        scene.login.identity.display(),
        scene.known_hosts().display(),
        env!("CARGO_BIN_EXE_midwatch"),
        config.display(),
    );
    std::fs::write(&config, text).expect("room for a file");
    let clone = |name: &str| {
        let url = format!("forge:{}", scene.path("source").display());
        scene
            .command("git", &["clone", "-q", &url, scene.path(name).to_str().expect("text")])
            .env("GIT_SSH_COMMAND", format!("ssh -F {} -o BatchMode=yes", config.display()))
            .output()
            .expect("git")
    };
    let output = clone("clone");
    assert!(output.status.success() && is_cloned(&scene.path("clone")), "{}", stderr(&output));
    scene.knows(&HostKeys::new(&["ed25519"]), "");
    let changed = clone("changed");
    assert!(!changed.status.success() && stderr(&changed).contains("has CHANGED"), "{}", stderr(&changed));
}

#[test]
fn its_own_failure_blocks_nobody_unless_it_is_told_to() {
    let scene = Scene::new();
    scene.knows(&scene.keys, "");
    // The memory cannot be opened: a directory stands in its place.
    let memory = scene.path("memory");
    std::fs::create_dir_all(&memory).expect("a directory");
    let with = format!("--with=--memory={}", memory.display());
    let output = scene.clone_alone("clone", &with);
    assert!(output.status.success() && is_cloned(&scene.path("clone")), "{}", stderr(&output));
    let strict = scene.clone_alone("strict", &format!("{with} --with=--strict"));
    assert!(!strict.status.success(), "{}", stdout(&strict));
    // What makes no sense is passed over as well.
    let midwatch = |arguments: &[&str]| {
        let mut command =
            scene.command(env!("CARGO_BIN_EXE_midwatch"), &["ssh", "known-hosts", "git.example"]);
        command.args(arguments).output().expect("midwatch")
    };
    for arguments in [["--key", "no Base64!"], ["--key", "AAAA"], ["--key", "NONE"]] {
        let output = midwatch(&arguments);
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), ""), "{arguments:?}");
    }
    assert_ne!(midwatch(&["--key", "AAAA", "--strict"]).status.code(), Some(0));
}

/// A file of known hosts that the organisation's key has signed, with further options for midwatch.
fn signed(scene: &Scene, text: &str) -> String {
    let signer = scene.path("signer");
    let keygen = |arguments: &[&str]| {
        let output = scene.command("ssh-keygen", arguments).output().expect("ssh-keygen");
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    };
    let name = |path: &Path| path.to_str().expect("text").to_owned();
    keygen(&["-q", "-N", "", "-C", "security@example.org", "-t", "ed25519", "-f", &name(&signer)]);
    let file = scene.path("hosts");
    std::fs::write(&file, text).expect("room for a file");
    keygen(&["-q", "-Y", "sign", "-n", "midwatch-hosts", "-f", &name(&signer), &name(&file)]);
    format!(
        "--with=--trust-file={} --with=--trust-signers={}",
        file.display(),
        signer.with_extension("pub").display()
    )
}

#[test]
fn a_key_that_the_organisation_vouches_for_is_asked_about_by_nobody() {
    let scene = Scene::new();
    let (key_type, blob) = scene.keys.public("ed25519");
    let name = format!("[127.0.0.1]:{}", scene.login.server.port());
    let with = signed(&scene, &format!("{name} {key_type} {blob}\n"));
    // Nothing knows the key but that file, and ssh may not ask.
    let output = scene.clone_alone("clone", &with);
    assert!(output.status.success() && is_cloned(&scene.path("clone")), "{}", stderr(&output));
    // Whoever changes the file has no signature on it: it counts no more.
    std::fs::write(scene.path("hosts"), format!("{name},other {key_type} {blob}\n")).expect("room");
    let forged = scene.clone_alone("forged", &with);
    assert!(!forged.status.success() && stderr(&forged).contains("--trust-file"), "{}", stderr(&forged));
}

#[test]
fn a_key_that_the_organisation_speaks_against_stops_ssh() {
    let scene = Scene::new();
    let (key_type, blob) = scene.keys.public("ed25519");
    let others = HostKeys::new(&["ed25519", "ecdsa-256"]);
    let name = format!("[127.0.0.1]:{}", scene.login.server.port());
    let line = |kind: &str| {
        let (key_type, blob) = others.public(kind);
        format!("{name} {key_type} {blob}\n")
    };
    for (text, says) in [
        (format!("@revoked * {key_type} {blob}\n"), "is REVOKED"),
        (line("ed25519"), "has CHANGED"),
        // A key of another type alone.
        (line("ecdsa-256"), "has CHANGED"),
    ] {
        let with = signed(&scene, &text);
        // Even where somebody has told ssh to take what is new.
        let output = scene
            .command("git", &["clone", "-q", &scene.url(), scene.path("clone").to_str().expect("text")])
            .env(
                "GIT_SSH_COMMAND",
                scene.ssh_command(&with, "-o BatchMode=yes -o StrictHostKeyChecking=accept-new"),
            )
            .output()
            .expect("git");
        let said = stderr(&output);
        assert!(!output.status.success() && !scene.path("clone").exists(), "{said}");
        assert!(said.contains(says) && said.contains("REVOKED HOST KEY"), "{said}");
        for name in ["signer", "signer.pub", "hosts", "hosts.sig"] {
            std::fs::remove_file(scene.path(name)).expect("it was there");
        }
    }
}
