//! Certificates in the forms in which authorities publish them.

use midwatch_model::CertificateForm;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use crate::pki::der::{self, Elements};

/// Certificates looked at of one file.
const MAX_CERTIFICATES: usize = 32;

/// signedData, 1.2.840.113549.1.7.2.
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];

/// The certificates (DER) of a file, and its form; none where it has no form that holds certificates.
pub fn read(bytes: &[u8]) -> Option<(CertificateForm, Vec<Vec<u8>>)> {
    if let Some(all) = pkcs7(bytes) {
        return Some((CertificateForm::Pkcs7, all));
    }
    if matches!(der::first(bytes), Some((element, [])) if element.tag == der::SEQUENCE) {
        return Some((CertificateForm::Der, vec![bytes.to_vec()]));
    }
    let pem = CertificateDer::pem_slice_iter(bytes).take(MAX_CERTIFICATES);
    let all: Vec<Vec<u8>> = pem.filter_map(|one| Some(one.ok()?.to_vec())).collect();
    (!all.is_empty()).then_some((CertificateForm::Pem, all))
}

/// The certificates of a ContentInfo with SignedData (RFC 5652 sections 3 and 5.1), whose signatures, of which such
/// bundles have none, are not looked at: each certificate bears its own.
fn pkcs7(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut info = Elements(der::only(bytes, der::SEQUENCE)?);
    if info.tagged(der::OID)?.contents != SIGNED_DATA {
        return None;
    }
    let mut data = Elements(der::only(info.tagged(der::context(0))?.contents, der::SEQUENCE)?);
    data.tagged(der::INTEGER)?;
    data.tagged(der::SET)?;
    data.tagged(der::SEQUENCE)?;
    let all = Elements(data.tagged(der::context(0))?.contents);
    Some(all.take(MAX_CERTIFICATES).map(|one| one.whole.to_vec()).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_holds_no_certificates_is_nothing() {
        assert_eq!(read(b""), None);
        assert_eq!(read(b"<html>not found</html>"), None);
        assert_eq!(read(b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"), None);
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes: Vec<u8>) {
            if let Some((_, all)) = read(&bytes) {
                prop_assert!(all.len() <= MAX_CERTIFICATES);
            }
        }
    }
}
