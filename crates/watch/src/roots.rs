//! Whom the clients of the daemon trust when they speak TLS: alerts, the login by another service, the authority that
//! issues the dashboard's certificate. One rule for all of them: the authorities of a file and nobody else, where one is
//! named; else the system's.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// The largest file of authorities that is read.
const LARGEST: u64 = 4 * 1024 * 1024;

/// What a client verifies servers by: TLS 1.2 and 1.3, no certificate of its own. `file` is in PEM; `option` is what names
/// it in midwatch.toml.
///
/// # Errors
/// A sentence, where the file does not serve, or where none is named and the system has no authorities.
pub fn client(file: Option<&Path>, option: &str) -> Result<ClientConfig, String> {
    let roots = roots(file, option)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be set up: {error}"))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

fn roots(file: Option<&Path>, option: &str) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    let Some(file) = file else {
        // What of the system's store cannot be read is left out; without any, nothing could be verified.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(format!(
                "this computer has no store of certification authorities: install ca-certificates, or name a file with \
                 `{option}`"
            ));
        }
        return Ok(roots);
    };
    for certificate in read(file)? {
        roots
            .add(certificate)
            .map_err(|error| format!("a certificate in {} is no authority's: {error}", file.display()))?;
    }
    Ok(roots)
}

/// The certificates of a PEM file, at least one.
fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let place = path.display();
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|error| format!("the authorities in {place} cannot be read: {error}"))?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("{place} is larger than 4 MiB: name a file with the authorities alone"));
    }
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&bytes)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("{place} is no sound PEM: {error}"))?;
    if certificates.is_empty() {
        return Err(format!("{place} holds no certificate: name a PEM file with the authorities to trust"));
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use midwatch_testbed::pki::{Key, Pki};

    use super::*;

    #[test]
    fn files_that_hold_nothing_are_told_of() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("ca.pem");
        let told = |file: &Path| client(Some(file), "ca").unwrap_err();
        assert!(told(&file).contains("cannot be read"));
        std::fs::write(&file, "hello").unwrap();
        assert!(told(&file).contains("holds no certificate"));
        std::fs::write(&file, "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n").unwrap();
        assert!(told(&file).contains("no sound PEM"));
    }

    #[test]
    fn a_file_takes_the_place_of_the_systems_authorities() {
        let pki = Pki::new();
        let [one, two] = ["One", "Two"].map(|name| pki.authority(name, Key::EcP256));
        let file = pki.concatenate(&[&one.certificate, &two.certificate]);
        assert_eq!(roots(Some(&file), "ca").unwrap().len(), 2, "every certificate of it, and no other");
        assert!(client(Some(&file), "ca").is_ok());
    }
}
