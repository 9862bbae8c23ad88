//! What travels: frames.
//!
//! ```text
//! frame   = kind (1) || length (4, highest octet first) || body
//!
//! kind 1  share     version (1) || role (1: 1 opener, 2 joiner) || share (65)
//! kind 2  confirm   confirmation (32)
//! kind 3  sealed    at most 1 MiB and what sealing adds
//! kind 4  end       reason (1): why nothing more comes
//! ```
//!
//! A frame of another kind or length is an error and is never waited for.

use crate::offer;
use crate::pake::{CONFIRMATION, Role, SHARE};
use crate::seal::TAG;

/// The version that is spoken.
pub const VERSION: u8 = 1;

/// Octets before the body.
pub const HEADER: usize = 5;

/// The longest body of a sealed frame.
pub const MAX_SEALED: usize = offer::MAX_BYTES + offer::HEAD + TAG;

/// The most that one side sends in an exchange, in octets. A relay forwards no more.
pub const MAX_SENT: usize = 6 * HEADER + 2 + SHARE + CONFIRMATION + MAX_SEALED + 1 + TAG + 1;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// The first of each side.
    Share {
        /// Which side sends it.
        role: Role,
        /// Its share.
        share: [u8; SHARE],
    },
    /// Shows that the codes are the same.
    Confirm([u8; CONFIRMATION]),
    /// What is sealed.
    Sealed(Vec<u8>),
    /// Nothing more comes.
    End(Reason),
}

/// Why nothing more comes. Not authenticated: whoever is in the middle can say it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The codes differ.
    CodesDiffer,
    /// What came was no message of this protocol, or not the one whose turn it was.
    Malformed,
    /// Another version.
    Version,
    /// The code is used up, or somebody else uses it just now.
    Used,
    /// Neither side sends a key.
    Nothing,
    /// What was sealed was no public key that this side can read.
    NoKey,
    /// No answer came in time.
    GivenUp,
}

/// Why octets are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// A kind that there is not, or whose turn it is not.
    #[error("a message of a kind that is not expected")]
    Kind,
    /// Not the length of its kind.
    #[error("a message of a length that its kind has not")]
    Length,
    /// A share of another version.
    #[error("version {0} of the exchange; this midwatch speaks version {VERSION}")]
    Version(u8),
    /// A role or a reason that there is not.
    #[error("a message with a value that there is not")]
    Value,
}

const REASONS: [(u8, Reason); 7] = [
    (1, Reason::CodesDiffer),
    (2, Reason::Malformed),
    (3, Reason::Version),
    (4, Reason::Used),
    (5, Reason::Nothing),
    (6, Reason::NoKey),
    (7, Reason::GivenUp),
];

const ROLES: [(u8, Role); 2] = [(1, Role::Opener), (2, Role::Joiner)];

impl Message {
    /// Its frame.
    pub fn encode(&self) -> Vec<u8> {
        let (kind, body) = match self {
            Message::Share { role, share } => {
                let role = ROLES.iter().find(|(_, known)| known == role).map_or(0, |(octet, _)| *octet);
                (1, [&[VERSION, role][..], share].concat())
            }
            Message::Confirm(confirmation) => (2, confirmation.to_vec()),
            Message::Sealed(sealed) => (SEALED, sealed.clone()),
            Message::End(reason) => {
                let octet = REASONS.iter().find(|(_, known)| known == reason).map_or(0, |(octet, _)| *octet);
                (4, vec![octet])
            }
        };
        [&header(kind, body.len())[..], &body].concat()
    }

    fn decode(kind: u8, body: &[u8]) -> Result<Message, MessageError> {
        match (kind, body) {
            (1, [VERSION, role, share @ ..]) => {
                let known = ROLES.iter().find(|(octet, _)| octet == role);
                let role = known.map(|(_, role)| *role).ok_or(MessageError::Value)?;
                Ok(Message::Share { role, share: share.try_into().map_err(|_| MessageError::Length)? })
            }
            (1, [version, ..]) => Err(MessageError::Version(*version)),
            (2, body) => Ok(Message::Confirm(body.try_into().map_err(|_| MessageError::Length)?)),
            (SEALED, body) => Ok(Message::Sealed(body.to_vec())),
            (4, [octet]) => {
                let known = REASONS.iter().find(|(known, _)| known == octet);
                known.map(|(_, reason)| Message::End(*reason)).ok_or(MessageError::Value)
            }
            (1 | 4, _) => Err(MessageError::Length),
            _ => Err(MessageError::Kind),
        }
    }
}

/// The kind of sealed frames.
const SEALED: u8 = 3;

/// The first octets of a sealed frame with a body of this length: they are authenticated with it.
pub fn sealed_header(length: usize) -> [u8; HEADER] {
    header(SEALED, length)
}

fn header(kind: u8, length: usize) -> [u8; HEADER] {
    let [a, b, c, d] = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    [kind, a, b, c, d]
}

/// Octets that came, until they make a frame.
#[derive(Debug, Default)]
pub struct Frames {
    octets: Vec<u8>,
}

impl Frames {
    /// Takes octets that came. What is kept is bounded by what [`Frames::next`] takes: whoever adds a chunk asks for all
    /// messages before the next.
    pub fn add(&mut self, octets: &[u8]) {
        self.octets.extend(octets);
    }

    /// The next message, once all of it is there; sealed ones only where it is their turn.
    ///
    /// # Errors
    /// [`MessageError`], told by the header alone where that is enough.
    pub fn next(&mut self, sealed: bool) -> Result<Option<Message>, MessageError> {
        let Some(&[kind, a, b, c, d]) = self.octets.first_chunk::<HEADER>() else { return Ok(None) };
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
        let fits = match kind {
            // That of another version may have another length.
            1 => (1..=1024).contains(&length),
            2 => length == CONFIRMATION,
            SEALED if sealed => (TAG..=MAX_SEALED).contains(&length),
            4 => length == 1,
            _ => return Err(MessageError::Kind),
        };
        if !fits {
            return Err(MessageError::Length);
        }
        let Some(body) = self.octets.get(HEADER..HEADER + length) else { return Ok(None) };
        let message = Message::decode(kind, body);
        self.octets.drain(..HEADER + length);
        message.map(Some)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(octets: &[u8]) -> Result<Option<Message>, MessageError> {
        let mut frames = Frames::default();
        frames.add(octets);
        frames.next(true)
    }

    fn messages() -> Vec<Message> {
        let mut all = vec![
            Message::Share { role: Role::Opener, share: [4; SHARE] },
            Message::Share { role: Role::Joiner, share: [5; SHARE] },
            Message::Confirm([6; CONFIRMATION]),
            Message::Sealed(vec![7; TAG]),
            Message::Sealed(vec![7; MAX_SEALED]),
        ];
        all.extend(REASONS.iter().map(|(_, reason)| Message::End(*reason)));
        all
    }

    #[test]
    fn frames_are_as_documented() {
        assert_eq!(Message::End(Reason::CodesDiffer).encode(), [4, 0, 0, 0, 1, 1]);
        let share = Message::Share { role: Role::Joiner, share: [9; SHARE] }.encode();
        assert_eq!((&share[..8], share.len()), (&[1, 0, 0, 0, 67, 1, 2, 9][..], 72));
        assert_eq!(Message::Sealed(vec![8; 300]).encode()[..5], sealed_header(300));
    }

    #[test]
    fn what_is_sent_is_read() {
        for message in messages() {
            let frame = message.encode();
            assert_eq!(one(&frame), Ok(Some(message)));
            assert_eq!(one(&frame[..frame.len() - 1]), Ok(None), "the end is still to come");
        }
    }

    #[test]
    fn the_bound_holds_for_all_that_one_side_sends() {
        let sent: usize = [
            Message::Share { role: Role::Opener, share: [4; SHARE] },
            Message::Confirm([6; CONFIRMATION]),
            Message::Sealed(vec![7; MAX_SEALED]),
            Message::Sealed(vec![7; 1 + TAG]),
            Message::End(Reason::GivenUp),
        ]
        .iter()
        .map(|message| message.encode().len())
        .sum();
        assert!(sent <= MAX_SENT, "{sent}");
    }

    #[test]
    fn what_is_at_fault_is_told_by_its_header() {
        for (octets, error) in [
            (&[0, 0, 0, 0, 1][..], MessageError::Kind),
            (b"GET / HTTP/1.1\r\n", MessageError::Kind),
            (b"SSH-2.0-OpenSSH_9.9\r\n", MessageError::Kind),
            (&[1, 0, 0, 0, 0], MessageError::Length),
            (&[1, 0xFF, 0, 0, 0], MessageError::Length),
            (&[2, 0, 0, 0, 31], MessageError::Length),
            (&[3, 0, 0, 0, 15], MessageError::Length),
            (&[3, 0, 0x20, 0, 0], MessageError::Length),
            (&[4, 0, 0, 0, 1, 99], MessageError::Value),
            (&[1, 0, 0, 0, 1, 2], MessageError::Version(2)),
            (&[1, 0, 0, 0, 2, 1, 1], MessageError::Length),
            (&[1, 0, 0, 0, 2, 1, 3], MessageError::Value),
        ] {
            assert_eq!(one(octets), Err(error), "{octets:?}");
        }
        let mut frames = Frames::default();
        frames.add(&[3, 0, 0, 0, 99]);
        assert_eq!(frames.next(false), Err(MessageError::Kind), "it is not its turn");
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_octets_are_cut(which in prop::collection::vec(0_usize..4, 0..6), cut in 1_usize..50) {
            let all = messages();
            let sent: Vec<Message> = which.into_iter().map(|at| all[at].clone()).collect();
            let octets: Vec<u8> = sent.iter().flat_map(Message::encode).collect();
            let mut frames = Frames::default();
            let mut read = Vec::new();
            for chunk in octets.chunks(cut) {
                frames.add(chunk);
                while let Some(message) = frames.next(true).expect("sound") {
                    read.push(message);
                }
            }
            prop_assert_eq!(read, sent);
        }

        #[test]
        fn nothing_breaks_it(octets in prop::collection::vec(any::<u8>(), 0..200), sealed: bool) {
            let mut frames = Frames::default();
            frames.add(&octets);
            while let Ok(Some(message)) = frames.next(sealed) {
                prop_assert!(octets.windows(message.encode().len()).any(|window| window == message.encode()));
            }
        }
    }
}
