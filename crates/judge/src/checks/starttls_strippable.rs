//! No port beside it where TLS stands from the first octet.

use midwatch_model::{AttackId::*, Severity, Starttls};

use super::starttls_support as shared;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "starttls-strippable",
    title: "TLS can be had by asking for it in plain text alone",
    severity: Severity::Low,
    says: "{place} has no port beside it where TLS stands from the first octet",
    about: "Whoever is on the way can take the offer of TLS out of a connection that begins in plain text. A program that is set to \
            use TLS where it is offered then goes on without, and its user sees nothing. Where TLS stands from the first octet there \
            is nothing to take out.",
    gain: "The name and password of everybody whose program is set to TLS where it is offered.",
    from: ON_PATH_OR_DNS,
    attacks: &[StrippingAndDowngrade],
    decided: "The service is on its registered port, and on the port for TLS from the first octet (465 for submission, 993 for \
              IMAP, 995 for POP3, 563 for news, 6697 for IRC, 5223 and 5270 for XMPP) of the same address nothing listens. A port that \
              does not answer is no finding. FTP and LDAP are left out: their standards know such ports (990, 636) as a habit \
              alone, and would have programs insist on the TLS that they ask for.",
    benign: &["The service may have that port at another address or name."],
    fix: "Open the port where TLS stands from the first octet, and set people's programs to it.",
    settings: &[Setting::MailImplicitTls],
    source: "RFC 8314 3; RFC 8143 2 (news); XEP-0368; IRCv3, tls; RFC 4217 A, RFC 4513 3 (why not FTP and LDAP)",
    find: |view, found| {
        for seen in &view.starttls {
            let endpoint = seen.fact;
            if matches!(endpoint.protocol, Starttls::Ftp | Starttls::Ldap) {
                continue;
            }
            if let (Some(port), true) = (endpoint.protocol.implicit_port(), endpoint.implicit.is_refused()) {
                let what = format!("nothing listens on port {port} of {}", endpoint.address.ip());
                found.at(shared::place(endpoint)).see(seen.id, what);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    #[test]
    fn a_closed_port_beside_counts_and_one_that_was_not_asked_does_not() {
        let with = |outcome: Outcome<u16>| {
            Scene::starttls(Starttls::Imap).change_starttls(|endpoint| endpoint.implicit = outcome.clone())
        };
        assert_eq!(with(Outcome::refused("nothing listens")).severities(CHECK.id), [Severity::Low]);
        assert!(with(Outcome::seen(993)).find(CHECK.id).is_empty());
        assert!(with(silence_of("no answer")).find(CHECK.id).is_empty());
    }

    #[test]
    fn ports_that_no_standard_asks_for_are_not_missed() {
        for (protocol, expected) in [
            (Starttls::Ftp, 0),
            (Starttls::Ldap, 0),
            (Starttls::Nntp, 1),
            (Starttls::Irc, 1),
            (Starttls::Xmpp, 1),
        ] {
            let scene = Scene::starttls(protocol)
                .change_starttls(|endpoint| endpoint.implicit = Outcome::refused("nothing listens"));
            assert_eq!(scene.find(CHECK.id).len(), expected, "{protocol}");
        }
    }
}
