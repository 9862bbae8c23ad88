//! How libwrap takes a line apart.

/// What stands before the first of a character that is in no brackets, and what behind it; none where there is none.
pub(super) fn split_at(text: &str, delimiter: char) -> Option<(&str, &str)> {
    let mut depth = 0_i32;
    for (at, character) in text.char_indices() {
        match character {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ if depth == 0 && character == delimiter => {
                return Some((text.get(..at)?, text.get(at + character.len_utf8()..)?));
            }
            _ => {}
        }
    }
    None
}

/// The two sides of an `@`, which is none as the first character.
pub(super) fn split_host(token: &str) -> Option<(&str, &str)> {
    let second = token.chars().next()?.len_utf8();
    let (_, host) = split_at(token.get(second..)?, '@')?;
    let name = token.len().checked_sub(host.len() + 1)?;
    Some((token.get(..name)?, host))
}

/// True for text that cannot be the name of a host: digits, dots and slashes alone.
pub(super) fn is_number(text: &str) -> bool {
    text.chars().all(|character| character.is_ascii_digit() || matches!(character, '.' | '/'))
}

/// White space of C.
pub(super) fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')
}

/// What `atoi` makes of a text; none where its number is too long for that to be told.
pub(super) fn atoi(text: &str) -> Option<i32> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits.find(|character: char| !character.is_ascii_digit()).unwrap_or(digits.len());
    let digits = digits.get(..end)?.trim_start_matches('0');
    if digits.is_empty() {
        return Some(0);
    }
    let number: i32 = (digits.len() <= 9).then(|| digits.parse().ok())??;
    Some(if negative { -number } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_keep_together() {
        assert_eq!(split_at("sshd: [::1]: deny", ':'), Some(("sshd", " [::1]: deny")));
        assert_eq!(split_at(" [::1]: deny", ':'), Some((" [::1]", " deny")));
        assert_eq!(split_at("]: x", ':'), None);
        assert_eq!(split_host("@group"), None);
        assert_eq!(split_host("@a@b"), Some(("@a", "b")));
        assert_eq!(split_host("user@"), Some(("user", "")));
        assert_eq!(split_host("u@[fe80::1%eth0@]"), Some(("u", "[fe80::1%eth0@]")));
    }

    #[test]
    fn numbers_of_c() {
        for (text, number) in [
            ("24", Some(24)),
            ("024x", Some(24)),
            ("x", Some(0)),
            ("-3", Some(-3)),
            ("+8", Some(8)),
            ("", Some(0)),
        ] {
            assert_eq!(atoi(text), number, "{text}");
        }
        assert_eq!(atoi("4294967320"), None);
    }
}
