//! OpenSSH's certificates of host keys: PROTOCOL.certkeys.

use ring::digest::{SHA256, digest};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519,
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
    RsaPublicKeyComponents, UnparsedPublicKey,
};

use crate::fields::Fields;
use crate::key::{KeyError, PublicKey};
use crate::pattern;

/// How many principals OpenSSH reads (`SSHKEY_CERT_MAX_PRINCIPALS`).
const MOST_PRINCIPALS: usize = 256;

/// The end of validity that means for ever.
pub const FOREVER: u64 = u64::MAX;

/// For what a certificate may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateKind {
    /// Users, SSH_CERT_TYPE_USER.
    User,
    /// Hosts, SSH_CERT_TYPE_HOST.
    Host,
}

/// What a certificate says of its key. Nothing of it is true before [`Certificate::check_signature`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    blob: Vec<u8>,
    /// How much of the blob is signed.
    signed: usize,
    signature: Vec<u8>,
    /// The number that the authority gave it.
    pub serial: u64,
    /// For users or for hosts.
    pub kind: CertificateKind,
    /// What the authority calls it.
    pub key_id: String,
    /// The names of hosts, which may be patterns.
    pub principals: Vec<String>,
    /// Valid from, in seconds since 1970.
    pub valid_after: u64,
    /// Valid until, this second excluded; [`FOREVER`].
    pub valid_before: u64,
    /// The names of critical options: none is known for hosts, and so each makes the certificate invalid.
    pub critical_options: Vec<String>,
    /// The names of extensions.
    pub extensions: Vec<String>,
    /// The key of the authority that signed it.
    pub authority: PublicKey,
}

/// What came of checking a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    /// The authority's key made it.
    Good,
    /// The authority's key did not make it: OpenSSH takes such a key for no key at all.
    Bad,
    /// OpenSSH refuses the algorithm by default (CASignatureAlgorithms): SHA-1.
    Disallowed(String),
    /// It was not checked, since the algorithm cannot be computed here.
    NotChecked(String),
}

/// Why a certificate is none for a host, in OpenSSH's order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Its signature is not the authority's.
    #[error("the certificate is not signed by the key it names")]
    Signature,
    /// For users.
    #[error("the certificate is for users, not for hosts")]
    ForUsers,
    /// Too early.
    #[error("the certificate is not valid yet")]
    NotYetValid,
    /// Too late.
    #[error("the certificate has expired")]
    Expired,
    /// No names. OpenSSH before 10.3 takes such a certificate for one of every host (CVE-2024-7594).
    #[error("the certificate names no host")]
    NoPrincipals,
    /// Other names.
    #[error("the certificate is for other hosts")]
    OtherPrincipals,
    /// Options that must be understood.
    #[error("the certificate has critical options, which none for hosts may have: {}", .0.join(", "))]
    CriticalOptions(Vec<String>),
    /// SHA-1.
    #[error("the certificate is signed with {0}, which OpenSSH does not allow by default")]
    Algorithm(String),
    /// The signature could not be checked here: neither good nor bad.
    #[error("the signature of the certificate was not checked: {0} is not known here")]
    NotChecked(String),
}

impl Certificate {
    /// Reads what follows the key. `fields` stands in `blob` and ends with it.
    pub(crate) fn read(blob: &[u8], fields: &mut Fields<'_>) -> Result<Certificate, KeyError> {
        let serial = fields.uint64()?;
        let kind = match fields.uint32()? {
            1 => CertificateKind::User,
            2 => CertificateKind::Host,
            _ => return Err(KeyError::Damaged("a certificate of an unknown kind")),
        };
        let key_id = fields.text()?;
        let mut names = Fields::new(fields.string()?);
        let valid_after = fields.uint64()?;
        let valid_before = fields.uint64()?;
        let critical_options = options(fields.string()?)?;
        let extensions = options(fields.string()?)?;
        let _reserved = fields.string()?;
        let authority = PublicKey::plain_from_blob(fields.string()?)?;
        let signed = blob.len().saturating_sub(fields.left());
        let signature = fields.string()?.to_vec();
        let mut principals = Vec::new();
        while !names.is_empty() {
            if principals.len() == MOST_PRINCIPALS {
                return Err(KeyError::Damaged("too many principals"));
            }
            principals.push(names.text()?);
        }
        Ok(Certificate {
            blob: blob.to_vec(),
            signed,
            signature,
            serial,
            kind,
            key_id,
            principals,
            valid_after,
            valid_before,
            critical_options,
            extensions,
            authority,
        })
    }

    pub(crate) fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// The principal that names a host: first one that is the name itself, else one whose pattern matches.
    ///
    /// Patterns are OpenSSH's since 10.3; older ones want the name itself.
    pub fn principal_for(&self, host: &str) -> Option<&str> {
        let exact = self.principals.iter().find(|principal| *principal == host);
        exact
            .or_else(|| self.principals.iter().find(|one| pattern::matches(host.as_bytes(), one.as_bytes())))
            .map(String::as_str)
    }

    /// Whether this certifies the key of a host at a time, in seconds since 1970 (`sshkey_cert_check_host`). The
    /// signature is looked at first; whether the authority is one is for the caller to know.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn check(&self, host: &str, now: u64) -> Result<&str, Refusal> {
        match self.check_signature() {
            Signature::Good => {}
            Signature::Bad => return Err(Refusal::Signature),
            Signature::Disallowed(algorithm) => return Err(Refusal::Algorithm(algorithm)),
            Signature::NotChecked(algorithm) => return Err(Refusal::NotChecked(algorithm)),
        }
        if self.kind != CertificateKind::Host {
            return Err(Refusal::ForUsers);
        }
        if now < self.valid_after {
            return Err(Refusal::NotYetValid);
        }
        if now >= self.valid_before {
            return Err(Refusal::Expired);
        }
        if self.principals.is_empty() {
            return Err(Refusal::NoPrincipals);
        }
        let principal = self.principal_for(host).ok_or(Refusal::OtherPrincipals)?;
        if !self.critical_options.is_empty() {
            return Err(Refusal::CriticalOptions(self.critical_options.clone()));
        }
        Ok(principal)
    }

    /// Whether the authority's key made the signature.
    pub fn check_signature(&self) -> Signature {
        self.try_signature().unwrap_or(Signature::Bad)
    }

    fn try_signature(&self) -> Result<Signature, KeyError> {
        let message = self.blob.get(..self.signed).unwrap_or_default();
        let mut fields = Fields::new(&self.signature);
        let algorithm = String::from_utf8_lossy(fields.string()?).into_owned();
        let value = fields.string()?;
        let mut key = Fields::new(self.authority.plain_blob());
        let kind = key.string()?;
        let rsa =
            kind == b"ssh-rsa" && matches!(algorithm.as_str(), "rsa-sha2-256" | "rsa-sha2-512" | "ssh-rsa");
        if !rsa && kind != algorithm.as_bytes() {
            return Ok(Signature::Bad);
        }
        let good = match algorithm.as_str() {
            "ssh-ed25519" => UnparsedPublicKey::new(&ED25519, key.string()?).verify(message, value).is_ok(),
            "ecdsa-sha2-nistp256" => {
                let _curve = key.string()?;
                let both = fixed(value, 32)?;
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.string()?).verify(message, &both).is_ok()
            }
            "ecdsa-sha2-nistp384" => {
                let _curve = key.string()?;
                let both = fixed(value, 48)?;
                UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, key.string()?).verify(message, &both).is_ok()
            }
            "rsa-sha2-256" | "rsa-sha2-512" => {
                let (e, n) = (key.positive()?, key.positive()?);
                let method = if algorithm == "rsa-sha2-256" {
                    &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY
                } else {
                    &RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY
                };
                if n.len() > 1024 {
                    return Ok(Signature::NotChecked(format!("RSA with {} bytes", n.len())));
                }
                // A signature may be written without its leading zeros (`ssh_rsa_verify`).
                let short = n.len().saturating_sub(value.len());
                let padded = [vec![0; short], value.to_vec()].concat();
                RsaPublicKeyComponents { n, e }.verify(method, message, &padded).is_ok()
            }
            "sk-ssh-ed25519@openssh.com" => {
                let point = key.string()?;
                let said = authenticator(key.string()?, &mut fields, message)?;
                UnparsedPublicKey::new(&ED25519, point).verify(&said, value).is_ok()
            }
            "sk-ecdsa-sha2-nistp256@openssh.com" => {
                let _curve = key.string()?;
                let point = key.string()?;
                let said = authenticator(key.string()?, &mut fields, message)?;
                let both = fixed(value, 32)?;
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(&said, &both).is_ok()
            }
            "ssh-rsa" | "ssh-dss" => return Ok(Signature::Disallowed(algorithm)),
            _ => return Ok(Signature::NotChecked(algorithm)),
        };
        Ok(if good && fields.is_empty() { Signature::Good } else { Signature::Bad })
    }
}

/// What a security key signs instead of the message (PROTOCOL.u2f, SSH U2F signatures).
fn authenticator(application: &[u8], fields: &mut Fields<'_>, message: &[u8]) -> Result<Vec<u8>, KeyError> {
    let mut said = digest(&SHA256, application).as_ref().to_vec();
    said.push(fields.byte()?);
    said.extend_from_slice(&fields.uint32()?.to_be_bytes());
    said.extend_from_slice(digest(&SHA256, message).as_ref());
    Ok(said)
}

/// The two numbers of an ECDSA signature (RFC 5656 section 3.1.2), each in so many bytes.
fn fixed(value: &[u8], width: usize) -> Result<Vec<u8>, KeyError> {
    let mut fields = Fields::new(value);
    let mut both = Vec::with_capacity(width * 2);
    for _ in 0..2 {
        let number = fields.positive()?;
        let zeros = width.checked_sub(number.len()).ok_or(KeyError::Damaged("a number that is too large"))?;
        both.resize(both.len() + zeros, 0);
        both.extend_from_slice(number);
    }
    if fields.is_empty() { Ok(both) } else { Err(KeyError::Damaged("something follows the signature")) }
}

/// The names of options; their values are not looked at.
fn options(bytes: &[u8]) -> Result<Vec<String>, KeyError> {
    let mut fields = Fields::new(bytes);
    let mut names = Vec::new();
    while !fields.is_empty() {
        names.push(String::from_utf8_lossy(fields.string()?).into_owned());
        let _value = fields.string()?;
    }
    Ok(names)
}
