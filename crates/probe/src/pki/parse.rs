//! The fields of a certificate that a report shows.

use midwatch_model::{OddName, OddNameKind, ParsedCertificate, Time, lossless};
use sha2::{Digest, Sha256};
use x509_parser::oid_registry::{Oid, OidRegistry};
use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, X509Certificate, X509Name};
use x509_parser::public_key::PublicKey;
use x509_parser::time::ASN1Time;

use super::{extensions, key_faults, link};

/// subjectAltNames kept of one certificate.
const MAX_NAMES: usize = 1000;
/// Odd entries of subjectAltName kept of one certificate.
const MAX_ODD_NAMES: usize = 100;
/// Characters kept of a distinguished name.
const MAX_NAME_LENGTH: usize = 1000;

/// SHA-256 in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a certificate; none where it is not one. What follows it is passed over.
pub fn read(der: &[u8]) -> Option<X509Certificate<'_>> {
    X509Certificate::from_der(der).ok().map(|(_, certificate)| certificate)
}

/// The fields of a certificate; none where its dates are none.
pub fn certificate(certificate: &X509Certificate<'_>) -> Option<ParsedCertificate> {
    let (key_algorithm, key_curve, key_bits) = key(certificate);
    let rsa = match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(rsa)) => Some(rsa),
        _ => None,
    };
    Some(ParsedCertificate {
        subject: name(certificate.subject()),
        issuer: name(certificate.issuer()),
        serial: certificate.raw_serial().iter().take(64).map(|byte| format!("{byte:02x}")).collect(),
        not_before: time(&certificate.validity().not_before)?,
        not_after: time(&certificate.validity().not_after)?,
        names: names(certificate),
        common_name: certificate
            .subject()
            .iter_common_name()
            .next()
            .and_then(|attribute| attribute.as_str().ok())
            .map(|text| clean(text.as_bytes())),
        key_algorithm,
        key_curve,
        key_bits,
        spki_sha256: sha256(certificate.public_key().raw),
        signature_algorithm: signature_algorithm(certificate),
        is_ca: certificate.is_ca(),
        self_signed: link::is_self_signed(certificate),
        must_staple: must_staple(certificate),
        scts: scts(certificate),
        rsa_exponent: rsa
            .as_ref()
            .map(|rsa| rsa.exponent.iter().take(64).map(|byte| format!("{byte:02x}")).collect()),
        key_faults: rsa.as_ref().map(|rsa| key_faults::of_rsa(rsa.modulus, rsa.exponent)).unwrap_or_default(),
        odd_names: odd_names(certificate),
        extensions: Some(extensions::of(certificate)),
    })
}

/// A distinguished name as one line.
pub fn name(name: &X509Name<'_>) -> String {
    clean(name.to_string().as_bytes())
}

/// The signature's algorithm by its customary short name, else dotted.
pub fn signature_algorithm(certificate: &X509Certificate<'_>) -> String {
    oid_name(&certificate.signature_algorithm.algorithm)
}

/// A time of a certificate.
pub fn time(time: &ASN1Time) -> Option<Time> {
    Time::from_second(time.timestamp()).ok()
}

fn clean(bytes: &[u8]) -> String {
    lossless(bytes).chars().take(MAX_NAME_LENGTH).collect()
}

fn oid_name(oid: &Oid<'_>) -> String {
    static REGISTRY: std::sync::OnceLock<OidRegistry<'static>> = std::sync::OnceLock::new();
    let registry = REGISTRY.get_or_init(|| OidRegistry::default().with_all_crypto().with_x509());
    registry.get(oid).map_or_else(|| oid.to_id_string(), |entry| entry.sn().to_owned())
}

fn key(certificate: &X509Certificate<'_>) -> (String, Option<String>, u32) {
    let info = certificate.public_key();
    let bits = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
    match info.parsed() {
        Ok(PublicKey::RSA(rsa)) => ("RSA".into(), None, bits(rsa.key_size())),
        Ok(PublicKey::EC(point)) => {
            let curve = info.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
            let curve = curve.map(|oid| match oid.to_id_string().as_str() {
                "1.2.840.10045.3.1.7" => "P-256".to_owned(),
                "1.3.132.0.34" => "P-384".to_owned(),
                "1.3.132.0.35" => "P-521".to_owned(),
                _ => oid_name(&oid),
            });
            // The point's size is rounded up to whole bytes; P-521 has 521 bits and not 528.
            let size = if curve.as_deref() == Some("P-521") { 521 } else { bits(point.key_size()) };
            ("EC".into(), curve, size)
        }
        Ok(PublicKey::DSA(_)) => ("DSA".into(), None, bits(info.subject_public_key.data.len() * 8)),
        _ => match info.algorithm.algorithm.to_id_string().as_str() {
            "1.3.101.112" => ("Ed25519".into(), None, 256),
            "1.3.101.113" => ("Ed448".into(), None, 456),
            other => (other.to_owned(), None, bits(info.subject_public_key.data.len() * 8)),
        },
    }
}

/// DNS names and addresses of subjectAltName, in its order.
pub fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some(clean(name.as_bytes())),
        GeneralName::IPAddress(bytes) => match *bytes {
            [a, b, c, d] => Some(std::net::Ipv4Addr::new(*a, *b, *c, *d).to_string()),
            bytes => {
                <[u8; 16]>::try_from(bytes).ok().map(|bytes| std::net::Ipv6Addr::from(bytes).to_string())
            }
        },
        _ => None,
    };
    extension.value.general_names.iter().filter_map(name).take(MAX_NAMES).collect()
}

/// Entries of subjectAltName that are no plain DNS name and no address, in its order.
fn odd_names(certificate: &X509Certificate<'_>) -> Vec<OddName> {
    use OddNameKind as Kind;
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let odd = |name: &GeneralName<'_>| {
        let (kind, value) = match name {
            GeneralName::DNSName(name) => {
                name.parse::<std::net::IpAddr>().ok()?;
                (Kind::AddressAsName, clean(name.as_bytes()))
            }
            GeneralName::IPAddress(bytes) if matches!(bytes.len(), 4 | 16) => return None,
            GeneralName::IPAddress(bytes) => (Kind::BrokenAddress, format!("{} octets", bytes.len())),
            GeneralName::RFC822Name(address) => (Kind::Email, clean(address.as_bytes())),
            GeneralName::URI(uri) => (Kind::Uri, clean(uri.as_bytes())),
            GeneralName::Invalid(_, bytes) => (Kind::Unreadable, clean(bytes)),
            GeneralName::DirectoryName(directory) => (Kind::Other, self::name(directory)),
            GeneralName::OtherName(id, _) => (Kind::Other, format!("otherName {id}")),
            GeneralName::RegisteredID(id) => (Kind::Other, format!("registeredID {id}")),
            GeneralName::X400Address(_) => (Kind::Other, "x400Address".into()),
            GeneralName::EDIPartyName(_) => (Kind::Other, "ediPartyName".into()),
        };
        Some(OddName { kind, value })
    };
    extension.value.general_names.iter().filter_map(odd).take(MAX_ODD_NAMES).collect()
}

/// status_request (5) among the features of RFC 7633.
fn must_staple(certificate: &X509Certificate<'_>) -> bool {
    certificate
        .extensions()
        .iter()
        .find(|extension| extension.oid.to_id_string() == "1.3.6.1.5.5.7.1.24")
        .is_some_and(|extension| extension.value.windows(3).any(|bytes| bytes == [2, 1, 5]))
}

fn scts(certificate: &X509Certificate<'_>) -> u32 {
    let count = |extension: &ParsedExtension<'_>| match extension {
        ParsedExtension::SCT(list) => Some(list.len() as u32),
        _ => None,
    };
    certificate.extensions().iter().find_map(|extension| count(extension.parsed_extension())).unwrap_or(0)
}
