//! OpenLDAP, with an empty directory.

use std::process::Command;

use crate::child::Server;
use crate::encryption::Encryption;
use crate::pki::Identity;
use crate::user::User;

/// Starts one for `dc=shop,dc=example`. Where TLS is required that is by `security tls=1`, which refuses everything
/// else but the request for it.
///
/// # Panics
/// When slapd is missing.
pub fn start(encryption: Encryption, identity: &Identity) -> Server {
    let user = User::named("openldap", "slapd");
    let directory = crate::directory();
    let own = user.directory(&directory.path().join("ldap"));
    let data = user.directory(&own.join("data"));
    let (chain, key) = user.identity(identity, &own);
    let tls = format!(
        "TLSCertificateFile {}\nTLSCertificateKeyFile {}\n{}",
        chain.display(),
        key.display(),
        encryption.required("security tls=1\n", ""),
    );
    let text = format!(
        "include /etc/ldap/schema/core.schema\npidfile {}/pid\nmodulepath /usr/lib/ldap\nmoduleload back_ldif\n\
         {}database ldif\nsuffix \"dc=shop,dc=example\"\ndirectory {}\n",
        own.display(),
        encryption.lines(&tls),
        data.display(),
    );
    let configuration = own.join("slapd.conf");
    std::fs::write(&configuration, text).expect("room for a file");
    let port = crate::free_port();
    let mut command = Command::new("/usr/sbin/slapd");
    // With a level of debugging it stays in front.
    command.arg("-f").arg(&configuration).args(["-d", "0", "-h", &format!("ldap://127.0.0.1:{port}/")]);
    user.run(&mut command);
    Server::start(command, "slapd", &[port], directory)
}
