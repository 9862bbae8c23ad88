//! A server in a process of its own.

use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::wait_until;

/// How long a server may take to answer its port. Generous: test machines are busy.
const START_TIME: Duration = Duration::from_secs(30);

/// How long a server may take to end of its own accord.
const STOP_TIME: Duration = Duration::from_secs(5);

/// A running server. It ends when this is dropped, and its directory goes away.
#[derive(Debug)]
pub struct Server {
    child: Child,
    program: String,
    ports: Vec<u16>,
    directory: TempDir,
}

impl Server {
    /// Starts `command`, with its output in `directory`/log, and waits until every port answers on 127.0.0.1.
    ///
    /// # Panics
    /// When the program is missing (the text names `package`), ends, or does not answer in time: the text
    /// holds what the program wrote.
    pub fn start(command: Command, package: &str, ports: &[u16], directory: TempDir) -> Server {
        let mut server = Server::spawn(command, package, ports, directory);
        for port in ports {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, *port));
            let answers = |_: &Server| TcpStream::connect_timeout(&address, START_TIME).is_ok();
            server.until(&format!("answer port {port}"), answers);
        }
        server
    }

    /// The same for a server that an empty connection would disturb: waits until it has written `text`.
    ///
    /// # Panics
    /// As [`Server::start`].
    pub fn start_quietly(
        command: Command,
        package: &str,
        ports: &[u16],
        directory: TempDir,
        text: &str,
    ) -> Server {
        let mut server = Server::spawn(command, package, ports, directory);
        server.until(&format!("say \"{text}\""), |server| server.log().contains(text));
        server
    }

    fn spawn(mut command: Command, package: &str, ports: &[u16], directory: TempDir) -> Server {
        let program = command.get_program().to_string_lossy().into_owned();
        let log = File::create(directory.path().join("log")).expect("a log file");
        let same = log.try_clone().expect("the same log file");
        // Standard input stays open and empty: `openssl s_server` ends a connection when its own input ends.
        let started = command.stdin(Stdio::piped()).stdout(log).stderr(same).spawn();
        match started {
            Ok(child) => Server { child, program, ports: ports.to_vec(), directory },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                panic!("{program} is not installed: apt-get install {package}")
            }
            Err(error) => panic!("{program} could not be started: {error}"),
        }
    }

    /// Waits until it is ready.
    fn until(&mut self, what: &str, ready: impl Fn(&Server) -> bool) {
        let mut ended = None;
        let is_ready = wait_until(START_TIME, || {
            ended = self.child.try_wait().expect("the state of a child");
            ended.is_some() || ready(self)
        });
        if let Some(status) = ended {
            panic!("{} ended with {status}:\n{}", self.program, self.log());
        }
        assert!(is_ready, "{} does not {what}:\n{}", self.program, self.log());
    }

    /// The ports, in the order that they were given at the start.
    pub fn ports(&self) -> &[u16] {
        &self.ports
    }

    /// The first port.
    ///
    /// # Panics
    /// When the server was started without one.
    pub fn port(&self) -> u16 {
        *self.ports.first().expect("a port")
    }

    /// Address of the first port.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port()).into()
    }

    /// The directory with the server's files.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// What the program has written to its output so far.
    pub fn log(&self) -> String {
        read(&self.directory.path().join("log"))
    }

    /// One line for each request that nginx or Apache has answered so far; empty for other servers. The line
    /// comes after the answer: to wait for it, use [`Server::has_logged`].
    pub fn access_log(&self) -> String {
        read(&self.directory.path().join("access.log"))
    }

    /// Waits until the access log holds this text, for ten seconds at most, and says whether it does.
    pub fn has_logged(&self, text: &str) -> bool {
        wait_until(Duration::from_secs(10), || self.access_log().contains(text))
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// True where the process has ended by itself.
    ///
    /// # Panics
    /// Where the system does not say.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("the state of a child").is_some()
    }

    /// Ends the server now.
    pub fn stop(self) {}
}

fn read(path: &Path) -> String {
    std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

impl Drop for Server {
    fn drop(&mut self) {
        // Asked first, so that nginx and Apache end their workers too; then made to.
        let asked = i32::try_from(self.child.id())
            .ok()
            .and_then(Pid::from_raw)
            .is_some_and(|pid| kill_process(pid, Signal::TERM).is_ok());
        let ended = asked && wait_until(STOP_TIME, || !matches!(self.child.try_wait(), Ok(None)));
        if !ended {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "no-such-program is not installed: apt-get install some-package")]
    fn a_missing_program_names_its_package() {
        Server::start(Command::new("no-such-program"), "some-package", &[], crate::directory());
    }

    #[test]
    #[should_panic(expected = "ended with exit status: 3:\nno good")]
    fn a_program_that_ends_shows_what_it_wrote() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo no good; exit 3"]);
        Server::start(command, "dash", &[crate::free_port()], crate::directory());
    }

    #[test]
    fn a_program_that_does_not_heed_the_signal_is_ended_all_the_same() {
        let port = crate::free_port();
        // An ignored signal stays ignored in the program that the shell becomes.
        let script = format!("trap '' TERM; exec openssl s_server -4 -www -nocert -accept 127.0.0.1:{port}");
        let mut command = Command::new("sh");
        command.args(["-c", &script]);
        let server = Server::start(command, "openssl", &[port], crate::directory());
        let address = server.address();
        server.stop();
        assert!(TcpStream::connect(address).is_err());
    }
}
