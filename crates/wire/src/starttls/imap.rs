//! IMAP: RFC 9051, and RFC 3501 before it.

use super::course::Course;
use super::lines::{Lined, Lines, behind, invalid};
use super::{Ask, Dialogue, Pipelined, Refusal, Said, Stage, Step, sasl};
use crate::reader::WireError;

/// NOOP is allowed before login (RFC 9051 6.1.2), and its tag tells its answer from any other.
pub(super) const PIPELINED: Pipelined =
    Pipelined { command: b"b NOOP\r\n", last: b"c LOGOUT\r\n", kept, refuses: super::never };

const CAPABILITY: &[u8] = b"a CAPABILITY\r\n";
const STARTTLS: &[u8] = b"t STARTTLS\r\n";

pub(super) fn plain(ask: &Ask) -> Box<dyn Dialogue> {
    let course = Course::plain(Stage::Greeting, STARTTLS, ask, &PIPELINED);
    Lines::boxed(Imap { course, capabilities: ask.capabilities })
}

pub(super) fn inside() -> Box<dyn Dialogue> {
    Lines::boxed(Imap { course: Course::inside(), capabilities: true })
}

#[derive(Debug)]
struct Imap {
    course: Course,
    capabilities: bool,
}

impl Imap {
    fn greeting(&mut self, line: &str) -> Result<Step, WireError> {
        let rest = behind(line, "*").ok_or_else(|| no_imap(line))?;
        self.course.said.greeting.push(rest.to_owned());
        let refusal = |to, temporary| {
            let words = rest.to_owned();
            Ok(Step::Refused(Refusal { to, words, temporary }))
        };
        if behind(rest, "OK").is_some() {
            return Ok(self.course.greeted(self.capabilities.then_some(CAPABILITY)));
        }
        if behind(rest, "BYE").is_some() {
            // BYE in a greeting turns this connection away (RFC 9051 7.1.5), which says nothing of the next one.
            return refusal(Stage::Greeting, true);
        }
        if behind(rest, "PREAUTH").is_some() {
            // Already logged in, and in that state STARTTLS is not allowed (RFC 9051 6.2.1): as good as a refusal of it.
            return refusal(Stage::Request, false);
        }
        Err(no_imap(line))
    }

    fn list(&mut self, list: &str) {
        let names: Vec<String> = list.split_ascii_whitespace().map(str::to_owned).collect();
        let has = |name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        self.course.said.offered = Some(has("STARTTLS"));
        let mechanisms = names.iter().filter_map(|name| {
            let (key, value) = name.split_once('=')?;
            key.eq_ignore_ascii_case("AUTH").then(|| value.to_ascii_uppercase())
        });
        self.course.said.mechanisms.clear();
        sasl::add(&mut self.course.said.mechanisms, mechanisms);
        // LOGIN, the command, is there unless LOGINDISABLED says otherwise (RFC 9051 6.2.3).
        let login = !has("LOGINDISABLED");
        self.course.said.password = Some(login || sasl::take_password(&self.course.said.mechanisms));
        if login {
            sasl::add(&mut self.course.said.mechanisms, ["LOGIN".to_owned()]);
        }
        self.course.said.capabilities = Some(names);
    }
}

impl Lined for Imap {
    fn begin(&mut self) -> Step {
        if self.course.inside { Step::Send(CAPABILITY.to_vec()) } else { Step::Read }
    }

    fn line(&mut self, line: &str) -> Result<Step, WireError> {
        if self.course.stage == Stage::Greeting {
            return self.greeting(line);
        }
        if let Some(rest) = behind(line, "*") {
            if let Some(list) =
                behind(rest, "CAPABILITY").filter(|_| self.course.stage == Stage::Capabilities)
            {
                self.list(list);
            }
            if behind(rest, "BYE").is_some() {
                return Ok(match self.course.stage {
                    Stage::Request => self.course.leaves(rest.to_owned()),
                    Stage::Greeting | Stage::Capabilities => self.course.refused(rest.to_owned(), true),
                });
            }
            return Ok(Step::Read);
        }
        let tag = if self.course.stage == Stage::Request { "t" } else { "a" };
        let rest = behind(line, tag).ok_or_else(|| no_imap(line))?;
        match self.course.stage {
            // A server that has no list, or keeps it to itself, may have STARTTLS all the same.
            Stage::Greeting | Stage::Capabilities => Ok(self.course.asks()),
            Stage::Request => {
                if behind(rest, "OK").is_some() {
                    return Ok(self.course.accepted(rest.to_owned()));
                }
                // RFC 5530 3: the codes of a server that may do it another time.
                let code = rest.to_ascii_uppercase();
                let temporary =
                    ["[UNAVAILABLE]", "[INUSE]", "[LIMIT]"].iter().any(|known| code.contains(known));
                Ok(self.course.refused(rest.to_owned(), temporary))
            }
        }
    }

    fn said(&self) -> &Said {
        &self.course.said
    }

    /// Untagged responses may come at any time (RFC 9051 5.2).
    fn may_say_unasked(&self, octets: &[u8]) -> bool {
        octets.starts_with(b"* ")
    }
}

fn no_imap(line: &str) -> WireError {
    invalid(line, "response", "IMAP")
}

fn kept(heard: &[u8], closed: bool) -> Option<bool> {
    let text = String::from_utf8_lossy(heard);
    let mut last = None;
    for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        if behind(line.trim_end(), "b").is_some() {
            return Some(true);
        }
        if behind(line.trim_end(), "c").is_some() {
            last = Some(false);
        }
    }
    // BYE with nothing behind it: the server leaves, and has not answered the command.
    last.or_else(|| (closed && text.starts_with("* BYE")).then_some(false))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ask, run};
    use super::*;

    #[test]
    fn a_dialogue_reads_what_the_server_can_do_and_asks() {
        let mut dialogue = plain(&ask());
        let list = b"* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN auth=cram-md5\r\na OK done\r\n";
        let (sent, end) = run(
            &mut *dialogue,
            &[b"* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n", list, b"t OK Begin\r\n"],
        );
        assert_eq!(sent, "a CAPABILITY\r\nt STARTTLS\r\n");
        assert_eq!(end, Ok(Step::Ready { after: Vec::new() }));
        let said = dialogue.said();
        assert_eq!((said.offered, said.password), (Some(true), Some(true)));
        assert_eq!(said.mechanisms, ["PLAIN", "CRAM-MD5", "LOGIN"]);
    }

    #[test]
    fn logindisabled_is_a_server_that_takes_no_password() {
        let mut dialogue = plain(&ask());
        let list = b"* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\na OK\r\n";
        let _ = run(&mut *dialogue, &[b"* OK x\r\n", list]);
        assert_eq!((dialogue.said().password, &dialogue.said().mechanisms[..]), (Some(false), &[][..]));
    }

    #[test]
    fn refusals() {
        for (replies, to, temporary) in [
            (&[&b"* BYE too many connections\r\n"[..]][..], Stage::Greeting, true),
            (&[b"* PREAUTH welcome\r\n"], Stage::Request, false),
            (&[b"* OK x\r\n", b"a BAD what\r\n", b"t BAD unknown\r\n"], Stage::Request, false),
            (&[b"* OK x\r\n", b"a OK\r\n", b"t NO [UNAVAILABLE] later\r\n"], Stage::Request, true),
            (&[b"* OK x\r\n", b"a OK\r\n", b"* BYE going\r\n"], Stage::Greeting, true),
        ] {
            let (_, end) = run(&mut *plain(&ask()), replies);
            let Ok(Step::Refused(refusal)) = end else { panic!("{end:?}") };
            assert_eq!((refusal.to, refusal.temporary), (to, temporary), "{refusal:?}");
        }
    }

    #[test]
    fn without_capabilities_it_asks_at_once() {
        let (sent, _) = run(&mut *plain(&Ask { capabilities: false, ..ask() }), &[b"* OK x\r\n"]);
        assert_eq!(sent, "t STARTTLS\r\n");
    }

    #[test]
    fn the_tag_tells_a_command_that_was_carried_over() {
        assert_eq!(kept(b"b OK NOOP\r\n", false), Some(true));
        assert_eq!(kept(b"* BYE\r\nc OK\r\n", false), Some(false));
        assert_eq!(kept(b"* BYE out\r\n", false), None);
        assert_eq!(kept(b"* BYE out\r\n", true), Some(false));
        assert_eq!(kept(b"b OK", false), None);
    }
}
