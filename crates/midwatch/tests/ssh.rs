//! `midwatch ssh` as its users run it: the four verdicts, saving, pinning, and the ways there.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{code, finding, stderr, stdout, verdict};
use midwatch_model::{
    AttackId, Fact, HostKeySource, HostKeyVerdict, HostKeys as Known, Report, Severity, State, TargetReport,
    Verdict,
};
use midwatch_testbed::knot::{Ds, Knot, Signing};
use midwatch_testbed::sshd::{self, HostKeys};
use midwatch_testbed::{Server, unbound};

/// A directory that stands for a user's home, and what midwatch remembers there.
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

    fn known_hosts(&self) -> PathBuf {
        self.path(".ssh/known_hosts")
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(&path, text).expect("room for a file");
        path
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_midwatch"));
        command.args(arguments).env("HOME", self.directory.path()).env("NO_COLOR", "1");
        command.env_remove("XDG_DATA_HOME");
        command.stdin(std::process::Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("midwatch, built by cargo")
    }

    /// `midwatch ssh` in JSON on one server.
    fn ssh(&self, arguments: &[&str]) -> TargetReport {
        let output = self.run(&[&["ssh", "--format", "json", "--offline"], arguments].concat());
        let mut report: Report = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", stdout(&output), stderr(&output)));
        report.targets.remove(0)
    }
}

fn known(target: &TargetReport) -> &Known {
    let known = target.observations.iter().find_map(|observation| match &observation.fact {
        Fact::HostKeys(known) => Some(&**known),
        _ => None,
    });
    known.unwrap_or_else(|| panic!("no key was met: {:?}", target.error))
}

fn at(server: &Server) -> String {
    server.address().to_string()
}

/// A line of known_hosts for a server.
fn line(server: &Server, keys: &HostKeys, kind: &str) -> String {
    let (key_type, blob) = keys.public(kind);
    format!("[127.0.0.1]:{} {key_type} {blob}\n", server.port())
}

fn names(target: &TargetReport) -> Vec<&str> {
    target
        .findings
        .iter()
        .map(|finding| finding.id.as_str())
        .filter(|id| id.starts_with("host-key"))
        .collect()
}

#[test]
fn the_four_verdicts() {
    let (keys, others) = (HostKeys::new(&["ed25519", "rsa-3072"]), HostKeys::new(&["ed25519"]));
    let server = sshd::openssh(&keys, "");
    let home = Home::new();

    let unknown = home.ssh(&[&at(&server)]);
    let (_, fingerprint) = keys.fingerprint("ed25519");
    assert_eq!(known(&unknown).verdict, HostKeyVerdict::Unknown);
    assert_eq!(finding(&unknown, "host-key-unknown").severity, Severity::Medium);
    assert_eq!(verdict(&unknown, AttackId::Impersonation), Verdict::Partly);
    let met = &known(&unknown).keys;
    let ed25519 = met.iter().find(|met| met.key.key_type == "ssh-ed25519").expect("the key");
    assert_eq!(ed25519.key.fingerprint, fingerprint);
    let md5 = Command::new("ssh-keygen").args(["-E", "md5", "-lvf"]).arg(keys.path("ed25519.pub")).output();
    let said = String::from_utf8(md5.expect("ssh-keygen").stdout).expect("text");
    assert!(said.contains(ed25519.md5.as_deref().expect("MD5")), "{said}");
    let picture = Command::new("ssh-keygen").arg("-lvf").arg(keys.path("ed25519.pub")).output();
    let said = String::from_utf8(picture.expect("ssh-keygen").stdout).expect("text");
    assert!(said.contains(ed25519.randomart.as_deref().expect("a picture").trim()), "{said}");
    assert_eq!(ed25519.words.len(), 16);

    home.write(".ssh/known_hosts", &line(&server, &keys, "ed25519"));
    let verified = home.ssh(&[&at(&server)]);
    assert_eq!(known(&verified).verdict, HostKeyVerdict::Verified);
    assert_eq!(known(&verified).verified_by, Some(HostKeySource::KnownHosts));
    assert_eq!(names(&verified), Vec::<&str>::new());
    assert_eq!(verdict(&verified, AttackId::Impersonation), Verdict::Protected);

    home.write(".ssh/known_hosts", &line(&server, &others, "ed25519"));
    let changed = home.ssh(&[&at(&server)]);
    assert_eq!(known(&changed).verdict, HostKeyVerdict::Changed);
    let found = finding(&changed, "host-key-changed");
    assert_eq!(found.severity, Severity::Critical);
    let detail = &found.evidence[0].detail;
    assert!(detail.contains(&fingerprint) && detail.contains(&others.fingerprint("ed25519").1), "{detail}");
    assert!(detail.contains("~/.ssh/known_hosts:1"), "{detail}");
    assert_eq!(verdict(&changed, AttackId::Eavesdropping), Verdict::Exposed);

    let revoked = format!("{}@revoked {}", line(&server, &keys, "ed25519"), line(&server, &keys, "ed25519"));
    home.write(".ssh/known_hosts", &revoked);
    let revoked = home.ssh(&[&at(&server)]);
    assert_eq!(known(&revoked).verdict, HostKeyVerdict::Revoked);
    assert_eq!(finding(&revoked, "host-key-revoked").severity, Severity::Critical);
}

#[test]
fn exit_codes_are_those_of_the_contract() {
    let keys = HostKeys::new(&["ed25519"]);
    let server = sshd::openssh(&keys, "");
    let home = Home::new();
    let at = at(&server);
    assert_eq!(code(&home.run(&["ssh", "-q", &at])), 0, "medium is below high");
    assert_eq!(code(&home.run(&["ssh", "-q", "--fail-on", "medium", &at])), 1);
    let other = HostKeys::new(&["ed25519"]);
    home.write(".ssh/known_hosts", &line(&server, &other, "ed25519"));
    assert_eq!(code(&home.run(&["ssh", "-q", &at])), 1);
    let closed = format!("127.0.0.1:{}", midwatch_testbed::free_port());
    assert_eq!(code(&home.run(&["ssh", "-q", &closed, &at])), 2);
    assert_eq!(code(&home.run(&["ssh", "git@git.example:a/b.git"])), 64);
    assert_eq!(code(&home.run(&["ssh", "-F", "/nonexistent", &at])), 64);
}

#[test]
fn saving_takes_what_was_compared_and_nothing_else() {
    let keys = HostKeys::new(&["ed25519", "ecdsa-256"]);
    let server = sshd::openssh(&keys, "");
    let (home, at) = (Home::new(), at(&server));
    let refused = home.run(&["ssh", "-q", "--save", &at]);
    assert_eq!(code(&refused), 1);
    assert!(stderr(&refused).contains("--accept SHA256:"), "{}", stderr(&refused));
    assert!(!home.known_hosts().exists());

    let wrong = HostKeys::new(&["ed25519"]).fingerprint("ed25519").1;
    assert_eq!(code(&home.run(&["ssh", "-q", "--save", "--accept", &wrong, &at])), 1);
    assert!(!home.known_hosts().exists());

    let (_, fingerprint) = keys.fingerprint("ed25519");
    let saved = home.run(&["ssh", "-q", "--save", "--accept", &fingerprint, &at]);
    assert_eq!(code(&saved), 0, "{}", stderr(&saved));
    let text = std::fs::read_to_string(home.known_hosts()).expect("a file");
    assert_eq!(text.lines().count(), 1, "the other key was not compared: {text}");
    assert!(text.contains(&keys.public("ed25519").1), "{text}");
    let found = Command::new("ssh-keygen")
        .args(["-F", &format!("[127.0.0.1]:{}", server.port()), "-f"])
        .arg(home.known_hosts())
        .output()
        .expect("ssh-keygen");
    assert!(found.status.success(), "ssh finds it by its name");
    assert_eq!(known(&home.ssh(&[&at])).verdict, HostKeyVerdict::Verified);
    let again = home.run(&["ssh", "-q", "--save", &at]);
    assert_eq!((code(&again), std::fs::read_to_string(home.known_hosts()).expect("a file")), (0, text));
}

#[test]
fn a_changed_key_is_replaced_only_on_purpose() {
    let (keys, old) = (HostKeys::new(&["ed25519"]), HostKeys::new(&["ed25519"]));
    let server = sshd::openssh(&keys, "");
    let (home, at) = (Home::new(), at(&server));
    let before = format!(
        "# mine\nother.example {}\n{}",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINLDjnGh0RoHUDSNEbEoZFqM2xNXiiWkbTwDEB/PUs8r",
        line(&server, &old, "ed25519")
    );
    home.write(".ssh/known_hosts", &before);
    let (_, fingerprint) = keys.fingerprint("ed25519");
    let refused = home.run(&["ssh", "-q", "--save", "--accept", &fingerprint, &at]);
    assert_eq!(code(&refused), 1);
    assert!(stderr(&refused).contains("--replace"), "{}", stderr(&refused));
    let unasked = home.run(&["ssh", "-q", "--replace", &at]);
    assert!(code(&unasked) == 1 && stderr(&unasked).contains("--accept"), "{}", stderr(&unasked));
    assert_eq!(std::fs::read_to_string(home.known_hosts()).expect("a file"), before);

    let replaced = home.run(&["ssh", "-q", "--replace", "--accept", &fingerprint, &at]);
    assert!(stderr(&replaced).contains("line 3"), "{}", stderr(&replaced));
    let after = std::fs::read_to_string(home.known_hosts()).expect("a file");
    assert!(
        after.starts_with("# mine\nother.example ") && !after.contains(&old.public("ed25519").1),
        "{after}"
    );
    assert_eq!(known(&home.ssh(&[&at])).verdict, HostKeyVerdict::Verified);
    assert_eq!(std::fs::read_to_string(home.path(".ssh/known_hosts.old")).expect("the backup"), before);
}

#[test]
fn a_revoked_key_is_never_saved() {
    let keys = HostKeys::new(&["ed25519"]);
    let server = sshd::openssh(&keys, "");
    let home = Home::new();
    let text = format!("@revoked {}", line(&server, &keys, "ed25519"));
    home.write(".ssh/known_hosts", &text);
    let (_, fingerprint) = keys.fingerprint("ed25519");
    let refused = home.run(&["ssh", "-q", "--replace", "--accept", &fingerprint, &at(&server)]);
    assert_eq!(code(&refused), 1);
    assert_eq!(std::fs::read_to_string(home.known_hosts()).expect("a file"), text);
}

#[test]
fn earlier_runs_are_remembered_and_a_change_stays_one_until_it_is_accepted() {
    let (first, second) = (HostKeys::new(&["ed25519"]), HostKeys::new(&["ed25519"]));
    let home = Home::new();
    let server = sshd::openssh(&first, "");
    let name = "git.test";
    let at = |server: &Server| ["--resolve".to_owned(), format!("{name}:22:127.0.0.1:{}", server.port())];
    let look = |server: &Server| {
        let at = at(server);
        home.ssh(&[&at[0], &at[1], name])
    };
    assert_eq!(known(&look(&server)).verdict, HostKeyVerdict::Unknown);
    assert_eq!(known(&look(&server)).verdict, HostKeyVerdict::Unknown, "having met it proves nothing");
    drop(server);
    let server = sshd::openssh(&second, "");
    for _ in 0..2 {
        let changed = look(&server);
        assert_eq!(known(&changed).verdict, HostKeyVerdict::Changed);
        let found = finding(&changed, "host-key-changed");
        assert_eq!(found.severity, Severity::High, "earlier runs verified nothing");
        assert!(found.evidence[0].detail.contains("known since 20"), "{found:?}");
    }
    let (_, fingerprint) = second.fingerprint("ed25519");
    let at = at(&server);
    let accepted =
        home.run(&["ssh", "-q", "--offline", &at[0], &at[1], "--replace", "--accept", &fingerprint, name]);
    assert!(stderr(&accepted).contains("saved to"), "{}", stderr(&accepted));
    assert_eq!(known(&look(&server)).verdict, HostKeyVerdict::Verified);
    let forgetful = home.run(&[
        "ssh",
        "-q",
        "--offline",
        &at[0],
        &at[1],
        "--known-hosts",
        "/dev/null/none",
        "--no-memory",
        "--format",
        "json",
        name,
    ]);
    assert!(stdout(&forgetful).contains("memory is switched off"), "{}", stdout(&forgetful));
}

#[test]
fn certificates_of_a_known_authority_verify() {
    let keys = HostKeys::new(&["ed25519"]);
    keys.certify("ed25519", "ed25519", &["-I", "host", "-n", "git.test", "-V", "-1d:+1d"]);
    let server = sshd::openssh(&keys, "");
    let home = Home::new();
    let (key_type, blob) = keys.public("ca");
    home.write(".ssh/known_hosts", &format!("@cert-authority *.test {key_type} {blob}\n"));
    let resolve = format!("git.test:22:127.0.0.1:{}", server.port());
    let target = home.ssh(&["--resolve", &resolve, "git.test"]);
    assert_eq!(known(&target).verdict, HostKeyVerdict::Verified);
    assert!(known(&target).keys[0].authority.is_some());
    // The same certificate does not name this one.
    home.write(".ssh/known_hosts", &format!("@cert-authority * {key_type} {blob}\n"));
    let target = home.ssh(&["--no-memory", &at(&server)]);
    assert_eq!(known(&target).verdict, HostKeyVerdict::Unknown);
    assert!(
        finding(&target, "host-key-unknown")
            .evidence
            .iter()
            .any(|seen| seen.detail.contains("does not count"))
    );
}

#[test]
fn aliases_and_settings_of_sshs_configuration_hold() {
    let keys = HostKeys::new(&["ed25519"]);
    let server = sshd::openssh(&keys, "");
    let home = Home::new();
    let other = home
        .write("other_hosts", &format!("forge {} {}\n", keys.public("ed25519").0, keys.public("ed25519").1));
    let config = home.write(
        ".ssh/config",
        &format!(
            "Host work\n HostName 127.0.0.1\n Port {}\n HostKeyAlias forge\n UserKnownHostsFile {}\n StrictHostKeyChecking no\n",
            server.port(),
            other.display()
        ),
    );
    for arguments in [vec!["work"], vec!["-F", config.to_str().expect("text"), "git@work"]] {
        // The user's own file counts where others may not write to it.
        let target = home.ssh(&arguments);
        assert_eq!(known(&target).verdict, HostKeyVerdict::Verified, "{arguments:?}");
        assert_eq!(known(&target).name, "forge");
        let found = finding(&target, "ssh-client-does-not-check");
        assert_eq!(found.severity, Severity::High);
        assert!(found.evidence[0].detail.contains(":6"), "{found:?}");
    }
}

#[test]
fn ways_of_the_configuration_are_gone_only_when_asked() {
    let keys = HostKeys::new(&["ed25519"]);
    let inner = sshd::openssh(&keys, "");
    let outer_keys = HostKeys::new(&["ed25519"]);
    let outer = sshd::login(&outer_keys, "");
    let home = Home::new();
    let known_hosts = home.write("outer_hosts", &line(&outer.server, &outer_keys, "ed25519"));
    let config = home.write(
        "config",
        &format!(
            "Host jump\n HostName 127.0.0.1\n Port {}\n User {}\n IdentityFile {}\n IdentitiesOnly yes\n UserKnownHostsFile {}\n\
             Host far\n HostName 127.0.0.1\n Port {}\n ProxyJump jump\n",
            outer.server.port(),
            outer.user,
            outer.identity.display(),
            known_hosts.display(),
            inner.port()
        ),
    );
    let config = config.to_str().expect("text");
    let unasked = home.ssh(&["-F", config, "far"]);
    assert_eq!(unasked.state, State::NotMeasured);
    assert!(
        unasked.error.as_deref().is_some_and(|why| why.contains("--as-configured")),
        "{:?}",
        unasked.error
    );
    let direct = home.ssh(&["-F", config, "--direct", "far"]);
    assert_eq!(known(&direct).keys.len(), 1);
    for way in [["--as-configured"].as_slice(), &["-J", "jump"]] {
        let target = home.ssh(&[&["-F", config, "--no-memory"], way, &["far"]].concat());
        assert_eq!(known(&target).keys[0].key.fingerprint, keys.fingerprint("ed25519").1, "{way:?}");
        let over = target.observations.iter().find_map(|observation| match &observation.fact {
            Fact::SshEndpoint(endpoint) => endpoint.over.clone(),
            _ => None,
        });
        assert_eq!(over.as_deref(), Some("jump"));
    }
    // Whoever is in the middle of the first hop is not passed by.
    std::fs::write(&known_hosts, line(&outer.server, &keys, "ed25519")).expect("room");
    let stopped = home.ssh(&["-F", config, "-J", "jump", "far"]);
    assert_eq!(stopped.state, State::NotMeasured);
    let why = stopped.error.expect("a reason");
    assert!(why.contains("the way there says"), "{why}");
}

#[test]
fn a_program_and_a_proxy_are_ways_too() {
    let keys = HostKeys::new(&["ed25519"]);
    let server = sshd::openssh(&keys, "");
    let home = Home::new();
    let config = home.write(
        "config",
        &format!("Host far\n HostName far.test\n Port {}\n ProxyCommand bash -c 'exec 3<>/dev/tcp/127.0.0.1/%p; cat <&3 & cat >&3'\n", server.port()),
    );
    let target = home.ssh(&["-F", config.to_str().expect("text"), "--as-configured", "far"]);
    assert_eq!(known(&target).name, format!("[far.test]:{}", server.port()));
    let proxy = sshd::socks5();
    let target = home.ssh(&["--socks", &proxy.address().to_string(), &at(&server)]);
    assert_eq!(known(&target).keys.len(), 1);
}

#[test]
fn pins_are_lines_that_ssh_takes() {
    let keys = HostKeys::new(&["ed25519", "ecdsa-256"]);
    let server = sshd::openssh(&keys, "");
    let (home, at) = (Home::new(), at(&server));
    let refused = home.run(&["ssh", "pin", &at]);
    assert_eq!((code(&refused), stdout(&refused).as_str()), (1, ""));
    assert!(stderr(&refused).contains(&keys.fingerprint("ed25519").1), "{}", stderr(&refused));
    let (_, fingerprint) = keys.fingerprint("ed25519");
    let pinned = home.run(&["ssh", "pin", "--accept", &fingerprint, &at]);
    assert_eq!(code(&pinned), 0, "{}", stderr(&pinned));
    let file = home.write("pinned", &stdout(&pinned));
    let target = home.ssh(&["--known-hosts", file.to_str().expect("text"), &at]);
    assert_eq!(known(&target).verdict, HostKeyVerdict::Verified);
    let again = home.run(&["ssh", "pin", "--known-hosts", file.to_str().expect("text"), &at]);
    assert_eq!(stdout(&again).lines().filter(|line| !line.starts_with('#')).count(), 1);
    let other = HostKeys::new(&["ed25519"]);
    let stale = home.write("stale", &line(&server, &other, "ed25519"));
    let changed = home.run(&[
        "ssh",
        "pin",
        "--known-hosts",
        stale.to_str().expect("text"),
        "--accept",
        &fingerprint,
        &at,
    ]);
    assert_eq!((code(&changed), stdout(&changed).as_str()), (1, ""));
}

#[test]
fn a_panel_gets_its_two_choices_and_the_command_that_carries_one_out() {
    let keys = HostKeys::new(&["ed25519"]);
    let server = sshd::openssh(&keys, "");
    let (home, at) = (Home::new(), at(&server));
    let ask = || -> serde_json::Value {
        let output = home.run(&["ssh", "--panel", "-q", &at]);
        serde_json::from_slice(&output.stdout).expect("JSON")
    };
    let document = ask();
    assert_eq!(document["schema"], "midwatch-host-key/1");
    let host = &document["hosts"][0];
    assert_eq!((&host["verdict"], &host["warn"]), (&"unknown".into(), &true.into()));
    assert_eq!(host["choices"][0]["id"], "trust");
    assert_eq!(host["choices"][1]["id"], "cancel");
    let command: Vec<String> =
        serde_json::from_value(host["choices"][0]["command"].clone()).expect("a command");
    assert_eq!(command[0], "midwatch");
    let arguments: Vec<&str> = command[1..].iter().map(String::as_str).collect();
    assert_eq!(code(&home.run(&arguments)), 0);
    let host = &ask()["hosts"][0];
    assert_eq!((&host["verdict"], &host["warn"]), (&"verified".into(), &false.into()));
    assert_eq!(host["choices"], serde_json::json!([]));
}

#[test]
fn a_person_at_a_terminal_types_the_last_characters() {
    let keys = HostKeys::new(&["ed25519"]);
    let server = sshd::openssh(&keys, "");
    let at = at(&server);
    let (_, fingerprint) = keys.fingerprint("ed25519");
    let last: String = fingerprint.chars().skip(fingerprint.len() - 4).collect();
    for (typed, saved) in [("nope\n".to_owned(), false), (format!("{last}\n"), true)] {
        let home = Home::new();
        let shown = common::at_a_terminal(
            home.command(&["ssh", "-q", "--save", &at]),
            "anything else leaves it",
            &typed,
        );
        assert!(shown.contains(&fingerprint), "{shown}");
        assert_eq!(home.known_hosts().exists(), saved, "{shown}");
    }
}

#[test]
fn nothing_is_written_where_the_file_cannot_be() {
    let keys = HostKeys::new(&["ed25519"]);
    let server = sshd::openssh(&keys, "");
    let home = Home::new();
    let (_, fingerprint) = keys.fingerprint("ed25519");
    let path = Path::new("/proc/known_hosts");
    let output = home.run(&[
        "ssh",
        "-q",
        "--known-hosts",
        path.to_str().expect("text"),
        "--accept",
        &fingerprint,
        &at(&server),
    ]);
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("/proc"), "{}", stderr(&output));
}

/// The SSHFP records of a key, as `ssh-keygen -r` writes them.
fn sshfp(name: &str, keys: &HostKeys) -> String {
    let public = format!("{}.pub", keys.path("ed25519").display());
    let output = Command::new("ssh-keygen").args(["-r", name, "-f", &public]).output().expect("ssh-keygen");
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

#[test]
fn records_that_dnssec_proves_verify_and_others_prove_nothing() {
    let (keys, old) = (HostKeys::new(&["ed25519"]), HostKeys::new(&["ed25519"]));
    let server = sshd::openssh(&keys, "");
    let zone = format!("{}{}", sshfp("git", &keys), sshfp("moved", &old));
    let knot = Knot::new()
        .zone("example", Signing::Nsec, Ds::Right, "")
        .zone("signed.example", Signing::Nsec, Ds::Right, &zone)
        .zone("plain.example", Signing::None, Ds::Missing, &zone)
        .start();
    let resolver = unbound::start(&knot, None);
    let home = Home::new();
    let anchor = home.write("anchor", &knot.anchor);
    let resolver = resolver.address().to_string();
    let dns = ["--resolver", &resolver, "--dnssec-anchor", anchor.to_str().expect("text")];
    let look = |name: &str| {
        let resolve = format!("{name}:22:127.0.0.1:{}", server.port());
        let all =
            [&["ssh", "--format", "json", "--no-memory", "--resolve", &resolve], &dns[..], &[name]].concat();
        let output = home.run(&all);
        let mut report: Report = serde_json::from_slice(&output.stdout).expect("a report");
        report.targets.remove(0)
    };
    let good = look("git.signed.example");
    assert_eq!(known(&good).verdict, HostKeyVerdict::Verified);
    assert_eq!(known(&good).verified_by, Some(HostKeySource::Sshfp));
    let moved = look("moved.signed.example");
    assert_eq!(known(&moved).verdict, HostKeyVerdict::Changed);
    assert_eq!(finding(&moved, "host-key-changed").severity, Severity::Critical);
    let plain = look("git.plain.example");
    assert_eq!(known(&plain).verdict, HostKeyVerdict::Unknown);
    assert_eq!(finding(&plain, "sshfp-insecure").severity, Severity::Low);

    // The same in front of ssh: the line for a key that the records prove, and nobody is asked anything.
    let (key_type, blob) = keys.public("ed25519");
    let lines = |name: &str, more: &[&str]| {
        let fixed = [
            "ssh",
            "known-hosts",
            name,
            "--key",
            &blob,
            "--type",
            &key_type,
            "--reason",
            "HOSTNAME",
            "--no-memory",
        ];
        home.run(&[&fixed[..], &dns[..], more].concat())
    };
    assert_eq!(stdout(&lines("git.signed.example", &[])), format!("git.signed.example {key_type} {blob}\n"));
    assert_eq!(stdout(&lines("git.signed.example", &["--offline"])), "");
    assert_eq!(stdout(&lines("git.plain.example", &[])), "");
    let against = lines("moved.signed.example", &[]);
    assert_eq!(stdout(&against), format!("@revoked moved.signed.example {key_type} {blob}\n"));
    assert!(stderr(&against).contains("has CHANGED"), "{}", stderr(&against));
    // What this computer knows is not asked about: a resolver that is not there does no harm.
    home.write(".ssh/known_hosts", &format!("git.signed.example {key_type} {blob}\n"));
    let fixed = [
        "ssh",
        "known-hosts",
        "git.signed.example",
        "--key",
        &blob,
        "--no-memory",
        "--strict",
        "--resolver",
        "127.0.0.1:1",
    ];
    let quick = home.run(&fixed);
    assert_eq!((code(&quick), stdout(&quick).as_str()), (0, ""), "{}", stderr(&quick));
}
