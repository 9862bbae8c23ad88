//! ManageSieve: RFC 5804. The server's capabilities are its greeting, and come again once TLS is there.

use super::course::Course;
use super::lines::{Lined, Lines, invalid, whole, words};
use super::{Ask, Dialogue, Pipelined, Said, Stage, Step, sasl};
use crate::reader::WireError;

/// NOOP repeats the word that it was given (RFC 5804 2.13), and LOGOUT is never refused.
pub(super) const PIPELINED: Pipelined =
    Pipelined { command: b"NOOP \"midwatch\"\r\n", last: b"LOGOUT\r\n", kept, refuses: super::never };

pub(super) fn plain(ask: &Ask) -> Box<dyn Dialogue> {
    let course = Course::plain(Stage::Greeting, b"STARTTLS\r\n", ask, &PIPELINED);
    Lines::boxed(Sieve { course, list: Vec::new() })
}

pub(super) fn inside() -> Box<dyn Dialogue> {
    Lines::boxed(Sieve { course: Course::inside(), list: Vec::new() })
}

#[derive(Debug)]
struct Sieve {
    course: Course,
    list: Vec<String>,
}

impl Sieve {
    fn list(&mut self) {
        let lines = std::mem::take(&mut self.list);
        let find = |name: &str| {
            lines.iter().find_map(|line| {
                let (key, value) = capability(line)?;
                key.eq_ignore_ascii_case(name).then_some(value)
            })
        };
        self.course.said.offered = Some(find("STARTTLS").is_some());
        let mechanisms = find("SASL").unwrap_or_default().to_owned();
        sasl::add(&mut self.course.said.mechanisms, words(&mechanisms));
        self.course.said.password = Some(sasl::take_password(&self.course.said.mechanisms));
        if !self.course.inside {
            self.course.said.greeting = find("IMPLEMENTATION").map(str::to_owned).into_iter().collect();
        }
        self.course.said.capabilities = Some(lines);
    }
}

impl Lined for Sieve {
    fn begin(&mut self) -> Step {
        // Some servers do not say their capabilities again as they must, so they are asked; the first list is read.
        if self.course.inside { Step::Send(b"CAPABILITY\r\n".to_vec()) } else { Step::Read }
    }

    fn line(&mut self, line: &str) -> Result<Step, WireError> {
        let word = line.split([' ', '(']).next().unwrap_or_default().to_ascii_uppercase();
        match (self.course.stage, word.as_str()) {
            (Stage::Greeting | Stage::Capabilities, "OK") => {
                self.list();
                Ok(self.course.asks())
            }
            (Stage::Request, "OK") => Ok(self.course.accepted(line.to_owned())),
            (Stage::Request, "BYE") => Ok(self.course.leaves(line.to_owned())),
            (_, "NO" | "BYE") => {
                let temporary = word == "BYE" || line.to_ascii_uppercase().contains("(TRYLATER");
                Ok(self.course.refused(line.to_owned(), temporary))
            }
            (Stage::Greeting | Stage::Capabilities, _) if line.starts_with(['"', '{']) => {
                self.list.push(line.to_owned());
                Ok(Step::Read)
            }
            _ => Err(invalid(line, "response", "ManageSieve")),
        }
    }

    fn said(&self) -> &Said {
        &self.course.said
    }
}

/// `"NAME" "value"`, the value without its quotes; empty where there is none.
fn capability(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.strip_prefix('"')?.split_once('"')?;
    Some((name, rest.trim().trim_matches('"')))
}

/// NOOP's answer has its word in it; a server without NOOP says NO, which nothing else here is answered with.
fn kept(heard: &[u8], closed: bool) -> Option<bool> {
    let whole = whole(heard);
    if whole.contains("midwatch") || whole.lines().any(|line| line.starts_with("NO ")) {
        return Some(true);
    }
    closed.then_some(()).and_then(|()| whole.lines().any(|line| line.starts_with("OK")).then_some(false))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ask, run};
    use super::*;

    const GREETING: &[u8] = b"\"IMPLEMENTATION\" \"Dovecot Pigeonhole\"\r\n\"SIEVE\" \"fileinto reject\"\r\n\
                              \"SASL\" \"PLAIN LOGIN\"\r\n\"STARTTLS\"\r\n\"VERSION\" \"1.0\"\r\nOK \"ready.\"\r\n";

    #[test]
    fn the_greeting_is_the_list() {
        let mut dialogue = plain(&ask());
        let (sent, end) = run(&mut *dialogue, &[GREETING, b"OK \"Begin TLS\"\r\n"]);
        assert_eq!(sent, "STARTTLS\r\n");
        assert_eq!(end, Ok(Step::Ready { after: Vec::new() }));
        let said = dialogue.said();
        assert_eq!(said.greeting, ["Dovecot Pigeonhole"]);
        assert_eq!((said.offered, said.password), (Some(true), Some(true)));
        assert_eq!(said.mechanisms, ["PLAIN", "LOGIN"]);
    }

    #[test]
    fn without_a_mechanism_there_is_no_password() {
        let mut dialogue = plain(&ask());
        let _ = run(&mut *dialogue, &[b"\"SASL\" \"\"\r\n\"STARTTLS\"\r\nOK\r\n"]);
        assert_eq!((dialogue.said().password, dialogue.said().offered), (Some(false), Some(true)));
    }

    #[test]
    fn refusals() {
        for (replies, to, temporary) in [
            (&[&b"BYE \"too many\"\r\n"[..]][..], Stage::Greeting, true),
            (&[b"OK\r\n", b"NO \"no TLS\"\r\n"], Stage::Request, false),
            (&[b"OK\r\n", b"NO (TRYLATER) \"busy\"\r\n"], Stage::Request, true),
            (&[b"OK\r\n", b"BYE \"going\"\r\n"], Stage::Greeting, true),
        ] {
            let (_, end) = run(&mut *plain(&ask()), replies);
            let Ok(Step::Refused(refusal)) = end else { panic!("{end:?}") };
            assert_eq!((refusal.to, refusal.temporary), (to, temporary), "{refusal:?}");
        }
    }

    #[test]
    fn its_word_tells_a_command_that_was_carried_over() {
        assert_eq!(kept(b"OK (TAG {8}\r\nmidwatch) \"Done\"\r\n", false), Some(true));
        assert_eq!(kept(b"NO \"unknown\"\r\n", false), Some(true));
        assert_eq!(kept(b"\"SASL\" \"\"\r\nOK \"TLS\"\r\nOK \"Logout\"\r\n", true), Some(false));
        assert_eq!(kept(b"OK \"TLS\"\r\n", false), None);
    }
}
