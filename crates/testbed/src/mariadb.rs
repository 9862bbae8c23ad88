//! MariaDB, with nothing in it.

use std::process::Command;

use crate::child::Server;
use crate::encryption::Encryption;
use crate::pki::Identity;
use crate::user::User;

/// What both programs are told, so that little is written.
const SMALL: [&str; 4] = [
    "--no-defaults",
    "--innodb-log-file-size=4M",
    "--innodb-buffer-pool-size=16M",
    "--innodb-flush-method=fsync",
];

/// Starts one. Where TLS is required that is by `require_secure_transport`.
///
/// # Panics
/// When MariaDB is missing.
pub fn start(encryption: Encryption, identity: &Identity) -> Server {
    let user = User::named("mysql", "mariadb-server");
    let directory = crate::directory();
    let own = user.directory(&directory.path().join("mariadb"));
    let (chain, key) = user.identity(identity, &own);
    let data = format!("--datadir={}", own.join("data").display());
    let mut install = Command::new("/usr/bin/mariadb-install-db");
    install.args(SMALL).args([data.as_str(), "--skip-test-db", "--auth-root-authentication-method=normal"]);
    user.run(&mut install);
    let made = install.output().expect("mariadb-install-db: apt-get install mariadb-server");
    assert!(made.status.success(), "mariadb-install-db: {}", String::from_utf8_lossy(&made.stderr));
    let port = crate::free_port();
    let mut command = Command::new("/usr/sbin/mariadbd");
    command.args(SMALL).args([data, format!("--port={port}"), "--bind-address=127.0.0.1".to_owned()]);
    command.arg(format!("--socket={}", own.join("socket").display()));
    command.arg(format!("--pid-file={}", own.join("pid").display()));
    if encryption != Encryption::Off {
        command.arg(format!("--ssl-cert={}", chain.display())).arg(format!("--ssl-key={}", key.display()));
    }
    if encryption == Encryption::Required {
        command.arg("--require-secure-transport=ON");
    }
    user.run(&mut command);
    Server::start(command, "mariadb-server", &[port], directory)
}
