//! Chat: IRC (RFC 2812), the capability `tls` and STARTTLS of IRCv3, which calls both deprecated: a port with TLS from
//! the first octet is to be used instead.

use super::course::Course;
use super::lines::{Lined, Lines, invalid, whole};
use super::{Ask, Dialogue, Pipelined, Refusal, Said, Stage, Step, sasl};
use crate::reader::WireError;

/// CAP LIST is allowed before registration and always answered; so is QUIT, with ERROR.
pub(super) const PIPELINED: Pipelined =
    Pipelined { command: b"CAP LIST\r\n", last: b"QUIT\r\n", kept, refuses: super::never };

const CAPABILITIES: &[u8] = b"CAP LS 302\r\n";

pub(super) fn plain(ask: &Ask) -> Box<dyn Dialogue> {
    let first = if ask.capabilities { Stage::Capabilities } else { Stage::Request };
    Lines::boxed(Irc { course: Course::plain(first, b"STARTTLS\r\n", ask, &PIPELINED), list: Vec::new() })
}

pub(super) fn inside() -> Box<dyn Dialogue> {
    Lines::boxed(Irc { course: Course::inside(), list: Vec::new() })
}

#[derive(Debug)]
struct Irc {
    course: Course,
    list: Vec<String>,
}

impl Irc {
    fn asks(&mut self) -> Step {
        if self.course.said.offered == Some(false) {
            // Servers that do not know the command pass it over in silence before registration. The answer to this one
            // says that they have.
            self.course.request.extend_from_slice(PIPELINED.command);
        }
        self.course.asks()
    }

    fn list(&mut self) {
        let names = std::mem::take(&mut self.list);
        let find = |name: &str| {
            names.iter().find_map(|entry| {
                let (key, value) = entry.split_once('=').unwrap_or((entry, ""));
                (key == name).then_some(value)
            })
        };
        self.course.said.offered = Some(find("tls").is_some());
        let sasl = find("sasl").unwrap_or_default().to_ascii_uppercase();
        sasl::add(&mut self.course.said.mechanisms, sasl.split(',').map(str::to_owned));
        // A password may also go to the server by PASS or to a service in a message, which nothing announces.
        self.course.said.password = sasl::take_password(&self.course.said.mechanisms).then_some(true);
        self.course.said.capabilities = Some(names);
    }
}

impl Lined for Irc {
    fn begin(&mut self) -> Step {
        if self.course.stage == Stage::Capabilities {
            Step::Send(CAPABILITIES.to_vec())
        } else {
            Step::Send(self.course.request.clone())
        }
    }

    fn line(&mut self, line: &str) -> Result<Step, WireError> {
        let (command, rest) = message(line);
        match (self.course.stage, command) {
            // Said at any time. A PING before registration needs no answer to what is asked here.
            (_, "NOTICE" | "PING" | "020") => {
                if command == "NOTICE" && self.course.said.greeting.len() < 8 {
                    self.course.said.greeting.push(trailing(rest).to_owned());
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
            (Stage::Request, "670") => Ok(self.course.accepted(rest.to_owned())),
            (Stage::Request, "CAP") if self.course.said.offered == Some(false) => {
                Ok(self.course.refused("STARTTLS is passed over in silence".to_owned(), false))
            }
            (Stage::Request, code) if numeric(code) && code.starts_with(['4', '6']) => {
                Ok(self.course.refused(format!("{code} {rest}"), false))
            }
            (_, code) if numeric(code) => Ok(Step::Read),
            _ => Err(invalid(line, "message", "IRC")),
        }
    }

    fn said(&self) -> &Said {
        &self.course.said
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
    for line in whole(heard).lines() {
        match message(line).0 {
            "NOTICE" | "PING" => {}
            "ERROR" => return Some(false),
            other if other == "CAP" || numeric(other) => return Some(true),
            _ => {}
        }
    }
    // A server may close upon QUIT without a word.
    closed.then_some(false).filter(|_| !heard.is_empty())
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
