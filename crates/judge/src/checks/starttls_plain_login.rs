//! Login before TLS.

use midwatch_model::{Announced, AttackId::*, Severity, Starttls};

use super::starttls_support as shared;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "starttls-plain-login",
    title: "Login is offered before TLS",
    severity: Severity::High,
    says: "{place} offers login before TLS",
    about: "Before any TLS the server says which ways to log in it takes. A program that finds one there may use it: one that is set \
            to no encryption, or to TLS only where it is offered, and from whose eyes somebody on the way has taken the offer.",
    gain: "The password itself, for whoever reads along (PLAIN, LOGIN, USER). With ways that prove a password without sending it: \
           what it takes to guess it at home (CRAM-MD5, DIGEST-MD5, NTLM), and the session that follows.",
    from: ON_PATH_OR_DNS,
    attacks: &[Eavesdropping, StrippingAndDowngrade],
    decided: "By what the server says of itself in plain text; nobody tried to log in. High where a password is taken as it is: PLAIN \
              or LOGIN among the mechanisms of SASL, IMAP without LOGINDISABLED, USER among the capabilities of POP3, or a protocol's \
              own command. Medium for CRAM-MD5, DIGEST-MD5 and NTLM, whose exchange can be recorded and guessed at (RFC 6331). Low for \
              all others, such as SCRAM and GSSAPI, whose exchange gives nothing away, but which leave the session in plain text. \
              EXTERNAL and ANONYMOUS do not count: they send no password.",
    benign: &[
        "The server may offer it to addresses that it trusts alone, of which this computer's may be one.",
    ],
    fix: "Let the server take logins inside TLS alone.",
    settings: &[Setting::MailLoginEncrypted],
    source: "RFC 8314 4.1; RFC 9051 11.2 (LOGINDISABLED); RFC 4954 4; RFC 6331",
    find: |view, found| {
        for seen in &view.starttls {
            let Some(announced) = seen.fact.before.value() else { continue };
            let Some(severity) = severity(announced) else { continue };
            let names = match announced.mechanisms.as_slice() {
                [] => "a password as it is".to_owned(),
                names => names.join(", "),
            };
            let what = format!("{} takes before TLS: {}", seen.fact.address, shared::short(&names));
            let mut draft = found.at(shared::place(seen.fact)).severity(severity);
            if let Some(setting) = setting(seen.fact.protocol) {
                draft = draft.fix(format!("{} {setting}", CHECK.fix));
            }
            draft.see(seen.id, what);
        }
    },
};

/// The setting of the usual server of a protocol that is none of mail: it answers nothing of the kind before TLS any more.
fn setting(protocol: Starttls) -> Option<&'static str> {
    match protocol {
        Starttls::Ldap => {
            Some("OpenLDAP: security tls=1 in slapd.conf, or olcSecurity: tls=1 in the entry cn=config.")
        }
        Starttls::Xmpp => Some("Prosody: c2s_require_encryption = true, as it comes."),
        _ => None,
    }
}

fn severity(announced: &Announced) -> Option<Severity> {
    if announced.password == Some(true) {
        return Some(Severity::High);
    }
    let weight = |name: &str| match name {
        "EXTERNAL" | "ANONYMOUS" => None,
        "CRAM-MD5" | "DIGEST-MD5" | "NTLM" | "APOP" => Some(Severity::Medium),
        _ => Some(Severity::Low),
    };
    announced.mechanisms.iter().filter_map(|name| weight(name)).max()
}

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    fn with(mechanisms: &[&str], password: Option<bool>) -> Vec<Severity> {
        let said = Announced {
            mechanisms: mechanisms.iter().map(|name| (*name).to_owned()).collect(),
            password,
            ..Announced::default()
        };
        Scene::starttls(Starttls::Imap)
            .change_starttls(|endpoint| endpoint.before = Outcome::seen(said.clone()))
            .severities(CHECK.id)
    }

    #[test]
    fn a_password_as_it_is_counts_most() {
        assert_eq!(with(&["PLAIN", "LOGIN"], Some(true)), [Severity::High]);
        assert_eq!(with(&[], Some(true)), [Severity::High]);
        assert_eq!(with(&["CRAM-MD5", "SCRAM-SHA-256"], Some(false)), [Severity::Medium]);
        assert_eq!(with(&["SCRAM-SHA-256", "GSSAPI"], Some(false)), [Severity::Low]);
        assert!(with(&["EXTERNAL", "ANONYMOUS"], Some(false)).is_empty());
        assert!(with(&[], Some(false)).is_empty() && with(&[], None).is_empty());
    }

    #[test]
    fn the_fix_is_for_a_server_of_the_protocol() {
        let fix = |protocol| {
            let said =
                Announced { mechanisms: vec!["PLAIN".into()], password: Some(true), ..Announced::default() };
            let scene = Scene::starttls(protocol)
                .change_starttls(|endpoint| endpoint.before = Outcome::seen(said.clone()));
            scene.find(CHECK.id).remove(0).fix
        };
        assert!(!fix(Starttls::Imap).servers.is_empty());
        for (protocol, server) in [(Starttls::Ldap, "OpenLDAP"), (Starttls::Xmpp, "Prosody")] {
            assert!(fix(protocol).servers.is_empty());
            assert!(fix(protocol).summary.contains(server));
        }
    }

    #[test]
    fn what_was_not_seen_is_no_finding() {
        let silent = Scene::starttls(Starttls::Imap)
            .change_starttls(|endpoint| endpoint.before = silence_of("no answer"));
        assert!(silent.find(CHECK.id).is_empty());
    }
}
