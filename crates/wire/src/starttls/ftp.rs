//! FTP: RFC 959, AUTH TLS of RFC 4217, FEAT of RFC 2389.
//!
//! A server does not say before USER whether it takes a name and a password in plain text, and nobody's name is sent to
//! find out. Connections for data are not opened.

use super::course::Course;
use super::lines::{Lined, Lines, invalid, reply as part, whole};
use super::{Ask, Dialogue, Pipelined, Said, Stage, Step};
use crate::reader::WireError;

/// NOOP is allowed at any time (RFC 959 4.1.3), and QUIT is answered with 221.
pub(super) const PIPELINED: Pipelined = Pipelined { command: b"NOOP\r\n", last: b"QUIT\r\n", kept, refuses };

const FEAT: &[u8] = b"FEAT\r\n";

pub(super) fn plain(ask: &Ask) -> Box<dyn Dialogue> {
    let course = Course::plain(Stage::Greeting, b"AUTH TLS\r\n", ask, &PIPELINED);
    Lines::boxed(Ftp { course, capabilities: ask.capabilities, open: None })
}

pub(super) fn inside() -> Box<dyn Dialogue> {
    Lines::boxed(Ftp { course: Course::inside(), capabilities: true, open: None })
}

#[derive(Debug)]
struct Ftp {
    course: Course,
    capabilities: bool,
    /// The code and the lines of a reply that is being read.
    open: Option<(u16, Vec<String>)>,
}

impl Ftp {
    /// A whole reply.
    fn reply(&mut self, code: u16, lines: Vec<String>) -> Step {
        let words = format!("{code} {}", lines.join(" / "));
        match (self.course.stage, code) {
            // The server will be there in some minutes, and says so on the same connection (RFC 959 5.4).
            (Stage::Greeting, 120) => Step::Read,
            (Stage::Greeting, 220) => {
                self.course.said.greeting = lines;
                self.course.greeted(self.capabilities.then_some(FEAT))
            }
            (Stage::Capabilities, 211) => {
                self.features(&lines);
                self.course.asks()
            }
            // A server without FEAT, or one that tells nobody before login, may have TLS all the same.
            (Stage::Capabilities, 500..=599) => self.course.asks(),
            (Stage::Request, 234) => self.course.accepted(words),
            // The connection is about to be closed, which a server may say to any command (RFC 959 4.2).
            (Stage::Request, 421) => self.course.leaves(words),
            (_, code) => self.course.refused(words, (400..500).contains(&code)),
        }
    }

    /// What stands between the first line and the last (RFC 2389 3.2).
    fn features(&mut self, lines: &[String]) {
        let inner = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
        let names: Vec<String> = inner.iter().map(|line| line.trim().to_owned()).collect();
        self.course.said.offered = Some(names.iter().any(|name| offers_tls(name)));
        self.course.said.capabilities = Some(names);
    }
}

/// `AUTH TLS`, or one of several ways behind AUTH (RFC 4217 6, and how servers wrote it before).
fn offers_tls(feature: &str) -> bool {
    let upper = feature.to_ascii_uppercase();
    let mut words = upper.split([' ', ';', ',']);
    words.next() == Some("AUTH") && words.any(|word| matches!(word, "TLS" | "TLS-C" | "SSL"))
}

impl Lined for Ftp {
    fn begin(&mut self) -> Step {
        if self.course.inside { Step::Send(FEAT.to_vec()) } else { Step::Read }
    }

    fn line(&mut self, line: &str) -> Result<Step, WireError> {
        let part = part(line);
        let (code, mut lines) = match (self.open.take(), part) {
            // The last line has the code of the first with a space behind it (RFC 959 4.2).
            (Some((open, lines)), Some((code, true, _))) if open == code => (code, lines),
            (Some((open, mut lines)), _) => {
                lines.push(line.to_owned());
                self.open = Some((open, lines));
                return Ok(Step::Read);
            }
            (None, Some((code, false, text))) => {
                self.open = Some((code, vec![text.to_owned()]));
                return Ok(Step::Read);
            }
            (None, Some((code, true, _))) => (code, Vec::new()),
            (None, None) => return Err(invalid(line, "reply", "FTP")),
        };
        lines.push(line.get(4..).unwrap_or_default().to_owned());
        Ok(self.reply(code, lines))
    }

    fn said(&self) -> &Said {
        &self.course.said
    }
}

/// A server that meets a command where TLS should begin may say that it gives up: 421, and 500 of vsftpd's, which is none
/// of NOOP's replies (RFC 959 5.4).
fn refuses(after: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(after);
    let line = text.lines().next()?;
    let (code, ..) = part(line)?;
    (code == 421 || line.starts_with("500 OOPS")).then(|| line.to_owned())
}

/// QUIT is the last thing that is answered: a reply before it answers what came in plain text.
fn kept(heard: &[u8], closed: bool) -> Option<bool> {
    let whole = whole(heard);
    let codes: Vec<u16> =
        whole.lines().filter_map(part).filter(|(_, last, _)| *last).map(|(code, ..)| code).collect();
    match codes.as_slice() {
        [221, ..] => Some(false),
        [_, _, ..] => Some(true),
        [_] if closed => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ask, run};
    use super::*;

    const FEATURES: &[u8] = b"211-Features:\r\n AUTH TLS\r\n PBSZ\r\n PROT\r\n211 End\r\n";

    #[test]
    fn a_dialogue_reads_what_the_server_can_do_and_asks() {
        let mut dialogue = plain(&ask());
        let greeting = b"220-Welcome\r\n220 is no end with a dash before\r\n";
        let (sent, end) = run(&mut *dialogue, &[greeting, FEATURES, b"234 Proceed.\r\n"]);
        assert_eq!(sent, "FEAT\r\nAUTH TLS\r\n");
        assert_eq!(end, Ok(Step::Ready { after: Vec::new() }));
        let said = dialogue.said();
        assert_eq!(said.greeting, ["Welcome", "is no end with a dash before"]);
        assert_eq!(said.capabilities.as_deref().unwrap(), ["AUTH TLS", "PBSZ", "PROT"]);
        assert_eq!((said.offered, said.password), (Some(true), None));
    }

    #[test]
    fn the_offer_is_read_however_it_is_written() {
        for yes in ["AUTH TLS", "AUTH SSL", "AUTH TLS;SSL;TLS-C;TLS-P;", "auth gssapi,tls"] {
            assert!(offers_tls(yes), "{yes}");
        }
        for no in ["AUTH GSSAPI", "PROT", "XAUTH TLS", "AUTHENTICATION TLS"] {
            assert!(!offers_tls(no), "{no}");
        }
    }

    #[test]
    fn a_server_without_a_list_is_asked_all_the_same() {
        let mut dialogue = plain(&ask());
        let (sent, _) = run(&mut *dialogue, &[b"220 x\r\n", b"530 Please login with USER and PASS.\r\n"]);
        assert_eq!(sent, "FEAT\r\nAUTH TLS\r\n");
        assert_eq!((dialogue.said().offered, &dialogue.said().capabilities), (None, &None));
    }

    #[test]
    fn refusals() {
        for (replies, to, temporary) in [
            (&[&b"421 Too many users\r\n"[..]][..], Stage::Greeting, true),
            (&[b"500 OOPS: cannot read anon user\r\n"], Stage::Greeting, false),
            (&[b"120 soon\r\n220 x\r\n", FEATURES, b"431 not now\r\n"], Stage::Request, true),
            (&[b"220 x\r\n", FEATURES, b"421 going\r\n"], Stage::Greeting, true),
            (&[b"220 x\r\n", FEATURES, b"534 policy\r\n"], Stage::Request, false),
            (&[b"220 x\r\n", b"211-x\r\n211 End\r\n", b"502 what\r\n"], Stage::Request, false),
        ] {
            let (_, end) = run(&mut *plain(&ask()), replies);
            let Ok(Step::Refused(refusal)) = end else { panic!("{end:?}") };
            assert_eq!((refusal.to, refusal.temporary), (to, temporary), "{refusal:?}");
        }
    }

    #[test]
    fn a_server_that_gives_up_has_not_answered_the_command() {
        let oops = "500 OOPS: error:0A00010B:SSL routines::wrong version number";
        assert_eq!(refuses(format!("{oops}\r\n").as_bytes()).as_deref(), Some(oops));
        assert_eq!(refuses(b"200 NOOP ok.\r\n"), None);
        assert_eq!(refuses(b"500 NOOP not understood.\r\n"), None);
    }

    #[test]
    fn two_replies_are_one_too_many() {
        assert_eq!(kept(b"200 NOOP ok\r\n221 Bye\r\n", false), Some(true));
        assert_eq!(kept(b"530 Log in first\r\n221 Bye\r\n", true), Some(true));
        assert_eq!(kept(b"221-You are\r\n221 gone\r\n", false), Some(false));
        assert_eq!(kept(b"500 what\r\n", true), Some(false));
        assert_eq!(kept(b"200 NOOP ok\r\n", false), None);
    }
}
