//! The steps of one side, without I/O.
//!
//! A [`Session`] is given what came ([`Session::input`]) and that nothing more comes ([`Session::stop`]), hands out what is to
//! be sent ([`Session::output`]), and has an outcome in the end ([`Session::outcome`]). One session is one try with one code.
//!
//! ```
//! use midwatch_exchange::{Code, Session};
//!
//! let code = Code::random(7)?;
//! let (mut opener, mut joiner) = (Session::open(&code, None)?, Session::join(&code, None)?);
//! while opener.outcome().is_none() || joiner.outcome().is_none() {
//!     opener.input(&joiner.output());
//!     joiner.input(&opener.output());
//! }
//! # Ok::<(), midwatch_exchange::NoRandomness>(())
//! ```

use std::mem;

use zeroize::Zeroizing;

use crate::message::{Frames, Message, MessageError, Reason, sealed_header};
use crate::offer::{self, Offer, OfferError, Received};
use crate::pake::{Agreed, Pake, Role, SHARE, SessionKey};
use crate::seal::{Direction, TAG};
use crate::{Code, NoRandomness};

/// That the other's key has been read: what the second sealed message holds.
const READ: [u8; 1] = [1];

/// What came of an exchange in which the codes were the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchanged {
    /// The other's key, where one was sent.
    pub received: Option<Received>,
    /// Whether one's own arrived.
    pub delivered: Delivery,
}

/// What is known of one's own key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// None was sent.
    NotSent,
    /// The other side has it, and says so under the common key.
    Arrived,
    /// The connection ended before the other side said so.
    Unknown,
}

/// Why there was no exchange.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// This side saw that the codes differ.
    #[error(
        "the codes differ: a typing mistake, or somebody in the middle who guessed. The code is used up; for another try \
         the other needs a new one"
    )]
    CodesDiffer,
    /// The other side says that the codes differ. Whoever is in the middle could say so too.
    #[error(
        "the other side says that the codes differ: a typing mistake, or somebody in the middle who guessed. The code is used \
         up; for another try the other needs a new one"
    )]
    SaidToDiffer,
    /// What was sealed was changed on its way.
    #[error("the codes are the same, and what came afterwards was changed on its way; nothing of it is used")]
    Changed,
    /// What came was no message, or not the one whose turn it was.
    #[error("what came is not what a midwatch sends at this step: {0}")]
    Malformed(String),
    /// Another version.
    #[error("the other midwatch is of another version, and exchanges keys in another way")]
    Version,
    /// The other side has used the code, or is using it.
    #[error("the other side says that the code is used up; it needs to make a new one")]
    Used,
    /// Nobody sends.
    #[error("neither side sends a key; give one with '--send FILE'")]
    Nothing,
    /// What the other side sent is no key that can be used.
    #[error("what the other side sent cannot be used: {0}")]
    NoKey(OfferError),
    /// The other side cannot use what was sent.
    #[error("the other side says that it can read no public key in what it was sent")]
    SaidNoKey,
    /// The other side waited for too long, it says.
    #[error("the other side says that it got no answer in time")]
    GivenUp,
    /// The connection was closed.
    #[error("the connection ended before the exchange did{}", after(*.used))]
    Closed {
        /// Whether the code is used up.
        used: bool,
    },
    /// Nothing came for too long.
    #[error("no answer came in time{}", after(*.used))]
    TimedOut {
        /// Whether the code is used up.
        used: bool,
    },
}

fn after(used: bool) -> &'static str {
    if used {
        ", after it had begun: the network, or somebody in the middle. The code is used up; for another try the other needs a \
         new one"
    } else {
        ""
    }
}

impl Failure {
    /// Whether it speaks for somebody in the middle, or for a mistyped code. Else nothing is decided.
    pub fn is_other(&self) -> bool {
        matches!(self, Failure::CodesDiffer | Failure::SaidToDiffer | Failure::Changed)
    }
}

/// Why nothing more comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The connection was closed.
    Closed,
    /// The time is over.
    TimedOut,
}

enum State {
    /// The opener waits for the joiner's share, the joiner for the opener's.
    Sharing(Box<Pake>),
    /// Both shares are there; the other's confirmation is not.
    Confirming(Box<Agreed>),
    /// The codes are the same; the other's key is to come.
    Receiving(Box<Sealing>),
    /// It came; that one's own arrived is to come.
    Delivering(Box<Sealing>),
    Ended,
}

struct Sealing {
    own: Direction,
    theirs: Direction,
}

/// One side of an exchange.
pub struct Session {
    role: Role,
    offer: Option<Offer>,
    received: Option<Received>,
    state: State,
    frames: Frames,
    output: Vec<u8>,
    used: bool,
    outcome: Option<Result<Exchanged, Failure>>,
}

impl Session {
    /// The side that made the code. It says nothing before the joiner does.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn open(code: &Code, offer: Option<Offer>) -> Result<Session, NoRandomness> {
        Session::begin(Role::Opener, code, offer)
    }

    /// The side that was told the code. It speaks first.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn join(code: &Code, offer: Option<Offer>) -> Result<Session, NoRandomness> {
        let mut session = Session::begin(Role::Joiner, code, offer)?;
        if let State::Sharing(pake) = &session.state {
            let share = Message::Share { role: Role::Joiner, share: pake.share() };
            session.send(&share);
        }
        Ok(session)
    }

    fn begin(role: Role, code: &Code, offer: Option<Offer>) -> Result<Session, NoRandomness> {
        Ok(Session {
            role,
            offer,
            received: None,
            state: State::Sharing(Box::new(Pake::start(role, code)?)),
            frames: Frames::default(),
            output: Vec::new(),
            used: false,
            outcome: None,
        })
    }

    /// Takes octets that came. After the outcome they are not looked at.
    pub fn input(&mut self, octets: &[u8]) {
        if self.outcome.is_some() {
            return;
        }
        self.frames.add(octets);
        while self.outcome.is_none() {
            let sealed = matches!(self.state, State::Receiving(_) | State::Delivering(_));
            match self.frames.next(sealed) {
                Ok(Some(message)) => self.step(message),
                Ok(None) => break,
                Err(MessageError::Version(_)) => self.fail(Failure::Version, Some(Reason::Version)),
                Err(error) => self.malformed(&error.to_string()),
            }
        }
    }

    /// Nothing more comes.
    pub fn stop(&mut self, stop: Stop) {
        if self.outcome.is_some() {
            return;
        }
        let used = self.used;
        match stop {
            Stop::Closed => self.fail(Failure::Closed { used }, None),
            Stop::TimedOut => self.fail(Failure::TimedOut { used }, Some(Reason::GivenUp)),
        }
    }

    /// What is to be sent now. There may be something after the outcome too.
    pub fn output(&mut self) -> Vec<u8> {
        mem::take(&mut self.output)
    }

    /// What came of it, once that is known.
    pub fn outcome(&self) -> Option<&Result<Exchanged, Failure>> {
        self.outcome.as_ref()
    }

    /// Whether the code has been used: from here on somebody may have tried one, and the code must not be used in another
    /// session.
    pub fn used(&self) -> bool {
        self.used
    }

    /// Whether the codes are known to be the same.
    pub fn confirmed(&self) -> bool {
        matches!(self.state, State::Receiving(_) | State::Delivering(_))
            || matches!(self.outcome, Some(Ok(_)))
    }

    fn step(&mut self, message: Message) {
        let state = mem::replace(&mut self.state, State::Ended);
        match (state, message) {
            (state, Message::End(reason)) => {
                self.state = state;
                self.fail(said(reason), None);
            }
            (State::Sharing(pake), Message::Share { role, share }) => {
                if role == self.role {
                    self.malformed("both sides have the same part; one makes the code, the other is told it");
                } else {
                    self.shared(*pake, &share);
                }
            }
            (State::Confirming(agreed), Message::Confirm(theirs)) => {
                let own = Message::Confirm(agreed.confirmation());
                match agreed.confirm(&theirs) {
                    Ok(key) => {
                        // The joiner's has been sent.
                        if self.role == Role::Opener {
                            self.send(&own);
                        }
                        self.confirmed_with(&key);
                    }
                    Err(_) => self.fail(Failure::CodesDiffer, Some(Reason::CodesDiffer)),
                }
            }
            (State::Receiving(sealing), Message::Sealed(sealed)) => self.received(sealing, sealed),
            (State::Delivering(mut sealing), Message::Sealed(sealed)) => {
                let delivered = match open(&mut sealing, sealed) {
                    Some(plain) if plain[..] == READ && self.offer.is_none() => Delivery::NotSent,
                    Some(plain) if plain[..] == READ => Delivery::Arrived,
                    // The key that came is sound all the same.
                    _ => self.unknown(),
                };
                self.outcome = Some(Ok(Exchanged { received: self.received.take(), delivered }));
            }
            (state, _) => {
                self.state = state;
                self.malformed("it is not this message's turn");
            }
        }
    }

    fn shared(&mut self, pake: Pake, share: &[u8; SHARE]) {
        let own = Message::Share { role: self.role, share: pake.share() };
        match pake.finish(share) {
            Ok(agreed) => {
                // The opener answers a share once and never again with this code; the joiner's confirmation lets the
                // other side test one.
                self.used = true;
                match self.role {
                    Role::Opener => self.send(&own),
                    Role::Joiner => self.send(&Message::Confirm(agreed.confirmation())),
                }
                self.state = State::Confirming(Box::new(agreed));
            }
            Err(error) => self.malformed(&error.to_string()),
        }
    }

    fn confirmed_with(&mut self, key: &SessionKey) {
        let mut sealing =
            Sealing { own: Direction::of(self.role, key), theirs: Direction::of(self.role.other(), key) };
        let plain = offer::encode(self.offer.as_ref());
        self.seal(&mut sealing, &plain);
        self.state = State::Receiving(Box::new(sealing));
    }

    fn received(&mut self, mut sealing: Box<Sealing>, sealed: Vec<u8>) {
        let Some(plain) = open(&mut sealing, sealed) else {
            return self.fail(Failure::Changed, Some(Reason::Malformed));
        };
        match offer::decode(&plain) {
            Ok(None) if self.offer.is_none() => self.fail(Failure::Nothing, Some(Reason::Nothing)),
            Ok(received) => {
                self.seal(&mut sealing, &READ);
                self.received = received;
                self.state = State::Delivering(sealing);
            }
            Err(error) => self.fail(Failure::NoKey(error), Some(Reason::NoKey)),
        }
    }

    fn seal(&mut self, sealing: &mut Sealing, plain: &[u8]) {
        // Sealing fails for texts beyond 2^36 octets, and for no other reason.
        let header = sealed_header(plain.len() + TAG);
        if let Some(sealed) = sealing.own.seal(&header, plain) {
            self.send(&Message::Sealed(sealed));
        }
    }

    fn send(&mut self, message: &Message) {
        self.output.extend(message.encode());
    }

    fn malformed(&mut self, what: &str) {
        self.fail(Failure::Malformed(what.to_owned()), Some(Reason::Malformed));
    }

    /// Ends; what has come by then under the common key stays.
    fn fail(&mut self, failure: Failure, say: Option<Reason>) {
        if let Some(reason) = say {
            self.send(&Message::End(reason));
        }
        self.outcome = Some(match mem::replace(&mut self.state, State::Ended) {
            State::Delivering(_) if self.received.is_some() || failure != Failure::SaidNoKey => {
                Ok(Exchanged { received: self.received.take(), delivered: self.unknown() })
            }
            _ => Err(failure),
        });
    }

    fn unknown(&self) -> Delivery {
        if self.offer.is_some() { Delivery::Unknown } else { Delivery::NotSent }
    }
}

/// What was sealed. It is wiped: somebody may have sent a private key.
fn open(sealing: &mut Sealing, sealed: Vec<u8>) -> Option<Zeroizing<Vec<u8>>> {
    let header = sealed_header(sealed.len());
    sealing.theirs.open(&header, sealed).ok().map(Zeroizing::new)
}

fn said(reason: Reason) -> Failure {
    match reason {
        Reason::CodesDiffer => Failure::SaidToDiffer,
        Reason::Malformed => Failure::Malformed("the other side says so of what it was sent".to_owned()),
        Reason::Version => Failure::Version,
        Reason::Used => Failure::Used,
        Reason::Nothing => Failure::Nothing,
        Reason::NoKey => Failure::SaidNoKey,
        Reason::GivenUp => Failure::GivenUp,
    }
}
