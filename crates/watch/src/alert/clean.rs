//! Text that a peer may have chosen, made harmless to read and to send on.
//!
//! The model spells out control characters already where bytes come in. An alert may also come out of an imported
//! history, so nothing here relies on that.

use std::fmt::Write as _;

use midwatch_model::is_hidden;

/// Text for one line: line breaks and tabs become single spaces, everything that acts on a terminal or hides from the
/// eye is spelt out, and what is beyond `most` characters is cut off with a mark.
pub(crate) fn line(text: &str, most: usize) -> String {
    let mut out = String::new();
    let mut count = 0;
    for c in text.trim().chars() {
        if count >= most {
            out.push('…');
            break;
        }
        match c {
            '\n' | '\t' => out.push(' '),
            '\r' => continue,
            c if !is_hidden(c) => out.push(c),
            // Writing to a String cannot fail.
            c if c.is_ascii() => drop(write!(out, "\\x{:02x}", u32::from(c))),
            c => drop(write!(out, "\\u{{{:x}}}", u32::from(c))),
        }
        count += 1;
    }
    out
}

/// The text up to `most` bytes, cut between characters and marked where something was cut.
pub(crate) fn bytes(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let mark = "…";
    let mut end = most.saturating_sub(mark.len());
    while end > 0 && !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{mark}", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_or_hides_is_spelt_out() {
        assert_eq!(line("a\x1b[31mb\u{9b}2J\u{202e}c", 99), "a\\x1b[31mb\\u{9b}2J\\u{202e}c");
        assert_eq!(line(" one\r\ntwo\tthree ", 99), "one two three");
        assert_eq!(line("Zürich 東京", 99), "Zürich 東京");
        assert_eq!(line("abcdef", 3), "abc…");
        assert_eq!(line("abc", 3), "abc");
    }

    #[test]
    fn cuts_fall_between_characters() {
        assert_eq!(bytes("abc", 3), "abc");
        for most in 0..12 {
            let cut = bytes("ä東京xyz", most);
            assert!(cut.len() <= most.max(3), "{most}: {cut}");
        }
    }
}
