//! PostgreSQL: SSLRequest ("Protocol Flow", 55.2.11 of the manual for version 17). The server answers with one octet, and
//! says nothing of itself before that. Whether it serves without TLS depends on who logs in, so it cannot be known.

use midwatch_model::lossless;

use super::{Ask, Dialogue, Pipelined, Refusal, Said, Stage, Step, request};
use crate::reader::WireError;

/// A message of eight octets whose number no version of the protocol has.
const SSL_REQUEST: &[u8] = &[0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// A start without the name of a user, which is refused for that reason (class 28 of the error codes). Inside TLS comes
/// a second SSLRequest, which is refused because it is out of place there (class 0A or 08).
pub(super) const PIPELINED: Pipelined =
    Pipelined { command: &[0, 0, 0, 9, 0, 3, 0, 0, 0], last: SSL_REQUEST, kept, refuses };

pub(super) fn plain(ask: &Ask) -> Box<dyn Dialogue> {
    Box::new(Postgres {
        request: request(SSL_REQUEST, ask, &PIPELINED),
        said: Said { asked: true, ..Said::default() },
    })
}

#[derive(Debug)]
struct Postgres {
    request: Vec<u8>,
    said: Said,
}

impl Dialogue for Postgres {
    fn begin(&mut self) -> Step {
        Step::Send(self.request.clone())
    }

    fn push(&mut self, octets: &[u8]) -> Result<Step, WireError> {
        let Some((&first, rest)) = octets.split_first() else { return Ok(Step::Read) };
        match first {
            b'S' => {
                self.said.answer = Some("S".into());
                Ok(Step::Ready { after: rest.to_vec() })
            }
            b'N' => {
                self.said.answer = Some("N".into());
                let words = "N: the server has no TLS, or none for this address".into();
                Ok(Step::Refused(Refusal { to: Stage::Request, words, temporary: false }))
            }
            // A server that cannot even begin with a connection says why in the oldest form there is, and closes.
            b'E' => {
                let words =
                    error(octets).map_or_else(|| plain_words(rest), |(code, text)| format!("{code} {text}"));
                Ok(Step::Refused(Refusal { to: Stage::Greeting, words, temporary: true }))
            }
            other => Err(WireError::Invalid(format!(
                "{other:#04x} is no answer of PostgreSQL to a request for TLS"
            ))),
        }
    }

    fn said(&self) -> &Said {
        &self.said
    }
}

fn plain_words(octets: &[u8]) -> String {
    let text: Vec<u8> = octets.iter().copied().take_while(|&octet| octet != 0).take(200).collect();
    lossless(&text)
}

/// The code and the words of an ErrorResponse, where a whole one begins there.
fn error(octets: &[u8]) -> Option<(String, String)> {
    let (&tag, rest) = octets.split_first()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let fields = rest.get(..length.checked_sub(4)?)?;
    if tag != b'E' {
        return None;
    }
    let field = |name: u8| {
        fields.split(|&octet| octet == 0).find_map(|field| {
            field.split_first().filter(|(kind, _)| **kind == name).map(|(_, text)| lossless(text))
        })
    };
    Some((field(b'C')?, field(b'M').unwrap_or_default()))
}

/// A server of today sees that something came before TLS, and says so: in plain text, or inside.
fn refuses(after: &[u8]) -> Option<String> {
    error(after).map(|(code, text)| format!("{code} {text}"))
}

fn kept(heard: &[u8], _closed: bool) -> Option<bool> {
    // Class 28: it has read the start without a name. Others: it has read the second request, or complains of what came
    // before TLS.
    error(heard).map(|(code, _)| code.starts_with("28"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::ask;
    use super::*;

    fn response(code: &str, text: &str) -> Vec<u8> {
        let fields = format!("SFATAL\0VFATAL\0C{code}\0M{text}\0Fpostmaster.c\0\0");
        let length = u32::try_from(fields.len() + 4).unwrap();
        [b"E", &length.to_be_bytes()[..], fields.as_bytes()].concat()
    }

    #[test]
    fn one_octet_is_the_answer() {
        let mut dialogue = plain(&ask());
        assert_eq!(dialogue.begin(), Step::Send(SSL_REQUEST.to_vec()));
        assert_eq!(dialogue.push(b"").unwrap(), Step::Read);
        assert_eq!(dialogue.push(b"SE").unwrap(), Step::Ready { after: b"E".to_vec() });
        assert_eq!((dialogue.said().offered, dialogue.said().answer.as_deref()), (None, Some("S")));
    }

    #[test]
    fn refusals() {
        let Ok(Step::Refused(refusal)) = plain(&ask()).push(b"N") else { panic!() };
        assert_eq!((refusal.to, refusal.temporary), (Stage::Request, false));
        let Ok(Step::Refused(refusal)) = plain(&ask()).push(b"Ecould not fork new process\n\0") else {
            panic!()
        };
        assert!(refusal.temporary && refusal.words.contains("could not fork"), "{refusal:?}");
        assert!(matches!(plain(&ask()).push(b"220 x"), Err(WireError::Invalid(_))));
    }

    #[test]
    fn the_code_tells_which_message_was_read() {
        let kept = |code: &str| kept(&response(code, "x"), false);
        assert_eq!(kept("28000"), Some(true));
        assert_eq!((kept("0A000"), kept("08P01")), (Some(false), Some(false)));
        assert_eq!(super::kept(b"E\0\0\0\x20Sx", true), None);
        assert_eq!(super::kept(b"E\0\0\0\0", true), None);
        assert_eq!(
            refuses(&response("08P01", "received unencrypted data")).unwrap(),
            "08P01 received unencrypted data"
        );
    }
}
