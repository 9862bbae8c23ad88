//! News: NNTP (RFC 3977), STARTTLS of RFC 4642, AUTHINFO of RFC 4643.

use super::lines::{behind, whole, words};
use super::listed::{self, Answer, Listed};
use super::{Ask, Dialogue, Pipelined, Said, Stage, sasl};

/// DATE asks for the time and nothing else (RFC 3977 7.1); QUIT is answered with 205.
pub(super) const PIPELINED: Pipelined =
    Pipelined { command: b"DATE\r\n", last: b"QUIT\r\n", kept, refuses: super::never };

pub(super) fn plain(ask: &Ask) -> Box<dyn Dialogue> {
    listed::plain::<Nntp>(ask)
}

pub(super) fn inside() -> Box<dyn Dialogue> {
    listed::inside::<Nntp>()
}

#[derive(Debug)]
struct Nntp;

impl Listed for Nntp {
    const NAME: &'static str = "NNTP";
    const LIST: &'static [u8] = b"CAPABILITIES\r\n";
    const REQUEST: &'static [u8] = b"STARTTLS\r\n";
    const PIPELINED: Pipelined = PIPELINED;

    fn answer(to: Stage, line: &str) -> Option<Answer<'_>> {
        Some(match (to, code(line)?) {
            (Stage::Greeting, 200 | 201) | (Stage::Capabilities, 101) | (Stage::Request, 382) => {
                Answer::Yes(line.get(4..).unwrap_or_default())
            }
            // Servers from before RFC 3977 have no list.
            (Stage::Capabilities, 480..=599) => Answer::NoList,
            // 400: the service is not there for now (RFC 3977 3.2.1).
            (_, code) => Answer::No { temporary: code == 400 },
        })
    }

    fn list(said: &mut Said, lines: &[String]) {
        let all = |name: &'static str| {
            lines.iter().filter_map(move |line| behind(line, name)).flat_map(words).collect::<Vec<_>>()
        };
        said.offered = Some(lines.iter().any(|line| behind(line, "STARTTLS").is_some()));
        sasl::add(&mut said.mechanisms, all("SASL"));
        // AUTHINFO USER takes a password as it is (RFC 4643 2.3), and is named where it is allowed.
        let user = all("AUTHINFO").iter().any(|way| way == "USER");
        if user {
            sasl::add(&mut said.mechanisms, ["USER".to_owned()]);
        }
        said.password = Some(user || sasl::take_password(&said.mechanisms));
    }
}

fn code(line: &str) -> Option<u16> {
    let (code, rest) = line.split_at_checked(3)?;
    let digits = code.bytes().all(|octet| octet.is_ascii_digit());
    (digits && matches!(rest.bytes().next(), None | Some(b' '))).then(|| code.parse().ok()).flatten()
}

/// QUIT is the last thing that is answered: a response before it answers what came in plain text.
fn kept(heard: &[u8], closed: bool) -> Option<bool> {
    let whole = whole(heard);
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
    use super::super::Step;
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
