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
