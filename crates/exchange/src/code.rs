//! The short code: `7-clockwork-crossover`.
//!
//! The number says where the two meet, at a relay or in the local network, and is no secret. The two words are: one of two
//! syllables and one of three of the PGP word list, 16 bits, drawn at random and good for one try.

use std::fmt;

use midwatch_data::words::list;
use midwatch_keys::heard::{self, Doubt};
use zeroize::{Zeroize as _, ZeroizeOnDrop};

use crate::{NoRandomness, random};

/// The highest number of a place.
pub const MAX_PLACE: u32 = 99_999;

/// The most that is read as a code, in bytes.
pub const MAX_BYTES: usize = 200;

/// Words in a code.
pub const WORDS: usize = 2;

/// A code. It is a secret until it is used: it is shown by `Display`, never by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    place: u32,
    octets: [u8; WORDS],
}

/// A code that somebody typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The code.
    pub code: Code,
    /// Words that were taken for others: as typed, and as taken.
    pub corrected: Vec<(String, &'static str)>,
}

/// Why what was typed is no code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// It does not begin with a number of a place.
    #[error("a code begins with a number from 1 to {MAX_PLACE}, and two words follow: 7-clockwork-crossover")]
    Number,
    /// Fewer or more words than a code has.
    #[error("a code has two words after its number, and this has {0}")]
    Words(usize),
    /// A word is not clear.
    #[error("{0}; have the code read again")]
    Doubt(#[from] Doubt),
}

impl Code {
    /// A random code for a place.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn random(place: u32) -> Result<Code, NoRandomness> {
        Ok(Code { place, octets: random()? })
    }

    /// The code with these words, for tests and for the lab, which guesses.
    pub fn of(place: u32, octets: [u8; WORDS]) -> Code {
        Code { place, octets }
    }

    /// Where the two meet.
    pub fn place(&self) -> u32 {
        self.place
    }

    /// What the words say.
    pub fn octets(&self) -> [u8; WORDS] {
        self.octets
    }

    /// Reads a code that was told: case, spacing and punctuation do not matter, and a misspelt word is taken for the one
    /// word that it is near to.
    ///
    /// # Errors
    /// [`CodeError`].
    pub fn hear(text: &str) -> Result<Heard, CodeError> {
        let text = text.trim();
        if text.len() > MAX_BYTES {
            return Err(CodeError::Number);
        }
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, words) = text.split_at_checked(end).ok_or(CodeError::Number)?;
        let place = number.parse().ok().filter(|place| (1..=MAX_PLACE).contains(place));
        let place = place.ok_or(CodeError::Number)?;
        let words = heard::hear(words)?;
        let octets: Vec<u8> = words.iter().map(|word| word.octet).collect();
        let octets = octets.try_into().map_err(|_| CodeError::Words(words.len()))?;
        let corrected = words.into_iter().filter_map(|word| Some((word.typed?, word.word))).collect();
        Ok(Heard { code: Code { place, octets }, corrected })
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.place)?;
        self.octets
            .iter()
            .enumerate()
            .try_for_each(|(place, octet)| write!(formatter, "-{}", list().word(place, *octet)))
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Code({}-…)", self.place)
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        self.octets.zeroize();
    }
}

impl ZeroizeOnDrop for Code {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_is_said_and_heard() {
        let code = Code::of(7, [0x3B, 0x3C]);
        assert_eq!(code.to_string(), "7-clockwork-crossover");
        for typed in [
            "7-clockwork-crossover",
            " 7 Clockwork, CROSSOVER.\n",
            "7: clock work crossover",
            "07 clockwork crossover",
        ] {
            let heard = Code::hear(typed).expect(typed);
            assert_eq!((&heard.code, heard.corrected.len()), (&code, 0), "{typed}");
        }
        let heard = Code::hear("7 clockwrk crossover").expect("a near miss");
        assert_eq!((heard.code, heard.corrected), (code, vec![("clockwrk".into(), "clockwork")]));
    }

    #[test]
    fn what_is_no_code_is_refused() {
        assert_eq!(Code::hear(""), Err(CodeError::Number));
        assert_eq!(Code::hear("clockwork crossover"), Err(CodeError::Number));
        assert_eq!(Code::hear("0-clockwork-crossover"), Err(CodeError::Number));
        assert_eq!(Code::hear("100000-clockwork-crossover"), Err(CodeError::Number));
        assert_eq!(Code::hear("4294967303-clockwork-crossover"), Err(CodeError::Number));
        assert_eq!(Code::hear("7"), Err(CodeError::Doubt(Doubt::Nothing)));
        assert_eq!(Code::hear("7-clockwork"), Err(CodeError::Words(1)));
        assert_eq!(Code::hear("7-clockwork-crossover-zulu"), Err(CodeError::Words(3)));
        assert!(matches!(
            Code::hear("7-crossover-clockwork"),
            Err(CodeError::Doubt(Doubt::OtherList { place: 1, .. }))
        ));
        assert_eq!(Code::hear(&"7".repeat(500)), Err(CodeError::Number));
    }

    #[test]
    fn it_does_not_show_by_accident() {
        assert_eq!(format!("{:?}", Code::of(7, [1, 2])), "Code(7-…)");
    }

    #[test]
    fn codes_differ() {
        let codes: std::collections::HashSet<[u8; WORDS]> =
            (0..64).map(|_| Code::random(1).expect("random bytes").octets()).collect();
        // That fewer than 32 of 64 random ones are different has a chance of less than 2^-300.
        assert!(codes.len() > 32);
    }

    proptest! {
        #[test]
        fn what_is_said_is_heard(place in 1..=MAX_PLACE, octets: [u8; WORDS]) {
            let code = Code::of(place, octets);
            prop_assert_eq!(Code::hear(&code.to_string()).map(|heard| heard.code), Ok(code));
        }

        #[test]
        fn nothing_breaks_it(text in ".{0,250}") {
            let _ = Code::hear(&text);
        }
    }
}
