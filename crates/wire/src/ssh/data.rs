//! Data types of the protocol (RFC 4251 section 5).

use crate::reader::{Reader, WireError};

/// Names of one list that are read: no implementation has a tenth of them.
pub const MAX_NAMES: usize = 1000;

/// `string`: bytes with their length before them in four bytes.
///
/// # Errors
/// [`WireError::Short`] where they are not all there.
pub fn string<'a>(from: &mut Reader<'a>, what: &'static str) -> Result<&'a [u8], WireError> {
    Ok(from.vector(4, what)?.rest())
}

/// `string` that names something: US-ASCII that can be printed (RFC 4251 section 6).
///
/// # Errors
/// [`WireError::Short`], or [`WireError::Invalid`] for other characters.
pub fn name<'a>(from: &mut Reader<'a>, what: &'static str) -> Result<&'a str, WireError> {
    let bytes = string(from, what)?;
    match std::str::from_utf8(bytes) {
        Ok(name) if !name.is_empty() && bytes.iter().all(u8::is_ascii_graphic) => Ok(name),
        _ => Err(WireError::Invalid(format!("{what} is no name"))),
    }
}

/// `mpint` of what cannot be negative: its bytes without leading zeros, none for zero.
///
/// # Errors
/// [`WireError::Short`], or [`WireError::Invalid`] where it is negative.
pub fn mpint<'a>(from: &mut Reader<'a>, what: &'static str) -> Result<&'a [u8], WireError> {
    let bytes = string(from, what)?;
    if bytes.first().is_some_and(|first| first & 0x80 != 0) {
        return Err(WireError::Invalid(format!("{what} is negative")));
    }
    Ok(without_zeros(bytes))
}

/// `boolean`: everything but zero is true.
///
/// # Errors
/// [`WireError::Short`].
pub fn boolean(from: &mut Reader<'_>) -> Result<bool, WireError> {
    Ok(from.u8()? != 0)
}

/// `uint64`.
///
/// # Errors
/// [`WireError::Short`].
pub fn uint64(from: &mut Reader<'_>) -> Result<u64, WireError> {
    from.array().map(u64::from_be_bytes)
}

/// `name-list`. Empty names between commas are left out, which they must not be, since some servers end
/// their lists with a comma.
///
/// # Errors
/// [`WireError::Short`], [`WireError::Invalid`] for characters that no name has, and [`WireError::TooLarge`]
/// for more than [`MAX_NAMES`].
pub fn name_list(from: &mut Reader<'_>, what: &'static str) -> Result<Vec<String>, WireError> {
    let bytes = string(from, what)?;
    if !bytes.iter().all(u8::is_ascii_graphic) {
        return Err(WireError::Invalid(format!("{what} holds what is no name")));
    }
    let names = || bytes.split(|&byte| byte == b',').filter(|name| !name.is_empty());
    if names().count() > MAX_NAMES {
        return Err(WireError::Invalid(format!("{what} has more than {MAX_NAMES} names")));
    }
    Ok(names().map(|name| String::from_utf8_lossy(name).into_owned()).collect())
}

/// Writes a `string`. What is longer than four bytes can say is cut, which only a caller's own mistake can
/// bring about.
pub fn put_string(out: &mut Vec<u8>, content: &[u8]) {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    out.extend(length.to_be_bytes());
    out.extend(content.iter().take(length as usize));
}

/// Writes an `mpint` from the big-endian bytes of a number that is not negative.
pub fn put_mpint(out: &mut Vec<u8>, number: &[u8]) {
    let number = without_zeros(number);
    // A first bit would say that it is negative.
    if number.first().is_some_and(|first| first & 0x80 != 0) {
        put_string(out, &[&[0], number].concat());
    } else {
        put_string(out, number);
    }
}

/// Writes a `name-list`.
pub fn put_name_list(out: &mut Vec<u8>, names: &[impl AsRef<str>]) {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    put_string(out, names.join(",").as_bytes());
}

/// Bits of a number by its bytes.
pub fn bits(number: &[u8]) -> u32 {
    let number = without_zeros(number);
    let first = number.first().map_or(0, |first| first.leading_zeros());
    u32::try_from(number.len()).unwrap_or(u32::MAX).saturating_mul(8).saturating_sub(first)
}

fn without_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out);
        out
    }

    #[test]
    fn numbers_are_those_of_the_rfc() {
        // The examples of RFC 4251 section 5 that are not negative.
        for (number, bytes) in [
            (&[][..], &[0, 0, 0, 0][..]),
            (
                &[0x09, 0xa3, 0x78, 0xf9, 0xb2, 0xe3, 0x32, 0xa7],
                &[0, 0, 0, 8, 0x09, 0xa3, 0x78, 0xf9, 0xb2, 0xe3, 0x32, 0xa7],
            ),
            (&[0x80], &[0, 0, 0, 2, 0, 0x80]),
        ] {
            assert_eq!(written(|out| put_mpint(out, number)), bytes);
            assert_eq!(mpint(&mut Reader::new(bytes, "number"), "number").unwrap(), number);
        }
        assert_eq!(written(|out| put_mpint(out, &[0, 0, 5])), [0, 0, 0, 1, 5]);
        let negative = [0, 0, 0, 2, 0xed, 0xcc];
        assert!(mpint(&mut Reader::new(&negative, "number"), "number").is_err());
        assert_eq!((bits(&[]), bits(&[0, 1]), bits(&[0x80, 0]), bits(&[7])), (0, 1, 16, 3));
    }

    #[test]
    fn lists_are_those_of_the_rfc() {
        for (names, bytes) in [
            (&[][..], &b"\0\0\0\0"[..]),
            (&["zlib"], b"\0\0\0\x04zlib"),
            (&["zlib", "none"], b"\0\0\0\x09zlib,none"),
        ] {
            assert_eq!(written(|out| put_name_list(out, names)), bytes);
            assert_eq!(name_list(&mut Reader::new(bytes, "list"), "list").unwrap(), names);
        }
        let comma = b"\0\0\0\x05none,";
        assert_eq!(name_list(&mut Reader::new(comma, "list"), "list").unwrap(), ["none"]);
        for bad in [&b"\0\0\0\x04no e"[..], b"\0\0\0\x03no\xff", b"\0\0\0\x03n\0e", b"\0\0\0\x09none"] {
            assert!(name_list(&mut Reader::new(bad, "list"), "list").is_err());
        }
        let many = written(|out| put_name_list(out, &vec!["a"; MAX_NAMES + 1]));
        assert!(name_list(&mut Reader::new(&many, "list"), "list").is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(number: Vec<u8>) {
            let bytes = written(|out| put_mpint(out, &number));
            let mut reader = Reader::new(&bytes, "number");
            prop_assert_eq!(mpint(&mut reader, "number").unwrap(), without_zeros(&number));
            prop_assert!(reader.is_empty());
        }
    }
}
