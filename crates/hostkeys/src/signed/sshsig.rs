//! Signatures of files: OpenSSH's PROTOCOL.sshsig.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{Algorithm, SHA256, SHA512, digest};

use crate::fields::{Fields, put_string};
use crate::key::{KeyError, PublicKey};
use crate::signature::{self, Signature};

/// What the blob and the signed data begin with.
const MAGIC: &[u8] = b"SSHSIG";

/// The one version that there is.
const VERSION: u32 = 1;

const BEGIN: &[u8] = b"-----BEGIN SSH SIGNATURE-----";
const END: &[u8] = b"-----END SSH SIGNATURE-----";

/// The largest signature that is read, in bytes: a certificate of RSA with its signature takes a tenth.
pub const LARGEST: usize = 64 * 1024;

/// Why bytes are no signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// Larger than [`LARGEST`].
    #[error("it has more than 64 KiB")]
    TooLarge,
    /// The armour's first line is missing.
    #[error("it does not begin with -----BEGIN SSH SIGNATURE-----")]
    NoBegin,
    /// The armour's last line is missing.
    #[error("it ends without -----END SSH SIGNATURE-----, so a part of it is missing")]
    NoEnd,
    /// What stands between them is not base64.
    #[error("what is in it is not base64")]
    Base64,
    /// It is something else.
    #[error("what is in it is no signature")]
    Magic,
    /// A version of the future.
    #[error("it has version {0}, and only {VERSION} is known")]
    Version(u32),
    /// Another hash.
    #[error("it uses the hash {0:?}, and only sha256 and sha512 are allowed")]
    Hash(String),
    /// A field is damaged, or the key is.
    #[error("{0}")]
    Field(#[from] KeyError),
}

/// A signature, read and not verified.
#[derive(Debug, Clone)]
pub struct SshSig {
    key: PublicKey,
    namespace: String,
    hash: &'static Algorithm,
    hash_name: &'static [u8],
    signature: Vec<u8>,
}

impl SshSig {
    /// Reads the file that `ssh-keygen -Y sign` writes.
    ///
    /// # Errors
    /// [`FormatError`].
    pub fn parse(armoured: &[u8]) -> Result<SshSig, FormatError> {
        if armoured.len() > LARGEST {
            return Err(FormatError::TooLarge);
        }
        // Where files pass through Windows, lines end in CR LF.
        let inner = armoured.strip_prefix(BEGIN).ok_or(FormatError::NoBegin)?;
        if !matches!(inner.first(), Some(b'\n' | b'\r')) {
            return Err(FormatError::NoBegin);
        }
        let end = inner.windows(END.len() + 1).position(|window| window.strip_prefix(b"\n") == Some(END));
        let base64 = inner.get(..end.ok_or(FormatError::NoEnd)?).unwrap_or_default();
        let dense: Vec<u8> = base64.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        SshSig::read(&STANDARD.decode(dense).map_err(|_| FormatError::Base64)?)
    }

    fn read(blob: &[u8]) -> Result<SshSig, FormatError> {
        let blob = blob.strip_prefix(MAGIC).ok_or(FormatError::Magic)?;
        let mut fields = Fields::new(blob);
        let version = fields.uint32()?;
        if version != VERSION {
            return Err(FormatError::Version(version));
        }
        let key = PublicKey::from_blob(fields.string()?)?;
        let namespace = fields.text()?;
        let _reserved = fields.string()?;
        let (hash, hash_name): (_, &[u8]) = match fields.text()?.as_str() {
            "sha256" => (&SHA256, b"sha256"),
            "sha512" => (&SHA512, b"sha512"),
            other => return Err(FormatError::Hash(other.chars().take(100).collect())),
        };
        let signature = fields.string()?.to_vec();
        if !fields.is_empty() {
            return Err(FormatError::Field(KeyError::Damaged("something follows it")));
        }
        Ok(SshSig { key, namespace, hash, hash_name, signature })
    }

    /// The key, or the certificate, that says it made the signature.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// What the signature was made for.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Whether the key made it over these bytes. Whether the key may is for [`super::Signers`] to say.
    pub fn check(&self, file: &[u8]) -> Signature {
        let mut signed = MAGIC.to_vec();
        put_string(&mut signed, self.namespace.as_bytes());
        // The reserved field is empty in what is signed, whatever the blob has there: so OpenSSH does it.
        put_string(&mut signed, b"");
        put_string(&mut signed, self.hash_name);
        put_string(&mut signed, digest(self.hash, file).as_ref());
        signature::check(&self.key, &self.signature, &signed)
    }
}
