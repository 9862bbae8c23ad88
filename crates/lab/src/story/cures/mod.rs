//! What the two do about Jessica, one file for each cure: what is done, and where it still fails.

pub(crate) mod call;
pub(crate) mod certificate;
pub(crate) mod exchange;
pub(crate) mod fingerprint;
mod memory;
mod none;
pub(crate) mod words;

use std::fmt;
use std::str::FromStr;

use super::attack::Attack;
use super::letter::Introduction;
use super::people::Somebody;

/// One column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cure {
    /// They do nothing.
    None,
    /// They read each other the fingerprints of their keys on the telephone.
    Fingerprint,
    /// They read each other the words of their keys.
    Words,
    /// They exchange the keys by a code that one tells the other.
    Exchange,
    /// An authority certifies whose the keys are.
    Certificate,
    /// Each remembers the first key that came: trust on first use.
    Memory,
}

/// What is said of a cure.
pub(crate) struct About {
    pub(crate) id: &'static str,
    /// For a column.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) what: &'static str,
    pub(crate) fails: &'static str,
    /// The attacks that are shown of it step by step: what it stops, and then where it fails.
    pub(crate) shown: &'static [Attack],
}

impl Cure {
    /// All of them, in the order of the story.
    pub const ALL: [Cure; 6] =
        [Cure::None, Cure::Fingerprint, Cure::Words, Cure::Exchange, Cure::Certificate, Cure::Memory];

    pub(crate) fn about(self) -> &'static About {
        match self {
            Cure::None => &none::ABOUT,
            Cure::Fingerprint => &fingerprint::ABOUT,
            Cure::Words => &words::ABOUT,
            Cure::Exchange => &exchange::ABOUT,
            Cure::Certificate => &certificate::ABOUT,
            Cure::Memory => &memory::ABOUT,
        }
    }

    /// The name on the command line, kebab-case and stable.
    pub fn id(self) -> &'static str {
        self.about().id
    }

    /// Whether they telephone.
    pub(crate) fn telephones(self) -> bool {
        matches!(self, Cure::Fingerprint | Cure::Words | Cure::Exchange)
    }
}

/// Looks at a key that came, without asking anybody: whether this person goes on with it.
pub(crate) fn judge(me: &mut Somebody, came: &Introduction) -> bool {
    match me.cure {
        Cure::Certificate => certificate::judge(me, came),
        Cure::Memory => memory::judge(me, came),
        Cure::None => {
            me.sees("Believes it.");
            true
        }
        Cure::Fingerprint | Cure::Words | Cure::Exchange => true,
    }
}

impl fmt::Display for Cure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for Cure {
    type Err = UnknownCure;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Cure::ALL.into_iter().find(|cure| cure.id() == name).ok_or_else(|| UnknownCure(name.to_owned()))
    }
}

/// A name that no cure has. Its text lists the names there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCure(pub String);

impl fmt::Display for UnknownCure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Cure::ALL.map(Cure::id).join(", ");
        write!(f, "there is no cure {:?}; the cures are {names}", self.0)
    }
}

impl std::error::Error for UnknownCure {}
