//! Elizabeth and David: each a task with a key of their own, with what they believe, and with what they see.

pub(crate) mod david;
pub(crate) mod elizabeth;

use std::io;

use midwatch_model::Person;
use rustls_pki_types::CertificateDer;

use super::cures::Cure;
use super::cures::certificate::Authority;
use super::key::{Public, Secret};
use super::letter::{Introduction, letter_header};
use super::log::Log;
use super::random::Random;
use super::seal;

/// What letters of the story are sealed for.
pub(crate) const INFO: &[u8] = b"midwatch story letter v1";

/// One of the two.
pub(crate) struct Somebody {
    pub(crate) who: Person,
    pub(crate) secret: Secret,
    pub(crate) cure: Cure,
    /// In DER, where the cure is one with an authority.
    pub(crate) certificate: Option<Vec<u8>>,
    /// The authority's certificate, as this person has it from elsewhere.
    pub(crate) authority: CertificateDer<'static>,
    /// The other's key, as kept from an earlier meeting.
    pub(crate) remembered: Option<Public>,
    /// In a hurry: compares the beginning alone.
    pub(crate) hurried: bool,
    /// Used to warnings: takes a changed key for a harmless one.
    pub(crate) used_to_warnings: bool,
    /// Who really is at the other end of the telephone line.
    pub(crate) line_to: Person,
    pub(crate) log: Log,
    pub(crate) random: Random,
}

impl Somebody {
    pub(crate) fn other(&self) -> Person {
        other(self.who)
    }

    /// `he` or `she`.
    pub(crate) fn they(&self) -> &'static str {
        if self.who == Person::David { "he" } else { "she" }
    }

    pub(crate) fn sees(&self, what: impl AsRef<str>) {
        self.log.sees(self.who, what.as_ref());
    }

    /// Sends something: whoever the letter is for, Jessica is on the way.
    pub(crate) fn sends(&self, label: &str) {
        self.log.sends(self.who, Person::Jessica, label, false);
    }

    pub(crate) fn says(&self, label: &str) {
        self.log.says(self.who, self.line_to, label, false);
    }

    /// Sees that something is wrong, and stops.
    pub(crate) fn alarm(&self, what: impl AsRef<str>) {
        self.log.alarm(self.who);
        self.sees(what);
    }

    /// What is sent with the key.
    pub(crate) fn introduction(&self) -> Introduction {
        Introduction { key: self.secret.public(), certificate: self.certificate.clone() }
    }

    /// Seals a letter to whoever has this key.
    pub(crate) fn seal(&mut self, to: &Public, text: &str) -> io::Result<Vec<u8>> {
        seal_letter(&self.secret, to, text, &mut self.random)
    }

    /// The computer breaks, and there is a new key; the authority certifies it, where there is one.
    ///
    /// # Errors
    /// Where the system gives no random bytes.
    pub(crate) fn renew(&mut self, authority: &Authority) -> io::Result<()> {
        self.secret = Secret::new(&mut self.random)?;
        let key = self.secret.public();
        self.log.step(format!("{}'s computer breaks. {} makes a new key.", self.who, capital(self.they())));
        self.sees(format!("Has a new key, {key}."));
        if self.certificate.is_some() {
            self.certificate = Some(authority.certify(self.who, &key)?);
            self.sees("Has it certified by the authority.");
        }
        Ok(())
    }

    /// Opens one that whoever has this key sealed.
    pub(crate) fn open(&self, from: &Public, sealed: &[u8]) -> Option<String> {
        open_letter(&self.secret, from, sealed)
    }

    /// A letter came that does not open.
    pub(crate) fn does_not_open(&self) {
        let they = self.they();
        self.alarm(format!("The letter does not open: it was changed on its way. {} stops.", capital(they)));
    }

    /// The other hung up, or sent what has no place here.
    pub(crate) fn nothing_comes(&self) {
        self.sees("The line goes dead.");
    }
}

/// The other of the two.
pub(crate) fn other(who: Person) -> Person {
    if who == Person::Elizabeth { Person::David } else { Person::Elizabeth }
}

/// With a capital first letter.
pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// A letter from one key to another.
pub(crate) fn seal_letter(
    from: &Secret,
    to: &Public,
    text: &str,
    random: &mut Random,
) -> io::Result<Vec<u8>> {
    seal::seal(from, to, INFO, &letter_header(text.len()), text.as_bytes(), random)
}

/// The text of a letter from one key to another.
pub(crate) fn open_letter(to: &Secret, from: &Public, sealed: &[u8]) -> Option<String> {
    let length = sealed.len().checked_sub(seal::OVERHEAD)?;
    let text = seal::open(to, from, INFO, &letter_header(length), sealed)?;
    String::from_utf8(text).ok()
}

/// What the two write at a meeting, counted from 1.
pub(crate) fn text(who: Person, meeting: usize) -> &'static str {
    match (who, meeting) {
        (Person::Elizabeth, 1) => "Meet me at eight at the old bridge.",
        (Person::Elizabeth, _) => "Bring the lantern tomorrow.",
        (_, 1) => "I will be at the bridge at eight.",
        (_, _) => "You shall have it tomorrow.",
    }
}
