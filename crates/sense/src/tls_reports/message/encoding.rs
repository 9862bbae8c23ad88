//! Content-Transfer-Encoding (RFC 2045 section 6).

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Section 6.8 has readers pass over what is not of the alphabet; what is left of a cut last group is read as far as it
/// goes.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Octets as they were before they were encoded. What is no such encoding stays as it is.
pub(super) fn decode<'a>(body: &'a [u8], coding: &str) -> Cow<'a, [u8]> {
    if coding.eq_ignore_ascii_case("base64") {
        Cow::Owned(base64(body))
    } else if coding.eq_ignore_ascii_case("quoted-printable") {
        Cow::Owned(quoted_printable(body))
    } else {
        Cow::Borrowed(body)
    }
}

fn base64(body: &[u8]) -> Vec<u8> {
    let is_of_alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    // Padding is the end (section 6.8).
    let body = body.split(|byte| *byte == b'=').next().unwrap_or_default();
    let mut digits: Vec<u8> = body.iter().copied().filter(is_of_alphabet).collect();
    // One digit alone is no octet.
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    LENIENT.decode(&digits).unwrap_or_default()
}

fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let text = line.trim_ascii_end();
        let (text, is_soft) = match text.strip_suffix(b"=") {
            Some(text) => (text, true),
            None => (text, false),
        };
        let mut rest = text;
        while let Some((first, more)) = rest.split_first() {
            rest = more;
            let digit = |at: usize| {
                char::from(*more.get(at)?).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
            };
            match (first, digit(0), digit(1)) {
                (b'=', Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    rest = more.get(2..).unwrap_or_default();
                }
                _ => out.push(*first),
            }
        }
        if !is_soft && line.ends_with(b"\n") {
            out.push(b'\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_as_far_as_it_goes() {
        for (text, wanted) in [
            ("aGVs\r\nbG8=\r\n", "hello"),
            ("aGVsbG8", "hello"),
            ("aGVs bG8=garbage", "hello"),
            ("aGVsb", "hel"),
            ("", ""),
        ] {
            assert_eq!(*decode(text.as_bytes(), "BASE64"), *wanted.as_bytes(), "{text}");
        }
    }

    #[test]
    fn quoted_printable_is_read() {
        let text = "{=22a=22:\r\n =3D=\r\n1}  \r\n=zz=4";
        assert_eq!(*decode(text.as_bytes(), "quoted-printable"), *b"{\"a\":\n =1}\n=zz=4");
        assert_eq!(*decode(b"=22", "7bit"), *b"=22");
    }
}
