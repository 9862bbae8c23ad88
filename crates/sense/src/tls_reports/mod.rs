//! Reports of other mail servers on their TLS (RFC 8460), as they were received: files of JSON or gzip, messages, mboxes,
//! and directories of any of these.
//!
//! [`of_bytes`] does no I/O; [`read()`] does all of it. Every size is bounded, and whoever sends mail to the address
//! for reports can put anything there: what is broken is named, and the rest is read.

mod collect;
mod gzip;
mod json;
mod mbox;
mod message;
#[cfg(test)]
mod tests;

use midwatch_model::{Reason, ReasonKind, TlsReport};

pub use collect::{Read, read};

/// The largest report in JSON that is read, and the largest file that is no mbox, in bytes. The reports of the largest
/// senders on the largest domains have a few megabytes.
pub const MAX_REPORT: usize = 32 * 1024 * 1024;

/// Octets that reports may have in all, unpacked.
const MAX_TOTAL: usize = 512 * 1024 * 1024;

/// What octets hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The reports, in the order of the octets.
    pub reports: Vec<TlsReport>,
    /// What should be a report and is none, and why.
    pub broken: Vec<Reason>,
    /// Octets that were looked at, unpacked.
    pub octets: usize,
}

impl Found {
    fn of(report: Result<TlsReport, Reason>, octets: usize) -> Self {
        match report {
            Ok(report) => Found { reports: vec![report], broken: Vec::new(), octets },
            Err(why) => Found { reports: Vec::new(), broken: vec![why], octets },
        }
    }
}

/// The reports in the octets of one file that is no mbox: JSON, the same in gzip, or a message. Neither a report nor a
/// fault where the octets are something else.
///
/// # Errors
/// Where that something else is told by its look, with a sentence that says what to do.
pub fn of_bytes(bytes: &[u8]) -> Result<Found, Reason> {
    match look(bytes) {
        Look::Gzip => {
            let json = match gzip::unpack(bytes, MAX_REPORT) {
                Ok(json) => json,
                Err((why, octets)) => return Ok(Found::of(Err(why), octets)),
            };
            match look(&json) {
                Look::Json => Ok(Found::of(json::report(&json), json.len())),
                Look::Message => Ok(message::reports(&json)),
                _ => Err(other("it is gzip of something that is neither a report nor a message")),
            }
        }
        Look::Json => Ok(Found::of(json::report(bytes), bytes.len())),
        Look::Message => Ok(message::reports(bytes)),
        Look::Mbox => {
            let mut found = Found::default();
            let mut messages = mbox::Messages::of(bytes);
            while let Some(Ok(one)) = messages.next() {
                match one {
                    mbox::Message::Whole(one) => {
                        let one = message::reports(&one);
                        found.reports.extend(one.reports);
                        found.broken.extend(one.broken);
                        found.octets = found.octets.saturating_add(one.octets);
                    }
                    mbox::Message::TooLarge => found.broken.push(mbox::too_large()),
                }
            }
            Ok(found)
        }
        Look::Empty => Err(other("it is empty")),
        Look::Zip => {
            Err(other("it is a ZIP archive, which RFC 8460 does not have; unpack it and name what was in it"))
        }
        Look::Other => Err(other("it is neither an object of JSON, nor gzip, nor a message, nor an mbox")),
    }
}

/// What octets look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Empty,
    Gzip,
    Zip,
    Json,
    Mbox,
    Message,
    Other,
}

fn look(bytes: &[u8]) -> Look {
    let text = without_mark(bytes).trim_ascii_start();
    if text.is_empty() {
        Look::Empty
    } else if bytes.starts_with(&[0x1f, 0x8b]) {
        Look::Gzip
    } else if bytes.starts_with(b"PK\x03\x04") {
        Look::Zip
    } else if text.starts_with(b"{") {
        Look::Json
    } else if bytes.starts_with(mbox::MARK) {
        Look::Mbox
    } else if message::begins_one(bytes) {
        Look::Message
    } else {
        Look::Other
    }
}

/// Without the byte order mark that some writers put in front of UTF-8.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn other(detail: &str) -> Reason {
    Reason::new(ReasonKind::Protocol, detail)
}
