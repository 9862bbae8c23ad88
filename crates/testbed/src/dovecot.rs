//! Dovecot, for mail that is read, fetched, taken in, sorted and handed in.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;

use crate::child::Server;
use crate::free_port;
use crate::pki::Identity;

/// How Dovecot is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// As Debian ships it, with a certificate: TLS can be asked for, and a password is taken inside TLS alone.
    Stock,
    /// A password is taken in plain text too.
    Open,
    /// Nobody logs in without TLS, by any mechanism (`ssl = required`).
    Required,
    /// Without TLS, and a password is taken in plain text.
    WithoutTls,
}

/// A running Dovecot. Only root can start it. It listens on 127.0.0.1 and on 127.0.0.2: to one who comes from the very
/// address that he goes to, Dovecot allows in plain text what it allows nobody else (`client->secured`).
#[derive(Debug)]
pub struct Dovecot {
    server: Server,
    /// IMAP.
    pub imap: u16,
    /// IMAP with TLS from the first octet.
    pub imaps: u16,
    /// POP3.
    pub pop3: u16,
    /// POP3 with TLS from the first octet.
    pub pop3s: u16,
    /// LMTP.
    pub lmtp: u16,
    /// ManageSieve.
    pub sieve: u16,
    /// Submission.
    pub submission: u16,
    /// Submission with TLS from the first octet.
    pub submissions: u16,
}

impl Dovecot {
    /// Starts one with this certificate.
    ///
    /// # Panics
    /// When Dovecot or one of its protocols is missing, or this is not root.
    pub fn start(identity: &Identity, setup: Setup) -> Dovecot {
        Dovecot::start_with(identity, setup, "")
    }

    /// The same, with further lines of configuration, which come last.
    ///
    /// # Panics
    /// As [`Dovecot::start`].
    pub fn start_with(identity: &Identity, setup: Setup, more: &str) -> Dovecot {
        assert!(rustix::process::geteuid().is_root(), "Dovecot starts as root alone: run this test as root");
        for (package, file) in [
            ("dovecot-imapd", "/usr/lib/dovecot/imap-login"),
            ("dovecot-pop3d", "/usr/lib/dovecot/pop3-login"),
            ("dovecot-lmtpd", "/usr/lib/dovecot/lmtp"),
            ("dovecot-managesieved", "/usr/lib/dovecot/managesieve-login"),
            ("dovecot-submissiond", "/usr/lib/dovecot/submission-login"),
        ] {
            assert!(std::path::Path::new(file).exists(), "{file} is missing: apt-get install {package}");
        }
        let directory = crate::directory();
        let at = directory.path().display().to_string();
        let [imap, imaps, pop3, pop3s, lmtp, sieve, submission, submissions] = [(); 8].map(|()| free_port());
        let (ssl, plaintext) = match setup {
            Setup::Stock => ("yes", "yes"),
            Setup::Open => ("yes", "no"),
            Setup::Required => ("required", "yes"),
            Setup::WithoutTls => ("no", "no"),
        };
        let on = |port: u16| format!("address = 127.0.0.1 127.0.0.2\n port = {port}\n");
        let config = format!(
            "base_dir = {at}/run\nstate_dir = {at}/state\nlog_path = {at}/dovecot.log\n\
             instance_name = midwatch-{imap}\n\
             protocols = imap pop3 lmtp sieve submission\nsubmission_relay_host = 127.0.0.1\n\
             ssl = {ssl}\nssl_cert = <{chain}\nssl_key = <{key}\ndisable_plaintext_auth = {plaintext}\n\
             auth_mechanisms = plain login\nmail_location = maildir:{at}/mail\n\
             passdb {{\n driver = static\n args = password=correct-horse\n}}\n\
             userdb {{\n driver = static\n args = uid=nobody gid=nogroup home={at}/home\n}}\n\
             service imap-login {{\n inet_listener imap {{\n {imap_on} }}\n inet_listener imaps {{\n {imaps_on} ssl = yes\n }}\n}}\n\
             service pop3-login {{\n inet_listener pop3 {{\n {pop3_on} }}\n inet_listener pop3s {{\n {pop3s_on} ssl = yes\n }}\n}}\n\
             service lmtp {{\n inet_listener lmtp {{\n {lmtp_on} }}\n}}\n\
             service managesieve-login {{\n inet_listener sieve {{\n {sieve_on} }}\n}}\n\
             service submission-login {{\n inet_listener submission {{\n {submission_on} }}\n \
             inet_listener submissions {{\n {submissions_on} ssl = yes\n }}\n}}\n{more}\n",
            chain = identity.chain.display(),
            key = identity.key.display(),
            imap_on = on(imap),
            imaps_on = on(imaps),
            pop3_on = on(pop3),
            pop3s_on = on(pop3s),
            lmtp_on = on(lmtp),
            sieve_on = on(sieve),
            submission_on = on(submission),
            submissions_on = on(submissions),
        );
        let file = directory.path().join("dovecot.conf");
        std::fs::write(&file, config).expect("room for a file");
        let mut command = Command::new("/usr/sbin/dovecot");
        command.args(["-F", "-c"]).arg(&file);
        let ports = [imap, imaps, pop3, pop3s, lmtp, sieve, submission, submissions];
        // Without TLS there are no ports with TLS from the first octet.
        let open: Vec<u16> = match setup {
            Setup::WithoutTls => [imap, pop3, lmtp, sieve, submission].to_vec(),
            _ => ports.to_vec(),
        };
        let server = Server::start(command, "dovecot-core", &open, directory);
        Dovecot { server, imap, imaps, pop3, pop3s, lmtp, sieve, submission, submissions }
    }

    /// Where a port of it is met as by a client from elsewhere.
    pub fn address(&self, port: u16) -> SocketAddr {
        (Ipv4Addr::new(127, 0, 0, 2), port).into()
    }

    /// What Dovecot has logged so far.
    pub fn log(&self) -> String {
        let file = self.server.directory().join("dovecot.log");
        std::fs::read(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }
}
