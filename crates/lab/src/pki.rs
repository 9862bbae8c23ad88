//! The lab's own certification authority, and the certificates of its hosts: sound ones and faulty ones.
//!
//! All keys are P-256 and live in memory only; a new authority is made at every start.

use std::io;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

const DAY: Duration = Duration::from_secs(86_400);

/// The lab's certification authority.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate with its key.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// The leaf alone: the lab's authority signs leaves directly.
    pub(crate) certificate: CertificateDer<'static>,
    /// The private key as PKCS #8 DER.
    pub(crate) key: Vec<u8>,
}

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It vouches for itself.
    SelfSigned,
    /// Its validity ended 30 days ago.
    Expired,
    /// It names another host.
    WrongName,
}

impl Authority {
    /// Makes a new authority, valid from yesterday for one year.
    pub(crate) fn new() -> io::Result<Authority> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = name("midwatch lab, not for use outside it");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let now = SystemTime::now();
        params.not_before = (now - DAY).into();
        params.not_after = (now + 365 * DAY).into();
        let pem = params.self_signed(&key).map_err(io::Error::other)?.pem();
        Ok(Authority { issuer: Issuer::new(params, key), pem })
    }

    /// The authority's own certificate in PEM.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// A certificate for these names (the first is the subject's), with a fault or without. It is valid for
    /// 90 days.
    pub(crate) fn identity(&self, names: &[&str], fault: Option<Fault>) -> io::Result<Identity> {
        let names: Vec<String> = match fault {
            Some(Fault::WrongName) => vec!["other.example".to_owned(), "www.other.example".to_owned()],
            _ => names.iter().map(|name| (*name).to_owned()).collect(),
        };
        let subject = names.first().cloned().unwrap_or_default();
        let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
        params.distinguished_name = name(&subject);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let age = if fault == Some(Fault::Expired) { 120 * DAY } else { DAY };
        let start = SystemTime::now() - age;
        params.not_before = start.into();
        params.not_after = (start + 90 * DAY).into();
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = match fault {
            Some(Fault::SelfSigned) => params.self_signed(&key),
            _ => params.signed_by(&key, &self.issuer),
        };
        Ok(Identity {
            certificate: certificate.map_err(io::Error::other)?.der().clone(),
            key: key.serialize_der(),
        })
    }
}

impl Identity {
    /// The key in the form that rustls takes.
    pub(crate) fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.clone()).into()
    }
}

fn name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}
