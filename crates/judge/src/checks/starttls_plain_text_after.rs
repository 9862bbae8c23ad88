//! Plain text where TLS is due.

use midwatch_model::{AttackId::*, Confidence, PlainCommand, Severity};

use super::starttls_support as shared;
use crate::Check;
use crate::check::ON_PATH;

pub(crate) static CHECK: Check = Check {
    id: "starttls-plain-text-after",
    title: "The server goes on in plain text where TLS is due",
    severity: Severity::Medium,
    says: "{place} says more in plain text after its go-ahead for TLS",
    about: "After its go-ahead a server has to wait for the client's first words of TLS. Something here went on in plain text: the \
            server, or somebody on the way who puts answers there in the hope that a program takes them for what it is told inside \
            TLS.",
    gain: "To tell programs that keep such answers what the server can do and what is in a mailbox, as if it stood inside TLS.",
    from: ON_PATH,
    attacks: &[StrippingAndDowngrade],
    decided: "Octets came behind the go-ahead, in the same piece or within half a second, before anything was said to the server. Low \
              where they came only after a command had been sent in plain text with the request: then they answer that command, and \
              the server merely carries it out too early.",
    benign: &[
        "A server that is broken in this way speaks TLS with hardly any program, since it goes on as if nothing had been asked.",
    ],
    fix: "Look from elsewhere whether the server says it too: if it does not, somebody on the way does. If it does, update the \
          software.",
    settings: &[],
    source: "RFC 3207 4; CVE-2020-15955 and its kin (response injection)",
    find: |view, found| {
        for seen in &view.starttls {
            let endpoint = seen.fact;
            match endpoint.plain_after.value() {
                Some(said) if !said.is_empty() => {
                    let what =
                        format!("{} says behind its go-ahead: {}", endpoint.address, shared::short(said));
                    found.at(shared::place(endpoint)).confidence(Confidence::Firm).see(seen.id, what);
                }
                _ if endpoint.plain_command.value() == Some(&PlainCommand::AnsweredInPlain) => {
                    let what = format!(
                        "{} answers a command that came with the request for TLS in plain text, after its go-ahead",
                        endpoint.address
                    );
                    found.at(shared::place(endpoint)).severity(Severity::Low).see(seen.id, what);
                }
                _ => {}
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
    fn plain_text_by_itself_counts_more_than_an_early_answer() {
        let with = |said: &'static str, command: PlainCommand| {
            Scene::starttls(Starttls::Smtp).change_starttls(|endpoint| {
                endpoint.plain_after = Outcome::seen(said.into());
                endpoint.plain_command = Outcome::seen(command);
            })
        };
        let more = "250 injected";
        assert_eq!(with(more, PlainCommand::Discarded).severities(CHECK.id), [Severity::Medium]);
        assert_eq!(with("", PlainCommand::AnsweredInPlain).severities(CHECK.id), [Severity::Low]);
        assert!(with("", PlainCommand::Discarded).find(CHECK.id).is_empty());
        let silent = Scene::starttls(Starttls::Smtp)
            .change_starttls(|endpoint| endpoint.plain_after = silence_of("no answer"));
        assert!(silent.find(CHECK.id).is_empty());
    }
}
