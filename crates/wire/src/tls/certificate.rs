//! The messages of a server that prove who it is: Certificate up to TLS 1.2 (RFC 5246 section 7.4.2), and what
//! TLS 1.3 sends encrypted (RFC 8446 sections 4.3.1, 4.4.2 and 4.4.3).

use super::extension;
use crate::reader::{Reader, WireError};

/// The most certificates read of a chain.
pub const MAX_CERTIFICATES: usize = 100;

/// A chain, and what came beside its leaf.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presented {
    /// DER, leaf first, at most [`MAX_CERTIFICATES`].
    pub certificates: Vec<Vec<u8>>,
    /// The OCSP response stapled to the leaf.
    pub ocsp: Option<Vec<u8>>,
    /// The list of timestamps of the leaf (RFC 6962 section 3.3.1).
    pub timestamps: Option<Vec<u8>>,
}

/// A proof that the server has the leaf's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateVerify {
    /// The number of its signature scheme.
    pub scheme: u16,
    /// The signature.
    pub signature: Vec<u8>,
}

/// The certificates of a Certificate message up to TLS 1.2.
///
/// # Errors
/// [`WireError`] for a list that does not hold together.
pub fn before_13(body: &[u8]) -> Result<Vec<Vec<u8>>, WireError> {
    let mut reader = Reader::new(body, "Certificate message");
    let mut list = reader.vector(3, "certificate list")?;
    let mut certificates = Vec::new();
    while !list.is_empty() && certificates.len() < MAX_CERTIFICATES {
        certificates.push(list.vector(3, "certificate")?.rest().to_vec());
    }
    Ok(certificates)
}

/// A Certificate message of TLS 1.3. Of the extensions only the leaf's are kept: those of the others are about
/// certificates of authorities.
///
/// # Errors
/// [`WireError`] for a message that does not hold together, or that has the context of a client's.
pub fn in_13(body: &[u8]) -> Result<Presented, WireError> {
    let mut reader = Reader::new(body, "Certificate message");
    if !reader.vector(1, "certificate_request_context")?.is_empty() {
        return Err(WireError::Invalid("the Certificate message of a server has a context".into()));
    }
    let mut list = reader.vector(3, "certificate list")?;
    reader.end()?;
    let mut presented = Presented::default();
    while !list.is_empty() && presented.certificates.len() < MAX_CERTIFICATES {
        let certificate = list.vector(3, "certificate")?.rest();
        let mut extensions = list.vector(2, "extensions of a certificate")?;
        let is_leaf = presented.certificates.is_empty();
        presented.certificates.push(certificate.to_vec());
        while !extensions.is_empty() {
            let kind = extensions.u16()?;
            let content = extensions.vector(2, "an extension of a certificate")?;
            match kind {
                extension::STATUS_REQUEST if is_leaf => presented.ocsp = status(content)?,
                extension::SIGNED_CERTIFICATE_TIMESTAMP if is_leaf => {
                    presented.timestamps = Some(content.rest().to_vec());
                }
                _ => {}
            }
        }
    }
    Ok(presented)
}

/// The OCSP response of a CertificateStatus (RFC 6066 section 8); none where it is of another type.
///
/// # Errors
/// [`WireError::Short`].
pub fn status(mut reader: Reader<'_>) -> Result<Option<Vec<u8>>, WireError> {
    Ok(match reader.u8()? {
        1 => Some(reader.vector(3, "OCSP response")?.rest().to_vec()),
        _ => None,
    })
}

/// A CertificateVerify message.
///
/// # Errors
/// [`WireError`] for a message that does not hold together.
pub fn verify(body: &[u8]) -> Result<CertificateVerify, WireError> {
    let mut reader = Reader::new(body, "CertificateVerify message");
    let scheme = reader.u16()?;
    let signature = reader.vector(2, "signature")?.rest().to_vec();
    reader.end()?;
    Ok(CertificateVerify { scheme, signature })
}

/// The protocol that EncryptedExtensions choose by ALPN.
///
/// # Errors
/// [`WireError`] for a message that does not hold together.
pub fn alpn(body: &[u8]) -> Result<Option<Vec<u8>>, WireError> {
    let mut reader = Reader::new(body, "EncryptedExtensions message");
    let mut extensions = reader.vector(2, "extensions")?;
    reader.end()?;
    let mut chosen = None;
    while !extensions.is_empty() {
        let kind = extensions.u16()?;
        let mut content = extensions.vector(2, "an extension")?;
        if kind == extension::ALPN {
            let mut names = content.vector(2, "ALPN list")?;
            chosen = Some(names.vector(1, "ALPN name")?.rest().to_vec());
        }
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Two certificates; the leaf has a staple of two bytes and a list of timestamps, its issuer as well.
    const TWO: &[u8] = &[
        0, 0, 0, 47, 0, 0, 2, 1, 2, 0, 18, 0, 5, 0, 6, 1, 0, 0, 2, 8, 8, 0, 18, 0, 4, 0, 2, 0, 0, 0, 0, 1, 3,
        0, 14, 0, 5, 0, 5, 1, 0, 0, 1, 9, 0, 18, 0, 1, 7,
    ];

    #[test]
    fn the_leafs_extensions_are_kept() {
        let mut bytes = TWO.to_vec();
        bytes[3] = (bytes.len() - 4) as u8;
        let presented = in_13(&bytes).unwrap();
        assert_eq!(presented.certificates, [vec![1, 2], vec![3]]);
        assert_eq!(presented.ocsp, Some(vec![8, 8]));
        assert_eq!(presented.timestamps, Some(vec![0, 2, 0, 0]));
        for end in 0..bytes.len() {
            assert!(in_13(&bytes[..end]).is_err(), "{end}");
        }
        bytes[0] = 1;
        assert!(in_13(&bytes).is_err());
    }

    #[test]
    fn the_small_messages() {
        let read = verify(&[8, 4, 0, 1, 7]).unwrap();
        assert_eq!((read.scheme, read.signature), (0x0804, vec![7]));
        assert!(verify(&[8, 4, 0, 2, 7]).is_err() && verify(&[8, 4, 0, 1, 7, 7]).is_err());
        assert_eq!(alpn(&[0, 0]), Ok(None));
        assert_eq!(alpn(&[0, 9, 0, 16, 0, 5, 0, 3, 2, b'h', b'2']), Ok(Some(b"h2".to_vec())));
        assert!(alpn(&[0, 9, 0, 16, 0, 5, 0, 3, 2, b'h']).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = (before_13(&bytes), in_13(&bytes), verify(&bytes), alpn(&bytes));
        }
    }
}
