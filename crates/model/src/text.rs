//! Bytes from a peer as text that loses nothing and is always valid JSON.

/// Turns bytes into text: UTF-8 stays as it is, every byte that is no UTF-8 becomes `\xNN`, and control
/// characters other than tab become `\xNN` too, so that a peer cannot write escape sequences to a terminal.
///
/// ```
/// assert_eq!(midwatch_model::lossless(b"caf\xc3\xa9 \xff\x1b[1m"), "café \\xff\\x1b[1m");
/// ```
pub fn lossless(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c.is_control() && c != '\t' {
                let mut buffer = [0; 4];
                for byte in c.encode_utf8(&mut buffer).bytes() {
                    text.push_str(&format!("\\x{byte:02x}"));
                }
            } else {
                text.push(c);
            }
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

/// True for a character that acts on the output or hides in it instead of standing in it.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'                        // soft hyphen
            | '\u{61c}'                     // Arabic letter mark
            | '\u{180e}'
            | '\u{200b}' | '\u{200e}' | '\u{200f}' // zero width space, direction marks
            | '\u{2028}'..='\u{202e}'       // line and paragraph separators, embeddings and overrides
            | '\u{2060}'..='\u{206f}'       // word joiner, invisible operators, isolates
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'       // interlinear annotation
            | '\u{fffe}' | '\u{ffff}'       // no characters, and forbidden in XML
            | '\u{e0000}'..='\u{e007f}'     // tags
        )
}
