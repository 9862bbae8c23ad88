//! News: NNTP (RFC 3977), STARTTLS of RFC 4642, AUTHINFO of RFC 4643.

use super::lines::{Lined, Lines, behind, words};
use super::{Ask, Dialogue, Pipelined, Refusal, Said, Stage, Step, request, sasl};
use crate::reader::WireError;

/// DATE asks for the time and nothing else (RFC 3977 7.1); QUIT is answered with 205.
pub(super) const PIPELINED: Pipelined =
    Pipelined { command: b"DATE\r\n", last: b"QUIT\r\n", kept, refuses: super::never };

const CAPABILITIES: &[u8] = b"CAPABILITIES\r\n";

pub(super) fn plain(ask: &Ask) -> Box<dyn Dialogue> {
    Lines::boxed(Nntp {
        stage: Stage::Greeting,
        inside: false,
        capabilities: ask.capabilities,
        list: None,
        request: request(b"STARTTLS\r\n", ask, &PIPELINED),
        said: Said::default(),
    })
}

pub(super) fn inside() -> Box<dyn Dialogue> {
    Lines::boxed(Nntp {
        stage: Stage::Capabilities,
        inside: true,
        capabilities: true,
        list: None,
        request: Vec::new(),
        said: Said::default(),
    })
}

#[derive(Debug)]
struct Nntp {
    stage: Stage,
    inside: bool,
    capabilities: bool,
    /// The list that is being read.
    list: Option<Vec<String>>,
    request: Vec<u8>,
    said: Said,
}

impl Nntp {
    fn asks(&mut self) -> Step {
        if self.inside {
            return Step::Done;
        }
        self.stage = Stage::Request;
        Step::Send(self.request.clone())
    }

    fn list(&mut self, lines: Vec<String>) {
        let all = |name: &'static str| {
            lines.iter().filter_map(move |line| behind(line, name)).flat_map(words).collect::<Vec<_>>()
        };
        self.said.offered = Some(lines.iter().any(|line| behind(line, "STARTTLS").is_some()));
        sasl::add(&mut self.said.mechanisms, all("SASL"));
        // AUTHINFO USER takes a password as it is (RFC 4643 2.3), and is named where it is allowed.
        let user = all("AUTHINFO").iter().any(|way| way == "USER");
        if user {
            sasl::add(&mut self.said.mechanisms, ["USER".to_owned()]);
        }
        self.said.password = Some(user || sasl::take_password(&self.said.mechanisms));
        self.said.capabilities = Some(lines);
    }
}

impl Lined for Nntp {
    fn begin(&mut self) -> Step {
        if self.inside { Step::Send(CAPABILITIES.to_vec()) } else { Step::Read }
    }

    fn line(&mut self, line: &str) -> Result<Step, WireError> {
        if let Some(list) = &mut self.list {
            if line != "." {
                // A line that begins with a dot has another put before it (RFC 3977 3.1.1).
                list.push(line.strip_prefix('.').unwrap_or(line).to_owned());
                return Ok(Step::Read);
            }
            let list = self.list.take().unwrap_or_default();
            self.list(list);
            return Ok(self.asks());
        }
        let code = code(line).ok_or_else(|| {
            WireError::Invalid(format!(
                "'{}' is no response of NNTP",
                line.chars().take(80).collect::<String>()
            ))
        })?;
        match (self.stage, code) {
            (Stage::Greeting, 200 | 201) => {
                self.said.greeting.push(line.get(4..).unwrap_or_default().to_owned());
                if !self.capabilities {
                    return Ok(self.asks());
                }
                self.stage = Stage::Capabilities;
                Ok(Step::Send(CAPABILITIES.to_vec()))
            }
            (Stage::Capabilities, 101) => {
                self.list = Some(Vec::new());
                Ok(Step::Read)
            }
            // Servers from before RFC 3977 have no list, and may have STARTTLS all the same.
            (Stage::Capabilities, 480..=599) => Ok(self.asks()),
            (Stage::Request, 382) => {
                self.said.answer = Some(line.to_owned());
                Ok(Step::Ready { after: Vec::new() })
            }
            (to, code) => {
                if to == Stage::Request {
                    self.said.answer = Some(line.to_owned());
                }
                // 400: the service is not there for now (RFC 3977 3.2.1).
                let refusal = Refusal { to, words: line.to_owned(), temporary: code == 400 };
                Ok(Step::Refused(refusal))
            }
        }
    }

    fn said(&self) -> &Said {
        &self.said
    }
}

fn code(line: &str) -> Option<u16> {
    let (code, rest) = line.split_at_checked(3)?;
    let digits = code.bytes().all(|octet| octet.is_ascii_digit());
    (digits && matches!(rest.bytes().next(), None | Some(b' '))).then(|| code.parse().ok()).flatten()
}

/// QUIT is the last thing that is answered: a response before it answers what came in plain text.
fn kept(heard: &[u8], closed: bool) -> Option<bool> {
    let text = String::from_utf8_lossy(heard);
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let codes: Vec<u16> = whole.lines().filter_map(code).collect();
    match codes.as_slice() {
        [205, ..] => Some(false),
        [_, _, ..] => Some(true),
        [_] if closed => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ask, run};
    use super::*;

    const LIST: &[u8] =
        b"101 Capability list:\r\nVERSION 2\r\nAUTHINFO USER SASL\r\nSASL CRAM-MD5\r\nSTARTTLS\r\n.\r\n";

    #[test]
    fn a_dialogue_reads_what_the_server_can_do_and_asks() {
        let mut dialogue = plain(&ask());
        let (sent, end) = run(&mut *dialogue, &[b"201 INN 2.7.1 ready\r\n", LIST, b"382 Begin TLS\r\n"]);
        assert_eq!(sent, "CAPABILITIES\r\nSTARTTLS\r\n");
        assert_eq!(end, Ok(Step::Ready { after: Vec::new() }));
        let said = dialogue.said();
        assert_eq!(said.greeting, ["INN 2.7.1 ready"]);
        assert_eq!((said.offered, said.password), (Some(true), Some(true)));
        assert_eq!(said.mechanisms, ["CRAM-MD5", "USER"]);
    }

    #[test]
    fn refusals() {
        for (replies, to, temporary) in [
            (&[&b"400 Try later!\r\n"[..]][..], Stage::Greeting, true),
            (&[b"502 no permission\r\n"], Stage::Greeting, false),
            (&[b"200 x\r\n", LIST, b"580 Error initializing TLS\r\n"], Stage::Request, false),
            (&[b"200 x\r\n", b"500 what\r\n", b"500 what\r\n"], Stage::Request, false),
        ] {
            let (_, end) = run(&mut *plain(&ask()), replies);
            let Ok(Step::Refused(refusal)) = end else { panic!("{end:?}") };
            assert_eq!((refusal.to, refusal.temporary), (to, temporary), "{refusal:?}");
        }
    }

    #[test]
    fn two_responses_are_one_too_many() {
        assert_eq!(kept(b"111 20261130\r\n205 Bye\r\n", false), Some(true));
        assert_eq!(kept(b"205 Bye\r\n", false), Some(false));
        assert_eq!(kept(b"111 20261130\r\n", false), None);
        assert_eq!(kept(b"500 what\r\n", true), Some(false));
    }
}
