//! A public key as it was read.

use serde::{Serialize, Serializer};

/// What the key is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// OpenSSH, in a line, as RFC 4716 has it, or inside a certificate.
    Openssh,
    /// OpenPGP (RFC 4880, RFC 9580).
    Openpgp,
    /// SubjectPublicKeyInfo (RFC 5280, section 4.1), also where it was written as PKCS#1.
    Spki,
    /// An X.509 certificate.
    X509,
    /// A recipient of age.
    Age,
    /// minisign.
    Minisign,
    /// OpenBSD's signify.
    Signify,
    /// WireGuard.
    Wireguard,
}

impl Format {
    /// Its id: in JSON, and in what the words are computed from. Never changed.
    pub fn id(self) -> &'static str {
        match self {
            Format::Openssh => "openssh",
            Format::Openpgp => "openpgp",
            Format::Spki => "spki",
            Format::X509 => "x509",
            Format::Age => "age",
            Format::Minisign => "minisign",
            Format::Signify => "signify",
            Format::Wireguard => "wireguard",
        }
    }

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Format::Openssh => "OpenSSH key",
            Format::Openpgp => "OpenPGP key",
            Format::Spki => "public key (SubjectPublicKeyInfo)",
            Format::X509 => "X.509 certificate",
            Format::Age => "age recipient",
            Format::Minisign => "minisign key",
            Format::Signify => "signify key",
            Format::Wireguard => "WireGuard key",
        }
    }
}

/// One fingerprint in its customary form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fingerprint {
    /// What it is called, for example `SHA256` or `pin`.
    pub kind: &'static str,
    /// As the tools of the format write it.
    pub value: String,
}

impl Fingerprint {
    pub(crate) fn new(kind: &'static str, value: impl Into<String>) -> Self {
        Fingerprint { kind, value: value.into() }
    }
}

/// A subkey of an OpenPGP key. That it belongs to the key is for a signature to say, which is not checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Subkey {
    /// Its algorithm.
    pub algorithm: String,
    /// Its size in bits, where that is a number.
    pub bits: Option<u32>,
    /// When it says that it was made.
    pub created: Option<String>,
    /// Its fingerprint, in groups.
    pub fingerprint: String,
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicKey {
    /// What it is written as.
    pub format: Format,
    /// Its algorithm, by the name that the tools of the format use.
    pub algorithm: String,
    /// Its size in bits, where that is a number.
    pub bits: Option<u32>,
    /// What it says of itself: comments, user ids, subjects. Unproven, and safe to show.
    pub says: Vec<String>,
    /// Its fingerprints, the most customary first.
    pub fingerprints: Vec<Fingerprint>,
    /// Subkeys of an OpenPGP key.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subkeys: Vec<Subkey>,
    /// What is to be known of it beside that.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Exactly what of the key the words are computed from; [`crate::words`] says it for each format.
    #[serde(serialize_with = "as_base64")]
    pub material: Vec<u8>,
    /// The same key as a DER SubjectPublicKeyInfo, where there is one for it: by it keys of two formats are compared.
    #[serde(serialize_with = "as_base64_option", skip_serializing_if = "Option::is_none")]
    pub spki: Option<Vec<u8>>,
    /// What a QR code of it holds: the key itself where it is short, and its fingerprint otherwise.
    pub qr: String,
}

fn as_base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&crate::hash::base64(bytes))
}

fn as_base64_option<S: Serializer>(bytes: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
    match bytes {
        Some(bytes) => as_base64(bytes, serializer),
        None => serializer.serialize_none(),
    }
}

impl PublicKey {
    /// The fingerprint that is named first, for a line about the key.
    pub fn main_fingerprint(&self) -> &str {
        self.fingerprints.first().map_or("", |print| print.value.as_str())
    }
}
