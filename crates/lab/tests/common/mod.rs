//! A lab with the tools that look at it: curl and openssl.

#![allow(dead_code)] // Each test program uses a part of it.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use midwatch_lab::{Defence, Lab};
use tokio::runtime::Runtime;

/// OpenSSL 3 refuses a server without the renegotiation indication unless it is told otherwise.
const OLD_OPENSSL: &str = "openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = old\n\
    [old]\nMinProtocol = TLSv1\nCipherString = ALL:@SECLEVEL=0\nOptions = UnsafeLegacyServerConnect\n";

/// A running lab. The servers run on threads of their own, so that a test may block on a child process.
pub struct Bench {
    pub lab: Option<Lab>,
    pub runtime: Runtime,
    directory: tempfile::TempDir,
}

/// What a tool said.
#[derive(Debug)]
pub struct Said {
    pub success: bool,
    pub out: String,
    pub err: String,
}

impl Bench {
    pub fn start(defences: impl IntoIterator<Item = Defence>) -> Bench {
        let defences: BTreeSet<Defence> = defences.into_iter().collect();
        let runtime = Runtime::new().expect("a runtime");
        let lab = runtime.block_on(Lab::start(&defences)).expect("a lab");
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::write(directory.path().join("ca.pem"), lab.ca_pem()).expect("room for a file");
        std::fs::write(directory.path().join("old.cnf"), OLD_OPENSSL).expect("room for a file");
        Bench { lab: Some(lab), runtime, directory }
    }

    pub fn lab(&self) -> &Lab {
        self.lab.as_ref().expect("a running lab")
    }

    pub fn ca(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// Settings for openssl that let its programs talk to servers of the last decade.
    pub fn old_openssl(&self) -> PathBuf {
        self.directory.path().join("old.cnf")
    }

    /// The IPv4 address where a host answers.
    pub fn address(&self, host: &str, port: u16) -> SocketAddr {
        self.lab()
            .connect_to()
            .into_iter()
            .find(|(name, service, address)| name == host && *service == port && address.is_ipv4())
            .map(|(_, _, address)| address)
            .unwrap_or_else(|| panic!("{host}:{port} is nowhere"))
    }

    /// curl for one URL of the lab, trusting the lab's authority, with the answer's headers before its body.
    pub fn curl(&self, url: &str, more: &[&str]) -> Said {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--include", "--max-time", "20", "--noproxy", "*"]);
        curl.env("OPENSSL_CONF", self.old_openssl());
        curl.arg("--cacert").arg(self.ca());
        for (host, port, address) in self.lab().connect_to() {
            if address.is_ipv4() {
                curl.arg("--connect-to").arg(format!("{host}:{port}:{}:{}", address.ip(), address.port()));
            }
        }
        curl.args(more).arg(url);
        run(&mut curl)
    }

    /// `openssl s_client` for a host of the lab, which sends one request and reads the answer.
    pub fn s_client(&self, host: &str, more: &[&str]) -> Said {
        let mut openssl = Command::new("openssl");
        openssl.arg("s_client").arg("-connect").arg(self.address(host, 443).to_string());
        openssl.args(["-servername", host, "-CAfile"]).arg(self.ca()).args(more);
        let mut child = openssl
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("openssl (Debian package openssl)");
        {
            use std::io::Write as _;
            let mut input = child.stdin.take().expect("a pipe");
            // It may have ended already where the handshake failed.
            let _ = write!(input, "GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            // `-ign_eof` keeps openssl reading after its input has ended.
        }
        said(child.wait_with_output().expect("openssl ends"))
    }
}

pub fn run(command: &mut Command) -> Said {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    said(output)
}

fn said(output: std::process::Output) -> Said {
    Said {
        success: output.status.success(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
