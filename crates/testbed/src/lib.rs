//! Real servers for the tests, started from Debian's packages, and hostile ones made here.
//!
//! Everything listens on loopback, on free ports, with its files in a directory that goes away with it. A
//! server is ready when its `start` returns and ends when it is dropped; only the process that was started
//! here is ended. Nothing here needs an async runtime; the fleet brings its own.
//!
//! A program that is missing is a panic that names the Debian package to install. So is everything else that
//! goes wrong: this is a library for tests.
//!
//! | module | what it starts | Debian package |
//! |---|---|---|
//! | [`pki`] | authorities and certificates, sound and faulty, by the openssl command line | openssl |
//! | [`nginx`] | nginx with any server blocks | nginx |
//! | [`apache`] | Apache httpd with any virtual hosts | apache2 |
//! | [`openssl`] | `openssl s_server` with any arguments | openssl |
//! | [`terminate`] | HAProxy or stunnel, taking TLS off in front of another server | haproxy, stunnel4 |
//! | [`knot`] | Knot DNS with signed zones of our own | knot, bind9-utils |
//! | [`unbound`] | Unbound as their resolver | unbound |
//! | [`sshd`] | OpenSSH's server, Dropbear, TinySSH, and a SOCKS5 proxy | openssh-server, dropbear-bin, tinysshd, microsocks |
//! | [`postgres`] | PostgreSQL with databases of its own | postgresql |
//! | [`postfix`] | Postfix with STARTTLS, implicit TLS, submission and neither | postfix, sasl2-bin, libsasl2-modules |
//! | [`dovecot`] | Dovecot for IMAP, POP3, LMTP, ManageSieve and submission | dovecot-imapd, dovecot-pop3d, dovecot-lmtpd, dovecot-managesieved, dovecot-submissiond |
//! | [`exim`] | Exim, unpacked beside Postfix | exim4-daemon-light |
//! | [`ftp`] | vsftpd, and ProFTPD, unpacked beside it | vsftpd, proftpd-core |
//! | [`slapd`] | OpenLDAP | slapd |
//! | [`prosody`] | Prosody, for people's programs and for other servers | prosody |
//! | [`mariadb`] | MariaDB | mariadb-server |
//! | [`inn`] | INN's server for readers of news, unpacked | inn2 |
//! | [`irc`] | InspIRCd and ngIRCd | inspircd, ngircd |
//! | [`rsyslog`] | rsyslogd over UDP, TCP, TLS and local sockets | rsyslog, rsyslog-openssl |
//! | [`journald`] | systemd's journal with a /run of its own | systemd |
//! | [`python`] | nothing; packages of Python for scripts of the tests | python3-venv |
//! | [`lan`] | several hosts on a bridge, in network namespaces | util-linux, iproute2 |
//! | [`daemon`] | a daemon that speaks as sd_notify(3) says, ready, read again, stopped or killed | systemd, for its own tests |
//! | [`clock`] | a wall clock that jumps, for any program | libfaketime |
//! | [`disk`] | a small disk that a test fills, for any program | util-linux |
//! | [`receiver`] | a receiver of webhooks that fails as it is told | none |
//! | `fleet` | thousands of hosts with TLS, HTTP and names, by the feature of that name | none |
//! | [`hostile`] | servers that misbehave over HTTP, SSH, before TLS or in its handshake | none |

#![forbid(unsafe_code)]

pub mod apache;
mod child;
pub mod clock;
pub mod crl;
pub mod daemon;
pub mod disk;
pub mod dovecot;
mod encryption;
pub mod exim;
#[cfg(feature = "fleet")]
pub mod fleet;
pub mod ftp;
pub mod hostile;
pub mod inn;
pub mod irc;
pub mod journald;
pub mod knot;
pub mod lan;
pub mod mariadb;
pub mod nginx;
pub mod ocsp;
pub mod openssl;
pub mod pki;
mod port;
pub mod postfix;
pub mod postgres;
pub mod prosody;
pub mod python;
pub mod receiver;
pub mod rsyslog;
pub mod slapd;
pub mod sshd;
pub mod terminate;
pub mod transparency;
pub mod unbound;
mod unpacked;
mod user;

pub use child::Server;
pub use encryption::Encryption;
pub use port::{free_port, wait_until};
pub use tempfile::TempDir;

/// A directory that the workers of a server may read too, whatever user they run as, and that goes away when
/// dropped.
pub fn directory() -> TempDir {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::Builder::new().prefix("midwatch-").tempdir().expect("a temporary directory");
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(directory.path(), open).expect("permissions of a directory made here");
    directory
}
