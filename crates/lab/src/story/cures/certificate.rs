//! An authority that both trust certifies whose a key is: X.509, made by rcgen and verified by rustls-webpki.

use std::io;
use std::time::Duration;

use midwatch_model::Person;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PublicKeyData, SignatureAlgorithm,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use super::About;
use crate::story::attack::Attack;
use crate::story::key::Public;
use crate::story::letter::Introduction;
use crate::story::people::{Somebody, capital};

pub(crate) static ABOUT: About = About {
    id: "certificate",
    name: "certificate",
    title: "A certificate from an authority",
    what: "Both know the authority's key beforehand, as browsers do. It has looked at who Elizabeth and David are, and certified \
           their keys with their names; each verifies the other's certificate.",
    fails: "The authority is believed, whatever it signs: where it certifies Jessica's key with their names, by mistake or \
            under pressure, nobody sees anything.",
    shown: &[Attack::SwapFirst, Attack::MisIssue],
};

const DAY: Duration = Duration::from_secs(86_400);

/// The name that is certified.
fn name(who: Person) -> &'static str {
    match who {
        Person::Elizabeth => "elizabeth.example",
        Person::Jessica => "jessica.example",
        Person::David => "david.example",
    }
}

/// An authority: the one that both trust, or one that Jessica made herself.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
}

/// A key as rcgen wants to have it: an authority sees public keys alone.
struct Certified(Vec<u8>);

impl PublicKeyData for Certified {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl Authority {
    /// A new one, valid for a day before and after now.
    pub(crate) fn new(common: &str) -> io::Result<Authority> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let mut params = validity(CertificateParams::default());
        let mut subject = DistinguishedName::new();
        subject.push(DnType::CommonName, common);
        params.distinguished_name = subject;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let certificate = params.self_signed(&key).map_err(io::Error::other)?.der().clone();
        Ok(Authority { issuer: Issuer::new(params, key), certificate })
    }

    /// Its own certificate.
    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.certificate.clone()
    }

    /// Certifies that the key is this person's. Whether it is, is the authority's to find out.
    pub(crate) fn certify(&self, who: Person, key: &Public) -> io::Result<Vec<u8>> {
        let mut params = validity(CertificateParams::new([name(who).to_owned()]).map_err(io::Error::other)?);
        params.key_usages = vec![KeyUsagePurpose::KeyAgreement];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection];
        let certificate =
            params.signed_by(&Certified(key.point()), &self.issuer).map_err(io::Error::other)?;
        Ok(certificate.der().to_vec())
    }
}

fn validity(mut params: CertificateParams) -> CertificateParams {
    let now = std::time::SystemTime::now();
    params.not_before = (now - DAY).into();
    params.not_after = (now + DAY).into();
    params
}

/// id-kp-emailProtection (RFC 5280, section 4.2.1.12).
const EMAIL_PROTECTION: &[u8] = &[0x2B, 6, 1, 5, 5, 7, 3, 4];

/// Why a certificate is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Missing,
    NotTrusted,
    OtherName,
    OtherKey,
}

/// Whether the certificate vouches for this key and this person, by this authority.
pub(crate) fn verify(
    authority: &CertificateDer<'_>,
    who: Person,
    key: &Public,
    certificate: Option<&[u8]>,
) -> Result<(), Fault> {
    let der = CertificateDer::from(certificate.ok_or(Fault::Missing)?);
    let certificate = EndEntityCert::try_from(&der).map_err(|_| Fault::NotTrusted)?;
    let anchors = [anchor_from_trusted_cert(authority).map_err(|_| Fault::NotTrusted)?];
    certificate
        .verify_for_usage(
            &[webpki::ring::ECDSA_P256_SHA256],
            &anchors,
            &[],
            UnixTime::now(),
            KeyUsage::required(EMAIL_PROTECTION),
            None,
            None,
        )
        .map_err(|_| Fault::NotTrusted)?;
    let name = ServerName::try_from(name(who)).map_err(|_| Fault::OtherName)?;
    certificate.verify_is_valid_for_subject_name(&name).map_err(|_| Fault::OtherName)?;
    if certificate.subject_public_key_info().as_ref() != key.spki() {
        return Err(Fault::OtherKey);
    }
    Ok(())
}

/// Whether this person believes what came.
pub(super) fn judge(me: &mut Somebody, came: &Introduction) -> bool {
    let why = match verify(&me.authority, me.other(), &came.key, came.certificate.as_deref()) {
        Ok(()) => {
            me.sees(format!("The authority says that it is {}'s. Believes it.", me.other()));
            return true;
        }
        Err(Fault::Missing) => "There is no certificate with it",
        Err(Fault::NotTrusted) => "The certificate with it is not from the authority",
        Err(Fault::OtherName) => "The certificate with it is for another name",
        Err(Fault::OtherKey) => "The certificate with it is for another key",
    };
    me.alarm(format!("{why}. {} does not believe it.", capital(me.they())));
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::key::Secret;
    use crate::story::random::Random;

    #[test]
    fn a_certificate_holds_for_its_authority_its_name_and_its_key() {
        let mut random = Random::seeded(b"certificate");
        let [key, other] = [(); 2].map(|()| Secret::new(&mut random).expect("a key").public());
        let authority = Authority::new("authority").expect("an authority");
        let self_made = Authority::new("authority").expect("an authority of the same name");
        let root = authority.certificate();
        let david = authority.certify(Person::David, &key).expect("certified");
        let by_herself = self_made.certify(Person::David, &key).expect("certified");
        assert_eq!(verify(&root, Person::David, &key, Some(&david)), Ok(()));
        assert_eq!(verify(&root, Person::Elizabeth, &key, Some(&david)), Err(Fault::OtherName));
        assert_eq!(verify(&root, Person::David, &other, Some(&david)), Err(Fault::OtherKey));
        assert_eq!(verify(&root, Person::David, &key, Some(&by_herself)), Err(Fault::NotTrusted));
        assert_eq!(verify(&root, Person::David, &key, None), Err(Fault::Missing));
        assert_eq!(verify(&root, Person::David, &key, Some(&[0x30, 0])), Err(Fault::NotTrusted));
        for at in 0..david.len() {
            let mut changed = david.clone();
            changed[at] ^= 1;
            assert!(verify(&root, Person::David, &key, Some(&changed)).is_err(), "octet {at}");
        }
    }
}
