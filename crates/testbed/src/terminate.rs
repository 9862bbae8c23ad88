//! HAProxy or stunnel, taking TLS off in front of another server: for another TLS configuration to measure,
//! or to put a hostile HTTP server behind sound TLS.

use std::net::SocketAddr;
use std::process::Command;

use crate::child::Server;
use crate::nginx::program;
use crate::pki::Identity;

/// HAProxy with this certificate in front of `backend`. `options` are added to its `bind` line, for example
/// `ssl-min-ver TLSv1.2 alpn http/1.1`.
///
/// # Panics
/// When HAProxy is missing or refuses the configuration.
pub fn haproxy(identity: &Identity, backend: SocketAddr, options: &str) -> Server {
    let port = crate::free_port();
    let directory = crate::directory();
    let config = format!(
        "global\nmaxconn 500\n\
         defaults\nmode tcp\ntimeout connect 10s\ntimeout client 60s\ntimeout server 60s\n\
         listen tls\nbind 127.0.0.1:{port} ssl crt {bundle} {options}\nserver backend {backend}\n",
        bundle = identity.bundle.display()
    );
    let file = directory.path().join("haproxy.cfg");
    std::fs::write(&file, config).expect("room for a file");
    let mut command = Command::new(program("haproxy", &["/usr/sbin/haproxy"]));
    command.arg("-db").arg("-f").arg(&file);
    Server::start(command, "haproxy", &[port], directory)
}

/// stunnel with this certificate in front of `backend`. `options` are further lines of the service, for
/// example `sslVersionMin = TLSv1.2`.
///
/// # Panics
/// When stunnel is missing or refuses the configuration.
pub fn stunnel(identity: &Identity, backend: SocketAddr, options: &str) -> Server {
    let port = crate::free_port();
    let directory = crate::directory();
    let config = format!(
        "foreground = yes\npid =\nsyslog = no\ndebug = notice\n\
         [tls]\naccept = 127.0.0.1:{port}\nconnect = {backend}\ncert = {chain}\nkey = {key}\n{options}\n",
        chain = identity.chain.display(),
        key = identity.key.display()
    );
    let file = directory.path().join("stunnel.conf");
    std::fs::write(&file, config).expect("room for a file");
    let mut command = Command::new(program("stunnel", &["/usr/bin/stunnel4", "/usr/bin/stunnel"]));
    command.arg(&file);
    Server::start(command, "stunnel4", &[port], directory)
}
