//! Whether a router's password is one that somebody would try first. Nothing is asked of anybody and nothing is kept.

use midwatch_data::passwords;
use zeroize::Zeroizing;

/// The shortest that does, beside other means (NIST SP 800-63B-4, 3.1.1.2).
pub const SHORT: usize = 8;

/// The shortest for a password that stands alone (the same).
pub const ENOUGH: usize = 15;

/// The longest run of digits, or of hexadecimal digits, that counts as a maker's pattern.
const PATTERN: usize = 12;

/// What a password is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// One that routers come with, and the makers.
    Factory(&'static str),
    /// One of those that are used most.
    Common,
    /// One that follows a pattern: which.
    Guessable(&'static str),
    /// It has fewer than [`SHORT`] characters.
    Short,
    /// None of these, with fewer than [`ENOUGH`] characters.
    Middling,
    /// None of these.
    Fine,
}

/// Looks at a password.
pub fn look(password: &str) -> Strength {
    let lists = passwords::lists();
    let lower = Zeroizing::new(password.to_ascii_lowercase());
    if let Some(makers) = lists.factory.get(password).or_else(|| lists.factory.get(lower.as_str())) {
        return Strength::Factory(makers);
    }
    if lists.common.contains(lower.as_str()) {
        return Strength::Common;
    }
    if let Some(pattern) = pattern(&lower) {
        return Strength::Guessable(pattern);
    }
    match password.chars().count() {
        length if length < SHORT => Strength::Short,
        length if length < ENOUGH => Strength::Middling,
        _ => Strength::Fine,
    }
}

/// The pattern that a password in lower case follows.
fn pattern(lower: &str) -> Option<&'static str> {
    let length = lower.chars().count();
    let mut chars = lower.chars();
    let first = chars.next()?;
    if chars.all(|c| c == first) {
        return Some("one character again and again");
    }
    if is_run(lower) {
        return Some("characters in a row");
    }
    if length <= PATTERN && lower.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some("digits alone, as makers print on labels, and as dates and numbers of telephones have");
    }
    let pairs = || lower.split([':', '-']).all(|part| part.len() == 2);
    let plain = Zeroizing::new(lower.replace([':', '-'], ""));
    let is_hexadecimal = plain.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hexadecimal && (plain.len() == lower.len() || pairs()) && (SHORT..=PATTERN).contains(&plain.len()) {
        return Some("hexadecimal digits alone, as makers derive from the router's address");
    }
    let lists = passwords::lists();
    let known =
        |word: &str| word.len() >= 4 && (lists.common.contains(word) || lists.factory.contains_key(word));
    let word = lower.trim_matches(|c: char| !c.is_ascii_alphabetic());
    let letters = Zeroizing::new(
        lower
            .trim_end_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation())
            .chars()
            .map(|c| match c {
                '0' => 'o',
                '1' | '!' => 'i',
                '3' => 'e',
                '4' | '@' => 'a',
                '5' | '$' => 's',
                '7' => 't',
                other => other,
            })
            .collect::<String>(),
    );
    // What is around the word has to be short, or it is what counts.
    let around = lower.len().saturating_sub(word.len());
    (around <= 6 && (known(word) || known(&letters))).then_some(
        "one of those that are used most, with digits or signs around it or in the stead of letters",
    )
}

/// `23456789`, `hgfedcba`, a row of keys.
fn is_run(lower: &str) -> bool {
    const ROWS: [&str; 8] = [
        "01234567890",
        "abcdefghijklmnopqrstuvwxyz",
        "qwertyuiop",
        "qwertzuiop",
        "asdfghjkl",
        "yxcvbnm",
        "zxcvbnm",
        "1q2w3e4r5t6y7u8i9o0p",
    ];
    let backwards = Zeroizing::new(lower.chars().rev().collect::<String>());
    lower.len() >= 4 && ROWS.iter().any(|row| row.contains(lower) || row.contains(backwards.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_routers_come_with() {
        assert!(matches!(look("admin"), Strength::Factory(makers) if makers.contains("TP-Link")));
        assert!(matches!(look("Admin"), Strength::Factory(_)));
        assert!(matches!(look(""), Strength::Factory(makers) if makers.contains("MikroTik")));
        assert!(matches!(look("Zte521"), Strength::Factory("ZTE")));
    }

    #[test]
    fn what_is_used_most_and_what_is_made_of_it() {
        assert_eq!(look("Dragon"), Strength::Common);
        for password in ["dragon2026", "Dr4g0n!", "!letmein!", "P@ssw0rd1", "admin2026"] {
            assert!(matches!(look(password), Strength::Common | Strength::Guessable(_)), "{password}");
        }
    }

    #[test]
    fn patterns() {
        for password in [
            "48213705",
            "31121999",
            "0123456789ab",
            "00:1a:2b:3c:4d:5e",
            "3F9A01BC",
            "zzzzzzzzzz",
            "lkjhgfds",
            "fedcba98",
        ] {
            assert!(matches!(look(password), Strength::Guessable(_)), "{password}: {:?}", look(password));
        }
    }

    #[test]
    fn what_is_left_is_told_by_length() {
        assert_eq!(look("tX9!q"), Strength::Short);
        assert_eq!(look("tX9!q-vB2_w"), Strength::Middling);
        assert_eq!(look("stapler-quiet-gherkin-otter"), Strength::Fine);
        // A word that is used most within a sentence is no pattern, and neither are many digits.
        assert_eq!(look("dragon-stapler-gherkin"), Strength::Fine);
        assert_eq!(look("48213705992817463520"), Strength::Fine);
        assert_eq!(look("äöüäöü"), Strength::Short);
    }
}
