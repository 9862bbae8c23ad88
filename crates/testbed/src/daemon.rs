//! A daemon under test, with this test as its service manager (sd_notify(3)): the test knows when it is ready without
//! asking again and again, and can end it in any way.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::wait_until;

/// How long it may take to become ready, or to read its configuration again. Generous: test machines are busy.
const READY_TIME: Duration = Duration::from_secs(60);

/// How long it may take to end in good order.
const STOP_TIME: Duration = Duration::from_secs(60);

/// A longer answer is not read.
const MAX_ANSWER: u64 = 64 * 1024 * 1024;

/// A running daemon. It is killed when this is dropped.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    socket: UnixDatagram,
    log: PathBuf,
    /// The last `STATUS=`.
    status: String,
    /// Holds the socket's path.
    _directory: TempDir,
}

impl Daemon {
    /// Starts it and waits until it is ready. What it writes is added to the file `log`.
    ///
    /// # Panics
    /// When it cannot be started, ends, or is not ready in time: the text ends with what it wrote.
    pub fn start(command: Command, log: &Path) -> Daemon {
        let mut daemon = Daemon::spawn(command, log);
        daemon.until_ready();
        daemon
    }

    /// Starts it, and does not wait.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn spawn(mut command: Command, log: &Path) -> Daemon {
        let directory = crate::directory();
        let path = directory.path().join("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a time-out");
        let sink = OpenOptions::new().create(true).append(true).open(log).expect("a log file");
        let same = sink.try_clone().expect("the same log file");
        let program = command.get_program().to_string_lossy().into_owned();
        command.env("NOTIFY_SOCKET", &path).env_remove("WATCHDOG_USEC").env_remove("JOURNAL_STREAM");
        command.stdin(Stdio::null()).stdout(sink).stderr(same);
        let child = command.spawn().unwrap_or_else(|error| panic!("{program} could not be started: {error}"));
        Daemon { child, socket, log: log.to_owned(), status: String::new(), _directory: directory }
    }

    /// Waits until it says that it is ready.
    ///
    /// # Panics
    /// As [`Daemon::start`].
    pub fn until_ready(&mut self) {
        let deadline = Instant::now() + READY_TIME;
        while !self.hears("READY=1") {
            if let Some(status) = self.child.try_wait().expect("the state of a child") {
                panic!("the daemon ended with {status}:\n{}", self.tail());
            }
            assert!(Instant::now() < deadline, "the daemon is not ready:\n{}", self.tail());
        }
    }

    /// Takes one message, where one comes within a moment, and says whether it holds this line.
    fn hears(&mut self, wanted: &str) -> bool {
        let mut buffer = [0; 4096];
        let Ok(length) = self.socket.recv(&mut buffer) else { return false };
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        if let Some(status) = text.lines().find_map(|line| line.strip_prefix("STATUS=")) {
            self.status = status.to_owned();
        }
        text.lines().any(|line| line == wanted)
    }

    /// Its last word on how it goes, with what it has said since.
    pub fn status(&mut self) -> &str {
        self.socket.set_nonblocking(true).expect("a socket that does not block");
        let mut buffer = [0; 4096];
        while let Ok(length) = self.socket.recv(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if let Some(status) = text.lines().find_map(|line| line.strip_prefix("STATUS=")) {
                self.status = status.to_owned();
            }
        }
        self.socket.set_nonblocking(false).expect("a socket that blocks");
        &self.status
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// True until it has ended.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// SIGHUP, and waits until it is ready again.
    ///
    /// # Panics
    /// As [`Daemon::start`].
    pub fn reload(&mut self) {
        self.signal(Signal::HUP);
        self.until_ready();
    }

    /// SIGUSR1: every target is looked at.
    pub fn look(&mut self) {
        self.signal(Signal::USR1);
    }

    /// SIGKILL: no chance to bring anything to an end.
    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM, and waits for its end.
    ///
    /// # Panics
    /// When it does not end in time.
    pub fn stop(mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        let mut status = None;
        wait_until(STOP_TIME, || {
            status = self.child.try_wait().expect("the state of a child");
            status.is_some()
        });
        status.unwrap_or_else(|| panic!("the daemon does not end:\n{}", self.tail()))
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("an id");
        kill_process(id, signal).expect("a signal to a child");
    }

    /// Its memory in bytes: what is resident now, and the most that ever was.
    ///
    /// # Panics
    /// When it has ended.
    pub fn memory(&self) -> [u64; 2] {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.id())).expect("a running daemon");
        ["VmRSS:", "VmHWM:"].map(|name| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)).expect("proc(5)");
            let number = line.trim().trim_end_matches(" kB").trim();
            number.parse::<u64>().expect("a number of kB") * 1024
        })
    }

    /// The end of what it wrote.
    pub fn tail(&self) -> String {
        let text = std::fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let text = text.unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(40).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks for a path over plain HTTP and gives the body of a `200`; none for anything else.
pub fn get(address: SocketAddr, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER).read_to_end(&mut answer).ok()?;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?;
    (status == "200").then(|| body.to_owned())
}

/// The samples in figures as Prometheus reads them, by name with labels as they are written; labels must hold no blank.
pub fn figures(text: &str) -> BTreeMap<String, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.rsplit_once(' '))
        .filter_map(|(name, n)| Some((name.to_owned(), n.parse().ok()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A daemon of a few lines of shell, which speaks by systemd's own tool.
    fn shell(script: &str) -> Command {
        let mut command = Command::new("bash");
        command.args(["-c", script]);
        command
    }

    const GOOD: &str = "trap 'systemd-notify --no-block --reloading; systemd-notify --no-block --ready --status=again' HUP\n\
                        trap 'exit 7' TERM\n\
                        systemd-notify --no-block --ready --status='is up'\n\
                        while :; do read -rt 0.05 <> <(:) || :; done";

    #[test]
    fn a_daemon_is_ready_read_again_and_stopped() {
        let directory = crate::directory();
        let mut daemon = Daemon::start(shell(GOOD), &directory.path().join("log"));
        assert_eq!(daemon.status(), "is up");
        daemon.reload();
        assert_eq!(daemon.status(), "again");
        assert!(daemon.is_running());
        let [now, most] = daemon.memory();
        assert!(now > 100_000 && most >= now);
        assert_eq!(daemon.stop().code(), Some(7));
    }

    #[test]
    fn a_daemon_is_killed() {
        let directory = crate::directory();
        let daemon = Daemon::start(shell(GOOD), &directory.path().join("log"));
        let id = daemon.id();
        daemon.kill();
        assert!(!Path::new(&format!("/proc/{id}")).exists());
    }

    #[test]
    #[should_panic(expected = "the daemon ended with exit status: 3:\nno good")]
    fn a_daemon_that_ends_shows_what_it_wrote() {
        let directory = crate::directory();
        Daemon::start(shell("echo no good; exit 3"), &directory.path().join("log"));
    }

    #[test]
    fn figures_are_read() {
        let all = figures("# TYPE a counter\na_total{kind=\"x\"} 3\nb 1.5\n\nbroken\n");
        assert_eq!(all, BTreeMap::from([("a_total{kind=\"x\"}".to_owned(), 3.0), ("b".to_owned(), 1.5)]));
    }
}
