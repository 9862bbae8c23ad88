//! Directories: LDAP (RFC 4511), StartTLS of its section 4.14. What the server can do stands in the entry at the root,
//! which everybody may read (RFC 4512 5.1); a server that wants TLS first refuses to say it.
//!
//! Every server of LDAP takes a name with a password as they are (simple bind) unless it is told otherwise, and it does not
//! announce that. Nobody's name is sent to find out.

use midwatch_model::lossless;

use super::course::Course;
use super::{Ask, Dialogue, MAX_BYTES, Pipelined, Refusal, Said, Stage, Step, sasl};
use crate::reader::WireError;

/// The extended operation that asks for TLS.
const START_TLS: &str = "1.3.6.1.4.1.1466.20037";

/// What a server says before it leaves of its own accord (RFC 4511 4.4.1).
const DISCONNECTION: &str = "1.3.6.1.4.1.1466.20036";

/// Message 2: the extended request for [`START_TLS`].
const REQUEST: &[u8] = b"\x30\x1d\x02\x01\x02\x77\x18\x80\x161.3.6.1.4.1.1466.20037";

/// Messages 3 and 4: the entry at the root, and nothing in it.
pub(super) const PIPELINED: Pipelined = Pipelined {
    command: b"\x30\x2a\x02\x01\x03\x63\x25\x04\0\x0a\x01\0\x0a\x01\0\x02\x01\0\x02\x01\0\x01\x01\0\
               \x87\x0bobjectClass\x30\x05\x04\x031.1",
    last: b"\x30\x2a\x02\x01\x04\x63\x25\x04\0\x0a\x01\0\x0a\x01\0\x02\x01\0\x02\x01\0\x01\x01\0\
            \x87\x0bobjectClass\x30\x05\x04\x031.1",
    kept,
    refuses,
};

/// What is asked of the entry at the root.
const ATTRIBUTES: [&str; 5] =
    ["supportedExtension", "supportedSASLMechanisms", "supportedLDAPVersion", "vendorName", "vendorVersion"];

/// Octets of one message.
const MAX_MESSAGE: usize = 32 * 1024;

/// Values of one attribute that are kept.
const MAX_VALUES: usize = 256;

mod tag {
    pub(super) const INTEGER: u8 = 0x02;
    pub(super) const OCTETS: u8 = 0x04;
    pub(super) const ENUMERATED: u8 = 0x0a;
    pub(super) const SEQUENCE: u8 = 0x30;
    pub(super) const SET: u8 = 0x31;
    pub(super) const ENTRY: u8 = 0x64;
    pub(super) const DONE: u8 = 0x65;
    pub(super) const REFERENCE: u8 = 0x73;
    pub(super) const EXTENDED: u8 = 0x78;
    /// The name of an extended response.
    pub(super) const NAME: u8 = 0x8a;
}

/// TLS is asked for while other operations are not done with (RFC 4511 4.14.2).
const OPERATIONS_ERROR: u8 = 1;

/// How often it is asked for again then.
const MAX_AGAIN: u8 = 20;

/// Confidentiality is required (RFC 4511, appendix A.2).
const CONFIDENTIALITY_REQUIRED: u8 = 13;

pub(super) fn plain(ask: &Ask) -> Box<dyn Dialogue> {
    let first = if ask.capabilities { Stage::Capabilities } else { Stage::Request };
    dialogue(Course::plain(first, REQUEST, ask, &PIPELINED), ask.pipelined)
}

pub(super) fn inside() -> Box<dyn Dialogue> {
    dialogue(Course::inside(), false)
}

fn dialogue(course: Course, pipelined: bool) -> Box<dyn Dialogue> {
    Box::new(Ldap { course, pipelined, again: 0, waiting: Vec::new(), bytes: 0 })
}

#[derive(Debug)]
struct Ldap {
    course: Course,
    pipelined: bool,
    again: u8,
    waiting: Vec<u8>,
    bytes: usize,
}

impl Ldap {
    fn message(&mut self, message: &[u8]) -> Result<Step, WireError> {
        let wrong = || WireError::Invalid("the server sends what is no message of LDAP".into());
        let (id, kind, body) = read(message).ok_or_else(wrong)?;
        match (self.course.stage, id, kind) {
            (_, 0, tag::EXTENDED) => {
                let (code, text) = result(body).ok_or_else(wrong)?;
                let words = format!("the server leaves: {code} {text}");
                // 51 busy, 52 unavailable, 80 other.
                let temporary = matches!(code, 51 | 52 | 80);
                match (self.course.stage, temporary) {
                    (Stage::Request, true) => Ok(self.course.leaves(words)),
                    _ => Ok(self.course.refused(words, temporary)),
                }
            }
            (Stage::Capabilities, 1, tag::ENTRY) => {
                self.entry(body).ok_or_else(wrong)?;
                Ok(Step::Read)
            }
            (Stage::Capabilities, 1, tag::REFERENCE) => Ok(Step::Read),
            (Stage::Capabilities, 1, tag::DONE) => {
                let (code, _) = result(body).ok_or_else(wrong)?;
                if code == CONFIDENTIALITY_REQUIRED {
                    // Then nothing else is answered either, a password least of all.
                    self.course.said.capabilities = Some(vec!["confidentialityRequired".into()]);
                    self.course.said.password = Some(false);
                }
                Ok(self.course.asks())
            }
            (Stage::Request, 2, tag::EXTENDED) => {
                let (code, text) = result(body).ok_or_else(wrong)?;
                let words = format!("{code} {text}").trim_end().to_owned();
                // A server may still be busy with the question that it has just answered. That is no word on TLS, however
                // often it says it.
                if code == OPERATIONS_ERROR && !self.pipelined {
                    if self.again < MAX_AGAIN {
                        self.again += 1;
                        return Ok(Step::Send(self.course.request.clone()));
                    }
                    return Ok(Step::Refused(Refusal { to: Stage::Capabilities, words, temporary: true }));
                }
                if code == 0 {
                    return Ok(self.course.accepted(words));
                }
                Ok(self.course.refused(words, matches!(code, 51 | 52)))
            }
            // The command that went out with the request: OpenLDAP carries it out, and then refuses TLS.
            (Stage::Request, 3, tag::ENTRY | tag::DONE) if self.pipelined => Ok(Step::Read),
            _ => Err(WireError::Invalid(format!("the server sends message {id}, which answers nothing"))),
        }
    }

    /// The entry at the root.
    fn entry(&mut self, body: &[u8]) -> Option<()> {
        let (tag::OCTETS, _, rest) = tlv(body)? else { return None };
        let (tag::SEQUENCE, mut attributes, _) = tlv(rest)? else { return None };
        let mut capabilities = Vec::new();
        while !attributes.is_empty() {
            let (tag::SEQUENCE, attribute, rest) = tlv(attributes)? else { return None };
            attributes = rest;
            let (tag::OCTETS, name, values) = tlv(attribute)? else { return None };
            let (tag::SET, mut values, _) = tlv(values)? else { return None };
            let name = lossless(name);
            while !values.is_empty() && capabilities.len() < MAX_VALUES {
                let (_, value, rest) = tlv(values)?;
                values = rest;
                let value = lossless(value);
                if name.eq_ignore_ascii_case("supportedSASLMechanisms") {
                    sasl::add(&mut self.course.said.mechanisms, [value.to_ascii_uppercase()]);
                }
                capabilities.push(format!("{name}: {value}"));
            }
        }
        let names_it = |known: &String| known.ends_with(START_TLS);
        self.course.said.offered = Some(capabilities.iter().any(names_it));
        self.course.said.password = sasl::take_password(&self.course.said.mechanisms).then_some(true);
        self.course.said.capabilities = Some(capabilities);
        Some(())
    }
}

impl Dialogue for Ldap {
    fn begin(&mut self) -> Step {
        Step::Send(if self.course.stage == Stage::Request { self.course.request.clone() } else { search() })
    }

    fn push(&mut self, octets: &[u8]) -> Result<Step, WireError> {
        self.bytes = self.bytes.saturating_add(octets.len());
        if self.bytes > MAX_BYTES {
            return Err(WireError::TooLarge { what: "what the server says before TLS", limit: MAX_BYTES });
        }
        self.waiting.extend_from_slice(octets);
        while let Some(length) = whole(&self.waiting)? {
            let message: Vec<u8> = self.waiting.drain(..length).collect();
            match self.message(&message)? {
                Step::Read => {}
                Step::Ready { .. } => return Ok(Step::Ready { after: std::mem::take(&mut self.waiting) }),
                Step::Send(_) if !self.waiting.is_empty() => {
                    return Err(WireError::Invalid("the server answers before it was asked".into()));
                }
                other => return Ok(other),
            }
        }
        Ok(Step::Read)
    }

    fn said(&self) -> &Said {
        &self.course.said
    }
}

/// Message 1: what the server can do.
fn search() -> Vec<u8> {
    let names: Vec<u8> = ATTRIBUTES.iter().flat_map(|name| wrap(tag::OCTETS, name.as_bytes())).collect();
    let body = [
        &b"\x04\0\x0a\x01\0\x0a\x01\0\x02\x01\0\x02\x01\0\x01\x01\0\x87\x0bobjectClass"[..],
        &wrap(tag::SEQUENCE, &names),
    ]
    .concat();
    wrap(tag::SEQUENCE, &[&b"\x02\x01\x01"[..], &wrap(0x63, &body)].concat())
}

/// An element of up to 255 octets.
fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).unwrap_or(u8::MAX);
    let head = if length < 0x80 { vec![tag, length] } else { vec![tag, 0x81, length] };
    [&head[..], content].concat()
}

/// Octets of the message that begins there, where it is whole.
fn whole(octets: &[u8]) -> Result<Option<usize>, WireError> {
    let Some(&first) = octets.first() else { return Ok(None) };
    if first != tag::SEQUENCE {
        return Err(WireError::Invalid("the server sends what is no message of LDAP".into()));
    }
    let Some((length, head)) = length(octets.get(1..).unwrap_or_default()) else {
        // A length of more than four octets is nobody's.
        return if octets.len() > 6 {
            Err(WireError::TooLarge { what: "a message of the server", limit: MAX_MESSAGE })
        } else {
            Ok(None)
        };
    };
    if length > MAX_MESSAGE {
        return Err(WireError::TooLarge { what: "a message of the server", limit: MAX_MESSAGE });
    }
    let all = 1 + head + length;
    Ok((octets.len() >= all).then_some(all))
}

/// A length (X.690 8.1.3, definite alone), and how many octets it takes itself.
fn length(octets: &[u8]) -> Option<(usize, usize)> {
    let (&first, rest) = octets.split_first()?;
    if first < 0x80 {
        return Some((usize::from(first), 1));
    }
    let count = usize::from(first & 0x7f);
    if !(1..=4).contains(&count) {
        return None;
    }
    let value = rest.get(..count)?.iter().fold(0_u64, |value, &octet| value << 8 | u64::from(octet));
    Some((usize::try_from(value).ok()?, 1 + count))
}

/// Tag, content and what stands behind it.
fn tlv(octets: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = octets.split_first()?;
    let (length, head) = length(rest)?;
    let (content, rest) = rest.get(head..)?.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// A whole message: its number, the tag of what is in it, and that.
fn read(message: &[u8]) -> Option<(u32, u8, &[u8])> {
    let (tag::SEQUENCE, inner, _) = tlv(message)? else { return None };
    let (tag::INTEGER, id, rest) = tlv(inner)? else { return None };
    if id.len() > 4 {
        return None;
    }
    let id = id.iter().fold(0_u32, |value, &octet| value << 8 | u32::from(octet));
    let (tag, body, _) = tlv(rest)?;
    Some((id, tag, body))
}

/// Code and words of a result.
fn result(body: &[u8]) -> Option<(u8, String)> {
    let (tag::ENUMERATED, code, rest) = tlv(body)? else { return None };
    let (tag::OCTETS, _, rest) = tlv(rest)? else { return None };
    let (tag::OCTETS, text, _) = tlv(rest)? else { return None };
    Some((*code.last()?, lossless(text)))
}

/// A server that takes leave because of what came in plain text.
fn refuses(after: &[u8]) -> Option<String> {
    let (0, tag::EXTENDED, body) = read(after)? else { return None };
    let mut rest = body;
    let named = std::iter::from_fn(|| {
        let (tag, content, behind) = tlv(rest)?;
        rest = behind;
        Some((tag, content))
    })
    .any(|(tag, content)| tag == tag::NAME && content == DISCONNECTION.as_bytes());
    let (code, text) = result(body)?;
    named.then(|| format!("{code} {text}"))
}

/// Message 3 is the command that came in plain text, message 4 the one inside.
fn kept(heard: &[u8], _closed: bool) -> Option<bool> {
    let mut rest = heard;
    while let Ok(Some(length)) = whole(rest) {
        let (message, behind) = rest.split_at_checked(length)?;
        rest = behind;
        match read(message)?.0 {
            3 => return Some(true),
            4 => return Some(false),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::tests::ask;
    use super::*;

    fn message(id: u8, kind: u8, body: &[u8]) -> Vec<u8> {
        wrap(tag::SEQUENCE, &[&[2, 1, id][..], &wrap(kind, body)].concat())
    }

    fn entry(attributes: &[(&str, &[&str])]) -> Vec<u8> {
        let attributes: Vec<u8> = attributes
            .iter()
            .flat_map(|(name, values)| {
                let values: Vec<u8> =
                    values.iter().flat_map(|value| wrap(tag::OCTETS, value.as_bytes())).collect();
                wrap(tag::SEQUENCE, &[wrap(tag::OCTETS, name.as_bytes()), wrap(tag::SET, &values)].concat())
            })
            .collect();
        message(1, tag::ENTRY, &[&b"\x04\0"[..], &wrap(tag::SEQUENCE, &attributes)].concat())
    }

    fn done(id: u8, kind: u8, code: u8, text: &str) -> Vec<u8> {
        message(id, kind, &[&[0x0a, 1, code, 4, 0][..], &wrap(tag::OCTETS, text.as_bytes())].concat())
    }

    #[test]
    fn a_dialogue_reads_the_root_and_asks() {
        let mut dialogue = plain(&ask());
        let Step::Send(search) = dialogue.begin() else { panic!() };
        assert_eq!(whole(&search).unwrap(), Some(search.len()));
        let root = entry(&[
            ("supportedExtension", &["1.3.6.1.4.1.4203.1.11.1", START_TLS]),
            ("supportedSASLMechanisms", &["CRAM-MD5", "PLAIN"]),
        ]);
        assert_eq!(dialogue.push(&root[..20]).unwrap(), Step::Read);
        assert_eq!(dialogue.push(&root[20..]).unwrap(), Step::Read);
        assert_eq!(dialogue.push(&done(1, tag::DONE, 0, "")).unwrap(), Step::Send(REQUEST.to_vec()));
        let answer = [done(2, tag::EXTENDED, 0, ""), b"more".to_vec()].concat();
        assert_eq!(dialogue.push(&answer).unwrap(), Step::Ready { after: b"more".to_vec() });
        let said = dialogue.said();
        assert_eq!((said.offered, said.password), (Some(true), Some(true)));
        assert_eq!(said.mechanisms, ["CRAM-MD5", "PLAIN"]);
        assert_eq!(said.answer.as_deref(), Some("0"));
    }

    #[test]
    fn a_server_that_wants_tls_first_takes_no_password() {
        let mut dialogue = plain(&ask());
        let refused = done(1, tag::DONE, CONFIDENTIALITY_REQUIRED, "TLS confidentiality required");
        assert_eq!(dialogue.push(&refused).unwrap(), Step::Send(REQUEST.to_vec()));
        assert_eq!((dialogue.said().offered, dialogue.said().password), (None, Some(false)));
    }

    #[test]
    fn refusals() {
        for (code, temporary) in [(2, false), (52, true)] {
            let mut dialogue = plain(&Ask { capabilities: false, ..ask() });
            assert_eq!(dialogue.begin(), Step::Send(REQUEST.to_vec()));
            let answer = done(2, tag::EXTENDED, code, "unsupported extended operation");
            let Ok(Step::Refused(refusal)) = dialogue.push(&answer) else { panic!() };
            assert_eq!((refusal.to, refusal.temporary), (Stage::Request, temporary));
        }
        let Ok(Step::Refused(refusal)) = plain(&ask()).push(&done(0, tag::EXTENDED, 51, "busy")) else {
            panic!()
        };
        assert_eq!((refusal.to, refusal.temporary), (Stage::Capabilities, true));
    }

    #[test]
    fn a_server_that_is_still_busy_is_asked_again() {
        let mut dialogue = plain(&Ask { capabilities: false, ..ask() });
        let busy =
            done(2, tag::EXTENDED, OPERATIONS_ERROR, "cannot start TLS when operations are outstanding");
        for _ in 0..MAX_AGAIN {
            assert_eq!(dialogue.push(&busy).unwrap(), Step::Send(REQUEST.to_vec()));
        }
        let Ok(Step::Refused(refusal)) = dialogue.push(&busy) else { panic!() };
        assert_eq!((refusal.to, refusal.temporary), (Stage::Capabilities, true));
    }

    #[test]
    fn openldap_carries_the_command_out_and_then_refuses_tls() {
        let answers = [
            done(3, tag::DONE, 0, ""),
            done(2, tag::EXTENDED, 1, "cannot start TLS when operations are outstanding"),
        ];
        let ask = Ask { capabilities: false, pipelined: true, ..ask() };
        let Ok(Step::Refused(refusal)) = plain(&ask).push(&answers.concat()) else { panic!() };
        assert_eq!((refusal.to, refusal.temporary), (Stage::Request, false));
        let plainly = Ask { pipelined: false, ..ask };
        assert!(plain(&plainly).push(&answers.concat()).is_err());
    }

    #[test]
    fn the_constants_are_what_they_say() {
        let oid = wrap(0x80, START_TLS.as_bytes());
        assert_eq!(REQUEST, message(2, 0x77, &oid));
        for (id, octets) in [(3, PIPELINED.command), (4, PIPELINED.last)] {
            assert_eq!(whole(octets).unwrap(), Some(octets.len()));
            assert_eq!(read(octets).map(|(id, tag, _)| (id, tag)), Some((id, 0x63)));
        }
    }

    #[test]
    fn hostile_lengths_end_the_dialogue() {
        for wrong in [
            &b"\x30\x84\xff\xff\xff\xff"[..],
            b"\x30\x80\0\0\0\0\0",
            b"\x30\x89\x01\x01\x01\x01\x01\x01",
            b"HTTP/1.1",
        ] {
            assert!(plain(&ask()).push(wrong).is_err(), "{wrong:x?}");
        }
        assert!(plain(&ask()).push(b"\x30\x02\x02\x09").is_err());
    }

    #[test]
    fn the_number_tells_a_command_that_was_carried_over() {
        assert_eq!(kept(&done(3, tag::DONE, 0, ""), false), Some(true));
        assert_eq!(kept(&done(4, tag::DONE, 0, ""), false), Some(false));
        assert_eq!(kept(&done(4, tag::DONE, 0, "")[..5], true), None);
        let mut leave = vec![0x0a, 1, 2, 4, 0, 4, 0];
        leave.extend(wrap(tag::NAME, DISCONNECTION.as_bytes()));
        assert_eq!(refuses(&message(0, tag::EXTENDED, &leave)).as_deref(), Some("2 "));
        assert_eq!(refuses(&done(3, tag::DONE, 0, "")), None);
    }
}
