//! Text from a file, made harmless to look at and short.

/// The longest text that is kept of a user id, a comment or a name, in characters.
const MAX: usize = 300;

/// Spells out what acts on a terminal, reorders text or hides in it, and cuts what is long.
pub fn safe(bytes: &[u8]) -> String {
    let head = bytes.get(..4 * MAX).unwrap_or(bytes);
    let text = midwatch_model::lossless(head).replace('\t', " ");
    let mut out = String::new();
    for (count, c) in text.trim().chars().enumerate() {
        if count == MAX {
            out.push('…');
            break;
        }
        if hides(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// True for a character that acts on the output or hides in it. `midwatch-report` has the same list for its
/// renderers, which this crate must not know.
fn hides(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{fffe}' | '\u{ffff}'
                | '\u{e0000}'..='\u{e007f}'
        )
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
