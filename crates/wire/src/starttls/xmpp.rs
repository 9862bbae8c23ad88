//! XMPP, of people's programs and between servers: RFC 6120, whose section 5 has STARTTLS.

use midwatch_model::Starttls;

use super::course::Course;
use super::xml::{self, Token};
use super::{Ask, Dialogue, MAX_BYTES, Pipelined, Said, Stage, Step, sasl};
use crate::reader::WireError;

const STARTTLS: &[u8] = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

/// What no parser of XML can read, behind the request; and inside TLS a stream to a domain that nobody serves. The
/// server's complaint tells which of them it has read.
pub(super) const PIPELINED: Pipelined = Pipelined {
    command: b"<midwatch></midnight>",
    last: b"<?xml version='1.0'?><stream:stream to='midwatch.invalid' version='1.0' xmlns='jabber:client' \
            xmlns:stream='http://etherx.jabber.org/streams'>",
    kept,
    refuses,
};

/// Elements inside each other. Features of real servers have five.
const MAX_DEPTH: usize = 16;

/// Conditions by which a server says that the domain is not its own (RFC 6120 4.9.3).
const ANOTHER_DOMAIN: [&str; 3] = ["host-unknown", "host-gone", "improper-addressing"];

/// Conditions that are about what cannot be read.
const UNREADABLE: [&str; 6] = [
    "not-well-formed",
    "xml-not-well-formed",
    "bad-format",
    "invalid-xml",
    "invalid-namespace",
    "bad-namespace-prefix",
];

/// Conditions of a server that has no room, or is about to end.
const TURNED_AWAY: [&str; 5] =
    ["resource-constraint", "system-shutdown", "reset", "policy-violation", "connection-timeout"];

pub(super) fn plain(protocol: Starttls, ask: &Ask) -> Box<dyn Dialogue> {
    let course = Course::plain(Stage::Capabilities, STARTTLS, ask, &PIPELINED);
    Box::new(Xmpp::new(protocol, ask, course))
}

pub(super) fn inside(protocol: Starttls, ask: &Ask) -> Box<dyn Dialogue> {
    Box::new(Xmpp::new(protocol, ask, Course::inside()))
}

#[derive(Debug)]
struct Xmpp {
    course: Course,
    server: String,
    header: Vec<u8>,
    waiting: Vec<u8>,
    bytes: usize,
    /// The names of the elements that are open.
    path: Vec<String>,
    /// The condition of an error or a failure, and its words.
    trouble: Vec<String>,
}

impl Xmpp {
    fn new(protocol: Starttls, ask: &Ask, course: Course) -> Self {
        let namespace = if protocol == Starttls::XmppServer { "server" } else { "client" };
        // Names of hosts have none of the characters that would have to be written otherwise.
        let server: String = ask.server.chars().filter(|letter| !"<>&'\"".contains(*letter)).collect();
        let header = format!(
            "<?xml version='1.0'?><stream:stream to='{server}' version='1.0' xmlns='jabber:{namespace}' \
             xmlns:stream='http://etherx.jabber.org/streams'>"
        );
        Xmpp {
            course,
            server,
            header: header.into_bytes(),
            waiting: Vec::new(),
            bytes: 0,
            path: Vec::new(),
            trouble: Vec::new(),
        }
    }

    fn opens(&mut self, name: String) -> Result<Step, WireError> {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        match (path.as_slice(), name.as_str()) {
            ([], "stream") | (["stream"], "features" | "error" | "proceed" | "failure") => {}
            ([], _) => return Err(WireError::Invalid("the server's answer is no stream of XMPP".into())),
            (["stream"], other) => {
                return Err(WireError::Invalid(format!("the server sends {other} before it was asked")));
            }
            (["stream", "features"], feature) => {
                if feature == "starttls" {
                    self.course.said.offered = Some(true);
                }
                self.capability(feature.to_owned());
            }
            (["stream", "features", "starttls"], "required") => self.capability("starttls required".into()),
            (["stream", "error" | "failure"], condition) if self.trouble.is_empty() => {
                self.trouble.push(condition.to_owned());
            }
            _ => {}
        }
        if self.path.len() >= MAX_DEPTH {
            return Err(WireError::TooLarge { what: "elements inside each other", limit: MAX_DEPTH });
        }
        self.path.push(name);
        Ok(Step::Read)
    }

    fn capability(&mut self, name: String) {
        self.course.said.capabilities.get_or_insert_default().push(name);
    }

    fn text(&mut self, text: &str) -> Result<Step, WireError> {
        let text = text.trim();
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        match path.as_slice() {
            _ if text.is_empty() => {}
            [] => return Err(WireError::Invalid("the server's answer is no stream of XMPP".into())),
            ["stream", "features", "mechanisms", "mechanism"] => {
                sasl::add(&mut self.course.said.mechanisms, [text.to_ascii_uppercase()]);
                self.capability(format!("mechanism {text}"));
            }
            ["stream", "error" | "failure", "text"] => self.trouble.push(text.to_owned()),
            _ => {}
        }
        Ok(Step::Read)
    }

    fn closes(&mut self) -> Result<Step, WireError> {
        let closed = self.path.pop();
        match (self.path.as_slice(), closed.as_deref()) {
            ([_], Some("features")) if self.course.stage == Stage::Capabilities => {
                self.course.said.offered.get_or_insert(false);
                self.course.said.capabilities.get_or_insert_default();
                self.course.said.password = Some(sasl::take_password(&self.course.said.mechanisms));
                Ok(self.course.asks())
            }
            ([_], Some("proceed")) if self.course.stage == Stage::Request => {
                Ok(self.course.accepted("proceed".into()))
            }
            ([_], Some("failure")) if self.course.stage == Stage::Request => {
                let words = format!("failure {}", self.trouble.join(": ")).trim_end().to_owned();
                Ok(self.course.refused(words, false))
            }
            ([_], Some("error")) => self.error(),
            ([], _) => {
                // The end of the stream, without a reason.
                Ok(self.course.refused("ends the stream".to_owned(), false))
            }
            _ => Ok(Step::Read),
        }
    }

    fn error(&mut self) -> Result<Step, WireError> {
        let condition = self.trouble.first().map(String::as_str).unwrap_or_default();
        if ANOTHER_DOMAIN.contains(&condition) {
            let what = format!(
                "the server does not serve {} ({condition}); name a domain that it serves by --sni",
                self.server
            );
            return Err(WireError::Invalid(what));
        }
        let words = self.trouble.join(": ");
        let temporary = TURNED_AWAY.contains(&condition);
        Ok(self.course.refused(words, temporary))
    }
}

impl Dialogue for Xmpp {
    fn begin(&mut self) -> Step {
        Step::Send(self.header.clone())
    }

    fn push(&mut self, octets: &[u8]) -> Result<Step, WireError> {
        self.bytes = self.bytes.saturating_add(octets.len());
        if self.bytes > MAX_BYTES {
            return Err(WireError::TooLarge { what: "what the server says before TLS", limit: MAX_BYTES });
        }
        self.waiting.extend_from_slice(octets);
        while let Some((token, length)) = xml::next(&self.waiting)? {
            self.waiting.drain(..length);
            let step = match token {
                Token::Open { name, empty } => match self.opens(name)? {
                    Step::Read if empty => self.closes()?,
                    other => other,
                },
                Token::Close => self.closes()?,
                Token::Text(text) => self.text(&text)?,
                Token::Declaration => Step::Read,
            };
            match step {
                Step::Read => {}
                Step::Ready { .. } => return Ok(Step::Ready { after: std::mem::take(&mut self.waiting) }),
                Step::Send(_) if !self.waiting.iter().all(u8::is_ascii_whitespace) => {
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

/// A complaint in plain text about what came behind the request.
fn refuses(after: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(after);
    UNREADABLE.iter().find(|condition| text.contains(*condition)).map(|condition| (*condition).to_owned())
}

fn kept(heard: &[u8], _closed: bool) -> Option<bool> {
    let text = String::from_utf8_lossy(heard);
    let has = |conditions: &[&str]| conditions.iter().any(|condition| text.contains(condition));
    if has(&UNREADABLE) {
        return Some(true);
    }
    // Prosody has the domain be that of before TLS, and says not-authorized.
    (has(&ANOTHER_DOMAIN) || has(&["not-authorized", "features>"])).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ask, run};
    use super::*;

    const OPEN: &[u8] = b"<?xml version='1.0'?><stream:stream id='1' from='shop.example' version='1.0' \
                          xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

    fn features(inner: &str) -> Vec<u8> {
        [OPEN, format!("<stream:features>{inner}</stream:features>").as_bytes()].concat()
    }

    #[test]
    fn a_dialogue_reads_the_features_and_asks() {
        let mut dialogue = plain(Starttls::Xmpp, &ask());
        let features = features(
            "<starttls xmlns='x'><required/></starttls><mechanisms xmlns='y'><mechanism>PLAIN</mechanism>\
             <mechanism>SCRAM-SHA-1</mechanism></mechanisms><register xmlns='z'/>",
        );
        let (sent, end) = run(&mut *dialogue, &[&features, b"<proceed xmlns='x'></proceed>\x16"]);
        assert!(sent.contains(" to='mail.example' ") && sent.contains("'jabber:client'"), "{sent}");
        assert!(sent.ends_with("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"), "{sent}");
        assert_eq!(end, Ok(Step::Ready { after: vec![0x16] }));
        let said = dialogue.said();
        assert_eq!((said.offered, said.password), (Some(true), Some(true)));
        assert_eq!(said.mechanisms, ["PLAIN", "SCRAM-SHA-1"]);
        let list = said.capabilities.as_ref().unwrap();
        assert_eq!(list[..2], ["starttls", "starttls required"]);
        assert_eq!(list.last().unwrap(), "register");
    }

    #[test]
    fn other_servers_are_asked_as_such() {
        let Step::Send(header) = plain(Starttls::XmppServer, &ask()).begin() else { panic!() };
        assert!(String::from_utf8(header).unwrap().contains("'jabber:server'"));
    }

    #[test]
    fn a_server_without_the_offer_is_asked_once_all_the_same() {
        let mut dialogue = plain(Starttls::Xmpp, &ask());
        let failure = b"<failure xmlns='x'/></stream:stream>";
        let (_, end) = run(
            &mut *dialogue,
            &[&features("<mechanisms><mechanism>PLAIN</mechanism></mechanisms>"), failure],
        );
        let Ok(Step::Refused(refusal)) = end else { panic!("{end:?}") };
        assert_eq!((refusal.to, refusal.words.as_str()), (Stage::Request, "failure"));
        assert_eq!(dialogue.said().offered, Some(false));
    }

    #[test]
    fn errors_of_the_stream() {
        let error = |condition: &str| {
            [OPEN, format!("<stream:error><{condition} xmlns='x'/><text>No</text></stream:error>").as_bytes()]
                .concat()
        };
        let (_, end) = run(&mut *plain(Starttls::Xmpp, &ask()), &[&error("host-unknown")]);
        assert!(end.unwrap_err().to_string().contains("does not serve mail.example"));
        for (condition, temporary) in [("resource-constraint", true), ("not-authorized", false)] {
            let (_, end) = run(&mut *plain(Starttls::Xmpp, &ask()), &[&error(condition)]);
            let Ok(Step::Refused(refusal)) = end else { panic!("{end:?}") };
            assert_eq!((refusal.to, refusal.temporary), (Stage::Capabilities, temporary));
            assert_eq!(refusal.words, format!("{condition}: No"));
        }
    }

    #[test]
    fn other_protocols_are_no_stream() {
        for wrong in [&b"220 mail.example ESMTP\r\n<"[..], b"<html><body>", b"HTTP/1.1 400 Bad\r\n<html>"] {
            let (_, end) = run(&mut *plain(Starttls::Xmpp, &ask()), &[wrong]);
            assert!(matches!(end, Err(WireError::Invalid(_))), "{end:?}");
        }
        let deep = [OPEN, b"<stream:features>", &b"<a>".repeat(MAX_DEPTH)].concat();
        let (_, end) = run(&mut *plain(Starttls::Xmpp, &ask()), &[&deep]);
        assert!(matches!(end, Err(WireError::TooLarge { .. })), "{end:?}");
    }

    #[test]
    fn the_complaint_tells_what_was_read() {
        assert_eq!(kept(b"<stream:error><not-well-formed xmlns='x'/></stream:error>", true), Some(true));
        assert_eq!(kept(b"<stream:error><host-unknown xmlns='x'/>", false), Some(false));
        assert_eq!(kept(b"<stream:error><not-authorized xmlns='x'/>", false), Some(false));
        assert_eq!(kept(b"<stream:stream id='1'>", true), None);
    }
}
