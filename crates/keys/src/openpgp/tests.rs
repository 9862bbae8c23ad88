//! The samples of RFC 9580, and what is at fault. Keys of gpg and sq are met in `tests/tools.rs`.

use super::*;
use crate::{Hint, read};

/// The certificate of version 6 in RFC 9580, appendix A.3, whose signatures name its fingerprint.
const VERSION_6: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----

xioGY4d/4xsAAAAg+U2nu0jWCmHlZ3BqZYfQMxmZu52JGggkLq2EVD34laPCsQYf
GwoAAABCBYJjh3/jAwsJBwUVCg4IDAIWAAKbAwIeCSIhBssYbE8GCaaX5NUt+mxy
KwwfHifBilZwj2Ul7Ce62azJBScJAgcCAAAAAK0oIBA+LX0ifsDm185Ecds2v8lw
gyU2kCcUmKfvBXbAf6rhRYWzuQOwEn7E/aLwIwRaLsdry0+VcallHhSu4RN6HWaE
QsiPlR4zxP/TP7mhfVEe7XWPxtnMUMtf15OyA51YBM4qBmOHf+MZAAAAIIaTJINn
+eUBXbki+PSAld2nhJh/LVmFsS+60WyvXkQ1wpsGGBsKAAAALAWCY4d/4wKbDCIh
BssYbE8GCaaX5NUt+mxyKwwfHifBilZwj2Ul7Ce62azJAAAAAAQBIKbpGG2dWTX8
j+VjFM21J0hqWlEg+bdiojWnKfA5AQpWUWtnNwDEM0g12vYxoWM8Y81W+bHBw805
I8kWVkXU6vFOi+HWvv/ira7ofJu16NnoUkhclkUrk0mXubZvyl4GBg==
-----END PGP PUBLIC KEY BLOCK-----
";

#[test]
fn a_key_of_version_6() {
    let keys = read(VERSION_6.as_bytes(), &Hint::default()).expect("the sample of the RFC");
    let [key] = keys.as_slice() else { panic!("one key: {keys:?}") };
    assert_eq!((key.algorithm.as_str(), key.bits), ("Ed25519", Some(256)));
    let print = "CB18 6C4F 0609 A697 E4D5 2DFA 6C72 2B0C  1F1E 27C1 8A56 708F 6525 EC27 BAD9 ACC9";
    assert_eq!(key.main_fingerprint(), print);
    let [subkey] = key.subkeys.as_slice() else { panic!("one subkey") };
    assert_eq!(subkey.algorithm, "X25519");
    assert!(subkey.fingerprint.starts_with("12C8 3F1E 706F 6308 FE15"), "{}", subkey.fingerprint);
    assert_eq!(subkey.created.as_deref(), Some("2022-11-30T16:08:03Z"));
}

/// A packet with a new header.
fn packet(tag: u8, body: &[u8]) -> Vec<u8> {
    [&[0xC0 | tag, 0xFF], &(body.len() as u32).to_be_bytes()[..], body].concat()
}

fn rsa(version: u8) -> Vec<u8> {
    let mut body = vec![version, 0x60, 0, 0, 0];
    if version == 3 {
        body.extend([0, 0]);
    }
    body.push(1);
    body.extend([0, 9, 1, 0xFF, 0, 2, 3]);
    body
}

#[test]
fn old_keys_are_told_as_such() {
    let keys = keys(&packet(6, &rsa(3))).expect("a key of version 3");
    assert_eq!((keys[0].bits, keys[0].algorithm.as_str()), (Some(9), "RSA"));
    assert!(keys[0].notes[0].contains("version 3"));
    assert_eq!(keys[0].main_fingerprint(), groups(&md5(&[1, 0xFF, 3])), "of the numbers alone");
    assert_eq!(keys[0].material, rsa(3), "and words of all of it");
}

#[test]
fn secrets_are_refused_wherever_they_stand() {
    let public = packet(6, &rsa(4));
    for secret in [5, 7] {
        let both = [public.clone(), packet(secret, &rsa(4))].concat();
        assert_eq!(keys(&both), Err(private::openpgp()));
    }
}

#[test]
fn what_is_not_whole_is_refused() {
    let sound = packet(6, &rsa(4));
    assert!(keys(&sound).is_ok());
    for length in 0..sound.len() {
        assert!(keys(&sound[..length]).is_err(), "{length}");
    }
    assert!(keys(&packet(6, &rsa(7))).is_err(), "a version that is not known");
    assert!(keys(&packet(13, b"Jessica")).is_err(), "no key before the user id");
    assert!(keys(&[0xC6, 0xE0, 4]).is_err(), "a length in parts");
    assert_eq!(keys(&packet(2, &[4, 0])), Err(ReadError::Signature));
}

#[test]
fn user_ids_are_safe_and_a_revocation_is_told() {
    let bytes =
        [packet(6, &rsa(4)), packet(2, &[4, 0x20, 1, 8]), packet(13, b"David\x1b]0;x\x07 <david@example>")];
    let keys = keys(&bytes.concat()).expect("a key");
    assert_eq!(keys[0].says, ["David\\x1b]0;x\\x07 <david@example>"]);
    assert!(keys[0].notes.iter().any(|note| note.contains("revocation, which is not checked")));
}
