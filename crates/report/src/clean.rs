//! Makes text from a peer harmless to look at.
//!
//! The model already spells out control characters (`midwatch_model::lossless`). The renderers do not rely on
//! that, and also spell out characters that reorder or hide text on the screen.

pub(crate) use midwatch_model::is_hidden;
use std::fmt::Write;

/// Text for one line: line breaks and tabs become single spaces, everything that acts on a terminal or hides
/// from the eye is spelt out.
pub(crate) fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(' '),
            '\r' => {}
            c => push_visible(&mut out, c),
        }
    }
    out
}

/// Text of several lines, such as configuration: its lines without the line ends, tabs as four spaces, the
/// rest as [`line()`] does it. Empty lines at the end are left out.
pub(crate) fn lines(text: &str) -> Vec<String> {
    text.trim_end().lines().map(|one| line(&one.replace('\t', "    "))).collect()
}

fn push_visible(out: &mut String, c: char) {
    if !is_hidden(c) {
        out.push(c);
    } else if c.is_ascii() {
        // Writing to a String cannot fail.
        let _ = write!(out, "\\x{:02x}", u32::from(c));
    } else {
        let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_overrides_are_spelt_out() {
        assert_eq!(line("a\x1b[31mb\u{9b}2J\u{202e}c"), "a\\x1b[31mb\\u{9b}2J\\u{202e}c");
        assert_eq!(line("one\r\ntwo\tthree"), "one two three");
        assert_eq!(line("Zürich 東京 \u{200d}"), "Zürich 東京 \u{200d}");
    }

    #[test]
    fn blocks_keep_their_lines() {
        assert_eq!(lines("server {\r\n\tlisten 443;\n}\n\n"), ["server {", "    listen 443;", "}"]);
        assert!(lines("").is_empty());
    }
}
