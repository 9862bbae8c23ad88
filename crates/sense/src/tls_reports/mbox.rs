//! The messages of an mbox (RFC 4155), one after the other, so that the whole of it need not be in memory.

use std::io::{self, BufRead, Read as _};

use midwatch_model::{Reason, ReasonKind};

use super::MAX_REPORT;

/// What begins the line in front of every message.
pub(super) const MARK: &[u8] = b"From ";

/// One message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// All of it.
    Whole(Vec<u8>),
    /// It is larger than [`MAX_REPORT`], and was passed over.
    TooLarge,
}

/// Why a message was passed over.
pub(super) fn too_large() -> Reason {
    Reason::new(ReasonKind::Limit, format!("a message is larger than {} MiB", MAX_REPORT / 1024 / 1024))
}

/// Goes through the messages.
pub(super) struct Messages<R> {
    reader: R,
    most: usize,
    /// True once the first separating line was read.
    begun: bool,
    ended: bool,
}

impl<R: BufRead> Messages<R> {
    pub(super) fn of(reader: R) -> Self {
        Messages { reader, most: MAX_REPORT, begun: false, ended: false }
    }

    fn message(&mut self) -> io::Result<Option<Message>> {
        let mut message = Vec::new();
        let mut too_large = false;
        let mut line = Vec::new();
        let mut after_empty = !self.begun;
        let mut begins_line = true;
        loop {
            line.clear();
            // A line without an end is read in pieces.
            let read = (&mut self.reader).take(64 * 1024).read_until(b'\n', &mut line)?;
            if read == 0 {
                self.ended = true;
                let nothing = message.is_empty() && !too_large;
                return Ok((!nothing).then(|| finish(message, too_large)));
            }
            if begins_line && after_empty && line.starts_with(MARK) {
                if self.begun {
                    return Ok(Some(finish(message, too_large)));
                }
                self.begun = true;
                after_empty = false;
                begins_line = line.ends_with(b"\n");
                continue;
            }
            after_empty = begins_line && matches!(line.as_slice(), b"\n" | b"\r\n");
            begins_line = line.ends_with(b"\n");
            if message.len().saturating_add(line.len()) > self.most {
                too_large = true;
                message = Vec::new();
            }
            if !too_large {
                message.extend_from_slice(&line);
            }
        }
    }
}

fn finish(message: Vec<u8>, too_large: bool) -> Message {
    if too_large { Message::TooLarge } else { Message::Whole(message) }
}

impl<R: BufRead> Iterator for Messages<R> {
    type Item = io::Result<Message>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.message();
        self.ended |= next.is_err();
        next.transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, most: usize) -> Vec<Message> {
        let mut messages = Messages::of(text.as_bytes());
        messages.most = most;
        messages.map(|one| one.expect("memory can be read")).collect()
    }

    fn whole(text: &str) -> Message {
        Message::Whole(text.into())
    }

    #[test]
    fn messages_are_told_apart_by_their_mark_behind_an_empty_line() {
        let text =
            "From a@b Mon\nSubject: 1\n\nx\nFrom here on\n\n>From x\n\nFrom c@d Tue\r\nSubject: 2\r\n\r\nx";
        let first = whole("Subject: 1\n\nx\nFrom here on\n\n>From x\n\n");
        assert_eq!(all(text, 1000), [first, whole("Subject: 2\r\n\r\nx")]);
    }

    #[test]
    fn a_large_message_is_passed_over_and_the_next_is_read() {
        let long = "y".repeat(200_000);
        let text = format!("From a\nA: 1\n\n{long}\n\nFrom b\nB: 2\n\nz\n");
        assert_eq!(all(&text, 1000), [Message::TooLarge, whole("B: 2\n\nz\n")]);
        assert_eq!(all("", 1000), []);
        assert_eq!(all("From a\n", 1000), []);
    }
}
