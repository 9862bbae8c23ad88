//! A certificate of one's own in files.

use std::path::Path;
use std::time::SystemTime;

use rustls::sign::CertifiedKey;

use super::held::{Held, chain};
use super::{TlsError, place};

/// When files were last written, and how long they are; None for one that is not there.
pub(super) type Stamp = [Option<(SystemTime, u64)>; 2];

pub(super) fn stamp(certificate: &Path, key: &Path) -> Stamp {
    [certificate, key].map(|path| {
        let data = std::fs::metadata(path).ok()?;
        Some((data.modified().ok()?, data.len()))
    })
}

pub(super) fn read(certificate: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let file = |path: &Path| {
        let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
        place::read(path)?.ok_or(TlsError::File { doing: "reading", path: path.to_owned(), source: missing })
    };
    chain(certificate, &file(certificate)?, &file(key)?)
}

/// Reads the files anew where they changed. While only one of them has been written yet they do not match, which is
/// logged; the old certificate stays until both do.
pub(super) fn refresh(certificate: &Path, key: &Path, seen: &mut Stamp, held: &Held) {
    let now = stamp(certificate, key);
    if now == *seen {
        return;
    }
    match read(certificate, key) {
        Ok(chain) => {
            held.set(chain);
            *seen = now;
            tracing::info!(certificate = %certificate.display(), "the server's certificate was read anew");
        }
        Err(error) => tracing::error!(%error, "the server's certificate changed and cannot be used yet"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(directory: &Path, name: &str) -> Vec<u8> {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).expect("a certificate");
        std::fs::write(directory.join("cert.pem"), made.cert.pem()).expect("a file");
        std::fs::write(directory.join("key.pem"), made.signing_key.serialize_pem()).expect("a file");
        made.cert.der().to_vec()
    }

    #[test]
    fn changed_files_are_served_and_half_written_ones_are_not() {
        let directory = tempfile::tempdir().expect("a directory");
        let (certificate, key) = (directory.path().join("cert.pem"), directory.path().join("key.pem"));
        let error = read(&certificate, &key).expect_err("nothing there").to_string();
        assert!(error.contains("reading") && error.contains("cert.pem"), "{error}");
        let first = pair(directory.path(), "one.example");
        let held = Held::new(read(&certificate, &key).expect("a chain"));
        let mut seen = stamp(&certificate, &key);
        let served = |held: &Held| held.current().cert.first().expect("a certificate").to_vec();
        assert_eq!(served(&held), first);

        let old_key = std::fs::read(&key).expect("a key");
        let second = pair(directory.path(), "another.example");
        let new_key = std::fs::read(&key).expect("a key");
        std::fs::write(&key, &old_key).expect("a file");
        refresh(&certificate, &key, &mut seen, &held);
        assert_eq!(served(&held), first, "the key is still the old one");
        std::fs::write(&key, &new_key).expect("a file");
        refresh(&certificate, &key, &mut seen, &held);
        assert_eq!(served(&held), second);

        std::fs::write(&key, "rubbish").expect("a file");
        let error = read(&certificate, &key).expect_err("no key").to_string();
        assert!(error.contains("no private key") && !error.contains("rubbish"), "{error}");
    }
}
