//! A cookie's value does not belong into a report: its length and whether it looks random are enough.

use super::split_pair;

/// A `Set-Cookie` value without the cookie's own value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted {
    /// The field with the value replaced: `sid=<26 characters>; Path=/`.
    pub line: String,
    /// The cookie's name, empty where it has none.
    pub name: String,
    /// Characters of its value.
    pub value_length: u32,
    /// The value looks random, see [`looks_random`].
    pub value_random: bool,
}

/// Replaces the cookie's value by its length. Attributes stay as they are.
///
/// ```
/// let redacted = midwatch_fields::set_cookie::redact("sid=0123456789; Path=/");
/// assert_eq!(redacted.line, "sid=<10 characters>; Path=/");
/// ```
pub fn redact(field: &str) -> Redacted {
    let (pair, rest) = match field.find(';') {
        Some(at) => field.split_at(at),
        None => (field, ""),
    };
    let (name, value) = split_pair(pair);
    let length = value.chars().count();
    let equals = if pair.contains('=') { "=" } else { "" };
    Redacted {
        line: format!("{name}{equals}<{length} characters>{rest}"),
        name: name.to_owned(),
        value_length: u32::try_from(length).unwrap_or(u32::MAX),
        value_random: looks_random(value),
    }
}

/// True where a value looks like a key and not like words or a date: at least 16 characters, of which the
/// letters and digits could hold 64 bits or more (the least that OWASP asks of a session identifier), neither
/// digits alone nor letters of one case alone, and not the same few characters over and over.
pub fn looks_random(value: &str) -> bool {
    let letters: Vec<char> = value.chars().filter(char::is_ascii_alphanumeric).collect();
    if value.chars().count() < 16 || letters.is_empty() {
        return false;
    }
    let digits = letters.iter().any(char::is_ascii_digit);
    let lower = letters.iter().any(char::is_ascii_lowercase);
    let upper = letters.iter().any(char::is_ascii_uppercase);
    let hexadecimal = letters.iter().all(char::is_ascii_hexdigit) && !(lower && upper);
    let bits_each = match (digits, lower, upper) {
        // Numbers are counters and times, letters of one case are words, far more often than keys.
        (true, false, false) | (false, true, false) | (false, false, true) | (false, false, false) => {
            return false;
        }
        _ if hexadecimal => 4.0,
        (true, true, true) => 5.95,
        (false, true, true) => 5.7,
        (true, ..) => 5.17,
    };
    let mut distinct = letters.clone();
    distinct.sort_unstable();
    distinct.dedup();
    letters.len() as f64 * bits_each >= 64.0 && distinct.len() >= 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_goes_and_the_rest_stays() {
        let redacted = redact("sid=\"s3cret=1\" ; Path=/; Secure");
        assert_eq!(redacted.line, "sid=<10 characters>; Path=/; Secure");
        assert_eq!((redacted.name.as_str(), redacted.value_length), ("sid", 10));
        assert_eq!(redact("naked; Path=/").line, "<5 characters>; Path=/");
        assert_eq!(redact("naked; Path=/").name, "");
        assert_eq!(redact("sid=").line, "sid=<0 characters>");
        assert_eq!(redact("a=é;").value_length, 1);
    }

    #[test]
    fn keys_look_random_and_words_do_not() {
        for key in [
            "0123456789abcdef",
            "9f86d081884c7d659a2feaa0c55ad015",
            "s%3AqN2vWmZ0f3kK1tq8yL5rXw.Bx7",
            "6b1f0a52-7c2e-4f0e-9a57-0f5d0e4c2b11",
            "rTqPlnWeRxZmKaBvCdFg",
        ] {
            assert!(looks_random(key), "{key}");
        }
        for word in [
            "light",
            "0123456789",
            "20261124120000000000",
            "prefers-dark-and-large-letters",
            "aaaaaaaaaaaaaaa1aaaaaaaaaaa",
            "{\"theme\":\"dark\"}",
            "",
        ] {
            assert!(!looks_random(word), "{word}");
        }
    }
}
