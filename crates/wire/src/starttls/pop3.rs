//! POP3: RFC 1939, CAPA of RFC 2449, STLS of RFC 2595.

use super::lines::{Lined, Lines, behind, words};
use super::{Ask, Dialogue, Pipelined, Refusal, Said, Stage, Step, request, sasl};
use crate::reader::WireError;

/// CAPA is allowed before login (RFC 2449 5); QUIT always is.
pub(super) const PIPELINED: Pipelined =
    Pipelined { command: CAPA, last: b"QUIT\r\n", kept, refuses: super::never };

const CAPA: &[u8] = b"CAPA\r\n";

pub(super) fn plain(ask: &Ask) -> Box<dyn Dialogue> {
    Lines::boxed(Pop3 {
        stage: Stage::Greeting,
        inside: false,
        capabilities: ask.capabilities,
        list: None,
        request: request(b"STLS\r\n", ask, &PIPELINED),
        said: Said::default(),
    })
}

pub(super) fn inside() -> Box<dyn Dialogue> {
    Lines::boxed(Pop3 {
        stage: Stage::Capabilities,
        inside: true,
        capabilities: true,
        list: None,
        request: Vec::new(),
        said: Said::default(),
    })
}

#[derive(Debug)]
struct Pop3 {
    stage: Stage,
    inside: bool,
    capabilities: bool,
    /// The list that is being read.
    list: Option<Vec<String>>,
    request: Vec<u8>,
    said: Said,
}

impl Pop3 {
    fn asks(&mut self) -> Step {
        if self.inside {
            return Step::Done;
        }
        self.stage = Stage::Request;
        Step::Send(self.request.clone())
    }

    fn list(&mut self, lines: Vec<String>) {
        let has = |name: &str| lines.iter().any(|line| behind(line, name).is_some());
        self.said.offered = Some(has("STLS"));
        let sasl = lines.iter().filter_map(|line| behind(line, "SASL")).flat_map(words);
        sasl::add(&mut self.said.mechanisms, sasl);
        // USER and PASS are there where USER is named (RFC 2449 6.3).
        if has("USER") {
            sasl::add(&mut self.said.mechanisms, ["USER".to_owned()]);
        }
        self.said.password = Some(has("USER") || sasl::take_password(&self.said.mechanisms));
        self.said.capabilities = Some(lines);
    }
}

impl Lined for Pop3 {
    fn begin(&mut self) -> Step {
        if self.inside { Step::Send(CAPA.to_vec()) } else { Step::Read }
    }

    fn line(&mut self, line: &str) -> Result<Step, WireError> {
        if let Some(list) = &mut self.list {
            if line != "." {
                // A line that begins with a dot has another put before it (RFC 1939 3).
                list.push(line.strip_prefix('.').unwrap_or(line).to_owned());
                return Ok(Step::Read);
            }
            let list = self.list.take().unwrap_or_default();
            self.list(list);
            return Ok(self.asks());
        }
        let (yes, rest) = match (behind(line, "+OK"), behind(line, "-ERR")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => {
                let shown: String = line.chars().take(80).collect();
                return Err(WireError::Invalid(format!("'{shown}' is no response of POP3")));
            }
        };
        match (self.stage, yes) {
            (Stage::Greeting, true) => {
                self.said.greeting.push(rest.to_owned());
                if !self.capabilities {
                    return Ok(self.asks());
                }
                self.stage = Stage::Capabilities;
                Ok(Step::Send(CAPA.to_vec()))
            }
            (Stage::Capabilities, true) => {
                self.list = Some(Vec::new());
                Ok(Step::Read)
            }
            // Servers from before RFC 2449 have no list, and may have STLS all the same.
            (Stage::Capabilities, false) => Ok(self.asks()),
            (Stage::Request, true) => {
                self.said.answer = Some(line.to_owned());
                Ok(Step::Ready { after: Vec::new() })
            }
            (to, false) => {
                if to == Stage::Request {
                    self.said.answer = Some(line.to_owned());
                }
                // RFC 3206 4, RFC 2449 8.1.2. A greeting of a server that is busy has no code as a rule.
                let code = rest.to_ascii_uppercase();
                let busy =
                    ["[SYS/TEMP]", "[IN-USE]", "[LOGIN-DELAY]"].iter().any(|known| code.contains(known));
                let refusal =
                    Refusal { to, words: line.to_owned(), temporary: busy || to == Stage::Greeting };
                Ok(Step::Refused(refusal))
            }
        }
    }

    fn said(&self) -> &Said {
        &self.said
    }
}

/// QUIT is the last thing that is answered: an answer before it is to what came in plain text.
fn kept(heard: &[u8], closed: bool) -> Option<bool> {
    let text = String::from_utf8_lossy(heard);
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let answers = whole.lines().filter(|line| line.starts_with("+OK") || line.starts_with("-ERR")).count();
    match answers {
        0 => None,
        1 => closed.then_some(false),
        _ => Some(true),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ask, run};
    use super::*;

    #[test]
    fn a_dialogue_reads_what_the_server_can_do_and_asks() {
        let mut dialogue = plain(&ask());
        let list = b"+OK\r\nTOP\r\nUSER\r\nSASL PLAIN\r\nSTLS\r\n..x\r\n.\r\n";
        let (sent, end) = run(&mut *dialogue, &[b"+OK Dovecot ready.\r\n", list, b"+OK Begin TLS\r\n"]);
        assert_eq!(sent, "CAPA\r\nSTLS\r\n");
        assert_eq!(end, Ok(Step::Ready { after: Vec::new() }));
        let said = dialogue.said();
        assert_eq!((said.offered, said.password), (Some(true), Some(true)));
        assert_eq!(said.mechanisms, ["PLAIN", "USER"]);
        assert_eq!(said.capabilities.as_ref().unwrap()[4], ".x");
    }

    #[test]
    fn refusals() {
        for (replies, to, temporary) in [
            (&[&b"-ERR busy\r\n"[..]][..], Stage::Greeting, true),
            (&[b"+OK x\r\n", b"-ERR\r\n", b"-ERR unknown\r\n"], Stage::Request, false),
            (&[b"+OK x\r\n", b"+OK\r\n.\r\n", b"-ERR [SYS/TEMP] later\r\n"], Stage::Request, true),
        ] {
            let (_, end) = run(&mut *plain(&ask()), replies);
            let Ok(Step::Refused(refusal)) = end else { panic!("{end:?}") };
            assert_eq!((refusal.to, refusal.temporary), (to, temporary), "{refusal:?}");
        }
    }

    #[test]
    fn two_answers_are_one_too_many() {
        assert_eq!(kept(b"+OK\r\nUSER\r\n.\r\n+OK bye\r\n", false), Some(true));
        assert_eq!(kept(b"-ERR what\r\n+OK bye\r\n", false), Some(true));
        assert_eq!(kept(b"+OK bye\r\n", false), None);
        assert_eq!(kept(b"+OK bye\r\n", true), Some(false));
    }
}
