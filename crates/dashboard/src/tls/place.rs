//! Files that their owner alone can read, written as a whole or not at all.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use super::TlsError;

/// The most octets of a file of PEM: long chains have some ten thousand.
const MOST: u64 = 1 << 20;

/// Makes a directory that its owner alone can enter, where it is not there.
pub(super) fn directory(path: &Path) -> Result<(), TlsError> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|source| TlsError::File { doing: "making", path: path.to_owned(), source })
}

/// Reads a file; nothing where it is not there.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, TlsError> {
    let failed = |source| TlsError::File { doing: "reading", path: path.to_owned(), source };
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut read = Vec::new();
    file.take(MOST).read_to_end(&mut read).map_err(failed)?;
    Ok(Some(read))
}

/// Writes a file that its owner alone can read, beside the old one, and puts it in its place.
pub(super) fn write(path: &Path, content: &[u8]) -> Result<(), TlsError> {
    let beside = path.with_extension("new");
    let written = (|| {
        let _ = std::fs::remove_file(&beside);
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(content)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    })();
    written.map_err(|source| TlsError::File { doing: "writing", path: path.to_owned(), source })
}
