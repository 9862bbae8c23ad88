//! This computer as a server that may be changed: its whole file system with another layer above, in namespaces of its own.
//! Nothing that is written there reaches the computer itself, and nothing of it is left behind. Needs root.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// The copy. Its programs end, and its layer goes away, when this is dropped.
#[derive(Debug)]
pub struct ServerCopy {
    /// Holds the namespaces.
    holder: Child,
    /// The process whose namespaces they are.
    inner: String,
    directory: TempDir,
}

impl ServerCopy {
    /// A copy without a network.
    ///
    /// # Panics
    /// Where namespaces or the file system cannot be made, which takes root and an overlay file system.
    pub fn new() -> ServerCopy {
        assert!(
            rustix::process::geteuid().is_root(),
            "a copy of the server takes root: run the tests as root"
        );
        let directory = crate::directory();
        for name in ["upper", "work", "root"] {
            fs::create_dir(directory.path().join(name)).expect("a directory");
        }
        let script = "mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root && mount --rbind /dev root/dev && \
                      mount -t proc proc root/proc && mount -t tmpfs -o mode=755 tmpfs root/run && mkdir root/run/lock && \
                      ip link set lo up && echo ready && exec sleep infinity";
        let mut holder = Command::new("unshare")
            .args(["--mount", "--pid", "--net", "--fork", "--kill-child", "sh", "-c", script])
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare of util-linux");
        let mut line = String::new();
        BufReader::new(holder.stdout.as_mut().expect("its output")).read_line(&mut line).expect("its output");
        assert_eq!(line, "ready\n", "the namespaces could not be made");
        let children = format!("/proc/{0}/task/{0}/children", holder.id());
        let inner = fs::read_to_string(children).expect("its child").trim().to_owned();
        ServerCopy { holder, inner, directory }
    }

    /// Where its file system begins, for processes of [`ServerCopy::beside`].
    pub fn root(&self) -> PathBuf {
        self.directory.path().join("root")
    }

    /// A command that sees this computer's files, and the copy's below [`ServerCopy::root`].
    pub fn beside(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.inner, "--mount", "--pid", "--net", "--"]).arg(program.as_ref());
        command
    }

    /// Runs a line of shell on the copy to its end, whatever comes of it.
    ///
    /// # Panics
    /// Where there is no shell.
    pub fn attempt(&self, line: &str) -> Output {
        let mut command = self.beside("chroot");
        command
            .arg(self.root())
            .args(["sh", "-c", line])
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LC_ALL", "C");
        command.stdin(Stdio::null()).output().expect("nsenter of util-linux")
    }

    /// The same where it has to succeed. What it wrote to its output.
    ///
    /// # Panics
    /// Where it fails.
    pub fn run(&self, line: &str) -> String {
        let output = self.attempt(line);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{line}: {text}{}", String::from_utf8_lossy(&output.stderr));
        text
    }

    /// Writes a file of the copy, with the directories above it.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub fn write(&self, path: &str, text: &str) {
        use std::io::Write as _;
        let mut command = self.beside("chroot");
        command.arg(self.root()).args(["sh", "-c", "mkdir -p \"${0%/*}\" && cat > \"$0\"", path]);
        let mut child = command.stdin(Stdio::piped()).spawn().expect("nsenter of util-linux");
        child.stdin.take().expect("its input").write_all(text.as_bytes()).expect("its input");
        assert!(child.wait().expect("its end").success(), "{path} could not be written");
    }
}

impl Default for ServerCopy {
    fn default() -> Self {
        ServerCopy::new()
    }
}

impl Drop for ServerCopy {
    fn drop(&mut self) {
        // Its child is killed with it, and with that one, which is the first of its process namespace, all others.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}
