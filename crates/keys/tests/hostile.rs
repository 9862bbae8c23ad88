//! Nothing that is read breaks it.

use midwatch_keys::compare::{self, Words};
use midwatch_keys::{Format, Hint, qr, randomart, read, words};
use proptest::prelude::*;

/// Texts and bytes of several formats, to begin from.
fn seeds() -> Vec<Vec<u8>> {
    let pgp: &[u8] = &[0xC6, 0x0F, 4, 0x60, 0, 0, 0, 1, 0, 9, 1, 0xFF, 0, 2, 3, 0, 0];
    let ed25519: &[u8] = &[0x30, 0x2A, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 3, 0x21, 0];
    vec![
        b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH David".to_vec(),
        b"---- BEGIN SSH2 PUBLIC KEY ----\nComment: \"x\\\ny\"\nAAAAC3NzaC1lZDI1NTE5AAAAIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH\n---- END SSH2 PUBLIC KEY ----\n".to_vec(),
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxioGY4d/4xsAAAAg+U2nu0jWCmHlZ3BqZYfQMxmZu52JGggkLq2EVD34laM=\n-----END PGP PUBLIC KEY BLOCK-----\n".to_vec(),
        b"untrusted comment: minisign public key 1\nRWQBAgMEBQYHCAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH\n".to_vec(),
        b"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=".to_vec(),
        pgp.to_vec(),
        [ed25519, &[7; 32]].concat(),
    ]
}

/// Reads in every way, and asserts what holds of whatever comes of it.
fn all_holds(bytes: &[u8]) {
    for format in [None, Some(Format::Wireguard), Some(Format::Minisign), Some(Format::Signify)] {
        let Ok(keys) = read(bytes, &Hint { name: Some("wg0".into()), format }) else { continue };
        for key in keys {
            assert!(!key.material.is_empty() && !key.fingerprints.is_empty());
            assert!(key.says.iter().chain(&key.notes).all(|text| !text.chars().any(char::is_control)));
            let own = words::words(&key, words::LONG).join(" ");
            let verdict = compare::words(&key, &own, words::LONG);
            assert_eq!(verdict, Words::Same { bits: 128, corrected: vec![] });
            let _ = (randomart::randomart(&key), qr::qr(&key.qr, true));
        }
    }
}

#[test]
fn the_seeds_are_keys() {
    for seed in seeds() {
        let hint = Hint { name: Some("wg0".into()), format: None };
        assert!(read(&seed, &hint).is_ok(), "{}: {:?}", String::from_utf8_lossy(&seed), read(&seed, &hint));
    }
}

proptest! {
    #[test]
    fn bytes_break_nothing(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        all_holds(&bytes);
    }

    #[test]
    fn changed_keys_break_nothing(
        which in 0_usize..7,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<prop::sample::Index>(),
        whole in any::<bool>(),
    ) {
        let mut bytes = seeds().swap_remove(which);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if !whole {
            bytes.truncate(cut.index(bytes.len()));
        }
        all_holds(&bytes);
    }
}
