//! Pieces of syntax that several fields share (RFC 9110, 5.6).

/// True for a non-empty `token`.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Splits at `separator` where it stands outside quoted strings. A quoted string that is not closed reaches
/// to the end.
pub(crate) fn split_outside_quotes(text: &str, separator: u8) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            // The separator is ASCII, so that both cuts are on character boundaries.
            _ if byte == separator && !quoted => {
                parts.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..));
    parts
}

/// The value of a `token` or `quoted-string`, `None` where the text is neither.
pub(crate) fn token_or_quoted(text: &str) -> Option<String> {
    if is_token(text) {
        return Some(text.to_owned());
    }
    let inner = text.strip_prefix('"')?;
    let mut value = String::new();
    let mut chars = inner.chars();
    loop {
        match chars.next()? {
            '"' => return chars.as_str().is_empty().then_some(value),
            '\\' => value.push(chars.next()?),
            c => value.push(c),
        }
    }
}

/// Trims spaces and tabs alone, as `OWS` and `WSP` mean them.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hide_separators() {
        assert_eq!(split_outside_quotes("a; b=\"x;\\\";y\"; c", b';'), ["a", " b=\"x;\\\";y\"", " c"]);
        assert_eq!(split_outside_quotes("", b','), [""]);
        assert_eq!(split_outside_quotes("\"a,b", b','), ["\"a,b"]);
    }

    #[test]
    fn values_are_tokens_or_quoted() {
        assert_eq!(token_or_quoted("abc").as_deref(), Some("abc"));
        assert_eq!(token_or_quoted("\"a\\\"b\"").as_deref(), Some("a\"b"));
        for bad in ["", "\"a", "a b", "\"a\"b", "\"\\"] {
            assert_eq!(token_or_quoted(bad), None, "{bad}");
        }
    }
}
