//! SubjectPublicKeyInfo (RFC 5280, section 4.1), and PKCS#1 public keys (RFC 8017), which are told as one.

use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey as Parsed;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::hash::{base64, hex, sha256};
use crate::{Fingerprint, Format, PublicKey, ReadError, der};

/// Names of algorithms by their object identifiers: RFC 3279, 4055, 5480, 8410, 9881, 9935.
const ALGORITHMS: &[(&str, &str)] = &[
    ("1.2.840.113549.1.1.1", "RSA"),
    ("1.2.840.113549.1.1.10", "RSA-PSS"),
    ("1.2.840.10040.4.1", "DSA"),
    ("1.3.101.110", "X25519"),
    ("1.3.101.111", "X448"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
    ("2.16.840.1.101.3.4.3.17", "ML-DSA-44"),
    ("2.16.840.1.101.3.4.3.18", "ML-DSA-65"),
    ("2.16.840.1.101.3.4.3.19", "ML-DSA-87"),
    ("2.16.840.1.101.3.4.4.1", "ML-KEM-512"),
    ("2.16.840.1.101.3.4.4.2", "ML-KEM-768"),
    ("2.16.840.1.101.3.4.4.3", "ML-KEM-1024"),
];

/// Names and sizes of curves.
const CURVES: &[(&str, &str, u32)] = &[
    ("1.2.840.10045.3.1.7", "P-256", 256),
    ("1.3.132.0.34", "P-384", 384),
    ("1.3.132.0.35", "P-521", 521),
    ("1.3.132.0.10", "secp256k1", 256),
    ("1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1", 256),
    ("1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1", 384),
    ("1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1", 512),
];

/// Reads a SubjectPublicKeyInfo.
///
/// # Errors
/// [`ReadError::Malformed`].
pub fn key(bytes: &[u8]) -> Result<PublicKey, ReadError> {
    let fault = |fault: &str| ReadError::malformed(Format::Spki, fault);
    let (rest, info) =
        SubjectPublicKeyInfo::from_der(bytes).map_err(|_| fault("it is no SubjectPublicKeyInfo in DER"))?;
    if !rest.is_empty() {
        return Err(fault("bytes are left over"));
    }
    let (algorithm, bits) = describe(&info);
    Ok(PublicKey {
        format: Format::Spki,
        algorithm,
        bits,
        says: Vec::new(),
        fingerprints: fingerprints(bytes).into(),
        subkeys: Vec::new(),
        notes: Vec::new(),
        material: bytes.to_vec(),
        spki: Some(bytes.to_vec()),
        qr: pin(bytes),
    })
}

/// Reads a PKCS#1 RSAPublicKey.
///
/// # Errors
/// [`ReadError::Malformed`].
pub fn pkcs1(bytes: &[u8]) -> Result<PublicKey, ReadError> {
    if der::tags(bytes).as_deref() != Some(&[der::INTEGER, der::INTEGER]) {
        return Err(ReadError::malformed(Format::Spki, "an RSAPublicKey of PKCS#1 is two numbers"));
    }
    let mut key = key(&der::spki_of_pkcs1(bytes))?;
    key.notes.push("written as PKCS#1; told as the SubjectPublicKeyInfo of the same key".into());
    Ok(key)
}

/// The digest as people pin it (RFC 7469, and curl's `--pinnedpubkey`).
pub fn pin(spki: &[u8]) -> String {
    format!("sha256//{}", base64(&sha256(spki)))
}

/// The fingerprints of a SubjectPublicKeyInfo.
pub fn fingerprints(spki: &[u8]) -> [Fingerprint; 2] {
    [Fingerprint::new("key SHA-256", hex(&sha256(spki))), Fingerprint::new("pin", pin(spki))]
}

/// Algorithm and size in bits.
pub fn describe(info: &SubjectPublicKeyInfo<'_>) -> (String, Option<u32>) {
    let id = info.algorithm.algorithm.to_id_string();
    if id == "1.2.840.10045.2.1" {
        let curve = info.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
        let curve = curve.map(|oid| oid.to_id_string()).unwrap_or_default();
        let known = CURVES.iter().find(|(oid, ..)| *oid == curve);
        return known.map_or(("EC".into(), None), |(_, name, bits)| (format!("EC {name}"), Some(*bits)));
    }
    let bits = match info.parsed() {
        Ok(Parsed::RSA(rsa)) => Some(number_bits(rsa.modulus)),
        _ if matches!(id.as_str(), "1.3.101.110" | "1.3.101.112") => Some(256),
        _ => None,
    };
    let name = ALGORITHMS.iter().find(|(oid, _)| *oid == id).map_or(id.as_str(), |(_, name)| name);
    (name.to_owned(), bits)
}

/// The size of a big-endian number in bits.
pub fn number_bits(number: &[u8]) -> u32 {
    let zeros = number.iter().take_while(|&&octet| octet == 0).count();
    let rest = number.get(zeros..).unwrap_or_default();
    let leading = rest.first().map_or(0, |first| first.leading_zeros());
    u32::try_from(rest.len()).unwrap_or(u32::MAX).saturating_mul(8).saturating_sub(leading)
}
