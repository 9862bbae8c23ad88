//! ServerHello and HelloRetryRequest (RFC 8446 sections 4.1.3 and 4.1.4).

use midwatch_model::TlsVersion;

use super::{extension, version_of};
use crate::reader::{Reader, WireError};

/// The random of a HelloRetryRequest: SHA-256 of "HelloRetryRequest".
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2,
    0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// A ServerHello, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerHello {
    /// The version chosen, from supported_versions where it is there.
    pub version: TlsVersion,
    /// The random.
    pub random: [u8; 32],
    /// The suite chosen.
    pub suite: u16,
    /// The compression method chosen, 0 for none.
    pub compression: u8,
    /// It is a HelloRetryRequest.
    pub retry: bool,
    /// The group of the server's key share, or that a HelloRetryRequest asks for.
    pub group: Option<u16>,
    /// The server's public key of that group.
    pub share: Option<Vec<u8>>,
    /// The cookie that a HelloRetryRequest wants back.
    pub cookie: Option<Vec<u8>>,
    /// The list of timestamps (RFC 6962 section 3.3.1), below TLS 1.3 alone.
    pub timestamps: Option<Vec<u8>>,
    /// The protocol that ALPN chose.
    pub alpn: Option<Vec<u8>>,
    /// The numbers of all extensions, in order.
    pub extensions: Vec<u16>,
}

impl ServerHello {
    /// Reads the body of a handshake message of type 2.
    ///
    /// # Errors
    /// [`WireError`] for anything that is not a ServerHello of SSL 3.0 to TLS 1.3.
    pub fn read(body: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(body, "ServerHello");
        let legacy = reader.u16()?;
        let mut random = [0; 32];
        random.copy_from_slice(reader.bytes(32)?);
        let session = reader.vector(1, "session id")?;
        if session.rest().len() > 32 {
            return Err(WireError::Invalid(
                "the session id of the ServerHello is longer than 32 bytes".into(),
            ));
        }
        let suite = reader.u16()?;
        let compression = reader.u8()?;
        let mut hello = ServerHello {
            version: TlsVersion::Ssl3,
            random,
            suite,
            compression,
            retry: random == RETRY,
            group: None,
            share: None,
            cookie: None,
            timestamps: None,
            alpn: None,
            extensions: Vec::new(),
        };
        let mut number = legacy;
        if !reader.is_empty() {
            let mut extensions = reader.vector(2, "extensions of the ServerHello")?;
            while !extensions.is_empty() {
                let kind = extensions.u16()?;
                let mut content = extensions.vector(2, "an extension of the ServerHello")?;
                hello.extensions.push(kind);
                match kind {
                    extension::SUPPORTED_VERSIONS => number = content.u16()?,
                    extension::KEY_SHARE => {
                        hello.group = Some(content.u16()?);
                        // Only who goes on with the handshake needs the key: the group counts without it.
                        hello.share = content.vector(2, "key share").ok().map(|key| key.rest().to_vec());
                    }
                    extension::COOKIE => hello.cookie = Some(content.vector(2, "cookie")?.rest().to_vec()),
                    // What the list holds is looked at by who verifies it.
                    extension::SIGNED_CERTIFICATE_TIMESTAMP => {
                        hello.timestamps = Some(content.rest().to_vec());
                    }
                    extension::ALPN => {
                        let mut names = content.vector(2, "ALPN list")?;
                        hello.alpn = Some(names.vector(1, "ALPN name")?.rest().to_vec());
                    }
                    _ => {}
                }
            }
        }
        reader.end()?;
        hello.version = version_of(number)
            .ok_or_else(|| WireError::Invalid(format!("the ServerHello has version {number:#06x}")))?;
        Ok(hello)
    }

    /// True where the random ends in the sentinel by which a server that speaks TLS 1.3 (or 1.2) lets newer
    /// clients see that somebody talked the version down (RFC 8446 section 4.1.3).
    pub fn has_downgrade_sentinel(&self) -> bool {
        self.random.ends_with(b"DOWNGRD\x01") || self.random.ends_with(b"DOWNGRD\x00")
    }

    /// True where this extension was answered.
    pub fn has(&self, extension: u16) -> bool {
        self.extensions.contains(&extension)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tls12(extensions: &[u8]) -> Vec<u8> {
        let mut body = vec![3, 3];
        body.extend([9; 24]);
        body.extend(b"DOWNGRD\x01");
        body.extend([0, 0xc0, 0x2f, 0]);
        if !extensions.is_empty() {
            body.extend((extensions.len() as u16).to_be_bytes());
            body.extend(extensions);
        }
        body
    }

    #[test]
    fn with_and_without_extensions() {
        let hello = ServerHello::read(&tls12(&[])).unwrap();
        assert_eq!((hello.version, hello.suite), (TlsVersion::Tls12, 0xc02f));
        assert!(hello.has_downgrade_sentinel());
        let alpn = [0xff, 1, 0, 1, 0, 0, 16, 0, 5, 0, 3, 2, b'h', b'2'];
        let hello = ServerHello::read(&tls12(&alpn)).unwrap();
        assert_eq!(hello.alpn.as_deref(), Some(&b"h2"[..]));
        assert!(hello.has(extension::RENEGOTIATION_INFO));
    }

    #[test]
    fn retry_names_its_group() {
        let mut body = vec![3, 3];
        body.extend(RETRY);
        body.extend([0, 0x13, 0x01, 0, 0, 12, 0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0x11, 0xec]);
        let hello = ServerHello::read(&body).unwrap();
        assert!(hello.retry);
        assert_eq!((hello.version, hello.group), (TlsVersion::Tls13, Some(0x11ec)));
    }

    #[test]
    fn left_over_bytes_are_an_error() {
        let mut body = tls12(&[0xff, 1, 0, 1, 0]);
        body.push(0);
        assert!(ServerHello::read(&body).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = ServerHello::read(&bytes);
        }
    }
}
