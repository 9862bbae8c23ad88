//! What Jessica does with what goes over the network.

use std::io;

use midwatch_exchange::message::{Frames, Message as Part};
use midwatch_model::Person;

use super::{Ends, Jessica, part};
use crate::story::attack::Attack;
use crate::story::cures::Cure;
use crate::story::cures::exchange::label;
use crate::story::letter::{Introduction, Message};
use crate::story::people::{open_letter, seal_letter};
use crate::story::wire::Connection;

impl Jessica {
    /// A message came from one of the two.
    pub(super) async fn takes(
        &mut self,
        from: Person,
        message: Message,
        mut ends: Ends<'_>,
    ) -> io::Result<()> {
        let on = match (from, message) {
            (Person::Elizabeth, Message::Ask(came)) => Message::Ask(self.introduces(from, came)?),
            (Person::David, Message::Key(came)) => Message::Key(self.introduces(from, came)?),
            (from, Message::Letter(sealed)) => Message::Letter(self.letter(from, sealed)?),
            (Person::Elizabeth, Message::Exchange(part)) if self.takes_part() && part.is_empty() => {
                return self.sessions(ends).await;
            }
            (from, Message::Exchange(part)) => Message::Exchange(self.exchange(from, part)),
            // The other one's turn: neither of the two sends it.
            (_, Message::Ask(_) | Message::Key(_)) => return Err(io::ErrorKind::InvalidData.into()),
        };
        ends.to(part(from)).write(&on).await
    }

    /// A key goes by: it, or hers with the same name.
    fn introduces(&mut self, from: Person, came: Introduction) -> io::Result<Introduction> {
        self.known(from).key = Some(came.key);
        let to = part(from);
        if !self.swaps {
            self.sends(to, &format!("key {}", came.key), false);
            self.sees(format!("Sees {from}'s key {} go by.", came.key));
            return Ok(came);
        }
        let face = self.face(from, &came.key)?.public();
        self.log.tries();
        self.sends(to, &format!("key {face}"), true);
        let how = if self.attack == Attack::LookAlike { ", made to look like it," } else { "" };
        self.sees(format!("Keeps {from}'s key {}, and sends her own {face}{how} in its place.", came.key));
        let certificate = match self.cure {
            Cure::Certificate => {
                self.sees(if self.attack == Attack::MisIssue {
                    format!("The authority has certified it for {from}.")
                } else {
                    format!("She certifies herself that it is {from}'s.")
                });
                Some(self.authority.certify(from, &face)?)
            }
            _ => came.certificate,
        };
        Ok(Introduction { key: face, certificate })
    }

    /// A letter goes by.
    fn letter(&mut self, from: Person, mut sealed: Vec<u8>) -> io::Result<Vec<u8>> {
        let to = part(from);
        let label = if from == Person::Elizabeth { "letter" } else { "answer" };
        // It is hers to open where it was sealed to the key that she showed in the receiver's place.
        let face = self.known(to).face.clone().unwrap_or_else(|| self.own.clone());
        let opened = self.known(from).key.and_then(|sender| open_letter(&face, &sender, &sealed));
        if let Some(text) = &opened {
            self.log.reads(text);
        }
        if let (Some(text), Some(face), Some(receiver)) =
            (opened, self.known(from).face.clone(), self.known(to).key)
        {
            let other = own_text(from, self.meeting);
            self.sends(to, label, true);
            self.sees(format!(
                "Opens it with her own key: “{text}” Writes in its place: “{other}” Seals it to {to}'s key {receiver}."
            ));
            return seal_letter(&face, &receiver, other, &mut self.random);
        }
        if self.attack == Attack::Flip && from == Person::Elizabeth {
            if let Some(last) = sealed.last_mut() {
                *last ^= 1;
                self.log.tries();
            }
            self.sends(to, label, true);
            self.sees("Cannot open it. Turns one bit of it, and passes it on.");
            return Ok(sealed);
        }
        if from == Person::Elizabeth {
            self.kept = Some(sealed.clone());
        }
        self.sends(to, label, false);
        self.sees("Cannot open it, and passes it on.");
        Ok(sealed)
    }

    /// A part of an exchange goes by whose code she does not know.
    fn exchange(&mut self, from: Person, mut octets: Vec<u8>) -> Vec<u8> {
        if octets.is_empty() {
            return octets;
        }
        let to = part(from);
        let seen = self.tampered.iter().any(|tampered| *tampered);
        let forged = self.swaps && self.puts_key(from, &mut octets);
        self.sends(to, &label(&octets), forged);
        if forged && !seen {
            self.log.tries();
            self.sees("Cannot read the keys in it, and writes her own over them.");
        }
        octets
    }

    /// Writes her key over the first sealed part that goes each way.
    fn puts_key(&mut self, from: Person, octets: &mut Vec<u8>) -> bool {
        let [ref mut elizabeth, ref mut david] = self.tampered;
        let done = if from == Person::Elizabeth { elizabeth } else { david };
        let mut frames = Frames::default();
        frames.add(octets);
        let mut on = Vec::new();
        let mut forged = false;
        while let Ok(Some(message)) = frames.next(true) {
            on.extend(
                match message {
                    Part::Sealed(sealed) if !*done => {
                        (*done, forged) = (true, true);
                        let mut own = self.own.public().spki();
                        own.resize(sealed.len(), 0);
                        Part::Sealed(own)
                    }
                    other => other,
                }
                .encode(),
            );
        }
        *octets = on;
        forged
    }

    /// Whether she runs the exchange herself, with each of the two.
    fn takes_part(&self) -> bool {
        self.swaps && matches!(self.attack, Attack::Guess | Attack::Overhear | Attack::Imitate)
    }

    /// Elizabeth has hung up: Jessica sends her letter once more.
    pub(super) async fn replay(&mut self, david: &mut Connection) -> io::Result<()> {
        if self.attack != Attack::Replay {
            return Ok(());
        }
        let Some(kept) = self.kept.take() else { return Ok(()) };
        self.log.scene("Later");
        self.log.step("Jessica sends Elizabeth's letter once more, as it was.");
        self.sends(Person::David, "the same letter", true);
        self.sees("Still cannot open it, and need not.");
        self.log.tries();
        david.write(&Message::Letter(kept)).await?;
        if david.read().await?.is_some() {
            self.sees("Keeps the answer.");
        }
        Ok(())
    }
}

/// What Jessica writes in the place of a letter.
fn own_text(from: Person, meeting: usize) -> &'static str {
    match (from, meeting) {
        (Person::Elizabeth, 1) => "Meet me at ten at the mill.",
        (Person::Elizabeth, _) => "Leave the lantern at the mill.",
        (_, 1) => "I cannot come before ten.",
        (_, _) => "The lantern was stolen.",
    }
}
