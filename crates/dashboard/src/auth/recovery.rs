//! Recovery codes: for whoever has lost the second factor. Each is taken once.

use super::{random, totp};

/// Codes of one set.
pub const COUNT: usize = 10;

/// A fresh set. Each code has 80 bits, so that a fast hash keeps it safe, and is written in four groups of four.
pub fn codes() -> Vec<String> {
    let one = || {
        let letters = totp::base32(&random::bytes::<10>()).to_lowercase();
        let groups: Vec<&str> =
            (0..letters.len()).step_by(4).filter_map(|at| letters.get(at..at + 4)).collect();
        groups.join("-")
    };
    std::iter::repeat_with(one).take(COUNT).collect()
}

/// What is kept of a code: its hash, over the letters and digits alone, so that dashes and capitals do not matter.
/// Nothing for a text that is no such code.
pub fn kept(code: &str) -> Option<String> {
    let letters: String =
        code.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    (letters.len() == 16 && code.len() <= 64).then(|| random::hash(&letters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_differ_and_are_known_again() {
        let codes = codes();
        let kept_ones: std::collections::BTreeSet<_> = codes.iter().map(|code| kept(code)).collect();
        assert_eq!((codes.len(), kept_ones.len()), (COUNT, COUNT));
        for code in &codes {
            assert_eq!(code.len(), 19);
            assert!(kept(code).is_some());
            assert_eq!(kept(code), kept(&code.to_uppercase().replace('-', " ")));
        }
        assert_eq!(kept("aaaa-bbbb"), None);
    }
}
