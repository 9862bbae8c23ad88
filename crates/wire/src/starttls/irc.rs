//! Chat: IRC (RFC 2812), the capability `tls` and STARTTLS of IRCv3, which calls both deprecated: a port with TLS from
//! the first octet is to be used instead.

use super::lines::{Lined, Lines};
use super::{Ask, Dialogue, Pipelined, Refusal, Said, Stage, Step, request, sasl};
use crate::reader::WireError;

/// CAP LIST is allowed before registration and always answered; so is QUIT, with ERROR.
pub(super) const PIPELINED: Pipelined =
    Pipelined { command: b"CAP LIST\r\n", last: b"QUIT\r\n", kept, refuses: super::never };

const CAPABILITIES: &[u8] = b"CAP LS 302\r\n";

pub(super) fn plain(ask: &Ask) -> Box<dyn Dialogue> {
    Lines::boxed(Irc {
        stage: if ask.capabilities { Stage::Capabilities } else { Stage::Request },
        inside: false,
        list: Vec::new(),
        request: request(b"STARTTLS\r\n", ask, &PIPELINED),
        said: Said::default(),
    })
}

pub(super) fn inside() -> Box<dyn Dialogue> {
    Lines::boxed(Irc {
        stage: Stage::Capabilities,
        inside: true,
        list: Vec::new(),
        request: Vec::new(),
        said: Said::default(),
    })
}

#[derive(Debug)]
struct Irc {
    stage: Stage,
    inside: bool,
    list: Vec<String>,
    request: Vec<u8>,
    said: Said,
}

impl Irc {
    fn asks(&mut self) -> Step {
        if self.inside {
            return Step::Done;
        }
        self.stage = Stage::Request;
        let mut octets = self.request.clone();
        if self.said.offered == Some(false) {
            // Servers that do not know the command pass it over in silence before registration. The answer to this one
            // says that they have.
            octets.extend_from_slice(PIPELINED.command);
        }
        Step::Send(octets)
    }

    fn list(&mut self) {
        let names = std::mem::take(&mut self.list);
        let find = |name: &str| {
            names.iter().find_map(|entry| {
                let (key, value) = entry.split_once('=').unwrap_or((entry, ""));
                (key == name).then_some(value)
            })
        };
        self.said.offered = Some(find("tls").is_some());
        let sasl = find("sasl").unwrap_or_default().to_ascii_uppercase();
        sasl::add(&mut self.said.mechanisms, sasl.split(',').map(str::to_owned));
        // A password may also go to the server by PASS or to a service in a message, which nothing announces.
        self.said.password = sasl::take_password(&self.said.mechanisms).then_some(true);
        self.said.capabilities = Some(names);
    }

    /// The request is refused.
    fn refused(&mut self, words: String) -> Step {
        self.said.answer = Some(words.clone());
        Step::Refused(Refusal { to: Stage::Request, words, temporary: false })
    }
}

impl Lined for Irc {
    fn begin(&mut self) -> Step {
        if self.stage == Stage::Capabilities {
            Step::Send(CAPABILITIES.to_vec())
        } else {
            Step::Send(self.request.clone())
        }
    }

    fn line(&mut self, line: &str) -> Result<Step, WireError> {
        let (command, rest) = message(line);
        match (self.stage, command) {
            // Said at any time. A PING before registration needs no answer to what is asked here.
            (_, "NOTICE" | "PING" | "020") => {
                if command == "NOTICE" && self.said.greeting.len() < 8 {
                    self.said.greeting.push(trailing(rest).to_owned());
                }
                Ok(Step::Read)
            }
            // Whoever sends ERROR closes (RFC 2812 3.7.4): too many connections, or somebody who is not wanted.
            (_, "ERROR") => {
                let words = rest.trim_start_matches(':').to_owned();
                Ok(Step::Refused(Refusal { to: Stage::Greeting, words, temporary: true }))
            }
            (Stage::Capabilities, "CAP") => {
                let mut words = rest.split(' ').skip(1);
                if words.next() != Some("LS") {
                    return Ok(Step::Read);
                }
                let more = words.next() == Some("*");
                self.list.extend(trailing(rest).split_ascii_whitespace().map(str::to_owned));
                if more {
                    return Ok(Step::Read);
                }
                self.list();
                Ok(self.asks())
            }
            // A server without capabilities: an unknown command, or not before registration.
            (Stage::Capabilities, "421" | "451" | "410") => Ok(self.asks()),
            (Stage::Request, "670") => {
                self.said.answer = Some(rest.to_owned());
                Ok(Step::Ready { after: Vec::new() })
            }
            (Stage::Request, "CAP") if self.said.offered == Some(false) => {
                Ok(self.refused("STARTTLS is passed over in silence".to_owned()))
            }
            (Stage::Request, code) if numeric(code) && code.starts_with(['4', '6']) => {
                Ok(self.refused(format!("{code} {rest}")))
            }
            (_, code) if numeric(code) => Ok(Step::Read),
            _ => {
                let shown: String = line.chars().take(80).collect();
                Err(WireError::Invalid(format!("'{shown}' is no message of IRC")))
            }
        }
    }

    fn said(&self) -> &Said {
        &self.said
    }

    /// Notices may come at any time.
    fn may_say_unasked(&self, octets: &[u8]) -> bool {
        let text = String::from_utf8_lossy(octets);
        text.lines().all(|line| matches!(message(line).0, "NOTICE" | "PING"))
    }
}

/// The command of a message, and what stands behind it (RFC 2812 2.3.1). Tags and the prefix are left out.
fn message(line: &str) -> (&str, &str) {
    let mut rest = line;
    for mark in ['@', ':'] {
        if rest.starts_with(mark) {
            rest = rest.split_once(' ').map_or("", |(_, rest)| rest).trim_start();
        }
    }
    rest.split_once(' ').unwrap_or((rest, ""))
}

/// The last parameter.
fn trailing(parameters: &str) -> &str {
    match parameters.strip_prefix(':') {
        Some(text) => text,
        None => parameters.split_once(" :").map_or_else(
            || parameters.rsplit_once(' ').map_or(parameters, |(_, last)| last),
            |(_, text)| text,
        ),
    }
}

fn numeric(command: &str) -> bool {
    command.len() == 3 && command.bytes().all(|octet| octet.is_ascii_digit())
}

/// Any word but a notice or ERROR answers what came in plain text: QUIT is answered with ERROR alone.
fn kept(heard: &[u8], closed: bool) -> Option<bool> {
    let text = String::from_utf8_lossy(heard);
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    for line in whole.lines() {
        match message(line).0 {
            "NOTICE" | "PING" => {}
            "ERROR" => return Some(false),
            other if other == "CAP" || numeric(other) => return Some(true),
            _ => {}
        }
    }
    // A server may close upon QUIT without a word.
    closed.then_some(false).filter(|_| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ask, run};
    use super::*;

    #[test]
    fn a_dialogue_reads_what_the_server_can_do_and_asks() {
        let mut dialogue = plain(&ask());
        let list = b":irc.example NOTICE * :*** Looking up your hostname\r\n:irc.example CAP * LS * :multi-prefix\r\n\
                     :irc.example CAP * LS :sasl=PLAIN,EXTERNAL tls\r\n:irc.example NOTICE * :*** None found\r\n";
        let (sent, end) = run(&mut *dialogue, &[list, b":irc.example 670 * :STARTTLS successful\r\n"]);
        assert_eq!(sent, "CAP LS 302\r\nSTARTTLS\r\n");
        assert_eq!(end, Ok(Step::Ready { after: Vec::new() }));
        let said = dialogue.said();
        assert_eq!((said.offered, said.password), (Some(true), Some(true)));
        assert_eq!(said.mechanisms, ["PLAIN", "EXTERNAL"]);
        assert_eq!(said.capabilities.as_deref().unwrap().len(), 3);
    }

    #[test]
    fn a_server_that_names_no_way_to_log_in_does_not_say() {
        let mut dialogue = plain(&ask());
        let _ = run(&mut *dialogue, &[b":irc.example CAP * LS :multi-prefix\r\n"]);
        assert_eq!((dialogue.said().offered, dialogue.said().password), (Some(false), None));
    }

    #[test]
    fn refusals() {
        let at_once = Ask { capabilities: false, ..ask() };
        let (_, end) = run(&mut *plain(&at_once), &[b"ERROR :Closing link: too many connections\r\n"]);
        assert!(
            matches!(end, Ok(Step::Refused(Refusal { to: Stage::Greeting, temporary: true, .. }))),
            "{end:?}"
        );
        for (replies, to, temporary) in [
            (&[&b"ERROR :Closing link: too many connections\r\n"[..]][..], Stage::Greeting, true),
            (&[b":x CAP * LS :tls\r\n", b":x 691 * :STARTTLS failed\r\n"], Stage::Request, false),
            (&[b":x 421 * CAP :Unknown command\r\n", b":x 451 * :Register first\r\n"], Stage::Request, false),
        ] {
            let (_, end) = run(&mut *plain(&ask()), replies);
            let Ok(Step::Refused(refusal)) = end else { panic!("{end:?}") };
            assert_eq!((refusal.to, refusal.temporary), (to, temporary), "{refusal:?}");
        }
    }

    #[test]
    fn silence_is_told_by_the_answer_to_what_comes_next() {
        let mut dialogue = plain(&ask());
        let (sent, end) = run(&mut *dialogue, &[b":x CAP * LS :multi-prefix\r\n", b":x CAP * LIST :\r\n"]);
        assert!(sent.ends_with("STARTTLS\r\nCAP LIST\r\n"), "{sent}");
        let Ok(Step::Refused(refusal)) = end else { panic!("{end:?}") };
        assert_eq!((refusal.to, refusal.temporary), (Stage::Request, false));
    }

    #[test]
    fn another_protocol_is_no_chat() {
        let (_, end) = run(&mut *plain(&ask()), &[b"HTTP/1.1 400 Bad Request\r\n"]);
        assert!(matches!(end, Err(WireError::Invalid(_))), "{end:?}");
    }

    #[test]
    fn an_answer_to_the_list_is_one_too_many() {
        assert_eq!(kept(b":x CAP * LIST :\r\nERROR :bye\r\n", false), Some(true));
        assert_eq!(kept(b":x 451 * :Register first\r\n", false), Some(true));
        assert_eq!(kept(b":x NOTICE * :hello\r\nERROR :bye\r\n", false), Some(false));
        assert_eq!(kept(b"", true), None);
    }
}
