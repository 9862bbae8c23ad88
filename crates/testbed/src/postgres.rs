//! PostgreSQL, as somebody other than root, which it refuses to be.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::child::Server;
use crate::pki::Identity;

/// `nobody`, whom it runs as where the tests run as root.
const NOBODY: u32 = 65534;

/// What the one user is called.
const USER: &str = "watch";

/// What PostgreSQL says when it can be asked.
const READY: &str = "database system is ready to accept connections";

/// A server of PostgreSQL with a user of its own, on a Unix socket, where it asks for no password, and on a port of
/// 127.0.0.1, where it does. What it holds goes away with it; it does not wait for the disk.
#[derive(Debug)]
pub struct Postgres {
    directory: TempDir,
    port: u16,
    server: Option<Server>,
    databases: AtomicU32,
}

impl Postgres {
    /// The password of its user.
    pub const PASSWORD: &str = "no-secret-at-all";

    /// Makes a server and starts it.
    ///
    /// # Panics
    /// When PostgreSQL is missing or does not start.
    pub fn start() -> Postgres {
        Postgres::with("")
    }

    /// The same with TLS, as this server.
    ///
    /// # Panics
    /// As [`Postgres::start`].
    pub fn with_tls(identity: &Identity) -> Postgres {
        let (chain, key) = (&identity.chain, &identity.key);
        let text = format!("ssl = on\nssl_cert_file = '{}'\nssl_key_file = 'tls.key'\n", chain.display());
        let mut postgres = Postgres::make(&text);
        let own = postgres.data().join("tls.key");
        std::fs::copy(key, &own).expect("room for a key");
        std::fs::set_permissions(&own, std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .expect("permissions of a file made here");
        give_away(&own);
        postgres.go_on();
        postgres
    }

    /// The same, where nobody is served without TLS by way of the port: the rules of `pg_hba.conf` say `hostssl`.
    ///
    /// # Panics
    /// As [`Postgres::start`].
    pub fn with_tls_required(identity: &Identity) -> Postgres {
        let mut postgres = Postgres::with_tls(identity);
        postgres.stop();
        let file = postgres.data().join("pg_hba.conf");
        let rules = std::fs::read_to_string(&file).expect("the rules that initdb wrote");
        std::fs::write(&file, rules.replace("\nhost ", "\nhostssl ")).expect("room for a file");
        postgres.go_on();
        postgres
    }

    /// The same with further lines of postgresql.conf.
    ///
    /// # Panics
    /// As [`Postgres::start`].
    pub fn with(lines: &str) -> Postgres {
        let mut postgres = Postgres::make(lines);
        postgres.go_on();
        postgres
    }

    fn make(lines: &str) -> Postgres {
        let directory = crate::directory();
        let at = directory.path();
        for name in ["data", "socket"] {
            let path = at.join(name);
            std::fs::create_dir(&path).expect("a directory");
            give_away(&path);
        }
        let password = at.join("password");
        std::fs::write(&password, Self::PASSWORD).expect("room for a file");
        let mut command = Command::new(program("initdb"));
        command.args(["--no-sync", "--no-instructions", "--encoding=UTF8", "--locale=C.UTF-8", "-U", USER]);
        command.args(["--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile"]).arg(&password);
        command.arg("-D").arg(at.join("data")).current_dir(at);
        run(command);
        let port = crate::free_port();
        let text = format!(
            "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = '{}'\nfsync = off\n\
             synchronous_commit = off\nmax_connections = 40\nshared_buffers = 32MB\nautovacuum = off\n\
             lc_messages = 'C'\n{lines}",
            at.join("socket").display()
        );
        let file = at.join("data/postgresql.conf");
        std::fs::write(&file, text).expect("room for a file");
        give_away(&file);
        Postgres { directory, port, server: None, databases: AtomicU32::new(0) }
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Starts it again after [`Postgres::stop`]; its databases are as they were.
    ///
    /// # Panics
    /// As [`Postgres::start`].
    pub fn go_on(&mut self) {
        let mut command = Command::new(program("postgres"));
        command.arg("-D").arg(self.data()).current_dir(self.directory.path());
        as_nobody(&mut command);
        let started = Server::start_quietly(command, "postgresql", &[self.port], crate::directory(), READY);
        self.server = Some(started);
    }

    /// Ends it at once: whoever is connected is sent away.
    pub fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            // SIGTERM alone would wait until everybody has gone.
            if let Some(pid) = i32::try_from(server.id()).ok().and_then(Pid::from_raw) {
                let _ = kill_process(pid, Signal::INT);
            }
            server.stop();
        }
    }

    /// A new and empty database: its URL by way of the Unix socket, without a password.
    ///
    /// # Panics
    /// When there is no room for it.
    pub fn database(&self) -> String {
        let name = self.create();
        let socket = self.directory.path().join("socket");
        format!("postgres://{USER}@/{name}?host={}&port={}", socket.display(), self.port)
    }

    /// A new and empty database: its URL by way of the port, with the password.
    ///
    /// # Panics
    /// As [`Postgres::database`].
    pub fn database_by_port(&self) -> String {
        let name = self.create();
        format!("postgres://{USER}:{}@127.0.0.1:{}/{name}", Self::PASSWORD, self.port)
    }

    /// Its port of 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    fn create(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0"));
        name
    }

    /// Runs SQL in a database by its name or its URL, as psql does, and gives what it writes without headings.
    ///
    /// # Panics
    /// When psql is missing, or the database says no.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        let mut command = Command::new(program("psql"));
        let socket = self.directory.path().join("socket");
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", USER, "-p"]);
        command.arg(self.port.to_string()).arg("-h").arg(socket).args(["-d", database, "-c", sql]);
        run(command)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The newest of a program's versions that Debian's packages have put beside each other.
fn program(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let number =
        |path: &Path| path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
    versions
        .map(|entry| entry.path())
        .filter(|path| path.join("bin").join(name).exists())
        .max_by_key(|path| number(path).unwrap_or(0_u32))
        .map_or_else(|| PathBuf::from(name), |path| path.join("bin").join(name))
}

fn run(mut command: Command) -> String {
    as_nobody(&mut command);
    let program = command.get_program().to_string_lossy().into_owned();
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            panic!("{program} is not installed: apt-get install postgresql")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_are_apart_and_outlast_a_stop() {
        let mut postgres = Postgres::start();
        let (one, other) = (postgres.database(), postgres.database());
        postgres.sql(&one, "CREATE TABLE thing (number BIGINT)");
        postgres.sql(&one, "INSERT INTO thing VALUES (7)");
        postgres.sql(&other, "CREATE TABLE thing (number BIGINT)");
        postgres.stop();
        postgres.go_on();
        assert_eq!(postgres.sql(&one, "SELECT number FROM thing"), "7\n");
        assert_eq!(postgres.sql(&other, "SELECT count(*) FROM thing"), "0\n");
    }
}
