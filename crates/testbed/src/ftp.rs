//! FTP servers: vsftpd and ProFTPD. Nobody can log in to either.
//!
//! Debian's packages of them cannot both be installed. `scripts/setup` unpacks ProFTPD.

use std::process::Command;

use crate::child::Server;
use crate::encryption::Encryption;
use crate::pki::Identity;
use crate::user::User;
use crate::{free_port, unpacked};

/// Starts vsftpd as Debian configures it, but for TLS.
///
/// Its ciphers are set to `HIGH`, since what it takes without is one of 3DES.
///
/// # Panics
/// When vsftpd is missing, or this is not root.
pub fn vsftpd(encryption: Encryption, identity: &Identity) -> Server {
    assert!(crate::user::is_root(), "vsftpd starts as root alone: run this test as root");
    let directory = crate::directory();
    let at = directory.path();
    std::fs::create_dir(at.join("empty")).expect("room for a directory");
    let port = free_port();
    // Both read these anew for each connection, as root.
    let (chain, key) = User::named("root", "base-passwd").identity(identity, at);
    let tls = format!(
        "ssl_enable=YES\nrsa_cert_file={}\nrsa_private_key_file={}\nssl_ciphers=HIGH\n\
         force_local_logins_ssl={required}\nforce_local_data_ssl={required}\n",
        chain.display(),
        key.display(),
        required = encryption.required("YES", "NO"),
    );
    let text = format!(
        "listen=YES\nlisten_ipv6=NO\nlisten_address=127.0.0.1\nlisten_port={port}\nbackground=NO\n\
         anonymous_enable=NO\nlocal_enable=YES\nuse_localtime=YES\npam_service_name=vsftpd\n\
         xferlog_enable=NO\nsecure_chroot_dir={}\n{}",
        at.join("empty").display(),
        encryption.lines(&tls),
    );
    let configuration = at.join("vsftpd.conf");
    std::fs::write(&configuration, text).expect("room for a file");
    let mut command = Command::new("/usr/sbin/vsftpd");
    command.arg(&configuration);
    Server::start(command, "vsftpd", &[port], directory)
}

/// Starts ProFTPD as Debian configures it, but for TLS.
///
/// # Panics
/// When ProFTPD is missing.
pub fn proftpd(encryption: Encryption, identity: &Identity) -> Server {
    let program = unpacked::file("proftpd", "usr/sbin/proftpd");
    let modules = unpacked::file("proftpd", "usr/lib/proftpd");
    let directory = crate::directory();
    let shown = directory.path().display();
    let port = free_port();
    let (chain, key) = User::named("root", "base-passwd").identity(identity, directory.path());
    let tls = format!(
        "TLSEngine on\nTLSECCertificateFile {}\nTLSECCertificateKeyFile {}\nTLSRequired {}\n\
         TLSLog {shown}/tls.log\n",
        chain.display(),
        key.display(),
        encryption.required("on", "off"),
    );
    let text = format!(
        "ServerName shop.example\nServerType standalone\nPort {port}\nDefaultAddress 127.0.0.1\n\
         SocketBindTight on\nUseIPv6 off\nUseReverseDNS off\nModulePath {}\nLoadModule mod_tls.c\nPidFile {shown}/pid\n\
         ScoreboardFile {shown}/scoreboard\nControlsEngine off\nWtmpLog none\nSystemLog {shown}/system.log\n\
         TransferLog none\nUser nobody\nGroup nogroup\n{}",
        modules.display(),
        encryption.lines(&tls),
    );
    let configuration = directory.path().join("proftpd.conf");
    std::fs::write(&configuration, text).expect("room for a file");
    let mut command = Command::new(program);
    command.arg("-n").arg("-c").arg(&configuration);
    Server::start(command, "proftpd-core", &[port], directory)
}
