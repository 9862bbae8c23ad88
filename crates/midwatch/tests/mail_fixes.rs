//! The lines for mail servers that a finding carries, put into a real Postfix, Exim or Dovecot that has the fault, make the
//! finding go away.

mod common;

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;

use common::{Audit, finding, ids};
use midwatch_judge::fixes::{self, Context, Setting};
use midwatch_model::{ServerSoftware, TargetReport};
use midwatch_testbed::dovecot::{Dovecot, Setup};
use midwatch_testbed::pki::{Authority, Identity, Key, Leaf, Pki};
use midwatch_testbed::postfix::Postfix;
use midwatch_testbed::{Server, exim, free_port};

const NAME: &str = "mail.shop.example";

/// Suites without forward secrecy and without authenticated encryption, in old versions, as OpenSSL is told.
const OLD: &str = "ALL:@SECLEVEL=0";

struct Bed {
    _pki: Pki,
    root: Authority,
    identity: Identity,
}

fn bed() -> Bed {
    let pki = Pki::new();
    let root = pki.authority("Test root", Key::EcP256);
    // Old suites without forward secrecy need a key of RSA.
    let identity = pki.issue(&root, &Leaf::new(&[NAME]).key(Key::Rsa2048));
    Bed { _pki: pki, root, identity }
}

impl Bed {
    /// What midwatch says of a service; `starttls` is empty where TLS begins with the connection.
    fn audit(&self, starttls: &str, port: u16, at: SocketAddr) -> TargetReport {
        let target = format!("{NAME}:{port}");
        let mut arguments =
            vec!["tls".to_owned(), target.clone(), "--format".into(), "json".into(), "--offline".into()];
        if !starttls.is_empty() {
            arguments.extend(["--starttls".to_owned(), starttls.to_owned()]);
        }
        arguments.extend(["--resolve".to_owned(), format!("{target}:{at}")]);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let told = Audit::default().with(&arguments).trust(&self.root.certificate).target();
        // Shown where a test fails: what was not measured, and why.
        for seen in &told.observations {
            match &seen.fact {
                midwatch_model::Fact::Starttls(plain) => {
                    eprintln!("{target} at {at}: {:?} {:?}", plain.greeting, plain.accepted);
                }
                midwatch_model::Fact::TlsEndpoint(endpoint) => {
                    for version in &endpoint.versions {
                        eprintln!("{target} at {at}: {:?} {:?}", version.version, version.support.why_not());
                    }
                }
                _ => {}
            }
        }
        told
    }

    /// The lines with the certificate of this bed in the place of the one that they name.
    fn own(&self, lines: &str) -> String {
        let directory = "/etc/letsencrypt/live/mail.shop.example";
        lines
            .replace(&format!("{directory}/fullchain.pem"), &self.identity.chain.display().to_string())
            .replace(&format!("{directory}/privkey.pem"), &self.identity.key.display().to_string())
    }

    /// The lines that a finding has for the server, which has to be the one that was recognised.
    fn lines(&self, target: &TargetReport, id: &str, server: ServerSoftware) -> String {
        let fixes = &finding(target, id).fix.servers;
        let first = fixes.first().unwrap_or_else(|| panic!("{id} has no lines"));
        assert!(first.seen && first.server == server, "{id}: {first:?}");
        self.own(&first.lines)
    }
}

fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// Lines of a setting for one server, whatever was found.
fn setting(setting: Setting, server: ServerSoftware) -> String {
    let context = Context { host: NAME.into(), ..Context::default() };
    let fix = fixes::lines(setting, &context, Some(server)).remove(0);
    assert_eq!(fix.server, server, "{setting:?}");
    fix.lines
}

/// The fault is gone, which what was not measured does not show.
fn gone(target: &TargetReport, id: &str) {
    let plain: Vec<_> = target
        .observations
        .iter()
        .filter_map(|seen| match &seen.fact {
            midwatch_model::Fact::Starttls(plain) => Some(plain),
            _ => None,
        })
        .collect();
    assert!(!plain.is_empty(), "nothing was measured before TLS");
    for plain in plain {
        let is_measured = plain.offered.is_seen() && plain.before.is_seen() && plain.accepted.is_seen();
        assert!(is_measured, "{id}: {plain:?}");
    }
    assert!(
        !target.findings.iter().any(|finding| finding.id == id),
        "{id} is still there: {:?}",
        ids(target)
    );
}

/// Waits until somebody listens.
fn answers(port: u16) -> bool {
    let listens = || std::net::TcpStream::connect(loopback(port)).is_ok();
    midwatch_testbed::wait_until(std::time::Duration::from_secs(20), listens)
}

/// TLS works, and only the new versions are there.
fn is_modern(target: &TargetReport) {
    for id in [
        "tls-old-version",
        "tls-no-forward-secrecy",
        "tls-cbc-suite",
        "tls-weak-cipher",
        "tls-no-modern-version",
    ] {
        gone(target, id);
    }
    let accepted = target.observations.iter().any(|seen| match &seen.fact {
        midwatch_model::Fact::TlsEndpoint(endpoint) => endpoint.accepted().count() == 2,
        _ => false,
    });
    let versions: Vec<_> = target
        .observations
        .iter()
        .filter_map(|seen| match &seen.fact {
            midwatch_model::Fact::TlsEndpoint(endpoint) => Some(&endpoint.versions),
            _ => None,
        })
        .collect();
    assert!(accepted, "TLS 1.2 and 1.3 are both accepted: {versions:?}");
}

#[test]
fn postfix_with_old_tls_is_mended() {
    let bed = bed();
    let fault = format!(
        "smtpd_tls_protocols = >=TLSv1\nsmtpd_tls_mandatory_protocols = >=TLSv1\ntls_medium_cipherlist = {OLD}\n"
    );
    let server = Postfix::start_with(&bed.identity, &fault, "");
    let before = bed.audit("smtp", 25, loopback(server.plain));
    for id in ["tls-old-version", "tls-no-forward-secrecy"] {
        let lines = bed.lines(&before, id, ServerSoftware::Postfix);
        let mended = Postfix::start_with(&bed.identity, &format!("{fault}{lines}"), "");
        is_modern(&bed.audit("smtp", 25, loopback(mended.plain)));
    }
}

#[test]
fn postfix_without_starttls_is_mended() {
    let bed = bed();
    let server = Postfix::start_with(&bed.identity, "smtpd_tls_security_level = none", "");
    let before = bed.audit("smtp", 25, loopback(server.plain));
    let lines = bed.lines(&before, "starttls-not-offered", ServerSoftware::Postfix);
    let mended = Postfix::start_with(&bed.identity, &format!("smtpd_tls_security_level = none\n{lines}"), "");
    let after = bed.audit("smtp", 25, loopback(mended.plain));
    gone(&after, "starttls-not-offered");
    gone(&after, "starttls-refused");
}

#[test]
fn postfix_that_takes_passwords_before_tls_is_mended() {
    let bed = bed();
    let fault = "smtpd_sasl_auth_enable = yes";
    let server = Postfix::start_with(&bed.identity, fault, "");
    let before = bed.audit("submission", 587, loopback(server.plain));
    let lines = bed.lines(&before, "starttls-plain-login", ServerSoftware::Postfix);
    let mended = Postfix::start_with(&bed.identity, &format!("{fault}\n{lines}"), "");
    let after = bed.audit("submission", 587, loopback(mended.plain));
    gone(&after, "starttls-plain-login");
}

#[test]
fn postfix_gets_a_port_with_tls_from_the_first_octet() {
    let bed = bed();
    let lines = setting(Setting::MailImplicitTls, ServerSoftware::Postfix);
    let port = free_port();
    // Port 465 of this machine may be taken.
    let lines = lines.replacen("submissions inet", &format!("127.0.0.1:{port} inet"), 1).replacen(
        "n - y - -",
        "n - n - -",
        1,
    );
    let server = Postfix::start_with(&bed.identity, "", &lines);
    assert!(answers(port));
    let after = bed.audit("", 465, loopback(port));
    assert!(
        after.observations.iter().any(|seen| matches!(&seen.fact, midwatch_model::Fact::CertificateChain(_)))
    );
    drop(server);
}

#[test]
fn postfix_takes_the_lines_for_what_goes_out() {
    let bed = bed();
    // Postfix refuses to start where `postconf` finds a fault in them.
    let lines = setting(Setting::MailSendVerified, ServerSoftware::Postfix);
    let server = Postfix::start_with(&bed.identity, &lines, "");
    drop(server);
    let lines = setting(Setting::NoTlsCompression, ServerSoftware::Postfix);
    drop(Postfix::start_with(&bed.identity, &lines, ""));
}

/// Sections of Exim that take mail from nobody, and offer to log in.
const SECTIONS: &str = "begin acl\nsender:\n  accept\nbegin authenticators\nplain:\n  driver = plaintext\n  \
                        public_name = PLAIN\n  server_condition = false\n";

/// Lines that the bed's configuration has already, by their names: Exim takes none twice.
fn without(lines: &str, names: &[&str]) -> String {
    let kept = |line: &&str| !names.iter().any(|name| line.starts_with(&format!("{name} =")));
    lines.lines().filter(kept).map(|line| format!("{line}\n")).collect()
}

fn exim_with(bed: &Bed, main: &str) -> Server {
    exim::start_with(free_port(), &bed.identity, &format!("acl_smtp_mail = sender\n{main}\n"), SECTIONS)
}

#[test]
fn exim_with_old_tls_is_mended() {
    let bed = bed();
    let fault = "tls_require_ciphers = NORMAL:+VERS-TLS1.0:+VERS-TLS1.1:+RSA:+AES-128-CBC:+SHA1\n";
    let server = exim_with(&bed, fault);
    let before = bed.audit("smtp", 25, server.address());
    let lines = bed.lines(&before, "tls-old-version", ServerSoftware::Exim);
    let mended = exim_with(&bed, &lines);
    is_modern(&bed.audit("smtp", 25, mended.address()));
}

#[test]
fn exim_without_starttls_is_mended() {
    let bed = bed();
    let server = exim_with(&bed, "tls_advertise_hosts =");
    let before = bed.audit("smtp", 25, server.address());
    let lines = bed.lines(&before, "starttls-not-offered", ServerSoftware::Exim);
    let lines = without(&lines, &["tls_certificate", "tls_privatekey"]);
    let mended = exim_with(&bed, &lines);
    gone(&bed.audit("smtp", 25, mended.address()), "starttls-not-offered");
}

#[test]
fn exim_that_takes_passwords_before_tls_is_mended() {
    let bed = bed();
    let server = exim_with(&bed, "");
    let before = bed.audit("submission", 587, server.address());
    let lines = bed.lines(&before, "starttls-plain-login", ServerSoftware::Exim);
    let mended = exim_with(&bed, &lines);
    gone(&bed.audit("submission", 587, mended.address()), "starttls-plain-login");
}

#[test]
fn exim_gets_a_port_with_tls_from_the_first_octet() {
    let bed = bed();
    let lines = setting(Setting::MailImplicitTls, ServerSoftware::Exim);
    let port = free_port();
    let lines = without(&lines, &["daemon_smtp_ports"]).replace("465", &port.to_string());
    let server = exim::start_with(port, &bed.identity, &format!("acl_smtp_mail = sender\n{lines}"), SECTIONS);
    let after = bed.audit("", 465, server.address());
    assert!(
        after.observations.iter().any(|seen| matches!(&seen.fact, midwatch_model::Fact::CertificateChain(_)))
    );
}

#[test]
fn exim_takes_the_lines_for_what_goes_out() {
    let bed = bed();
    let lines = setting(Setting::MailSendVerified, ServerSoftware::Exim);
    let sections = format!(
        "{SECTIONS}begin routers\nout:\n  driver = dnslookup\n  transport = remote_smtp\nbegin transports\nremote_smtp:\n  driver = smtp\n  {}\n",
        lines.replace('\n', "\n  ")
    );
    drop(exim::start_with(free_port(), &bed.identity, "dns_dnssec_ok = 1\n", &sections));
}

#[test]
fn dovecot_with_old_tls_is_mended() {
    let bed = bed();
    let fault = format!("ssl_min_protocol = TLSv1\nssl_cipher_list = {OLD}\n");
    let server = Dovecot::start_with(&bed.identity, Setup::Stock, &fault);
    let before = bed.audit("imap", 143, server.address(server.imap));
    let lines = bed.lines(&before, "tls-old-version", ServerSoftware::Dovecot);
    let mended = Dovecot::start_with(&bed.identity, Setup::Stock, &format!("{fault}{lines}"));
    is_modern(&bed.audit("imap", 143, mended.address(mended.imap)));
    is_modern(&bed.audit("pop3", 110, mended.address(mended.pop3)));
}

#[test]
fn dovecot_without_tls_is_mended() {
    let bed = bed();
    let server = Dovecot::start_with(&bed.identity, Setup::WithoutTls, "");
    let before = bed.audit("imap", 143, server.address(server.imap));
    let lines = bed.lines(&before, "starttls-not-offered", ServerSoftware::Dovecot);
    let mended = Dovecot::start_with(&bed.identity, Setup::WithoutTls, &lines);
    for (protocol, port, at) in [("imap", 143, mended.imap), ("pop3", 110, mended.pop3)] {
        let after = bed.audit(protocol, port, mended.address(at));
        gone(&after, "starttls-not-offered");
        gone(&after, "starttls-plain-login");
    }
}

#[test]
fn dovecot_that_takes_passwords_before_tls_is_mended() {
    let bed = bed();
    let server = Dovecot::start_with(&bed.identity, Setup::Open, "");
    for (protocol, port, at) in [("imap", 143, server.imap), ("pop3", 110, server.pop3)] {
        let before = bed.audit(protocol, port, server.address(at));
        let lines = bed.lines(&before, "starttls-plain-login", ServerSoftware::Dovecot);
        assert_eq!(lines, setting(Setting::MailLoginEncrypted, ServerSoftware::Dovecot));
    }
    let lines = setting(Setting::MailLoginEncrypted, ServerSoftware::Dovecot);
    let mended = Dovecot::start_with(&bed.identity, Setup::Open, &lines);
    for (protocol, port, at) in [("imap", 143, mended.imap), ("pop3", 110, mended.pop3)] {
        gone(&bed.audit(protocol, port, mended.address(at)), "starttls-plain-login");
    }
}

#[test]
fn dovecot_gets_ports_with_tls_from_the_first_octet() {
    let bed = bed();
    let (imaps, pop3s) = (free_port(), free_port());
    let lines = setting(Setting::MailImplicitTls, ServerSoftware::Dovecot)
        .replace("port = 993", &format!("port = {imaps}"))
        .replace("port = 995", &format!("port = {pop3s}"));
    // In their place: the bed has listeners of these names.
    let server = Dovecot::start_with(&bed.identity, Setup::WithoutTls, &format!("ssl = yes\n{lines}"));
    for (port, at) in [(993, imaps), (995, pop3s)] {
        let listens = || std::net::TcpStream::connect(server.address(at)).is_ok();
        assert!(
            midwatch_testbed::wait_until(std::time::Duration::from_secs(20), listens),
            "{}",
            server.log()
        );
        let after = bed.audit("", port, server.address(at));
        assert!(
            after
                .observations
                .iter()
                .any(|seen| matches!(&seen.fact, midwatch_model::Fact::CertificateChain(_)))
        );
    }
}

/// A policy as the domain's web server serves it, by the lines for that server.
#[test]
fn nginx_and_apache_serve_the_policy_of_mta_sts_as_senders_want_it() {
    let pki = Pki::new();
    let root = pki.authority("Test root", Key::EcP256);
    let identity = pki.issue(&root, &Leaf::new(&["mta-sts.shop.example"]));
    let fixes = fixes::lines(Setting::MtaStsPolicy, &Context::default(), None);
    let expected =
        "version: STSv1\nmode: enforce\nmx: mx1.shop.example\nmx: mx2.shop.example\nmax_age: 2419200\n";
    let own = |lines: &str, port: u16| {
        let directory = "/etc/letsencrypt/live/mta-sts.shop.example";
        lines
            .replace(&format!("{directory}/fullchain.pem"), &identity.chain.display().to_string())
            .replace(&format!("{directory}/privkey.pem"), &identity.key.display().to_string())
            .replace("listen 443", &format!("listen 127.0.0.1:{port}"))
            .replace("*:443", &format!("127.0.0.1:{port}"))
    };
    let fetched = |port: u16| {
        let url = format!("https://mta-sts.shop.example:{port}/.well-known/mta-sts.txt");
        let out = Command::new("curl")
            .args(["-sS", "--noproxy", "*", "--cacert"])
            .arg(&root.certificate)
            .args([
                "--resolve",
                &format!("mta-sts.shop.example:{port}:127.0.0.1"),
                "-w",
                "%{http_code} %{content_type}",
                &url,
            ])
            .output()
            .expect("curl: apt-get install curl");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).expect("UTF-8")
    };
    let of = |server| fixes.iter().find(|fix| fix.server == server).expect("lines");

    let port = free_port();
    let nginx = midwatch_testbed::nginx::Nginx::new().plain(free_port(), "shop.example", "");
    let server = nginx.http(&own(&of(ServerSoftware::Nginx).lines, port)).start();
    assert!(answers(port), "{}", server.log());
    assert_eq!(fetched(port), format!("{expected}200 text/plain"));
    drop(server);

    let port = free_port();
    let files = midwatch_testbed::directory();
    std::fs::create_dir(files.path().join(".well-known")).expect("room for a directory");
    // The place of the lines has what the file holds.
    let place = &of(ServerSoftware::Apache).place;
    assert!(place.contains(expected.trim_end()), "{place}");
    std::fs::write(files.path().join(".well-known/mta-sts.txt"), expected).expect("room for a file");
    let lines = own(&of(ServerSoftware::Apache).lines, port)
        .replace("/var/www/mta-sts", &files.path().display().to_string());
    let apache = midwatch_testbed::apache::Apache::new().plain(free_port(), "shop.example", "");
    let server = apache.main(&format!("Listen 127.0.0.1:{port}\n{lines}")).start();
    assert!(answers(port), "{}", server.log());
    assert_eq!(fetched(port), format!("{expected}200 text/plain"));
    drop(server);
}
