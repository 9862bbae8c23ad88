//! Are they the same?

use serde::Serialize;

use crate::heard::{Doubt, Word, hear};
use crate::words::{BITS, digest};
use crate::{Format, PublicKey};

/// The verdict on two keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Keys {
    /// The same key.
    Same {
        /// What is to be known all the same.
        notes: Vec<String>,
    },
    /// Different keys.
    Different,
    /// Keys of formats that no key has in common.
    NotComparable,
}

/// The verdict on a key and words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Words {
    /// All words are the key's, and they are enough.
    Same {
        /// How many bits were compared.
        bits: usize,
        /// Words that were taken for others: as typed, and as taken.
        corrected: Vec<(String, String)>,
    },
    /// At least one word is not the key's.
    Different {
        /// Which, counted from 1.
        places: Vec<usize>,
        /// How many were compared.
        words: usize,
        /// Whether they are the key's words in another order.
        reordered: bool,
    },
    /// All are the key's, and too few.
    NotEnough {
        /// How many were compared.
        words: usize,
        /// How many bits these are.
        bits: usize,
        /// How many words are wanted.
        wanted: usize,
    },
    /// A word was not clear.
    Again {
        /// Which, counted from 1, where it is one.
        place: Option<usize>,
        /// Why, for people.
        why: String,
    },
}

/// Compares two keys.
pub fn keys(a: &PublicKey, b: &PublicKey) -> Keys {
    if a.format == b.format {
        return if a.material == b.material { Keys::Same { notes: beside(a, b) } } else { Keys::Different };
    }
    match (&a.spki, &b.spki) {
        (Some(left), Some(right)) if left == right => {
            let note = format!("the same key in two forms: {} and {}", a.format.name(), b.format.name());
            Keys::Same { notes: vec![note] }
        }
        (Some(_), Some(_)) => Keys::Different,
        _ => Keys::NotComparable,
    }
}

/// What differs beside the key.
fn beside(a: &PublicKey, b: &PublicKey) -> Vec<String> {
    let mut notes = Vec::new();
    if a.subkeys != b.subkeys {
        notes.push(
            "the primary keys are the same and the subkeys are not: one of the two is older, or somebody added to it. \
             Signatures say which subkeys belong to the key, and are not checked here; gpg checks them"
                .to_owned(),
        );
    }
    if a.says != b.says && a.format == Format::Openpgp {
        notes.push("the user ids differ".to_owned());
    }
    if a.format == Format::Openssh && (a.algorithm.ends_with("-CERT") || b.algorithm.ends_with("-CERT")) {
        notes.push("the keys were compared, and nothing of certificates about them".to_owned());
    }
    notes
}

/// Compares a key with what somebody typed of words that were read aloud; `wanted` of them are enough.
pub fn words(key: &PublicKey, typed: &str, wanted: usize) -> Words {
    let heard = match hear(typed) {
        Ok(heard) => heard,
        Err(doubt) => return Words::Again { place: place(&doubt), why: doubt.to_string() },
    };
    let digest = digest(key);
    let count = heard.len();
    let octets: Vec<u8> = heard.iter().map(|word| word.octet).collect();
    let places: Vec<usize> =
        octets.iter().zip(&digest).enumerate().filter(|(_, (a, b))| a != b).map(|(at, _)| at + 1).collect();
    if !places.is_empty() {
        let mut sorted = octets;
        sorted.sort_unstable();
        let mut own: Vec<u8> = digest.into_iter().take(count).collect();
        own.sort_unstable();
        return Words::Different { places, words: count, reordered: sorted == own };
    }
    let bits = count * BITS;
    if count < wanted {
        return Words::NotEnough { words: count, bits, wanted };
    }
    let corrected = |word: Word| word.typed.map(|typed| (typed, word.word.to_owned()));
    Words::Same { bits, corrected: heard.into_iter().filter_map(corrected).collect() }
}

fn place(doubt: &Doubt) -> Option<usize> {
    match doubt {
        Doubt::Nothing | Doubt::TooMany => None,
        Doubt::Unknown { place, .. } | Doubt::Ambiguous { place, .. } | Doubt::OtherList { place, .. } => {
            Some(*place)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{LONG, SHORT, words as say};
    use crate::{Hint, hash, read};

    fn wireguard(byte: u8) -> PublicKey {
        let hint = Hint { name: Some("wg0.pub".into()), format: None };
        read(hash::base64(&[byte; 32]).as_bytes(), &hint).expect("a key").remove(0)
    }

    #[test]
    fn keys_are_the_same_or_not() {
        assert_eq!(keys(&wireguard(1), &wireguard(1)), Keys::Same { notes: vec![] });
        assert_eq!(keys(&wireguard(1), &wireguard(2)), Keys::Different);
        let mut ssh = wireguard(1);
        ssh.format = Format::Openpgp;
        ssh.spki = None;
        assert_eq!(keys(&wireguard(1), &ssh), Keys::NotComparable);
    }

    #[test]
    fn words_are_the_same_different_or_too_few() {
        let key = wireguard(1);
        let own = say(&key, LONG);
        assert_eq!(words(&key, &own.join(" "), LONG), Words::Same { bits: 128, corrected: vec![] });
        assert_eq!(words(&key, &own[..SHORT].join(" "), SHORT), Words::Same { bits: 80, corrected: vec![] });
        let few = words(&key, &own[..15].join(" "), LONG);
        assert_eq!(few, Words::NotEnough { words: 15, bits: 120, wanted: 16 });
        let other = words(&key, &say(&wireguard(2), LONG).join(" "), LONG);
        assert!(matches!(other, Words::Different { words: 16, reordered: false, .. }));
    }

    #[test]
    fn each_word_counts() {
        let key = wireguard(1);
        let own = say(&key, LONG);
        for at in 0..LONG {
            let mut wrong = own.clone();
            let list = midwatch_data::words::list();
            wrong[at] = list.word(at, digest(&key)[at].wrapping_add(1));
            let verdict = words(&key, &wrong.join(" "), LONG);
            assert_eq!(verdict, Words::Different { places: vec![at + 1], words: 16, reordered: false });
        }
    }

    #[test]
    fn words_exchanged_across_one_are_told_as_such() {
        let key = wireguard(1);
        let mut own = say(&key, LONG);
        own.swap(2, 4);
        let verdict = words(&key, &own.join(" "), LONG);
        assert_eq!(verdict, Words::Different { places: vec![3, 5], words: 16, reordered: true });
    }

    #[test]
    fn slips_are_corrected_and_told_or_asked_again() {
        let key = wireguard(1);
        let own = say(&key, LONG);
        let mut slip = own.clone();
        let short = &own[0][1..];
        slip[0] = short;
        let verdict = words(&key, &slip.join(" "), LONG);
        assert_eq!(verdict, Words::Same { bits: 128, corrected: vec![(short.into(), own[0].into())] });
        slip.remove(3);
        assert!(matches!(words(&key, &slip.join(" "), LONG), Words::Again { place: Some(4), .. }));
    }
}
