//! Prosody, an XMPP server without accounts.

use std::process::Command;

use crate::child::Server;
use crate::encryption::Encryption;
use crate::free_port;
use crate::pki::Identity;
use crate::user::User;

/// Starts one for the domain `shop.example`: its first port is for people's programs, its second for other servers.
///
/// As Debian configures it TLS is required. Where it is not, the mechanisms of login are offered before it, and where
/// there is no TLS at all, PLAIN is among them.
///
/// # Panics
/// When Prosody is missing.
pub fn start(encryption: Encryption, identity: &Identity) -> Server {
    let user = User::named("prosody", "prosody");
    let directory = crate::directory();
    let own = user.directory(&directory.path().join("xmpp"));
    let data = user.directory(&own.join("data"));
    user.directory(&own.join("certs"));
    let (chain, key) = user.identity(identity, &own);
    let (clients, servers) = (free_port(), free_port());
    let tls = format!("ssl = {{ certificate = \"{}\", key = \"{}\" }}\n", chain.display(), key.display());
    let text = format!(
        "data_path = \"{data}\"\npidfile = \"{own}/pid\"\nlog = {{ info = \"*console\" }}\n\
         interfaces = {{ \"127.0.0.1\" }}\nlocal_interfaces = {{ \"127.0.0.1\" }}\n\
         c2s_ports = {{ {clients} }}\ns2s_ports = {{ {servers} }}\n\
         c2s_require_encryption = {required}\ns2s_require_encryption = {required}\n\
         allow_unencrypted_plain_auth = {plain}\nauthentication = \"internal_hashed\"\n\
         modules_enabled = {{ \"saslauth\", {tls_module} \"dialback\", \"disco\", \"roster\" }}\n\
         {disabled}VirtualHost \"shop.example\"\n{tls}",
        data = data.display(),
        own = own.display(),
        required = encryption.required("true", "false"),
        plain = encryption == Encryption::Off,
        tls_module = encryption.lines("\"tls\","),
        disabled = if encryption == Encryption::Off { "modules_disabled = { \"tls\" }\n" } else { "" },
        tls = encryption.lines(&tls),
    );
    let configuration = own.join("prosody.cfg.lua");
    std::fs::write(&configuration, text).expect("room for a file");
    let mut command = Command::new("/usr/bin/prosody");
    command.arg("--config").arg(&configuration).arg("-F");
    user.run(&mut command);
    Server::start(command, "prosody", &[clients, servers], directory)
}
