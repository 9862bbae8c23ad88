//! The story's own message format, which nothing else speaks.
//!
//! ```text
//! "MWS" || version 1 (1) || kind (1) || length of the body (2) || body       highest octet first
//!
//! 1 ask       length of the key (1) || SubjectPublicKeyInfo || certificate or nothing    here is my key; what is yours?
//! 2 key       the same                                                                   here is mine
//! 3 letter    sealed, see `seal`
//! 4 exchange  what a session of midwatch-exchange sends, or nothing: I am ready
//! ```

use super::key::{Public, SPKI};
use super::seal::OVERHEAD;

/// Octets before a body.
pub const HEADER: usize = 7;

/// The longest text of a letter, in octets.
pub const MAX_TEXT: usize = 512;

/// The longest certificate, in octets. Those of the story have about 500.
pub const MAX_CERTIFICATE: usize = 2048;

/// The most of an exchange that one message carries, in octets.
pub const MAX_EXCHANGE: usize = 4096;

const MAGIC: [u8; 4] = *b"MWS\x01";

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Here is my key; what is yours?
    Ask(Introduction),
    /// Here is mine.
    Key(Introduction),
    /// A sealed letter.
    Letter(Vec<u8>),
    /// A part of an exchange by code.
    Exchange(Vec<u8>),
}

/// A key, and what it comes with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Introduction {
    /// The key.
    pub key: Public,
    /// A certificate in DER, where there is one.
    pub certificate: Option<Vec<u8>>,
}

/// What came is not of this format. Nothing is said of what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotALetter;

impl Message {
    /// As it travels.
    pub fn encode(&self) -> Vec<u8> {
        let (kind, body) = match self {
            Message::Ask(introduction) => (1, introduction.encode()),
            Message::Key(introduction) => (2, introduction.encode()),
            Message::Letter(sealed) => (3, sealed.clone()),
            Message::Exchange(part) => (4, part.clone()),
        };
        [&header(kind, body.len())[..], &body].concat()
    }

    fn decode(kind: u8, body: &[u8]) -> Result<Message, NotALetter> {
        match kind {
            1 => Introduction::decode(body).map(Message::Ask),
            2 => Introduction::decode(body).map(Message::Key),
            3 => Ok(Message::Letter(body.to_vec())),
            4 => Ok(Message::Exchange(body.to_vec())),
            _ => Err(NotALetter),
        }
    }
}

impl Introduction {
    fn encode(&self) -> Vec<u8> {
        let spki = self.key.spki();
        let length = u8::try_from(spki.len()).unwrap_or(u8::MAX);
        [&[length][..], &spki, self.certificate.as_deref().unwrap_or_default()].concat()
    }

    fn decode(body: &[u8]) -> Result<Introduction, NotALetter> {
        let (length, rest) = body.split_first().ok_or(NotALetter)?;
        let (spki, certificate) = rest.split_at_checked(usize::from(*length)).ok_or(NotALetter)?;
        let key = Public::from_spki(spki).ok_or(NotALetter)?;
        let certificate = (!certificate.is_empty()).then(|| certificate.to_vec());
        Ok(Introduction { key, certificate })
    }
}

/// The header of a letter whose text has so many octets: it is authenticated with what is sealed.
pub(crate) fn letter_header(text: usize) -> [u8; HEADER] {
    header(3, text + OVERHEAD)
}

fn header(kind: u8, length: usize) -> [u8; HEADER] {
    let [m, w, s, version] = MAGIC;
    let [high, low] = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
    [m, w, s, version, kind, high, low]
}

/// Octets that came, until they make a message.
#[derive(Debug, Default)]
pub struct Frames(Vec<u8>);

impl Frames {
    /// Takes octets that came. What is kept is bounded by what [`Frames::message`] takes: whoever adds a chunk asks for all
    /// messages before the next.
    pub fn add(&mut self, octets: &[u8]) {
        self.0.extend(octets);
    }

    /// The next message, once all of it is there.
    ///
    /// # Errors
    /// [`NotALetter`], as soon as an octet says so.
    pub fn message(&mut self) -> Result<Option<Message>, NotALetter> {
        if !self.0.iter().zip(MAGIC).all(|(octet, wanted)| *octet == wanted) {
            return Err(NotALetter);
        }
        let Some(&[_, _, _, _, kind, high, low]) = self.0.first_chunk::<HEADER>() else { return Ok(None) };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let fits = match kind {
            1 | 2 => (1..=1 + SPKI + MAX_CERTIFICATE).contains(&length),
            3 => (OVERHEAD..=OVERHEAD + MAX_TEXT).contains(&length),
            4 => length <= MAX_EXCHANGE,
            _ => false,
        };
        if !fits {
            return Err(NotALetter);
        }
        let Some(body) = self.0.get(HEADER..HEADER + length) else { return Ok(None) };
        let message = Message::decode(kind, body);
        self.0.drain(..HEADER + length);
        message.map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::Secret;
    use super::super::random::Random;
    use super::*;

    fn messages() -> Vec<Message> {
        let key = Secret::new(&mut Random::seeded(b"letter")).expect("a key").public();
        vec![
            Message::Ask(Introduction { key, certificate: None }),
            Message::Key(Introduction { key, certificate: Some(vec![7; MAX_CERTIFICATE]) }),
            Message::Letter(vec![1; OVERHEAD]),
            Message::Letter(vec![1; OVERHEAD + MAX_TEXT]),
            Message::Exchange(vec![]),
            Message::Exchange(vec![2; MAX_EXCHANGE]),
        ]
    }

    #[test]
    fn what_is_sent_is_read_however_it_is_cut() {
        let octets: Vec<u8> = messages().iter().flat_map(Message::encode).collect();
        for cut in [1, 2, 7, 100, 5000] {
            let mut frames = Frames::default();
            let mut read = Vec::new();
            for chunk in octets.chunks(cut) {
                frames.add(chunk);
                while let Some(message) = frames.message().expect("sound") {
                    read.push(message);
                }
            }
            assert_eq!(read, messages(), "{cut}");
        }
    }

    #[test]
    fn nothing_else_is_taken_and_the_first_octets_tell() {
        for octets in [
            &b"G"[..],
            b"GET / HTTP/1.1\r\n",
            b"SSH-2.0-OpenSSH_9.9\r\n",
            &[22, 3, 1, 2, 0],
            b"MWS\x02",
            b"MWS\x01\x00\x00\x00",
            b"MWS\x01\x05\x00\x00",
            b"MWS\x01\x03\x00\x50",
            b"MWS\x01\x03\xFF\xFF",
            b"MWS\x01\x04\xFF\xFF",
            b"MWS\x01\x01\x00\x00",
            b"MWS\x01\x01\x00\x02\x01\x00",
        ] {
            let mut frames = Frames::default();
            frames.add(octets);
            assert_eq!(frames.message(), Err(NotALetter), "{octets:?}");
        }
        let mut frames = Frames::default();
        frames.add(b"MWS");
        assert_eq!(frames.message(), Ok(None), "so far it is one");
    }

    #[test]
    fn the_header_of_a_letter_is_that_which_travels() {
        let octets = Message::Letter(vec![9; OVERHEAD + 5]).encode();
        assert_eq!(octets[..HEADER], letter_header(5));
    }

    proptest::proptest! {
        #[test]
        fn nothing_breaks_it(kind in 0_u8..6, length: u16, body in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let mut frames = Frames::default();
            frames.add(&[&MAGIC[..], &[kind], &length.to_be_bytes(), &body].concat());
            while let Ok(Some(_)) = frames.message() {}
            let mut frames = Frames::default();
            frames.add(&body);
            while let Ok(Some(_)) = frames.message() {}
        }
    }
}
