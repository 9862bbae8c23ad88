//! SMTP and its kin: RFC 5321, STARTTLS of RFC 3207, AUTH of RFC 4954. LMTP (RFC 2033) says LHLO for EHLO.

use midwatch_model::Starttls;

use super::course::Course;
use super::lines::{Lined, Lines, behind, invalid, reply as part, whole, words};
use super::{Ask, Dialogue, Pipelined, Said, Stage, Step, sasl};
use crate::reader::WireError;

/// NOOP is always answered with 250 (RFC 5321 4.1.1.9), and QUIT with 221.
pub(super) const PIPELINED: Pipelined =
    Pipelined { command: b"NOOP\r\n", last: b"QUIT\r\n", kept, refuses: super::never };

pub(super) fn plain(protocol: Starttls, ask: &Ask) -> Box<dyn Dialogue> {
    Lines::boxed(Smtp::new(protocol, ask, Course::plain(Stage::Greeting, b"STARTTLS\r\n", ask, &PIPELINED)))
}

pub(super) fn inside(protocol: Starttls, ask: &Ask) -> Box<dyn Dialogue> {
    Lines::boxed(Smtp::new(protocol, ask, Course::inside()))
}

#[derive(Debug)]
struct Smtp {
    course: Course,
    hello: Vec<u8>,
    /// The lines of the reply that is being read, without code and separator.
    reply: Vec<String>,
}

impl Smtp {
    fn new(protocol: Starttls, ask: &Ask, course: Course) -> Self {
        let verb = if protocol == Starttls::Lmtp { "LHLO" } else { "EHLO" };
        Smtp { course, hello: format!("{verb} {}\r\n", ask.client).into_bytes(), reply: Vec::new() }
    }

    /// A whole reply.
    fn reply(&mut self, code: u16, lines: Vec<String>) -> Step {
        let words = format!("{code} {}", lines.join(" / "));
        match (self.course.stage, code) {
            (Stage::Greeting, 220) => {
                self.course.said.greeting = lines;
                self.course.greeted(Some(&self.hello))
            }
            (Stage::Capabilities, 250) => {
                self.extensions(lines.into_iter().skip(1));
                self.course.asks()
            }
            // A server without extensions (RFC 5321 3.2). That it takes STARTTLS all the same is worth asking once.
            (Stage::Capabilities, 500 | 502 | 504) => {
                self.extensions(std::iter::empty());
                self.course.asks()
            }
            (Stage::Request, 220) => self.course.accepted(words),
            // The channel is about to be closed, which a server may say to any command (RFC 5321 3.8, 4.2.3).
            (Stage::Request, 421) => self.course.leaves(words),
            (_, code) => self.course.refused(words, (400..500).contains(&code)),
        }
    }

    fn extensions(&mut self, lines: impl Iterator<Item = String>) {
        let lines: Vec<String> = lines.collect();
        self.course.said.offered = Some(lines.iter().any(|line| behind(line, "STARTTLS").is_some()));
        for line in &lines {
            // `AUTH=` is how it was written before the RFC, for clients that read nothing else.
            let offer = behind(line, "AUTH").or_else(|| {
                let prefix = line.get(..5)?;
                prefix.eq_ignore_ascii_case("AUTH=").then(|| line.get(5..)).flatten()
            });
            sasl::add(&mut self.course.said.mechanisms, offer.into_iter().flat_map(words));
        }
        self.course.said.password = Some(sasl::take_password(&self.course.said.mechanisms));
        self.course.said.capabilities = Some(lines);
    }
}

impl Lined for Smtp {
    fn begin(&mut self) -> Step {
        if self.course.inside { Step::Send(self.hello.clone()) } else { Step::Read }
    }

    fn line(&mut self, line: &str) -> Result<Step, WireError> {
        let (code, last, text) = part(line).ok_or_else(|| invalid(line, "reply", "SMTP"))?;
        self.reply.push(text.to_owned());
        if !last {
            return Ok(Step::Read);
        }
        let lines = std::mem::take(&mut self.reply);
        Ok(self.reply(code, lines))
    }

    fn said(&self) -> &Said {
        &self.course.said
    }
}

/// QUIT is the last thing that is answered: a reply before it answers what came in plain text.
fn kept(heard: &[u8], closed: bool) -> Option<bool> {
    let whole = whole(heard);
    let codes: Vec<u16> =
        whole.lines().filter_map(part).filter(|(_, last, _)| *last).map(|(code, ..)| code).collect();
    match codes.as_slice() {
        [221, ..] => Some(false),
        [_, _, ..] => Some(true),
        // Whatever was answered here, it was the one command that came inside TLS.
        [other] if closed && *other != 250 => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Refusal;
    use super::super::tests::{ask, run};
    use super::*;

    const EHLO: &[u8] = b"250-mail.example greets you\r\n250-PIPELINING\r\n250-AUTH PLAIN login\r\n\
                          250-AUTH=LOGIN CRAM-MD5\r\n250 starttls\r\n";

    #[test]
    fn a_dialogue_reads_what_the_server_can_do_and_asks() {
        let mut dialogue = plain(Starttls::Smtp, &ask());
        let (sent, end) = run(&mut *dialogue, &[b"220-hello\r\n220 ESMTP\r\n", EHLO, b"220 2.0.0 Ready\r\n"]);
        assert_eq!(sent, "EHLO [192.0.2.1]\r\nSTARTTLS\r\n");
        assert_eq!(end, Ok(Step::Ready { after: Vec::new() }));
        let said = dialogue.said();
        assert_eq!(said.greeting, ["hello", "ESMTP"]);
        assert_eq!((said.offered, said.password), (Some(true), Some(true)));
        assert_eq!(said.mechanisms, ["PLAIN", "LOGIN", "CRAM-MD5"]);
        assert_eq!(said.capabilities.as_deref().map(<[_]>::len), Some(4));
        assert_eq!(said.answer.as_deref(), Some("220 2.0.0 Ready"));
    }

    #[test]
    fn what_comes_behind_the_go_ahead_is_kept() {
        let mut dialogue = plain(Starttls::Smtp, &ask());
        let (_, end) = run(&mut *dialogue, &[b"220 x\r\n", EHLO, b"220 go\r\n250 injected\r\n"]);
        assert_eq!(end, Ok(Step::Ready { after: b"250 injected\r\n".to_vec() }));
    }

    #[test]
    fn a_server_that_offers_nothing_is_asked_once_all_the_same() {
        let mut dialogue = plain(Starttls::Smtp, &ask());
        let (sent, end) = run(&mut *dialogue, &[b"220 x\r\n", b"502 what\r\n", b"502 5.5.1 no\r\n"]);
        assert_eq!(sent, "EHLO [192.0.2.1]\r\nSTARTTLS\r\n");
        let refusal = Refusal { to: Stage::Request, words: "502 5.5.1 no".into(), temporary: false };
        assert_eq!(end, Ok(Step::Refused(refusal)));
        assert_eq!(dialogue.said().offered, Some(false));
    }

    #[test]
    fn a_refusal_says_whether_it_is_for_now() {
        for (replies, to, temporary) in [
            (&[&b"421 too many connections\r\n"[..]][..], Stage::Greeting, true),
            (&[b"554 no service\r\n"], Stage::Greeting, false),
            (&[b"220 x\r\n", b"550 bad name\r\n"], Stage::Capabilities, false),
            (&[b"220 x\r\n", EHLO, b"454 TLS not available\r\n"], Stage::Request, true),
            (&[b"220 x\r\n", EHLO, b"421 4.7.0 too many errors\r\n"], Stage::Greeting, true),
        ] {
            let (_, end) = run(&mut *plain(Starttls::Smtp, &ask()), replies);
            let Ok(Step::Refused(refusal)) = end else { panic!("{end:?}") };
            assert_eq!((refusal.to, refusal.temporary), (to, temporary), "{refusal:?}");
        }
    }

    #[test]
    fn lmtp_says_lhlo() {
        let (sent, _) = run(&mut *plain(Starttls::Lmtp, &ask()), &[b"220 x\r\n"]);
        assert_eq!(sent, "LHLO [192.0.2.1]\r\n");
    }

    #[test]
    fn other_protocols_are_no_smtp() {
        for wrong in [&b"* OK IMAP\r\n"[..], b"HTTP/1.1 400 Bad\r\n", b"22\r\n", b"220_x\r\n"] {
            let (_, end) = run(&mut *plain(Starttls::Smtp, &ask()), &[wrong]);
            assert!(matches!(end, Err(WireError::Invalid(_))), "{end:?}");
        }
    }

    #[test]
    fn an_answer_before_the_question_ends_the_dialogue() {
        let (_, end) = run(&mut *plain(Starttls::Smtp, &ask()), &[b"220 x\r\n250 STARTTLS\r\n"]);
        assert!(end.unwrap_err().to_string().contains("before it was asked"));
    }

    #[test]
    fn a_command_that_is_carried_over_is_told_by_its_answer() {
        assert_eq!(kept(b"250 2.0.0 Ok\r\n221 2.0.0 Bye\r\n", false), Some(true));
        assert_eq!(kept(b"250 2.0.0 Ok\r\n221 2.0", false), None);
        assert_eq!(kept(b"221 2.0.0 Bye\r\n", false), Some(false));
        assert_eq!(kept(b"", true), None);
        assert_eq!(kept(b"421 going\r\n", true), Some(false));
        assert_eq!(kept(b"503 EHLO first\r\n221 Bye\r\n", true), Some(true));
    }
}
