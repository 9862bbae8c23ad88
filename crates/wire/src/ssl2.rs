//! SSL 2.0's CLIENT-HELLO and SERVER-HELLO, from the draft "The SSL Protocol" (Hickman, 1995), sections 1.2
//! and 2. Only what it takes to learn whether a server still speaks it (RFC 6176 prohibits it).

use crate::reader::{Reader, WireError};

/// The cipher kinds of SSL 2.0 with their names.
pub const CIPHER_KINDS: [(u32, &str); 9] = [
    (0x01_00_80, "SSL_CK_RC4_128_WITH_MD5"),
    (0x02_00_80, "SSL_CK_RC4_128_EXPORT40_WITH_MD5"),
    (0x03_00_80, "SSL_CK_RC2_128_CBC_WITH_MD5"),
    (0x04_00_80, "SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5"),
    (0x05_00_80, "SSL_CK_IDEA_128_CBC_WITH_MD5"),
    (0x06_00_40, "SSL_CK_DES_64_CBC_WITH_MD5"),
    (0x07_00_c0, "SSL_CK_DES_192_EDE3_CBC_WITH_MD5"),
    (0x06_01_40, "SSL_CK_DES_64_CBC_WITH_SHA"),
    (0x07_01_c0, "SSL_CK_DES_192_EDE3_CBC_WITH_SHA"),
];

/// A CLIENT-HELLO that offers every cipher kind, as one record.
pub fn client_hello(challenge: &[u8; 16]) -> Vec<u8> {
    let mut body = vec![1, 0, 2];
    let specs: Vec<u8> =
        CIPHER_KINDS.iter().flat_map(|(kind, _)| kind.to_be_bytes().into_iter().skip(1)).collect();
    body.extend((specs.len() as u16).to_be_bytes());
    body.extend(0_u16.to_be_bytes());
    body.extend((challenge.len() as u16).to_be_bytes());
    body.extend(specs);
    body.extend(challenge);
    let mut record = (body.len() as u16 | 0x8000).to_be_bytes().to_vec();
    record.extend(body);
    record
}

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// SSL 2.0 is spoken.
    ServerHello {
        /// The cipher kinds that both sides have.
        cipher_kinds: Vec<u32>,
        /// The certificate, DER.
        certificate: Vec<u8>,
    },
    /// An SSL 2.0 ERROR message with its code.
    Error(u16),
    /// A record of SSL 3.0 or later: the answer of somebody who does not speak SSL 2.0.
    LaterRecord,
}

/// Reads an answer from all bytes that came so far. `Ok(None)`: more are needed.
///
/// # Errors
/// [`WireError`] where the bytes are neither SSL 2.0 nor a later record.
pub fn answer(bytes: &[u8]) -> Result<Option<Answer>, WireError> {
    if matches!(bytes, [20..=23, 3, ..]) {
        // A whole record, so that a connection cut in the middle of it is no answer.
        let length = match bytes {
            [_, _, _, high, low, ..] => usize::from(*high) << 8 | usize::from(*low),
            _ => return Ok(None),
        };
        return Ok((bytes.len() >= 5 + length).then_some(Answer::LaterRecord));
    }
    let (length, header) = match bytes {
        [high, low, ..] if high & 0x80 != 0 => (usize::from(high & 0x7f) << 8 | usize::from(*low), 2),
        [high, low, _, ..] => (usize::from(high & 0x3f) << 8 | usize::from(*low), 3),
        _ => return Ok(None),
    };
    let Some(body) = bytes.get(header..header + length) else {
        // Nothing that begins with anything but SERVER-HELLO or ERROR is worth waiting for.
        return match bytes.get(header) {
            None | Some(0 | 4) => Ok(None),
            Some(other) => Err(WireError::Invalid(format!("SSL 2.0 message of type {other}"))),
        };
    };
    let mut reader = Reader::new(body, "SSL 2.0 message");
    match reader.u8()? {
        0 => Ok(Some(Answer::Error(reader.u16()?))),
        4 => {
            reader.bytes(2)?;
            let version = reader.u16()?;
            if version != 2 {
                return Err(WireError::Invalid(format!("SSL 2.0 SERVER-HELLO of version {version:#06x}")));
            }
            let certificate = usize::from(reader.u16()?);
            let specs = usize::from(reader.u16()?);
            reader.u16()?;
            let certificate = reader.bytes(certificate)?.to_vec();
            let specs = reader.bytes(specs)?;
            let cipher_kinds = specs
                .chunks_exact(3)
                .map(|kind| kind.iter().fold(0, |value, &byte| value << 8 | u32::from(byte)))
                .collect();
            Ok(Some(Answer::ServerHello { cipher_kinds, certificate }))
        }
        other => Err(WireError::Invalid(format!("SSL 2.0 message of type {other}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server_hello(kinds: &[u8]) -> Vec<u8> {
        let mut body = vec![4, 0, 1, 0, 2, 0, 3];
        body.extend((kinds.len() as u16).to_be_bytes());
        body.extend([0, 0]);
        body.extend(b"crt");
        body.extend(kinds);
        let mut record = (body.len() as u16 | 0x8000).to_be_bytes().to_vec();
        record.extend(body);
        record
    }

    #[test]
    fn hello_is_framed() {
        let hello = client_hello(&[7; 16]);
        assert_eq!(&hello[..5], &[0x80, 9 + 27 + 16, 1, 0, 2]);
        assert_eq!(hello.len(), 2 + 9 + 27 + 16);
    }

    #[test]
    fn server_hello_is_read_once_whole() {
        let bytes = server_hello(&[1, 0, 0x80, 7, 0, 0xc0]);
        for cut in 0..bytes.len() {
            assert_eq!(answer(&bytes[..cut]), Ok(None), "{cut} bytes");
        }
        let expected =
            Answer::ServerHello { cipher_kinds: vec![0x01_00_80, 0x07_00_c0], certificate: b"crt".to_vec() };
        assert_eq!(answer(&bytes), Ok(Some(expected)));
    }

    #[test]
    fn a_tls_alert_is_not_ssl2() {
        assert_eq!(answer(&[21, 3, 1, 0, 2, 2, 40]), Ok(Some(Answer::LaterRecord)));
        assert!(answer(b"HTTP/1.1 400 Bad Request\r\n\r\n").is_err());
    }
}
