//! systemd's journal, in a mount namespace with a /run of its own.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::child::Server;
use crate::wait_until;

/// Where Debian has the daemon.
const DAEMON: &str = "/lib/systemd/systemd-journald";

/// A running systemd-journald.
#[derive(Debug)]
pub struct Journald {
    server: Server,
}

impl Journald {
    /// Starts one. It reads no kernel messages and leaves auditing alone.
    ///
    /// # Panics
    /// When systemd is missing, or no namespace can be made.
    pub fn start() -> Journald {
        assert!(std::path::Path::new(DAEMON).exists(), "{DAEMON} is missing: apt-get install systemd");
        let directory = crate::directory();
        let at = directory.path();
        for name in ["run/systemd/journal", "run/log/journal", "etc"] {
            std::fs::create_dir_all(at.join(name)).expect("room for a directory");
        }
        let settings =
            "[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\nForwardToSyslog=no\nForwardToWall=no\n";
        std::fs::write(at.join("etc/journald.conf"), settings).expect("room for a file");
        let mut command = Command::new("unshare");
        if !rustix::process::geteuid().is_root() {
            command.arg("--map-root-user");
        }
        let script = "mount --make-rprivate / && mount --bind \"$0/etc\" /etc/systemd && mount --bind \"$0/run\" /run \
                      && exec \"$1\"";
        command.args(["--mount", "sh", "-c", script]).arg(at).arg(DAEMON);
        let server = Server::start(command, "util-linux", &[], directory);
        let journald = Journald { server };
        let there = wait_until(Duration::from_secs(20), || journald.socket().exists());
        assert!(there, "systemd-journald makes no socket:\n{}", journald.server.log());
        journald
    }

    /// The socket of its native protocol.
    pub fn socket(&self) -> PathBuf {
        self.server.directory().join("run/systemd/journal/socket")
    }

    /// The socket that takes what syslog(3) writes.
    pub fn syslog(&self) -> PathBuf {
        self.server.directory().join("run/systemd/journal/dev-log")
    }

    /// The entries with this match (`FIELD=value`) as journalctl's JSON, one a line; waits until there is one, for
    /// twenty seconds at most.
    ///
    /// # Panics
    /// When journalctl is missing.
    pub fn entries(&self, field: &str) -> String {
        let mut entries = String::new();
        wait_until(Duration::from_secs(20), || {
            let out = Command::new("journalctl")
                .arg("--directory")
                .arg(self.server.directory().join("run/log/journal"))
                .args(["--output=json", "--all", "--no-pager", "--quiet", field])
                .output()
                .expect("journalctl: apt-get install systemd");
            entries = String::from_utf8_lossy(&out.stdout).into_owned();
            !entries.is_empty()
        });
        entries
    }
}
