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
           mailbox of the attacker's; in IMAP and POP3 a session can be made to be somebody else's.",
    from: ON_PATH,
    attacks: &[Eavesdropping, StrippingAndDowngrade],
    decided: "A harmless command (NOOP; CAPA in POP3) was sent in one piece with the request for TLS. After the handshake one other \
              command was sent, which ends the session. The first one's answer came inside TLS too. An answer in plain text, a \
              connection that is ended, and an answer that does not come are something else.",
    benign: &[],
    fix: "Update the mail or proxy software: it has to throw away what it has read in plain text when TLS begins (Postfix since \
          2.8.3, Dovecot since 2.3.14.1, Exim by ending the connection). Where a proxy does STARTTLS in front of the server, it is \
          the proxy.",
    settings: &[],
    source: "CVE-2011-0411; RFC 3207 4.2; Poddebniak, Ising, Böck, Schinzel: Why TLS Is Better Without STARTTLS (USENIX Security \
             2021)",
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
