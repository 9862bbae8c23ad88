//! The record layer, unencrypted (RFC 8446 section 5.1): records in, handshake messages and alerts out.

use super::alert::Alert;
use crate::reader::WireError;

/// The longest fragment that a plaintext record may hold.
pub const MAX_FRAGMENT: usize = 1 << 14;
/// The longest handshake message taken: 100 certificates of 5 KiB.
pub const MAX_MESSAGE: usize = 512 << 10;

/// One thing out of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A handshake message: its type and body.
    Handshake(u8, Vec<u8>),
    /// An alert.
    Alert(Alert),
    /// A ChangeCipherSpec record. TLS 1.3 servers send one for the sake of middleboxes.
    ChangeCipherSpec,
    /// A record that can only be read with keys.
    Protected,
}

/// A record as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its content type: 20 change_cipher_spec, 21 alert, 22 handshake, 23 application_data.
    pub kind: u8,
    /// Its header, which the AEAD of TLS 1.3 covers.
    pub header: [u8; 5],
    /// What it holds.
    pub fragment: Vec<u8>,
}

/// Cuts the stream into records, whatever the pieces in which the bytes come.
#[derive(Debug, Default)]
pub struct Records {
    bytes: Vec<u8>,
}

impl Records {
    /// Adds bytes as they came.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next record; `Ok(None)` where more bytes are needed.
    ///
    /// # Errors
    /// [`WireError`] for bytes that are no TLS record. After an error the stream is of no use.
    pub fn next_record(&mut self) -> Result<Option<Record>, WireError> {
        let Some((header, length)) = (match self.bytes.as_slice() {
            [] => None,
            [kind, ..] if !(20..=24).contains(kind) => return Err(not_tls(&self.bytes)),
            [_, major, ..] if *major != 3 => return Err(not_tls(&self.bytes)),
            [kind, major, minor, high, low, ..] => {
                Some(([*kind, *major, *minor, *high, *low], usize::from(*high) << 8 | usize::from(*low)))
            }
            _ => None,
        }) else {
            return Ok(None);
        };
        let [kind, ..] = header;
        // Protected records may be 256 bytes longer (2048 before TLS 1.3).
        if length > MAX_FRAGMENT + 2048 {
            return Err(WireError::TooLarge { what: "a TLS record", limit: MAX_FRAGMENT + 2048 });
        }
        if length == 0 && matches!(kind, 21 | 22) {
            return Err(WireError::Invalid("an empty TLS record".into()));
        }
        if self.bytes.len() < 5 + length {
            return Ok(None);
        }
        let rest = self.bytes.split_off(5 + length);
        let mut record = std::mem::replace(&mut self.bytes, rest);
        Ok(Some(Record { kind, header, fragment: record.split_off(5) }))
    }
}

/// Puts handshake messages together from the fragments of records.
#[derive(Debug, Default)]
pub struct Handshakes {
    bytes: Vec<u8>,
}

impl Handshakes {
    /// Adds a fragment.
    pub fn push(&mut self, fragment: &[u8]) {
        self.bytes.extend_from_slice(fragment);
    }

    /// True where nothing of an unfinished message is held.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The next message, its type and body; `Ok(None)` where more is needed.
    ///
    /// # Errors
    /// [`WireError::TooLarge`] for a message beyond [`MAX_MESSAGE`], as soon as its length is known.
    pub fn next_message(&mut self) -> Result<Option<(u8, Vec<u8>)>, WireError> {
        let &[kind, high, middle, low, ..] = self.bytes.as_slice() else {
            return Ok(None);
        };
        let length = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
        if length > MAX_MESSAGE {
            return Err(WireError::TooLarge { what: "a handshake message", limit: MAX_MESSAGE });
        }
        if self.bytes.len() < 4 + length {
            return Ok(None);
        }
        let rest = self.bytes.split_off(4 + length);
        let mut message = std::mem::replace(&mut self.bytes, rest);
        Ok(Some((kind, message.split_off(4))))
    }
}

/// Puts records together into messages, whatever the pieces in which the bytes come.
#[derive(Debug, Default)]
pub struct Deframer {
    records: Records,
    handshakes: Handshakes,
}

impl Deframer {
    /// Adds bytes as they came.
    pub fn push(&mut self, bytes: &[u8]) {
        self.records.push(bytes);
    }

    /// True where bytes of an unfinished record or message are held.
    pub fn is_mid_message(&self) -> bool {
        !self.records.bytes.is_empty() || !self.handshakes.is_empty()
    }

    /// The next message; `Ok(None)` where more bytes are needed.
    ///
    /// # Errors
    /// [`WireError`] for bytes that are no TLS record, or a message beyond [`MAX_MESSAGE`]. After an error
    /// the stream is of no use.
    pub fn next_message(&mut self) -> Result<Option<Message>, WireError> {
        loop {
            if let Some((kind, body)) = self.handshakes.next_message()? {
                return Ok(Some(Message::Handshake(kind, body)));
            }
            let Some(record) = self.records.next_record()? else {
                return Ok(None);
            };
            match record.kind {
                20 => return Ok(Some(Message::ChangeCipherSpec)),
                21 => return Ok(Some(Message::Alert(Alert::read(&record.fragment)?))),
                22 => self.handshakes.push(&record.fragment),
                _ => return Ok(Some(Message::Protected)),
            }
        }
    }
}

fn not_tls(bytes: &[u8]) -> WireError {
    let start: Vec<u8> = bytes.iter().take(24).copied().collect();
    WireError::Invalid(format!("not TLS: the answer begins with \"{}\"", midwatch_model::lossless(&start)))
}

/// A handshake message with its header.
pub fn handshake_message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut message = vec![kind];
    crate::reader::put_vector(&mut message, 3, body);
    message
}

/// A handshake message in one record, or in several where it is longer than a record may be.
pub fn handshake_records(version: u16, kind: u8, body: &[u8]) -> Vec<u8> {
    records(version, &handshake_message(kind, body))
}

/// Handshake messages with their headers, in as many records as they need.
pub fn records(version: u16, messages: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(messages.len() + 5);
    for fragment in messages.chunks(MAX_FRAGMENT) {
        out.push(22);
        out.extend(version.to_be_bytes());
        crate::reader::put_vector(&mut out, 2, fragment);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn drain(deframer: &mut Deframer) -> Vec<Message> {
        let mut messages = Vec::new();
        while let Some(message) = deframer.next_message().unwrap() {
            messages.push(message);
        }
        messages
    }

    #[test]
    fn two_messages_in_one_record_and_one_in_two() {
        let mut deframer = Deframer::default();
        deframer.push(&[22, 3, 3, 0, 9, 2, 0, 0, 1, 7, 14, 0, 0, 0]);
        assert_eq!(drain(&mut deframer), [Message::Handshake(2, vec![7]), Message::Handshake(14, vec![])]);
        deframer.push(&[22, 3, 3, 0, 5, 11, 0, 0, 2, 1]);
        assert_eq!(drain(&mut deframer), []);
        assert!(deframer.is_mid_message());
        deframer.push(&[22, 3, 3, 0, 1, 2]);
        assert_eq!(drain(&mut deframer), [Message::Handshake(11, vec![1, 2])]);
        assert!(!deframer.is_mid_message());
    }

    #[test]
    fn garbage_is_an_error_with_its_beginning() {
        let mut deframer = Deframer::default();
        deframer.push(b"HTTP/1.1 400 Bad Request\r\n");
        let error = deframer.next_message().unwrap_err().to_string();
        assert!(error.contains("HTTP/1.1 400"), "{error}");
    }

    #[test]
    fn a_huge_message_is_refused_before_it_is_held() {
        let mut deframer = Deframer::default();
        deframer.push(&[22, 3, 3, 0, 4, 11, 0xff, 0xff, 0xff]);
        assert!(matches!(deframer.next_message(), Err(WireError::TooLarge { .. })));
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(body in proptest::collection::vec(any::<u8>(), 0..40_000), cut in 1_usize..999) {
            let bytes = handshake_records(0x0303, 11, &body);
            let mut deframer = Deframer::default();
            let mut messages = Vec::new();
            for piece in bytes.chunks(cut) {
                deframer.push(piece);
                messages.extend(drain(&mut deframer));
            }
            prop_assert_eq!(messages, vec![Message::Handshake(11, body)]);
        }

        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut deframer = Deframer::default();
            deframer.push(&bytes);
            while let Ok(Some(_)) = deframer.next_message() {}
        }
    }
}
