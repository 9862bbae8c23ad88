//! As much of XML as streams of XMPP have: tags, attributes and text. Comments, processing instructions and document
//! types are forbidden there (RFC 6120 11.1).

use midwatch_model::lossless;

use crate::reader::WireError;

/// Octets of one tag, or of one text. RFC 6120 13.12 has servers take stanzas of 10,000 octets; tags of streams have some
/// hundred.
const MAX_TOKEN: usize = 8192;

/// One piece of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A tag that opens an element: its name without prefix, and whether it closes it as well.
    Open { name: String, empty: bool },
    /// A tag that closes an element.
    Close,
    /// Text, as it is written.
    Text(String),
    /// `<?xml …?>`.
    Declaration,
}

/// The token at the beginning, and its octets; none where it is not whole.
pub(super) fn next(octets: &[u8]) -> Result<Option<(Token, usize)>, WireError> {
    let end = match octets.first() {
        None => return Ok(None),
        Some(b'<') => tag_end(octets),
        Some(_) => octets.iter().position(|&octet| octet == b'<'),
    };
    let Some(end) = end.filter(|end| *end <= MAX_TOKEN) else {
        return if octets.len() > MAX_TOKEN {
            Err(WireError::TooLarge { what: "a tag or a text of the server", limit: MAX_TOKEN })
        } else {
            Ok(None)
        };
    };
    let token = octets.get(..end).unwrap_or_default();
    Ok(Some((read(token)?, end)))
}

/// Where a tag ends: behind the first `>` that is not in quotes.
fn tag_end(octets: &[u8]) -> Option<usize> {
    let mut quote = None;
    for (at, &octet) in octets.iter().enumerate() {
        match (quote, octet) {
            (Some(open), _) if octet == open => quote = None,
            (None, b'"' | b'\'') => quote = Some(octet),
            (None, b'>') => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn read(token: &[u8]) -> Result<Token, WireError> {
    let Some(inner) = token.strip_prefix(b"<").and_then(|inner| inner.strip_suffix(b">")) else {
        return Ok(Token::Text(lossless(token)));
    };
    match inner.first() {
        Some(b'?') => Ok(Token::Declaration),
        Some(b'/') => Ok(Token::Close),
        Some(octet) if octet.is_ascii_alphabetic() || *octet == b'_' => {
            let (inner, empty) = match inner.strip_suffix(b"/") {
                Some(inner) => (inner, true),
                None => (inner, false),
            };
            let name = inner.split(u8::is_ascii_whitespace).next().unwrap_or_default();
            let name = name.rsplit(|&octet| octet == b':').next().unwrap_or_default();
            Ok(Token::Open { name: lossless(name), empty })
        }
        _ => {
            let shown: Vec<u8> = token.iter().copied().take(40).collect();
            Err(WireError::Invalid(format!("'{}' is no tag of a stream of XMPP", lossless(&shown))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(name: &str, empty: bool) -> Token {
        Token::Open { name: name.into(), empty }
    }

    #[test]
    fn tokens_one_after_the_other() {
        let mut rest: &[u8] =
            b"<?xml version='1.0'?><stream:stream id='a>b' from=\"c'd\"><starttls xmlns='x'/>PLAIN</m><cut";
        let mut tokens = Vec::new();
        while let Some((token, length)) = next(rest).unwrap() {
            tokens.push(token);
            rest = &rest[length..];
        }
        let text = Token::Text("PLAIN".into());
        assert_eq!(
            tokens,
            [Token::Declaration, open("stream", false), open("starttls", true), text, Token::Close]
        );
        assert_eq!(rest, b"<cut");
    }

    #[test]
    fn what_streams_must_not_have() {
        for wrong in [&b"<!-- x -->"[..], b"<!DOCTYPE x>", b"< a>", b"<>"] {
            assert!(next(wrong).is_err(), "{wrong:?}");
        }
        assert!(next(&[b"<a b='", &[b'x'; MAX_TOKEN][..]].concat()).is_err());
        assert!(next(&[b'x'; MAX_TOKEN + 1]).is_err());
    }
}
