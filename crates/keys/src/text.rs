//! Text from a file, made harmless to look at and short.

use midwatch_model::{is_hidden, lossless};

/// The longest text that is kept of a user id, a comment or a name, in characters.
const MAX: usize = 300;

/// Spells out what acts on a terminal, reorders text or hides in it, and cuts what is long.
pub fn safe(bytes: &[u8]) -> String {
    let head = bytes.get(..4 * MAX).unwrap_or(bytes);
    let text = lossless(head).replace('\t', " ");
    let mut out = String::new();
    for (count, c) in text.trim().chars().enumerate() {
        if count == MAX {
            out.push('…');
            break;
        }
        if is_hidden(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_on_the_terminal() {
        assert_eq!(safe(b"Jessica\x1b[2J\n"), "Jessica\\x1b[2J\\x0a");
        assert_eq!(safe("a\u{202e}b Zürich".as_bytes()), "a\\u{202e}b Zürich");
        assert_eq!(safe(&[b'x'; 5000]).chars().count(), MAX + 1);
    }
}
