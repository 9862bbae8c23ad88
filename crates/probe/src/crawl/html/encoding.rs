//! From bytes to text.

use std::borrow::Cow;

/// What windows-1252 has at 0x80 to 0x9F (WHATWG Encoding, index windows-1252).
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// Decodes a document, without its byte order mark. `charset` is that of the `Content-Type`; a mark goes
/// before it, as in browsers. UTF-16 and windows-1252 (and what browsers take for it: ISO-8859-1, ASCII)
/// are decoded; everything else is read as UTF-8 with what is none replaced, which spoils letters of other
/// encodings, but no tag and no URL in ASCII. A `meta charset` is not looked for, for the same reason.
pub(in super::super) fn decode<'a>(bytes: &'a [u8], charset: Option<&str>) -> Cow<'a, str> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => return String::from_utf8_lossy(rest),
        [0xff, 0xfe, rest @ ..] => return utf_16(rest, u16::from_le_bytes).into(),
        [0xfe, 0xff, rest @ ..] => return utf_16(rest, u16::from_be_bytes).into(),
        _ => {}
    }
    let label = charset.map(|label| label.trim_matches(['"', '\'', ' ', '\t']).to_ascii_lowercase());
    match label.as_deref() {
        Some("utf-16" | "utf-16le") => utf_16(bytes, u16::from_le_bytes).into(),
        Some("utf-16be") => utf_16(bytes, u16::from_be_bytes).into(),
        Some(
            "windows-1252" | "cp1252" | "x-cp1252" | "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1"
            | "l1" | "us-ascii" | "ascii",
        ) => bytes.iter().map(|&byte| windows_1252(byte)).collect::<String>().into(),
        _ => String::from_utf8_lossy(bytes),
    }
}

fn windows_1252(byte: u8) -> char {
    let index = usize::from(byte).checked_sub(0x80);
    index.and_then(|index| WINDOWS_1252.get(index)).copied().unwrap_or(char::from(byte))
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| match pair {
        &[first, second] => unit([first, second]),
        _ => 0,
    });
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        assert_eq!(decode(b"\xef\xbb\xbfa\xff", Some("latin1")), "a\u{fffd}");
        assert_eq!(decode(b"\xff\xfea\0\xe9\0\x3d\xd8\0", None), "a\u{e9}\u{fffd}");
        assert_eq!(decode(b"\xfe\xff\0a\0b", Some("utf-8")), "ab");
        assert_eq!(decode(b"\0a\0b", Some("UTF-16BE")), "ab");
        assert_eq!(decode(b"\x80 caf\xe9", Some("ISO-8859-1")), "€ café");
        assert_eq!(decode(b"caf\xe9", None), "caf\u{fffd}");
        assert_eq!(decode("é".as_bytes(), Some("\"utf-8\"")), "é");
    }
}
