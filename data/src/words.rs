//! Words for reading bytes aloud: the PGP word list.
//!
//! Two lists of 256 words each. A byte at an even place (the first is place 0) is said by a word of two syllables,
//! one at an odd place by a word of three, so that a word that was dropped, doubled or exchanged with its neighbour
//! shows.

use std::sync::LazyLock;

use crate::{Source, entries, source};

const WORDS: &str = include_str!("../words-pgp.txt");

static LIST: LazyLock<List> = LazyLock::new(List::read);

/// Both lists.
#[derive(Debug)]
pub struct List {
    even: Vec<&'static str>,
    odd: Vec<&'static str>,
    /// Where they are from.
    pub source: Source,
}

/// The bundled lists.
pub fn list() -> &'static List {
    &LIST
}

impl List {
    fn read() -> List {
        let mut list = List { even: Vec::new(), odd: Vec::new(), source: source(WORDS) };
        for line in entries(WORDS) {
            let mut words = line.split('\t').skip(1);
            list.even.extend(words.next());
            list.odd.extend(words.next());
        }
        list
    }

    /// The 256 words of the places with this remainder, in the order of their bytes, in lower case.
    pub fn words(&self, odd: bool) -> &[&'static str] {
        if odd { &self.odd } else { &self.even }
    }

    /// The word for a byte at this place, counted from 0.
    pub fn word(&self, place: usize, byte: u8) -> &'static str {
        self.words(place % 2 == 1).get(usize::from(byte)).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_lists_are_sound() {
        let list = list();
        let all: HashSet<&str> = list.even.iter().chain(&list.odd).copied().collect();
        assert_eq!((list.even.len(), list.odd.len(), all.len()), (256, 256, 512), "no word is there twice");
        assert!(all.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase())));
        for (number, line) in entries(WORDS).enumerate() {
            assert!(line.starts_with(&format!("{number:02x}\t")), "{line}");
        }
        assert_eq!((list.word(0, 0), list.word(1, 0)), ("aardvark", "adroitness"));
        assert_eq!((list.word(2, 255), list.word(3, 255)), ("zulu", "yucatan"));
        assert_eq!(list.source.licence, "MIT (words-pgp.LICENSE)");
        assert!(list.source.date.parse::<jiff::civil::Date>().is_ok());
    }

    /// Who pauses inside a word must not say two others by it.
    #[test]
    fn no_word_is_two_others_in_a_row() {
        let all: HashSet<&str> = list().even.iter().chain(&list().odd).copied().collect();
        for word in &all {
            for cut in 1..word.len() {
                let (front, back) = word.split_at(cut);
                assert!(!(all.contains(front) && all.contains(back)), "{word}");
            }
        }
    }
}
