//! A signed file on the disk, read within bounds.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::{Signers, TrustFile, Untrusted, signature_of, signers, sshsig};
use crate::save;

/// Why there is no trusted file.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system says no.
    #[error("reading {path}: {source}")]
    Io {
        /// What.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A directory, a device or a pipe.
    #[error("{0} is not a regular file")]
    NotRegular(PathBuf),
    /// Too large to be what it should be.
    #[error("{path} has more than {most} bytes: that is no {what}")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
        /// How many are read.
        most: u64,
    },
    /// It was read, and is not trusted.
    #[error("{path} is not trusted: {source}")]
    Untrusted {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<Untrusted>,
    },
}

/// Reads a file, its signature beside it ([`signature_of`]) and those who may sign, and verifies it at a time, in
/// seconds since 1970.
///
/// # Errors
/// [`ReadError`]. A file that is not there is one too: who names it means it.
pub fn read(file: &Path, signers: &Path, now: u64) -> Result<TrustFile, ReadError> {
    let allowed = Signers::parse(signers, &bytes(signers, "file of allowed signers", signers::LARGEST)?);
    let signature = bytes(&signature_of(file), "signature", sshsig::LARGEST as u64)?;
    let known = bytes(file, "file of known hosts", save::LARGEST)?;
    TrustFile::verify(file, &known, &signature, &allowed, now)
        .map_err(|why| ReadError::Untrusted { path: file.to_owned(), source: Box::new(why) })
}

fn bytes(path: &Path, what: &'static str, most: u64) -> Result<Vec<u8>, ReadError> {
    let failed = |source| ReadError::Io { path: path.to_owned(), source };
    // Looked at before it is opened: opening a pipe waits for whoever writes to it.
    if !path.metadata().map_err(failed)?.is_file() {
        return Err(ReadError::NotRegular(path.to_owned()));
    }
    let mut read = Vec::new();
    File::open(path).map_err(failed)?.take(most.saturating_add(1)).read_to_end(&mut read).map_err(failed)?;
    if read.len() as u64 > most {
        return Err(ReadError::TooLarge { path: path.to_owned(), what, most });
    }
    Ok(read)
}
