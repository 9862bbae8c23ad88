//! TLS that somebody between opens and closes again.

use midwatch_model::{AttackId::*, Outcome, Severity, Station};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "tls-opened-on-the-way",
    title: "Somebody between opens TLS",
    severity: Severity::High,
    says: "TLS to {place} is opened on the way",
    about: "Whoever sits between and reads TLS has to speak it to both sides. The far end then gets their ClientHello and \
            not the one that was sent from here. No certificate can hide that: it is seen even where every certificate \
            is accepted, because a root of theirs was added to this computer.",
    gain: "Everything that goes through TLS: passwords, mail, what is read and what is bought.",
    from: &[Station::You, Station::Wifi, Station::Router, Station::Network],
    attacks: &[Impersonation, Eavesdropping, HttpInjection],
    decided: "An echo that the user runs (midwatch lab --echo, --echo HOST:PORT) says which ClientHello reached it for a \
              name that nobody else uses. Found where it is another than the one that was sent, or where somebody begins \
              a handshake in answer, which an echo never does. That none arrived is not found: it may have been \
              dropped.",
    benign: &[
        "A company's proxy that its users were told of.",
        "Security software on this computer that looks into web traffic.",
    ],
    fix: "Find out who it is: the roots that were added to this computer say so as a rule (midwatch here names them). \
          Where nobody told you of it, leave this network, and do not log in to anything from this computer.",
    settings: &[],
    source: "Durumeric and others, \"The Security Impact of HTTPS Interception\" (2017), section 3",
    find: |view, found| {
        for seen in &view.here.echoes {
            let Outcome::Seen { value } = &seen.fact.hello else { continue };
            if !value.is_opened() {
                continue;
            }
            let what = match &value.received {
                Some(received) if *received != value.sent => {
                    format!("the hello sent has SHA-256 {}, the one that arrived {received}", value.sent)
                }
                _ => "a handshake was begun in answer to the hello, which the far end never does".to_owned(),
            };
            found.at(&seen.fact.endpoint).see(seen.id, what);
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::HelloEcho;

    use super::*;
    use crate::testing::*;

    fn hello(received: Option<&str>, answered_by_another: bool) -> Vec<Severity> {
        let hello = HelloEcho {
            server_name: "a.invalid".into(),
            sent: "ab".into(),
            received: received.map(str::to_owned),
            answered_by_another,
        };
        Scene::echo(|echo| echo.hello = Outcome::seen(hello.clone())).severities(CHECK.id)
    }

    #[test]
    fn another_hello_and_another_answer_are_found() {
        assert_eq!(hello(Some("cd"), false), [Severity::High]);
        assert_eq!(hello(None, true), [Severity::High]);
        assert!(hello(Some("ab"), false).is_empty() && hello(None, false).is_empty());
        assert!(Scene::echo(|echo| echo.hello = timeout()).find(CHECK.id).is_empty());
    }
}
