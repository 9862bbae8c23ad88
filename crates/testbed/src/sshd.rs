//! SSH servers with host keys of their own: OpenSSH, Dropbear and TinySSH. Nobody can log in to any of them but
//! to [`Login`], which lets in whoever runs the tests.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use tempfile::TempDir;

use crate::child::Server;
use crate::nginx::program;

/// `nobody`, whom a server runs as where the tests run as root: OpenSSH's would want directories of the system.
const NOBODY: u32 = 65534;

/// Host keys of OpenSSH in a directory. Its server reads them anew for each connection: they have to outlive it.
#[derive(Debug)]
pub struct HostKeys {
    directory: TempDir,
    names: Vec<String>,
}

impl HostKeys {
    /// A key for each kind: `ed25519`, `ecdsa-256`, `ecdsa-384`, `ecdsa-521`, `rsa-2048`, `dsa` …
    ///
    /// # Panics
    /// When ssh-keygen is missing or refuses a kind.
    pub fn new(kinds: &[&str]) -> HostKeys {
        let keys = HostKeys {
            directory: crate::directory(),
            names: kinds.iter().map(ToString::to_string).collect(),
        };
        for kind in kinds {
            keys.generate(kind, &keys.path(kind));
        }
        keys
    }

    fn generate(&self, kind: &str, path: &Path) {
        let (kind, bits) = kind.split_once('-').map_or((kind, None), |(kind, bits)| (kind, Some(bits)));
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-N", "", "-C", "", "-t", kind, "-f"]).arg(path);
        if let Some(bits) = bits {
            command.args(["-b", bits]);
        }
        output(command, "openssh-client");
        give_away(path);
    }

    /// The file of a private key. Its public half stands beside it, with `.pub`.
    pub fn path(&self, kind: &str) -> PathBuf {
        self.directory.path().join(kind)
    }

    /// The type of a key and its bytes in Base64.
    ///
    /// # Panics
    /// When there is no such key.
    pub fn public(&self, kind: &str) -> (String, String) {
        words(&self.directory.path().join(format!("{kind}.pub")))
    }

    /// Bits and fingerprint, by `ssh-keygen -l`.
    ///
    /// # Panics
    /// When there is no such key.
    pub fn fingerprint(&self, kind: &str) -> (u32, String) {
        let mut command = Command::new("ssh-keygen");
        command.arg("-lf").arg(self.directory.path().join(format!("{kind}.pub")));
        let text = output(command, "openssh-client");
        let mut words = text.split_whitespace();
        let bits = words.next().and_then(|bits| bits.parse().ok()).expect("bits");
        (bits, words.next().expect("a fingerprint").to_owned())
    }

    /// Signs a key with an authority of the kind `authority`, made here as the key `ca`, and with further arguments
    /// for `ssh-keygen -s`. Gives the certificate as [`HostKeys::public`] does.
    ///
    /// # Panics
    /// When ssh-keygen refuses.
    pub fn certify(&self, kind: &str, authority: &str, arguments: &[&str]) -> (String, String) {
        let ca = self.path("ca");
        if !ca.exists() {
            self.generate(authority, &ca);
        }
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-h", "-s"]).arg(&ca).args(arguments);
        command.arg(self.directory.path().join(format!("{kind}.pub")));
        output(command, "openssh-client");
        let certificate = self.directory.path().join(format!("{kind}-cert.pub"));
        give_away(&certificate);
        words(&certificate)
    }
}

/// The first two words of a file.
fn words(path: &Path) -> (String, String) {
    let text = std::fs::read_to_string(path).expect("a public key");
    let mut words = text.split_whitespace().map(str::to_owned);
    (words.next().expect("a type"), words.next().expect("a key"))
}

fn output(mut command: Command, package: &str) -> String {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            panic!("{program} is not installed: apt-get install {package}")
        }
        Err(error) => panic!("{program} could not be started: {error}"),
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{program}: {said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Lets the server read a file where it runs as somebody else.
fn give_away(path: &Path) {
    if is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).expect("root may give files away");
    }
}

/// Never as root.
fn as_nobody(command: &mut Command) {
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
}

/// Starts OpenSSH's server with all of these keys, the certificates that they have, and further lines of
/// configuration.
///
/// # Panics
/// When sshd is missing or refuses the configuration.
pub fn openssh(keys: &HostKeys, options: &str) -> Server {
    let (directory, file, port) = openssh_configuration(keys, options);
    let mut command = Command::new(program("sshd", &["/usr/sbin/sshd"]));
    command.args(["-D", "-e", "-f"]).arg(&file);
    as_nobody(&mut command);
    Server::start(command, "openssh-server", &[port], directory)
}

/// OpenSSH's server for whoever runs the tests, with a key made for it: the one server here that somebody can log in to,
/// from this computer alone.
#[derive(Debug)]
pub struct Login {
    /// The server.
    pub server: Server,
    /// The file of the private key that it lets in.
    pub identity: PathBuf,
    /// Whom it lets in.
    pub user: String,
    _directory: TempDir,
}

/// Starts it with these host keys and further lines of configuration.
///
/// # Panics
/// As [`openssh`].
pub fn login(keys: &HostKeys, options: &str) -> Login {
    let directory = crate::directory();
    let identity = directory.path().join("identity");
    generate_for_user(&identity);
    let authorized = directory.path().join("authorized_keys");
    std::fs::copy(identity.with_extension("pub"), &authorized).expect("room for a file");
    let mut command = Command::new("id");
    command.arg("-un");
    let user = output(command, "coreutils").trim().to_owned();
    if is_root() {
        // Made by the package's own service where that runs.
        std::fs::create_dir_all("/run/sshd").expect("root may make it");
    }
    // The first line of a keyword is the one that counts.
    let options = format!(
        "{options}\nAllowUsers {user}\nPermitRootLogin prohibit-password\nPermitUserRC no\nAcceptEnv GIT_PROTOCOL"
    );
    let (conf, file, port) = openssh_configuration(keys, &options);
    let text = std::fs::read_to_string(&file).expect("the configuration");
    let text =
        text.replace("AuthorizedKeysFile none", &format!("AuthorizedKeysFile {}", authorized.display()));
    std::fs::write(&file, text).expect("room for a file");
    let mut command = Command::new(program("sshd", &["/usr/sbin/sshd"]));
    command.args(["-D", "-e", "-f"]).arg(&file);
    let server = Server::start(command, "openssh-server", &[port], conf);
    Login { server, identity, user, _directory: directory }
}

/// A key for somebody who logs in, which belongs to whoever runs the tests.
fn generate_for_user(path: &Path) {
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-N", "", "-C", "", "-t", "ed25519", "-f"]).arg(path);
    output(command, "openssh-client");
}

/// What OpenSSH's server makes of its configuration (`sshd -T`): the words after each keyword, in small letters.
///
/// # Panics
/// As [`openssh`].
pub fn openssh_settings(keys: &HostKeys, options: &str) -> Vec<(String, String)> {
    let (_directory, file, _) = openssh_configuration(keys, options);
    let mut command = Command::new(program("sshd", &["/usr/sbin/sshd"]));
    command.args(["-T", "-f"]).arg(&file);
    as_nobody(&mut command);
    let text = output(command, "openssh-server");
    let pairs = text.lines().filter_map(|line| line.split_once(' '));
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn openssh_configuration(keys: &HostKeys, options: &str) -> (TempDir, PathBuf, u16) {
    let (directory, port) = (crate::directory(), crate::free_port());
    let mut text = format!(
        "ListenAddress 127.0.0.1:{port}\nPidFile none\nStrictModes no\nUsePAM no\nUseDNS no\n\
         PasswordAuthentication no\nAuthorizedKeysFile none\nMaxStartups 100\n{options}\n"
    );
    for name in &keys.names {
        text += &format!("HostKey {}\n", keys.path(name).display());
        let certificate = keys.directory.path().join(format!("{name}-cert.pub"));
        if certificate.exists() {
            text += &format!("HostCertificate {}\n", certificate.display());
        }
    }
    let file = directory.path().join("sshd_config");
    std::fs::write(&file, text).expect("room for a file");
    (directory, file, port)
}

/// Starts Dropbear with a key of each of these types (`ed25519`, `ecdsa`, `rsa`), and gives the keys' fingerprints by
/// `dropbearkey` beside it, in the same order.
///
/// # Panics
/// When Dropbear is missing or refuses a type.
pub fn dropbear(types: &[&str]) -> (Server, Vec<String>) {
    let (directory, port) = (crate::directory(), crate::free_port());
    let mut command = Command::new(program("dropbear", &["/usr/sbin/dropbear"]));
    command
        .args(["-F", "-E", "-s", "-p", &format!("127.0.0.1:{port}"), "-P"])
        .arg(directory.path().join("pid"));
    let mut fingerprints = Vec::new();
    for kind in types {
        let file = directory.path().join(kind);
        let mut make = Command::new("dropbearkey");
        make.args(["-t", kind, "-f"]).arg(&file);
        let text = output(make, "dropbear-bin");
        let fingerprint = text.lines().find_map(|line| line.strip_prefix("Fingerprint: "));
        fingerprints.push(fingerprint.expect("a fingerprint").trim().to_owned());
        give_away(&file);
        command.arg("-r").arg(&file);
    }
    as_nobody(&mut command);
    (Server::start(command, "dropbear-bin", &[port], directory), fingerprints)
}

/// TinySSH, which serves one connection on its standard input and output: one is started for each. All end when
/// this is dropped.
#[derive(Debug)]
pub struct TinySsh {
    address: SocketAddr,
    ending: Arc<AtomicBool>,
    listener: Option<JoinHandle<()>>,
    directory: TempDir,
}

impl TinySsh {
    /// Starts it on a free port of 127.0.0.1, with a key of its own.
    ///
    /// # Panics
    /// When TinySSH is missing.
    pub fn start() -> TinySsh {
        let directory = crate::directory();
        let keys = directory.path().join("keys");
        let mut make = Command::new(program("tinysshd-makekey", &["/usr/sbin/tinysshd-makekey"]));
        make.arg(&keys).stderr(Stdio::null());
        output(make, "tinysshd");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("its address");
        let ending = Arc::new(AtomicBool::new(false));
        let shared = Arc::clone(&ending);
        let listener = thread::spawn(move || serve(&listener, &shared, &keys));
        TinySsh { address, ending, listener: Some(listener), directory }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The public key: 32 bytes of Ed25519.
    ///
    /// # Panics
    /// When its file is gone.
    pub fn public(&self) -> Vec<u8> {
        std::fs::read(self.directory.path().join("keys/ed25519.pk")).expect("a public key")
    }
}

fn serve(listener: &TcpListener, ending: &AtomicBool, keys: &Path) {
    let mut children: Vec<Child> = Vec::new();
    for stream in listener.incoming() {
        if ending.load(Ordering::SeqCst) {
            break;
        }
        let Ok(stream) = stream else { continue };
        let Ok(again) = stream.try_clone() else { continue };
        let mut command = Command::new(program("tinysshd", &["/usr/sbin/tinysshd"]));
        command.args(["-v"]).arg(keys).stderr(Stdio::null());
        command.stdin(Stdio::from(OwnedFd::from(stream))).stdout(Stdio::from(OwnedFd::from(again)));
        children.push(command.spawn().expect("tinysshd: apt-get install tinysshd"));
    }
    for mut child in children {
        let _ = child.kill();
        let _ = child.wait();
    }
}

impl Drop for TinySsh {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::SeqCst);
        // Wakes the listener.
        let _ = TcpStream::connect(self.address);
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

/// Starts microsocks, a SOCKS5 proxy that asks for no password.
///
/// # Panics
/// When microsocks is missing.
pub fn socks5() -> Server {
    let (directory, port) = (crate::directory(), crate::free_port());
    let mut command = Command::new("microsocks");
    command.args(["-i", "127.0.0.1", "-p", &port.to_string()]);
    Server::start(command, "microsocks", &[port], directory)
}
