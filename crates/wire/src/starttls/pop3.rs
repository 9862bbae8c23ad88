//! POP3: RFC 1939, CAPA of RFC 2449, STLS of RFC 2595.

use super::lines::{behind, whole, words};
use super::listed::{self, Answer, Listed};
use super::{Ask, Dialogue, Pipelined, Said, Stage, sasl};

/// CAPA is allowed before login (RFC 2449 5); QUIT always is.
pub(super) const PIPELINED: Pipelined =
    Pipelined { command: CAPA, last: b"QUIT\r\n", kept, refuses: super::never };

const CAPA: &[u8] = b"CAPA\r\n";

pub(super) fn plain(ask: &Ask) -> Box<dyn Dialogue> {
    listed::plain::<Pop3>(ask)
}

pub(super) fn inside() -> Box<dyn Dialogue> {
    listed::inside::<Pop3>()
}

#[derive(Debug)]
struct Pop3;

impl Listed for Pop3 {
    const NAME: &'static str = "POP3";
    const LIST: &'static [u8] = CAPA;
    const REQUEST: &'static [u8] = b"STLS\r\n";
    const PIPELINED: Pipelined = PIPELINED;

    fn answer(to: Stage, line: &str) -> Option<Answer<'_>> {
        if let Some(text) = behind(line, "+OK") {
            return Some(Answer::Yes(text));
        }
        let text = behind(line, "-ERR")?;
        // Servers from before RFC 2449 have no list.
        if to == Stage::Capabilities {
            return Some(Answer::NoList);
        }
        // RFC 3206 4, RFC 2449 8.1.2. A greeting of a server that is busy has no code as a rule.
        let code = text.to_ascii_uppercase();
        let busy = ["[SYS/TEMP]", "[IN-USE]", "[LOGIN-DELAY]"].iter().any(|known| code.contains(known));
        Some(Answer::No { temporary: busy || to == Stage::Greeting })
    }

    fn list(said: &mut Said, lines: &[String]) {
        let has = |name: &str| lines.iter().any(|line| behind(line, name).is_some());
        said.offered = Some(has("STLS"));
        let sasl = lines.iter().filter_map(|line| behind(line, "SASL")).flat_map(words);
        sasl::add(&mut said.mechanisms, sasl);
        // USER and PASS are there where USER is named (RFC 2449 6.3).
        if has("USER") {
            sasl::add(&mut said.mechanisms, ["USER".to_owned()]);
        }
        said.password = Some(has("USER") || sasl::take_password(&said.mechanisms));
    }
}

/// QUIT is the last thing that is answered: an answer before it is to what came in plain text.
fn kept(heard: &[u8], closed: bool) -> Option<bool> {
    let whole = whole(heard);
    let answers = whole.lines().filter(|line| line.starts_with("+OK") || line.starts_with("-ERR")).count();
    match answers {
        0 => None,
        1 => closed.then_some(false),
        _ => Some(true),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Step;
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
