//! Where keys and words come from.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use midwatch_exchange::Offer;
use midwatch_keys::{Format, Hint, MAX_BYTES, PublicKey, heard, read};
use zeroize::Zeroizing;

use crate::args::{KeyFormat, KeysForm};

/// The keys of a file; `-` is standard input.
///
/// # Errors
/// A sentence that names the file and repeats nothing of it.
pub fn keys(path: &Path, form: &KeysForm) -> Result<Vec<PublicKey>, String> {
    with(path, form, read)
}

/// The one key of a file, to be sent with that file.
///
/// # Errors
/// As [`keys`].
pub fn offer(path: &Path, form: &KeysForm) -> Result<Offer, String> {
    with(path, form, Offer::new)
}

/// Reads a file and what is in it.
fn with<T, E: Display>(
    path: &Path,
    form: &KeysForm,
    read: impl FnOnce(&[u8], &Hint) -> Result<T, E>,
) -> Result<T, String> {
    let format = form.read_as.map(|format| match format {
        KeyFormat::Wireguard => Format::Wireguard,
        KeyFormat::Minisign => Format::Minisign,
        KeyFormat::Signify => Format::Signify,
    });
    let from_stdin = path.as_os_str() == "-";
    let name = path.file_name().filter(|_| !from_stdin).map(|name| name.to_string_lossy().into_owned());
    let shown = if from_stdin { "standard input".to_owned() } else { path.display().to_string() };
    // It may turn out to be a private key: what was read of it is wiped.
    let bytes = if from_stdin { bounded(io::stdin()) } else { File::open(path).and_then(bounded) };
    let bytes = bytes.map_err(|error| format!("{shown} cannot be read: {error}"))?;
    read(&bytes, &Hint { name, format }).map_err(|error| format!("{shown}: {error}"))
}

/// The one key of a file.
///
/// # Errors
/// As [`keys`], and where it holds several.
pub fn key(path: &Path, form: &KeysForm) -> Result<PublicKey, String> {
    let mut keys = keys(path, form)?;
    match keys.len() {
        1 => Ok(keys.remove(0)),
        count => Err(format!(
            "{} holds {count} keys, and one is compared: put the one that you mean into a file of its own",
            path.display()
        )),
    }
}

/// The words; `-` is standard input.
///
/// # Errors
/// A sentence.
pub fn words(text: &str) -> Result<String, String> {
    if text != "-" {
        return Ok(text.to_owned());
    }
    let mut bytes = Vec::new();
    let limit = heard::MAX_BYTES as u64 + 1;
    io::stdin()
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("standard input cannot be read: {error}"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn bounded(source: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(64 << 10));
    source.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
