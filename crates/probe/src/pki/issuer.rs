//! Who issued a certificate, as far as verifying what they sign takes it: a certificate that was sent or fetched, or
//! a trust anchor, of which only name and key are known.

use x509_parser::prelude::FromDer as _;
use x509_parser::prelude::{ParsedExtension, X509Certificate};
use x509_parser::x509::SubjectPublicKeyInfo;

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
