//! `midwatch tls --starttls`, as its users run it, against real servers of mail.

mod common;

use common::{Audit, Told, code, midwatch, stderr, stdout};
use midwatch_model::{AttackId, Fact, ServerSoftware, Severity, Verdict};
use midwatch_testbed::dovecot::{Dovecot, Setup};
use midwatch_testbed::pki::{Key, Leaf, Pki};
use midwatch_testbed::postfix::Postfix;

const NAME: &str = "mail.shop.example";

/// A real audit, offline.
fn audit(protocol: &str, resolve: &[String], trust: &std::path::Path) -> Told {
    let to = |audit: Audit, entry: &String| audit.with(&["--resolve", entry]);
    resolve.iter().fold(Audit::starttls(NAME, protocol).trust(trust), to).told(1)
}

#[test]
fn dovecot_as_debian_ships_it_is_protected_but_for_what_is_not_asked_offline() {
    let pki = Pki::new();
    let ca = pki.authority("shop", Key::EcP256);
    let dovecot = Dovecot::start(&pki.issue(&ca, &Leaf::new(&[NAME])), Setup::Stock);
    let resolve = |port: u16, to: u16| format!("{NAME}:{port}:{}", dovecot.address(to));
    let imap = audit("imap", &[resolve(143, dovecot.imap), resolve(993, dovecot.imaps)], &ca.certificate);
    for id in
        ["starttls-not-offered", "starttls-plain-login", "starttls-command-injection", "starttls-strippable"]
    {
        assert_eq!(imap.found(id), None, "{id}");
    }
    for id in [AttackId::Eavesdropping, AttackId::StrippingAndDowngrade, AttackId::Impersonation] {
        assert_eq!(imap.verdict(id), Verdict::Protected, "{id:?}: {}", imap.text);
    }
    assert!(imap.target.observations.iter().any(|seen| matches!(seen.fact, Fact::Starttls(_))));
    assert!(imap.text.contains("IMAP: TLS offered, begins when asked for"), "{}", imap.text);
    assert!(imap.html.contains("Before TLS on mail.shop.example:143"));
    imap.says_nothing_of_the_web_or(&[]);

    // The port beside it is closed.
    let closed = format!("{NAME}:995:127.0.0.2:{}", midwatch_testbed::free_port());
    let pop3 = audit("pop3", &[resolve(110, dovecot.pop3), closed], &ca.certificate);
    assert_eq!(pop3.found("starttls-strippable"), Some(Severity::Low));
    assert_eq!(pop3.verdict(AttackId::StrippingAndDowngrade), Verdict::Partly);
    pop3.says_nothing_of_the_web_or(&[]);
}

#[test]
fn dovecot_that_takes_passwords_in_plain_text_is_open_to_stripping() {
    let pki = Pki::new();
    let identity = pki.self_signed(&Leaf::new(&["other.example"]));
    let dovecot = Dovecot::start(&identity, Setup::Open);
    let resolve = [format!("{NAME}:143:{}", dovecot.address(dovecot.imap))];
    let imap = audit("imap", &resolve, &pki.authority("none", Key::EcP256).certificate);
    assert_eq!(imap.found("starttls-plain-login"), Some(Severity::High));
    assert_eq!(imap.verdict(AttackId::StrippingAndDowngrade), Verdict::Exposed);
    assert_eq!(imap.verdict(AttackId::Impersonation), Verdict::Exposed);
    let fix =
        imap.target.findings.iter().find(|finding| finding.id == "starttls-plain-login").expect("found");
    assert!(
        fix.fix.servers.iter().any(|lines| lines.server == ServerSoftware::Dovecot && lines.seen),
        "{fix:?}"
    );
    imap.says_nothing_of_the_web_or(&[]);
}

#[test]
fn postfix_between_servers_is_not_judged_by_its_authority() {
    let pki = Pki::new();
    let postfix = Postfix::start(&pki.self_signed(&Leaf::new(&[NAME])));
    let none = pki.authority("none", Key::EcP256).certificate;
    let smtp = audit("smtp", &[format!("{NAME}:25:127.0.0.1:{}", postfix.plain)], &none);
    let worst = smtp.target.findings.iter().filter(|finding| finding.id.starts_with("cert-"));
    assert!(worst.clone().count() > 0, "{:?}", smtp.target.findings);
    assert!(worst.into_iter().all(|finding| finding.severity <= Severity::Low));
    smtp.says_nothing_of_the_web_or(&[]);
    // The same certificate where people's own programs connect.
    let submission = audit("submission", &[format!("{NAME}:587:127.0.0.1:{}", postfix.submission)], &none);
    assert_eq!(submission.found("cert-self-signed"), Some(Severity::High));
    // No TLS at all.
    let bare = audit("smtp", &[format!("{NAME}:25:127.0.0.1:{}", postfix.bare)], &none);
    assert_eq!(bare.found("starttls-not-offered"), Some(Severity::High));
    assert_eq!(bare.verdict(AttackId::Eavesdropping), Verdict::Exposed);
    bare.says_nothing_of_the_web_or(&[]);
}

#[test]
fn what_makes_no_sense_says_what_does() {
    for (arguments, says) in [
        (&["tls", "mail.example:993", "--starttls", "imap"][..], "leave --starttls out"),
        (&["tls", "mail.example", "--starttls", "gopher"], "one of: smtp"),
    ] {
        let output = midwatch(arguments);
        assert_eq!(code(&output), 64, "{}", stderr(&output));
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
    }
    let help = stdout(&midwatch(&["tls", "--help"]));
    for protocol in ["smtp", "lmtp", "submission", "imap", "pop3", "sieve"] {
        assert!(help.contains(protocol), "{help}");
    }
}
