//! What a trust anchor says of itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use midwatch_model::{AnchorOrigin, PrivateAnchor, Time, lossless};
use sha2::{Digest as _, Sha256};
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::public_key::PublicKey;
use x509_parser::time::ASN1Time;
use x509_parser::x509::X509Version;

/// Names of constraints and purposes that are kept.
const MAX_NAMES: usize = 50;

/// Characters of one name that are kept.
const MAX_NAME: usize = 300;

pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a certificate; none where it is not one. Places are added by the caller.
pub(super) fn read(der: &[u8]) -> Option<PrivateAnchor> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let mut permitted = Vec::new();
    let mut purposes = Vec::new();
    for extension in certificate.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::NameConstraints(constraints) => {
                let trees = constraints.permitted_subtrees.iter().flatten().take(MAX_NAMES);
                permitted.extend(trees.map(|tree| general_name(&tree.base)));
            }
            ParsedExtension::ExtendedKeyUsage(usage) => {
                let named = [
                    (usage.any, "anyExtendedKeyUsage"),
                    (usage.server_auth, "serverAuth"),
                    (usage.client_auth, "clientAuth"),
                    (usage.code_signing, "codeSigning"),
                    (usage.email_protection, "emailProtection"),
                    (usage.time_stamping, "timeStamping"),
                    (usage.ocsp_signing, "OCSPSigning"),
                ];
                purposes.extend(named.iter().filter(|(is, _)| *is).map(|(_, name)| (*name).to_owned()));
                purposes.extend(usage.other.iter().take(MAX_NAMES).map(|oid| oid.to_id_string()));
            }
            _ => {}
        }
    }
    Some(PrivateAnchor {
        subject: clean(&certificate.subject().to_string()),
        sha256: String::new(),
        spki_sha256: sha256(certificate.public_key().raw),
        key: key(&certificate),
        not_before: time(&certificate.validity().not_before)?,
        not_after: time(&certificate.validity().not_after)?,
        // The first version has no extension that could say so; as an anchor it may sign (RFC 5280 6.1.4 (k)).
        is_ca: certificate.is_ca() || certificate.version() == X509Version::V1,
        permitted,
        purposes,
        files: Vec::new(),
        since: None,
        origin: AnchorOrigin::Administrator,
        known: None,
    })
}

fn time(time: &ASN1Time) -> Option<Time> {
    Time::from_second(time.timestamp()).ok()
}

fn clean(text: &str) -> String {
    lossless(text.as_bytes()).chars().take(MAX_NAME).collect()
}

fn general_name(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::DNSName(name) | GeneralName::RFC822Name(name) | GeneralName::URI(name) => clean(name),
        GeneralName::DirectoryName(name) => clean(&name.to_string()),
        GeneralName::IPAddress(bytes) => bytes.iter().take(32).map(|byte| format!("{byte:02x}")).collect(),
        _ => "another kind of name".into(),
    }
}

pub(crate) fn key(certificate: &X509Certificate<'_>) -> String {
    let info = certificate.public_key();
    match info.parsed() {
        Ok(PublicKey::RSA(rsa)) => format!("RSA {}", rsa.key_size()),
        Ok(PublicKey::EC(_)) => {
            let curve = info.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
            match curve.map(|oid| oid.to_id_string()).as_deref() {
                Some("1.2.840.10045.3.1.7") => "EC P-256".into(),
                Some("1.3.132.0.34") => "EC P-384".into(),
                Some("1.3.132.0.35") => "EC P-521".into(),
                _ => "EC".into(),
            }
        }
        Ok(PublicKey::DSA(_)) => "DSA".into(),
        _ => match info.algorithm.algorithm.to_id_string().as_str() {
            "1.3.101.112" => "Ed25519".into(),
            "1.3.101.113" => "Ed448".into(),
            other => other.to_owned(),
        },
    }
}

/// The certificates of a file: every PEM block of one (RFC 7468, and OpenSSL's own with trust appended), or the one of
/// a file of DER.
pub(crate) fn of_file(bytes: &[u8]) -> Vec<Vec<u8>> {
    if bytes.first() == Some(&0x30) {
        return vec![bytes.to_vec()];
    }
    let text = String::from_utf8_lossy(bytes);
    let mut found = Vec::new();
    let mut block: Option<String> = None;
    for line in text.lines().map(str::trim) {
        match line {
            "-----BEGIN CERTIFICATE-----"
            | "-----BEGIN TRUSTED CERTIFICATE-----"
            | "-----BEGIN X509 CERTIFICATE-----" => {
                block = Some(String::new());
            }
            line if line.starts_with("-----END ") => {
                found.extend(block.take().and_then(|text| STANDARD.decode(text).ok()).map(first_element));
            }
            line => {
                if let Some(block) = &mut block {
                    block.push_str(line);
                }
            }
        }
    }
    found
}

/// A certificate without what OpenSSL appends to one that it calls trusted.
fn first_element(der: Vec<u8>) -> Vec<u8> {
    let whole = X509Certificate::from_der(&der).ok().map(|(rest, _)| der.len() - rest.len());
    match whole.and_then(|length| der.get(..length)) {
        Some(certificate) => certificate.to_vec(),
        None => der,
    }
}
