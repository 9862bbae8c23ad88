//! One-time codes of an authenticator app: TOTP (RFC 6238) with HMAC-SHA-1, six digits, thirty seconds, which is what
//! every app takes.

use maud::Markup;
use ring::hmac;

/// Seconds that a code stands for: RFC 6238, section 4.1.
pub const STEP: i64 = 30;

/// Steps before and after now that are taken: RFC 6238, section 5.2 advises one for delay and drift.
pub const WINDOW: i64 = 1;

/// Octets of a secret: RFC 4226, section 4, R6 recommends 160 bits.
pub const SECRET: usize = 20;

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The code for a counter: RFC 4226, section 5.3.
pub fn code(secret: &[u8], counter: u64, digits: u32) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &counter.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().copied().unwrap_or(0) & 0x0f);
    let word = tag.iter().skip(offset).take(4).fold(0_u32, |word, byte| (word << 8) | u32::from(*byte));
    let digits = digits.min(9);
    let value = (word & 0x7fff_ffff) % 10_u32.pow(digits);
    format!("{value:0width$}", width = usize::try_from(digits).unwrap_or(6))
}

/// The step that a code stands for, where it is one of the window around `now` (seconds since 1970) and later than
/// `last`, the step of the newest code that was taken: no code is taken twice (RFC 6238, section 5.2).
pub fn step(secret: &[u8], given: &str, now: i64, last: Option<i64>) -> Option<i64> {
    let given: String = given.chars().filter(|character| !character.is_whitespace()).collect();
    if given.len() != 6 || !given.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let current = now.div_euclid(STEP);
    let mut found = None;
    // All of them are computed, whichever it is.
    for step in (current - WINDOW)..=(current + WINDOW) {
        let Ok(counter) = u64::try_from(step) else { continue };
        if super::random::same(&code(secret, counter, 6), &given) && last.is_none_or(|last| step > last) {
            found = Some(step);
        }
    }
    found
}

/// Base32 without padding (RFC 4648, section 6), as apps take a secret that is typed.
pub fn base32(bytes: &[u8]) -> String {
    let mut out = String::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(letter(held >> bits));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        out.push(letter(held << (5 - bits)));
    }
    out
}

fn letter(value: u32) -> char {
    let place = usize::try_from(value & 31).unwrap_or(0);
    ALPHABET.get(place).copied().map_or('A', char::from)
}

/// The address that an app reads from the picture, in the form of Google Authenticator's key URI.
pub fn uri(issuer: &str, account: &str, secret: &[u8]) -> String {
    // Spaces have to be %20 here, which the form encoding of `url` would write as plus signs.
    let escape = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    char::from(byte).to_string()
                }
                other => format!("%{other:02X}"),
            })
            .collect()
    };
    let (issuer, account, secret) = (escape(issuer), escape(account), base32(secret));
    format!(
        "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30"
    )
}

/// A QR code as SVG within the page: black on white in both colour schemes, with the four modules of quiet zone that
/// ISO/IEC 18004 asks. Nothing where the text is too long for one.
pub fn picture(text: &str, label: &str) -> Option<Markup> {
    let code = qrcodegen::QrCode::encode_text(text, qrcodegen::QrCodeEcc::Medium).ok()?;
    let quiet = 4;
    let side = code.size() + 2 * quiet;
    let mut path = String::new();
    for row in 0..code.size() {
        for column in (0..code.size()).filter(|column| code.get_module(*column, row)) {
            use std::fmt::Write as _;
            let _ = write!(path, "M{},{}h1v1h-1z", column + quiet, row + quiet);
        }
    }
    Some(maud::html! {
        svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {side} {side}")) width="240" height="240"
            role="img" aria-label=(label) shape-rendering="crispEdges" {
            rect width="100%" height="100%" fill="#fff" {}
            path d=(path) fill="#000" {}
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the rows of SHA-1.
    #[test]
    fn the_rfcs_vectors() {
        let secret = b"12345678901234567890";
        let rows = [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ];
        for (time, expected) in rows {
            assert_eq!(code(secret, time / 30, 8), expected, "at {time}");
        }
    }

    /// RFC 4226, appendix D.
    #[test]
    fn the_vectors_of_hotp() {
        let expected = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871",
            "520489",
        ];
        for (counter, expected) in (0..).zip(expected) {
            assert_eq!(code(b"12345678901234567890", counter, 6), expected);
        }
    }

    #[test]
    fn a_code_is_taken_once_and_in_its_window() {
        let secret = [9; SECRET];
        let now = 1_700_000_010;
        let at = |step: i64| code(&secret, u64::try_from(step).expect("after 1970"), 6);
        let current = now / STEP;
        assert_eq!(step(&secret, &at(current), now, None), Some(current));
        assert_eq!(step(&secret, &at(current - 1), now, None), Some(current - 1));
        assert_eq!(step(&secret, &at(current + 1), now, None), Some(current + 1));
        assert_eq!(step(&secret, &at(current - 2), now, None), None);
        assert_eq!(step(&secret, &at(current + 2), now, None), None);
        assert_eq!(step(&secret, &at(current), now, Some(current)), None, "not twice");
        assert_eq!(step(&secret, &at(current - 1), now, Some(current)), None, "nor an earlier one");
        let spaced = format!("{} {}", &at(current)[..3], &at(current)[3..]);
        assert_eq!(step(&secret, &spaced, now, None), Some(current), "as apps show it");
        for wrong in ["", "12345", "1234567", "abcdef", "\u{661}\u{662}\u{663}\u{664}\u{665}\u{666}"] {
            assert_eq!(step(&secret, wrong, now, None), None);
        }
    }

    /// RFC 4648, section 10, without the padding.
    #[test]
    fn base32_is_the_rfcs() {
        let rows = [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("foobar", "MZXW6YTBOI"),
        ];
        for (plain, expected) in rows {
            assert_eq!(base32(plain.as_bytes()), expected);
        }
    }

    #[test]
    fn the_address_and_its_picture() {
        let uri = uri("midwatch at ex", "m:k", b"12345678901234567890");
        assert_eq!(
            uri,
            "otpauth://totp/midwatch%20at%20ex:m%3Ak?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&\
             issuer=midwatch%20at%20ex&algorithm=SHA1&digits=6&period=30"
        );
        let picture = picture(&uri, "for the app").expect("a picture").into_string();
        assert!(picture.starts_with("<svg") && !picture.contains("style="), "{picture}");
    }
}
