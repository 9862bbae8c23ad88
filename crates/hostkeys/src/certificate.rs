//! OpenSSH's certificates of host keys: PROTOCOL.certkeys.

use crate::fields::Fields;
use crate::key::{KeyError, PublicKey};
use crate::pattern;
use crate::signature;
pub use crate::signature::Signature;

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
        signature::check(&self.authority, &self.signature, self.blob.get(..self.signed).unwrap_or_default())
    }
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
