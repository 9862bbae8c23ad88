//! A real `ssh` in a network of its own, whose resolver and server are those of the test: both are led out of it by
//! sockets in the file system, since nothing else leaves.

use std::io;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use midwatch_testbed::lan::{Host, Lan, Running};
use midwatch_testbed::{TempDir, wait_until};

const CLIENT: Host = Host { name: "client", mac: "02:00:00:00:00:22", addresses: &["192.168.22.1/24"] };

/// What ssh made of a server whose key it knows from nowhere but the DNS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// The fingerprint matches, and the resolver said that it is proved: ssh connects.
    Accepted,
    /// The fingerprint matches, and nothing proves it: ssh would ask.
    Insecure,
    /// The key is another one.
    Mismatch,
    /// There is no record, or no answer.
    Nothing,
}

pub struct Client {
    files: TempDir,
    lan: Lan,
    _relay: Running,
}

impl Client {
    /// A network with a client. Its resolver is at `resolver`, and every server that it connects to is `server`.
    pub fn new(resolver: SocketAddr, server: SocketAddr) -> Client {
        let files = midwatch_testbed::directory();
        let at = |name: &str| files.path().join(name);
        std::fs::write(at("resolv.conf"), "nameserver 127.0.0.1\noptions edns0 trust-ad\n").unwrap();
        std::fs::write(at("relay.py"), include_str!("relay.py")).unwrap();
        let (inside, outside) = (at("inside"), at("outside"));
        let socket = UnixDatagram::bind(&outside).unwrap();
        let back = inside.clone();
        thread::spawn(move || answer(&socket, &back, resolver));
        let listener = UnixListener::bind(at("server")).unwrap();
        thread::spawn(move || serve(&listener, server));
        let lan = Lan::new(&[CLIENT]);
        let line =
            format!("python3 {} dns {} {}", at("relay.py").display(), inside.display(), outside.display());
        let relay = lan.start("client", &line);
        assert!(wait_until(Duration::from_secs(30), || inside.exists()), "the relay: python3");
        Client { files, lan, _relay: relay }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    /// Connects, and asks the server for a host key of one algorithm.
    pub fn ssh(&self, host: &str, algorithm: &str) -> Said {
        let pipe =
            format!("python3 {} pipe {}", self.path("relay.py").display(), self.path("server").display());
        let mut options = String::new();
        for option in [
            "VerifyHostKeyDNS=yes",
            "StrictHostKeyChecking=yes",
            "BatchMode=yes",
            "UserKnownHostsFile=none",
            "GlobalKnownHostsFile=none",
            "PreferredAuthentications=none",
            &format!("HostKeyAlgorithms={algorithm}"),
            &format!("'ProxyCommand={pipe}'"),
        ] {
            options += &format!(" -o {option}");
        }
        let line = format!(
            "mount --bind {} /etc/resolv.conf && exec ssh -v -T -F none {options} {host}",
            self.path("resolv.conf").display()
        );
        let output = self.lan.attempt("client", &line);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let has = |words: &str| text.contains(words);
        let accepted = has("Permission denied");
        if has("mismatching host key fingerprint found in DNS") {
            assert!(!accepted, "{text}");
            Said::Mismatch
        } else if has("matching host key fingerprint found in DNS") {
            assert_eq!(has(" secure fingerprints in DNS"), accepted, "{text}");
            if accepted { Said::Accepted } else { Said::Insecure }
        } else if has("no host key fingerprint found in DNS") || has("DNS lookup error") {
            assert!(!accepted, "{text}");
            Said::Nothing
        } else {
            panic!("{host} {algorithm}: {text}")
        }
    }
}

/// Passes questions on to the resolver, one after the other.
fn answer(socket: &UnixDatagram, back: &Path, resolver: SocketAddr) {
    let mut buffer = vec![0; 65_536];
    while let Ok(length) = socket.recv(&mut buffer) {
        let asked = || -> io::Result<Vec<u8>> {
            let out = UdpSocket::bind("127.0.0.1:0")?;
            out.set_read_timeout(Some(Duration::from_secs(10)))?;
            out.send_to(buffer.get(..length).unwrap_or_default(), resolver)?;
            let mut answer = vec![0; 65_536];
            let (length, _) = out.recv_from(&mut answer)?;
            answer.truncate(length);
            Ok(answer)
        };
        if let Ok(answer) = asked() {
            let _ = socket.send_to(&answer, back);
        }
    }
}

fn serve(listener: &UnixListener, server: SocketAddr) {
    for client in listener.incoming().flatten() {
        thread::spawn(move || connect(client, server));
    }
}

fn connect(mut client: UnixStream, server: SocketAddr) -> io::Result<()> {
    let mut there = TcpStream::connect(server)?;
    let (mut from, mut to) = (there.try_clone()?, client.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Write);
    });
    io::copy(&mut client, &mut there)?;
    there.shutdown(std::net::Shutdown::Write)
}
