//! Who issued a certificate, as far as verifying what they sign takes it: a certificate that was sent or fetched, or
//! a trust anchor, of which only name and key are known.

use rustls_pki_types::SignatureVerificationAlgorithm;
use x509_parser::prelude::FromDer as _;
use x509_parser::prelude::{ParsedExtension, X509Certificate};
use x509_parser::x509::SubjectPublicKeyInfo;

use super::ct::public_key;
use super::stores::TrustStores;

/// An issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// Its subject: the whole DER of the Name.
    pub subject: Vec<u8>,
    /// Its SubjectPublicKeyInfo, DER.
    pub spki: Vec<u8>,
    /// Whether its keyUsage lets it sign revocation lists; true where it has none, or is an anchor.
    pub signs_lists: bool,
}

impl Issuer {
    /// That of a certificate at `position` of the path: the next in the path, else an anchor of its issuer's name.
    pub fn of(
        read: &[Option<X509Certificate<'_>>],
        path: &[usize],
        position: usize,
        stores: &TrustStores,
    ) -> Option<Self> {
        let at = |position: usize| path.get(position).and_then(|&index| read.get(index)?.as_ref());
        if let Some(above) = at(position + 1) {
            return Some(Issuer::from_certificate(above));
        }
        let subject = at(position)?.issuer().as_raw().to_vec();
        let issuer = Issuer { spki: stores.key_of(&subject)?, subject, signs_lists: true };
        // An anchor is found by its name alone, which several may share.
        issuer.has_signed(at(position)?).then_some(issuer)
    }

    /// That of a certificate as an issuer.
    pub fn from_certificate(certificate: &X509Certificate<'_>) -> Self {
        let usage =
            certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
                ParsedExtension::KeyUsage(usage) => Some(usage.crl_sign()),
                _ => None,
            });
        Issuer {
            subject: certificate.subject().as_raw().to_vec(),
            spki: certificate.public_key().raw.to_vec(),
            signs_lists: usage.unwrap_or(true),
        }
    }

    /// Whether its key made the signature of a certificate.
    pub fn has_signed(&self, certificate: &X509Certificate<'_>) -> bool {
        SubjectPublicKeyInfo::from_der(&self.spki)
            .is_ok_and(|(_, key)| certificate.verify_signature(Some(&key)).is_ok())
    }
}

/// Whether the key within a SubjectPublicKeyInfo made a signature with this algorithm (the contents of its OID).
pub fn signed_by(spki: &[u8], algorithm: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let Some(key) = public_key(spki) else { return false };
    algorithms(algorithm).iter().any(|algorithm| algorithm.verify_signature(key, message, signature).is_ok())
}

/// What verifies a signature algorithm. ECDSA leaves the curve to the key, so both are tried.
pub fn algorithms(oid: &[u8]) -> Vec<&'static dyn SignatureVerificationAlgorithm> {
    use webpki::ring as by;
    match oid {
        // sha256WithRSAEncryption and the two after it, 1.2.840.113549.1.1.11 to 13.
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b] => vec![by::RSA_PKCS1_2048_8192_SHA256],
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c] => vec![by::RSA_PKCS1_2048_8192_SHA384],
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d] => vec![by::RSA_PKCS1_2048_8192_SHA512],
        // ecdsa-with-SHA256 and -SHA384, 1.2.840.10045.4.3.2 and 3.
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02] => {
            vec![by::ECDSA_P256_SHA256, by::ECDSA_P384_SHA256]
        }
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03] => {
            vec![by::ECDSA_P256_SHA384, by::ECDSA_P384_SHA384]
        }
        _ => Vec::new(),
    }
}

/// The name of a CRLReason by the contents of its ENUMERATED (RFC 5280 section 5.3.1).
pub fn reason_name(contents: &[u8]) -> Option<&'static str> {
    match contents {
        [0] => Some("unspecified"),
        [1] => Some("keyCompromise"),
        [2] => Some("cACompromise"),
        [3] => Some("affiliationChanged"),
        [4] => Some("superseded"),
        [5] => Some("cessationOfOperation"),
        [6] => Some("certificateHold"),
        [8] => Some("removeFromCRL"),
        [9] => Some("privilegeWithdrawn"),
        [10] => Some("aACompromise"),
        _ => None,
    }
}
