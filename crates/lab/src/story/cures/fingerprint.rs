//! Fingerprints, read aloud and compared by ear and eye.

use super::About;
use super::call::Compared;
use crate::story::attack::Attack;
use crate::story::key::Public;

pub(crate) static ABOUT: About = About {
    id: "fingerprint",
    name: "fingerprint",
    title: "Fingerprints, read on the telephone",
    what: "The keys travel as before. Then Elizabeth calls David: each reads aloud the fingerprint of the own key, 64 digits, and \
           the other compares them with the key that came.",
    fails: "Who is in a hurry compares the first digits, and keys with the same first digits are quickly made. And the voice on \
            the telephone has to be David's: who answers there in his place reads whatever fits.",
    shown: &[Attack::SwapFirst, Attack::LookAlike, Attack::Imitate],
};

/// Digits that somebody in a hurry looks at.
pub(crate) const HURRIED: usize = 4;

/// What is read aloud.
pub(super) fn aloud(key: &Public) -> String {
    key.fingerprint()
}

/// The same, short, for the page.
pub(super) fn short(aloud: &str) -> String {
    let (first, last) = (aloud.get(..9).unwrap_or_default(), aloud.get(aloud.len().saturating_sub(4)..));
    format!("{first} … {}", last.unwrap_or_default())
}

/// Compares what was heard with a key that came.
pub(super) fn compare(key: &Public, heard: &str, hurried: bool) -> Compared {
    let digits = |text: &str| text.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_lowercase();
    let (own, heard) = (digits(&key.fingerprint()), digits(heard));
    if hurried {
        let same = heard.len() >= HURRIED && own.get(..HURRIED) == heard.get(..HURRIED);
        let how = format!("In a hurry, compares the first {HURRIED} digits with the key that came");
        return Compared { same, how };
    }
    Compared { same: own == heard, how: "Compares every digit with the key that came".to_owned() }
}
