//! What a real ssh makes of a server's key, against what is said here. The client starts `sshd -i` as its
//! ProxyCommand: nothing listens anywhere.
mod common;

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{certify, make, public, run};
use midwatch_hostkeys::key::PublicKey;
use midwatch_hostkeys::known_hosts::KnownHosts;
use midwatch_hostkeys::lookup::{Host, Known, Standing, what_is_known};
use midwatch_hostkeys::revoked::{Revocation, look_up};

/// What ssh said.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Accepted,
    Unknown,
    Changed,
    Revoked,
    RevokedByFile,
}

struct Peers {
    directory: tempfile::TempDir,
    server: PathBuf,
}

impl Peers {
    /// A server with a key, and perhaps a certificate.
    fn new(kind: &[&str]) -> Peers {
        let directory = midwatch_testbed::directory();
        let at = directory.path();
        make(at, "host", kind);
        let server = at.join("server");
        let configuration = at.join("sshd_config");
        let program = "/usr/sbin/sshd";
        assert!(Path::new(program).exists(), "sshd is missing (Debian package openssh-server)");
        // As root, sshd wants a directory below /run, which it gets in a name space of its own.
        let root = at.metadata().unwrap().uid() == 0;
        let script = if root {
            format!(
                "#!/bin/sh\nexec unshare -m sh -c 'mount -t tmpfs none /run && mkdir -m 755 /run/sshd && exec {program} \
                 -i -f {}'\n",
                configuration.display()
            )
        } else {
            format!("#!/bin/sh\nexec {program} -i -f {}\n", configuration.display())
        };
        std::fs::write(&server, script).unwrap();
        std::fs::set_permissions(&server, std::fs::Permissions::from_mode(0o755)).unwrap();
        let peers = Peers { directory, server };
        peers.configure("");
        peers
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn configure(&self, more: &str) {
        let text = format!(
            "HostKey {}\nUsePAM no\nPidFile none\nLogLevel QUIET\n{more}\n",
            self.path("host").display()
        );
        std::fs::write(self.path("sshd_config"), text).unwrap();
    }

    /// Connects with these files of known hosts.
    fn ssh(&self, host: &str, port: u16, files: &[&str], more: &[&str]) -> Said {
        let names: Vec<String> =
            files.iter().enumerate().map(|(number, _)| format!("known_hosts{number}")).collect();
        for (name, text) in names.iter().zip(files) {
            std::fs::write(self.path(name), text).unwrap();
        }
        let at = |name: &String| self.path(name).display().to_string();
        let user = format!("UserKnownHostsFile={}", names.first().map_or("none".to_owned(), at));
        let system = names.iter().skip(1).map(at).collect::<Vec<_>>().join(" ");
        let system = format!("GlobalKnownHostsFile={}", if system.is_empty() { "none" } else { &system });
        let mut command = Command::new("ssh");
        command.args(["-T", "-F", "none", "-p", &port.to_string()]);
        for option in
            ["BatchMode=yes", "StrictHostKeyChecking=yes", "PreferredAuthentications=none", &user, &system]
        {
            command.args(["-o", option]);
        }
        command.args(["-o", &format!("ProxyCommand={}", self.server.display())]);
        for option in more {
            command.args(["-o", option]);
        }
        let output = run(command.arg(host));
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        if text.contains("Permission denied") {
            Said::Accepted
        } else if text.contains("REVOKED HOST KEY") {
            Said::Revoked
        } else if text.contains("REMOTE HOST IDENTIFICATION HAS CHANGED") {
            Said::Changed
        } else if text.contains("revoked by file") || text.contains("in revoked keys file") {
            Said::RevokedByFile
        } else if text.contains("key is known for") {
            Said::Unknown
        } else {
            panic!("{host} {port} {files:#?} {more:?}: {text}")
        }
    }

    fn ours(&self, host: &str, port: u16, alias: Option<&str>, files: &[&str], offered: &PublicKey) -> Known {
        let files: Vec<KnownHosts> = files
            .iter()
            .enumerate()
            .map(|(number, text)| {
                KnownHosts::parse(&self.path(&format!("known_hosts{number}")), text.as_bytes())
            })
            .collect();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        what_is_known(&files, &Host { name: host, port, alias, address: None, now }, offered)
    }

    fn both(&self, host: &str, port: u16, alias: Option<&str>, files: &[&str], offered: &PublicKey) -> Known {
        let known = self.ours(host, port, alias, files, offered);
        let option = alias.map(|alias| format!("HostKeyAlias={alias}"));
        let said = self.ssh(host, port, files, &option.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(said, meaning(&known.standing), "{host}:{port} {alias:?} {files:#?} {known:?}");
        known
    }
}

fn meaning(standing: &Standing) -> Said {
    match standing {
        Standing::Verified(_) | Standing::Certified(_) => Said::Accepted,
        Standing::Unknown => Said::Unknown,
        Standing::Changed(_) | Standing::OtherType(_) => Said::Changed,
        Standing::Revoked(_) => Said::Revoked,
    }
}

#[test]
fn keys() {
    let peers = Peers::new(&["ed25519"]);
    let right = public(&peers.path("host"));
    let wrong = public(&make(peers.directory.path(), "wrong", &["ed25519"])).to_text();
    let other = public(&make(peers.directory.path(), "other", &["rsa", "-b", "2048"])).to_text();
    let key = right.to_text();
    let both = |host: &str, port: u16, files: &[&str]| peers.both(host, port, None, files, &right);

    assert_eq!(both("host.test", 22, &[""]).standing, Standing::Unknown);
    let known = both("host.test", 22, &[&format!("x {wrong}\nHOST.test,y {key}\n")]);
    let Standing::Verified(place) = &known.standing else { panic!("{known:?}") };
    assert_eq!((place.line, place.file.as_path()), (2, peers.path("known_hosts0").as_path()));
    // A second file is asked as well, and one right line among wrong ones is enough.
    let two = format!("host.test {wrong}\n");
    let known = both("host.test", 22, &[&two, &format!("host.test {key}\n")]);
    assert!(matches!(known.standing, Standing::Verified(place) if place.file == peers.path("known_hosts1")));
    let known = both("host.test", 22, &[&two, &format!("other.test {key}\n")]);
    let Standing::Changed(expected) = &known.standing else { panic!("{known:?}") };
    assert_eq!((expected.len(), expected[0].line, expected[0].key.to_text()), (1, 1, wrong.clone()));
    assert_eq!(known.elsewhere.len(), 1);
    // The server has no key of the type that is known: ssh takes it for changed.
    let known = both("host.test", 22, &[&format!("host.test {other}\n")]);
    assert!(matches!(known.standing, Standing::OtherType(_)), "{known:?}");
    both("host.test", 22, &[&format!("host.test {other}\nhost.test {key}\n")]);
    // Ports.
    both("host.test", 2222, &[&format!("[host.test]:2222 {key}\n")]);
    assert!(both("host.test", 2222, &[&format!("host.test {key}\n")]).without_port);
    both("host.test", 2222, &[&format!("host.test {wrong}\n")]);
    both("host.test", 2222, &[&format!("[host.test]:2222 {wrong}\nhost.test {key}\n")]);
    both("host.test", 22, &[&format!("[host.test]:22 {key}\n")]);
    both("host.test", 2222, &[&format!("@revoked host.test {key}\n")]);
    // Revoked wins over known, wherever it stands, and only for its hosts.
    both("host.test", 22, &[&format!("host.test {key}\n"), &format!("@revoked * {key}\n")]);
    both("host.test", 22, &[&format!("@revoked other.test {key}\nhost.test {key}\n")]);
    both("host.test", 22, &[&format!("@revoked * {wrong}\n")]);
    both("host.test", 22, &[&format!("@cert-authority * {key}\n")]);
    // Patterns and aliases.
    both("host.test", 22, &[&format!("*.test,!host.* {key}\n")]);
    both("Host.Test", 22, &[&format!("h?st.* {key}\n")]);
    peers.both("host.test", 2222, Some("Alias"), &[&format!("alias {key}\n")], &right);
    peers.both("host.test", 2222, Some("alias"), &[&format!("host.test,[host.test]:2222 {key}\n")], &right);
    peers.both("host.test", 22, Some("alias"), &[&format!("host.test {key}\nalias {wrong}\n")], &right);
}

#[test]
fn certificates() {
    let peers = Peers::new(&["ed25519"]);
    let at = peers.directory.path();
    let plain = public(&peers.path("host")).to_text();
    let private = make(at, "ca", &["ecdsa", "-b", "256"]);
    let ca = public(&private).to_text();
    let other = public(&make(at, "ca2", &["ed25519"])).to_text();
    peers.configure(&format!("HostCertificate {}", peers.path("host-cert.pub").display()));
    let good = certify(&private, &peers.path("host"), &["-h", "-n", "host.test,alias", "-z", "3"]);
    let both =
        |port: u16, alias: Option<&str>, text: &str| peers.both("host.test", port, alias, &[text], &good);

    let known = both(22, None, &format!("@cert-authority *.test {ca}\n"));
    let Standing::Certified(certified) = &known.standing else { panic!("{known:?}") };
    assert_eq!(
        (certified.authority.line, certified.principal.as_str(), certified.serial),
        (1, "host.test", 3)
    );
    // At another port the authority of the name alone counts, and so does one of the name with its port.
    both(2222, None, &format!("@cert-authority *.test {ca}\n"));
    both(2222, None, &format!("@cert-authority [*.test]:2222 {ca}\n"));
    both(22, Some("alias"), &format!("@cert-authority alias {ca}\n"));
    // Another authority, or none: the key counts by itself, and of a certificate that is all ssh asks for.
    both(22, None, &format!("@cert-authority *.test {other}\n"));
    both(22, None, &format!("@cert-authority *.test {other}\nhost.test {plain}\n"));
    both(22, None, &format!("host.test {ca}\n"));
    both(22, None, &format!("@cert-authority *.test {ca}\nhost.test {other}\n"));
    // Revoked, by key and by authority.
    both(22, None, &format!("@cert-authority *.test {ca}\n@revoked * {ca}\n"));
    both(22, None, &format!("@cert-authority *.test {ca}\n@revoked * {plain}\n"));

    for (more, refused) in [
        (&["-h", "-n", "other.test"][..], "the certificate is for other hosts"),
        (&["-h", "-n", "host.test", "-V", "20200101:20210101"], "the certificate has expired"),
        (&["-h", "-n", "host.test", "-V", "20900101:20910101"], "the certificate is not valid yet"),
        (&["-h", "-n", "host.test", "-O", "critical:x@example.org=1"], "critical options"),
    ] {
        let bad = certify(&private, &peers.path("host"), more);
        let known = peers.both("host.test", 22, None, &[&format!("@cert-authority *.test {ca}\n")], &bad);
        assert_eq!(known.standing, Standing::Unknown);
        let (_, why) = known.certificate_refused.unwrap();
        assert!(why.to_string().contains(refused), "{why}");
        // Its key may be known all the same.
        let text = format!("@cert-authority *.test {ca}\nhost.test {plain}\n");
        assert!(peers.both("host.test", 22, None, &[&text], &bad).standing.is_verified());
    }
}

#[test]
fn addresses_are_looked_up_beside_names() {
    let peers = Peers::new(&["ed25519"]);
    let right = public(&peers.path("host"));
    let wrong = public(&make(peers.directory.path(), "wrong", &["ed25519"]));
    let text = format!("host.test {}\n192.0.2.1 {}\n", right.to_text(), wrong.to_text());
    let files = [KnownHosts::parse(Path::new("known_hosts"), text.as_bytes())];
    let look = |name: &'static str, address: &str| {
        let host = Host { name, port: 22, alias: None, address: Some(address.parse().unwrap()), now: 0 };
        what_is_known(&files, &host, &right)
    };
    let known = look("host.test", "192.0.2.1");
    assert!(known.standing.is_verified());
    assert!(matches!(known.address, Some((name, Standing::Changed(_))) if name == "192.0.2.1"));
    assert!(matches!(look("host.test", "192.0.2.2").address, Some((_, Standing::Unknown))));
    assert_eq!(look("host.test", "127.0.0.1").address, None);
    assert_eq!(look("192.0.2.1", "192.0.2.1").address, None);
}

#[test]
fn revoked_host_keys() {
    let peers = Peers::new(&["ed25519"]);
    let at = peers.directory.path();
    let right = public(&peers.path("host"));
    let key = right.to_text();
    let other = public(&make(at, "other", &["ed25519"])).to_text();
    let file = peers.path("revoked");
    let option = format!("RevokedHostKeys={}", file.display());
    let known = format!("host.test {key}\n");
    for (text, answer) in [
        (String::new(), Revocation::NotListed),
        (format!("# {key}\n\n{other} x\n"), Revocation::NotListed),
        (format!("{other}\n \t{key} comment\n"), Revocation::Listed(2)),
        (format!("{other}\nnonsense\n{key}\n"), Revocation::Damaged(2)),
    ] {
        std::fs::write(&file, &text).unwrap();
        assert_eq!(look_up(text.as_bytes(), &right), answer);
        let said = if answer == Revocation::NotListed { Said::Accepted } else { Said::RevokedByFile };
        assert_eq!(peers.ssh("host.test", 22, &[&known], &[&option]), said, "{text}");
    }
    let made = run(Command::new("ssh-keygen").arg("-kf").arg(&file).arg(peers.path("host.pub")));
    assert!(made.status.success());
    assert_eq!(look_up(&std::fs::read(&file).unwrap(), &right), Revocation::NotRead);
    let ca = make(at, "ca", &["ed25519"]);
    let certified = certify(&ca, &peers.path("host"), &["-h", "-n", "host.test"]);
    assert_eq!(look_up(public(&ca).to_text().as_bytes(), &certified), Revocation::Listed(1));
    assert_eq!(look_up(key.as_bytes(), &certified), Revocation::Listed(1));
}
