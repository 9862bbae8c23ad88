//! Public keys of every format, and words that somebody typed.
#![no_main]
use libfuzzer_sys::fuzz_target;
use midwatch_keys::{Format, Hint, compare, heard, qr, randomart, read, words};

fuzz_target!(|bytes: &[u8]| {
    for format in [None, Some(Format::Wireguard), Some(Format::Minisign), Some(Format::Signify)] {
        let Ok(keys) = read(bytes, &Hint { name: None, format }) else { continue };
        for key in keys.iter().take(4) {
            assert!(!key.material.is_empty() && !key.fingerprints.is_empty());
            for text in key.says.iter().chain(&key.notes) {
                assert!(!text.chars().any(char::is_control));
            }
            let own = words::words(key, words::LONG).join(" ");
            assert!(matches!(compare::words(key, &own, words::LONG), compare::Words::Same { bits: 128, .. }));
            assert!(matches!(compare::keys(key, key), compare::Keys::Same { .. }));
            let _ = (randomart::randomart(key), qr::qr(&key.qr, true));
        }
    }
    let _ = heard::hear(&String::from_utf8_lossy(bytes));
});
