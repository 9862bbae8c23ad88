//! Other hosts on the way, as `ssh -J` goes over them: this user's own `ssh` logs in there and lends its connection.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use midwatch_model::{Host, Reason, ReasonKind};

/// Seconds after its last use at which the shared connection ends, where nobody ends it before.
const PERSIST: u8 = 20;

/// One login at the last host of the way, shared by all connections that are made over it, and ended when this is
/// dropped.
#[derive(Debug)]
pub(super) struct Jump {
    directory: tempfile::TempDir,
    hops: Vec<String>,
    options: Vec<OsString>,
}

impl Jump {
    /// Over these hosts, in the order in which they are met, each as `ssh -J` takes it. `config` is the file for `ssh
    /// -F`.
    ///
    /// # Errors
    /// A [`Reason`] where no directory can be made for the shared connection.
    pub(super) fn over(hops: Vec<String>, config: Option<&Path>) -> Result<Jump, Reason> {
        // ControlPath must be short: sockets' names end at some hundred bytes (unix(7)).
        let directory = tempfile::Builder::new()
            .prefix("midwatch-")
            .tempdir()
            .map_err(|error| Reason::new(ReasonKind::Other, format!("no place for ssh's socket: {error}")))?;
        let mut options: Vec<OsString> = Vec::new();
        if let Some(config) = config {
            options.extend(["-F".into(), config.into()]);
        }
        let socket = directory.path().join("s");
        for option in ["BatchMode=yes", "ControlMaster=auto", "ClearAllForwardings=no"] {
            options.extend(["-o".into(), option.into()]);
        }
        options.extend(["-o".into(), format!("ControlPersist={PERSIST}").into()]);
        let mut path = OsString::from("ControlPath=");
        path.push(&socket);
        options.extend(["-o".into(), path]);
        Ok(Jump { directory, hops, options })
    }

    /// The command that connects to `host` and `port` from the last host. Names are looked up over there.
    ///
    /// # Errors
    /// A [`Reason`] where no host is named.
    pub(super) fn to(&self, host: &Host, port: u16) -> Result<Vec<OsString>, Reason> {
        let (last, before) = self
            .hops
            .split_last()
            .ok_or_else(|| Reason::new(ReasonKind::Other, "no host to jump over is named"))?;
        let mut command: Vec<OsString> = vec!["ssh".into()];
        command.extend(self.options.iter().cloned());
        if !before.is_empty() {
            command.extend(["-J".into(), before.join(",").into()]);
        }
        // A host is written as in a URL: an address of IPv6 in brackets.
        command.extend(["-W".into(), format!("{host}:{port}").into()]);
        // As `ssh -J` reads them: user@host:port. A URL has the port without another option.
        command.extend(["--".into(), format!("ssh://{}", last.trim_start_matches("ssh://")).into()]);
        Ok(command)
    }
}

impl Drop for Jump {
    fn drop(&mut self) {
        if !self.directory.path().join("s").exists() {
            return;
        }
        // Ends by itself otherwise; asking is quick, since it goes over a local socket.
        let _ = Command::new("ssh")
            .args(&self.options)
            .args(["-O", "exit", "--", "midwatch"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}
