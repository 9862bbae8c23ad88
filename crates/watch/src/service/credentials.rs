//! What the service manager hands over as credentials (systemd's `LoadCredential=`): files of a directory that no other
//! service can read, named by `CREDENTIALS_DIRECTORY`.

use std::io::Read;
use std::path::{Path, PathBuf};

/// A credential may be so long, in bytes; systemd's own limit for all of a unit's together.
const MAX_BYTES: u64 = 1024 * 1024;

/// The directory of this process's credentials, where it has one.
pub fn directory() -> Option<PathBuf> {
    std::env::var_os("CREDENTIALS_DIRECTORY").filter(|name| !name.is_empty()).map(PathBuf::from)
}

/// Reads a credential by its name; its bytes as they are.
///
/// # Errors
/// A sentence that names the credential and never holds a part of it.
pub fn read(directory: &Path, name: &str) -> Result<Vec<u8>, CredentialError> {
    let failed = |why: String| CredentialError { name: midwatch_model::lossless(name.as_bytes()), why };
    // The rule of systemd.exec(5): a name is a file name, and nothing leads out of the directory.
    if name.is_empty() || name.len() > 255 || name == "." || name == ".." || name.contains(['/', '\0']) {
        return Err(failed(
            "such a name is no file name: write the name before the ':' of LoadCredential=".into(),
        ));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(directory.join(name))
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| {
            failed(format!("{error}. The unit has to load it: LoadCredential={name}:/path/to/it"))
        })?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(failed("it is longer than 1 MiB".into()));
    }
    Ok(bytes)
}

/// Why a credential could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the credential '{name}' could not be read: {why}")]
pub struct CredentialError {
    name: String,
    why: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_read_whole() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("smtp"), b"pass word\n").unwrap();
        assert_eq!(read(directory.path(), "smtp").unwrap(), b"pass word\n");
    }

    #[test]
    fn what_is_missing_says_what_to_write() {
        let directory = tempfile::tempdir().unwrap();
        let error = read(directory.path(), "smtp").unwrap_err().to_string();
        assert!(error.starts_with("the credential 'smtp' could not be read: "), "{error}");
        assert!(error.ends_with("LoadCredential=smtp:/path/to/it"), "{error}");
    }

    #[test]
    fn no_name_leads_out_of_the_directory() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("inner")).unwrap();
        std::fs::write(directory.path().join("outside"), b"x").unwrap();
        for name in ["", ".", "..", "../outside", "/etc/passwd", "a\0b"] {
            assert!(read(&directory.path().join("inner"), name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_credential_without_end_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/dev/zero", directory.path().join("endless")).unwrap();
        let error = read(directory.path(), "endless").unwrap_err().to_string();
        assert!(error.ends_with("it is longer than 1 MiB"), "{error}");
    }
}
