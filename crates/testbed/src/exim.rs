//! Exim, which takes mail for anybody and delivers none of it.
//!
//! Debian's Exim and its Postfix cannot both be installed. `scripts/setup` unpacks Exim.

use std::process::Command;

use crate::child::Server;
use crate::encryption::Encryption;
use crate::pki::Identity;
use crate::unpacked;
use crate::user::User;

/// Starts one, as `mail.shop.example`.
///
/// As in Debian's configuration, login (PLAIN) is offered inside TLS alone. Where there is no TLS it is offered
/// without, as with Debian's `AUTH_SERVER_ALLOW_NOTLS_PASSWORDS`; where TLS is required no mail is taken without.
///
/// # Panics
/// When Exim is missing, or this is not root.
pub fn start(encryption: Encryption, identity: &Identity) -> Server {
    let port = crate::free_port();
    let advertise = if encryption == Encryption::Off { "" } else { "*" };
    let login = encryption.lines("server_advertise_condition = ${if def:tls_in_cipher}");
    let refuse = encryption.required("deny message = Encryption is needed\n  !encrypted = *\n", "");
    let main = format!("tls_advertise_hosts = {advertise}\nacl_smtp_mail = sender\n");
    let rest = format!(
        "begin acl\nsender:\n  {refuse}  accept\nbegin authenticators\nplain:\n  driver = plaintext\n  \
         public_name = PLAIN\n  server_condition = false\n  {login}\n"
    );
    start_with(port, identity, &main, &rest)
}

/// Starts one with these lines in the main section of its configuration, which need not name the certificate, and
/// with these sections after it.
///
/// # Panics
/// As [`start`].
pub fn start_with(port: u16, identity: &Identity, main: &str, sections: &str) -> Server {
    assert!(crate::user::is_root(), "Exim starts as root alone: run this test as root");
    let program = unpacked::file("exim", "usr/sbin/exim4");
    let user = User::named("Debian-exim", "exim4-base");
    let directory = crate::directory();
    let at = directory.path();
    let own = user.directory(&at.join("exim"));
    let (chain, key) = user.identity(identity, &own);
    let shown = own.display();
    // A client that names the address of this computer would have it look up who that is, at whatever resolver there is.
    let text = format!(
        "exim_path = {program}\nprimary_hostname = mail.shop.example\nqualify_domain = shop.example\n\
         daemon_smtp_ports = {port}\nlocal_interfaces = 127.0.0.1\nspool_directory = {shown}/spool\n\
         log_file_path = {shown}/%slog\npid_file_path = {shown}/pid\nkeep_environment =\n\
         host_lookup =\nhelo_lookup_domains =\nrfc1413_query_timeout = 0s\n\
         tls_certificate = {chain}\ntls_privatekey = {key}\n{main}{sections}",
        program = program.display(),
        chain = chain.display(),
        key = key.display(),
    );
    // Exim takes no configuration that somebody else could change.
    let configuration = at.join("exim.conf");
    std::fs::write(&configuration, text).expect("room for a file");
    let mut command = Command::new(program);
    // In front, and with what it takes left in the queue.
    command.arg("-C").arg(&configuration).args(["-bdf", "-odq"]);
    Server::start(command, "exim4-daemon-light", &[port], directory)
}
