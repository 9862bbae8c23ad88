//! What has to be readable again and yet must not lie open in the database: TOTP secrets.
//!
//! AES-256-GCM with a key in a file of its own beside the store, which its owner alone can read. Whoever has the
//! database alone (a dump, a backup, another client of PostgreSQL) has none of the secrets. What is sealed is bound to
//! a purpose, so that it cannot be moved to another account.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use zeroize::Zeroizing;

use super::random;

/// The key of one installation.
pub struct Seal {
    key: LessSafeKey,
    mac: hmac::Key,
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Seal")
    }
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The file cannot be made or read.
    #[error("the key of the dashboard, {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It holds something else.
    #[error(
        "the key of the dashboard, {path}, does not hold 32 octets: put the file back from a backup, or remove it; then \
         authenticator apps have to be set up anew"
    )]
    Size {
        /// Which.
        path: PathBuf,
    },
    /// Others can read it.
    #[error("the key of the dashboard, {path}, can be read by others: chmod 600 {path}")]
    Open {
        /// Which.
        path: PathBuf,
    },
}

impl Seal {
    /// From 32 octets.
    pub fn new(secret: &[u8; 32]) -> Seal {
        let key = UnboundKey::new(&AES_256_GCM, secret).expect("a key of the right length");
        // A key of its own for what is authenticated and not hidden (form tokens before a login).
        let mac = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let derived = hmac::sign(&mac, b"midwatch dashboard mac v1");
        Seal { key: LessSafeKey::new(key), mac: hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()) }
    }

    /// Reads the key file, and makes it where it is not there.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn open(path: &Path) -> Result<Seal, SealError> {
        use std::os::unix::fs::MetadataExt as _;
        let failed = |source| SealError::File { path: path.to_owned(), source };
        let mut options = std::fs::OpenOptions::new();
        match options.write(true).create_new(true).mode(0o600).open(path) {
            Ok(mut file) => {
                let secret = Zeroizing::new(random::bytes::<32>());
                file.write_all(secret.as_slice()).and_then(|()| file.sync_all()).map_err(failed)?;
                return Ok(Seal::new(&secret));
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(error)),
        }
        let file = std::fs::File::open(path).map_err(failed)?;
        if file.metadata().map_err(failed)?.mode() & 0o077 != 0 {
            return Err(SealError::Open { path: path.to_owned() });
        }
        let mut read = Zeroizing::new(Vec::with_capacity(33));
        file.take(33).read_to_end(&mut read).map_err(failed)?;
        let secret: &[u8; 32] =
            read.as_slice().try_into().map_err(|_| SealError::Size { path: path.to_owned() })?;
        Ok(Seal::new(secret))
    }

    /// Seals octets for one purpose: nonce, then what AES-256-GCM makes of them.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Vec<u8> {
        let nonce = random::bytes::<NONCE_LEN>();
        let mut sealed = plain.to_vec();
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(purpose), &mut sealed)
            .expect("what is sealed here is short");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens what was sealed for the same purpose; nothing where it was altered, or sealed by another key.
    pub fn unseal(&self, purpose: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = Zeroizing::new(sealed.to_vec());
        let length = self.key.open_in_place(nonce, Aad::from(purpose), &mut sealed).ok()?.len();
        sealed.truncate(length);
        Some(sealed)
    }

    /// A code over a text that nobody without the key can make: HMAC-SHA256 in base64url.
    pub fn code(&self, text: &str) -> String {
        random::encode(hmac::sign(&self.mac, text.as_bytes()).as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_purpose_alone() {
        let seal = Seal::new(&[7; 32]);
        let sealed = seal.seal("totp 1", b"secret");
        assert_eq!(seal.unseal("totp 1", &sealed).as_deref().map(Vec::as_slice), Some(b"secret".as_slice()));
        assert_ne!(sealed, seal.seal("totp 1", b"secret"), "each time another nonce");
        assert_eq!(seal.unseal("totp 2", &sealed), None);
        assert_eq!(Seal::new(&[8; 32]).unseal("totp 1", &sealed), None);
        for place in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[place] ^= 1;
            assert_eq!(seal.unseal("totp 1", &altered), None);
            assert_eq!(seal.unseal("totp 1", &sealed[..place]), None);
        }
        assert_ne!(seal.code("a"), seal.code("b"));
        assert_ne!(seal.code("a"), Seal::new(&[8; 32]).code("a"));
    }

    #[test]
    fn the_key_file_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("dashboard.key");
        let code = Seal::open(&path).expect("a new key").code("x");
        let mode = std::fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(Seal::open(&path).expect("the same key").code("x"), code);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("permissions");
        let error = Seal::open(&path).expect_err("an open file").to_string();
        assert!(error.contains("chmod 600"), "{error}");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("permissions");
        std::fs::write(&path, [1; 40]).expect("a wrong file");
        assert!(matches!(Seal::open(&path), Err(SealError::Size { .. })));
    }
}
