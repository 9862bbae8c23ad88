//! Words, read aloud, typed into a tool, and compared by it: what `midwatch keys compare --words` does.

use midwatch_keys::compare::{Words, words};
use midwatch_keys::words::LONG;

use super::About;
use super::call::Compared;
use crate::story::attack::Attack;
use crate::story::key::Public;

pub(crate) static ABOUT: About = About {
    id: "words",
    name: "words",
    title: "Words, read on the telephone",
    what: "As with fingerprints, but each reads sixteen words, and the other types them into a tool that compares them, and \
           that is not content with too few.",
    fails: "Again, the voice on the telephone has to be David's. And somebody has to do it, each time that a key comes.",
    shown: &[Attack::SwapFirst, Attack::LookAlike, Attack::Imitate],
};

/// Words that somebody in a hurry types.
pub(crate) const HURRIED: usize = 2;

/// What is read aloud.
pub(super) fn aloud(key: &Public) -> String {
    key.words().join(" ")
}

/// The same, short, for the page.
pub(super) fn short(aloud: &str) -> String {
    let first: Vec<&str> = aloud.split(' ').take(4).collect();
    format!("{} … ({} words)", first.join(" "), aloud.split(' ').count())
}

/// Compares what was heard with a key that came, by the tool.
pub(super) fn compare(key: &Public, heard: &str, hurried: bool) -> Compared {
    let Some(key) = key.shown() else {
        return Compared { same: false, how: "Cannot read the key".to_owned() };
    };
    let mut how = String::new();
    if hurried {
        let first: Vec<&str> = heard.split_whitespace().take(HURRIED).collect();
        match words(&key, &first.join(" "), LONG) {
            Words::NotEnough { words, wanted, .. } => {
                how = format!(
                    "In a hurry, types {words} words: they are the key's, says the tool, and it wants {wanted}. So "
                );
            }
            // What is different after two words is so after sixteen.
            Words::Same { .. } | Words::Different { .. } | Words::Again { .. } => {}
        }
    }
    let same = matches!(words(&key, heard, LONG), Words::Same { .. });
    let typed = if how.is_empty() { "Types them in" } else { "types them all" };
    how.push_str(&format!("{typed}, and the tool compares them with the key that came"));
    Compared { same, how }
}
