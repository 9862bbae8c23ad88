//! Words that somebody read aloud and somebody else typed.
//!
//! Case, punctuation, numbers and spacing do not matter, and a word that is misspelt is taken for the one word that it is near
//! to. That is decided without looking at the key: what was typed is never bent towards what is hoped for.

use midwatch_data::words::list;

use crate::text::safe;

/// The longest text that is read, in bytes.
pub const MAX_BYTES: usize = 4096;

/// The most words that anybody reads out.
pub const MAX_WORDS: usize = 32;

/// The longest word that is looked up, in bytes; those of the list have at most eleven.
const MAX_WORD: usize = 24;

/// A word that was typed, with the octet that it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word of the list.
    pub word: &'static str,
    /// Its octet.
    pub octet: u8,
    /// What was typed, where it was another spelling.
    pub typed: Option<String>,
}

/// Why a word has to be read again. Places count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// Nothing was typed.
    #[error("there are no words")]
    Nothing,
    /// More than can be.
    #[error("there are more words than a key has")]
    TooMany,
    /// Near to no word.
    #[error("word {place}, '{typed}', is no word of the list, nor near to one")]
    Unknown {
        /// Which.
        place: usize,
        /// What was typed.
        typed: String,
    },
    /// Near to several.
    #[error("word {place}, '{typed}', may be {}", .may_be.join(" or "))]
    Ambiguous {
        /// Which.
        place: usize,
        /// What was typed.
        typed: String,
        /// The words that it is equally near to.
        may_be: Vec<&'static str>,
    },
    /// A word of the other list.
    #[error(
        "word {place}, '{word}', cannot stand there: words of two and of three syllables take turns. A word before it was \
         left out, said twice or exchanged with its neighbour"
    )]
    OtherList {
        /// Which.
        place: usize,
        /// The word.
        word: &'static str,
    },
}

/// Reads what was typed.
///
/// # Errors
/// The first [`Doubt`].
pub fn hear(text: &str) -> Result<Vec<Word>, Doubt> {
    if text.len() > MAX_BYTES {
        return Err(Doubt::TooMany);
    }
    let lower = text.to_lowercase();
    let tokens: Vec<&str> =
        lower.split(|c: char| !c.is_alphabetic()).filter(|token| !token.is_empty()).collect();
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let place = words.len() + 1;
        if place > MAX_WORDS {
            return Err(Doubt::TooMany);
        }
        let next = tokens.get(at + 1).copied().unwrap_or_default();
        let joined = format!("{token}{next}");
        // "snap line" is one word, said with a pause.
        let (found, taken) = match (exact(token), exact(&joined)) {
            (None, Some(found)) if !next.is_empty() => (found, 2),
            (Some(found), _) => (found, 1),
            (None, _) => (near(token, place)?, 1),
        };
        let odd = place % 2 == 0;
        if found.odd != odd {
            return Err(Doubt::OtherList { place, word: found.word });
        }
        let typed = (taken == 1 && *token != found.word).then(|| safe(token.as_bytes()));
        words.push(Word { word: found.word, octet: found.octet, typed });
        at += taken;
    }
    if words.is_empty() { Err(Doubt::Nothing) } else { Ok(words) }
}

#[derive(Clone, Copy)]
struct Found {
    word: &'static str,
    octet: u8,
    odd: bool,
}

fn all() -> impl Iterator<Item = Found> {
    [false, true].into_iter().flat_map(|odd| {
        (0..=u8::MAX).zip(list().words(odd)).map(move |(octet, word)| Found { word, octet, odd })
    })
}

fn exact(token: &str) -> Option<Found> {
    all().find(|found| found.word == token)
}

/// The one word that is nearest: at one step, or at two where the word is long enough that two still tell. Words of both lists
/// count, so that a word of the wrong list is not bent into the right one.
fn near(token: &str, place: usize) -> Result<Found, Doubt> {
    let typed = || safe(token.as_bytes());
    if token.len() <= MAX_WORD {
        let steps: &[usize] = if token.chars().count() >= 6 { &[1, 2] } else { &[1] };
        for &step in steps {
            let found: Vec<Found> = all().filter(|found| distance(token, found.word) == step).collect();
            match found.as_slice() {
                [] => {}
                [one] => return Ok(*one),
                several => {
                    let may_be = several.iter().take(4).map(|found| found.word).collect();
                    return Err(Doubt::Ambiguous { place, typed: typed(), may_be });
                }
            }
        }
    }
    Err(Doubt::Unknown { place, typed: typed() })
}

/// How many letters have to be added, left out, replaced or exchanged with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
    let mut two_before: Vec<usize> = Vec::new();
    let mut before: Vec<usize> = (0..=b.len()).collect();
    let mut last: Option<char> = None;
    for (row, c) in a.chars().enumerate() {
        let mut now = vec![row + 1];
        for (column, &d) in b.iter().enumerate() {
            let replaced = at(&before, column) + usize::from(c != d);
            let mut least = replaced.min(at(&before, column + 1) + 1).min(at(&now, column) + 1);
            let previous = column.checked_sub(1).and_then(|previous| b.get(previous).copied());
            if let (Some(previous), Some(last)) = (previous, last)
                && (previous, last) == (c, d)
            {
                least = least.min(at(&two_before, column - 1) + 1);
            }
            now.push(least);
        }
        two_before = std::mem::replace(&mut before, now);
        last = Some(c);
    }
    at(&before, b.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn say(octets: &[u8]) -> Vec<&'static str> {
        octets.iter().enumerate().map(|(place, octet)| list().word(place, *octet)).collect()
    }

    fn octets(text: &str) -> Result<Vec<u8>, Doubt> {
        hear(text).map(|words| words.iter().map(|word| word.octet).collect())
    }

    #[test]
    fn distances() {
        for (a, b, steps) in [
            ("", "", 0),
            ("ab", "ba", 1),
            ("zulu", "zuul", 1),
            ("kitten", "sitting", 3),
            ("", "abc", 3),
            ("apple", "appel", 1),
        ] {
            assert_eq!((distance(a, b), distance(b, a)), (steps, steps), "{a} {b}");
        }
    }

    #[test]
    fn form_does_not_matter() {
        let plain = octets("aardvark adroitness zulu yucatan");
        assert_eq!(plain, Ok(vec![0, 0, 255, 255]));
        for other in [
            "Aardvark, ADROITNESS; Zulu - Yucatan.",
            "1. aardvark 2. adroitness\n3. zulu 4. yucatan",
            "aard vark adroit-ness zulu yuca tan",
            "ardvark adroitnes zullu yucatán",
        ] {
            assert_eq!(octets(other), plain, "{other}");
        }
        let words = hear("ardvark").expect("a near miss");
        assert_eq!(words[0].typed.as_deref(), Some("ardvark"));
    }

    #[test]
    fn what_is_not_clear_is_asked_again() {
        assert_eq!(hear(" \n"), Err(Doubt::Nothing));
        assert!(matches!(hear("aardvark xyzzyx"), Err(Doubt::Unknown { place: 2, .. })));
        assert!(matches!(hear("aardvark aardvark"), Err(Doubt::OtherList { place: 2, .. })));
        assert_eq!(hear(&"zulu yucatan ".repeat(17)), Err(Doubt::TooMany));
        let hostile = hear("aardvark \u{202e}q\u{1b}[2J").expect_err("no words");
        assert!(!hostile.to_string().contains('\u{1b}'));
        let doubt = hear("aardvark revenxe").expect_err("two words are near");
        assert_eq!(doubt.to_string(), "word 2, 'revenxe', may be revenge or revenue");
    }

    /// Of one pair alone a slip makes the other. It shows as a difference, and never hides one.
    #[test]
    fn one_pair_is_one_step_apart() {
        let near: Vec<(&str, &str)> = all()
            .flat_map(|a| all().map(move |b| (a.word, b.word)))
            .filter(|(a, b)| a < b && distance(a, b) == 1)
            .collect();
        assert_eq!(near, [("revenge", "revenue")]);
    }

    proptest! {
        /// Every single word that is dropped, doubled or exchanged with its neighbour is noticed, by the turns that the
        /// lists take or by the number of words. Two that were exchanged across one show as two differences.
        #[test]
        fn every_single_slip_is_noticed(said in prop::collection::vec(any::<u8>(), 16), at in 0_usize..15) {
            let words = say(&said);
            let mut dropped = words.clone();
            dropped.remove(at);
            let noticed = matches!(hear(&dropped.join(" ")), Err(Doubt::OtherList { .. }));
            prop_assert!(noticed);
            dropped = words.clone();
            dropped.pop();
            prop_assert_eq!(octets(&dropped.join(" ")).map(|octets| octets.len()), Ok(15));
            let mut doubled = words.clone();
            doubled.insert(at, words[at]);
            let doubled_at_place = matches!(hear(&doubled.join(" ")), Err(Doubt::OtherList { place, .. }) if place == at + 2);
            prop_assert!(doubled_at_place);
            let mut swapped = words.clone();
            swapped.swap(at, at + 1);
            let swapped_at_place = matches!(hear(&swapped.join(" ")), Err(Doubt::OtherList { place, .. }) if place == at + 1);
            prop_assert!(swapped_at_place);
        }

        #[test]
        fn what_is_said_is_heard(said in prop::collection::vec(any::<u8>(), 1..=32)) {
            prop_assert_eq!(octets(&say(&said).join(" ").to_uppercase()), Ok(said));
        }

        #[test]
        fn nothing_breaks_it(text in ".{0,200}") {
            let _ = hear(&text);
        }
    }
}
