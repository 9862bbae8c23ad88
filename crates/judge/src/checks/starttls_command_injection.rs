//! Commands in plain text are carried over into TLS.

use midwatch_model::{AttackId::*, PlainCommand, Severity};

use super::starttls_support as shared;
use crate::Check;
use crate::check::ON_PATH;

pub(crate) static CHECK: Check = Check {
    id: "starttls-command-injection",
    title: "Commands in plain text are carried out inside TLS",
    severity: Severity::High,
    says: "{place} carries commands in plain text over into TLS",
    about: "Between the request for TLS and its first octet the connection is still plain text. This server keeps what comes then, \
            and carries it out once TLS stands, as if the program at the other end had said it there. Whoever is on the way can \
            put commands before everything that the program says.",
    gain: "What is said next: a command that begins a message makes the program's own login or mail part of it, to be read in a \
           mailbox of the attacker's; in IMAP and POP3 a session can be made to be somebody else's; in a database a query of the \
           attacker's runs first, where the program logs in by its certificate.",
    from: ON_PATH,
    attacks: &[Eavesdropping, StrippingAndDowngrade],
    decided: "A harmless command was sent in one piece with the request for TLS: NOOP, CAPA in POP3, DATE in news, CAP LIST in IRC, a \
              search of the entry at the root in LDAP; in XMPP what is no XML, in PostgreSQL a start without a name, in MySQL a \
              login of one octet, all of which are answered with a complaint. After the handshake one other command was sent. The \
              first one's answer came inside TLS. An answer in plain text, a connection that is ended, and an answer that does \
              not come are something else.",
    benign: &[],
    fix: "Update the server or proxy: it has to throw away what it has read in plain text when TLS begins, or to end the connection \
          (Postfix since 2.8.3, Dovecot since 2.3.14.1, INN since 2.5.3, PostgreSQL since 14.1, 13.5, 12.9, 11.14 and 10.19). \
          InspIRCd 3.15 does neither: unload its module starttls, and open a port with TLS from the first octet. Where a proxy does \
          STARTTLS in front of the server, it is the proxy.",
    settings: &[],
    source: "CVE-2011-0411, CVE-2012-3523 (INN), CVE-2021-23214 (PostgreSQL); RFC 3207 4.2; Poddebniak, Ising, Böck, Schinzel: Why \
             TLS Is Better Without STARTTLS (USENIX Security 2021)",
    find: |view, found| {
        for seen in &view.starttls {
            if seen.fact.plain_command.value() == Some(&PlainCommand::Kept) {
                let what = format!(
                    "{}: a command that came in plain text with the request for TLS was answered inside TLS",
                    seen.fact.address
                );
                found.at(shared::place(seen.fact)).see(seen.id, what);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{Outcome, Starttls};

    use super::*;
    use crate::testing::*;

    #[test]
    fn only_an_answer_inside_tls_counts() {
        let with = |outcome: Outcome<PlainCommand>| {
            Scene::starttls(Starttls::Imap)
                .change_starttls(|endpoint| endpoint.plain_command = outcome.clone())
        };
        assert_eq!(with(Outcome::seen(PlainCommand::Kept)).severities(CHECK.id), [Severity::High]);
        for other in [
            Outcome::seen(PlainCommand::Discarded),
            Outcome::seen(PlainCommand::AnsweredInPlain),
            Outcome::refused("554 5.5.0 synchronization error"),
            silence_of("no answer"),
        ] {
            assert!(with(other).find(CHECK.id).is_empty());
        }
    }
}
