//! Trust stores, and rustls-webpki's word on a chain.

use midwatch_model::{Host, Time};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage};

use super::server_name;

/// The stores of a run: Mozilla's roots, and what `--trust` gave.
#[derive(Clone, Debug, Default)]
pub struct TrustStores {
    given: Option<Store>,
}

/// One store.
#[derive(Clone, Debug)]
pub struct Store {
    /// `mozilla` or `given`.
    pub name: &'static str,
    anchors: Vec<TrustAnchor<'static>>,
}

/// Why a file of certificates cannot be used, in words for the person who named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError(pub String);

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StoreError {}

/// Why a chain is not trusted.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// webpki's reason.
    Webpki(webpki::Error),
    /// The host cannot stand in any certificate.
    NoSuchServerName,
    /// Nothing was sent.
    Empty,
}

impl TrustStores {
    /// Adds every certificate of a PEM text to the store `given`.
    ///
    /// # Errors
    /// Where the text holds no certificate, or one that cannot be an anchor.
    pub fn give(&mut self, pem: &[u8]) -> Result<(), StoreError> {
        let store = self.given.get_or_insert_with(|| Store { name: "given", anchors: Vec::new() });
        let before = store.anchors.len();
        for (index, read) in CertificateDer::pem_slice_iter(pem).enumerate() {
            let at = index + 1;
            let der = read.map_err(|error| StoreError(format!("PEM block {at} cannot be read: {error}")))?;
            let anchor = webpki::anchor_from_trusted_cert(&der)
                .map_err(|error| StoreError(format!("certificate {at} cannot be a trust anchor: {error}")))?;
            store.anchors.push(anchor.to_owned());
        }
        if store.anchors.len() == before {
            let hint = "it holds no certificate: expected PEM, -----BEGIN CERTIFICATE-----";
            return Err(StoreError(hint.into()));
        }
        Ok(())
    }

    /// All stores, Mozilla's first.
    pub fn iter(&self) -> impl Iterator<Item = &Store> {
        std::iter::once(mozilla()).chain(&self.given)
    }

    /// True where a store has an anchor with this subject (the whole DER of the Name).
    pub fn has_subject(&self, name: &[u8]) -> bool {
        self.iter().any(|store| store.has_subject(name))
    }
}

fn mozilla() -> &'static Store {
    static MOZILLA: std::sync::OnceLock<Store> = std::sync::OnceLock::new();
    MOZILLA.get_or_init(|| Store { name: "mozilla", anchors: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
}

impl Store {
    /// Its anchors.
    pub(crate) fn anchors(&self) -> &[TrustAnchor<'static>] {
        &self.anchors
    }

    /// True where an anchor has this subject (the whole DER of the Name).
    pub fn has_subject(&self, name: &[u8]) -> bool {
        // An anchor keeps the contents of its Name without the outer SEQUENCE.
        self.anchors.iter().any(|anchor| contents(name) == Some(anchor.subject.as_ref()))
    }

    /// webpki's decision for a TLS server called `host`.
    pub fn verify(&self, host: &Host, chain: &[Vec<u8>], now: Time) -> Result<(), Refusal> {
        let [leaf, rest @ ..] = chain else { return Err(Refusal::Empty) };
        let name = server_name(host).ok_or(Refusal::NoSuchServerName)?;
        let leaf = CertificateDer::from(leaf.as_slice());
        let rest: Vec<CertificateDer<'_>> =
            rest.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        let seconds = u64::try_from(now.as_second()).unwrap_or(0);
        let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        let leaf = EndEntityCert::try_from(&leaf).map_err(Refusal::Webpki)?;
        leaf.verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &self.anchors,
            &rest,
            time,
            KeyUsage::server_auth(),
            None,
            None,
        )
        .map_err(Refusal::Webpki)?;
        leaf.verify_is_valid_for_subject_name(&name).map_err(Refusal::Webpki)
    }
}

/// The contents of a DER SEQUENCE.
fn contents(der: &[u8]) -> Option<&[u8]> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0x00..=0x7f => (usize::from(first), rest),
        0x81..=0x83 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (bytes.iter().fold(0, |value, &byte| value << 8 | usize::from(byte)), rest)
        }
        _ => return None,
    };
    (tag == 0x30 && rest.len() == length).then_some(rest)
}
