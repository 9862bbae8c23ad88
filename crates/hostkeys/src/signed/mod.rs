//! A file of known hosts that an organisation signed.
//!
//! Somebody who may do so signs it with `ssh-keygen -Y sign -f KEY -n midwatch-hosts FILE`, which writes `FILE.sig`
//! ([`sshsig`]). Who may do so stands in a file of allowed signers as ssh-keygen(1) describes it, or is one public key
//! ([`signers`]). The file itself is known_hosts, markers and all.
//!
//! The signature says who wrote the file and not when: somebody who can put an older file with its signature in the
//! place of a newer one takes keys back, and revocations too.

#[cfg(unix)]
mod disk;
pub mod signers;
pub mod sshsig;

use std::path::{Path, PathBuf};

#[cfg(unix)]
pub use disk::{ReadError, read};
pub use signers::{NotAllowed, Signer, Signers};
pub use sshsig::{FormatError, SshSig};

use crate::known_hosts::KnownHosts;
use crate::signature::Signature;

/// What the signature must have been made for (`-n`), so that none that was made for something else counts.
pub const NAMESPACE: &str = "midwatch-hosts";

/// The smallest RSA key whose signature counts, in bits: NIST SP 800-131A has 2048 as the least for signatures.
const SMALLEST_RSA: usize = 2048;

/// A file of known hosts whose signature is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustFile {
    /// What it says.
    pub known: KnownHosts,
    /// Who signed it.
    pub signer: Signer,
}

/// Why a file is not trusted. Each says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    /// No signature, or a damaged one.
    #[error(
        "its signature cannot be read ({0}): make it with `ssh-keygen -Y sign -f KEY -n {NAMESPACE} FILE`, which writes FILE.sig"
    )]
    Format(FormatError),
    /// Made for something else.
    #[error(
        "it is signed for {0:?} and not for {NAMESPACE:?}: sign it with `ssh-keygen -Y sign -f KEY -n {NAMESPACE} FILE`"
    )]
    Namespace(String),
    /// Over other bytes, or by another key than it names.
    #[error(
        "the signature does not belong to it: the file was changed after it was signed, or the signature is that of another file; fetch both anew, or sign the file again"
    )]
    Wrong,
    /// SHA-1.
    #[error("it is signed with {0}, which uses SHA-1: sign it with a current ssh-keygen")]
    Weak(String),
    /// An algorithm that is not computed here.
    #[error(
        "it is signed with {0}, which cannot be verified here: sign it with an Ed25519, ECDSA P-256 or P-384, or RSA key"
    )]
    NotChecked(String),
    /// A small key.
    #[error(
        "it is signed with an RSA key of {0} bits: sign it with one of {SMALLEST_RSA} or more, or with Ed25519"
    )]
    SmallKey(usize),
    /// The signature is good, and its maker may not sign.
    #[error(transparent)]
    Signer(#[from] NotAllowed),
}

impl TrustFile {
    /// Verifies a file.
    ///
    /// - `path`: where the file was read.
    /// - `file`, `signature`: the bytes of the file and of its `.sig`.
    /// - `now`: seconds since 1970.
    ///
    /// # Errors
    /// [`Untrusted`]. Nothing of the file counts then.
    pub fn verify(
        path: &Path,
        file: &[u8],
        signature: &[u8],
        signers: &Signers,
        now: u64,
    ) -> Result<TrustFile, Untrusted> {
        let signature = SshSig::parse(signature).map_err(Untrusted::Format)?;
        if signature.namespace() != NAMESPACE {
            return Err(Untrusted::Namespace(signature.namespace().chars().take(100).collect()));
        }
        match signature.check(file) {
            Signature::Good => {}
            Signature::Bad => return Err(Untrusted::Wrong),
            Signature::Disallowed(algorithm) => return Err(Untrusted::Weak(algorithm)),
            Signature::NotChecked(algorithm) => return Err(Untrusted::NotChecked(algorithm)),
        }
        match signature.key().rsa_bits() {
            Some(bits) if bits < SMALLEST_RSA => return Err(Untrusted::SmallKey(bits)),
            _ => {}
        }
        let signer = signers.who(signature.key(), NAMESPACE, now)?;
        Ok(TrustFile { known: KnownHosts::parse(path, file), signer })
    }
}

/// Where the signature of a file is: `.sig` behind its name, as `ssh-keygen -Y sign` writes it.
pub fn signature_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sig");
    PathBuf::from(name)
}
