//! What protocols of lines share: lines out of octets, and the dialogue over them.

use std::fmt;

use midwatch_model::lossless;

use super::{Dialogue, MAX_BYTES, Said, Step};
use crate::reader::WireError;

/// Octets of one line. RFC 5321 4.5.3.1.5 allows 512 and RFC 9051 sets no limit; servers write capabilities of some
/// thousand.
pub(super) const MAX_LINE: usize = 8192;

/// Lines of one dialogue.
pub(super) const MAX_LINES: usize = 512;

/// A protocol of lines.
pub(super) trait Lined: fmt::Debug + Send {
    /// The first step, before anything came.
    fn begin(&mut self) -> Step;

    /// Takes the next line of the server, without its end. [`Step::Read`] where more are due.
    fn line(&mut self, line: &str) -> Result<Step, WireError>;

    /// What the server said so far.
    fn said(&self) -> &Said;

    /// Whether these octets, which came before they were asked for, are what a server may say at any time.
    fn may_say_unasked(&self, _octets: &[u8]) -> bool {
        false
    }
}

/// The dialogue of a protocol of lines.
#[derive(Debug)]
pub(super) struct Lines<P> {
    protocol: P,
    /// Octets that came and are no whole line yet, or that nobody has asked for yet.
    waiting: Vec<u8>,
    lines: usize,
    bytes: usize,
}

impl<P: Lined + 'static> Lines<P> {
    pub(super) fn boxed(protocol: P) -> Box<dyn Dialogue> {
        Box::new(Lines { protocol, waiting: Vec::new(), lines: 0, bytes: 0 })
    }

    /// The next whole line, without its end. Lines end with CR LF, or with LF alone where a server is careless.
    fn next(&mut self) -> Result<Option<String>, WireError> {
        let Some(end) = self.waiting.iter().position(|&octet| octet == b'\n') else {
            if self.waiting.len() > MAX_LINE {
                return Err(WireError::TooLarge { what: "a line of the server", limit: MAX_LINE });
            }
            return Ok(None);
        };
        if end > MAX_LINE {
            return Err(WireError::TooLarge { what: "a line of the server", limit: MAX_LINE });
        }
        self.lines += 1;
        if self.lines > MAX_LINES {
            return Err(WireError::Invalid(format!("the server says more than {MAX_LINES} lines")));
        }
        let mut line: Vec<u8> = self.waiting.drain(..=end).collect();
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(Some(lossless(&line)))
    }
}

impl<P: Lined + 'static> Dialogue for Lines<P> {
    fn begin(&mut self) -> Step {
        self.protocol.begin()
    }

    fn push(&mut self, octets: &[u8]) -> Result<Step, WireError> {
        self.bytes = self.bytes.saturating_add(octets.len());
        if self.bytes > MAX_BYTES {
            return Err(WireError::TooLarge { what: "what the server says before TLS", limit: MAX_BYTES });
        }
        self.waiting.extend_from_slice(octets);
        while let Some(line) = self.next()? {
            match self.protocol.line(&line)? {
                Step::Read => {}
                Step::Ready { .. } => return Ok(Step::Ready { after: std::mem::take(&mut self.waiting) }),
                // What the server had already said behind its answer is no answer to what is sent now. A client that
                // took it for one could be told anything, so it is not read on as such.
                Step::Send(octets)
                    if !self.waiting.is_empty() && !self.protocol.may_say_unasked(&self.waiting) =>
                {
                    let said: Vec<u8> = self.waiting.iter().take(80).copied().collect();
                    let sent = String::from_utf8_lossy(&octets);
                    let what = format!(
                        "the server says {} before it was asked ({})",
                        lossless(&said),
                        sent.lines().next().unwrap_or_default()
                    );
                    return Err(WireError::Invalid(what));
                }
                other => return Ok(other),
            }
        }
        Ok(Step::Read)
    }

    fn said(&self) -> &Said {
        self.protocol.said()
    }
}

/// A line that is nothing that this protocol says.
pub(super) fn invalid(line: &str, what: &str, protocol: &str) -> WireError {
    let shown: String = line.chars().take(80).collect();
    WireError::Invalid(format!("'{shown}' is no {what} of {protocol}"))
}

/// The whole lines that came inside TLS so far, for `kept` of the protocols.
pub(super) fn whole(heard: &[u8]) -> String {
    let text = String::from_utf8_lossy(heard);
    text.rsplit_once('\n').map_or("", |(whole, _)| whole).to_owned()
}

/// The words of a list without those that came before, in upper case.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> {
    text.split_ascii_whitespace().map(str::to_ascii_uppercase)
}

/// The text behind a first word, whatever case it is written in. None where the line begins with something else.
pub(super) fn behind<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
    first.eq_ignore_ascii_case(word).then_some(rest)
}

/// A line of a reply: its code, whether it is the last one, and its text (RFC 5321 4.2, RFC 959 4.2).
pub(super) fn reply(line: &str) -> Option<(u16, bool, &str)> {
    let (code, rest) = line.split_at_checked(3)?;
    if !code.bytes().all(|octet| octet.is_ascii_digit()) {
        return None;
    }
    let last = match rest.bytes().next() {
        None | Some(b' ') => true,
        Some(b'-') => false,
        Some(_) => return None,
    };
    Some((code.parse().ok()?, last, rest.get(1..).unwrap_or_default()))
}
