//! `openssl s_server` with any arguments.

use std::process::Command;

use crate::child::Server;
use crate::pki::Identity;

/// Starts `openssl s_server` on a free port of 127.0.0.1 with this certificate and further arguments, for
/// example `["-tls1_2", "-cipher", "ALL:@SECLEVEL=0"]`. It answers HTTP requests with a page about the
/// connection (`-www`), one connection after the other.
///
/// # Panics
/// When openssl is missing or refuses the arguments.
pub fn s_server(identity: &Identity, arguments: &[&str]) -> Server {
    let port = crate::free_port();
    let mut command = Command::new("openssl");
    command.args(["s_server", "-4", "-www", "-accept", &format!("127.0.0.1:{port}"), "-cert"]);
    command.arg(&identity.certificate).arg("-cert_chain").arg(&identity.chain);
    command.arg("-key").arg(&identity.key).args(arguments);
    Server::start(command, "openssl", &[port], crate::directory())
}
