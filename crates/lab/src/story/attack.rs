//! What Jessica tries, and one change in which she has no part.

use super::cures::Cure;

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attack {
    /// She passes everything on, and keeps what she sees.
    Listen,
    /// She changes a sealed letter.
    Flip,
    /// She puts her own key in the place of theirs when they first meet.
    SwapFirst,
    /// She does so at a later meeting.
    SwapLater,
    /// She has made keys that look like theirs at a glance.
    LookAlike,
    /// She answers the telephone with their voices.
    Imitate,
    /// She hears the call, and swaps the keys.
    Overhear,
    /// She guesses the code of an exchange, once with each.
    Guess,
    /// The authority has certified her key with their names.
    MisIssue,
    /// She swaps the keys later, and both are used to warnings.
    Excuse,
    /// She sends an old letter once more.
    Replay,
    /// Nobody attacks: David has a new key.
    NewKey,
}

impl Attack {
    /// All of them, in the order of the table.
    pub const ALL: [Attack; 12] = [
        Attack::Listen,
        Attack::Flip,
        Attack::SwapFirst,
        Attack::SwapLater,
        Attack::LookAlike,
        Attack::Imitate,
        Attack::Overhear,
        Attack::Guess,
        Attack::MisIssue,
        Attack::Excuse,
        Attack::Replay,
        Attack::NewKey,
    ];

    /// Its id, kebab-case and stable.
    pub fn id(self) -> &'static str {
        match self {
            Attack::Listen => "listen",
            Attack::Flip => "flip",
            Attack::SwapFirst => "swap-first",
            Attack::SwapLater => "swap-later",
            Attack::LookAlike => "look-alike",
            Attack::Imitate => "imitate",
            Attack::Overhear => "overhear",
            Attack::Guess => "guess",
            Attack::MisIssue => "mis-issue",
            Attack::Excuse => "excuse",
            Attack::Replay => "replay",
            Attack::NewKey => "new-key",
        }
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Attack::Listen => "only listens",
            Attack::Flip => "changes a sealed letter",
            Attack::SwapFirst => "swaps the keys at the first meeting",
            Attack::SwapLater => "swaps the keys at a later meeting",
            Attack::LookAlike => "swaps in keys that look alike",
            Attack::Imitate => "swaps the keys, and imitates both on the telephone",
            Attack::Overhear => "swaps the keys, and hears the telephone call",
            Attack::Guess => "swaps the keys, and guesses the code",
            Attack::MisIssue => "swaps the keys, and the authority certified hers",
            Attack::Excuse => "swaps the keys later, and the warning is waved away",
            Attack::Replay => "sends an old letter once more",
            Attack::NewKey => "nobody attacks: David has a new key",
        }
    }

    /// Its name as a heading.
    pub(crate) fn title(self) -> String {
        match self {
            Attack::NewKey => "Nobody attacks: David has a new key".to_owned(),
            _ => format!("Jessica {}", self.name()),
        }
    }

    /// What happens, in one sentence.
    pub fn about(self) -> &'static str {
        match self {
            Attack::Listen => "Jessica passes everything on as it is, and keeps what she sees.",
            Attack::Flip => "Jessica passes the keys on, and turns one bit of Elizabeth's sealed letter.",
            Attack::SwapFirst => "Jessica gives each her own key for the other's when they first meet.",
            Attack::SwapLater => {
                "Their first meeting goes undisturbed; Jessica gives each her own key at the second."
            }
            Attack::LookAlike => {
                "Jessica makes keys whose first 16 bits, as fingerprint or as words, are those of the true keys; Elizabeth \
                 and David are in a hurry and compare no more."
            }
            Attack::Imitate => {
                "Jessica swaps the keys, and it is she who is on the telephone, with either's voice."
            }
            Attack::Overhear => {
                "Jessica swaps the keys, and hears every word of their call before it arrives."
            }
            Attack::Guess => "Jessica takes part in the exchange with each, with a code that she guesses.",
            Attack::MisIssue => {
                "Jessica swaps the keys, and has certificates for hers with their names from the true authority."
            }
            Attack::Excuse => {
                "As at a later meeting, and both have seen so many harmless warnings that they wave this one away."
            }
            Attack::Replay => "Jessica keeps Elizabeth's sealed letter, and sends it to David a second time.",
            Attack::NewKey => {
                "Between two meetings David's computer breaks; he has a new key. Jessica does nothing."
            }
        }
    }

    /// Whether Jessica has anything to work on: what the attack needs is part of the cure.
    pub fn applies(self, cure: Cure) -> bool {
        match self {
            Attack::LookAlike => matches!(cure, Cure::Fingerprint | Cure::Words),
            Attack::Imitate | Attack::Overhear => {
                matches!(cure, Cure::Fingerprint | Cure::Words | Cure::Exchange)
            }
            Attack::Guess => cure == Cure::Exchange,
            Attack::MisIssue => cure == Cure::Certificate,
            Attack::Excuse => cure == Cure::Memory,
            _ => true,
        }
    }

    /// How often the two meet.
    pub(crate) fn meetings(self) -> usize {
        if matches!(self, Attack::SwapLater | Attack::Excuse | Attack::NewKey) { 2 } else { 1 }
    }

    /// Whether Jessica puts her keys in the place of theirs at this meeting, counted from 1.
    pub(crate) fn swaps(self, meeting: usize) -> bool {
        match self {
            Attack::Listen | Attack::Flip | Attack::Replay | Attack::NewKey => false,
            _ => meeting == self.meetings(),
        }
    }

    /// Whether Jessica does anything but pass on what comes.
    pub(crate) fn is_active(self) -> bool {
        !matches!(self, Attack::Listen | Attack::NewKey)
    }

    /// Whether Jessica is on the telephone line.
    pub(crate) fn on_the_line(self) -> bool {
        matches!(self, Attack::Imitate | Attack::Overhear)
    }
}
