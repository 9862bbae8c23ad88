//! Jessica: a relay between the two, in the lab alone.
//!
//! She listens on loopback and connects to loopback, which [`Address`] and [`Door`] see to. She speaks the story's own messages
//! and nothing else: at the first octet of anything other both connections are closed, and nothing of it is passed on. What she
//! sends is made by the same code as what the two send; she knows no secret of theirs but what she overhears.

mod call;
mod look_alike;
mod mail;
mod sessions;

use std::future::pending;
use std::io;
use std::sync::Arc;

use midwatch_exchange::Code;
use midwatch_model::Person;

use super::attack::Attack;
use super::cures::Cure;
use super::cures::certificate::Authority;
use super::key::{Public, Secret};
use super::letter::Message;
use super::log::Log;
use super::people::other;
use super::phone::{Phone, Said};
use super::random::Random;
use super::wire::{Address, Connection, Door};

/// What Jessica has and knows.
pub(crate) struct Jessica {
    pub(crate) attack: Attack,
    pub(crate) cure: Cure,
    /// Whether she puts her keys in the place of theirs at this meeting.
    pub(crate) swaps: bool,
    /// Which meeting it is, from 1.
    pub(crate) meeting: usize,
    /// Whoever certifies her keys with their names: an authority that she made herself, or the true one.
    pub(crate) authority: Arc<Authority>,
    pub(crate) log: Log,
    pub(crate) random: Random,
    own: Secret,
    elizabeth: Known,
    david: Known,
    /// Elizabeth's letter, as it was sealed.
    kept: Option<Vec<u8>>,
    /// How many sealed parts of an exchange she has put her key into.
    tampered: [bool; 2],
}

/// What she knows of one of the two.
#[derive(Default)]
struct Known {
    /// Their key.
    key: Option<Public>,
    /// Her own key that she shows to the other in its place.
    face: Option<Secret>,
    /// The code for an exchange with them.
    code: Option<Code>,
}

/// The two ends of the telephone line that Jessica holds where she is on it.
pub(crate) struct Tap {
    /// To Elizabeth.
    pub(crate) elizabeth: Phone,
    /// To David.
    pub(crate) david: Phone,
}

enum Event {
    Came(io::Result<Connection>),
    Said(Person, io::Result<Option<Said>>),
    Sent(Person, io::Result<Option<Message>>),
}

impl Jessica {
    /// Jessica, with a key of her own.
    ///
    /// # Errors
    /// Where the system gives no random bytes.
    pub(crate) fn new(
        attack: Attack,
        cure: Cure,
        authority: Arc<Authority>,
        log: Log,
        mut random: Random,
    ) -> io::Result<Jessica> {
        let own = Secret::new(&mut random)?;
        Ok(Jessica {
            attack,
            cure,
            swaps: false,
            meeting: 1,
            authority,
            log,
            random,
            own,
            elizabeth: Known::default(),
            david: Known::default(),
            kept: None,
            tampered: [false; 2],
        })
    }

    /// Stands at `door`, and passes on to David what comes, until both have hung up.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] where anything came that is no message of the story, and what the connections say.
    pub(crate) async fn relay(
        mut self,
        door: Door,
        david: Address,
        mut tap: Option<Tap>,
    ) -> io::Result<Jessica> {
        let (mut elizabeth, mut far) = (None, None);
        let mut came = false;
        loop {
            match self.next(&door, came, &mut elizabeth, &mut far, &mut tap).await {
                Event::Came(connection) => {
                    came = true;
                    elizabeth = Some(connection?);
                    far = Some(Connection::to(david).await?);
                }
                Event::Said(who, said) => match (said?, tap.as_mut()) {
                    (Some(said), Some(tap)) => self.hears(who, said, tap).await?,
                    _ => tap = None,
                },
                Event::Sent(from, Ok(Some(message))) => {
                    let (Some(near), Some(away)) = (elizabeth.as_mut(), far.as_mut()) else {
                        return Ok(self);
                    };
                    let ends = Ends { elizabeth: near, david: away };
                    self.takes(from, message, ends).await?;
                }
                Event::Sent(from, ended) => {
                    if from == Person::Elizabeth
                        && let Some(far) = far.as_mut()
                    {
                        self.replay(far).await?;
                    }
                    for connection in [elizabeth.as_mut(), far.as_mut()].into_iter().flatten() {
                        connection.close().await;
                    }
                    ended?;
                    return Ok(self);
                }
            }
        }
    }

    /// The next that happens.
    async fn next(
        &self,
        door: &Door,
        came: bool,
        elizabeth: &mut Option<Connection>,
        david: &mut Option<Connection>,
        tap: &mut Option<Tap>,
    ) -> Event {
        let (near, away) = match tap {
            Some(tap) => (Some(&mut tap.elizabeth), Some(&mut tap.david)),
            None => (None, None),
        };
        tokio::select! {
            biased;
            said = hear(near) => Event::Said(Person::Elizabeth, said),
            said = hear(away) => Event::Said(Person::David, said),
            connection = door.accept(), if !came => Event::Came(connection),
            message = read(elizabeth) => Event::Sent(Person::Elizabeth, message),
            message = read(david) => Event::Sent(Person::David, message),
        }
    }

    fn known(&mut self, who: Person) -> &mut Known {
        if who == Person::Elizabeth { &mut self.elizabeth } else { &mut self.david }
    }

    /// The key that she shows in the place of this person's true one.
    fn face(&mut self, of: Person, truth: &Public) -> io::Result<Secret> {
        if let Some(face) = &self.known(of).face {
            return Ok(face.clone());
        }
        let face = match self.attack {
            Attack::LookAlike => look_alike::find(truth, self.cure, &mut self.random)?,
            _ => self.own.clone(),
        };
        self.known(of).face = Some(face.clone());
        Ok(face)
    }

    fn sees(&self, what: impl AsRef<str>) {
        self.log.sees(Person::Jessica, what.as_ref());
    }

    fn sends(&self, to: Person, label: &str, forged: bool) {
        self.log.sends(Person::Jessica, to, label, forged);
    }

    fn says(&self, to: Person, label: &str, forged: bool) {
        self.log.says(Person::Jessica, to, label, forged);
    }
}

/// The two connections.
struct Ends<'a> {
    elizabeth: &'a mut Connection,
    david: &'a mut Connection,
}

impl Ends<'_> {
    fn to(&mut self, who: Person) -> &mut Connection {
        if who == Person::Elizabeth { self.elizabeth } else { self.david }
    }
}

async fn hear(phone: Option<&mut Phone>) -> io::Result<Option<Said>> {
    match phone {
        Some(phone) => phone.hear().await,
        None => pending().await,
    }
}

async fn read(connection: &mut Option<Connection>) -> io::Result<Option<Message>> {
    match connection {
        Some(connection) => connection.read().await,
        None => pending().await,
    }
}

/// Whoever she takes the part of when she speaks to `who`.
fn part(who: Person) -> Person {
    other(who)
}

#[cfg(test)]
mod tests;
