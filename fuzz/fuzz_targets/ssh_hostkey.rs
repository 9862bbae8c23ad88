//! Host keys, certificates and signatures of an SSH server.
#![no_main]
use libfuzzer_sys::fuzz_target;
use midwatch_wire::ssh::certificate::{Certificate, MAX_OPTIONS, MAX_PRINCIPALS};
use midwatch_wire::ssh::key::{PublicKey, type_of};
use midwatch_wire::ssh::signature::Signature;

fuzz_target!(|bytes: &[u8]| {
    let _ = type_of(bytes);
    if let Ok(Some(key)) = PublicKey::read(bytes) {
        assert_eq!(PublicKey::read(&key.write()), Ok(Some(key)));
    }
    if let Ok(Some(read)) = Certificate::read(bytes) {
        assert!(read.principals.len() <= MAX_PRINCIPALS && read.extensions.len() <= MAX_OPTIONS);
        assert!(bytes.starts_with(read.signed));
        assert_eq!(PublicKey::read(&read.key.write()), Ok(Some(read.key)));
        let _ = (PublicKey::read(read.authority), Signature::read(read.signature));
    }
    if let Ok(signature) = Signature::read(bytes) {
        for size in [32, 48, 66] {
            if let Ok(Some(numbers)) = signature.ecdsa(size) {
                assert_eq!(numbers.len(), 2 * size);
            }
        }
    }
});
